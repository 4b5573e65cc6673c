"""What the comparison of linear solvers is held against: exact solutions in 80 digits of designs of condition 10 to 1e17, and NumPy's answers on the
100 × 50 design of the first source document. Writes packages/thalweg/test/references/linear-comparison.json.

Numbers are rounded before use, so that both sides solve the same system to the bit.
"""

import json
from pathlib import Path

import mpmath
import numpy as np
import scipy.linalg
from mpmath import mp

mp.dps = 80
ROWS, COLUMNS = 24, 5
ALPHAS = [1e-12, 1e-6, 1e-2]


def exact_least_squares(a, b, alpha=0.0):
    """Of the very numbers in a and b, by normal equations, which 80 digits can afford."""
    matrix, right = mp.matrix(a.tolist()), mp.matrix(b.tolist())
    gram = matrix.T * matrix + mp.mpf(alpha) * mp.eye(a.shape[1])
    return [float(v) for v in mpmath.lu_solve(gram, matrix.T * right)]


def exact_truncated(a, b, rank):
    matrix, right = mp.matrix(a.tolist()), mp.matrix(b.tolist())
    values, vectors = mp.eigsy(matrix.T * matrix)
    order = sorted(range(a.shape[1]), key=lambda k: -values[k])[:rank]
    moved = matrix.T * right
    x = mp.zeros(a.shape[1], 1)
    for k in order:
        v = vectors[:, k]
        x += v * ((v.T * moved)[0] / values[k])
    return [float(v) for v in x]


def exact_condition(a):
    matrix = mp.matrix(a.tolist())
    values = sorted(mp.eigsy(matrix.T * matrix, eigvals_only=True))
    return float(mp.sqrt(values[-1] / values[0]))


def designs():
    rng = np.random.default_rng(3)
    for power in (1, 3, 5, 7, 9, 11, 13, 15, 16, 17):
        for residual in (1e-6, 1.0):
            u = np.linalg.qr(rng.normal(size=(ROWS, COLUMNS)))[0]
            v = np.linalg.qr(rng.normal(size=(COLUMNS, COLUMNS)))[0]
            a = u * 10.0 ** (-power * np.arange(COLUMNS) / (COLUMNS - 1)) @ v.T
            b = a @ rng.normal(size=COLUMNS)
            b = b / np.linalg.norm(b) + residual * rng.normal(size=ROWS) / np.sqrt(ROWS)
            yield {
                "power": power,
                "residual": residual,
                "condition": exact_condition(a),
                "a": a.tolist(),
                "b": b.tolist(),
                "x": exact_least_squares(a, b),
                "ridge": [[alpha, exact_least_squares(a, b, alpha)] for alpha in ALPHAS],
                "truncated": [[rank, exact_truncated(a, b, rank)] for rank in (3, 4)],
            }


def close_values():
    """The cut after the third of five singular values passes between two that agree to eight digits: the solution turns with the slightest error."""
    rng = np.random.default_rng(4)
    u = np.linalg.qr(rng.normal(size=(ROWS, COLUMNS)))[0]
    v = np.linalg.qr(rng.normal(size=(COLUMNS, COLUMNS)))[0]
    a = u * np.array([1, 0.5, 0.25 + 1e-8, 0.25, 1e-3]) @ v.T
    b = u[:, :3] @ rng.normal(size=3)
    return {"a": a.tolist(), "b": b.tolist(), "x": exact_truncated(a, b, 3)}


def source_design():
    np.random.seed(42)
    base = np.random.randn(100, 5)
    x = np.column_stack([base + 0.01 * np.random.randn(100, 5) for _ in range(10)]).round(4)
    beta = np.random.randn(50)
    beta[5:] = 0
    y = (x @ beta + 0.5 * np.random.randn(100)).round(4)
    u, s, vt = scipy.linalg.svd(x, full_matrices=False)

    def facts(b):
        return {"residual": float(np.linalg.norm(x @ b - y)), "norm": float(np.linalg.norm(b))}

    return {
        "x": x.tolist(),
        "y": y.tolist(),
        "condition": float(np.linalg.cond(x)),
        "leastSquares": facts(np.linalg.lstsq(x, y, rcond=None)[0]),
        "rank40": facts(vt[:40].T @ (u[:, :40].T @ y / s[:40])),
        "ridge": [
            [alpha, facts(np.linalg.solve(x.T @ x + alpha * np.eye(50), x.T @ y))]
            for alpha in (0.001, 0.01, 0.1, 1.0, 10.0)
        ],
        # of the centred columns
        "varianceInflation": np.diag(np.linalg.inv(np.corrcoef(x.T))).tolist(),
    }


out = Path(__file__).resolve().parents[2] / "packages/thalweg/test/references/linear-comparison.json"
out.write_text(json.dumps({"designs": list(designs()), "close": close_values(), "source": source_design()}, separators=(",", ":")) + "\n")
print(out.stat().st_size)
