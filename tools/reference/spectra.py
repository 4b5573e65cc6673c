"""Eigenvalues and singular values by SciPy of matrices that both sides make by the same formulas, at all sizes.

Run: python tools/reference/spectra.py   (writes packages/thalweg/test/references/spectra-*.json; the formulas stand in test/linalg/bar-matrices.ts)
"""

import json
from pathlib import Path

import numpy as np
import scipy.linalg as la

OUT = Path(__file__).resolve().parents[2] / "packages/thalweg/test/references"
EDGES = [95, 96, 97, 127, 128, 129]


def minimal(seed, count):
    """Park and Miller's generator: exact in float64. Numbers from -0.5 to 0.5."""
    x, out = seed * 7919 + 1, np.empty(count)
    for _ in range(5):
        x = x * 16807 % 2147483647
    for i in range(count):
        x = x * 16807 % 2147483647
        out[i] = x / 2147483647 - 0.5
    return out


def dense(m, n, seed):
    return minimal(seed, m * n).reshape(m, n)


def symmetric(n, seed):
    a = dense(n, n, seed)
    return a + a.T


def powers(low, high, n):
    return np.array([10.0 ** (low if n < 2 else low + (high - low) * i / (n - 1)) for i in range(n)])


def hilbert(n):
    i = np.arange(n)
    return 1 / (i[:, None] + i + 1)


def wilkinson(n):
    return np.diag(np.abs(np.arange(n) - (n - 1) / 2)) + np.eye(n, k=1) + np.eye(n, k=-1)


def kahan(n, theta=1.2):
    s, c = np.sin(theta), np.cos(theta)
    a = np.triu(-c * (s ** np.arange(n))[:, None] * np.ones(n), 1)
    return a + np.diag(s ** np.arange(n) + 25 * 2.0**-52 * (n - np.arange(n)))


def growth(n):
    a = np.eye(n) - np.tril(np.ones((n, n)), -1)
    a[:, -1] = 1
    return a


def reflector(n, seed):
    """All singular values 1, the eigenvalues 1 and once -1."""
    v = minimal(seed, n)
    return np.eye(n) - 2 * np.outer(v, v) / (v @ v)


def low_rank(m, n, k, seed):
    return dense(m, k, seed) @ dense(k, n, seed + 1)


def jordan(n, value):
    return value * np.eye(n) + np.eye(n, k=1)


def grade(a, low, high):
    return a * powers(low, high, len(a))[:, None]


def grade_both(a, low, high):
    d = powers(low, high, len(a))
    return a * d[:, None] * d


sizes = list(range(71)) + EDGES
sym = {f"random {n}": symmetric(n, n) for n in sizes}
sym |= {f"hilbert {n}": hilbert(n) for n in range(2, 16)}
sym |= {f"wilkinson {n}": wilkinson(n) for n in (21, 50, 70)}
sym |= {
    "kahan gram 40": kahan(40).T @ kahan(40),
    "graded 24": grade_both(symmetric(24, 3), -75, 75),
    "graded down 24": grade_both(symmetric(24, 4), 75, -75),
    "graded 18 12": grade_both(symmetric(12, 5), -9, 9),
    "rank 3 of 50": low_rank(50, 3, 3, 6) @ low_rank(50, 3, 3, 6).T,
    "repeated 40": reflector(40, 8),
    "ones 64": np.eye(64) + np.ones((64, 64)),
    "zeros 9": np.zeros((9, 9)),
    "diagonal 33": np.diag(minimal(9, 33)),
}
sing = {f"random {n}": dense(n, n, n) for n in sizes}
sing |= {f"hilbert {n}": hilbert(n) for n in range(2, 16)}
sing |= {
    "kahan 60": kahan(60),
    "growth 50": growth(50),
    "wilkinson 21": wilkinson(21),
    "graded 30": grade(dense(30, 30, 3), -150, 150),
    "graded columns 30": grade(dense(30, 30, 4), -150, 150).T,
    "graded 18 12": grade(dense(12, 12, 5), -18, 18),
    "rank 3 of 40x30": low_rank(40, 30, 3, 6),
    "repeated 40": reflector(40, 8),
    "defective 30": jordan(30, 0),
    "defective 31": jordan(31, 1),
    "tall 200x7": dense(200, 7, 9),
    "wide 7x200": dense(7, 200, 10),
    "tall 65x64": dense(65, 64, 11),
    "wide 33x70": dense(33, 70, 12),
    "empty 0x5": np.zeros((0, 5)),
    "zeros 9x5": np.zeros((9, 5)),
}
gen = {f"random {n}": dense(n, n, n) for n in [*range(0, 34), 40, 47, 48, 49, 63, 64, 65, 70, 96]}
gen |= {
    "wilkinson 21": wilkinson(21),
    "growth 30": growth(30),
    "kahan 40": kahan(40),
    "repeated 40": reflector(40, 8),
    "defective 30": jordan(30, 1),
    "rank 3 of 30": low_rank(30, 30, 3, 6),
    "similar 16": grade(dense(16, 16, 13), -6, 6) / powers(-6, 6, 16),
    "skew 25": dense(25, 25, 14) - dense(25, 25, 14).T,
}


def general(a):
    w, left, right = la.eig(a, left=True, right=True) if len(a) else (np.zeros(0), np.zeros((0, 0)), np.zeros((0, 0)))
    product = np.abs(np.sum(left.conj() * right, axis=0))
    condition = np.where(product > 0, 1 / np.maximum(product, 1e-300), np.inf)
    condition = [float(f"{min(c, 1e300):.2g}") for c in condition]
    return {"re": np.real(w).tolist(), "im": np.imag(w).tolist(), "condition": condition}


def write(name, content):
    path = OUT / f"spectra-{name}.json"
    path.write_text(json.dumps(content, separators=(",", ":")) + "\n")
    print(path.name, path.stat().st_size)


write("symmetric", {k: la.eigvalsh(a).tolist() if len(a) else [] for k, a in sym.items()})
write("singular", {k: la.svdvals(a).tolist() if a.size else [] for k, a in sing.items()})
write("general", {k: general(a) for k, a in gen.items()})
