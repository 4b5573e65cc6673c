"""Least squares of every shape and rank, from NumPy and SciPy (gelsd, gelsy): packages/thalweg/test/references/least-squares.json."""

import json
from pathlib import Path

import numpy as np
import scipy.linalg

rng = np.random.default_rng(11)


def integers(rows, columns):
    return rng.integers(-9, 10, (rows, columns)).astype(float)


def case(name, a, b, rcond=None):
    """`rcond` as NumPy has it: None for max(m, n)·eps."""
    x, _, rank, s = np.linalg.lstsq(a, b, rcond=rcond)
    limit = max(a.shape) * np.finfo(float).eps if rcond is None else rcond
    for driver in ("gelsd", "gelsy"):
        # gelsy truncates R, not the spectrum: only where there is a clear gap do the two agree
        if rcond is not None and driver == "gelsy":
            continue
        other = scipy.linalg.lstsq(a, b, cond=limit, lapack_driver=driver)
        assert other[2] == rank, (name, driver, other[2], rank)
        assert np.abs(other[0] - x).max() <= 1e-9 * np.abs(x).max(), (name, driver)
    return {
        "name": name,
        "a": a.tolist(),
        "b": b.tolist(),
        **({} if rcond is None else {"tolerance": rcond}),
        "x": x.tolist(),
        "rank": int(rank),
        "condition": float(s[0] / s[rank - 1]),
    }


tall = integers(20, 5)
deficient = tall.copy()
deficient[:, 3] = deficient[:, 0] - 2 * deficient[:, 1]
deficient[:, 4] = 3 * deficient[:, 2]
graded = integers(16, 6) * 10.0 ** -np.arange(6)
cases = [
    case("tall", tall, integers(20, 2)),
    case("tall, rank 3 of 5", deficient, integers(20, 2)),
    case("wide", integers(4, 11), integers(4, 2)),
    case("wide, rank 3 of 4", integers(4, 3) @ integers(3, 11), integers(4, 1)),
    case("square, rank 2 of 6", integers(6, 2) @ integers(2, 6), integers(6, 1)),
    case("one column", integers(7, 1), integers(7, 2)),
    case("one row", integers(1, 7), integers(1, 1)),
    case("graded columns", graded, integers(16, 1)),
    case("Hilbert 12 cut at 1e-6", scipy.linalg.hilbert(12), integers(12, 1), 1e-6),
    case("tall, cut at 0.6", tall, integers(20, 1), 0.6),
]

out = Path(__file__).resolve().parents[2] / "packages/thalweg/test/references/least-squares.json"
out.write_text(json.dumps(cases) + "\n")
print(out.stat().st_size, [(c["name"], c["rank"], f"{c['condition']:.1e}") for c in cases])
