"""What MLflow's scoring client and its deployments client see of Slipway.

Usage: checks_mlflow.py slipway HOST:PORT ROWS.json
"""

import json
import sys

import numpy as np
import pandas as pd
from mlflow.deployments import get_deploy_client
from mlflow.pyfunc.scoring_server.client import ScoringServerClient

from expectations import check, end, section

url, rows_path = sys.argv[2:4]
given = json.loads(open(rows_path).read())
FRAME = pd.DataFrame(given["rows"][:20], columns=["a", "b", "c", "d"], dtype="float64")
EXPECTED = np.array(given["predictions"][:20])
host, port = url.split(":")


class OfOneEndpoint(ScoringServerClient):
    """The stock client asks for /invocations below its prefix; here that is the endpoint's."""

    def __init__(self):
        super().__init__(host, int(port))
        self.url_prefix = f"http://{url}/endpoints/wire"


def close(found):
    return len(found) == len(EXPECTED) and bool(np.all(np.abs(np.asarray(found) - EXPECTED) <= 1e-15 * EXPECTED))


def raised(ask):
    try:
        return f"nothing, but {ask()}"
    except Exception as error:  # the clients raise several classes
        return str(error)


server = ScoringServerClient(host, int(port))
client = OfOneEndpoint()
section("slipway: MLflow's scoring client")
check("waits until it is ready", lambda: server.wait_server_ready(timeout=10), slipway=None)
check("the version", lambda: json.loads(server.get_version())["name"], slipway="slipway")
check("a frame with missing values", lambda: client.invoke(FRAME).get_predictions("ndarray"), slipway=close)
check("columns in another order, and one more", lambda: client.invoke(FRAME.assign(e="x")[["d", "e", "b", "a", "c"]]).get_predictions("ndarray"), slipway=close)
check("as a frame", lambda: client.invoke(FRAME).get_predictions().shape, slipway=(20, 1))
check("params", lambda: client.invoke(FRAME, params={"temperature": 0.5}).get_predictions("ndarray"), slipway=close)
check("an array", lambda: client.invoke(FRAME.to_numpy()).get_predictions("ndarray"), slipway=close)
# The client breaks at a dict before it sends anything; text goes as it is.
check("columns of lists, as text", lambda: len(client.invoke(json.dumps({"inputs": {name: FRAME[name].fillna(0).tolist() for name in FRAME}})).get_predictions("ndarray")), slipway=20)
check("each row has its prediction id", lambda: len(set(client.invoke(FRAME)["prediction_ids"])), slipway=20)
check("text among numbers is visible", lambda: raised(lambda: client.invoke(FRAME.assign(b="x"))), slipway=lambda found: "error code 400" in found and "request.b" in found)

section("slipway: MLflow's deployments client")
deployments = get_deploy_client(f"http://{url}")
check("predict", lambda: deployments.predict(endpoint="wire", inputs={"instances": FRAME.fillna(0).to_numpy().tolist()})["predictions"], slipway=lambda found: len(found) == 20)
check("an endpoint that is not there", lambda: raised(lambda: deployments.predict(endpoint="nothing", inputs={"instances": [[1]]})), slipway=lambda found: "404" in found)
end()
