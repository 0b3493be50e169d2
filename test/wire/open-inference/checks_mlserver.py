"""What MLServer's codecs and its client send, and plain HTTP beside them: the same questions to Slipway and to MLServer itself.

Usage: checks_mlserver.py slipway|mlserver HOST:PORT ROWS.json FOLDER
"""

import base64
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request

import numpy as np
import pandas as pd
from mlserver.codecs import NumpyCodec, NumpyRequestCodec, PandasCodec, StringCodec
from mlserver.codecs.string import StringRequestCodec
from mlserver.types import InferenceRequest, InferenceResponse, RequestInput

from expectations import check, end, section, target

url, rows_path, folder = sys.argv[2:5]
given = json.loads(open(rows_path).read())
ROWS = np.array(given["rows"], dtype=np.float64)
EXPECTED = np.array(given["predictions"])
CLEAN = np.nonzero(~np.isnan(ROWS).any(axis=1))[0][:20]
NAMES = ["a", "b", "c", "d"]


def ask(path, body=None, headers=None):
    data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(f"http://{url}{path}", data=data, headers={"content-type": "application/json", **(headers or {})}, method="GET" if data is None else "POST")
    try:
        with urllib.request.urlopen(request, timeout=30) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def infer(request, model="wire"):
    status, text = ask(f"/v2/models/{model}/infer", request.model_dump_json(exclude_none=True).encode() if isinstance(request, InferenceRequest) else request)
    return (status, text) if status != 200 else InferenceResponse.model_validate_json(text)


def predictions(response):
    if isinstance(response, tuple):
        return response
    return NumpyCodec.decode_output(response.outputs[0]).reshape(-1)


def close(rows, limit=1e-15):
    expected = EXPECTED[rows]
    return lambda found: not isinstance(found, tuple) and len(found) == len(expected) and bool(np.all(np.abs(found - expected) <= limit * expected))


def error_of(found):
    """Status and the members of the body."""
    status, text = found if isinstance(found, tuple) else (200, "{}")
    try:
        return status, sorted(json.loads(text))
    except ValueError:
        return status, "text"


matrix = NumpyRequestCodec.encode_request(ROWS[CLEAN])
frame = pd.DataFrame(ROWS[CLEAN], columns=NAMES)
REFUSED = (400, ["error"])

section(f"{target}: codecs")
check("np, as a request", lambda: predictions(infer(matrix)), close(CLEAN))
check("np with NaN, which goes as null", lambda: predictions(infer(NumpyRequestCodec.encode_request(ROWS[:20]))), close(slice(0, 20)))
check("np, one tensor of any name", lambda: predictions(infer(InferenceRequest(inputs=[NumpyCodec.encode_input("foo", ROWS[CLEAN])]))), close(CLEAN))
check("pd, in the order of the model", lambda: predictions(infer(PandasCodec.encode_request(frame))), slipway=close(CLEAN))
check("pd, in another order", lambda: predictions(infer(PandasCodec.encode_request(frame[["c", "a", "d", "b"]]))), slipway=close(CLEAN), why="by name: MLServer takes the order that was sent")
check("whole numbers for floats", lambda: type(infer(NumpyRequestCodec.encode_request(np.ones((2, 4), dtype=np.int64)))).__name__, "InferenceResponse")
check("nested data", lambda: predictions(infer({"inputs": [{"name": "x", "shape": [20, 4], "datatype": "FP64", "data": ROWS[CLEAN].tolist()}]})), close(CLEAN))
check("the id comes back", lambda: infer({"id": "mine", "inputs": [{"name": "x", "shape": [1, 4], "datatype": "FP64", "data": ROWS[CLEAN][0].tolist()}]}).id, "mine")
check("one is made up", lambda: len(infer(matrix).id) > 5, True)
check("the name and the version are said", lambda: [infer(matrix).model_name, infer(matrix).model_version], ["wire", "1"])

if target == "slipway":
    typed = pd.DataFrame({"items": [3, 2**53 + 1], "weight": [2.4, None], "express": [True, False]})
    text = lambda name, values: StringCodec.encode_input(name, values)
    def typed_request(*more):
        request = PandasCodec.encode_request(typed, use_bytes=False)
        request.inputs.extend(more)
        return request
    places = [StringCodec.encode_input("shop", ["north", "süd"], use_bytes=False), StringCodec.encode_input("country", ["DE", "FR"], use_bytes=False)]
    check("pd of whole numbers beyond 2^53, floats with None and booleans; str", lambda: len(predictions(infer(typed_request(*places), "late-order"))), slipway=2)
    packed = RequestInput(name="country", shape=[2, 1], datatype="BYTES", parameters={"content_type": "base64"}, data=[base64.b64encode(b).decode() for b in (b"DE", b"FR")])
    check("base64", lambda: predictions(infer(typed_request(places[0], packed), "late-order")).tolist() == predictions(infer(typed_request(*places), "late-order")).tolist(), slipway=True)
    when = RequestInput(name="eventTime", shape=[2, 1], datatype="BYTES", parameters={"content_type": "datetime"}, data=["2026-01-05T06:00:00+00:00", "2026-01-05T06:00:00Z"])
    check("datetime", lambda: len(predictions(infer(typed_request(*places, when), "late-order"))), slipway=2)

section(f"{target}: mlserver infer")
def batch(name, lines, *options):
    source, sink = os.path.join(folder, f"{target}-{name}.in"), os.path.join(folder, f"{target}-{name}.out")
    with open(source, "w") as file:
        file.write("".join(f"{line}\n" for line in lines))
    command = [os.path.join(os.path.dirname(sys.executable), "mlserver"), "infer", "-u", url, "-m", "wire", "-i", source, "-o", sink, "-w", "2", *options]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if run.returncode != 0:
        return run.stderr[-500:]
    outputs = [json.loads(line) for line in open(sink)]
    return sorted(v for o in outputs for v in o["outputs"][0]["data"])

requests = [InferenceRequest(inputs=[NumpyCodec.encode_input("x", ROWS[[i]])]).model_dump_json(exclude_none=True) for i in CLEAN]
wanted = sorted(EXPECTED[CLEAN].tolist())
near = lambda found: isinstance(found, list) and len(found) == len(wanted) and max(abs(f - w) / w for f, w in zip(found, wanted)) <= 1e-15
check("one request a line", lambda: batch("single", requests), near)
check("in micro-batches", lambda: batch("batched", requests, "-s", "5"), near)
check("binary", lambda: batch("binary", requests, "-b"), slipway=near, why="MLServer takes no binary tensors")

section(f"{target}: what is wrong")
one = lambda **change: {"inputs": [{"name": "x", "shape": [1, 4], "datatype": "FP64", "data": [1.0, 2.0, 3.0, 4.0], **change}]}
check("too few columns", lambda: error_of(infer(one(shape=[1, 3], data=[1.0, 2.0, 3.0]))), mlserver=(500, "text"), slipway=REFUSED, why="what the caller did wrong is no fault of the server, and is named")
check("short data", lambda: error_of(infer(one(data=[1.0]))), mlserver=lambda f: f[0] == 500, slipway=REFUSED)
check("text among numbers", lambda: error_of(infer(one(data=["a", 2.0, 3.0, 4.0]))), mlserver=lambda f: f[0] >= 400, slipway=REFUSED)
check("an unknown datatype", lambda: error_of(infer(one(datatype="FP8"))), mlserver=lambda f: f[0] == 422, slipway=REFUSED, why="errors have one member: error")
check("no JSON", lambda: error_of(infer(b"{")), mlserver=lambda f: f[0] >= 400, slipway=REFUSED)
check("an unknown model", lambda: error_of(infer(one(), "nothing")), (404, ["error"]))
check("an unknown version", lambda: error_of(ask("/v2/models/wire/versions/99/infer", one())), (404, ["error"]))
check("an index without a body", lambda: ask("/v2/repository/index", b"")[0], mlserver=422, slipway=200, why="so the stock client asks")
check("an index", lambda: [m["state"] for m in json.loads(ask("/v2/repository/index", {})[1]) if m["name"] == "wire"], ["READY"])
check("live", lambda: ask("/v2/health/live")[0], 200)
check("ready", lambda: ask("/v2/health/ready")[0], 200)
check("the model is ready", lambda: ask("/v2/models/wire/ready")[0], 200)
end()
