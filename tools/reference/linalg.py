"""Reference values for linear algebra, from NumPy and SciPy: packages/thalweg/test/references/linalg.json."""

import json
from pathlib import Path

import numpy as np
import scipy.linalg

rng = np.random.default_rng(7)
a = rng.integers(-9, 10, (9, 9)).astype(float)
b = rng.integers(-9, 10, (9, 2)).astype(float)
tall = rng.integers(-9, 10, (20, 5)).astype(float)
right = rng.integers(-9, 10, 20).astype(float)
deficient = tall.copy()
deficient[:, 3] = deficient[:, 0] - 2 * deficient[:, 1]
deficient[:, 4] = 3 * deficient[:, 2]
wide = rng.integers(-9, 10, (4, 11)).astype(float)
wide_right = rng.integers(-9, 10, 4).astype(float)


def hilbert_condition(n):
    """In the 1-norm, from the exact inverse."""
    return float(np.linalg.norm(scipy.linalg.hilbert(n), 1) * np.linalg.norm(scipy.linalg.invhilbert(n), 1))


reference = {
    "a": a.tolist(),
    "b": b.tolist(),
    "x": scipy.linalg.solve(a, b).tolist(),
    "inverse": scipy.linalg.inv(a).tolist(),
    "determinant": float(scipy.linalg.det(a)),
    "tall": tall.tolist(),
    "right": right.tolist(),
    "lstsq": scipy.linalg.lstsq(tall, right)[0].tolist(),
    "deficient": deficient.tolist(),
    "shortest": scipy.linalg.lstsq(deficient, right, cond=1e-12)[0].tolist(),
    "wide": wide.tolist(),
    "wideRight": wide_right.tolist(),
    "wideShortest": scipy.linalg.lstsq(wide, wide_right)[0].tolist(),
    "hilbertConditions": [hilbert_condition(n) for n in range(1, 11)],
}

out = Path(__file__).resolve().parents[2] / "packages/thalweg/test/references/linalg.json"
out.write_text(json.dumps(reference) + "\n")
