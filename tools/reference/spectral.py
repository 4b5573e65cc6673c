"""Spectral clustering by scikit-learn, and eigenvalues of the normalised Laplacian of its graphs by SciPy.

Run: python tools/reference/spectral.py   (writes packages/thalweg/test/references/estimators-spectral.json)

Rows are rounded first, so that both sides see the same numbers. scikit-learn counts a row among its own neighbours: n_neighbors is one more than ours.
"""

import json
import warnings
from pathlib import Path

import numpy as np
from scipy.sparse import csgraph
from sklearn import cluster, datasets

warnings.filterwarnings("ignore")
OUT = Path(__file__).resolve().parents[2] / "packages/thalweg/test/references/estimators-spectral.json"

moons = datasets.make_moons(300, noise=0.05, random_state=1)[0].round(4)
circles = datasets.make_circles(300, factor=0.5, noise=0.04, random_state=2)[0].round(4)
blobs = datasets.make_blobs(240, centers=4, cluster_std=0.7, random_state=5)[0].round(4)
sets = {"moons": moons, "circles": circles, "blobs": blobs}


def fitted(x, settings):
    how = (
        {"affinity": "nearest_neighbors", "n_neighbors": settings["neighbors"] + 1}
        if "neighbors" in settings
        else {"gamma": settings["gamma"]}
    )
    model = cluster.SpectralClustering(settings["clusters"], random_state=0, **how).fit(x)
    graph = model.affinity_matrix_
    graph = graph.toarray() if hasattr(graph, "toarray") else graph
    values = np.linalg.eigvalsh(csgraph.laplacian(graph, normed=True))
    parts = csgraph.connected_components(graph)[0]
    return {"settings": settings, "labels": model.labels_.tolist(), "eigenvalues": values[:12].tolist(), "components": parts}


cases = [
    ("moons", {"clusters": 2, "neighbors": 10}),
    ("moons", {"clusters": 2, "gamma": 60}),
    ("circles", {"clusters": 2, "neighbors": 10}),
    ("circles", {"clusters": 2, "gamma": 60}),
    ("blobs", {"clusters": 4, "gamma": 0.5}),
    ("blobs", {"clusters": 4, "neighbors": 12}),
]
out = {
    "sets": {name: x.tolist() for name, x in sets.items()},
    "cases": [{"set": name, **fitted(sets[name], settings)} for name, settings in cases],
}
OUT.write_text(json.dumps(out, separators=(",", ":")))
print(OUT.name, OUT.stat().st_size)
