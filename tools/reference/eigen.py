"""Eigenvalues and singular values by SciPy, for the tests of linalg: writes packages/thalweg/test/references/eigen.json."""

import json
import pathlib

import numpy as np
import scipy.linalg as la

rng = np.random.default_rng(20)


def rounded(a):
    """Few digits, so that the file stays small and both sides see the same numbers."""
    return np.round(a, 4)


def wilkinson(n, minus):
    d = np.arange(n) - (n - 1) / 2
    return np.diag(d if minus else np.abs(d)) + np.diag(np.ones(n - 1), 1) + np.diag(np.ones(n - 1), -1)


def symmetric_case(name, a):
    w = la.eigh(a, eigvals_only=True)
    return {"name": name, "n": a.shape[0], "a": a.ravel().tolist(), "values": w.tolist()}


def singular_case(name, a):
    s = la.svd(a, compute_uv=False)
    return {"name": name, "rows": a.shape[0], "columns": a.shape[1], "a": a.ravel().tolist(), "values": s.tolist()}


def general_case(name, a):
    w = la.eig(a, right=False)
    order = np.lexsort((w.imag, w.real))
    w = w[order]
    return {
        "name": name,
        "n": a.shape[0],
        "a": a.ravel().tolist(),
        "re": w.real.tolist(),
        "im": w.imag.tolist(),
    }


def gaussian_symmetric(n):
    g = rounded(rng.standard_normal((n, n)))
    return rounded(g + g.T)


repeated = la.qr(rng.standard_normal((12, 12)))[0]
repeated = repeated @ np.diag([1.0] * 5 + [2.0] * 4 + [-3.0] * 3) @ repeated.T
low = rounded(rng.standard_normal((20, 4)))
symmetric = [symmetric_case(f"gaussian {n}", gaussian_symmetric(n)) for n in (2, 3, 7, 16, 33)]
symmetric += [
    symmetric_case("hilbert 12", la.hilbert(12)),
    symmetric_case("wilkinson 21 plus", wilkinson(21, False)),
    symmetric_case("wilkinson 21 minus", wilkinson(21, True)),
    symmetric_case("repeated", (repeated + repeated.T) / 2),
    symmetric_case("rank 4 of 20", low @ low.T),
]
theta = 1.2
kahan = np.diag(np.sin(theta) ** np.arange(20)) @ (np.triu(-np.cos(theta) * np.ones((20, 20)), 1) + np.eye(20))
singular = [
    singular_case(f"gaussian {m}x{n}", rounded(rng.standard_normal((m, n))))
    for m, n in ((1, 1), (2, 2), (5, 3), (3, 5), (16, 16), (40, 12), (12, 40), (33, 32))
]
singular += [
    singular_case("hilbert 12", la.hilbert(12)),
    singular_case("kahan 20", kahan),
    singular_case("rank 4 of 20", low @ rounded(rng.standard_normal((4, 15)))),
    singular_case("bidiagonal of ones", np.diag(np.ones(21)) + np.diag(np.ones(20), 1)),
    singular_case("zeros", np.zeros((6, 4))),
]
frank = np.array([[0 if j < i - 1 else 10 - max(i, j) for j in range(10)] for i in range(10)], dtype=float)
general = [general_case(f"gaussian {n}", rounded(rng.standard_normal((n, n)))) for n in (2, 3, 7, 16, 33)]
general += [
    general_case("rotation", np.array([[0.0, -1.0], [1.0, 0.0]])),
    general_case("companion", la.companion([1.0, -6.0, 11.0, -6.0])),
    general_case("cyclic", np.roll(np.eye(6), 1, axis=0)),
    general_case("grcar 20", np.triu(np.tril(np.ones((20, 20)), 3)) - np.diag(np.ones(19), -1)),
    general_case("frank 10", frank),
]

out = pathlib.Path(__file__).resolve().parents[2] / "packages/thalweg/test/references/eigen.json"
out.write_text(json.dumps({"symmetric": symmetric, "singular": singular, "general": general}) + "\n")
print(out.stat().st_size, "bytes")
