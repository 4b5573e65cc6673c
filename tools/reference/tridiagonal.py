"""Eigenvalues of symmetric tridiagonal matrices by SciPy, for the tests of linalg: writes packages/thalweg/test/references/tridiagonal.json."""

import json
import pathlib

import numpy as np
import scipy.linalg as la

rng = np.random.default_rng(31)


def case(name, d, e):
    d, e = (np.round(np.asarray(x, dtype=float), 5) for x in (d, e))
    dense = np.diag(d) + np.diag(e, 1) + np.diag(e, -1)
    return {"name": name, "d": d.tolist(), "e": e.tolist(), "values": la.eigvalsh(dense, driver="ev").tolist()}


def glued(copies, glue):
    d = np.tile(np.abs(np.arange(21) - 10.0), copies)
    e = np.ones(21 * copies - 1)
    e[20::21] = glue
    return d, e


cases = [case(f"gaussian {n}", rng.standard_normal(n), rng.standard_normal(n - 1)) for n in (33, 64, 65, 129, 150)]
cases += [
    case("second differences", np.full(100, 2.0), np.full(99, -1.0)),
    case("glued wilkinson", *glued(5, 1e-3)),
    case("strongly glued wilkinson", *glued(4, 1.0)),
    case("wilkinson 21 plus, apart", *glued(4, 0.0)),
    case("one large", [1e10] + [1.0] * 69, np.full(69, 0.5)),
    case("constant diagonal, few couplings", np.ones(80), np.where(np.arange(79) % 7 == 0, 0.25, 0.0)),
]
target = pathlib.Path(__file__).parents[2] / "packages/thalweg/test/references/tridiagonal.json"
target.write_text(json.dumps(cases) + "\n")
