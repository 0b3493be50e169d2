"""Writes deviation.json beside this file: reference standard deviations for src/data/meaning/deviation.ts. Python 3.11 or later, nothing else.

    python3 -P test/golden/deviation.py

Each is computed three ways, which must agree (-P: the `statistics` of Python, not the file beside this one): sqrt((n Σx² − (Σx)²) / (n (n − 1))) over fractions, its exact root rounded once by comparing with the
midpoints of the doubles around it; the same in decimal arithmetic of 1,500 digits; and `statistics.stdev`.
"""
import decimal
import json
import math
import pathlib
import random
import statistics
import sys
from decimal import Decimal
from fractions import Fraction

decimal.getcontext().prec = 1_500
decimal.getcontext().Emin = -10_000
decimal.getcontext().Emax = 10_000


def variance(values):
    n = len(values)
    exact = [Fraction(x) for x in values]
    return (n * sum(x * x for x in exact) - sum(exact) ** 2) / (n * (n - 1))


def by_midpoints(v):
    """The double r for which the root of v lies between the midpoints on both sides of it, ties to even."""
    if v == 0:
        return 0.0
    shift = (v.denominator.bit_length() - v.numerator.bit_length()) // 2 + 80
    scaled = v * Fraction(4) ** shift
    guess = float(Fraction(math.isqrt(scaled.numerator // scaled.denominator)) / Fraction(2) ** shift)
    low, high = math.nextafter(guess, 0), math.nextafter(guess, math.inf)
    below, above = (Fraction(low) + Fraction(guess)) / 2, (Fraction(guess) + Fraction(high)) / 2
    even = math.frexp(guess)[0] * 2**53 % 2 == 0
    if below**2 > v or (below**2 == v and not even):
        return low
    if above**2 < v or (above**2 == v and not even):
        return high
    return guess


def by_decimal(values):
    n = len(values)
    exact = [Decimal(x) for x in values]
    return float(((n * sum(x * x for x in exact) - sum(exact) ** 2) / (n * (n - 1))).sqrt())


rng = random.Random(20_260_101)


def wide():
    while True:
        x = math.ldexp(rng.randint(-(2**53), 2**53), rng.randint(-537, 457))
        if 2.0**-485 <= abs(x) <= 2.0**510:
            return x


named = {
    "two": [1.0, 2.0],
    "two, one unit apart": [1.0, math.nextafter(1.0, 2)],
    "two of opposite sign": [-3.5, 3.5],
    "equal": [0.1] * 7,
    "equal and great": [2.0**510] * 3,
    "zeros": [0.0, 0.0],
    "a zero and a one": [0.0, 1.0],
    "three": [0.1, 0.2, 0.3],
    "the least": [2.0**-485, -(2.0**-485)],
    "the least, one unit apart": [2.0**-485, math.nextafter(2.0**-485, 1)],
    "the greatest": [2.0**510, -(2.0**510)],
    "the least and the greatest": [2.0**-485, 2.0**510],
    "far from zero": [1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16],
    "one apart from many": [1e100] * 20 + [1e-100],
    "whole": [float(n) for n in range(1, 101)],
    "square": [0.0, 0.0, 0.0, 6.0],
}
cases = [{"name": name, "values": values} for name, values in named.items()]
makers = {
    "small": lambda: rng.randint(-60, 300),
    "money": lambda: rng.randint(-100_000, 100_000) / 100,
    "normal": lambda: rng.gauss(100, 15),
    "near": lambda: 1e6 + rng.random() * 1e-6,
    "wide": wide,
    "decades": lambda: math.ldexp(rng.randint(-(2**52), 2**52), rng.randint(-60, 60)),
}
for name, make in makers.items():
    for i in range(60):
        cases.append({"name": f"{name} {i}", "values": [float(make()) for _ in range(rng.choice([2, 2, 3, 4, 5, 9, 30]))]})

for case in cases:
    v = variance(case["values"])
    root = by_midpoints(v)
    assert root == by_decimal(case["values"]), case
    # `statistics.stdev` overflows where the sum of squares is beyond a double's range only on its way out; it never does here.
    assert root == statistics.stdev(case["values"]), case
    case["deviation"] = root

out = {"python": ".".join(map(str, sys.version_info[:3])), "cases": cases}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(out, indent=None, separators=(",", ":")).replace('},{"name"', '},\n{"name"') + "\n")
print(len(cases), "cases")
