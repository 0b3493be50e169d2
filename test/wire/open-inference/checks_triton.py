"""What tritonclient's http and aio clients see: the same model behind Slipway and behind MLServer, and a model of typed columns behind Slipway.

Usage: checks_triton.py slipway|mlserver HOST:PORT ROWS.json
"""

import asyncio
import json
import sys

import numpy as np
import tritonclient.http as http
import tritonclient.http.aio as aio
from tritonclient.utils import InferenceServerException

from expectations import check, end, section, target

url, rows_path = sys.argv[2:4]
given = json.loads(open(rows_path).read())
ROWS = np.array(given["rows"], dtype=np.float64)
EXPECTED = np.array(given["predictions"])
client = http.InferenceServerClient(url)
MODEL = "wire"
NAMES = ["a", "b", "c", "d"]


def tensor(name, values, datatype, binary=True, module=http):
    made = module.InferInput(name, list(values.shape), datatype)
    made.set_data_from_numpy(values, binary_data=binary)
    return made


def column_set(rows, order=NAMES, shape=lambda c: c.reshape(-1, 1), datatype="FP64", binary=True, module=http):
    return [tensor(n, shape(np.ascontiguousarray(rows[:, NAMES.index(n)])), datatype, binary, module) for n in order]


def predictions(result):
    """The first output, whatever the server calls it."""
    return result.as_numpy(result.get_response()["outputs"][0]["name"]).reshape(-1)


def close(rows=slice(0, 20), limit=1e-15):
    """Relative, from LightGBM's own answers."""
    expected = EXPECTED[rows]
    return lambda found: not isinstance(found, str) and len(found) == len(expected) and bool(np.all(np.abs(np.asarray(found) - expected) <= limit * np.abs(expected)))


def refusal(ask):
    """Status and message of what the client raises."""
    try:
        return f"nothing, but {ask()}"
    except InferenceServerException as error:
        return (error.status(), error.message())


def refused(status, *words):
    return lambda found: isinstance(found, tuple) and found[0] == str(status) and all(w in found[1] for w in words)


some = ROWS[:20]
section(f"{target}: server and model")
check("live", client.is_server_live, True)
check("ready", client.is_server_ready, True)
check("the model is ready", lambda: client.is_model_ready(MODEL), True)
check("an unknown model is not", lambda: client.is_model_ready("nothing"), False)
check("a version that answers is ready", lambda: client.is_model_ready(MODEL, "1"), True)
check("a version that does not is not", lambda: client.is_model_ready(MODEL, "99"), False)
check("extensions", lambda: sorted(client.get_server_metadata()["extensions"]), mlserver=[], slipway=["binary_tensor_data", "model_repository", "statistics"], why="they work here")
check("metadata names the columns", lambda: [i["name"] for i in client.get_model_metadata(MODEL)["inputs"]], mlserver=[], slipway=NAMES, why="the file says them")
check("the batch is -1", lambda: {tuple(i["shape"]) for i in client.get_model_metadata(MODEL)["inputs"]}, mlserver=set(), slipway={(-1,)})
check("metadata of an unknown model", lambda: refusal(lambda: client.get_model_metadata("nothing")), refused(404, "nothing"))
check("metadata of an unknown version", lambda: refusal(lambda: client.get_model_metadata(MODEL, "99")), refused(404, "99"))

section(f"{target}: a matrix as JSON")
NAMED = "output" if target == "slipway" else "predict"
WITHOUT_NAN = np.nonzero(~np.isnan(ROWS).any(axis=1))[0][:20]
as_json = lambda rows, **o: client.infer(MODEL, [tensor("input-0", rows, "FP64", binary=False)], outputs=[http.InferRequestedOutput(NAMED, binary_data=False)], **o)
check("many rows, an output by its name", lambda: predictions(as_json(ROWS[WITHOUT_NAN])), close(WITHOUT_NAN))
check("one row", lambda: predictions(as_json(ROWS[WITHOUT_NAN][:1])), close(WITHOUT_NAN[:1]))
check("bare NaN tokens", lambda: refusal(lambda: as_json(some))[0] if target == "mlserver" else predictions(as_json(some)), mlserver=lambda found: found.startswith("4") or found.startswith("nothing"), slipway=close())
check("the client's default of binary outputs", lambda: predictions(client.infer(MODEL, [tensor("x", some, "FP64", binary=False)])), slipway=close())
check("in float32", lambda: predictions(client.infer(MODEL, [tensor("x", some.astype(np.float32), "FP32", binary=False)])).shape, slipway=(20,))

section(f"{target}: the client's default, binary both ways")
binary = lambda **o: client.infer(MODEL, [tensor("x", some, "FP64")], **o)
check("a matrix with NaN", lambda: predictions(binary()), slipway=close())
check("is not understood by MLServer", lambda: refusal(binary)[0], mlserver="422")
check("the answer is binary", lambda: "data" in binary().get_output("output"), slipway=False)
check("an output as JSON", lambda: "data" in binary(outputs=[http.InferRequestedOutput("output", binary_data=False)]).get_output("output"), slipway=True)
check("columns in any order", lambda: predictions(client.infer(MODEL, column_set(some, ["d", "b", "a", "c"]))), slipway=close(), why="by name")
check("columns of shape [n]", lambda: predictions(client.infer(MODEL, column_set(some, shape=lambda c: c))), slipway=close())
check("float32 columns", lambda: bool(np.abs(predictions(client.infer(MODEL, column_set(some.astype(np.float32), datatype="FP32"))) - EXPECTED[:20]).max() < 0.2), slipway=True)
check("whole numbers for floats", lambda: predictions(client.infer(MODEL, [tensor("x", np.ones((2, 4), dtype=np.int64), "INT64")])).tolist() == predictions(client.infer(MODEL, [tensor("x", np.ones((2, 4)), "FP64")])).tolist(), slipway=True)
for numpy_type, datatype in [(np.int8, "INT8"), (np.uint8, "UINT8"), (np.int16, "INT16"), (np.uint16, "UINT16"), (np.int32, "INT32"), (np.uint32, "UINT32"), (np.uint64, "UINT64"), (np.float16, "FP16"), (np.bool_, "BOOL")]:
    check(f"{datatype} for floats", lambda: predictions(client.infer(MODEL, [tensor("x", np.ones((2, 4), dtype=numpy_type), datatype)])).tolist() == predictions(client.infer(MODEL, [tensor("x", np.ones((2, 4)), "FP64")])).tolist(), slipway=True)
check("1,000 rows", lambda: predictions(client.infer(MODEL, [tensor("x", ROWS, "FP64")])), slipway=close(slice(0, 1_000)))
for algorithm in ["gzip", "deflate"]:
    check(f"{algorithm} both ways", lambda: predictions(client.infer(MODEL, [tensor("x", ROWS, "FP64")], request_compression_algorithm=algorithm, response_compression_algorithm=algorithm)), slipway=close(slice(0, 1_000)))
check("the id comes back", lambda: binary(request_id="mine").get_response()["id"], slipway="mine")
check("one is made up", lambda: len(binary().get_response()["id"]) > 5, slipway=True)
check("sequence, priority, timeout and own parameters are left alone", lambda: predictions(binary(sequence_id=5, sequence_start=True, sequence_end=False, priority=1, timeout=5_000_000, parameters={"colour": "red"})), slipway=close())
check("query parameters too", lambda: predictions(binary(query_params={"x": "1"})), slipway=close())
check("a version", lambda: predictions(binary(model_version="1")), slipway=close())
check("each row has its prediction id", lambda: len(set(binary().get_response()["parameters"]["prediction_ids"].split(","))), slipway=20)
check("a repeat with the same key gets the same", lambda: binary(parameters={"idempotency_key": "wire-1"}).get_response()["parameters"] == binary(parameters={"idempotency_key": "wire-1"}).get_response()["parameters"], slipway=True)
check("async_infer", lambda: predictions(client.async_infer(MODEL, [tensor("x", some, "FP64")]).get_result()), slipway=close())

section(f"{target}: what is wrong, as the client shows it")
check("an unknown model", lambda: refusal(lambda: client.infer("nothing", [tensor("x", some, "FP64")])), slipway=refused(404, "nothing"))
check("too few columns", lambda: refusal(lambda: client.infer(MODEL, [tensor("x", some[:, :3].copy(), "FP64")])), slipway=refused(400, "4 columns", "a, b, c, d", "[20, 3]"))
check("a column that is none", lambda: refusal(lambda: client.infer(MODEL, [*column_set(some), tensor("e", some[:, :1].copy(), "FP64")])), slipway=refused(400, "inputs.e", "a, b, c, d"))
check("text among numbers", lambda: refusal(lambda: client.infer(MODEL, column_set(some, ["a", "b", "c"]) + [tensor("d", np.array([["x"]] * 20, dtype=np.object_), "BYTES")])), slipway=refused(400, "request.d"))
check("an unknown output", lambda: refusal(lambda: binary(outputs=[http.InferRequestedOutput("scores")])), slipway=refused(400, "outputs.scores", "it has output"))
check("an infinite number", lambda: refusal(lambda: client.infer(MODEL, [tensor("x", np.full((1, 4), np.inf), "FP64", binary=False)])), slipway=lambda f: f[0] == "400" and "finite" in f[1])

if target == "slipway":
    section("slipway: typed columns, entities and text")
    TYPED = "late-order"
    text = lambda *values: np.array(values, dtype=np.object_).reshape(-1, 1)
    typed = lambda binary=True, items=(3, 4), shops=("north", "süd"): [
        tensor("country", text("DE", "FR"), "BYTES", binary), tensor("express", np.array([[True], [False]]), "BOOL", binary), tensor("items", np.array(items, dtype=np.int64).reshape(-1, 1), "INT64", binary),
        tensor("shop", text(*shops), "BYTES", binary), tensor("weight", np.array([[2.4], [np.nan]]), "FP64", binary),
    ]
    answer = lambda inputs: client.infer(TYPED, inputs)
    check("binary and JSON agree", lambda: predictions(answer(typed())).tolist() == predictions(answer(typed(False))).tolist(), slipway=True)
    check("a decision beside the output", lambda: answer(typed()).as_numpy("decision").dtype.name, slipway="bool")
    check("INT64 beyond 2^53, as JSON", lambda: answer(typed(False, items=(3, 2**53 + 1))).get_response()["outputs"][0]["shape"], slipway=[2])
    check("INT64 beyond 2^53, binary", lambda: answer(typed(items=(3, -(2**63)))).get_response()["outputs"][0]["shape"], slipway=[2])
    check("a missing entity", lambda: refusal(lambda: answer(typed()[:3])), slipway=refused(400, "shop"))
    check("a missing whole number", lambda: refusal(lambda: client.infer(TYPED, [t for t in typed() if t.name() != "items"])), slipway=refused(400, "items"))

    section("slipway: repository and statistics")
    check("the index", lambda: [(m["name"], m["state"]) for m in client.get_model_repository_index()], slipway=lambda found: ("wire", "READY") in found and ("late-order", "READY") in found)
    check("statistics count rows and requests", lambda: (lambda before, _, after: (after["inference_count"] - before["inference_count"], after["execution_count"] - before["execution_count"]))(
        client.get_inference_statistics(MODEL)["model_stats"][0], binary(), client.get_inference_statistics(MODEL)["model_stats"][0]), slipway=(20, 1))
    check("statistics of all models", lambda: sorted(s["name"] for s in client.get_inference_statistics()["model_stats"]), slipway=["late-order", "wire"])

    def repository():
        client.unload_model(MODEL)
        unloaded = (client.is_model_ready(MODEL), refusal(binary)[0], [m["state"] for m in client.get_model_repository_index() if m["name"] == MODEL])
        client.load_model(MODEL)
        return (*unloaded, client.is_model_ready(MODEL), close()(predictions(binary())))

    check("unload and load", repository, slipway=(False, "503", ["UNAVAILABLE"], True, True))
    check("load of an unknown model", lambda: refusal(lambda: client.load_model("nothing")), slipway=refused(404, "nothing"))


async def asynchronous():
    async with aio.InferenceServerClient(url) as client:
        made = lambda binary=True: [tensor("x", some, "FP64", binary, aio)]
        result = lambda: None
        found = {
            "live": await client.is_server_live(),
            "binary": predictions(await client.infer(MODEL, made())),
            "json": predictions(await client.infer(MODEL, made(False))),
            "many at once": [predictions(r) for r in await asyncio.gather(*[client.infer(MODEL, made(), request_id=str(i)) for i in range(32)])],
            "deflate": predictions(await client.infer(MODEL, [tensor("x", ROWS, "FP64", True, aio)], request_compression_algorithm="deflate", response_compression_algorithm="deflate")),
        }
        try:
            await client.infer(MODEL, [tensor("x", some[:, :3].copy(), "FP64", True, aio)])
        except InferenceServerException as error:
            found["refused"] = (error.status(), error.message())
        return found


if target == "slipway":
    section("slipway: the aio client")
    found = asyncio.run(asynchronous())
    check("live", lambda: found["live"], True)
    check("binary", lambda: found["binary"], slipway=close())
    check("JSON with NaN", lambda: found["json"], slipway=close())
    check("32 at once", lambda: all(close()(p) for p in found["many at once"]), slipway=True)
    check("deflate both ways", lambda: found["deflate"], slipway=close(slice(0, 1_000)))
    check("what is wrong is visible", lambda: found["refused"], slipway=refused(400, "4 columns"))
end()
