"""First and second derivatives of composed tensor methods in float64, by PyTorch.

    python tools/reference/tensor_gradients.py packages/thalweg/test/references

For result y and inputs x: first[i] = d <w, y> / d x_i, second[i] = d sum_j <v_j, first[j]> / d x_i, with w[k] = cos(k + 1) and
v[k] = sin(k + 1) by row-major position. Infinities and NaN are written as strings.
"""

import json
import math
import sys
from pathlib import Path

import torch

torch.manual_seed(7)
torch.set_default_dtype(torch.float64)


def number(x):
    if math.isnan(x):
        return "nan"
    if math.isinf(x):
        return "inf" if x > 0 else "-inf"
    return x


def spec(t):
    t = t.detach() + torch.zeros(t.shape)  # PyTorch gives zeros without storage
    return {"shape": list(t.shape), "dtype": "float64", "data": [number(x) for x in t.flatten().tolist()]}


def wave(f, t):
    return f(torch.arange(1, t.numel() + 1, dtype=torch.float64)).reshape(t.shape)


def row(op, f, inputs, second=True, **options):
    xs = [x.clone().requires_grad_() for x in inputs]
    y = f(*xs)
    first = torch.autograd.grad((wave(torch.cos, y) * y).sum(), xs, create_graph=True)
    out = {"op": op, "inputs": [spec(x) for x in xs], "options": options, "first": [spec(g) for g in first]}
    if second:
        total = sum((wave(torch.sin, g) * g).sum() for g in first)
        grads = torch.autograd.grad(total, xs, allow_unused=True) if total.requires_grad else [None] * len(xs)
        out["second"] = [spec(torch.zeros_like(x) if g is None else g) for g, x in zip(grads, xs)]
    return out


def main():
    rows = []
    x = torch.randn(3, 4)
    y = torch.randn(4, 2)
    square = torch.randn(3, 3)
    positive = torch.rand(3, 4) + 0.5
    for axis in (None, 0, 1):
        dims = tuple(range(2)) if axis is None else axis
        given = {} if axis is None else {"axis": axis}
        rows.append(row("variance", lambda t: torch.var(t, dims, correction=0), [x], **given))
        rows.append(row("std", lambda t: torch.std(t, dims, correction=1), [x], correction=1, **given))
        rows.append(row("logSumExp", lambda t: torch.logsumexp(t, dims), [x * 3], **given))
        rows.append(row("mean", lambda t: torch.mean(t, dims), [x], **given))
        for order in (1, 2, 3, 1.5):
            rows.append(row("norm", lambda t: torch.linalg.vector_norm(t, order, dims), [x], order=order, **given))
    rows.append(row("norm", lambda t: torch.linalg.vector_norm(t, 2), [torch.zeros(3)], second=False, order=2))
    rows.append(row("softmax", lambda t: torch.softmax(t, -1), [x]))
    rows.append(row("softmax", lambda t: torch.softmax(t, 0), [x * 300], axis=0))
    rows.append(row("logSoftmax", lambda t: torch.log_softmax(t, -1), [x * 5]))
    rows.append(row("logSoftmax", lambda t: torch.log_softmax(t, 0), [x], axis=0))
    rows.append(row("erfc", torch.erfc, [torch.tensor([-3.0, -0.2, 0.0, 0.4, 0.7, 2.0, 5.0])]))
    for op in ("exp2", "log2", "log10", "rsqrt", "reciprocal", "square"):
        rows.append(row(op, getattr(torch, op), [positive]))
    rows.append(row("outer", torch.outer, [x[0], y[:, 0]]))
    rows.append(row("dot", lambda a, b: a @ b, [x, y]))
    rows.append(row("matmul", torch.matmul, [torch.randn(2, 3, 4), y]))
    rows.append(row("matmul", torch.matmul, [torch.randn(3, 4), torch.randn(2, 4, 2)]))
    rows.append(row("matmul", torch.matmul, [torch.randn(4), torch.randn(2, 4, 2)]))
    rows.append(row("trace", torch.trace, [square]))
    rows.append(row("diagonal", lambda t: torch.diagonal(t, 1), [x], offset=1))
    rows.append(row("diag", lambda t: torch.diag(t, -1), [torch.randn(3)], offset=-1))
    rows.append(row("tril", torch.tril, [square]))
    rows.append(row("clip", lambda t: torch.clamp(t, -0.5, 0.5), [x], min=-0.5, max=0.5))
    rows.append(row("pow", lambda t: t**3, [x], exponent=3))
    rows.append(row("pow", lambda t: t**2.5, [positive], exponent=2.5))
    rows.append(row("pow", lambda t: t**-2, [positive], exponent=-2))
    rows.append(row("floorDiv", lambda t: torch.floor(t / 0.3) + 0 * t, [x], second=False))
    for equation, *shapes in [
        ("ii->i", (3, 3)), ("ij,jk->ik", (2, 3), (3, 2)), ("ij,ij->i", (2, 3), (2, 3)), ("iij,jk->ki", (2, 2, 3), (3, 2)),
        ("i,ij,j->", (2,), (2, 3), (3,)), ("...ij,...j->...i", (2, 2, 3), (2, 3)), ("ij->", (2, 3)),
    ]:
        rows.append(row("einsum", lambda *t: torch.einsum(equation, *t), [torch.randn(*s) for s in shapes], equation=equation))
    text = ",\n".join(json.dumps(r, separators=(",", ":")) for r in rows)
    (Path(sys.argv[1]) / "tensor-gradients.json").write_text("[\n" + text + "\n]\n")


main()
