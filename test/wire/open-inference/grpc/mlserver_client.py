"""MLServer's own gRPC stubs, converters and codecs against Slipway.

Usage: mlserver_client.py ADDRESS
"""

import sys

import grpc
import numpy as np
import pandas as pd
from mlserver.codecs import NumpyCodec, PandasCodec, StringCodec
from mlserver.grpc import converters, dataplane_pb2, dataplane_pb2_grpc
from mlserver.types import InferenceRequest, RequestInput

address = sys.argv[1]
MODEL = "late-order"
stub = dataplane_pb2_grpc.GRPCInferenceServiceStub(grpc.insecure_channel(address))
failed = 0


def check(what, found, expected):
    global failed
    failed += found != expected
    print(f"{'ok  ' if found == expected else 'FAIL'}  {what}" + ("" if found == expected else f"\n      expected {expected!r}\n      found    {found!r}"))


def infer(request, **options):
    return converters.ModelInferResponseConverter.to_types(stub.ModelInfer(converters.ModelInferRequestConverter.from_types(request, model_name=MODEL, model_version=None, **options)))


frame = pd.DataFrame({"shop": ["north", "south"], "items": np.array([3, 4], np.int64), "weight": [2.4, 1.5], "express": [True, False], "country": ["DE", "FR"]})
# PandasCodec fails on text under pandas 3 by itself: text columns of type object, as its users have them.
frame = frame.astype({"shop": object, "country": object})
columns = [
    StringCodec.encode_input("shop", ["north", "south"]), NumpyCodec.encode_input("items", frame["items"].to_numpy()), NumpyCodec.encode_input("weight", frame["weight"].to_numpy()),
    NumpyCodec.encode_input("express", frame["express"].to_numpy()), StringCodec.encode_input("country", ["DE", "FR"]),
]
by_codec = infer(InferenceRequest(id="codec", inputs=columns))
check("codecs: an answer for each row", ([o.name for o in by_codec.outputs], by_codec.id, by_codec.outputs[0].shape), (["output", "decision"], "codec", [2]))
by_raw = infer(InferenceRequest(inputs=columns), use_raw=True)
check("the same raw", by_raw.outputs[0].data.root if hasattr(by_raw.outputs[0].data, "root") else by_raw.outputs[0].data, by_codec.outputs[0].data.root if hasattr(by_codec.outputs[0].data, "root") else by_codec.outputs[0].data)
by_frame = infer(PandasCodec.encode_request(frame))
check("a data frame, one column a tensor", NumpyCodec.decode_output(by_frame.outputs[0]).ravel().tolist(), NumpyCodec.decode_output(by_codec.outputs[0]).ravel().tolist())
check("live, ready", (stub.ServerLive(dataplane_pb2.ServerLiveRequest()).live, stub.ServerReady(dataplane_pb2.ServerReadyRequest()).ready, stub.ModelReady(dataplane_pb2.ModelReadyRequest(name=MODEL)).ready), (True, True, True))
check("metadata", stub.ModelMetadata(dataplane_pb2.ModelMetadataRequest(name=MODEL)).inputs[1].datatype, "INT64")
try:
    infer(InferenceRequest(inputs=[RequestInput(name="items", shape=[2], datatype="INT64", data=[1])]))
    check("elements too few are refused", "taken", "INVALID_ARGUMENT")
except grpc.RpcError as error:
    check("elements too few are refused", error.code().name, "INVALID_ARGUMENT")
sys.exit(1 if failed else 0)
