"""Writes exp.json beside this file: e^x correctly rounded, for src/models/exp.ts.

Needs numpy and mpmath. Tests read the JSON only: pairs of the bits of x and of e^x, as hexadecimal text.
Random x; edges of the range; x where 1 + x is the middle of two doubles, so that x²/2 alone decides; and, out of 20 million x, those whose
result is nearest to the middle of two doubles, found in 64-bit precision first.
"""
import json
import pathlib
import struct

import mpmath
import numpy as np

mpmath.mp.prec = 400


def bits(v):
    return struct.pack(">d", v).hex()


def rounded(x):
    """mpmath rounds to doubles of unlimited exponent: subnormal results are rounded here."""
    exact = mpmath.exp(mpmath.mpf(x))
    if exact < mpmath.mpf(2) ** -1022:
        return float(mpmath.nint(exact * mpmath.mpf(2) ** 1074)) * 5e-324
    return float(exact)


rng = np.random.default_rng(20260108)
xs = [*rng.uniform(-40, 40, 1500), *rng.uniform(-745.1, 709.7, 1500), *(rng.normal(size=300) * 2.0 ** rng.integers(-60, 5, 300)), *rng.uniform(-745.13, -708.3, 300)]
xs += [0.0, -0.0, 1.0, -1.0, 709.782712893384, -708.3964185322641, -708.3964185322642, -745.1332191019411, -744.4400719213812, 7.541752774995959e-10, 1e-300, -1e-17]
for j in range(1, 200, 2):
    xs += [j * 2.0 ** -53, -j * 2.0 ** -54]
near = []
for _ in range(20):
    x = np.concatenate([rng.uniform(-30, 30, 500_000), rng.uniform(-700, 700, 500_000)])
    y = np.exp(x.astype(np.longdouble))
    mantissa, _e = np.frexp(y)
    rest = np.abs(np.mod(mantissa * np.longdouble(2.0 ** 53), 1) - 0.5)
    near += list(x[rest < 0.002])


def distance(x):
    """From the middle of two doubles, in units in the last place."""
    exact = mpmath.exp(mpmath.mpf(float(x)))
    mantissa, _e = mpmath.frexp(exact)
    return abs(mpmath.frac(mantissa * 2 ** 53) - mpmath.mpf(0.5))


near = sorted(near, key=distance)[:1500]
print("nearest to a middle:", mpmath.nstr(distance(near[0]), 3), "units")
xs += near
path = pathlib.Path(__file__).with_name("exp.json")
path.write_text(json.dumps({"made": {"mpmath": mpmath.__version__, "numpy": np.__version__}, "pairs": [bits(float(x)) + bits(rounded(float(x))) for x in xs]}, separators=(",", ":")) + "\n")
