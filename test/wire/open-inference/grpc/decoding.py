"""Mutants of a request, read by Google's protobuf: each line is [bytes, what Slipway read of them and wrote again, or null]."""

import json
import sys

from google.protobuf.message import DecodeError
from tritonclient.grpc.service_pb2 import ModelInferRequest


def read(text):
    try:
        message = ModelInferRequest.FromString(bytes.fromhex(text))
    except DecodeError:
        return None
    message.DiscardUnknownFields()
    return message.SerializeToString(deterministic=True)


taken = refused = refused_here_only = 0
different = []
for line in open(sys.argv[1]):
    sent, ours = json.loads(line)
    theirs = read(sent)
    if ours is None:
        refused += theirs is None
        refused_here_only += theirs is not None
    elif theirs is None or read(ours) != theirs:
        different.append(sent[:400] + (" is refused there" if theirs is None else " means another thing there"))
    else:
        taken += 1
print(json.dumps({"taken": taken, "refused": refused, "refusedHereOnly": refused_here_only, "different": different}))
