"""Penalties chosen by cross-validation, by scikit-learn and by dense formulas.

Run: python tools/reference/tuned_linear.py   (writes packages/thalweg/test/references/estimators-tuned.json)

The data are those of estimators.py: diabetes rounded to five decimals.
"""

import json
import warnings
from pathlib import Path

import numpy as np
from sklearn import datasets, linear_model, model_selection

warnings.filterwarnings("ignore")
OUT = Path(__file__).resolve().parents[2] / "packages/thalweg/test/references/estimators-tuned.json"

x, y = datasets.load_diabetes(return_X_y=True)
x = x.round(5)
n = len(x)
w = 0.5 + np.arange(n) % 5
both = np.stack([y, np.sqrt(y)], 1)
upper = [(i, j) for i in range(10) for j in range(i, 10)]
# 65 columns: more than the 40 rows that are used
products = np.hstack([x] + [(x[:, i] * x[:, j] * 16)[:, None] for i, j in upper])[:40]
far = x[:120] + np.array([0, 0, 1e6 / 8, 0, -3, 0, 0, 0, 0, 0])
alphas = 10.0 ** (3 - np.arange(13) / 2)
tight = dict(tol=1e-14, max_iter=10**6)


def rounded(value):
    return np.asarray(value).tolist()


def curve(model):
    return {
        "alphas": rounded(model.alphas_),
        "errors": rounded(model.mse_path_),
        "alpha": model.alpha_,
        "coefficients": rounded(model.coef_),
        "intercept": float(model.intercept_),
    }


def lasso(x, y, w=None, **settings):
    return curve(linear_model.LassoCV(alphas=15, **{"cv": 5, **tight, **settings}).fit(x, y, sample_weight=w))


def loo(x, y, w=None, intercept=True):
    model = linear_model.RidgeCV(alphas, fit_intercept=intercept, store_cv_results=True, gcv_mode="svd").fit(x, y, w)
    squares = model.cv_results_
    return {"means": rounded(squares.sum(0) / (len(x) if w is None else w.sum())), "alpha": rounded(model.alpha_),
            "coefficients": rounded(model.coef_), "intercept": rounded(model.intercept_), "first": rounded(squares[:4])}


def generalised(x, y, w=None, intercept=True):
    """From the whole matrix that takes targets to predictions."""
    w = np.ones(len(x)) if w is None else w
    design = np.hstack([x, np.ones((len(x), 1))]) if intercept else x
    rows = design * np.sqrt(w)[:, None]
    out = []
    for alpha in alphas:
        penalty = alpha * np.eye(design.shape[1])
        if intercept:
            penalty[-1, -1] = 0
        hat = rows @ np.linalg.solve(rows.T @ rows + penalty, rows.T)
        r = (np.eye(len(x)) - hat) @ (y * np.sqrt(w))
        out.append([(r @ r) / len(x) / (1 - np.trace(hat) / len(x)) ** 2, np.trace(hat)])
    return rounded(out)


def folded(x, y, w=None):
    out = []
    for alpha in alphas:
        row = []
        for train, test in model_selection.KFold(4).split(x):
            model = linear_model.Ridge(alpha, solver="svd").fit(x[train], y[train], None if w is None else w[train])
            squares = (model.predict(x[test]) - y[test]) ** 2
            row.append(np.average(squares, axis=0, weights=None if w is None else w[test]))
        out.append(row)
    return rounded(out)


elastic = linear_model.ElasticNetCV(l1_ratio=[0.3, 0.7, 0.95], alphas=12, eps=1e-2, cv=4, **tight).fit(x, y)
content = {
    "lasso": {
        "plain": lasso(x, y),
        "weighted": lasso(x, y, w),
        "no intercept": lasso(x, y, fit_intercept=False),
        "time series": lasso(x, y, cv=model_selection.TimeSeriesSplit(4)),
        "wide": lasso(products, y[:40], eps=0.05, cv=4),
        "far": lasso(far, y[:120]),
    },
    "elastic": {**curve(elastic), "l1Ratio": elastic.l1_ratio_},
    "leaveOneOut": {
        "plain": loo(x, y),
        "weighted": loo(x, y, w),
        "no intercept": loo(x, y, intercept=False),
        "two targets": loo(x, both),
        "wide": loo(products, y[:40]),
        "far": loo(far, y[:120]),
    },
    "generalised": {
        "plain": generalised(x, y),
        "weighted": generalised(x, y, w),
        "no intercept": generalised(x, y, intercept=False),
        "wide": generalised(products, y[:40]),
    },
    "folds": {"two targets": folded(x, both), "weighted": folded(x, y, w), "wide": folded(products, y[:40])},
}
OUT.write_text(json.dumps(content, separators=(",", ":")))
print(OUT.name, OUT.stat().st_size)
