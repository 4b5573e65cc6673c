"""Transformers by scikit-learn.

Run: python tools/reference/preprocessing.py   (writes packages/thalweg/test/references/preprocessing.json)
"""

import json
from pathlib import Path

import numpy as np
from sklearn import preprocessing as p
from sklearn.impute import SimpleImputer

rng = np.random.default_rng(5)
x = rng.normal(size=(25, 4)) * [1, 10, 0.1, 3] + [0, 1e4, 5, -2]
x[:, 3] = np.round(x[:, 3])
later = rng.normal(size=(6, 4)) * [1, 10, 0.1, 3] + [0, 1e4, 5, -2]
weights = np.round(rng.random(25) * 2, 2)
missing = x.copy()
missing[rng.random(x.shape) < 0.2] = np.nan
missing[:, 1] = x[:, 1]
missing_later = later.copy()
missing_later[0, 0] = missing_later[3, 1] = np.nan

cases = []


def case(kind, settings, model, fit, transform, **kw):
    model.fit(fit, **kw)
    cases.append(
        {
            "kind": kind,
            "settings": settings,
            "fit": fit,
            "transform": transform,
            "weights": kw.get("sample_weight"),
            "expected": model.transform(transform),
        }
    )


case("standardScaler", {}, p.StandardScaler(), x, later)
case("standardScaler", {"center": False}, p.StandardScaler(with_mean=False), x, later)
case("standardScaler", {"scale": False}, p.StandardScaler(with_std=False), x, later)
case("standardScaler", {}, p.StandardScaler(), x, later, sample_weight=weights)
case("standardScaler", {}, p.StandardScaler(), missing, missing_later)
case("minMaxScaler", {}, p.MinMaxScaler(), x, later)
case("minMaxScaler", {"range": [-2, 3], "clip": True}, p.MinMaxScaler((-2, 3), clip=True), x, later)
case("minMaxScaler", {}, p.MinMaxScaler(), missing, missing_later)
case("robustScaler", {}, p.RobustScaler(), x, later)
case("robustScaler", {"quantiles": [0.1, 0.8]}, p.RobustScaler(quantile_range=(10, 80)), missing, missing_later)
case("maxAbsScaler", {}, p.MaxAbsScaler(), x, later)
case("polynomialFeatures", {}, p.PolynomialFeatures(), x, later)
case("polynomialFeatures", {"degree": 3, "bias": False}, p.PolynomialFeatures(3, include_bias=False), x, later)
case("polynomialFeatures", {"degree": 3, "interactionOnly": True}, p.PolynomialFeatures(3, interaction_only=True), x, later)
for strategy, name in (("mean", "mean"), ("median", "median"), ("most_frequent", "mostFrequent")):
    case("imputer", {"strategy": name}, SimpleImputer(strategy=strategy), missing, missing_later)
case(
    "imputer",
    {"strategy": "constant", "fill": -1, "indicator": True},
    SimpleImputer(strategy="constant", fill_value=-1, add_indicator=True),
    missing,
    np.where(np.isnan(missing_later) & (np.arange(4) == 1), 0, missing_later),
)
cells = np.array([["red", "s"], ["blue", "m"], ["red", "l"], ["green", "m"]], dtype=object)
more = np.array([["green", "s"], ["red", "m"]], dtype=object)
unknown = np.array([["violet", "s"], ["red", "xl"]], dtype=object)
case("oneHotEncoder", {}, p.OneHotEncoder(sparse_output=False), cells, more)
case("oneHotEncoder", {"drop": "first"}, p.OneHotEncoder(sparse_output=False, drop="first"), cells, more)
case("oneHotEncoder", {"drop": "binary"}, p.OneHotEncoder(sparse_output=False, drop="if_binary"), cells[:2], more[1:])
case("oneHotEncoder", {"unknown": "zeros"}, p.OneHotEncoder(sparse_output=False, handle_unknown="ignore"), cells, unknown)
case("ordinalEncoder", {}, p.OrdinalEncoder(), cells, more)
order = [["red", "green", "blue"], ["s", "m", "l"]]
case("ordinalEncoder", {"categories": order}, p.OrdinalEncoder(categories=order), cells, more)
case(
    "ordinalEncoder",
    {"unknown": -1},
    p.OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
    cells,
    unknown,
)
numbers = np.array([[3.0, -1], [10, 2], [3, 2]])
case("oneHotEncoder", {}, p.OneHotEncoder(sparse_output=False), numbers, numbers)
names = p.PolynomialFeatures(2).fit(x).get_feature_names_out(["a", "b", "c", "d"]).tolist()


def plain(v):
    if isinstance(v, np.ndarray):
        return plain(v.tolist())
    if isinstance(v, list):
        return [plain(e) for e in v]
    if isinstance(v, float) and v != v:
        return None
    return v


out = {"cases": [{k: plain(v) for k, v in c.items()} for c in cases], "polynomialNames": names}
path = Path(__file__).parents[2] / "packages/thalweg/test/references/preprocessing.json"
path.write_text(json.dumps(out, separators=(",", ":")) + "\n")
print(path, path.stat().st_size)
