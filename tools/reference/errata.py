"""What docs/errata.md says about the five source documents, recomputed.

Run: THALWEG_DATA=<data folder> python tools/reference/errata.py   (prints one line an item; fails at the first that does not hold)

`wrong` takes the document's number, the page's number and a computation: the page must agree with the computation and the document must
not (`printed=False`: the number follows from what the document says and is not printed there). `shown` takes a claim that the page makes and evidence for it. `right` counts the numbers that were recomputed and found correct.
"""

import inspect
import math
import os
from collections import defaultdict
from pathlib import Path

import numpy as np
import scipy.linalg
import scipy.signal
import scipy.sparse.linalg
import sympy as sp
import torch
from sklearn.model_selection import train_test_split
from torch import nn

rng = np.random.default_rng(7)
counts = defaultdict(lambda: [0, 0])


def agrees(value, computed, places):
    return abs(value - computed) <= 0.5 * 10.0**-places * (1 + 1e-9)


def right(chapter, *numbers):
    for document, computed, places in numbers:
        counts[chapter][0] += 1
        assert agrees(document, float(computed), places), (chapter, document, computed)


def wrong(item, document, page, computed, places, printed=True):
    chapter = item.split(" ")[0]
    counts[chapter][0] += printed
    counts[chapter][1] += printed
    assert agrees(page, float(computed), places), (item, page, computed)
    assert not agrees(document, float(computed), places), (item, document, computed)
    print(f"OK {item}: {document} is given, {page} is right")


def shown(item, holds, note=""):
    assert holds, item
    print(f"OK {item}{': ' + note if note else ''}")


def raises(kind, action):
    try:
        action()
    except kind:
        return True
    return False


def numerical(f, x, h=1e-6):
    x = np.asarray(x, float)
    steps = np.eye(x.size) * h
    return np.array([(f(x + s) - f(x - s)) / (2 * h) for s in steps])


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax(z):
    e = np.exp(z - np.max(z))
    return e / e.sum()


def factorised(table, known, lam, factors=5):
    """Held-out error of alternating ridge regressions for factors and biases together."""
    (n, m), start = table.shape, np.random.default_rng(0)
    p, q, bu, bi = start.normal(size=(n, factors)) / 10, start.normal(size=(m, factors)) / 10, np.zeros(n), np.zeros(m)
    for _ in range(40):
        for mine, other, bias, others, values, mask in ((p, q, bu, bi, table, known), (q, p, bi, bu, table.T, known.T)):
            for row in range(len(mine)):
                seen = mask[row]
                a = np.column_stack([other[seen], np.ones(seen.sum())])
                solved = np.linalg.solve(a.T @ a + lam * np.eye(factors + 1), a.T @ (values[row, seen] - others[seen]))
                mine[row], bias[row] = solved[:factors], solved[factors]
    return math.sqrt(np.mean((table - bu[:, None] - bi - p @ q.T)[~known] ** 2))


def guide():
    """000: numerical methods."""
    a = rng.normal(size=(60, 12))
    seen = []
    _, info = scipy.sparse.linalg.cg(a.T @ a, a.T @ rng.normal(size=60), rtol=1e-10, callback=lambda _: seen.append(1))
    shown("000 1.1 CG count", info == 0 and len(seen) > 1, f"info is {info} after {len(seen)} iterations")
    shown("000 1.1 CG keyword", "tol" not in inspect.signature(scipy.sparse.linalg.cg).parameters)
    base = rng.normal(size=(100, 5))
    kappa = np.linalg.cond(np.column_stack([base + 0.01 * rng.normal(size=(100, 5)) for _ in range(10)]))
    shown("000 1.1 'singular'", 5e2 < kappa < 5e3, f"condition {kappa:.0f}, squared {kappa**2:.0e}: far from singular in double")
    np.random.seed(42)
    base = np.random.randn(100, 5)
    design = np.column_stack([base + 0.01 * np.random.randn(100, 5) for _ in range(10)])
    truth = np.random.randn(50)
    truth[5:] = 0
    target = design @ truth + 0.5 * np.random.randn(100)
    s = np.linalg.svd(design, compute_uv=False)
    shown("000 1.1 truncated SVD, spectrum", agrees(25.7, s[4], 1) and agrees(0.15, s[5], 2), f"{s[4]:.1f}, then {s[5]:.2f}")

    def cut(x, y, k):
        u, s, vt = np.linalg.svd(x, full_matrices=False)
        return vt[:k].T @ (u[:, :k].T @ y / s[:k])

    shown("000 1.1 norm at rank 40", agrees(27.1, np.linalg.norm(cut(design, target, 40)), 1))
    shown("000 1.1 norm at rank 5", agrees(0.5, np.linalg.norm(cut(design, target, 5)), 1))
    shown("000 1.1 error fitted", agrees(3.58, np.linalg.norm(design @ cut(design, target, 50) - target), 2))
    x_fit, x_test, y_fit, y_test = train_test_split(design, target, test_size=0.3, random_state=42)
    error = {k: np.sqrt(np.mean((x_test @ cut(x_fit, y_fit, k) - y_test) ** 2)) for k in (5, 40, 50)}
    penalised = np.linalg.solve(x_fit.T @ x_fit + np.eye(50), x_fit.T @ y_fit)
    ridge_error = np.sqrt(np.mean((x_test @ penalised - y_test) ** 2))
    shown("000 1.1 error held out", all(agrees(v, e, 3) for v, e in ((0.446, error[5]), (0.549, error[40]), (0.791, error[50]), (0.447, ridge_error))))
    s = np.linalg.svd(1e-12 * np.eye(3), compute_uv=False)
    wrong("000 1.1 rank of 1e-12 I", np.sum(s > 1e-10), 3, np.sum(s > s[0] * 3 * np.finfo(float).eps), 0, printed=False)

    n, d, k = 5000, 100, 10
    load = rng.normal(size=(k, d))
    x = rng.normal(size=(n, k)) @ (load / np.linalg.norm(load, axis=0)) + 0.1 * rng.normal(size=(n, d))
    x = (x - x.mean(0)) / x.std(0)
    s = np.linalg.svd(x, compute_uv=False)
    eigen = np.linalg.eigvalsh(x.T @ x)[::-1][:k]
    share, squared = eigen.sum() / np.sum(s**2), np.sum(eigen**2) / np.sum(s**2)
    shown("000 2.1 power iteration", agrees(0.991, share, 2) and squared > 1e4, f"{squared:.0f} where {share:.3f} is right")
    basis = rng.normal(size=(k, d))
    basis /= np.linalg.norm(basis, axis=1, keepdims=True)
    v = np.linalg.svd(x, full_matrices=False)[2][:k]
    random_share = np.var(x @ basis.T, axis=0).sum() / d
    shown("000 2.1 incremental, fixed random directions", random_share < 0.3, f"{random_share:.3f} of the variance, not {share:.3f}")
    printed = np.var(x @ v.T, axis=0).sum() / np.sum(s**2)
    shown("000 2.1 incremental, denominator", np.isclose(printed * n, share), f"even the true components would print {printed:.6f}")
    mib = 8 / 2**20
    wrong("000 2.1 memory of the full SVD", 0.4, 3.9, (n * d + d + d * d) * mib, 1, printed=False)
    l = k + 10
    wrong("000 2.1 memory of the randomised SVD", 0.0, 0.8, (d * l + n * l + l * d) * mib, 1, printed=False)

    y, z = rng.normal(size=50), rng.normal(size=50)
    shown("000 3.1 gradient", np.allclose((z - y) / 50, numerical(lambda q: np.mean((q - y) ** 2), z) / 2, atol=1e-8))
    shown("000 3.1 last evaluation of 200 epochs", [e for e in range(200) if e % 40 == 0][-1] == 160)
    shown("000 3.1 sensitivity", [e for e in range(100) if e % 100 == 0] == [0], "one evaluation, after the first epoch")

    shown("000 4.1 masked error", math.isnan(np.sum(np.array([True, False]) * np.array([1.0, np.nan]))))
    b, path = 0.0, []
    for _ in range(4):
        b = np.mean(np.array([0.7, 0.9]) - b)
        path.append(round(b, 12))
    shown("000 4.1 bias update", path == [0.8, 0.0, 0.8, 0.0], "alternates between 0.8 and 0 instead of staying at 0.8")
    score = np.array([0.2, 0.9, 0.5])
    shown("000 4.1 order", list(np.argsort(score)[-3:]) == [0, 2, 1], "the best comes last")
    shown("000 4.1 item bias", np.argmax([1.0, 0.9]) != np.argmax(np.array([1.0, 0.9]) + [0.0, 0.5]))
    three = rng.normal(size=(3, 5))
    shown("000 4.1 cold start", np.linalg.cond(three.T @ three + 0.1 * np.eye(5)) < 1e4, "three ratings, five factors: solvable")
    shown("000 4.1 scatter", raises(IndexError, lambda: np.zeros((100, 50))[np.ones(5000, bool)]))

    table = rng.normal(size=(100, 1)) * 0.5 + rng.normal(size=50) * 0.5 + rng.normal(size=(100, 5)) @ rng.normal(size=(5, 50))
    table, known = np.clip(3 + table + 0.5 * rng.normal(size=(100, 50)), 1, 5), rng.random((100, 50)) < 0.1
    mean = table[known].mean()
    flat = math.sqrt(np.mean((table[~known] - mean) ** 2))
    errors = {lam: factorised(table - mean, known, lam) for lam in (0.1, 1.0)}
    shown("000 4.1 penalty 0.1", errors[0.1] > flat and errors[1.0] < errors[0.1], f"held-out error {errors[0.1]:.2f}; the mean {flat:.2f}; penalty 1 {errors[1.0]:.2f}")

    shown("000 5.1 scalar start", raises(ValueError, lambda: np.matmul(1.0, np.ones((1, 100)))))
    w, h, delta = rng.normal(size=(4, 3)), rng.normal(size=(1, 4)), rng.normal(size=(1, 3))
    true = numerical(lambda q: float(np.sum((h @ q.reshape(4, 3)) * delta)), w.ravel()).reshape(4, 3)
    shown("000 5.1 weight gradient", np.allclose(true, h.T @ delta) and not np.allclose(true, delta * w))
    plain = residual = rng.normal(size=(1, 100))
    for layer in range(100):
        plain = np.tanh(plain @ rng.normal(size=(100, 100)) * math.sqrt(0.02))
    for layer in range(50):
        first = np.tanh(residual @ rng.normal(size=(100, 100)) * math.sqrt(0.02))
        residual = residual + first @ rng.normal(size=(100, 100)) * math.sqrt(0.02)
    shown("000 5.1 residual demonstration", plain.std() > 0.2 and residual.std() > 4, f"plain {plain.std():.2f}, residual {residual.std():.1f}")
    g = np.array([100.0, -200, 50, -300, 150])
    right("000, as run", (406.2, np.linalg.norm(g), 1), (250.0, np.linalg.norm(g * 250 / np.linalg.norm(g)), 1), (441, 10 * 20 + 20 + 20 * 10 + 10 + 11, 0))


def fundamentals():
    """001: NumPy fundamentals."""
    m = 40
    x, y, t = rng.normal(size=(m, 3)), rng.normal(size=m), rng.normal(size=3)
    gradient = numerical(lambda q: np.sum((x @ q - y) ** 2) / (2 * m), t)
    shown("001 gradient descent listing", np.allclose(2 / m * x.T @ (x @ t - y), 2 * gradient, atol=1e-7), "twice the gradient of its J")
    cost = lambda q: (q - 1) ** 2
    shown("001 partial derivatives, intuition", cost(2 + 0.1) > cost(2) and cost(0 - 0.1) > cost(0))
    calls = []
    numerical(lambda q: calls.append(1) or 0.0, np.zeros(3))
    shown("001 gradient verification", len(calls) == 2 * 3, "2 x parameters, whatever the number of examples")
    loss = lambda a: -math.log(a)
    slope = (loss(0.8 + 1e-6) - loss(0.8 - 1e-6)) / 2e-6
    wrong("001 backpropagation, dL/da at a=0.8, y=1", -0.2, -1.25, slope, 2, printed=False)
    wrong("001 backpropagation, dL/dz at a=0.8, y=1", -0.032, -0.2, slope * 0.8 * 0.2, 3, printed=False)
    w, dz, h = rng.normal(size=(2, 3)), rng.normal(size=(2, 5)), rng.normal(size=(3, 5))
    shown("001 backpropagation, dL/da1", raises(ValueError, lambda: dz @ w.T) and (w.T @ dz).shape == h.shape)
    xs, dz1 = rng.normal(size=(4, 5)), rng.normal(size=(3, 5))
    shown("001 backpropagation, dL/dW1", raises(ValueError, lambda: xs.T @ dz1) and (dz1 @ xs.T).shape == (3, 4))
    shown("001 backpropagation, dL/db", sum(dz).shape == (5,), "sums over units; one number a unit is wanted")
    lam, theta = 0.6, np.array([0.5, -2.0])
    g1 = numerical(lambda q: lam / (2 * m) * np.sum(np.abs(q)), theta)
    g2 = numerical(lambda q: lam / (2 * m) * np.sum(q**2), theta)
    shown("001 L1 gradient", np.allclose(g1, lam / (2 * m) * np.sign(theta)) and np.allclose(g2, lam / m * theta), "lambda/(2m) sign; L2 is right")
    mask = rng.random(400000) >= 0.5
    shown("001 dropout", abs(mask.mean() * 4 - 1 / 0.5) < 0.02, "at p = 1/2 inference would be four times training")
    a = np.array([[1.0, 10.0], [1.0, -10.0], [1.0, 5.0]])
    q = np.zeros(2)
    for _ in range(20000):
        q -= 0.9 / np.linalg.eigvalsh(a.T @ a)[-1] * a.T @ (a @ q - [1.0, 2.0, 3.0])
    shown("001 feature scaling 'required'", np.allclose(q, np.linalg.lstsq(a, [1.0, 2.0, 3.0])[0]), "converges unscaled")
    twin = np.column_stack([a[:, 1], a[:, 1]])
    shown("001 'single global minimum'", np.allclose(twin @ [1, 0], twin @ [0, 1]), "two minimisers of one convex cost")
    shown("001 normal equation 'always'", np.linalg.matrix_rank(twin.T @ twin) == 1)


def primer_1_to_4():
    c = "002.1"
    king, queen = np.array([2, 1, 3.0]), np.array([2, 1.5, 2.5])
    right(c, (13, king @ queen, 0), (14, king @ king, 0), (0.98, king @ queen / math.sqrt((king @ king) * (queen @ queen)), 2))
    wrong("002.1 example 1.1, squared norm", 10.5, 12.5, queen @ queen, 1)
    shown("002.1 example 1.1, cosine", 13 / math.sqrt(14 * 10.5) > 1, "with the printed norm it would be 1.07")
    n = np.array([3, -4, 0.0])
    right(c, *[(v, np.linalg.norm(n, p), 0) for v, p in ((7, 1), (5, 2), (4, np.inf))])
    z = np.array([[0.5, -0.3, 0.8], [0.1, 0.7, -0.2]]) @ [1, 2, 3]
    right(c, (2.3, z[0], 1), (0.9, z[1], 1))
    a = np.array([[2, 1], [1, 3.0]])
    right(c, (5, np.linalg.det(a), 6), *[(v, s, 6) for v, s in zip((1.6, 1.8), np.linalg.solve(a, [5, 7]))])
    right(c, *[(v, s, 6) for v, s in zip((3, 2), np.linalg.eigvals([[3, 1], [0, 2]]))])
    x, y = np.array([[1, 2], [3, 4], [5, 6.0]]), np.array([1, 2, 3.0])
    right(c, *[(v, s, 6) for v, s in zip((35, 44, 44, 56, 22, 28), [*(x.T @ x).ravel(), *(x.T @ y)])])
    right(c, (24, np.linalg.det(x.T @ x), 6), *[(v, s, 6) for v, s in zip((0, 0.5, 1, 2, 3), [*np.linalg.lstsq(x, y)[0], *(x @ [0, 0.5])])])
    u, v = np.array([1, 2, -1.0]), np.array([3, 0, 4.0])
    cos = u @ v / np.linalg.norm(u) / np.linalg.norm(v)
    right(c, (-1, u @ v, 0), (6, u @ u, 0), (5, np.linalg.norm(v), 6), (-0.0816, cos, 4), (94.7, math.degrees(math.acos(cos)), 1))
    right(c, *[(p, q, 6) for p, q in zip((-1 / 6, -1 / 3, 1 / 6), u @ v / (u @ u) * u)])
    m = np.array([[4, 2], [1, 3.0]])
    right(c, *[(p, q, 6) for p, q in zip((2, 5), sorted(np.linalg.eigvals(m)))])
    low, high = np.linalg.eigvalsh((m + m.T) / 2)
    wrong("002.1 Q1.8, larger eigenvalue", 5.25, 5.08, high, 2)
    wrong("002.1 Q1.8, smaller eigenvalue", 1.75, 1.92, low, 2)
    right(c, (3, min(5, 3), 0))
    r1, r2 = (np.linalg.matrix_rank(q) for q in ([[1, 1], [1, 1]], [[1, 1, 1], [1, 1, 2]]))
    shown("002.1 section 1.5, underdetermined", r1 == 1 and r2 == 2, "more columns than rank, yet no solution")
    dep = np.column_stack([x[:, 0], 2 * x[:, 0]])
    w = np.linalg.lstsq(dep, y)[0]
    shown("002.1 section 1.2.1, 'unsolvable'", np.allclose(dep.T @ dep @ w, dep.T @ y), "the normal equations always have a solution")
    swap = [[0, 1], [1, 0]]
    shown("002.1 A1.12", np.linalg.eigvalsh(swap)[0] < 0 < np.linalg.svd(swap, compute_uv=False)[1], "an SVD has no signs to give")

    c = "002.2"
    p, q = sp.symbols("p q", real=True)
    f = 3 * p**2 * q + 2 * q**3 - 5 * p
    assert sp.expand(f.diff(p) - (6 * p * q - 5)) == 0 and sp.expand(f.diff(q) - (3 * p**2 + 6 * q**2)) == 0
    counts[c][0] += 2
    w, b = 0.5 + 0.38, 0.1 + 0.19
    right(c, (1.1, 0.5 * 2 + 0.1, 6), (-1.9, 1.1 - 3, 6), (-3.8, -1.9 * 2, 6), (0.88, w, 6), (0.29, b, 6), (2.05, 2 * w + b, 6))
    e = np.linalg.eigvalsh([[2, 1], [1, 8]])
    right(c, (5 - math.sqrt(10), e[0], 9), (5 + math.sqrt(10), e[1], 9), (4.4, e[1] / e[0], 1))
    at = sp.solve([6 * p + q + 5, p - 2 * q], [p, q])
    e = np.linalg.eigvalsh([[6, 1], [1, -2]])
    right(c, (-10 / 13, at[p], 9), (-5 / 13, at[q], 9), (-2.12, e[0], 2), (6.12, e[1], 2))
    right(c, (12.5, 25 / 2, 6), (-10, -5 * 2, 6), (-5, -5 * 1, 6), (1, 0.1 * 10, 6), (0.5, 0.1 * 5, 6), (-2.5, 2 + 0.5 - 5, 6), (3.125, 2.5**2 / 2, 6))

    c = "002.3"
    right(c, (0.357, -math.log(0.7), 3), (0.051, -math.log(0.95), 3), (0.7, 7 / 10, 6))
    wrong("002.3 Q3.5, MAP", 0.5333, 0.5336, (160 - 1) / (160 + 140 - 2), 4)
    right(c, (160, 100 + 60, 0), (140, 100 + 40, 0), (0.533, 160 / 300, 3))
    data = np.array([1, 3, 5, 7, 9.0])
    right(c, (5, data.mean(), 6), (8, data.var(), 6), (10, data.var(ddof=1), 6))
    p1, q1 = np.array([0.7, 0.2, 0.1]), np.array([0.5, 0.3, 0.2])
    right(c, *[(v, s, 3) for v, s in zip((0.485, 0.241, 0.161), -p1 * np.log(q1))], *[(v, s, 3) for v, s in zip((0.693, 1.204, 1.609), -np.log(q1))])
    right(c, (0.887, -p1 @ np.log(q1), 3), (0.802, -p1 @ np.log(p1), 3), (0.085, p1 @ np.log(p1 / q1), 3))
    right(c, (87, 100 * 0.3 * 0.8 / (0.3 * 0.8 + 0.7 * 0.05), 0), (9, 2 + 7, 0), (8, 5 + 3, 0), (72, 2 + 70, 0), (35, 5 + 30, 0))
    xs, ys, s2, lam = rng.normal(size=(30, 3)), rng.normal(size=30), 4.0, 0.5
    map_w = np.linalg.solve(xs.T @ xs / s2 + lam * np.eye(3), xs.T @ ys / s2)
    ridge = lambda strength: np.linalg.solve(xs.T @ xs + strength * np.eye(3), xs.T @ ys)
    shown("002.3 problem 3.1", np.allclose(map_w, ridge(s2 * lam)) and not np.allclose(map_w, ridge(lam)), "the ratio is sigma^2 lambda")
    bce = lambda w: math.log1p(math.exp(-w))
    shown("002.3 A3.2, unique minimum", bce(40) < bce(20) < bce(10), "separable data: the loss has no minimum at all")

    c = "002.4"
    right(c, (335000, 150 * 1500 + 20000 * 3 + 50000, 0))
    x, y = np.column_stack([np.ones(5), np.arange(1, 6)]), np.array([2, 4, 5, 4, 5.0])
    right(c, *[(v, s, 6) for v, s in zip((5, 15, 15, 55, 20, 66, 50), [*(x.T @ x).ravel(), *(x.T @ y), np.linalg.det(x.T @ x)])])
    right(c, *[(v, s, 6) for v, s in zip((2.2, 0.6), np.linalg.lstsq(x, y)[0])])
    mse = numerical(lambda w: np.mean((x @ w - y) ** 2), np.array([1.0, 0.2]))
    shown("002.4 section 4.5", np.allclose(mse, 2 / 5 * x.T @ (x @ [1.0, 0.2] - y), atol=1e-6), "2/m, the loss of 4.3 having no 1/2")
    x, y = np.column_stack([np.ones(3), [1, 2, 3]]), np.array([2, 4, 5.0])
    right(c, *[(v, s, 6) for v, s in zip((3, 6, 6, 14, 11, 25, 6), [*(x.T @ x).ravel(), *(x.T @ y), np.linalg.det(x.T @ x)])])
    right(c, *[(v, s, 6) for v, s in zip((2 / 3, 1.5, 4, 9), [*np.linalg.lstsq(x, y)[0], 154 - 150, 75 - 66])])
    r = x.T @ x + 2 * np.eye(2)
    right(c, *[(v, s, 6) for v, s in zip((5, 6, 6, 16, 44, 26, 59), [*r.ravel(), np.linalg.det(r), 16 * 11 - 6 * 25, 5 * 25 - 6 * 11])])
    right(c, *[(v, s, 3) for v, s in zip((0.591, 1.341), np.linalg.solve(r, x.T @ y))])
    free = np.linalg.solve(x.T @ x + np.diag([0, 2]), x.T @ y)
    six = np.linalg.solve(x.T @ x + 3 * 2 * np.eye(2), x.T @ y)
    shown("002.4 Q4.8, conventions", np.allclose(free, [13 / 6, 0.75]) and np.allclose(six, [70 / 144, 159 / 144]), f"free intercept {free}, m lambda {six}")


def primer_5_to_8():
    c = "002.5"
    t, seen = 0.0, []
    for _ in range(3):
        t -= 0.1 * 2 * (t - 3)
        seen.append(t)
    right(c, *[(v, s, 6) for v, s in zip((0.6, 1.08, 1.464), seen)], (0.48, 1.08 - 0.6, 6), (0.384, 1.464 - 1.08, 6))
    ws = [10 * 0.4**i for i in range(4)]
    right(c, *[(v, s, 6) for v, s in zip((4, 1.6, 0.64), ws[1:])], *[(v, s * s + 4, 2) for v, s in zip((104, 20, 6.56, 4.41), ws)], (0.4, 1 - 0.6, 6))
    right(c, (0.3, 0.1 * 3, 6), (0.009, 0.001 * 9, 6), (3, 0.3 / (1 - 0.9), 6), (9, 0.009 / (1 - 0.999), 6), (0.01, 0.01 * 3 / (3 + 1e-8), 6))
    right(c, (0.095, math.sqrt(0.009), 3), (1, 2 / 2, 6), (0.5, 1 / 2, 6))
    shown("002.5 Q5.5 (a)", sum(len(b) for b in np.array_split(np.arange(1000), 32)) == 1000, "an epoch costs the same gradients in any batching")

    c = "002.6"
    s = lambda z: 1 / (1 + math.exp(-z))
    right(c, (0.5, s(0), 6), (0.25, s(0) * (1 - s(0)), 6), (-0.1, 0.5 - 0.6, 6), (0.475, s(-0.1), 3), (-0.525, s(-0.1) - 1, 3), (-1.05, 2 * (s(-0.1) - 1), 2))
    right(c, (-2.2, 0.5 - 2.4 - 0.3, 6), (9.025, math.exp(2.2), 3), (0.0998, s(-2.2), 4), (2.31, -math.log(s(-2.2)), 2))
    z = np.array([2, 1, 0.1])
    right(c, *[(v, e, 3) for v, e in zip((7.389, 2.718, 1.105), np.exp(z))])
    wrong("002.6 Q6.8, sum of exponentials", 11.212, 11.213, np.exp(z).sum(), 3)
    right(c, *[(v, e, 3) for v, e in zip((0.659, 0.242, 0.099), softmax(z))], (0.417, -math.log(softmax(z)[0]), 3))
    right(c, *[(v, e, 3) for v, e in zip((-0.341, 0.242, 0.099), softmax(z) - [1, 0, 0])], (3, -(-3) / 1, 0), (-1, -1 / 1, 0))

    squared = lambda w: (s(w) - 1) ** 2
    shown("002.6 Q6.5 (c)", squared(-4) > (squared(-8) + squared(0)) / 2, "squared error of a sigmoid: above its chord, not convex")

    c = "002.7"
    e = np.array([3, -0.5, 2, 7]) - [2.5, 0, 2, 8]
    huber = np.where(np.abs(e) <= 1, e**2 / 2, np.abs(e) - 0.5)
    right(c, *[(v, s, 6) for v, s in zip((0.5, -0.5, 0, -1), e)], (0.375, np.mean(e**2), 6), (0.5, np.mean(np.abs(e)), 6))
    right(c, *[(v, s, 6) for v, s in zip((0.125, 0.125, 0, 0.5, 0.1875), [*huber, huber.mean()])])
    many = rng.normal(size=100000) * 5
    h = np.where(np.abs(many) <= 1, many**2 / 2, np.abs(many) - 0.5)
    shown("002.7 Q7.7, note", np.all(h <= np.abs(many)) and np.mean(e**2) < np.mean(np.abs(e)), "at delta = 1 Huber never exceeds MAE")
    w = np.array([3, -1, 0.5, 0, 2])
    right(c, (6.5, np.abs(w).sum(), 6), (14.25, w @ w, 6), (3.15, 2.5 + 0.1 * 6.5, 6), (3.925, 2.5 + 0.1 * 14.25, 6), (0.9, 0.1 * 9, 6), (0.3, 0.1 * 3, 6))
    shown("002.7 Q7.8, convention", math.isclose(2.5 + 0.1 * (w @ w) / 2, 3.2125), "3.2125 by the definition of 7.4")
    right(c, *[(v, s, 6) for v, s in zip((0.7, 1.4, -0.35, 2.1), 0.7 * np.array([1, 2, -0.5, 3]))])
    shown("002.7 Q7.2, 'hypercube'", 2 * 3 != 2**3, "the L1 ball of 3 dimensions has 6 corners, a cube has 8")

    c = "002.8"
    relu = lambda q: np.maximum(q, 0)
    net = lambda q: relu(np.array([1, -2]) @ relu(np.array([[1, 1], [1, 1]]) @ q + [0, -1]))
    right(c, *[(v, net(np.array(q)), 6) for v, q in ((0, (0, 0)), (1, (1, 0)), (1, (0, 1)), (0, (1, 1)))])
    right(c, (60, 5 * 10 + 10, 0), (33, 10 * 3 + 3, 0), (93, 60 + 33, 0), (-1, 0.5 - 0.6 - 0.8 - 0.1, 6), (0.269, 1 / (1 + math.e), 3), (2.718, math.e, 3), (0, max(0, -1), 0))
    hid = np.array([[1, 1], [1, 1]]) @ [1, 0] + [0, -1]
    right(c, (1, hid[0], 6), (0, hid[1], 6), (1, net(np.array([1, 0])), 6))
    grid = np.linspace(-1, 1, 201)
    square = np.column_stack([np.ones(201), grid, grid**2])
    worst = np.abs(square @ np.linalg.lstsq(square, np.abs(grid))[0] - np.abs(grid)).max()
    shown("002.8 A8.3", worst > 0.1, f"z^2 units give quadratics only: |x| is missed by {worst:.2f} at any width")


def primer_9_to_12():
    c = "002.9"
    right(c, (0.9, 0.5 * 2 - 0.1, 6), (-0.6, -0.9 + 0.3, 6), (2.56, 1.6**2, 6), (-3.2, 2 * -1.6, 6), (-2.88, -3.2 * 0.9, 6), (3.2, -3.2 * -1, 6), (6.4, 3.2 * 2, 6))
    right(c, (0.436, 0.5 - 0.064, 6), (-0.9712, -1 + 0.0288, 6), (-30, math.log10(0.25**50), 0), (8, 2 * 4, 0), (6, 2 * 3, 0), (0, float(-3 > 0), 0))
    f = lambda q: (q[0] + q[1]) * (q[1] + 1)
    right(c, (20, f((2, 3)), 0), *[(v, s, 4) for v, s in zip((4, 9), numerical(f, [2, 3]))])
    g = lambda q: (q[1] * max(q[0] * 2, 0) - 1) ** 2
    right(c, (0.25, g((0.5, 1.5)), 6), (1.5, 1.0 * 1.5, 6), (1.0, 2 * 0.5, 6), *[(v, s, 4) for v, s in zip((3, 1), numerical(g, [0.5, 1.5]))])
    w = np.array([0.7, -1.3, 0.4])
    chain = lambda v, x=0.9: sigmoid(v[2] * sigmoid(v[1] * sigmoid(v[0] * x)))
    z1 = w[0] * 0.9
    z2 = w[1] * sigmoid(z1)
    z3 = w[2] * sigmoid(z2)
    slopes = np.prod([sigmoid(q) * (1 - sigmoid(q)) for q in (z1, z2, z3)])
    true = numerical(chain, w)[0]
    shown("002.9 section 9.5", np.isclose(true, slopes * w[1] * w[2] * 0.9, rtol=1e-5), "the weights of layers 2..L only, times the input")
    norms = []
    for _ in range(5):
        torch.manual_seed(len(norms))
        layers = [nn.Linear(200, 200, bias=False) for _ in range(50)]
        for layer in layers:
            nn.init.kaiming_normal_(layer.weight)
        x = torch.randn(1, 200, requires_grad=True)
        out = x
        for layer in layers:
            out = torch.relu(layer(out))
        v = torch.randn_like(out)
        out.backward(v)
        norms.append((x.grad.norm() / v.norm()).item())
    ratio = float(np.median(norms))
    shown("002.9 listing 9.2", ratio > 0.01 > 0.5**50, f"50 He-initialised ReLU layers keep {ratio:.2f} of the gradient, not {0.5**50:.0e}")

    c = "002.10"
    right(c, (150528, 224 * 224 * 3, 0), (150, 150528 * 1000 / 1e6, -1), (2.5, 224**2 * 222**2 / 1e9, 1), (9, 3 * 3, 0), (222, 224 - 3 + 1, 0), (3, 5 - 3 + 1, 0))
    right(c, (1792, 64 * (9 * 3 + 1), 0), (9.6, 64 * (150528 + 1) / 1e6, 1), (5400, 64 * 150529 / 1792, -2), (28, 32 - 5 + 1, 0), (577, 3 * 3 * 64 + 1, 0), (576, 3 * 3 * 64, 0))
    image, kernel = np.array([[1, 0, 1], [0, 1, 0], [1, 0, 1]]), np.array([[1, 0], [0, 1]])
    right(c, *[(v, s, 0) for v, s in zip((2, 0, 0, 2), scipy.signal.correlate2d(image, kernel, "valid").ravel())])
    right(c, (896, 32 * (27 + 1), 0), (18496, 64 * (9 * 32 + 1), 0), (19392, 896 + 18496, 0), (64, 64 + 2 - 3 + 1, 0), (32, 64 // 2, 0), (16, 32 // 2, 0), (30, 32 - 3 + 1, 0))
    picture, edge = rng.normal(size=(8, 8)), np.array([[-1, 0, 1]] * 3)
    corr, conv = (op(picture, edge, "same", "wrap") for op in (scipy.signal.correlate2d, scipy.signal.convolve2d))
    shown("002.10 listing 10.2", np.allclose(conv, -corr) and not np.allclose(conv, corr), "the edge responses have the opposite sign")
    uses = scipy.signal.convolve2d(np.ones((6, 6)), np.ones((3, 3)), "same")
    wrong("002.10 Q10.10, outputs that a corner pixel reaches", uses[3, 3], 4, uses[0, 0], 0, printed=False)
    moved = np.roll(picture, 1, axis=1)
    response = scipy.signal.correlate2d(moved, edge, "same", "wrap")
    shown("002.10 section 10.1", np.allclose(response, np.roll(corr, 1, axis=1)) and not np.allclose(response, corr), "equivariant, not invariant")
    h, block = torch.tensor([0.3, -0.8], requires_grad=True), torch.tensor([[0.5, -0.4], [0.9, 0.2]])
    jac = torch.autograd.functional.jacobian(lambda q: torch.relu(block @ q + q), h)
    shown("002.10 A10.3", not torch.allclose(jac, block + torch.eye(2)) and torch.allclose(jac, torch.diag((block @ h + h > 0).float()) @ (block + torch.eye(2))))

    c = "002.11"
    scaled = np.array([1, 0, 1]) / math.sqrt(2)
    right(c, (0.707, scaled[0], 3), (2.028, math.exp(scaled[0]), 3), (5.056, np.exp(scaled).sum(), 3))
    right(c, *[(v, s, 3) for v, s in zip((0.401, 0.198, 0.401), softmax(scaled))], (0.802, softmax(scaled) @ [1, 0, 1], 3))
    right(c, (192, 128 + 64, 0), (24576, 128 * 192, 0), (98304, 4 * 24576, 0), (512, 4 * 128, 0), (98816, 98304 + 512, 0))
    with np.errstate(all="ignore"):
        raw = np.exp(np.array([800.0, 0.0]))
        shown("002.11 listing 11.1", math.isnan((raw / raw.sum())[0]) and softmax(np.array([800.0, 0.0]))[0] == 1)
    state, grad = 2.0, 1.0
    for _ in range(100):
        state = math.tanh(1.5 * state)
        grad *= 1.5 * (1 - state**2)
    shown("002.11 A11.1", grad < 1e-10, f"recurrent weight 1.5, 100 steps: gradient {grad:.0e}, not an explosion")
    tokens = rng.normal(size=(5, 4))
    attend = lambda q: np.apply_along_axis(softmax, 1, q @ q.T) @ q
    shown("002.11 section 11.5", np.allclose(attend(tokens[::-1]), attend(tokens)[::-1]) and not np.allclose(attend(tokens[::-1]), attend(tokens)), "equivariant")
    lag = torch.tensor(2.0, requires_grad=True)
    cell = lag
    for _ in range(50):
        cell = 0.8 * cell + 0.1
    cell.backward()
    shown("002.11 section 11.3", abs(lag.grad.item() - 0.8**50) < 1e-8, "the cell gradient is the product of the forget gates")

    c = "002.12"
    lam = np.array([10, 5, 2, 0.5, 0.1])
    right(c, (17.6, lam.sum(), 6), (85.2, 100 * 15 / lam.sum(), 1), (96.6, 100 * 17 / lam.sum(), 1))
    lam = np.array([10, 5, 3, 1, 0.5, 0.3, 0.1, 0.1])
    right(c, (20, lam.sum(), 6), (75, 100 * 15 / lam.sum(), 6), (90, 100 * 18 / lam.sum(), 6))
    pts = np.array([[2, 1], [3, 3], [5, 4], [6, 6], [8, 7.0]])
    centred = pts - pts.mean(0)
    right(c, (4.8, pts.mean(0)[0], 6), (4.2, pts.mean(0)[1], 6), *[(v, s, 6) for v, s in zip((-2.8, -3.2, -1.8, -1.2, 0.2, -0.2, 1.2, 1.8, 3.2, 2.8), centred.ravel())])
    cross, cov = centred.T @ centred, centred.T @ centred / 5
    for place, document, page, computed in (("sum x^2", 22.96, 22.8, cross[0, 0]), ("sum xy", 21.68, 22.2, cross[0, 1]), ("sum y^2", 21.36, 22.8, cross[1, 1])):
        wrong(f"002.12 Q12.7, {place}", document, page, computed, 2)
    for place, document, page, computed in (("var x", 4.592, 4.56, cov[0, 0]), ("cov", 4.336, 4.44, cov[0, 1]), ("var y", 4.272, 4.56, cov[1, 1])):
        wrong(f"002.12 Q12.7, {place}", document, page, computed, 3)
    values, vectors = np.linalg.eigh(cov)
    wrong("002.12 Q12.7, trace", 8.864, 9.12, np.trace(cov), 3)
    wrong("002.12 Q12.7, determinant", 0.783, 1.08, np.linalg.det(cov), 3)
    wrong("002.12 Q12.7, first eigenvalue", 8.776, 9.0, values[1], 3)
    wrong("002.12 Q12.7, second eigenvalue", 0.088, 0.12, values[0], 3)
    wrong("002.12 Q12.7, share in percent", 99.0, 98.7, 100 * values[1] / values.sum(), 1)
    wrong("002.12 Q12.7, direction x", 0.716, 0.707, abs(vectors[0, 1]), 3)
    wrong("002.12 Q12.7, direction y", 0.698, 0.707, abs(vectors[1, 1]), 3)
    shown("002.12 Q12.7, its own matrix", agrees(0.816, 4.592 * 4.272 - 4.336**2, 3), "determinant 0.816, not the 0.783 it uses")
    part = np.cumsum(1 / np.arange(1, 51.0) ** 2)
    right(c, (1.6251, part[-1], 4), (1.5438, 0.95 * 1.6251, 4), (1.4636, part[4], 4), (1.5118, part[6], 4), (1.5398, part[8], 4), (1.5498, part[9], 4))
    right(c, *[(v, 100 * part[i] / part[-1], 1) for v, i in ((90.1, 4), (93.0, 6), (94.7, 8), (95.4, 9))], (10, 1 + np.argmax(part >= 0.95 * part[-1]), 0))
    unit = rng.normal(size=(200, 1000))
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    far = np.median(np.linalg.norm(unit[:100] - unit[100:], axis=1))
    wrong("002.12 A12.1, distance of unit vectors, d = 1000", round(math.sqrt(2000), 1), 1.4, far, 1)
    right(c, (30, math.log10(2.0**100), 0))
    shown("002.12 section 12.2, index", np.linalg.eigvalsh(np.cov(rng.normal(size=(40, 3)).T)).size == 3, "d eigenvalues, not m")
    n, d = 100000, 10
    shown("002.12 table, cost", n * d * d + d**3 < n * n * d, "n d^2 + d^3; n^2 d only when n < d")


def lecture():
    """003: the interactive lecture."""
    wrong("003 agenda, minutes", 75, 95, sum((5, 10, 15, 15, 10, 15, 10, 10, 5)), 0)
    shown("003 part 2, mean label", f"${2.0686:.1f}00k" == "$2.100k", "reads 2.1 thousand; $206.9k is right")
    n = 300
    x = rng.normal(size=(n, 1))
    x = (x - x.mean()) / x.std()
    y = 0.7 * x.ravel() + 0.7 * rng.normal(size=n)
    shown("003 part 3, shapes", (x - y).shape == (n, n), "a column minus a row is a table of all pairs")
    table = lambda w: np.mean((x * w - (y - y.mean())) ** 2)
    shown("003 part 3, the game's loss", math.isclose(table(0.0), y.var()) and table(0.7) > table(0.0), "flat line best: loss var(y) + w^2 var(x)")
    gb, true = 2 / n * np.sum(x * 0 - y), 2 / n * np.sum(-y)
    shown("003 part 4, gradient", math.isclose(gb, n * true), "n times too large")
    shown("003 part 4, rates", 0.001 * 2 * 1600 > 2, "with that gradient even the rate 0.001 diverges")
    w, path = 0.0, []
    for _ in range(3):
        w -= 0.5 * 2 * np.mean(x.ravel() * (x.ravel() * w - y))
        path.append(w)
    shown("003 part 4, rate 0.5", math.isclose(path[0], np.mean(x.ravel() * y)) and math.isclose(path[0], path[2]), "exact after one step; divergence begins at 1")
    shown("003 part 3, insight 3", (0 + 0.01) ** 2 < (1 + 0.01) ** 2 - 1, "near the optimum a step changes the loss least")
    shown("003 part 3, insight 2", 1.0**2 < (1.0 + 0.1 * 2 * 1.0) ** 2, "along the gradient the loss rises")

    slope = lambda p: np.array([-2 * (1 - p[0]) - 400 * p[0] * (p[1] - p[0] ** 2), 200 * (p[1] - p[0] ** 2)])
    value = lambda p: (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2
    final = {}
    for name in ("sgd", "momentum", "rmsprop", "adam"):
        p, m, v = np.array([-1.0, 1.0]), np.zeros(2), np.zeros(2)
        for t in range(1, 1001):
            g = slope(p)
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
            step = {"sgd": g, "momentum": m, "rmsprop": g / (np.sqrt(v) + 1e-8)}.get(name)
            p = p - 1e-3 * (step if step is not None else m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8))
        final[name] = value(p)
    for name, page in (("sgd", 0.406), ("momentum", 0.411), ("rmsprop", 0.388), ("adam", 0.849)):
        assert agrees(page, final[name], 3), (name, final[name])
    shown("003 part 6, Rosenbrock ranking", max(final, key=final.get) == "adam" and final["momentum"] > final["sgd"], str({k: round(v, 3) for k, v in final.items()}))
    ema = 0.1 * np.array([1.0])
    shown("003 part 6, velocity arrows", (-1e-3 * ema)[0] < 0 < ema[0], "drawn along +v, the parameters move along -v")
    shown("003 part 7, third row of panels", [i % 3 for i in range(4)] == [0, 1, 2, 0])
    losses = np.r_[np.zeros(384), np.ones(16)]
    means = [losses[i : i + 32].mean() for i in range(0, 400, 32)]
    shown("003 part 7, validation loss", not math.isclose(np.mean(means), losses.mean()), f"{np.mean(means):.3f} where the mean is {losses.mean():.3f}")

    torch.manual_seed(3)
    net = nn.Sequential(nn.Linear(10, 50), nn.Sigmoid(), nn.Linear(50, 50), nn.Sigmoid(), nn.Linear(50, 50), nn.Sigmoid(), nn.Linear(50, 50), nn.Sigmoid(), nn.Linear(50, 50), nn.Sigmoid(), nn.Linear(50, 1))
    record = []
    for layer in net:
        if isinstance(layer, nn.Linear):
            layer.register_backward_hook(lambda module, _i, _o: record.append((module, module.weight.grad)))
    batch, target = torch.randn(100, 10), torch.randn(100, 1)
    nn.functional.mse_loss(net(batch), target).backward()
    shown("003 part 8, hook", all(g is None for _, g in record), "the weight gradient is not there yet: zero is recorded everywhere")
    shown("003 part 8, order", record[0][0] is net[-1] and record[-1][0] is net[0], "backward hooks run from the output")
    norms = [layer.weight.grad.norm().item() for layer in net if isinstance(layer, nn.Linear)]
    shown("003 part 8, average", np.mean(norms) > 1e-3 and norms[0] < 1e-3 * norms[-1], f"first {norms[0]:.0e}, last {norms[-1]:.0e}, mean {np.mean(norms):.0e}")
    first = nn.Linear(10, 50)
    nn.init.normal_(first.weight, std=0.01)
    nn.init.constant_(first.bias, -5)
    out = first(batch)
    shown("003 part 8, dead units", (out == 0).float().mean() == 0 and (torch.relu(out) == 0).all(), "0 % reported, 100 % dead")
    shown("003 part 8, widths", raises(RuntimeError, lambda: nn.Linear(10, 64)(torch.zeros(32, 8))), "eight features, networks built for ten")
    shown("003 part 8, verbose", "verbose" not in inspect.signature(torch.optim.lr_scheduler.ReduceLROnPlateau).parameters)
    after = []
    for kind in (torch.optim.Adam, torch.optim.AdamW):
        q = torch.tensor([4.0], requires_grad=True)
        optimizer = kind([q], lr=0.001, weight_decay=0.1)
        for scale in (3.0, 0.1):
            q.grad = torch.tensor([scale])
            optimizer.step()
        after.append(q.item())
    shown("003 part 8, AdamW", abs(after[0] - after[1]) > 1e-5, "decoupled decay is not an L2 penalty")
    curve = 2.0 - 0.5 * np.sqrt(np.arange(50))
    wrong("003 part 8, lowest possible squared-error loss", round(curve[-1], 1), 0.0, np.maximum(curve, 0).min(), 1, printed=False)
    shown("003 part 8, dashboard", int(np.argmax(curve < 0)) == 17, "the drawn 'loss' is negative from epoch 17")

    folder = os.environ.get("THALWEG_DATA")
    if not folder:
        print("-- 003 California Housing: skipped, THALWEG_DATA is not set")
        return
    d = np.loadtxt(Path(folder) / "cal_housing.data", delimiter=",")
    income, price = d[:, 7], d[:, 8] / 1e5
    right("003", (0.688, np.corrcoef(income, price)[0, 1], 3), (20640, len(d), 0))
    shown("003 part 5, batch memory", agrees(3.4, len(d) ** 2 * 8 / 1e9, 1), "3.4 GB for the table of pairs")
    wrong("003 part 2, mean price in thousands", 2.1, 206.9, 100 * price.mean(), 1)
    np.random.seed(42)
    pick = np.random.choice(len(d), 2000, replace=False)
    sx, sy = ((q - q.mean()) / q.std() for q in (income[pick], price[pick]))
    wrong("003 part 3, lowest reachable loss on the sample", 0.5, 0.549, 1 - np.corrcoef(sx, sy)[0, 1] ** 2, 3)
    shown("003 part 2, 'few very expensive houses'", (price > 5).sum() == 965, "965 of 20640 sit at the cap 5.00001")


def methodologies():
    """004: training methodologies."""
    z = np.array([2.0, 1.0, 0.1])
    right("004", *[(v, s, 2) for v, s in zip((7.39, 2.72, 1.11), np.exp(z))], *[(v, s, 2) for v, s in zip((0.66, 0.24, 0.10), softmax(z))])
    right("004", (-4.6, math.log(0.01), 1), (4, 2**2, 0), (0.25, 0.5**2, 2), (97.5, 100 * (0.122 - 0.003) / 0.122, 1), (0.25, 0.5 * 0.5, 2))
    wrong("004 softmax, sum of exponentials", 11.22, 11.21, np.exp(z).sum(), 2)
    wrong("004 vanishing gradients, factor of a sigmoid layer with weight 5", 0.25, 1.25, 0.25 * 5, 2, printed=False)
    right("004", (1, np.max(np.maximum(np.sign([-1.0, 2.0]), 0)), 0))
    shown("004 exploding gradients, ReLU", max(float(v > 0) for v in (-5.0, 1.0, 1e9)) == 1, "its derivative never exceeds 1")
    shown("004 exploding gradients, weights", np.linalg.norm(0.9 * np.ones((10, 10)), 2) > 8, "all weights below 1, amplification 9")

    torch.manual_seed(0)
    q = torch.tensor([1.0], requires_grad=True)
    optimizer = torch.optim.SGD([q], lr=0.01, momentum=0.9)
    for _ in range(400):
        q.grad = torch.ones(1)
        before = q.item()
        optimizer.step()
    wrong("004 momentum, steady step over rate x gradient", 1.0, 10.0, (before - q.item()) / 0.01, 1, printed=False)
    alpha, beta, v, theta = 0.01, 0.9, 3.0, 1.0
    drift = theta - alpha * (beta * v)
    wrong("004 Nesterov, lookahead from 1 with v = 3", theta - beta * v, 0.973, drift, 4, printed=False)
    w, seen = 0.35, set()
    for _ in range(200):
        w -= 0.1 * np.sign(w)
        seen.add(round(w, 9))
    shrink = lambda q, s: math.copysign(max(abs(q) - s, 0), q)
    u = 0.35
    for _ in range(10):
        u = shrink(u, 0.1)
    shown("004 L1, exact zeros", 0.0 not in seen and u == 0, "the subgradient step jumps over zero, soft thresholding stops there")
    grad, hess = lambda p: np.array([2 * p[0], -2 * p[1]]), np.diag([2.0, -2.0])
    end = np.array([1.0, 0.5]) - np.linalg.solve(hess, grad((1.0, 0.5)))
    shown("004 saddle points, Newton", np.allclose(end, 0), "one step onto the saddle of x^2 - y^2")

    shown("004 practical implementation, names", hasattr(torch.optim.lr_scheduler, "CyclicLR") and not hasattr(torch.optim.lr_scheduler, "CyclicalLR"))
    optimizer = torch.optim.SGD([q], lr=0.001)
    scheduler = torch.optim.lr_scheduler.CyclicLR(optimizer, base_lr=0.001, max_lr=0.1, step_size_up=2000)
    for _ in range(100):
        q.grad = torch.zeros(1)
        optimizer.step()
        scheduler.step()
    wrong("004 practical implementation, highest rate in 100 epochs", 0.1, 0.006, optimizer.param_groups[0]["lr"], 3, printed=False)
    other = torch.tensor([1.0], requires_grad=True)
    other.grad, q.grad = torch.ones(1), torch.ones(1)
    optimizer.step()
    shown("004 practical implementation, optimiser", other.item() == 1.0, "one made before the model does not move it")
    losses = np.r_[np.zeros(96), np.ones(4)]
    means = [losses[i : i + 32].mean() for i in range(0, 100, 32)]
    wrong("004 train_epoch, mean loss of 100 examples", round(float(np.mean(means)), 2), 0.04, losses.mean(), 2, printed=False)


for part in (guide, fundamentals, primer_1_to_4, primer_5_to_8, primer_9_to_12, lecture, methodologies):
    part()
print()
for chapter, (total, bad) in ((c, n) for c, n in counts.items() if n[0]):
    print(f"{chapter}: {total} numbers recomputed, {bad} wrong")
