"""NumPy or SciPy on LAPACK as a peer: `python lapack.py numpy|scipy WORKLOAD THREADS`."""

import sys

from peer import absent, gaussian, mean_magnitude, serve

system, workload = sys.argv[1:3]
try:
    import numpy as np
    import scipy
    import threadpoolctl
except ImportError as error:
    absent(error)

module = np.linalg if system == "numpy" else scipy.linalg


def matrix(rows, columns):
    return gaussian(rows * columns, 1).reshape(rows, columns)


def positive_definite(n):
    g = matrix(n, n)
    return g.T @ g + n * np.eye(n)


def product_of_magnitudes(parts):
    return float(np.prod([mean_magnitude(part) for part in parts]))


def prepare():
    kind, size = workload.rsplit("_", 1)
    rows, columns = (int(n) for n in (size if "x" in size else f"{size}x{size}").split("x"))
    a = positive_definite(rows) if kind in ("eigh", "cholesky") else matrix(rows, columns)
    b = gaussian(rows, 2)
    match kind:
        case "svd":
            return lambda: module.svd(a, full_matrices=False)
        case "eigh":
            return lambda: module.eigh(a)
        case "eig":
            return lambda: module.eig(a)
        case "qr":
            return lambda: module.qr(a, mode="reduced" if system == "numpy" else "economic")
        case "cholesky":
            return lambda: (module.cholesky(a) if system == "numpy" else module.cholesky(a, lower=True),)
        case "lu_solve":
            return lambda: (module.solve(a, b),)
        case "lstsq":
            return lambda: module.lstsq(a, b)[:1]
    return None


call = prepare()
if call is None:
    absent(f"{system} has no {workload}")
blas = ", ".join(
    sorted({f"{i['internal_api']} {i['version']} {i.get('architecture', '')}".strip() for i in threadpoolctl.threadpool_info()})
)
serve(f"{system} {(np if system == 'numpy' else scipy).__version__} ({blas})", call, lambda: product_of_magnitudes(call()))
