"""Shaping, slicing, indexing, sorting and counting as NumPy does it.

Run: python tools/reference/indexing.py   (writes packages/thalweg/test/references/indexing.json)

Each case: the op, the place of its operand in the list of operands, its arguments as the library takes them, and the results. Infinities and NaN are written as strings.
"""

import json
import math
from pathlib import Path

import numpy as np

rng = np.random.default_rng(20240711)
INF, NAN = math.inf, math.nan
cases = []
operands = []


def numbers(a):
    return [("NaN" if math.isnan(v) else "Infinity" if v > 0 else "-Infinity") if isinstance(v, float) and not math.isfinite(v) else v for v in a]


def encode(a):
    a = np.asarray(a)
    dtype = {"f": "float64", "i": "int32", "b": "bool"}[a.dtype.kind]
    return {"shape": list(a.shape), "dtype": dtype, "data": numbers((a.astype(int) if dtype == "bool" else a).reshape(-1).tolist())}


def case(op, x, args, *results):
    x = encode(x)
    if x not in operands:
        operands.append(x)
    cases.append({"op": op, "x": operands.index(x), "args": args, "results": [encode(r) for r in results]})


def grid(*shape):
    return np.arange(int(np.prod(shape)), dtype=np.int64).reshape(shape)


shapes = [(), (1,), (4,), (0,), (2, 3), (3, 0, 2), (2, 1, 3), (2, 3, 4)]

# Shaping
for x, to in [(grid(2, 6), [3, -1]), (grid(2, 6), [-1]), (grid(12), [2, 3, 2]), (grid(1), []), (grid(0, 3), [3, 0]), (grid(0, 3), [-1, 2]), (np.asarray(5), [1, 1])]:
    case("reshape", x, [to], x.reshape(to))
for s in shapes:
    x = grid(*s)
    case("transpose", x, [], x.transpose())
    case("flip", x, [], np.flip(x))
    case("squeeze", x, [], x.squeeze())
    case("ravel", x, [], x.ravel())
    for axis in range(-len(s), len(s)):
        case("flip", x, [axis], np.flip(x, axis))
        case("rollAxis", x, [2, axis], np.roll(x, 2, axis))
        case("rollAxis", x, [-7, axis], np.roll(x, -7, axis))
    for axis in range(-len(s) - 1, len(s) + 1):
        case("expandDims", x, [axis], np.expand_dims(x, axis))
    case("roll", x, [5], np.roll(x, 5))
x = grid(2, 3, 4)
case("transpose", x, [[1, -1, 0]], x.transpose(1, 2, 0))
case("flip", x, [[0, -1]], np.flip(x, (0, -1)))
case("rollAxis", x, [[1, -2], [0, 2]], np.roll(x, (1, -2), (0, 2)))
case("swapAxes", x, [0, -1], np.swapaxes(x, 0, -1))
case("moveAxis", x, [0, -1], np.moveaxis(x, 0, -1))
case("moveAxis", x, [[0, 1], [-1, 0]], np.moveaxis(x, [0, 1], [-1, 0]))
case("moveAxis", x, [[2, 0], [0, 1]], np.moveaxis(x, [2, 0], [0, 1]))
case("expandDims", x, [[0, -1]], np.expand_dims(x, (0, -1)))
case("squeeze", grid(1, 3, 1), [-1], grid(1, 3))
case("broadcastTo", grid(2, 1), [[3, 2, 4]], np.broadcast_to(grid(2, 1), (3, 2, 4)))
case("broadcastTo", np.asarray(7), [[2, 2]], np.full((2, 2), 7))
case("broadcastTo", grid(1, 3), [[0, 3]], np.broadcast_to(grid(1, 3), (0, 3)))
for reps in [2, 0, [2], [2, 1], [2, 3, 1], [1, 0, 2], []]:
    for s in [(), (3,), (2, 3), (0, 2)]:
        case("tile", grid(*s), [reps], np.tile(grid(*s), reps))
for s in [(3,), (2, 3), (2, 0)]:
    case("repeat", grid(*s), [2], np.repeat(grid(*s), 2))
    for axis in range(-len(s), len(s)):
        case("repeat", grid(*s), [3, axis], np.repeat(grid(*s), 3, axis))
        counts = list(range(s[axis]))
        case("repeat", grid(*s), [counts, axis], np.repeat(grid(*s), counts, axis))
for sections in [2, [1, 3], [-2], [3, 1], [0, 9], []]:
    for axis in [0, -1]:
        x = grid(4, 6)
        case("split", x, [sections, axis], *np.split(x, sections, axis))
case("split", grid(0, 2), [3], *np.split(grid(0, 2), 3))

# Padding
for mode in ["constant", "edge", "reflect", "symmetric", "wrap"]:
    name = {"constant": "constant", "edge": "edge", "reflect": "reflect", "symmetric": "symmetric", "wrap": "wrap"}[mode]
    for s, widths in [((4,), [[2, 1]]), ((4,), [[9, 14]]), ((1,), [[2, 3]]), ((2,), [[5, 4]]), ((2, 3), [[1, 0], [2, 2]]), ((2, 3), [[0, 0], [0, 0]])]:
        case("pad", grid(*s), [widths, mode], np.pad(grid(*s), widths, mode=name))
    case("pad", grid(2, 3), [1, mode], np.pad(grid(2, 3), 1, mode=name))
    case("pad", grid(2, 3), [[1, 2], mode], np.pad(grid(2, 3), (1, 2), mode=name))
case("pad", np.asarray([1.5]), [[[1, 1]], "constant", "-Infinity"], np.pad(np.asarray([1.5]), 1, constant_values=-INF))
case("pad", grid(0), [[[2, 1]], "constant", 9], np.pad(grid(0), (2, 1), constant_values=9))

# Slices: every combination of small bounds on one axis, and some on several
for n in [0, 1, 5]:
    x = grid(n)
    bounds = [None, 0, 1, 3, 5, 8, -1, -2, -5, -6, -9]
    for _ in range(60):
        start, stop = (bounds[i] for i in rng.integers(0, len(bounds), 2))
        step = [None, 1, 2, 3, 7, -1, -2, -3, -7][rng.integers(0, 9)]
        case("slice", x, [[start, stop, step]], x[start:stop:step])
x = grid(3, 4, 5)
case("slice", x, [1], x[1])
case("slice", x, [-1, ":", 2], x[-1, :, 2])
case("slice", x, ["...", -1], x[..., -1])
case("slice", x, [0, "..."], x[0, ...])
case("slice", x, ["..."], x)
case("slice", x, [0, 1, 2], x[0, 1, 2])
case("slice", x, [0, "...", 1, 2], x[0, 1, 2])
case("slice", x, [[1], [None, None, -1], [None, -1, 2]], x[1:, ::-1, :-1:2])
case("slice", x, [[2, 0, -1], 0, [-2, None]], x[2:0:-1, 0, -2:])

# Picking and placing
f = rng.integers(-50, 50, (2, 3, 4)) / 8
for axis in [0, 1, -1]:
    n = f.shape[axis]
    case("take", f, [[n - 1, 0, -1], axis], np.take(f, [n - 1, 0, -1], axis))
    case("take", f, [[[0, -n], [1, 1]], axis], np.take(f, [[0, -n], [1, 1]], axis))
    case("take", f, [1, axis], np.take(f, 1, axis))
    case("take", f, [[], axis], np.take(f, np.zeros(0, int), axis))
    shape = list(f.shape)
    shape[axis] = 3
    index = rng.integers(-n, n, shape)
    case("takeAlongAxis", f, [index.tolist(), axis], np.take_along_axis(f, index, axis))
    order = np.argsort(f, axis, kind="stable")
    put = f.copy()
    np.put_along_axis(put, np.take(order, [0, 1], axis), 99, axis)
    case("putAlongAxis", f, [np.take(order, [0, 1], axis).tolist(), 99, axis], put)
    added = f.copy()
    where = list(np.indices(index.shape))
    where[axis] = index
    np.add.at(added, tuple(where), 0.5)
    case("addAlongAxis", f, [index.tolist(), 0.5, axis], added)
    places = [0, -1, 0]
    updates = rng.integers(-9, 9, np.take(f, places, axis).shape) / 4
    last = f.copy()
    last_view = np.moveaxis(last, axis, 0)
    for k, place in enumerate(places):
        last_view[place] = np.take(updates, k, axis)
    case("scatter", f, [places, updates.tolist(), axis], last)
    total = f.copy()
    np.add.at(np.moveaxis(total, axis, 0), places, np.moveaxis(updates, axis, 0))
    case("scatterAdd", f, [places, updates.tolist(), axis], total)
square = grid(3, 4)
nested = square.copy()
nested_updates = np.arange(100, 116).reshape(2, 2, 4)
for i in range(2):
    for j in range(2):
        nested[[[0, 1], [2, 0]][i][j]] += nested_updates[i, j]
case("scatterAdd", square, [[[0, 1], [2, 0]], nested_updates.tolist(), 0], nested)
case("takeAlongAxis", square, [[[1], [0], [-1]], 1], np.take_along_axis(square, np.asarray([[1], [0], [-1]]), 1))
case("takeAlongAxis", square, [[[1, 0, 2, -1]], 0], np.take_along_axis(square, np.asarray([[1, 0, 2, -1]]), 0))

# Conditions
for m in [rng.random((3, 4)) < 0.5, np.zeros((3, 4), bool), np.ones((3, 4), bool), rng.random(3) < 0.7, np.zeros((0, 3), bool)]:
    x = np.arange(3 * 4 * 2).reshape(3, 4, 2) if m.shape[0] else np.zeros((0, 3))
    case("booleanMask", x, [m.tolist(), list(m.shape)], x[m])
    case("argwhere", m, [], np.argwhere(m))
    case("nonzero", m, [], *np.nonzero(m))

# Order
messy = np.asarray([[3, -1, 3, 0.5, -0.0, 0, INF], [NAN, 2, -INF, NAN, 2, 1, 2], [1, 1, 1, 1, 1, 1, 1]])


def descending(x, axis):
    key = np.where(np.isnan(x), INF, -np.asarray(x, float))
    return np.lexsort((key, np.isnan(x)), axis=axis) if x.ndim > 1 else np.lexsort((key, np.isnan(x)))


for x in [messy, grid(5)[::-1].copy(), grid(0), grid(2, 0), rng.integers(0, 9, (2, 11, 3)), np.asarray([True, False, True]), rng.normal(size=100).round(1)]:
    for axis in range(-x.ndim, x.ndim):
        case("sort", x, [axis], np.sort(x, axis, kind="stable"))
        case("argsort", x, [axis], np.argsort(x, axis, kind="stable"))
        down = np.apply_along_axis(lambda row: descending(row, 0), axis, x) if x.size else np.zeros(x.shape, int)
        case("sortDescending", x, [axis], np.take_along_axis(x, down, axis))
        case("argsortDescending", x, [axis], down)
        for k in [0, 3]:
            if k <= x.shape[axis]:
                take = np.take(down, range(k), axis)
                case("topK", x, [k, axis, True], np.take_along_axis(x, take, axis), take)
                up = np.take(np.argsort(x, axis, kind="stable"), range(k), axis)
                case("topK", x, [k, axis, False], np.take_along_axis(x, up, axis), up)
for x in [messy[0], messy, rng.integers(0, 5, 30), np.zeros(0), np.asarray(3.5), np.asarray([True, False, True])]:
    values, first, inverse, counts = np.unique(x, return_index=True, return_inverse=True, return_counts=True)
    case("unique", x, [], values, inverse.reshape(x.shape), counts, first)

# Quantiles
plain = rng.normal(size=(3, 4, 2)).round(3)
for x in [plain, rng.integers(-9, 9, (3, 4)), np.asarray([[1.0, NAN, 3], [4, 5, 6]]), np.asarray([2.5])]:
    for axis in [None, *range(x.ndim), -1]:
        case("median", x, [axis, False], np.median(x, axis))
        case("median", x, [axis, True], np.median(x, axis, keepdims=True))
        for method in ["linear", "lower", "higher", "nearest", "midpoint"]:
            for q in [0.3, [0, 0.25, 0.5, 1]]:
                case("quantile", x, [q, axis, method, False], np.quantile(x, q, axis, method=method))
case("quantile", plain, [[0.1, 0.9], [0, 2], "linear", True], np.quantile(plain, [0.1, 0.9], (0, 2), keepdims=True))
case("quantile", plain, [0.9, [-1, 0], "linear", False], np.quantile(plain, 0.9, (-1, 0)))
case("median", np.asarray([INF, INF, -INF, INF]), [None, False], np.asarray(INF))

# Running extremes, counts, positions
for x in [np.asarray([3.0, 1, 4, 1, 5, NAN, 2]), rng.integers(-9, 9, (3, 17)), grid(1), grid(0)]:
    for axis in range(-x.ndim, x.ndim):
        case("cummax", x, [axis, False], np.maximum.accumulate(x, axis))
        case("cummin", x, [axis, False], np.minimum.accumulate(x, axis))
        case("cummax", x, [axis, True], np.flip(np.maximum.accumulate(np.flip(x, axis), axis), axis))
for x in [rng.integers(0, 7, 40), np.zeros(0, int), np.asarray([[5, 1], [1, 0]])]:
    case("bincount", x, [0], np.bincount(x.ravel()))
    case("bincount", x, [11], np.bincount(x.ravel(), minlength=11))
    weights = rng.integers(0, 9, x.shape) / 4
    case("bincountWeights", x, [weights.tolist(), list(x.shape)], np.bincount(x.ravel(), weights.ravel()))
for x in [np.asarray([1.0, 2, 2, 2, 5]), np.asarray([-INF, 0, INF, NAN, NAN]), np.zeros(0)]:
    v = np.asarray([[0, 1, 1.5], [2, 5, 9], [-INF, INF, NAN]])
    for side in ["left", "right"]:
        case("searchSorted", x, [numbers(v.ravel().tolist()), [3, 3], side], np.searchsorted(x, v, side))

path = Path(__file__).resolve().parents[2] / "packages/thalweg/test/references/indexing.json"


def lines(items):
    return ",\n".join(json.dumps(i, separators=(",", ":")) for i in items)


path.write_text(f'{{"operands":[\n{lines(operands)}\n],\n"cases":[\n{lines(cases)}\n]}}\n')
print(len(cases), "cases,", path.stat().st_size, "bytes")
