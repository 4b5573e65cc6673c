"""Principal components by scikit-learn (exact solvers, float64).

Run: python tools/reference/pca.py   (writes packages/thalweg/test/references/pca.json)

Iris and standardised wine, rounded as in estimators.py; a low-rank matrix; one with more columns than rows.
"""

import json
from pathlib import Path

import numpy as np
from sklearn import datasets
from sklearn.decomposition import PCA, IncrementalPCA

OUT = Path(__file__).resolve().parents[2] / "packages/thalweg/test/references/pca.json"
rng = np.random.default_rng(7)

iris = datasets.load_iris().data
wine = datasets.load_wine().data
wine = ((wine - wine.mean(0)) / wine.std(0)).round(4)
signal = (rng.normal(size=(60, 3)) * [9, 4, 2] @ rng.normal(size=(3, 12)) + 0.1 * rng.normal(size=(60, 12)) + 50).round(4)
wide = (rng.normal(size=(9, 20)) * np.linspace(3, 0.5, 20) - 7).round(4)


def described(x, model):
    z = model.transform(x)
    return {
        "components": model.components_.tolist(),
        "singularValues": model.singular_values_.tolist(),
        "variance": model.explained_variance_.tolist(),
        "ratio": model.explained_variance_ratio_.tolist(),
        "noise": float(model.noise_variance_),
        "transformed": z[::7].tolist(),
        "back": model.inverse_transform(z)[::25].tolist(),
    }


cases = {}
for name, x, k in [("iris", iris, 3), ("wine", wine, 5), ("signal", signal, 3), ("wide", wide, 4)]:
    entry = {"x": x.tolist(), "count": k}
    entry["plain"] = described(x, PCA(k, svd_solver="full").fit(x))
    entry["whitened"] = described(x, PCA(k, svd_solver="full", whiten=True).fit(x))
    entry["share"] = {str(s): int(PCA(s, svd_solver="full").fit(x).n_components_) for s in (0.5, 0.8, 0.9, 0.99)}
    if name in ("wine", "signal"):
        entry["incremental"] = described(x, IncrementalPCA(k, batch_size=20).fit(x))
    cases[name] = entry

OUT.write_text(json.dumps(cases, separators=(",", ":")) + "\n")
print(OUT.name, OUT.stat().st_size)
