"""What stock gRPC clients see of a server of the Open Inference Protocol: the same questions to Slipway and to MLServer.

Usage: checks.py slipway|mlserver ADDRESS        (SLIPWAY_TOKEN: a token, for Slipway)
Every check states one answer for both, or one for each where Slipway differs on purpose. What MLServer has not, is asked of Slipway only.
Prints a line a check; exit code 1 when one is not as stated.
"""

import asyncio
import json
import os
import queue
import sys
import time
import traceback

import grpc
import numpy as np
import tritonclient.grpc as triton
import tritonclient.grpc.aio as triton_aio
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from tritonclient.grpc import service_pb2, service_pb2_grpc
from tritonclient.utils import InferenceServerException

target, address = sys.argv[1:3]
token = os.environ.get("SLIPWAY_TOKEN", "")
MODEL = "late-order"
ours = target == "slipway"

failed: list[str] = []
passed = 0


def check(what, ask, both=None, *, slipway=None, mlserver=None):
    """`both`, or one for each; mlserver=None asks Slipway only. An expectation may be a function that says whether it holds."""
    global passed
    if not ours and both is None and mlserver is None:
        return
    expected = both if both is not None else slipway if ours else mlserver
    try:
        found = ask()
    except InferenceServerException as error:
        found = status_of(error)
    except grpc.RpcError as error:
        found = error.code().name
    except Exception:
        found = traceback.format_exc(limit=3)
    holds = expected(found) if callable(expected) else found == expected
    if holds:
        passed += 1
    else:
        failed.append(what)
    print(f"{'ok  ' if holds else 'FAIL'}  {what}" + ("" if holds else f"\n      expected {'a condition' if callable(expected) else expected!r}\n      found    {str(found)[:1500]}"))


def status_of(error):
    return (error.status() or "").replace("StatusCode.", "") or f"no status: {error.message()}"


def code(ask):
    try:
        ask()
        return "OK"
    except InferenceServerException as error:
        return status_of(error)


client = triton.InferenceServerClient(address)
stub = service_pb2_grpc.GRPCInferenceServiceStub(grpc.insecure_channel(address))


def tensor(name, datatype, array, module=triton):
    made = module.InferInput(name, list(array.shape), datatype)
    made.set_data_from_numpy(array)
    return made


def inputs(n=2, module=triton, items=3):
    return [
        tensor("shop", "BYTES", np.array(["north"] * n, dtype=object), module),
        tensor("items", "INT64", np.full(n, items, np.int64), module),
        tensor("weight", "FP64", np.full(n, 2.4), module),
        tensor("express", "BOOL", np.full(n, True), module),
        tensor("country", "BYTES", np.array(["DE"] * n, dtype=object), module),
    ]


def request(**over):
    """A request with typed contents."""
    made = service_pb2.ModelInferRequest(model_name=MODEL, **over)
    for name, datatype, field, value in [("shop", "BYTES", "bytes_contents", b"north"), ("items", "INT64", "int64_contents", 3), ("weight", "FP64", "fp64_contents", 2.4), ("express", "BOOL", "bool_contents", True), ("country", "BYTES", "bytes_contents", b"DE")]:
        one = made.inputs.add(name=name, datatype=datatype, shape=[2])
        getattr(one.contents, field).extend([value, value])
    return made


def shape_of(result):
    """What an answer looks like, without its numbers."""
    r = result.get_response() if hasattr(result, "get_response") else result
    return {
        "model": r.model_name, "id": r.id, "raw": len(r.raw_output_contents),
        "outputs": [(o.name, o.datatype, list(o.shape), len(o.contents.fp64_contents) + len(o.contents.bool_contents)) for o in r.outputs],
    }


RAW = {"model": MODEL, "id": "one", "raw": 2, "outputs": [("output", "FP64", [2], 0), ("decision", "BOOL", [2], 0)]}
TYPED = {**RAW, "raw": 0, "outputs": [("output", "FP64", [2], 2), ("decision", "BOOL", [2], 2)]}

# The core.
check("server: live, ready", lambda: (client.is_server_live(), client.is_server_ready()), (True, True))
check("model: ready, with its version and without", lambda: (client.is_model_ready(MODEL), client.is_model_ready(MODEL, "1")), (True, True))
check("model that is not: ready", lambda: client.is_model_ready("nobody"), slipway="NOT_FOUND", mlserver=lambda found: found != "NOT_FOUND")
check("version that is not: ready", lambda: client.is_model_ready(MODEL, "7"), slipway="NOT_FOUND", mlserver=lambda found: found != "NOT_FOUND")
check("server metadata", lambda: client.get_server_metadata().name, slipway="slipway", mlserver="mlserver")
check("model metadata: inputs", lambda: [(i.name, i.datatype, list(i.shape)) for i in client.get_model_metadata(MODEL).inputs][:5], [("shop", "BYTES", [-1]), ("items", "INT64", [-1]), ("weight", "FP64", [-1]), ("express", "BOOL", [-1]), ("country", "BYTES", [-1])])
check("model metadata: outputs", lambda: [(i.name, i.datatype, list(i.shape)) for i in client.get_model_metadata(MODEL).outputs], [("output", "FP64", [-1]), ("decision", "BOOL", [-1])])
check("metadata of a model that is not", lambda: client.get_model_metadata("nobody"), "NOT_FOUND")

# Inference.
check("raw in, raw out", lambda: shape_of(client.infer(MODEL, inputs(), request_id="one")), RAW)
check("typed in, typed out", lambda: shape_of(stub.ModelInfer(request(id="one"))), TYPED)
check("the same numbers, typed and raw", lambda: list(client.infer(MODEL, inputs()).as_numpy("output")) == list(stub.ModelInfer(request()).outputs[0].contents.fp64_contents), True)
check("an id is made up where none came", lambda: len(client.infer(MODEL, inputs()).get_response().id) > 5, slipway=True, mlserver=lambda found: found is False)
check("columns [n, 1]", lambda: client.infer(MODEL, [tensor(i.name(), i.datatype(), a) for i, a in zip(inputs(), [np.array([["north"]], dtype=object), np.array([[3]]), np.array([[2.4]]), np.array([[True]]), np.array([["DE"]], dtype=object)])]).as_numpy("output").shape, (1,))
check("columns in another order", lambda: list(client.infer(MODEL, inputs()[::-1]).as_numpy("output")) == list(client.infer(MODEL, inputs()).as_numpy("output")), True)
check("INT32 for INT64, FP32 for FP64", lambda: client.infer(MODEL, [inputs()[0], tensor("items", "INT32", np.full(2, 3, np.int32)), tensor("weight", "FP32", np.full(2, 2.5, np.float32)), *inputs()[3:]]).as_numpy("output").shape, (2,))
check("half floats", lambda: client.infer(MODEL, [*inputs()[:2], tensor("weight", "FP16", np.full(2, 2.5, np.float16)), *inputs()[3:]]).as_numpy("output").shape == (2,), slipway=True)
check("one output only, by name", lambda: [o.name for o in client.infer(MODEL, inputs(), outputs=[triton.InferRequestedOutput("decision")]).get_response().outputs], slipway=["decision"])
check("NaN is a missing value", lambda: client.infer(MODEL, [*inputs(1)[:2], tensor("weight", "FP64", np.array([np.nan])), *inputs(1)[3:]]).as_numpy("output").shape, (1,))
check("1,000 rows", lambda: client.infer(MODEL, inputs(1000)).as_numpy("output").shape, (1000,))
for algorithm in ["gzip", "deflate"]:
    check(f"{algorithm} both ways", lambda: client.infer(MODEL, inputs(1000), compression_algorithm=algorithm).as_numpy("output").shape, (1000,))
check("custom parameters, headers, priority, timeout", lambda: client.infer(MODEL, inputs(), parameters={"mine": 7, "b": True, "s": "x", "d": 0.5}, headers={"x-request-id": "7"}, timeout=10_000_000, client_timeout=20).as_numpy("output").shape, (2,))
check("a prediction id for each row", lambda: len(client.infer(MODEL, inputs(3)).get_response().parameters["prediction_ids"].string_param.split(",")), slipway=3)


def with_key():
    ask = lambda: client.infer(MODEL, inputs(), parameters={"idempotency_key": "wire-1"}).get_response().parameters["prediction_ids"].string_param
    return ask() == ask()


check("the same idempotency key is the same prediction", with_key, slipway=True)

# What is wrong.
short = request()
short.inputs[1].contents.int64_contents.pop()
mixed = request(raw_input_contents=[b"\0" * 8] * 5)
surplus = service_pb2.ModelInferRequest()
surplus.CopyFrom(triton._utils._get_inference_request(model_name=MODEL, inputs=inputs(), model_version="", request_id="", outputs=None, sequence_id=0, sequence_start=False, sequence_end=False, priority=0, timeout=None, parameters=None))
cut = service_pb2.ModelInferRequest()
cut.CopyFrom(surplus)
cut.raw_input_contents[1] = cut.raw_input_contents[1][:-1]
surplus.raw_input_contents.append(b"\0" * 8)
anything = lambda found: True
check("infer: a model that is not", lambda: client.infer("nobody", inputs()), "NOT_FOUND")
check("infer: a version that is not", lambda: client.infer(MODEL, inputs(), model_version="7"), "NOT_FOUND")
check("infer: elements fewer than the shape", lambda: stub.ModelInfer(short), slipway="INVALID_ARGUMENT", mlserver=anything)
check("infer: raw bytes fewer than the shape", lambda: stub.ModelInfer(cut), slipway="INVALID_ARGUMENT", mlserver=lambda found: found in ("INTERNAL", "UNKNOWN"))
check("infer: a raw tensor too many", lambda: stub.ModelInfer(surplus), slipway="INVALID_ARGUMENT", mlserver=lambda found: found not in ("INVALID_ARGUMENT", "INTERNAL"))
check("infer: raw and typed", lambda: stub.ModelInfer(mixed), slipway="INVALID_ARGUMENT", mlserver=anything)
check("infer: an input missing", lambda: client.infer(MODEL, inputs()[:3]), slipway="INVALID_ARGUMENT", mlserver=anything)
check("infer: an input that it does not know", lambda: client.infer(MODEL, [*inputs(), tensor("other", "FP64", np.zeros(2))]), slipway="INVALID_ARGUMENT", mlserver=anything)
check("infer: text where a number belongs", lambda: client.infer(MODEL, [inputs()[0], tensor("items", "BYTES", np.array(["x", "y"], dtype=object)), *inputs()[2:]]), slipway="INVALID_ARGUMENT", mlserver=anything)
check("infer: an output that it does not give", lambda: client.infer(MODEL, inputs(), outputs=[triton.InferRequestedOutput("zip")]), slipway="INVALID_ARGUMENT", mlserver=anything)
check("infer: a datatype that is not", lambda: stub.ModelInfer(service_pb2.ModelInferRequest(model_name=MODEL, inputs=[service_pb2.ModelInferRequest.InferInputTensor(name="items", datatype="INT63", shape=[1])])), slipway="INVALID_ARGUMENT", mlserver=anything)
check("infer: 20 MB", lambda: client.infer(MODEL, [tensor("weight", "FP64", np.zeros(2_500_000))]), slipway="RESOURCE_EXHAUSTED", mlserver=anything)
check("infer: no time left", lambda: client.infer(MODEL, inputs(1000), client_timeout=0.0005), slipway="DEADLINE_EXCEEDED", mlserver=anything)


def message():
    try:
        client.infer("nobody", inputs())
    except InferenceServerException as error:
        return error.message()


check("an error says what to do, and its code", message, slipway=lambda found: "nobody" in found and "/api/v1/endpoints" in found and "(unknown_endpoint)" in found)


def details():
    try:
        stub.ModelInfer(cut)
    except grpc.RpcError as error:
        trailers = dict(error.trailing_metadata())
        return trailers["slipway-code"], b"google.rpc.BadRequest" in trailers["grpc-status-details-bin"], b"inputs.items" in trailers["grpc-status-details-bin"]


check("an error has details for programs", details, slipway=("invalid_request", True, True))
check("shared memory, traces, logs: not here", lambda: [code(f) for f in (client.get_system_shared_memory_status, client.get_cuda_shared_memory_status, client.get_trace_settings, client.get_log_settings)], ["UNIMPLEMENTED"] * 4)


# Tokens.
check("a token is the caller", lambda: client.is_model_ready(MODEL, headers={"authorization": f"Bearer {token}"}), slipway=True)
check("a token that nobody has", lambda: client.infer(MODEL, inputs(), headers={"authorization": "Bearer slipway_nobody"}), slipway="UNAUTHENTICATED")

# Repository, configuration, statistics.
check("repository index", lambda: [(m.name, m.version, m.state) for m in client.get_model_repository_index().models], slipway=[(MODEL, "1", "READY")], mlserver=[(MODEL, "1", "State.READY")])
check("load", lambda: client.load_model(MODEL), slipway=lambda found: found is None, mlserver=lambda found: found is None)


def unload():
    client.unload_model(MODEL)
    states = [(m.name, m.state) for m in client.get_model_repository_index().models]
    found = states, code(lambda: client.is_model_ready(MODEL)), code(lambda: client.infer(MODEL, inputs()))
    client.load_model(MODEL)
    return found, client.is_model_ready(MODEL)


check("unload: it is listed, and unavailable until it is loaded again", unload, slipway=(([(MODEL, "UNAVAILABLE")], "UNAVAILABLE", "UNAVAILABLE"), True))
check("load a model that is not", lambda: client.load_model("nobody"), slipway="NOT_FOUND", mlserver=lambda found: found in ("NOT_FOUND", "INVALID_ARGUMENT", "UNKNOWN", "INTERNAL"))
check("configuration", lambda: [(i.name, i.optional) for i in client.get_model_config(MODEL).config.input][:3], slipway=[("shop", False), ("items", False), ("weight", True)])


def counted():
    of = lambda: client.get_inference_statistics(MODEL).model_stats[0]
    before = of()
    # What had no time left above may still be at work.
    while True:
        time.sleep(0.3)
        before, earlier = of(), before
        if before.inference_count == earlier.inference_count:
            break
    client.infer(MODEL, inputs(5))
    after = of()
    return after.inference_count - before.inference_count, after.execution_count - before.execution_count, after.inference_stats.success.ns > before.inference_stats.success.ns


check("statistics", counted, slipway=(5, 1, True))

# Streams. MLServer's tritonclient stream gives nothing and hangs in stop_stream: it is not asked.
def streamed():
    got = queue.Queue()
    with triton.InferenceServerClient(address) as own:
        own.start_stream(callback=lambda result, error: got.put((result, error)))
        for i in range(60):
            own.async_stream_infer("nobody" if i % 20 == 7 else MODEL, inputs(), request_id=f"r{i}")
        seen = [got.get(timeout=20) for _ in range(60)]
        started = time.time()
        own.stop_stream()
        return [r.get_response().id if e is None else "error" for r, e in seen], time.time() - started < 2


check("stream: in order, and it goes on after what is wrong", streamed, slipway=([("error" if i % 20 == 7 else f"r{i}") for i in range(60)], True))


def empty_stream():
    with triton.InferenceServerClient(address) as own:
        own.start_stream(callback=lambda result, error: None)
        started = time.time()
        own.stop_stream()
        return time.time() - started < 2


check("stream: without one request it ends at once", empty_stream, slipway=True)


# aio.
async def aio():
    async with triton_aio.InferenceServerClient(address) as own:
        live = await own.is_server_live()
        answers = await asyncio.gather(*[own.infer(MODEL, inputs(module=triton_aio), request_id=f"a{i}") for i in range(50)])
        wrong = None
        try:
            await own.infer(MODEL, inputs(module=triton_aio), model_version="7")
        except InferenceServerException as error:
            wrong = status_of(error)
        return live, [a.get_response().id for a in answers] == [f"a{i}" for i in range(50)], wrong


check("aio: 50 at a time, and an error", lambda: asyncio.run(aio()), (True, True, "NOT_FOUND"))


async def aio_stream():
    async def requests():
        for i in range(20):
            yield {"model_name": "nobody" if i == 9 else MODEL, "inputs": inputs(module=triton_aio), "request_id": f"s{i}"}

    async with triton_aio.InferenceServerClient(address) as own:
        return [result.get_response().id if error is None else "error" async for result, error in own.stream_infer(requests())]


check("aio: a stream", lambda: asyncio.run(asyncio.wait_for(aio_stream(), 20)), slipway=[("error" if i == 9 else f"s{i}") for i in range(20)])

# What tools ask any server for.
health = health_pb2_grpc.HealthStub(grpc.insecure_channel(address))
check("health", lambda: [health_pb2.HealthCheckResponse.ServingStatus.Name(health.Check(health_pb2.HealthCheckRequest(service=s)).status) for s in ("", "inference.GRPCInferenceService")], slipway=["SERVING"] * 2)
check("health of a service that is not", lambda: health.Check(health_pb2.HealthCheckRequest(service="nobody")), slipway="NOT_FOUND")
check("health: a watch", lambda: next(iter(health.Watch(health_pb2.HealthCheckRequest(), timeout=5))).status, slipway=1)


def reflected():
    channel = grpc.insecure_channel(address)
    pool = DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
    method = pool.FindServiceByName("inference.GRPCInferenceService").FindMethodByName("ModelInfer")
    ask, answer = GetMessageClass(method.input_type), GetMessageClass(method.output_type)
    made = ask.FromString(request(id="learned").SerializeToString())
    made.parameters["mine"].int64_param = 3
    reply = channel.unary_unary("/inference.GRPCInferenceService/ModelInfer", request_serializer=ask.SerializeToString, response_deserializer=answer.FromString)(made)
    return reply.id, len(reply.outputs[0].contents.fp64_contents)


check("reflection: a client that knows nothing predicts", reflected, slipway=("learned", 2), mlserver=lambda found: True)

print(json.dumps({"target": target, "passed": passed, "failed": failed}))
sys.exit(1 if failed or passed == 0 else 0)
