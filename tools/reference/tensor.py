"""Reference values of the tensor methods (elementwise, reductions, products) and of printing, from NumPy and SciPy.

    python tools/reference/tensor.py packages/thalweg/test/references

Float results are computed in float64 from the inputs as the dtype holds them, then rounded to the dtype of the result. Infinities, NaN and
-0 are written as strings.
"""

import itertools
import json
import math
import sys
from pathlib import Path

import mpmath
import numpy as np
import scipy.special

INF, NAN = math.inf, math.nan
rng = np.random.default_rng(20240707)


def number(x):
    if isinstance(x, (bool, np.bool_)):
        return int(x)
    if isinstance(x, (int, np.integer)):
        return int(x)
    x = float(x)
    if math.isnan(x):
        return "nan"
    if math.isinf(x):
        return "inf" if x > 0 else "-inf"
    if x == 0 and math.copysign(1, x) < 0:
        return "-0"
    return x


def spec(a):
    a = np.asarray(a)
    flat = a.ravel()
    # The shortest text of a float32, which is that of no float64 nearby but reads back as the same float32.
    values = [float(str(x)) for x in flat] if a.dtype == np.float32 else flat.tolist()
    return {"shape": list(a.shape), "dtype": str(a.dtype), "data": [number(x) for x in values]}


def wide(a):
    return a.astype(np.float64) if a.dtype != np.float64 else a


def result_dtype(*arrays):
    order = ["bool", "int32", "float32", "float64"]
    return order[max(order.index(str(a.dtype)) for a in arrays)]


def float_of(dtype):
    return "float64" if dtype == "float64" else "float32"


def numeric(dtype):
    return "int32" if dtype == "bool" else dtype


def write(path, name, rows):
    """Inputs are kept once, in `arrays`; rows name them by position."""
    arrays = {}

    def place(array):
        return arrays.setdefault(json.dumps(array, separators=(",", ":")), len(arrays))

    texts = [json.dumps({**row, "inputs": [place(x) for x in row["inputs"]]}, separators=(",", ":"), ensure_ascii=False) for row in rows]
    content = '{"arrays":[\n' + ",\n".join(arrays) + '\n],\n"rows":[\n' + ",\n".join(texts) + "\n]}\n"
    (path / f"{name}.json").write_text(content)


# Elementwise

POINTS = [0.0, -0.0, 0.3, -0.3, 0.47, 0.99, 1.0, -1.0, 1.5, -1.5, 2.5, -2.5, 3.7, -7.3, 4.2, 9.1, 26.0, 1e-30, INF, -INF, NAN]
FLOAT_UNARY = {
    "square": np.square,
    "reciprocal": np.reciprocal,
    "sqrt": np.sqrt,
    "rsqrt": lambda x: 1 / np.sqrt(x),
    "exp": np.exp,
    "expm1": np.expm1,
    "exp2": np.exp2,
    "log": np.log,
    "log1p": np.log1p,
    "log2": np.log2,
    "log10": np.log10,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
    "erf": scipy.special.erf,
    "erfc": np.vectorize(lambda x: x if math.isnan(x) else float(mpmath.erfc(x)), otypes=[float]),  # SciPy's is 25 eps off at 9.1
    "sigmoid": scipy.special.expit,
    "softplus": lambda x: np.logaddexp(x, 0),
    "neg": np.negative,
    "abs": np.abs,
    "sign": np.sign,
    "relu": lambda x: np.maximum(x, 0),
    "floor": np.floor,
    "ceil": np.ceil,
    "round": np.rint,
    "trunc": np.trunc,
}
KEEPS_WHOLE = {"square", "neg", "abs", "sign", "relu", "floor", "ceil", "round", "trunc"}
TESTS = {"isNaN": np.isnan, "isFinite": np.isfinite, "isInf": np.isinf, "logicalNot": np.logical_not}


def elementwise():
    rows = []
    whole = np.array([-3, -1, 0, 1, 2, 5], np.int32)
    flags = np.array([True, False])
    for name, f in FLOAT_UNARY.items():
        for dtype in ("float32", "float64"):
            x = np.array(POINTS, dtype)
            rows.append({"op": name, "inputs": [spec(x)], "expected": spec(f(wide(x)).astype(dtype))})
        for x in (whole, flags):
            out = f(wide(x))
            out = out.astype(np.int32 if name in KEEPS_WHOLE else np.float32)
            rows.append({"op": name, "inputs": [spec(x)], "expected": spec(out)})
    for name, f in TESTS.items():
        for x in (np.array(POINTS, np.float32), np.array(POINTS), whole, flags):
            rows.append({"op": name, "inputs": [spec(x)], "expected": spec(f(x))})

    points = [0.0, -0.0, 1.0, -1.0, 2.5, -2.5, 3.0, 7.0, -7.5, 0.1, INF, -INF, NAN]
    left, right = (np.array(list(p)) for p in zip(*itertools.product(points, points)))
    small = [-7, -2, -1, 0, 1, 2, 3, 7]
    wl, wr = (np.array(list(p), np.int32) for p in zip(*itertools.product(small, small)))
    bl, br = np.array([True, True, False, False]), np.array([True, False, True, False])
    pairs = [
        (left.astype(np.float32), right.astype(np.float32)),
        (left, right),
        (wl, wr),
        (bl, br),
        (bl, np.array([3, -2, 0, 5], np.int32)),
        (np.array([3, -2, 0, 5], np.int32), np.array([0.5, -1.5, 2.0, 4.0], np.float32)),
        (np.array([0.5, -1.5, 2.0, 4.0], np.float32), np.array([0.1, 7.0, -2.0, 3.0])),
        (np.array([[1.5], [-2.0]], np.float32), np.array([[1.0, 2.0, 3.0]], np.float32)),
        (np.array(2.0, np.float32), np.zeros((0, 3), np.float32)),
    ]

    def exact_floor_div(a, b):
        return np.floor_divide(a, b)

    kinds = {
        "add": (np.add, "numeric"),
        "sub": (np.subtract, "numeric"),
        "mul": (np.multiply, "numeric"),
        "div": (np.divide, "float"),
        "floorDiv": (exact_floor_div, "numeric"),
        "mod": (np.mod, "numeric"),
        "pow": (np.power, "numeric"),
        "atan2": (np.arctan2, "float"),
        "maximum": (np.maximum, "same"),
        "minimum": (np.minimum, "same"),
        "eq": (np.equal, "bool"),
        "ne": (np.not_equal, "bool"),
        "lt": (np.less, "bool"),
        "le": (np.less_equal, "bool"),
        "gt": (np.greater, "bool"),
        "ge": (np.greater_equal, "bool"),
        "logicalAnd": (np.logical_and, "bool"),
        "logicalOr": (np.logical_or, "bool"),
        "logicalXor": (np.logical_xor, "bool"),
    }
    for name, (f, kind) in kinds.items():
        for a, b in pairs:
            common = result_dtype(a, b)
            if name == "pow" and numeric(common) == "int32":
                continue  # negative powers of whole numbers: NumPy refuses them
            if kind == "bool":
                out = f(a, b)
            else:
                dtype = {"numeric": numeric(common), "float": float_of(common), "same": common}[kind]
                if name in ("floorDiv", "mod") and dtype == "int32":
                    out = f(a.astype(np.int32), b.astype(np.int32))
                else:
                    out = f(a.astype(dtype).astype(np.float64), b.astype(dtype).astype(np.float64)).astype(dtype)
                    if kind == "same" and common == "bool":
                        out = f(a, b)
            rows.append({"op": name, "inputs": [spec(a), spec(b)], "expected": spec(out)})
    for name, f in {"bitwiseAnd": np.bitwise_and, "bitwiseOr": np.bitwise_or, "bitwiseXor": np.bitwise_xor}.items():
        rows.append({"op": name, "inputs": [spec(wl), spec(wr)], "expected": spec(f(wl, wr))})
    rows.append({"op": "bitwiseNot", "inputs": [spec(wl)], "expected": spec(~wl)})
    bits = np.arange(8, dtype=np.int32) * 4
    values = np.array([1, -1, 5, -8, 2**31 - 1, -(2**31), 77, -3], np.int32)
    rows.append({"op": "shiftLeft", "inputs": [spec(values), spec(bits)], "expected": spec(np.left_shift(values, bits))})
    logical = np.right_shift(values.view(np.uint32), bits.astype(np.uint32)).view(np.int32)
    rows.append({"op": "shiftRight", "inputs": [spec(values), spec(bits)], "expected": spec(logical)})
    return rows


# Reductions

AXES = [None, 0, 1, 2, -1, -3, [0, 1], [0, 2], [-1, 1], [0, 1, 2], []]


def options(**given):
    return {k: v for k, v in given.items() if v is not None}


def as_axis(axis):
    return tuple(axis) if isinstance(axis, list) else axis


def lognorm(x, axis, keep):
    return scipy.special.logsumexp(x, axis=axis, keepdims=keep)


def p_norm(x, p, axis, keep):
    x = np.abs(x)
    if p == 0:
        return np.sum(x != 0, axis=axis, keepdims=keep).astype(x.dtype)
    if p == INF:
        return np.max(x, axis=axis, keepdims=keep)
    if p == -INF:
        return np.min(x, axis=axis, keepdims=keep)
    return np.sum(x**p, axis=axis, keepdims=keep) ** (1 / p)


def reductions():
    rows = []
    base = rng.normal(size=(2, 3, 4)) * 3
    arrays = [
        base.astype(np.float32),
        base,
        rng.integers(-9, 10, (2, 3, 4)).astype(np.int32),
        rng.random((2, 3, 4)) < 0.6,
    ]
    plain = {
        "sum": (lambda x, a, k: np.sum(x, axis=a, keepdims=k), "numeric"),
        "prod": (lambda x, a, k: np.prod(x, axis=a, keepdims=k), "numeric"),
        "mean": (lambda x, a, k: np.mean(x, axis=a, keepdims=k), "float"),
        "max": (lambda x, a, k: np.max(x, axis=a, keepdims=k), "same"),
        "min": (lambda x, a, k: np.min(x, axis=a, keepdims=k), "same"),
        "any": (lambda x, a, k: np.any(x, axis=a, keepdims=k), "bool"),
        "all": (lambda x, a, k: np.all(x, axis=a, keepdims=k), "bool"),
        "variance": (lambda x, a, k: np.var(x, axis=a, keepdims=k), "float"),
        "std": (lambda x, a, k: np.std(x, axis=a, keepdims=k), "float"),
        "logSumExp": (lambda x, a, k: lognorm(x, a, k), "float"),
        "norm": (lambda x, a, k: p_norm(x, 2, a, k), "float"),
    }

    def out_dtype(kind, dtype):
        return {"numeric": numeric(dtype), "float": float_of(dtype), "same": dtype, "bool": "bool"}[kind]

    for name, (f, kind) in plain.items():
        for x in arrays:
            if name == "prod" and x.dtype == np.int32:
                x = np.where(x == 0, 1, np.sign(x) * (np.abs(x) % 2 + 1)).astype(np.int32)
            axes = AXES if x.dtype in (np.float32,) else [None, 1, [0, -1]]
            for axis in axes:
                for keep in (False, True) if x.dtype == np.float32 else (True,):
                    if name == "logSumExp" and axis == []:
                        continue  # SciPy takes no empty list
                    out = np.asarray(f(wide(x), as_axis(axis), keep)).astype(out_dtype(kind, str(x.dtype)))
                    rows.append({"op": name, "inputs": [spec(x)], "options": options(axis=axis, keepDims=keep), "expected": spec(out)})
    for name in ("variance", "std"):
        f = np.var if name == "variance" else np.std
        for axis in (None, 1, [0, 2]):
            out = np.asarray(f(base, axis=as_axis(axis), ddof=1))
            rows.append({"op": name, "inputs": [spec(base)], "options": options(axis=axis, correction=1), "expected": spec(out)})
    # A large mean: the one-pass formula loses everything.
    x = (1e6 + rng.normal(size=100)).astype(np.float32)
    rows.append({"op": "variance", "inputs": [spec(x)], "options": {}, "expected": spec(np.var(wide(x)).astype(np.float32))})
    for order in (0, 1, 2, 3, 0.5, INF, -INF):
        for x in (arrays[0], arrays[1]):
            for axis in (None, 1, [0, 2]):
                out = np.asarray(p_norm(wide(x), order, as_axis(axis), False)).astype(x.dtype)
                rows.append({"op": "norm", "inputs": [spec(x)], "options": options(axis=axis, order=number(order)), "expected": spec(out)})
    for name in ("argmax", "argmin"):
        f = getattr(np, name)
        ties = np.array([[3, 1, 3], [1, 1, 2]], np.int32)
        nans = np.array([[1, NAN, 5, NAN], [2, 8, 8, -INF]], np.float32)
        for x in (*arrays, ties, nans):
            for axis in (None, 0, -1):
                for keep in (False, True):
                    out = np.asarray(f(x, axis=axis, keepdims=keep)).astype(np.int32)
                    rows.append({"op": name, "inputs": [spec(x)], "options": options(axis=axis, keepDims=keep), "expected": spec(out)})
    for name in ("softmax", "logSoftmax"):
        f = scipy.special.softmax if name == "softmax" else scipy.special.log_softmax
        large = np.array([[1000, 1001, 999], [-1000, -1e30, -1003], [0, -INF, 0]], np.float32)
        for x in (arrays[0], arrays[1], arrays[2], large):
            for axis in (-1, 0, 1) if x is not large else (-1,):
                out = f(wide(x), axis=axis).astype(float_of(str(x.dtype)))
                rows.append({"op": name, "inputs": [spec(x)], "options": {"axis": axis}, "expected": spec(out)})
    for name in ("cumsum", "cumprod"):
        f = getattr(np, name)
        for x in arrays:
            if name == "cumprod" and x.dtype == np.int32:
                x = np.where(x == 0, 1, np.sign(x)).astype(np.int32)
            dtype = numeric(str(x.dtype))
            for axis in (None, 0, -1):
                rows.append({"op": name, "inputs": [spec(x)], "options": options(axis=axis), "expected": spec(f(wide(x), axis=axis).astype(dtype))})
            out = np.flip(f(np.flip(wide(x), 1), axis=1), 1).astype(dtype)
            rows.append({"op": name, "inputs": [spec(x)], "options": {"axis": 1, "reverse": True}, "expected": spec(out)})
    return rows


# Products

def products():
    rows = []

    def arr(*shape, dtype="float32"):
        if dtype == "int32":
            return rng.integers(-5, 6, shape).astype(np.int32)
        return rng.normal(size=shape).astype(dtype)

    def row(op, inputs, out, **given):
        dtype = numeric(result_dtype(*inputs))
        rows.append({"op": op, "inputs": [spec(x) for x in inputs], "options": given, "expected": spec(np.asarray(out).astype(dtype))})

    shapes = [
        ((3, 4), (4, 5)), ((4,), (4,)), ((4,), (4, 3)), ((3, 4), (4,)), ((2, 3, 4), (2, 4, 5)), ((2, 3, 4), (4, 5)), ((3, 4), (2, 4, 5)),
        ((2, 1, 3, 4), (5, 4, 2)), ((2, 3, 4), (4,)), ((4,), (2, 4, 5)), ((5, 1, 1, 3), (2, 3, 1)), ((0, 3), (3, 2)), ((2, 0), (0, 3)),
        ((1, 1), (1, 1)), ((2, 0, 3, 4), (4, 2)),
    ]
    for a, b in shapes:
        x, y = arr(*a), arr(*b)
        row("matmul", [x, y], wide(x) @ wide(y))
    for dtype in ("float64", "int32"):
        x, y = arr(2, 3, 4, dtype=dtype), arr(4, 2, dtype=dtype)
        row("matmul", [x, y], wide(x) @ wide(y))
    x, y = arr(2, 3, dtype="int32"), arr(3, 2)
    row("matmul", [x, y], wide(x) @ wide(y))
    b = rng.random((2, 3)) < 0.5
    row("matmul", [b, b.T.copy()], b.astype(np.int64) @ b.T.astype(np.int64))

    for a, b in [((4,), (4,)), ((3, 4), (4,)), ((2, 3, 4), (5, 4, 2)), ((2, 3), (3, 2)), ((), (3,)), ((2, 2), ())]:
        x, y = arr(*a), arr(*b)
        row("dot", [x, y], np.dot(wide(x), wide(y)))
    for a, b in [((3,), (4,)), ((2, 2), (3,)), ((0,), (2,))]:
        x, y = arr(*a), arr(*b)
        row("outer", [x, y], np.outer(wide(x), wide(y)))
    for a, b, axes in [
        ((2, 3, 4), (3, 4, 5), 2), ((2, 3, 4), (4, 5), 1), ((2, 3), (4,), 0), ((2, 3, 4), (4, 2, 5), [[0, 2], [1, 0]]),
        ((2, 3, 4), (4, 2, 5), [[-1, 0], [0, 1]]), ((3, 4), (4, 3), [1, 0]),
    ]:
        x, y = arr(*a), arr(*b)
        row("tensordot", [x, y], np.tensordot(wide(x), wide(y), axes), axes=axes)
    for equation, *given in [
        ("ij,jk->ik", (2, 3), (3, 4)), ("ij,jk", (2, 3), (3, 4)), ("ji,jk", (3, 2), (3, 4)), ("ba", (2, 3)), ("ij->ji", (2, 3)),
        ("ii", (3, 3)), ("ii->i", (3, 3)), ("iij->j", (3, 3, 2)), ("iii->i", (3, 3, 3)), ("ijij->ij", (2, 3, 2, 3)), ("ij->", (2, 3)), ("ij->j", (2, 3)),
        ("i,i", (4,), (4,)), ("i,i->i", (4,), (4,)), ("i,j->ij", (2,), (3,)), ("i,j->ji", (2,), (3,)),
        ("bij,bjk->bik", (2, 3, 4), (2, 4, 5)), ("bij,bkj->bik", (2, 3, 4), (2, 5, 4)), ("bhid,bhjd->bhij", (2, 3, 4, 5), (2, 3, 6, 5)),
        ("...ij,...jk->...ik", (2, 3, 4), (2, 4, 5)), ("...ij,jk->...ik", (2, 6, 3, 4), (4, 5)), ("...ij,...jk", (3, 4), (7, 4, 2)),
        ("i...->...", (2, 3, 4)), ("...i->i...", (2, 3, 4)), ("i...j->...ij", (2, 3, 4)), ("...,...", (2, 3), (3,)), ("b...n,bn->b...", (2, 3, 4, 5), (2, 5)),
        ("ij,ij->ij", (2, 3), (2, 3)), ("ij,ij->i", (2, 3), (2, 3)), ("ij,kj->", (2, 3), (4, 3)), ("i,ij,j", (2,), (2, 3), (3,)),
        ("i,ij,j->", (2,), (2, 3), (3,)), ("ab,bc,cd->ad", (2, 3), (3, 4), (4, 5)), ("ab,cd,bc->ad", (2, 3), (4, 5), (3, 4)),
        ("ijk,jil->kl", (2, 3, 4), (3, 2, 5)), ("ij,jk->ik", (2, 0), (0, 4)), ("ij,j->i", (2, 1), (3,)), (" i j , j k -> i k ", (2, 3), (3, 4)),
        ("bc,abc->ab", (2, 3), (4, 2, 3)), ("iI,Ij->ij", (2, 3), (3, 2)), ("ii,i->i", (3, 3), (3,)), (",ij->ij", (), (2, 3)),
    ]:
        inputs = [arr(*s) for s in given]
        row("einsum", inputs, np.einsum(equation, *[wide(x) for x in inputs]), equation=equation)
    x, y = arr(3, 3, dtype="int32"), arr(3, 3, dtype="int32")
    row("einsum", [x, y], np.einsum("ij,ij", x, y), equation="ij,ij")
    for shape, offset in [((3, 3), 0), ((3, 4), 1), ((4, 3), -2), ((2, 3, 4), 0), ((2, 3, 4), 3), ((3, 3), 7), ((3, 3), -7), ((2, 0), 0)]:
        x = arr(*shape)
        row("diagonal", [x], np.diagonal(wide(x), offset, -2, -1), offset=offset)
        row("trace", [x], np.trace(wide(x), offset, -2, -1), offset=offset)
    x = arr(3, 2, 3)
    row("diagonal", [x], np.diagonal(wide(x), 0, 0, 2), axes=[0, 2])
    for n, offset in [(3, 0), (3, 2), (2, -1), (1, 0), (0, 2), (1, -3)]:
        x = arr(n)
        row("diag", [x], np.diag(wide(x), offset), offset=offset)
    x = arr(3, 4)
    row("diag", [x], np.diag(wide(x), 1), offset=1)
    for op, f in (("tril", np.tril), ("triu", np.triu)):
        for shape, offset in [((3, 3), 0), ((2, 3, 4), 1), ((4, 2), -1), ((3, 3), -5), ((3, 3), 5)]:
            x = arr(*shape)
            row(op, [x], f(wide(x), offset), offset=offset)
    return rows


# Printing

def printed():
    def text(a):
        with np.printoptions(linewidth=75, precision=8):
            return np.array2string(a).replace("True", "true").replace("False", "false")

    arrays = [
        np.array([1, 2, 3], np.float32), np.array([[1.5, -2], [3.25, 4]], np.float32), np.array([0.1, 0.2, 0.7], np.float32),
        np.array([1 / 3, 2 / 3]), np.array([1 / 3, 2 / 3], np.float32), np.array([1e-5, 1.0], np.float32), np.array([1e10, 1.0]),
        np.array([1234567, 1.0], np.float32), np.array([123456, 1000.0], np.float32), np.array([12345678, 99999.0]), np.array([1e-10, 123.456]),
        np.array([NAN, 1.0, INF, -INF]), np.array([NAN, NAN], np.float32), np.array([INF, -1.5], np.float32), np.array([NAN, 1e-9, -1e20]),
        np.array([-0.0, 0.0], np.float32), np.array([0.0001, 0.05], np.float32), np.array([0.00009, 0.05], np.float32),
        np.array([999.9, 0.9998]), np.array([1000.5, 0.9]), np.array([1e-300, 1e300]), np.array([1e-40, 3e38], np.float32),
        np.array([1, -20, 300], np.int32), np.array([[2**31 - 1, -(2**31)]], np.int32), np.array([True, False]), np.array([[True], [True]]),
        np.zeros((2, 2, 3), np.float32), np.zeros((2, 1, 2, 2), np.int32), np.zeros((0,), np.float32), np.zeros((3, 0, 2), np.float32),
        np.arange(1000).astype(np.int32), np.arange(1001).astype(np.int32), np.arange(40).astype(np.float32), np.arange(1200).reshape(2, 600).astype(np.float32) / 8,
        np.arange(1200).reshape(600, 2).astype(np.float32), np.arange(1728).reshape(12, 12, 12).astype(np.int32), np.arange(60).reshape(2, 30).astype(np.int32) * 1001,
        rng.normal(size=(3, 4)).astype(np.float32), rng.normal(size=(20,)), rng.normal(size=(2, 9)), rng.normal(size=(3, 4)) * 1e6, np.linspace(0, 1, 11),
        (rng.normal(size=(4, 4)) * np.exp(rng.normal(size=(4, 4)) * 5)).astype(np.float32), np.array([0.5, 0.25, 0.125, 1 / 1024]), np.array([100000.0, 2.5], np.float32),
        rng.random((2, 600)) < 0.5,
    ]
    return [{"inputs": [spec(a)], "text": text(a)} for a in arrays]


def main():
    path = Path(sys.argv[1])
    with np.errstate(all="ignore"):
        write(path, "tensor-elementwise", elementwise())
        write(path, "tensor-reductions", reductions())
        write(path, "tensor-products", products())
        write(path, "tensor-print", printed())


main()
