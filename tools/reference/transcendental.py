"""References for the transcendental functions in f64, from mpmath.

Usage: python tools/reference/transcendental.py [points a function [file]]
Writes packages/thalweg/test/references/transcendental.json (default, 150 points a function) or the file named.

Every function has arguments drawn from intervals where its expansion changes form or is hardest; half of each set is uniform, half spread
evenly over exponents. A row is one function: base64 of little-endian float64 arguments (two arrays for binary functions), of the result
rounded to float64, and of what is missing to the exact result, as float32 multiples of the result's ulp.
"""

import base64
import json
import random
import struct
import sys
from pathlib import Path

from mpmath import mp, mpf

mp.dps = 50
seed = 20240601
max_double = mpf(sys.float_info.max)


def ulp(value):
    if value == 0:
        return mpf(2) ** -1074
    exponent = max(int(mp.floor(mp.log(abs(value), 2))), -1022)
    return mpf(2) ** (exponent - 52)


def spread(rng, low, high, signs):
    """2^e, e uniform, with the signs allowed."""
    x = 2.0 ** rng.uniform(low, high)
    return x if signs == "+" or (signs == "±" and rng.random() < 0.5) else -x


# name: (function, uniform intervals, (lowest exponent, highest exponent, signs))
unary = {
    "exp": (mp.exp, [(-745, 709.7), (-1, 1)], (-60, 9.4, "±")),
    "expm1": (mp.expm1, [(-40, 709.7), (-2, 2), (-0.5, 0.5)], (-60, 9.4, "±")),
    "log": (mp.log, [(0.3, 3), (0.99, 1.01)], (-1074, 1023.9, "+")),
    "log1p": (mp.log1p, [(-0.999, 2), (-0.6, 0.6)], (-60, 1023.9, "+")),
    "sin": (mp.sin, [(-10, 10), (-1e6, 1e6), (-1e9, 1e9)], (-30, 1023.9, "±")),
    "cos": (mp.cos, [(-10, 10), (-1e6, 1e6), (-1e9, 1e9)], (-30, 1023.9, "±")),
    "tan": (mp.tan, [(-10, 10), (-1e6, 1e6), (-1e9, 1e9)], (-30, 1023.9, "±")),
    "asin": (mp.asin, [(-1, 1), (0.45, 0.55)], (-60, 0, "±")),
    "acos": (mp.acos, [(-1, 1), (0.45, 0.55), (0.99, 1)], (-60, 0, "±")),
    "atan": (mp.atan, [(-3, 3), (0.5, 2)], (-60, 80, "±")),
    "sinh": (mp.sinh, [(-710, 710), (-2, 2)], (-60, 9.4, "±")),
    "cosh": (mp.cosh, [(-710, 710), (-2, 2)], (-60, 9.4, "±")),
    "tanh": (mp.tanh, [(-20, 20), (-1, 1)], (-60, 5, "±")),
    "asinh": (mp.asinh, [(-3, 3), (0.3, 1)], (-60, 1023.9, "±")),
    "acosh": (mp.acosh, [(1, 3), (1, 1.01)], (0, 1023.9, "+")),
    "atanh": (mp.atanh, [(-1, 1), (0.45, 0.55)], (-60, 0, "±")),
    "erf": (mp.erf, [(-6, 6), (0.9, 1.1)], (-60, 3, "±")),
    "erfc": (mp.erfc, [(-6, 27), (0.3, 0.5)], (-60, 4.7, "±")),
    "sigmoid": (lambda x: 1 / (1 + mp.exp(-x)), [(-745, 40), (-3, 3)], (-60, 9.4, "±")),
    "softplus": (lambda x: mp.log1p(mp.exp(x)), [(-745, 40), (-3, 3)], (-60, 9.4, "±")),
}


def draw(rng, name, intervals, exponents):
    if name in ("sin", "cos", "tan") and rng.random() < 0.3:
        # the nearest there is to a multiple of π/2: cancellation in the reduction
        return float(round(2.0 ** rng.uniform(0, 40)) * mp.pi / 2)
    if rng.random() < 0.5:
        return rng.uniform(*rng.choice(intervals))
    return spread(rng, *exponents)


def unary_points(rng, name, count):
    function, intervals, exponents = unary[name]
    while count > 0:
        x = draw(rng, name, intervals, exponents)
        try:
            y = function(mpf(x))
        except (ValueError, ZeroDivisionError):
            continue
        if isinstance(y, mp.mpf) and mp.isfinite(y) and abs(y) <= max_double:
            count -= 1
            yield (x,), y


def binary_points(rng, name, count):
    while count > 0:
        sign = rng.choice([-1, 1])
        if name == "pow":
            if rng.random() < 0.5:
                x, y = 2.0 ** rng.uniform(-1074, 1023), rng.uniform(-3, 3)
            else:
                x = 1 + rng.uniform(-1, 1) * 2.0 ** rng.uniform(-30, -1)
                y = rng.uniform(-740, 709) / float(mp.log(x))
            value = mpf(x) ** mpf(y)
        elif name == "atan2":
            x = sign * 2.0 ** rng.uniform(-20, 20)
            y = rng.choice([-1, 1]) * 2.0 ** rng.uniform(-20, 20) if rng.random() < 0.5 else x * rng.uniform(-3, 3)
            x, y = y, x
            value = mp.atan2(mpf(x), mpf(y))
        else:
            x = sign * 2.0 ** rng.uniform(-1074, 1023) if rng.random() < 0.3 else rng.uniform(-1e6, 1e6)
            y = rng.choice([-1, 1]) * 2.0 ** (rng.uniform(-1070, 1000) if rng.random() < 0.3 else rng.uniform(-10, 10))
            # exact in integers: both are multiples of 2^-1074
            scale = 2**1074
            (xn, xd), (yn, yd) = x.as_integer_ratio(), y.as_integer_ratio()
            a, b = xn * scale // xd, yn * scale // yd
            with mp.workprec(2400):
                value = mpf(a % b) / scale
        if value != 0 and abs(value) <= max_double:
            count -= 1
            yield (x, y), value


def pack(kind, values):
    return base64.b64encode(struct.pack(f"<{len(values)}{kind}", *values)).decode()


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 150
    rows = {}
    for name in [*unary, "pow", "atan2", "mod"]:
        rng = random.Random(f"{seed} {name}")
        points = unary_points(rng, name, count) if name in unary else binary_points(rng, name, count)
        arguments, results, missing = [], [], []
        for args, value in points:
            rounded = float(value)
            arguments.append(args)
            results.append(rounded)
            with mp.workprec(2400 if name == "mod" else 200):
                missing.append(float((value - mpf(rounded)) / ulp(value)))
        rows[name] = {
            "arguments": [pack("d", list(column)) for column in zip(*arguments)],
            "result": pack("d", results),
            "missing": pack("f", missing),
        }
    default = Path(__file__).resolve().parents[2] / "packages/thalweg/test/references/transcendental.json"
    target = Path(sys.argv[2]) if len(sys.argv) > 2 else default
    target.write_text(json.dumps({"seed": seed, "functions": rows}) + "\n")


main()
