"""Sparse products, sums and iterative solvers by SciPy, for the tests of linalg: writes packages/thalweg/test/references/iterative.json."""

import json
import math
import pathlib

import numpy as np
import scipy.linalg as la
import scipy.sparse as sp
import scipy.sparse.linalg as sla

rng = np.random.default_rng(31)


def rounded(a):
    return np.round(a, 4)


count = 60
rows, columns = rng.integers(0, 9, count), rng.integers(0, 13, count)
values = rounded(rng.standard_normal(count))
a = sp.csr_matrix((values, (rows, columns)), shape=(9, 13))
a.sum_duplicates()
a.sort_indices()
x, y = rounded(rng.standard_normal((13, 3))), rounded(rng.standard_normal((9, 2)))
sparse = {
    "rows": rows.tolist(),
    "columns": columns.tolist(),
    "values": values.tolist(),
    "starts": a.indptr.tolist(),
    "indices": a.indices.tolist(),
    "data": a.data.tolist(),
    "x": x.tolist(),
    "y": y.tolist(),
    "product": (a @ x).tolist(),
    "transposedProduct": (a.T @ y).tolist(),
}

terms = np.concatenate([rng.standard_normal(400) * 10.0 ** rng.integers(-12, 13, 400), [1e16, 1.0, -1e16]])
sums = {
    "terms": terms.tolist(),
    "exact": math.fsum(terms),
    "mean": float(np.mean(terms[:200])),
    "variance": float(np.var(terms[:200], ddof=1)),
}

design = rounded(rng.standard_normal((30, 12)) * 2.0 ** -np.arange(12))
rhs = rounded(rng.standard_normal(30))
least_squares = {
    "a": design.tolist(),
    "b": rhs.tolist(),
    "x": la.lstsq(design, rhs)[0].tolist(),
    "damp": 0.3,
    "damped": la.lstsq(np.vstack([design, 0.3 * np.eye(12)]), np.concatenate([rhs, np.zeros(12)]))[0].tolist(),
}

grid = 18
line = sp.diags([-1.0, 2.0, -1.0], [-1, 0, 1], shape=(grid, grid))
laplace = (sp.kron(line, sp.eye(grid)) + sp.kron(sp.eye(grid), 1.37 * line)).tocsr()
load = np.sin(np.arange(grid * grid) + 1.0)
poisson = {
    "grid": grid,
    "x": sla.spsolve(laplace.tocsc(), load).tolist(),
    "largest": np.sort(sla.eigsh(laplace, 5, which="LA", return_eigenvectors=False))[::-1].tolist(),
    "smallest": np.sort(sla.eigsh(laplace, 5, sigma=0, return_eigenvectors=False)).tolist(),
}

tall = rounded(rng.standard_normal((70, 40)) @ np.diag(0.8 ** np.arange(40)))
singular = {"a": tall.tolist(), "values": la.svd(tall, compute_uv=False)[:6].tolist()}

out = pathlib.Path(__file__).resolve().parents[2] / "packages/thalweg/test/references/iterative.json"
out.write_text(
    json.dumps(
        {"sparse": sparse, "sums": sums, "leastSquares": least_squares, "poisson": poisson, "singular": singular}
    )
    + "\n"
)
print(out.stat().st_size, "bytes")
