"""Writes libm.json beside this file: expf and logf of the C library (glibc, x86-64), for src/models/single.ts.

Needs numpy. Tests read the JSON only: bits of x and of the result as hexadecimal text, 16 digits a pair.
"""
import ctypes
import json
import pathlib
import platform
import struct

import numpy as np

library = ctypes.CDLL("libm.so.6")


def pairs(name, xs):
    function = getattr(library, name)
    function.restype = ctypes.c_float
    function.argtypes = [ctypes.c_float]
    return "".join(struct.pack(">ff", x, function(float(x))).hex() for x in np.asarray(xs, dtype=np.float32))


rng = np.random.default_rng(20260110)
exponents = np.concatenate([rng.uniform(-105, 90, 1500), rng.normal(size=1500), rng.uniform(-1e-3, 1e-3, 300), [0.0, -0.0, 88.72283, 88.72284, -103.97208, -103.9721, -87.4, 1e-45, np.inf, -np.inf]])
positive = np.concatenate([np.exp(rng.uniform(-103, 88, 1500)), rng.uniform(0, 4, 1500), [0.0, 1.0, 1e-45, 1.1754944e-38, 1.1754942e-38, 3.4028235e38, np.inf]])
path = pathlib.Path(__file__).with_name("libm.json")
path.write_text(json.dumps({"made": {"libc": " ".join(platform.libc_ver()), "machine": platform.machine()}, "expf": pairs("expf", exponents), "logf": pairs("logf", positive)}, separators=(",", ":")) + "\n")
