"""Estimators on classic data sets, fitted by scikit-learn with tolerances far below what is compared.

Run: python tools/reference/estimators.py   (writes packages/thalweg/test/references/estimators-*.json)

Data are rounded first, so that both sides fit the same numbers: iris and wine as they are, diabetes (scaled) to five decimals, the ten mean features
of the breast cancer set standardised and rounded to five decimals.
"""

import json
import warnings
from pathlib import Path

import numpy as np
from sklearn import cluster, datasets, linear_model, naive_bayes, neighbors

warnings.filterwarnings("ignore")
OUT = Path(__file__).resolve().parents[2] / "packages/thalweg/test/references"


def standardized(x, decimals=5):
    return ((x - x.mean(0)) / x.std(0)).round(decimals)


iris, wine, diabetes, cancer = (
    getattr(datasets, f"load_{n}")(return_X_y=True) for n in ("iris", "wine", "diabetes", "breast_cancer")
)
wine = (standardized(wine[0], 4), wine[1])
diabetes = (diabetes[0].round(5), diabetes[1])
cancer = (standardized(cancer[0][:, :10]), cancer[1])
counts = np.random.default_rng(5).poisson([[1, 4, 2, 0.5, 3, 0.1]] * 40 + [[3, 1, 2, 0.5, 0.2, 2]] * 35)
counted = (counts, np.repeat([0, 1], [40, 35]))


def weights(n):
    return 0.5 + np.arange(n) % 5


def tidy(value):
    if isinstance(value, dict):
        return {k: tidy(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [tidy(v) for v in value]
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value


def write(name, content):
    path = OUT / f"estimators-{name}.json"
    path.write_text(json.dumps(tidy(content), separators=(",", ":")))
    print(path.name, path.stat().st_size)


write(
    "data",
    {k: {"x": x, "y": y} for k, (x, y) in dict(iris=iris, wine=wine, diabetes=diabetes, cancer=cancer, counts=counted).items()},
)


def nearest():
    out = {"classifier": {}, "regressor": {}}
    x, y = wine
    for w in ("uniform", "distance"):
        model = neighbors.KNeighborsClassifier(7, weights=w).fit(x[::2], y[::2])
        out["classifier"][w] = {"probabilities": model.predict_proba(x[1::2]), "predicted": model.predict(x[1::2])}
    d, i = neighbors.NearestNeighbors(n_neighbors=6).fit(x[::2]).kneighbors(x[1::2])
    out["distances"], out["indices"] = d, i
    x, y = diabetes
    both = np.stack([y, np.sqrt(y)], 1)
    for w in ("uniform", "distance"):
        model = neighbors.KNeighborsRegressor(9, weights=w).fit(x[::2], both[::2])
        out["regressor"][w] = {"predicted": model.predict(x[1::2])}
    return out


def bayes():
    def facts(model, x, *names):
        return {**{n: getattr(model, n) for n in names}, "probabilities": model.predict_proba(x[::5])}

    x, y = iris
    gauss = ("theta_", "var_", "class_prior_")
    c, cy = counted
    logs = ("feature_log_prob_", "class_log_prior_")
    return {
        "gaussian": facts(naive_bayes.GaussianNB().fit(x, y), x, *gauss),
        "gaussianWeighted": facts(naive_bayes.GaussianNB(var_smoothing=1e-3).fit(x, y, weights(150)), x, *gauss),
        "multinomial": facts(naive_bayes.MultinomialNB(alpha=0.7).fit(c, cy), c, *logs),
        "multinomialWeighted": facts(naive_bayes.MultinomialNB(fit_prior=False).fit(c, cy, weights(75)), c, *logs),
        "bernoulli": facts(naive_bayes.BernoulliNB(alpha=0.3, binarize=1).fit(c, cy), c, *logs),
        "bernoulliWeighted": facts(naive_bayes.BernoulliNB().fit(c, cy, weights(75)), c, *logs),
    }


def groups():
    out = {}
    for name, (x, _), k in (("iris", iris, 3), ("wine", wine, 4), ("diabetes", diabetes, 8)):
        for label, w in (("plain", None), ("weighted", weights(len(x)))):
            start = x[: k * 10 : 10]
            model = cluster.KMeans(k, init=start, n_init=1, tol=0, max_iter=500, algorithm="lloyd").fit(x, sample_weight=w)
            out[f"{name} {label}"] = {
                "start": start,
                "centers": model.cluster_centers_,
                "labels": model.labels_,
                "inertia": model.inertia_,
                "iterations": model.n_iter_,
            }
    return out


def linear():
    x, y = diabetes
    n = len(x)
    both = np.stack([y, np.sqrt(y)], 1)

    def facts(model):
        return {"coefficients": model.coef_, "intercept": model.intercept_}

    out = {"ridge": {}, "lasso": {}, "logistic": {}}
    r = linear_model.Ridge
    out["ridge"]["1"] = facts(r(1, solver="svd").fit(x, y))
    out["ridge"]["0.01 weighted"] = facts(r(0.01, solver="svd").fit(x, y, weights(n)))
    out["ridge"]["0.1 no intercept"] = facts(r(0.1, fit_intercept=False, solver="svd").fit(x, y))
    out["ridge"]["two targets"] = facts(r(0.5, solver="svd").fit(x, both))
    out["ridge"]["none"] = facts(linear_model.LinearRegression().fit(x, y))
    out["ridge"]["wide"] = facts(r(0.5, solver="svd").fit(x[:6], y[:6]))
    tight = dict(tol=1e-14, max_iter=10**6)
    out["lasso"]["0.1"] = facts(linear_model.Lasso(0.1, **tight).fit(x, y))
    out["lasso"]["1 weighted"] = facts(linear_model.Lasso(1, **tight).fit(x, y, weights(n)))
    out["lasso"]["elastic"] = facts(linear_model.ElasticNet(0.01, l1_ratio=0.6, **tight).fit(x, y))
    out["lasso"]["elastic no intercept"] = facts(
        linear_model.ElasticNet(0.02, l1_ratio=0.3, fit_intercept=False, **tight).fit(x, y)
    )
    centred = x - x.mean(0)
    alphas, path, _ = linear_model.lasso_path(centred, y - y.mean(), eps=1e-3, n_alphas=30, **tight)
    out["path"] = {"alphas": alphas, "coefficients": path.T}

    def logistic(x, y, w=None, **kw):
        model = linear_model.LogisticRegression(tol=1e-13, max_iter=10**5, solver="newton-cg", **kw).fit(x, y, w)
        return {**facts(model), "probabilities": model.predict_proba(x[::7])}

    out["logistic"]["binary"] = logistic(*cancer)
    out["logistic"]["binary weighted"] = logistic(*cancer, weights(569), C=10)
    out["logistic"]["binary balanced"] = logistic(*cancer, class_weight="balanced", C=0.1)
    out["logistic"]["binary no intercept"] = logistic(*cancer, fit_intercept=False)
    out["logistic"]["softmax"] = logistic(*wine)
    out["logistic"]["softmax weighted"] = logistic(*wine, weights(178), class_weight={0: 1, 1: 3, 2: 0.5}, C=0.2)
    out["logistic"]["iris"] = logistic(*iris, C=100)
    out["perceptron"] = {}
    for epochs in (1, 4):
        p = linear_model.Perceptron(shuffle=False, max_iter=epochs, tol=None)
        out["perceptron"][f"binary {epochs}"] = facts(p.fit(*cancer))
        out["perceptron"][f"iris {epochs}"] = facts(p.fit(*iris))
    return out


write("neighbors", nearest())
write("bayes", bayes())
write("cluster", groups())
write("linear", linear())
