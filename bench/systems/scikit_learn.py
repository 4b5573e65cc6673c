"""scikit-learn as a peer: `python scikit_learn.py WORKLOAD THREADS`."""

import sys

from peer import absent, gaussian, mean_magnitude, serve

workload = sys.argv[1]
try:
    import numpy as np
    import sklearn
    import threadpoolctl
    from sklearn.cluster import KMeans
    from sklearn.decomposition import PCA, IncrementalPCA
    from sklearn.linear_model import Lasso, LassoCV, LogisticRegression, Ridge
    from sklearn.neighbors import NearestNeighbors
except ImportError as error:
    absent(error)

ROWS, COLUMNS = 20000, 100


def features():
    return gaussian(ROWS * COLUMNS, 1).reshape(ROWS, COLUMNS)


def targets(x):
    weights = np.where(np.arange(COLUMNS) % 10 < 3, gaussian(COLUMNS, 2), 0)
    return x @ weights + gaussian(ROWS, 3)


def low_rank():
    rows, columns = (int(n) for n in workload.rsplit("_", 1)[1].split("x"))
    rank = 20 if rows > 5000 else 10
    scores, directions = gaussian(rows * rank, 1).reshape(rows, rank), gaussian(rank * columns, 2).reshape(rank, columns)
    return scores @ directions + 0.1 * gaussian(rows * columns, 3).reshape(rows, columns)


def components():
    """The settings are those of systems/thalweg/components.mjs."""
    x = low_rank()
    columns = x.shape[1]
    makers = {
        "full": lambda: PCA(svd_solver="full"),
        "randomized10": lambda: PCA(10, svd_solver="randomized", n_oversamples=10, iterated_power=5, random_state=0),
        "lanczos10": lambda: PCA(10, svd_solver="arpack", tol=1e-10, random_state=0),
        "incremental10": lambda: IncrementalPCA(10, batch_size=5 * columns),
    }
    make = makers[workload.split("_")[1]]
    return lambda: make().fit(x), lambda m: mean_magnitude(m.explained_variance_) * mean_magnitude(m.components_)


def prepare():
    """The settings are those of systems/thalweg/estimators.mjs."""
    if workload.startswith("pca_"):
        return components()
    x = features()
    match workload:
        case "ridge_20000x100":
            y = targets(x)
            return lambda: Ridge(alpha=1).fit(x, y), lambda m: mean_magnitude(m.coef_)
        case "lasso_20000x100":
            y = targets(x)
            return lambda: Lasso(alpha=0.1, tol=1e-8).fit(x, y), lambda m: mean_magnitude(m.coef_)
        case "lassocv5_20000x100":
            y = targets(x)
            model = LassoCV(alphas=100, cv=5, tol=1e-8)
            return lambda: model.fit(x, y), lambda m: mean_magnitude(m.coef_) * m.alpha_
        case "logistic_20000x100":
            y = (targets(x) > 0).astype(np.int32)
            return lambda: LogisticRegression(C=1, tol=1e-6).fit(x, y), lambda m: mean_magnitude(m.coef_)
        case "kmeans8_20000x100":
            means = KMeans(8, init=x[:8].copy(), n_init=1, max_iter=20, tol=0, algorithm="lloyd")
            return lambda: means.fit(x), lambda m: mean_magnitude(m.cluster_centers_) * m.inertia_
        case "knn5_20000x100_q1000":
            queries = gaussian(1000 * COLUMNS, 4).reshape(1000, COLUMNS)
            index = NearestNeighbors(n_neighbors=5).fit(x)
            return lambda: index.kneighbors(queries), lambda found: mean_magnitude(found[0]) * mean_magnitude(found[1])
    return None


prepared = prepare()
if prepared is None:
    absent(f"scikit-learn has no {workload}")
call, summary = prepared
blas = ", ".join(
    sorted({f"{i['internal_api']} {i['version'] or ''}".strip() for i in threadpoolctl.threadpool_info()})
)
serve(f"scikit-learn {sklearn.__version__} ({blas})", call, lambda: summary(call()))
