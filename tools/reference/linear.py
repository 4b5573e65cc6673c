"""Huber regression, linear support vector machines, polynomial regression and penalised logistic regression by scikit-learn, far more exactly than what is compared.

Run: python tools/reference/linear.py   (writes packages/thalweg/test/references/linear.json)

The data are those of estimators.py (estimators-data.json). scikit-learn's Huber regression stops on the change of its cost, so that the root of its own gradient
is sought from there.
"""

import json
import warnings
from pathlib import Path

import numpy as np
from sklearn import linear_model, pipeline, preprocessing, svm
from sklearn.linear_model._huber import _huber_loss_and_gradient

warnings.filterwarnings("ignore")
OUT = Path(__file__).resolve().parents[2] / "packages/thalweg/test/references"
DATA = json.loads((OUT / "estimators-data.json").read_text())
iris, wine, diabetes, cancer = ((np.array(DATA[k]["x"]), np.array(DATA[k]["y"])) for k in ("iris", "wine", "diabetes", "cancer"))


def weights(n):
    return 0.5 + np.arange(n) % 5


def tidy(value):
    if isinstance(value, dict):
        return {k: tidy(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [tidy(v) for v in value]
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value


def facts(model):
    return {"coefficients": model.coef_, "intercept": model.intercept_}


def huber(x, y, w=None, **kw):
    model = linear_model.HuberRegressor(max_iter=100000, tol=1e-13, warm_start=True, **kw)
    for _ in range(20):
        try:
            model.fit(x, y, w)
        except ValueError:  # its search ends abnormally where it is as near as it comes
            break
    intercept = kw.get("fit_intercept", True)
    start = np.concatenate([model.coef_, [model.intercept_] if intercept else [], [model.scale_]])
    sample = np.ones(len(y)) if w is None else w
    rest = (x, y, kw.get("epsilon", 1.35), kw.get("alpha", 1e-4), sample)
    gradient = lambda p: _huber_loss_and_gradient(p, *rest)[1]  # noqa: E731
    best = start
    for _ in range(200):  # Newton's method, with differences of scikit-learn's gradient for the second derivatives
        g = gradient(best)
        if np.abs(g).max() < 1e-10:
            break
        steps = 1e-6 * np.maximum(np.abs(best), 1e-3)
        jacobian = np.stack([(gradient(best + h * e) - gradient(best - h * e)) / (2 * h) for h, e in zip(steps, np.eye(len(best)))], 1)
        d = np.linalg.solve(jacobian, g)
        cost = _huber_loss_and_gradient(best, *rest)[0]
        t = 1.0
        while t > 1e-9 and (best[-1] <= t * d[-1] or _huber_loss_and_gradient(best - t * d, *rest)[0] > cost * (1 + 1e-15)):
            t /= 2
        best = best - t * d
    cost, g = _huber_loss_and_gradient(best, *rest)
    assert np.abs(g).max() < 1e-8, np.abs(g).max()
    p = x.shape[1]
    return {
        "coefficients": best[:p],
        "intercept": best[p] if intercept else 0.0,
        "scale": best[-1],
        "cost": cost,
        "outliers": int((np.abs(y - x @ best[:p] - (best[p] if intercept else 0)) > rest[2] * best[-1]).sum()),
    }


def wild():
    x, y = diabetes
    y = y.copy()
    y[::9] += 3000
    return x, y


def huber_all():
    x, y = diabetes
    return {
        "plain": huber(x, y),
        "weighted": huber(x, y, weights(len(y)), epsilon=1.1, alpha=0.01),
        "no intercept": huber(x, y, fit_intercept=False, alpha=0.1),
        "wild": huber(*wild(), epsilon=1.5),
        "held": huber(x, y, alpha=10.0),
    }


def support_vectors():
    def fitted(x, y, w=None, **kw):
        """The best of several fits, plane by plane: shrinking leaves some of them stuck beside the minimum however small the tolerance."""
        rows = np.ones(len(y)) if w is None else w
        if isinstance(kw.get("class_weight"), dict):
            rows = rows * np.array([kw["class_weight"].get(k, 1) for k in y])
        best = None
        for tol in (1e-9, 1e-11, 1e-13):
            for seed in range(4):
                model = svm.LinearSVC(tol=tol, max_iter=10**6, random_state=seed, **kw).fit(x, y, w)
                planes = len(model.coef_)
                b = np.ravel(model.intercept_) * np.ones(planes)
                sides = np.where(y[:, None] == (np.arange(planes) if planes > 1 else 1), 1, -1)
                loss = np.maximum(0, 1 - sides * (x @ model.coef_.T + b))
                if kw["loss"] == "squared_hinge":
                    loss = loss**2
                scaled = b / kw.get("intercept_scaling", 1)
                costs = 0.5 / kw["C"] * ((model.coef_**2).sum(1) + scaled**2) + (rows[:, None] * loss).sum(0)
                found = np.column_stack([costs, b, model.coef_])
                best = found if best is None else np.where(found[:, :1] < best[:, :1], found, best)
        costs, b, coefficients = best[:, 0], best[:, 1], best[:, 2:]
        decision = x[::9] @ coefficients.T + b
        return {"coefficients": coefficients, "intercept": b, "costs": costs, "decision": decision}

    two = iris[1] > 0
    overlap = (iris[0][two], iris[1][two] - 1)
    out = {}
    for loss in ("squared_hinge", "hinge"):
        dual = dict(loss=loss, dual=True)
        out[loss] = {
            "binary": fitted(*cancer, **dual, C=0.1),
            "weighted": fitted(*cancer, weights(569), **dual, C=0.02),
            "classes": fitted(*cancer, **dual, C=0.05, class_weight={0: 3, 1: 0.5}),
            "no intercept": fitted(*cancer, **dual, C=0.1, fit_intercept=False),
            "scaled intercept": fitted(*overlap, **dual, C=0.5, intercept_scaling=10.0),
            "wine": fitted(*wine, **dual, C=0.05),
            "iris": fitted(*iris, **dual, C=0.2),
            "wide": fitted(wine[0][::15], wine[1][::15], **dual, C=1),
        }
    return out


def polynomials():
    x, y = diabetes
    x = x[:, :3]

    def fitted(y, degree, alpha, w=None, only=False):
        features = preprocessing.PolynomialFeatures(degree, interaction_only=only, include_bias=False)
        last = linear_model.Ridge(alpha, solver="svd") if alpha else linear_model.LinearRegression()
        name = last.__class__.__name__.lower()
        model = pipeline.make_pipeline(features, last).fit(x, y, **{f"{name}__sample_weight": w})
        return {**facts(last), "predicted": model.predict(x[::11]), "terms": list(features.get_feature_names_out())}

    return {
        "squares": fitted(y, 2, 0),
        "cubes held weighted": fitted(y, 3, 1e-3, weights(len(y))),
        "products": fitted(np.stack([y, np.sqrt(y)], 1), 2, 1e-2, only=True),
    }


def logistic():
    def fitted(x, y, w=None, **kw):
        l1 = kw.get("l1_ratio", 0) > 0
        solver = "saga" if l1 else "newton-cg"
        model = linear_model.LogisticRegression(tol=1e-13, max_iter=10**6, solver=solver, random_state=0, **kw).fit(x, y, w)
        return {**facts(model), "iterations": int(model.n_iter_[0]), "probabilities": model.predict_proba(x[::13])}

    return {
        "binary lasso": fitted(*cancer, l1_ratio=1, C=0.2),
        "binary elastic": fitted(*cancer, weights(569), l1_ratio=0.5, C=0.05),
        "binary balanced": fitted(*cancer, l1_ratio=0.3, C=0.1, class_weight="balanced"),
        "binary no intercept": fitted(*cancer, l1_ratio=1, C=0.5, fit_intercept=False),
        "softmax lasso": fitted(*wine, l1_ratio=1, C=0.5),
        "softmax elastic": fitted(*wine, weights(178), l1_ratio=0.4, C=0.2),
        "wide lasso": fitted(wine[0][::15], wine[1][::15] == 1, l1_ratio=1, C=5),
        "none": fitted(*cancer, C=np.inf),
    }


content = {"huber": huber_all(), "svm": support_vectors(), "polynomial": polynomials(), "logistic": logistic()}
path = OUT / "linear.json"
path.write_text(json.dumps(tidy(content), separators=(",", ":")))
print(path.name, path.stat().st_size, {k: v["iterations"] for k, v in content["logistic"].items()})
