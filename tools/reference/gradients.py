"""Values, gradients and second derivatives of every differentiable primitive, in float64, by PyTorch.

Run: python tools/reference/gradients.py   (writes packages/thalweg/test/references/gradients.json)

`elementwise` rows: for each operand a list of points, among them those where the derivative does not exist or the plain formula fails.
    first[i] = d sum(value) / d operand i, second[i][j] = d sum(first[i]) / d operand j.
`structured` rows: operands with shapes and the weights w of the results.
    first[i] = d <w, value> / d operand i, second[j] = d sum_i <v_i, first[i]> / d operand j, with v given.
Infinities and NaN are written as strings.
"""

import json
import math
from pathlib import Path

import torch

torch.manual_seed(20240613)
torch.set_default_dtype(torch.float64)

INF, NAN = math.inf, math.nan
REGULAR = [-1.7, -0.6, -0.25, 0.3, 0.85, 1.9]

unary = {
    "neg": (torch.neg, REGULAR + [0.0, INF]),
    "abs": (torch.abs, REGULAR + [0.0, -0.0, INF, -INF]),
    "sign": (torch.sign, REGULAR + [0.0]),
    "floor": (torch.floor, REGULAR + [0.0, 1.0]),
    "ceil": (torch.ceil, REGULAR + [0.0, 1.0]),
    "round": (torch.round, REGULAR + [0.5, 1.5, 2.5]),
    "trunc": (torch.trunc, REGULAR + [0.0, 1.0]),
    "sqrt": (torch.sqrt, [0.25, 1.0, 2.0, 1e300, 0.0, INF]),
    "exp": (torch.exp, REGULAR + [0.0, -INF, 700.0, -800.0]),
    "expm1": (torch.expm1, REGULAR + [0.0, 1e-12]),
    "log": (torch.log, [0.3, 1.0, 2.5, 1e-300, 0.0, INF]),
    "log1p": (torch.log1p, [-0.6, 0.3, 2.5, 0.0, 1e-12, -1.0, INF]),
    "sin": (torch.sin, REGULAR + [0.0, math.pi, 100.0]),
    "cos": (torch.cos, REGULAR + [0.0, math.pi, 100.0]),
    "tan": (torch.tan, REGULAR + [0.0]),
    "asin": (torch.asin, [-0.9, -0.3, 0.0, 0.4, 0.95, 1.0, -1.0]),
    "acos": (torch.acos, [-0.9, -0.3, 0.0, 0.4, 0.95, 1.0, -1.0]),
    "atan": (torch.atan, REGULAR + [0.0, 1e100, INF]),
    "sinh": (torch.sinh, REGULAR + [0.0]),
    "cosh": (torch.cosh, REGULAR + [0.0]),
    "tanh": (torch.tanh, REGULAR + [0.0, 30.0, -30.0, INF]),
    "asinh": (torch.asinh, REGULAR + [0.0]),
    "acosh": (torch.acosh, [1.1, 1.9, 30.0, 1.0]),
    "atanh": (torch.atanh, [-0.9, -0.3, 0.0, 0.4, 0.95, 1.0, -1.0]),
    "erf": (torch.erf, REGULAR + [0.0, 6.0, INF]),
    "erfc": (torch.erfc, REGULAR + [0.0, 6.0, INF]),
    "sigmoid": (torch.sigmoid, REGULAR + [0.0, 40.0, -40.0, INF, -INF]),
    "softplus": (lambda x: torch.nn.functional.softplus(x, threshold=1e9), REGULAR + [0.0, -40.0, 40.0]),
    "relu": (torch.relu, REGULAR + [0.0, -0.0, INF, -INF]),
}

PAIRS = [(-1.7, 0.8), (-0.4, -1.3), (0.6, 0.9), (1.8, -0.7), (0.35, 2.6)]
POSITIVE = [(1.7, 0.8), (0.4, -1.3), (0.6, 0.9), (1.8, -0.7), (0.35, 2.6)]
binary = {
    "add": (torch.add, PAIRS + [(INF, 1.0)]),
    "sub": (torch.sub, PAIRS + [(1.0, INF)]),
    "mul": (torch.mul, PAIRS + [(0.0, 3.0), (0.0, 0.0)]),
    "div": (torch.div, PAIRS + [(0.0, 3.0), (1.0, 0.0), (2.0, INF)]),
    "mod": (torch.remainder, PAIRS + [(7.3, 2.0), (-7.3, 2.0), (7.3, -2.0), (0.3, 0.1), (1.0, 0.1), (4.0, 2.0)]),
    # The corners: 0^0, 0^1, 0^2, 0^3, 0^0.5, 0^-1, x^0, x^1, x^2, and whole powers of negative numbers (by base only).
    "pow": (torch.pow, POSITIVE + [(0.0, 0.0), (0.0, 1.0), (0.0, 2.0), (0.0, 3.0), (0.0, 0.5), (0.0, -1.0), (1.3, 0.0), (1.3, 1.0), (1.3, 2.0), (-1.3, 2.0), (-1.3, 3.0), (INF, 2.0)]),
    "max": (torch.maximum, PAIRS + [(1.0, 1.0), (0.0, -0.0), (INF, INF), (NAN, 1.0), (1.0, NAN)]),
    "min": (torch.minimum, PAIRS + [(1.0, 1.0), (0.0, -0.0), (-INF, -INF), (NAN, 1.0), (1.0, NAN)]),
    "atan2": (torch.atan2, PAIRS + [(0.0, 1.0), (0.0, -1.0), (1.0, 0.0), (-1.0, 0.0), (0.0, 0.0)]),
}

powers = {f"integerPow: {n}": (lambda x, n=n: torch.pow(x, n), REGULAR + [0.0, 1.0]) for n in (0, 1, 2, 3, 5, -1, -2)}


def scatter_set(x, i, u):
    """The last of equal indices wins."""
    rows = list(x)
    for k, row in enumerate(i.tolist()):
        rows[row] = u[k]
    return torch.stack(rows)


def recurrence(w, h, x, b, order):
    found = [None] * len(x)
    for t in order:
        h = torch.tanh(w @ h + x[t] + b)
        found[t] = h * h
    return [h, torch.stack(found)]


def counting(x):
    p, n = torch.tensor(1.0), 0
    ns, ys = [], []
    for value in x:
        ns.append(float(n))
        ys.append(p - value)
        p = p * (value + n)
        n += 1
    return [p, torch.stack(ys)]


def nested(x):
    h = torch.tensor(0.5)
    rows = []
    for line in x:
        k, row = h, [None] * len(line)
        for j in reversed(range(len(line))):
            k = torch.sin(k * line[j] + h)
            row[j] = k
        rows.append(torch.stack(row))
        h = k
    return [h, torch.stack(rows)]


def uniform(*shape, low=-2.0, high=2.0):
    return low + (high - low) * torch.rand(shape)


def listed(values, *shape):
    return torch.tensor(values, dtype=torch.float64).reshape(shape or (len(values),))


index = torch.tensor
flip = torch.flip
iota = torch.arange(3.0).expand(2, 3)
mask = torch.tensor([[i * 4 + j for j in range(4)] for i in range(3)]) % 3 != 0

structured = {
    "cast: to float64": (lambda x, y: (x * x).double() * y, [uniform(3, 4).float(), uniform(3, 4)]),
    "cast: to int32": (lambda x: x.to(torch.int32).double() * x, [uniform(3, 4)]),
    "select": (lambda m, x, y: torch.where(m, x, y), [mask, uniform(3, 4), uniform(3, 4)]),
    "reshape": (lambda x: x.reshape(3, 4), [uniform(2, 6)]),
    "permute": (lambda x: x.permute(2, 0, 1), [uniform(2, 3, 4)]),
    "broadcast": (lambda x: x.expand(2, 3, 4), [uniform(1, 3, 1)]),
    "slice: forwards": (lambda x: x[1:4, 0:4], [uniform(5, 4)]),
    "slice: with steps": (lambda x: x[1:6:2, 0:5:4], [uniform(8, 5)]),
    "slice: backwards": (lambda x: flip(x, (0, 1))[1:6:2, :], [uniform(8, 5)]),
    "pad": (None, [uniform(3, 2)]),
    "concat": (lambda x, y, z: torch.cat([x, y, z, x], 1), [uniform(2, 1), uniform(2, 3), uniform(2, 0)]),
    "sum": (lambda x: x.sum((0, 2)), [uniform(2, 3, 4)]),
    "prod: one axis": (lambda x: x.prod(1), [uniform(3, 4)]),
    "prod: two axes": (lambda x: x.prod(2).prod(0), [uniform(2, 3, 4)]),
    "prod: one zero": (lambda x: x.prod(), [listed([2, 0, -3, 5])]),
    "prod: two zeros": (lambda x: x.prod(), [listed([2, 0, 0, 5])]),
    "prod: three zeros": (lambda x: x.prod(), [listed([0, 0, 0, 5])]),
    "reduceMax": (lambda x: x.amax((0, 2)), [uniform(2, 3, 4)]),
    "reduceMax: ties": (lambda x: x.amax((0, 2)), [listed([1, 1, 0, 2, 2, 1, 2, 1, 1, 3, 3, 3], 2, 3, 2)]),
    "reduceMin": (lambda x: x.amin(1), [uniform(2, 3, 4)]),
    "reduceMin: ties": (lambda x: x.amin(1), [listed([1, 1, 0, 2, 0, 1, 2, 1, 1, 3, 3, 3], 2, 3, 2)]),
    "cumsum": (lambda x: x.cumsum(1), [uniform(3, 4)]),
    "cumsum: reverse": (lambda x: flip(flip(x, (0,)).cumsum(0), (0,)), [uniform(3, 4)]),
    "cumprod": (lambda x: x.cumprod(1), [uniform(3, 4)]),
    "cumprod: reverse": (lambda x: flip(flip(x, (0,)).cumprod(0), (0,)), [uniform(4, 3)]),
    "cumprod: zeros": (lambda x: x.cumprod(0), [listed([2, 0, -3, 0, 5])]),
    "matmul": (torch.matmul, [uniform(3, 4), uniform(4, 2)]),
    "matmul: batched": (torch.matmul, [uniform(2, 2, 3), uniform(2, 3, 2)]),
    "matmul: with itself": (lambda x: x @ x.T, [uniform(3, 3)]),
    "gather": (lambda x, i: x[i], [uniform(4, 2), index([[0, 3], [3, 1], [0, 3]])]),
    "scatterAdd": (lambda x, i, u: x.index_add(0, i, u), [uniform(4, 2), index([3, 0, 3]), uniform(3, 2)]),
    "scatterSet: repeated indices": (scatter_set, [uniform(4, 2), index([3, 0, 3, 1, 0]), uniform(5, 2)]),
    "scatterSet: rank 1": (scatter_set, [uniform(4), index([2, 2, 2]), uniform(3)]),
    "identity": (lambda x: x.clone(), [uniform(3, 4)]),
    "scan: recurrence": (lambda w, h, x, b: recurrence(w, h, x, b, range(4)), [uniform(3, 3), uniform(3), uniform(4, 3), uniform(3)]),
    "scan: reverse": (lambda w, h, x, b: recurrence(w, h, x, b, reversed(range(4))), [uniform(3, 3), uniform(3), uniform(4, 3), uniform(3)]),
    "scan: counter": (counting, [uniform(5)]),
    "scan: nested": (nested, [uniform(2, 3)]),
    "host: both rules": (lambda x: [x**3, 3 * x**2], [uniform(3)]),
    "host: vjp only": (lambda x: [x**3, 3 * x**2], [uniform(3)]),
    "host: jvp only": (lambda x: [x**3, 3 * x**2], [uniform(3)]),
    "custom: no rule": (lambda x, y: [(x * x * y).sum(), y.sin()], [uniform(3), uniform(3)]),
    "custom: vjp only": (lambda x, y: [(x * x * y).sum(), y.sin()], [uniform(3), uniform(3)]),
    "custom: jvp only": (lambda x, y: [(x * x * y).sum(), y.sin()], [uniform(3), uniform(3)]),
}


def pad(x):
    """Low [1, 0], high [0, 2], interior [2, 1], value 7."""
    result = torch.full((1 + 3 + 2 * 2, 2 + 1 + 2), 7.0)
    rows, columns = 1 + 3 * torch.arange(3), 2 * torch.arange(2)
    return result.index_put((rows[:, None], columns[None, :]), x)


structured["pad"] = (pad, structured["pad"][1])


def plain(values):
    def one(x):
        if isinstance(x, float) and math.isnan(x):
            return "NaN"
        if isinstance(x, float) and math.isinf(x):
            return "Infinity" if x > 0 else "-Infinity"
        return x

    return [one(x) for x in values]


def data(tensor):
    return plain((tensor.detach() + 0.0).flatten().tolist())


def derivative(y, x):
    """d sum(y) / dx, zero where y does not depend on x."""
    if not y.requires_grad:
        return torch.zeros_like(x)
    (found,) = torch.autograd.grad(y.sum(), x, create_graph=True, allow_unused=True)
    return torch.zeros_like(x) if found is None else found


def elementwise_row(f, columns):
    operands = [torch.tensor(c, requires_grad=True) for c in columns]
    value = f(*operands)
    first = [derivative(value, x) for x in operands]
    second = [[derivative(g, x) for x in operands] for g in first]
    return {
        "points": [plain(c) for c in columns],
        "value": data(value),
        "first": [data(g) for g in first],
        "second": [[data(h) for h in row] for row in second],
    }


def structured_row(f, operands):
    operands = [x.clone().requires_grad_(True) if x.is_floating_point() else x for x in operands]
    floats = [x for x in operands if x.is_floating_point()]
    results = f(*operands)
    results = results if isinstance(results, list) else [results]
    weights = [uniform(*y.shape) for y in results]
    total = sum((w * y).sum() for w, y in zip(weights, results))
    first = [derivative(total, x) for x in floats]
    vectors = [uniform(*x.shape).to(x.dtype) for x in floats]
    again = sum((v * g).double().sum() for v, g in zip(vectors, first))
    second = [derivative(again, x) for x in floats]
    return {
        "inputs": [{"shape": list(x.shape), "data": [int(v) for v in x.flatten().tolist()] if not x.is_floating_point() else data(x)} for x in operands],
        "weights": [data(w) for w in weights],
        "vectors": [data(v) for v in vectors],
        "value": [data(y) for y in results],
        "first": [data(g) for g in first],
        "second": [data(g) for g in second],
    }


references = {
    "torch": torch.__version__,
    "elementwise": {
        **{name: elementwise_row(f, [points]) for name, (f, points) in {**unary, **powers}.items()},
        **{name: elementwise_row(f, [list(c) for c in zip(*points)]) for name, (f, points) in binary.items()},
    },
    "structured": {name: structured_row(f, operands) for name, (f, operands) in structured.items()},
}

path = Path(__file__).resolve().parents[2] / "packages/thalweg/test/references/gradients.json"
path.parent.mkdir(parents=True, exist_ok=True)
lines = ",\n".join(
    f'  "{kind}": {{\n' + ",\n".join(f"    {json.dumps(k)}: {json.dumps(v)}" for k, v in references[kind].items()) + "\n  }"
    for kind in ("elementwise", "structured")
)
path.write_text(f'{{\n  "torch": {json.dumps(references["torch"])},\n{lines}\n}}\n')
print(path, path.stat().st_size, "bytes")
