"""Reference values of every primitive, from NumPy, SciPy and mpmath.

    python tools/reference/primitives.py packages/thalweg/test/references

Elementary functions of ordinary arguments are computed by mpmath with 200 bits and rounded once; special arguments and everything else are
NumPy's. Sums and products are of numbers whose results are exact in any order, so that the files hold for every way of adding up.
"""

import json
import math
import struct
import sys
from pathlib import Path

import mpmath
import numpy as np
import scipy.special

mpmath.mp.prec = 200
np.seterr(all="ignore")

DTYPES = {"bool": np.bool_, "int32": np.int32, "float32": np.float32, "float64": np.float64}
FLOATS = ["float32", "float64"]
INF, NAN = math.inf, math.nan


def number(value, dtype):
    if dtype == "bool":
        return int(value)
    if dtype == "int32":
        return int(value)
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    if value == 0:
        return "-0" if math.copysign(1, value) < 0 else 0
    # The shortest decimal that rounds to the same number of this dtype.
    text = np.format_float_scientific(DTYPES[dtype](value), trim="-")
    parsed = float(text)
    return int(parsed) if parsed.is_integer() and abs(parsed) < 1e15 else parsed


def value(array, dtype=None):
    array = np.asarray(array, dtype=None if dtype is None else DTYPES[dtype])
    dtype = next(name for name, kind in DTYPES.items() if array.dtype == kind)
    return {"shape": list(array.shape), "dtype": dtype, "data": [number(x, dtype) for x in array.ravel().tolist()]}


def case(primitive, name, inputs, expected, graph=None, **params):
    entry = {
        "name": f"{primitive} {name}",
        "primitive": primitive,
        "inputs": [value(x) for x in inputs],
        "params": params,
        "expected": [value(x) for x in expected],
    }
    if graph is not None:
        entry["graph"] = graph
    return entry


def grid(dtype, values):
    return np.array(values, dtype=DTYPES[dtype])


# Elementary functions ------------------------------------------------------------------------------------------------

ORDINARY = [0.1, 0.25, 0.5, 0.75, 0.9990234375, 1, 1.25, 1.5, 2, 2.5, 3, 3.7, 5.5, 7, 9.25, 10, 17.3, 20, 0.01, 1e-3, 1e-4, 1e-8]
ORDINARY = ORDINARY + [-x for x in ORDINARY]
SPECIAL = [0.0, -0.0, INF, -INF, NAN, 1.0, -1.0]
SUBNORMAL = {"float32": [1e-45, -1e-45, 1e-40, 1.1754942e-38, -1.1754942e-38, 1.17549435e-38]}
SUBNORMAL["float64"] = [5e-324, -5e-324, 1e-310, 2.2250738585072009e-308, -2.2250738585072009e-308, 2.2250738585072014e-308]
HUGE = {"float32": [3.4028235e38, -3.4028235e38, 1e20, -1e20, 123456.789, 16777217.0]}
HUGE["float64"] = [1.7976931348623157e308, -1.7976931348623157e308, 1e200, -1e200, 123456789.123, 2.0**53 + 2]
# Where exponentials overflow, underflow or reach a subnormal result.
EDGES = {"float32": [88.5, 88.8, 89.5, -87, -87.5, -95, -103, -104, -110, 44, 45]}
EDGES["float64"] = [709.5, 709.9, 711, -708, -709, -730, -744, -746, -760, 354, 355]
NEAR_INTEGERS = [0.5, 1.5, 2.5, 3.5, -0.5, -1.5, -2.5, -3.5, 0.49999997, -0.49999997, 2.4999998, -0.2, 0.2, 1e6 + 0.5, 8388609.0]


def one(x, dtype, exact, special):
    """`exact` (mpmath) of one number, rounded to `dtype`; `special` (NumPy) where mpmath has no answer of this kind."""
    fallback = float(special(DTYPES[dtype](x)))
    if x == 0 or not math.isfinite(x) or math.isnan(fallback):
        return fallback
    result = exact(mpmath.mpf(x))
    if mpmath.isinf(result) or mpmath.isnan(result) or result == 0:
        return fallback
    return rounded(result, dtype)


def rounded(result, dtype):
    """A number of mpmath to the nearest of `dtype`, ties to even, subnormal or not."""
    digits, least = (24, -149) if dtype == "float32" else (53, -1074)
    quantum = max(int(mpmath.floor(mpmath.log(abs(result), 2))) + 1 - digits, least)
    if quantum > 1100:
        return math.copysign(INF, result)
    whole = int(mpmath.nint(mpmath.ldexp(result, -quantum)))
    try:
        wide = math.ldexp(whole, quantum)
    except OverflowError:
        return math.copysign(INF, result)
    return float(DTYPES[dtype](wide))


def domain(values, low=-INF, high=INF):
    return [x for x in values if low <= x <= high]


exact_functions = {
    "sqrt": (mpmath.sqrt, np.sqrt),
    "exp": (mpmath.exp, np.exp),
    "expm1": (mpmath.expm1, np.expm1),
    "log": (mpmath.log, np.log),
    "log1p": (lambda x: mpmath.log1p(x), np.log1p),
    "sin": (mpmath.sin, np.sin),
    "cos": (mpmath.cos, np.cos),
    "tan": (mpmath.tan, np.tan),
    "asin": (mpmath.asin, np.arcsin),
    "acos": (mpmath.acos, np.arccos),
    "atan": (mpmath.atan, np.arctan),
    "sinh": (mpmath.sinh, np.sinh),
    "cosh": (mpmath.cosh, np.cosh),
    "tanh": (mpmath.tanh, np.tanh),
    "asinh": (mpmath.asinh, np.arcsinh),
    "acosh": (mpmath.acosh, np.arccosh),
    "atanh": (mpmath.atanh, np.arctanh),
    "erf": (mpmath.erf, scipy.special.erf),
    # Beyond, it is below the least subnormal number, and so far below that mpmath cannot tell.
    "erfc": (lambda x: mpmath.erfc(x) if x < 100 else mpmath.mpf(0), scipy.special.erfc),
    "sigmoid": (lambda x: 1 / (1 + mpmath.exp(-x)), scipy.special.expit),
    "softplus": (lambda x: mpmath.log1p(mpmath.exp(x)), lambda x: np.logaddexp(DTYPES["float64"](0), x)),
}


def elementary():
    for op, (exact, special) in exact_functions.items():
        for dtype in FLOATS:
            groups = {
                "ordinary": ORDINARY,
                "special": SPECIAL,
                "subnormal": SUBNORMAL[dtype],
                "huge": HUGE[dtype],
                "edges": EDGES[dtype],
            }
            for group, values in groups.items():
                x = grid(dtype, values)
                with mpmath.workprec(1300 if group != "ordinary" else 200):
                    y = grid(dtype, [one(float(v), dtype, exact, special) for v in x])
                yield case(op, f"{dtype} {group}", [x], [y])


def simple_unary():
    for dtype in FLOATS:
        rounding = grid(dtype, NEAR_INTEGERS + SPECIAL + SUBNORMAL[dtype] + HUGE[dtype])
        for op, f in [
            ("neg", np.negative),
            ("abs", np.abs),
            ("sign", np.sign),
            ("floor", np.floor),
            ("ceil", np.ceil),
            ("round", np.rint),
            ("trunc", np.trunc),
            ("relu", lambda x: np.maximum(x, DTYPES[dtype](0))),
        ]:
            yield case(op, f"{dtype} special", [rounding], [f(rounding)])
    whole = grid("int32", INTEGERS)
    for op, f in [("neg", np.negative), ("abs", np.abs), ("sign", np.sign), ("not", np.invert)]:
        yield case(op, "int32", [whole], [f(whole)])
    yield case("relu", "int32", [whole], [np.maximum(whole, np.int32(0))])
    yield case("not", "bool", [np.array([True, False])], [np.array([False, True])])
    for op, f in [("neg", np.negative), ("exp", np.exp), ("sqrt", np.sqrt), ("relu", lambda x: np.maximum(x, np.float32(0)))]:
        empty = np.zeros((2, 0, 3), np.float32)
        yield case(op, "empty", [empty], [f(empty)])
        yield case(op, "rank 0", [np.float32(0)], [f(np.float32(0))])
        yield case(op, "one element", [np.array([[1]], np.float32)], [np.array([[rounded(mpmath.mpf(float(f(np.float64(1)))), "float32")]], np.float32)])


# Two operands ---------------------------------------------------------------------------------------------------------

INTEGERS = [0, 1, -1, 2, -2, 3, -7, 10, 46341, 65536, 2147483647, -2147483648]


def cross(dtype, values):
    a, b = np.meshgrid(grid(dtype, values), grid(dtype, values), indexing="ij")
    return a.copy(), b.copy()


def power(a, b, dtype):
    fallback = float(np.power(DTYPES[dtype](a), DTYPES[dtype](b)))
    if b == 0.5 and (a == 0 or math.isinf(a)):
        return abs(a)  # NumPy takes the square root, which has −0 for −0 and NaN for −∞; C's pow and IEEE 754 do not.
    if not (math.isfinite(a) and math.isfinite(b)) or a == 0 or b == 0 or math.isnan(fallback):
        return fallback
    result = mpmath.power(mpmath.mpf(a), mpmath.mpf(b))
    return fallback if mpmath.im(result) != 0 else rounded(mpmath.re(result), dtype)


def two_operands():
    for dtype in FLOATS:
        tiny, big = SUBNORMAL[dtype][0], HUGE[dtype][0]
        values = [0.0, -0.0, 1.0, -1.5, INF, -INF, NAN, big, tiny, 5.25, -7.5, 0.1, 3.0]
        a, b = cross(dtype, values)
        for op, f in [
            ("add", np.add),
            ("sub", np.subtract),
            ("mul", np.multiply),
            ("div", np.divide),
            ("mod", np.mod),
            ("max", np.maximum),
            ("min", np.minimum),
            ("eq", np.equal),
            ("ne", np.not_equal),
            ("lt", np.less),
            ("le", np.less_equal),
        ]:
            yield case(op, f"{dtype} special", [a, b], [f(a, b)])

        pairs = [(x, y) for x in values for y in values]

        def angle(y, x):
            fallback = float(np.arctan2(DTYPES[dtype](y), DTYPES[dtype](x)))
            if not (math.isfinite(x) and math.isfinite(y)) or x == 0 or y == 0:
                return fallback
            return rounded(mpmath.atan2(mpmath.mpf(y), mpmath.mpf(x)), dtype)

        flat_a, flat_b = grid(dtype, [p[0] for p in pairs]), grid(dtype, [p[1] for p in pairs])
        with mpmath.workprec(2400):
            angles = [angle(float(y), float(x)) for y, x in zip(flat_a, flat_b)]
        yield case("atan2", f"{dtype} special", [flat_a, flat_b], [grid(dtype, angles)])

        bases = [0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 0.5, INF, -INF, NAN, 1.1, 10.0]
        exponents = [0.0, -0.0, 1.0, -1.0, 2.0, 3.0, -3.0, 0.5, -0.5, 1.7, INF, -INF, NAN, 20.0]
        flat_a = grid(dtype, [x for x in bases for _ in exponents])
        flat_b = grid(dtype, [y for _ in bases for y in exponents])
        powers = [power(float(x), float(y), dtype) for x, y in zip(flat_a, flat_b)]
        yield case("pow", f"{dtype} special", [flat_a, flat_b], [grid(dtype, powers)])
        near = [(1.0001, 5000), (0.999, 3000), (123.456, 4.5), (1e-3, -7.25), (7.5, 33.3), (0.3, 40), (2, 100.5), (1.5, -60.25)]
        flat_a, flat_b = grid(dtype, [p[0] for p in near]), grid(dtype, [p[1] for p in near])
        powers = [power(float(x), float(y), dtype) for x, y in zip(flat_a, flat_b)]
        yield case("pow", f"{dtype} ordinary", [flat_a, flat_b], [grid(dtype, powers)])

    a, b = cross("int32", INTEGERS)
    for op, f in [
        ("add", np.add),
        ("sub", np.subtract),
        ("mul", np.multiply),
        ("floorDiv", np.floor_divide),
        ("mod", np.mod),
        ("max", np.maximum),
        ("min", np.minimum),
        ("and", np.bitwise_and),
        ("or", np.bitwise_or),
        ("xor", np.bitwise_xor),
        ("eq", np.equal),
        ("ne", np.not_equal),
        ("lt", np.less),
        ("le", np.less_equal),
    ]:
        yield case(op, "int32", [a, b], [f(a, b)])
    shifts = np.array([0, 1, 5, 16, 31], np.int32)
    a = np.repeat(grid("int32", INTEGERS), len(shifts))
    b = np.tile(shifts, len(INTEGERS))
    yield case("shiftLeft", "int32", [a, b], [np.left_shift(a, b)])
    yield case("shiftRight", "int32", [a, b], [(a.view(np.uint32) >> b.view(np.uint32)).view(np.int32)])

    a, b = np.array([False, False, True, True]), np.array([False, True, False, True])
    for op, f in [
        ("and", np.logical_and),
        ("or", np.logical_or),
        ("xor", np.logical_xor),
        ("eq", np.equal),
        ("ne", np.not_equal),
        ("lt", np.less),
        ("le", np.less_equal),
    ]:
        yield case(op, "bool", [a, b], [f(a, b)])
    for shape in [(), (0,), (1, 1), (2, 3)]:
        a = np.arange(math.prod(shape), dtype=np.float32).reshape(shape)
        b = a * 2 + 1
        yield case("sub", f"shape {list(shape)}", [a, b], [a - b])
        yield case("lt", f"shape {list(shape)}", [a, b], [a < b])


# Casts, powers, selection ---------------------------------------------------------------------------------------------


def to_int32(x):
    if math.isnan(x):
        return 0
    if math.isinf(x):
        return 2147483647 if x > 0 else -2147483648
    return min(2147483647, max(-2147483648, math.trunc(x)))


def conversions():
    sources = {
        "bool": np.array([True, False]),
        "int32": grid("int32", INTEGERS + [16777217]),
    }
    for dtype in FLOATS:
        more = [1.5, -1.5, 0.99, -0.99, 2147483520.0, 2147483648.0, -2147483648.0, -3e9, 1e-3, 0.1, 1e39]
        sources[dtype] = grid(dtype, SPECIAL + more + SUBNORMAL[dtype][:2] + HUGE[dtype][:2])
    for source, x in sources.items():
        for target in DTYPES:
            if target == "int32" and source in FLOATS:
                y = grid("int32", [to_int32(float(v)) for v in x])
            else:
                y = x.astype(DTYPES[target])
            yield case("cast", f"{source} to {target}", [x], [y], dtype=target)
    for dtype in FLOATS:
        x = grid(dtype, [0.0, -0.0, 1.0, -1.0, 0.5, -1.25, 3.0, INF, -INF, NAN, 1.1, 10.0])
        for exponent in [-3, -2, -1, 0, 1, 2, 3, 5]:
            y = grid(dtype, [power(float(v), float(exponent), dtype) for v in x])
            yield case("integerPow", f"{dtype} {exponent}", [x], [y], exponent=exponent)
    x = grid("int32", INTEGERS)
    for exponent in [0, 1, 2, 3, 7]:
        exact = [(int(v) ** exponent + 2**31) % 2**32 - 2**31 for v in x]
        yield case("integerPow", f"int32 {exponent}", [x], [grid("int32", exact)], exponent=exponent)
    for dtype in DTYPES:
        a = np.array([1, 0, 1, 1, 0], DTYPES[dtype])
        b = np.array([0, 0, 1, 0, 1], DTYPES[dtype])
        if dtype in FLOATS:
            a[0], b[1], b[2] = NAN, INF, NAN
        mask = np.array([True, False, True, False, True])
        yield case("select", dtype, [mask, a, b], [np.where(mask, a, b)])
    yield case("select", "empty", [np.zeros((0, 2), bool), *[np.zeros((0, 2), np.int32)] * 2], [np.zeros((0, 2), np.int32)])
    yield case("select", "rank 0", [np.bool_(True), np.float64(2), np.float64(3)], [np.float64(2)])


# Random bits ----------------------------------------------------------------------------------------------------------


def threefry2x32(key, counter):
    mask = 0xFFFFFFFF
    schedule = [key[0], key[1], 0x1BD11BDA ^ key[0] ^ key[1]]
    x, y = (counter[0] + key[0]) & mask, (counter[1] + key[1]) & mask
    rotations = [13, 15, 26, 6, 17, 29, 16, 24]
    for i in range(20):
        x = (x + y) & mask
        by = rotations[i % 8]
        y = (((y << by) | (y >> (32 - by))) & mask) ^ x
        if i % 4 == 3:
            s = i // 4 + 1
            x = (x + schedule[s % 3]) & mask
            y = (y + schedule[(s + 1) % 3] + s) & mask
    return x, y


# The known answers that come with Random123.
assert threefry2x32((0, 0), (0, 0)) == (0x6B200159, 0x99BA4EFE)
assert threefry2x32((0xFFFFFFFF,) * 2, (0xFFFFFFFF,) * 2) == (0x1CB996FC, 0xBB002BE7)
assert threefry2x32((0x13198A2E, 0x03707344), (0x243F6A88, 0x85A308D3)) == (0xC4923A9C, 0x483DF7A0)


def random_bits():
    for key in [(0, 0), (0xFFFFFFFF, 0xFFFFFFFF), (0x13198A2E, 0x03707344), (1, 0)]:
        for shape in [(), (0,), (7,), (2, 3)]:
            words = [threefry2x32(key, (i, 0)) for i in range(math.prod(shape))]
            bits = np.array([x ^ y for x, y in words], np.uint32).reshape(shape).view(np.int32)
            yield case("threefry", f"{key[0]:08x} {list(shape)}", [np.array(key, np.uint32).view(np.int32)], [bits], shape=list(shape))


# Views ----------------------------------------------------------------------------------------------------------------


def views():
    for dtype in DTYPES:
        x = (np.arange(24) % 7).astype(DTYPES[dtype]).reshape(2, 3, 4)
        yield case("reshape", dtype, [x], [x.reshape(4, 6)], shape=[4, 6])
        yield case("permute", dtype, [x], [x.transpose(2, 0, 1)], permutation=[2, 0, 1])
        stretched = np.broadcast_to(x[:, :1, :], (2, 5, 4))
        yield case("broadcast", dtype, [x[:, :1, :]], [stretched], shape=[2, 5, 4])
        taken = x[1:2, 2::-2, 0:4:3]
        yield case("slice", dtype, [x], [taken], start=[1, 2, 0], size=list(taken.shape), step=[1, -2, 3])
        yield case("concat", dtype, [x, x[:, :1], x[:, 1:]], [np.concatenate([x, x[:, :1], x[:, 1:]], 1)], axis=1)
        fill = 1
        padded = np.full((1 + 2 + 0, 0 + 3 + 2 * 2 + 2, 2 + 4 + 3 + 1), fill, DTYPES[dtype])
        padded[1:3, 0:7:3, 2:9:2] = x
        yield case("pad", dtype, [x], [padded], low=[1, 0, 2], high=[0, 2, 1], interior=[0, 2, 1], value=fill)
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    none = np.zeros((0, 3), np.float32)
    yield case("reshape", "to rank 0", [np.ones((1, 1), np.float32)], [np.float32(1)], shape=[])
    yield case("reshape", "empty", [none], [np.zeros((3, 0, 2), np.float32)], shape=[3, 0, 2])
    yield case("permute", "rank 0", [np.float32(3)], [np.float32(3)], permutation=[])
    yield case("permute", "empty", [none], [none.T], permutation=[1, 0])
    yield case("broadcast", "to size 0", [np.ones((1, 3), np.float32)], [none], shape=[0, 3])
    yield case("broadcast", "rank 0", [np.float32(3)], [np.float32(3)], shape=[])
    yield case("broadcast", "two axes", [np.ones((1, 1), np.float32)], [np.ones((4, 5), np.float32)], shape=[4, 5])
    yield case("slice", "backwards", [x], [x[::-1, ::-1]], start=[1, 2], size=[2, 3], step=[-1, -1])
    yield case("slice", "nothing", [x], [x[0:0]], start=[0, 0], size=[0, 3], step=[1, 1])
    yield case("slice", "rank 0", [np.float32(3)], [np.float32(3)], start=[], size=[], step=[])
    yield case("pad", "empty", [none], [np.full((2, 3), -2.5, np.float32)], low=[1, 0], high=[1, 0], interior=[4, 0], value=-2.5)
    yield case("pad", "rank 0", [np.float32(3)], [np.float32(3)], low=[], high=[], interior=[], value=0)
    yield case("pad", "with the lowest", [x], [np.pad(x, 1, constant_values=-3.4028234663852886e38)], low=[1, 1], high=[1, 1], interior=[0, 0], value=-3.4028234663852886e38)
    yield case("concat", "with nothing", [none, x], [x], axis=0)
    yield case("concat", "of one", [x], [x], axis=1)
    yield case("iota", "int32", [], [np.broadcast_to(np.arange(3, dtype=np.int32)[:, None], (3, 2))], axis=0, shape=[3, 2], dtype="int32")
    yield case("iota", "float32", [], [np.broadcast_to(np.arange(4, dtype=np.float32), (2, 4))], axis=1, shape=[2, 4], dtype="float32")
    yield case("iota", "float64 empty", [], [np.zeros((0, 2))], axis=0, shape=[0, 2], dtype="float64")


# Reductions and products ----------------------------------------------------------------------------------------------


def reductions():
    generator = np.random.Generator(np.random.PCG64(20261121))
    arguments = {
        "bool": generator.integers(0, 2, (3, 4, 5)).astype(bool),
        "int32": generator.integers(-9, 10, (3, 4, 5)).astype(np.int32),
        "float32": generator.integers(-32, 33, (3, 4, 5)).astype(np.float32) / 8,
        "float64": generator.integers(-32, 33, (3, 4, 5)).astype(np.float64) / 8,
    }
    some_axes = [(0,), (1,), (2,), (0, 2), (1, 2), (0, 1, 2), ()]
    for dtype, x in arguments.items():
        kind = DTYPES[dtype]
        for axes in some_axes:
            if dtype != "bool":
                yield case("sum", f"{dtype} {list(axes)}", [x], [x.sum(axes, dtype=kind)], axes=list(axes))
                # Signs and powers of two: every product is exact.
                factors = np.where(x < 0, kind(-1), np.where(np.abs(x) < 2, kind(2), kind(1)))
                yield case("prod", f"{dtype} {list(axes)}", [factors], [factors.prod(axes, dtype=kind)], axes=list(axes))
            yield case("reduceMax", f"{dtype} {list(axes)}", [x], [x.max(axes)], axes=list(axes))
            yield case("reduceMin", f"{dtype} {list(axes)}", [x], [x.min(axes)], axes=list(axes))
        for axis in range(3):
            yield case("argmax", f"{dtype} {axis}", [x], [x.argmax(axis).astype(np.int32)], axis=axis)
            yield case("argmin", f"{dtype} {axis}", [x], [x.argmin(axis).astype(np.int32)], axis=axis)
        if dtype == "bool":
            continue
        for axis in range(3):
            for reverse in [False, True]:
                turned = np.flip(x, axis) if reverse else x
                sums = turned.cumsum(axis, dtype=kind)
                yield case("cumsum", f"{dtype} {axis} {reverse}", [x], [np.flip(sums, axis) if reverse else sums], axis=axis, reverse=reverse)
                factors = np.where(turned < 0, kind(-1), np.where(np.abs(turned) < 2, kind(2), kind(1)))
                products = factors.cumprod(axis, dtype=kind)
                given = np.flip(factors, axis) if reverse else factors
                yield case("cumprod", f"{dtype} {axis} {reverse}", [given], [np.flip(products, axis) if reverse else products], axis=axis, reverse=reverse)
        none = np.zeros((2, 0, 3), kind)
        yield case("sum", f"{dtype} of nothing", [none], [none.sum(1, dtype=kind)], axes=[1])
        yield case("prod", f"{dtype} of nothing", [none], [none.prod(1, dtype=kind)], axes=[1])
        yield case("sum", f"{dtype} empty", [none], [none.sum(0, dtype=kind)], axes=[0])
        yield case("reduceMax", f"{dtype} empty", [none], [none.max(0)], axes=[0])
        yield case("reduceMin", f"{dtype} empty", [none], [none.min(0)], axes=[0])
        yield case("cumsum", f"{dtype} empty", [none], [none], axis=1, reverse=False)
        yield case("cumprod", f"{dtype} empty", [none], [none], axis=2, reverse=True)
    for dtype in FLOATS:
        x = grid(dtype, [[1, NAN, 3, NAN], [INF, -INF, 0, 5], [-INF, -INF, -INF, -INF], [-0.0, 0.0, -0.0, 0.0], [2, 2, 1, 1]])
        for op, f in [("reduceMax", np.max), ("reduceMin", np.min)]:
            yield case(op, f"{dtype} special", [x], [f(x, 1)], axes=[1])
        for op, f in [("argmax", np.argmax), ("argmin", np.argmin)]:
            yield case(op, f"{dtype} special", [x], [f(x, 1).astype(np.int32)], axis=1)
        x = grid(dtype, [[1, NAN, 3], [INF, -INF, 0], [INF, 1, 2], [-INF, -INF, 2]])
        yield case("sum", f"{dtype} special", [x], [x.sum(1)], axes=[1])
        yield case("cumsum", f"{dtype} special", [x], [x.cumsum(1)], axis=1, reverse=False)
        x = grid(dtype, [[1, NAN, 3], [INF, 0, 1], [INF, -1, 2], [0, -2, 5]])
        yield case("prod", f"{dtype} special", [x], [x.prod(1)], axes=[1])
    wrap = np.array([[2147483647, 1, 5], [-2147483648, -1, 0], [65536, 65536, 3], [2147483647, 2147483629, 1234567891]], np.int32)
    yield case("sum", "int32 wraps", [wrap], [wrap.sum(1, dtype=np.int32)], axes=[1])
    yield case("prod", "int32 wraps", [wrap], [wrap.prod(1, dtype=np.int32)], axes=[1])
    yield case("cumsum", "int32 wraps", [wrap], [wrap.cumsum(1, dtype=np.int32)], axis=1, reverse=False)
    yield case("cumprod", "int32 wraps", [wrap], [wrap.cumprod(1, dtype=np.int32)], axis=1, reverse=False)
    wrap = np.array([2147483647, -2147483648, 0, 2147483647], np.int32)
    yield case("reduceMax", "int32 extremes", [wrap], [wrap.max(0)], axes=[0])
    yield case("argmin", "int32 extremes", [wrap], [np.int32(wrap.argmin(0))], axis=0)
    long = (np.arange(1000) % 17 - 8).astype(np.float32) / 4
    yield case("sum", "long", [long], [long.sum()], axes=[0])
    yield case("argmax", "long", [long], [np.int32(long.argmax())], axis=0)

    for dtype in ["int32", "float32", "float64"]:
        kind = DTYPES[dtype]
        for a_shape, b_shape in [
            ((2, 3), (3, 4)),
            ((1, 1), (1, 1)),
            ((5, 1), (1, 7)),
            ((1, 9), (9, 1)),
            ((7, 5), (5, 6)),
            ((2, 3, 4), (2, 4, 5)),
            ((2, 1, 3, 2), (2, 1, 2, 3)),
            ((2, 0), (0, 3)),
            ((0, 2), (2, 3)),
            ((0, 2, 2), (0, 2, 2)),
        ]:
            a = (generator.integers(-8, 9, a_shape) / (1 if dtype == "int32" else 4)).astype(kind)
            b = (generator.integers(-8, 9, b_shape) / (1 if dtype == "int32" else 4)).astype(kind)
            yield case("matmul", f"{dtype} {list(a_shape)} {list(b_shape)}", [a, b], [np.matmul(a, b)])
    a = np.array([[65536, 2147483647], [1234567891, -5]], np.int32)
    yield case("matmul", "int32 wraps", [a, a], [np.matmul(a, a)])
    for dtype in FLOATS:
        a = grid(dtype, [[1, INF], [NAN, 0], [0, -2]])
        b = grid(dtype, [[1, 0], [2, -1]])
        yield case("matmul", f"{dtype} special", [a, b], [(a[:, :, None] * b[None]).sum(1)])


# Indexed --------------------------------------------------------------------------------------------------------------


def indexed():
    for dtype in DTYPES:
        kind = DTYPES[dtype]
        x = (np.arange(12) % 5).astype(kind).reshape(4, 3)
        rows = np.array([[3, 0], [1, 1], [2, 3]], np.int32)
        yield case("gather", dtype, [x, rows], [x[rows]])
        yield case("gather", f"{dtype} of a vector", [x[:, 0], np.array([2, 2, 0], np.int32)], [x[:, 0][[2, 2, 0]]])
        yield case("gather", f"{dtype} by a scalar", [x, np.int32(2)], [x[2]])
        yield case("gather", f"{dtype} nothing", [x, np.zeros((0,), np.int32)], [np.zeros((0, 3), kind)])
        at = np.array([1, 3, 1], np.int32)
        updates = (np.arange(9) % 4).astype(kind).reshape(3, 3)
        placed = x.copy()
        for row, update in zip(at, updates):
            placed[row] = update
        yield case("scatterSet", dtype, [x, at, updates], [placed])
        yield case("scatterSet", f"{dtype} nothing", [x, np.zeros((0,), np.int32), np.zeros((0, 3), kind)], [x])
        if dtype != "bool":
            added = x.copy()
            np.add.at(added, at, updates)
            yield case("scatterAdd", dtype, [x, at, updates], [added])
            vector = x[:, 0].copy()
            np.add.at(vector, [0, 0, 0, 3], np.array([1, 2, 3, 4], kind))
            yield case("scatterAdd", f"{dtype} of a vector", [x[:, 0], np.array([0, 0, 0, 3], np.int32), np.array([1, 2, 3, 4], kind)], [vector])
            yield case("scatterAdd", f"{dtype} nothing", [x, np.zeros((0,), np.int32), np.zeros((0, 3), kind)], [x])


# Structure: graphs built by name on the other side ----------------------------------------------------------------------


def structure():
    x = np.array([[1.5, -2], [0, 4]], np.float32)
    for op in ["input", "buffer", "variable", "identity", "stopGradient"]:
        yield case(op, "float32", [x], [x])
        yield case(op, "bool", [x > 0], [x > 0])
    for dtype in ["bool", "int32", "float32", "float64"]:
        yield case("literal", dtype, [], [DTYPES[dtype](1)], graph="literal", dtype=dtype, value=1)
        yield case("scalar", dtype, [], [DTYPES[dtype](1)], graph="scalar", dtype=dtype, value=1)
    yield case("literal", "a third", [], [np.float32(1 / 3)], graph="literal", dtype="float32", value=1 / 3)
    yield case("scalar", "a third", [], [np.float32(1 / 3)], graph="scalar", dtype="float32", value=1 / 3)

    # s ← c·s + x, y = s·x, with everything exact in eighths.
    for dtype in ["int32", "float32", "float64"]:
        kind = DTYPES[dtype]
        for reverse in [False, True]:
            for length in [0, 1, 5]:
                factor, start = kind(2), np.array([1, -1, 3], kind)
                steps = (np.arange(3 * length) % 5 - 2).astype(kind).reshape(length, 3)
                state, stacked = start, np.zeros_like(steps)
                for i in range(length)[:: -1 if reverse else 1]:
                    state = (factor * state + steps[i]).astype(kind)
                    stacked[i] = state * steps[i]
                yield case(
                    "scan", f"{dtype} {length} {reverse}", [factor, start, steps], [state, stacked], graph="recurrence", length=length, reverse=reverse
                )
    # Fibonacci: two carries, no constants, nothing stacked going in.
    yield case("scan", "two carries", [np.int32(0), np.int32(1)], [np.int32(55), np.int32(89), np.array([1, 1, 2, 3, 5, 8, 13, 21, 34, 55], np.int32)], graph="fibonacci", length=10)
    values = np.array([3, -1, 2.5, 0], np.float64)
    order = np.argsort(values, kind="stable")
    yield case("host", "sorts", [values], [values[order], order.astype(np.int32)], graph="sort")
    yield case("custom", "sum and difference", [np.float32(3), np.float32(5)], [np.float32(8), np.float32(-2)], graph="sumAndDifference")
    yield case("project", "the second of two", [np.float32(3), np.float32(5)], [np.float32(-2)], graph="difference")


groups = {
    "elementary": [elementary],
    "elementwise": [simple_unary, two_operands, conversions],
    "arrays": [random_bits, views, reductions, indexed, structure],
}


def main(folder):
    for name, makers in groups.items():
        cases = [entry for maker in makers for entry in maker()]
        lines = ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in cases)
        path = Path(folder) / f"primitives-{name}.json"
        path.write_text(f"[\n{lines}\n]\n")
        print(path.name, len(cases), "cases", path.stat().st_size, "bytes")


main(sys.argv[1])
