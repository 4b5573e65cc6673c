"""Every estimator with a counterpart in scikit-learn, fitted on the classic data sets.

Run: THALWEG_DATA=… python tools/reference/classic_sets.py [part …]   (writes packages/thalweg/test/references/classic-*.json)

Both sides read the same files and standardise by themselves. Tolerances here are far below what is compared.
"""

import csv
import gzip
import json
import math
import os
import sys
import warnings
from pathlib import Path

import numpy as np
from scipy import stats
from sklearn import calibration, cluster, compose, decomposition, ensemble, impute, linear_model, metrics, model_selection, naive_bayes, neighbors
from sklearn import pipeline, preprocessing, svm
from sklearn.linear_model._huber import _huber_loss_and_gradient
from sklearn.utils.class_weight import compute_sample_weight

warnings.filterwarnings("ignore")
DATA = Path(os.environ["THALWEG_DATA"])
OUT = Path(__file__).resolve().parents[2] / "packages/thalweg/test/references"


def classes_file(name):
    rows = np.loadtxt(DATA / "sklearn" / name, delimiter=",", skiprows=1)
    return rows[:, :-1], rows[:, -1].astype(int)


def idx(name, offset):
    return np.frombuffer(gzip.decompress((DATA / "mnist" / name).read_bytes()), np.uint8, offset=offset)


def table(name):
    with open(DATA / name, newline="") as file:
        return list(csv.DictReader(file))


iris = classes_file("iris.csv")
wine = classes_file("wine_data.csv")
cancer = classes_file("breast_cancer.csv")
diabetes = (
    np.loadtxt(DATA / "sklearn/diabetes_data_raw.csv.gz"),
    np.loadtxt(DATA / "sklearn/diabetes_target.csv.gz"),
)
digits = np.loadtxt(DATA / "sklearn/digits.csv.gz", delimiter=",")
digits = (digits[:, :-1], digits[:, -1].astype(int))
california = np.loadtxt(DATA / "california_housing.csv", delimiter=",", skiprows=1)
california = (california[:, :-1], california[:, -1])
mnist = (idx("t10k-images-idx3-ubyte.gz", 16).reshape(-1, 784)[:3000].astype(float), idx("t10k-labels-idx1-ubyte.gz", 8)[:3000].astype(int))
weather = table("seattle-weather.csv")
seattle = (
    np.array([[float(r[c]) for c in ("precipitation", "temp_max", "temp_min", "wind")] for r in weather]),
    np.array([r["weather"] for r in weather]),
)
housing = table("housing.csv")
NUMBERS = [c for c in housing[0] if c not in ("ocean_proximity", "median_house_value")]
housing_x = np.array([[float(r[c]) if r[c] else math.nan for c in NUMBERS] for r in housing])
proximity = np.array([r["ocean_proximity"] for r in housing])
housing_y = np.array([float(r["median_house_value"]) for r in housing])


def weights(n):
    return 0.5 + np.arange(n) % 5


def standard(x):
    return preprocessing.StandardScaler().fit_transform(x)


def tidy(value):
    if isinstance(value, dict):
        return {str(k): tidy(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [tidy(v) for v in value]
    if isinstance(value, np.ndarray):
        return tidy(value.tolist())
    if isinstance(value, (float, np.floating)):
        value = float(value)
        return value if math.isfinite(value) else "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    return value.item() if isinstance(value, np.generic) else value


def write(name, content):
    path = OUT / f"classic-{name}.json"
    path.write_text(json.dumps(tidy(content), separators=(",", ":")) + "\n")
    print(path.name, path.stat().st_size)


class Parity(model_selection.BaseCrossValidator):
    """Row i is tested in fold i mod 5."""

    def get_n_splits(self, *_):
        return 5

    def _iter_test_indices(self, X=None, y=None, groups=None):
        for k in range(5):
            yield np.arange(k, len(X), 5)


def negative_log_loss(model, x, y):
    """Of all columns: scikit-learn's own scorer takes 1 - p for the first of two classes, and loses the digits of small ones."""
    return -metrics.log_loss(y, model.predict_proba(x), labels=model.classes_)


def crossed(model, x, y, folds, *scores):
    scoring = {s: negative_log_loss if s == "neg_log_loss" else s for s in scores}
    result = model_selection.cross_validate(model, x, y, cv=folds, scoring=scoring)
    return {s: result[f"test_{s}"] for s in scores}


TIGHT = dict(tol=1e-12, max_iter=10**6)


def regression():
    out = {}

    def fitted(model, x, y, w=None):
        model.fit(x, y, sample_weight=w)
        score = None if y.ndim > 1 else model.score(x, y, sample_weight=w)
        return {"coefficients": model.coef_, "intercept": model.intercept_, "score": score}

    for name, (raw, y), penalties in (
        ("diabetes", diabetes, (0.1, 1, 10)),
        ("california", california, (0.001, 0.01, 0.1)),
    ):
        x, n = standard(raw), len(y)
        w = weights(n)
        o = out[name] = {"linear": {}, "ridge": {}, "lasso": {}, "elasticNet": {}}
        o["linear"]["raw"] = fitted(linear_model.LinearRegression(), raw, y)
        o["linear"]["standardised"] = fitted(linear_model.LinearRegression(), x, y)
        o["linear"]["weighted"] = fitted(linear_model.LinearRegression(), x, y, w)
        o["linear"]["two targets"] = fitted(linear_model.LinearRegression(), x, np.stack([y, np.sqrt(y)], 1))
        for a in (0.1, 10, 1000):
            o["ridge"][f"{a}"] = fitted(linear_model.Ridge(a, solver="svd"), x, y)
        o["ridge"]["10 weighted"] = fitted(linear_model.Ridge(10, solver="svd"), x, y, w)
        o["ridge"]["10 no intercept"] = fitted(linear_model.Ridge(10, solver="svd", fit_intercept=False), x, y)
        o["ridge"]["10 two targets"] = fitted(linear_model.Ridge(10, solver="svd"), x, np.stack([y, np.sqrt(y)], 1))
        for a in penalties:
            o["lasso"][f"{a}"] = fitted(linear_model.Lasso(a, **TIGHT), x, y)
            for ratio in (0.2, 0.7):
                o["elasticNet"][f"{a} {ratio}"] = fitted(linear_model.ElasticNet(a, l1_ratio=ratio, **TIGHT), x, y)
        a = penalties[1]
        o["lasso"][f"{a} weighted"] = fitted(linear_model.Lasso(a, **TIGHT), x, y, w)
        o["elasticNet"][f"{a} 0.5 weighted"] = fitted(linear_model.ElasticNet(a, **TIGHT), x, y, w)
        alphas, path, _ = linear_model.lasso_path(x - x.mean(0), y - y.mean(), eps=1e-3, alphas=50, **TIGHT)
        o["path"] = {"alphas": alphas, "coefficients": path.T}
        squares = pipeline.make_pipeline(
            preprocessing.PolynomialFeatures(2, include_bias=False), preprocessing.StandardScaler(), linear_model.Ridge(1, solver="svd")
        ).fit(x, y)
        o["polynomial"] = {"coefficients": squares[-1].coef_, "score": squares.score(x, y)}
        model = pipeline.make_pipeline(preprocessing.StandardScaler(), linear_model.Ridge(1, solver="svd"))
        scores = ("r2", "neg_mean_squared_error", "neg_mean_absolute_error", "neg_median_absolute_error", "explained_variance")
        o["crossed"] = crossed(model, raw, y, 5, *scores)
        o["crossedParity"] = crossed(model, raw, y, Parity(), *scores)
        queries = x[1::2][:: 1 if n < 1000 else 97]
        o["neighbors"] = {
            f"{k} {how}": neighbors.KNeighborsRegressor(k, weights=how).fit(x[::2], y[::2]).predict(queries)
            for k in (1, 5, 12)
            for how in ("uniform", "distance")
        }
    write("regression", out)


def centred(model):
    """Of softmax intercepts only differences count."""
    b = model.intercept_
    return {"coefficients": model.coef_, "intercept": b - b.mean() if len(b) > 1 else b}


def classification():
    out = {}
    small = {"iris": (standard(iris[0]), iris[1]), "wine": (standard(wine[0]), wine[1]), "cancer": (standard(cancer[0]), cancer[1])}
    sets = {
        **small,
        "digits": (digits[0] / 16, digits[1]),
        "seattle": (standard(seattle[0]), seattle[1]),
        "mnist": (mnist[0][:1500] / 255, (mnist[1][:1500] == 5).astype(int)),
    }
    for name, (x, y) in sets.items():
        w, step = weights(len(y)), max(1, len(y) // 15)
        o = out[name] = {"logistic": {}}

        def logistic(label, weight=None, **kw):
            m = linear_model.LogisticRegression(solver="newton-cholesky", tol=1e-13, max_iter=1000, **kw)
            m.fit(x, y, sample_weight=weight)
            o["logistic"][label] = {
                **centred(m),
                "score": m.score(x, y, sample_weight=weight),
                "probabilities": m.predict_proba(x[::step]),
                "loss": metrics.log_loss(y, m.predict_proba(x), sample_weight=weight),
            }

        logistic("1")
        if name != "mnist":
            logistic("10 weighted", w, C=0.1)
            logistic("0.5 balanced", class_weight="balanced", C=2)
        if name in small:
            logistic("0.01", C=100)
            logistic("1 no intercept", fit_intercept=False)
        o["perceptron"] = {}
        for epochs in () if name in ("mnist", "seattle") else (1, 5):
            p = linear_model.Perceptron(shuffle=False, max_iter=epochs, tol=None).fit(x, y)
            o["perceptron"][f"{epochs}"] = {
                "coefficients": p.coef_,
                "intercept": p.intercept_,
                "score": p.score(x, y),
            }
        raw = {"digits": digits[0], "seattle": seattle[0], "iris": iris[0], "wine": wine[0], "cancer": cancer[0], "mnist": mnist[0][:1500]}[name]
        for label, weight in (("gaussian", None), ("gaussianWeighted", w)):
            g = naive_bayes.GaussianNB().fit(raw, y, sample_weight=weight)
            o[label] = {"score": g.score(raw, y, sample_weight=weight), "logs": g.predict_joint_log_proba(raw[::step])}
            o[label]["logs"] -= o[label]["logs"][:, :1]
            if name in small:
                o[label].update(means=g.theta_, variances=g.var_)
        folds = {
            "logistic": linear_model.LogisticRegression(solver="newton-cholesky", tol=1e-12),
            "bayes": naive_bayes.GaussianNB(),
        }
        if name != "mnist":
            scores = ("accuracy", "balanced_accuracy", "f1_macro", "neg_log_loss")
            o["crossed"] = {k: crossed(m, x, y, Parity(), *scores) for k, m in folds.items()}
            stratified = model_selection.StratifiedKFold(5)
            o["stratified"] = {k: crossed(m, x, y, stratified, *scores) for k, m in folds.items()}
    for name, (x, y) in (("digits", digits), ("mnist", (mnist[0], mnist[1]))):
        o, cut, half = out[name], 8 if name == "digits" else 127, len(y) // 2
        for label, m in (
            ("multinomial", naive_bayes.MultinomialNB(alpha=0.5)),
            ("bernoulli", naive_bayes.BernoulliNB(alpha=0.5, binarize=cut)),
        ):
            m.fit(x[:half], y[:half])
            o[label] = {
                "predicted": m.predict(x[half:]),
                "score": m.score(x[half:], y[half:]),
                "logs": m.feature_log_prob_[:, :: 5 if name == "digits" else 50],
            }
    write("classification", out)


def groups():
    out = {"kMeans": {}, "pca": {}, "neighbors": {}}
    sets = {
        "iris": (iris[0], 3),
        "wine": (standard(wine[0]), 3),
        "cancer": (standard(cancer[0]), 2),
        "diabetes": (standard(diabetes[0]), 5),
        "digits": (digits[0], 10),
        "california": (standard(california[0]), 8),
        "mnist": (mnist[0][:1000], 10),
    }
    for name, (x, k) in sets.items():
        small = x.shape[1] < 70
        start = x[:: len(x) // k][:k]
        for label, w in (("plain", None), ("weighted", weights(len(x)))):
            m = cluster.KMeans(k, init=start, n_init=1, tol=0, max_iter=1000, algorithm="lloyd").fit(x, sample_weight=w)
            out["kMeans"][f"{name} {label}"] = {
                "clusters": k,
                "centers": m.cluster_centers_ if small else m.cluster_centers_[:, ::97],
                "sizes": np.bincount(m.labels_, minlength=k),
                "labels": m.labels_[:: max(1, len(x) // 200)],
                "inertia": m.inertia_,
                "iterations": m.n_iter_,
            }
        count = min(x.shape[1], 8)
        m = decomposition.PCA(count, svd_solver="full").fit(x)
        step = max(1, len(x) // 15)
        out["pca"][name] = {
            "components": m.components_ if small else m.components_[:, ::49],
            "variances": m.explained_variance_,
            "ratios": m.explained_variance_ratio_,
            "singularValues": m.singular_values_,
            "noise": m.noise_variance_,
            "scores": m.transform(x[::step]),
            "whitened": decomposition.PCA(count, whiten=True, svd_solver="full").fit(x).transform(x[::step]),
            "kept90": decomposition.PCA(0.9, svd_solver="full").fit(x).n_components_,
        }
    for name, (x, y) in (("wine", (standard(wine[0]), wine[1])), ("cancer", (standard(cancer[0]), cancer[1])), ("digits", digits), ("mnist", mnist)):
        # The test rows are those whose neighbours are known: no two rows at the distance of the last one.
        train, test = x[::2][:1000], x[1::2][:250]
        d, i = neighbors.NearestNeighbors(n_neighbors=10, algorithm="brute").fit(train).kneighbors(test)
        exact = ((test[:, None, :] - train[i]) ** 2).sum(-1)
        clear = np.flatnonzero((np.diff(exact, axis=1) > 1e-9).all(1))
        o = out["neighbors"][name] = {"rows": clear, "indices": i[clear][:, :9]}
        for k in (1, 4, 9):
            for how in ("uniform", "distance"):
                m = neighbors.KNeighborsClassifier(k, weights=how, algorithm="brute").fit(train, y[::2][:1000])
                o[f"{k} {how}"] = m.predict(test[clear])
    write("groups", out)


def preparation():
    out = {"scalers": {}, "imputers": {}, "encoders": {}}
    step = 500
    for name, x in (("california", california[0]), ("housing", housing_x), ("cancer", cancer[0])):
        scalers = {
            "standard": preprocessing.StandardScaler(),
            "minMax": preprocessing.MinMaxScaler(),
            "minMaxRange": preprocessing.MinMaxScaler((-2, 3)),
            "robust": preprocessing.RobustScaler(),
            "robustWide": preprocessing.RobustScaler(quantile_range=(5, 95)),
            "maxAbs": preprocessing.MaxAbsScaler(),
        }
        out["scalers"][name] = {k: s.fit(x).transform(x[:: step if len(x) > 1000 else 50]) for k, s in scalers.items()}
        out["scalers"][name]["standardWeighted"] = (
            preprocessing.StandardScaler().fit(x, sample_weight=weights(len(x))).transform(x[:: step if len(x) > 1000 else 50])
        )
    for strategy in ("mean", "median", "most_frequent"):
        m = impute.SimpleImputer(strategy=strategy, add_indicator=True).fit(housing_x)
        out["imputers"][strategy] = {"fills": m.statistics_, "rows": m.transform(housing_x)[280:300]}
    texts = np.stack([proximity, np.char.add("w", (housing_x[:, 2] // 10).astype(int).astype(str))], 1)
    for drop in (None, "first", "if_binary"):
        m = preprocessing.OneHotEncoder(drop=drop, sparse_output=False).fit(texts)
        out["encoders"][f"oneHot {drop}"] = {"categories": [c.tolist() for c in m.categories_], "rows": m.transform(texts[::step])}
    out["encoders"]["ordinal"] = preprocessing.OrdinalEncoder().fit(texts).transform(texts[::step])
    out["encoders"]["polynomial"] = preprocessing.PolynomialFeatures(3).fit_transform(standard(wine[0])[:2, :5])
    out["encoders"]["interactions"] = preprocessing.PolynomialFeatures(3, interaction_only=True).fit_transform(standard(wine[0])[:2, :5])
    columns = compose.ColumnTransformer(
        [
            ("n", pipeline.make_pipeline(impute.SimpleImputer(strategy="median"), preprocessing.StandardScaler()), list(range(8))),
            ("c", preprocessing.OneHotEncoder(handle_unknown="ignore", sparse_output=False), [8]),
        ]
    )
    both = np.concatenate([housing_x.astype(object), proximity[:, None]], 1)
    model = pipeline.make_pipeline(columns, linear_model.Ridge(1, solver="svd"))
    model.fit(both, housing_y)
    out["housing"] = {
        "coefficients": model[-1].coef_,
        "intercept": model[-1].intercept_,
        "predicted": model.predict(both[::step]),
        "crossed": crossed(model, both, housing_y, 5, "r2", "neg_root_mean_squared_error"),
    }
    write("preparation", out)


def measured():
    out = {}
    m = metrics
    y, p = digits[1], (digits[0].sum(1) % 10).astype(int)
    p = np.where(np.arange(len(y)) % 3 == 0, p, y)
    for label, w in (("plain", None), ("weighted", weights(len(y)) * (np.arange(len(y)) % 7 > 0))):
        kw = {"sample_weight": w}
        o = out[f"digits {label}"] = {
            "accuracy": m.accuracy_score(y, p, **kw),
            "balancedAccuracy": m.balanced_accuracy_score(y, p, **kw),
            "matthews": m.matthews_corrcoef(y, p, **kw),
            "cohenKappa": m.cohen_kappa_score(y, p, **kw),
            "confusion": m.confusion_matrix(y, p, **kw),
        }
        for average in ("micro", "macro", "weighted", None):
            for name, fn in (("precision", m.precision_score), ("recall", m.recall_score), ("f1", m.f1_score), ("jaccard", m.jaccard_score)):
                o[f"{name} {average or 'none'}"] = fn(y, p, average=average, **kw)
    x, y = cancer
    s = 1 - x[:, 27] / 0.3
    for label, w in (("plain", None), ("weighted", weights(len(y)))):
        kw = {"sample_weight": w}
        fpr, tpr, t = m.roc_curve(y, s, **kw)
        precision, recall, pt = m.precision_recall_curve(y, s, **kw)
        out[f"cancer {label}"] = {
            "roc": [fpr, tpr, t],
            "precisionRecall": [precision[::9], recall[::9], pt[::9]],
            "rocAuc": m.roc_auc_score(y, s, **kw),
            "averagePrecision": m.average_precision_score(y, s, **kw),
            "precisionRecallArea": m.auc(recall, precision),
            "logLoss": m.log_loss(y, s, **kw),
            "brier": m.brier_score_loss(y, s, **kw),
        }
    x, y = standard(wine[0])[:, [0, 1, 2]], wine[1]
    q = np.exp(x - x.max(1, keepdims=True))
    q /= q.sum(1, keepdims=True)
    for label, w in (("plain", None), ("weighted", weights(len(y)))):
        kw = {"sample_weight": w}
        out[f"wine {label}"] = {
            "logLoss": m.log_loss(y, q, **kw),
            "brier": m.brier_score_loss(y, q, **kw),
            "top1": m.top_k_accuracy_score(y, q, k=1, **kw),
            "top2": m.top_k_accuracy_score(y, q, k=2, **kw),
            "rest macro": m.roc_auc_score(y, q, multi_class="ovr", **kw),
            "rest weighted": m.roc_auc_score(y, q, multi_class="ovr", average="weighted", **kw),
        }
        if w is None:
            out["wine plain"]["pairs macro"] = m.roc_auc_score(y, q, multi_class="ovo")
            out["wine plain"]["pairs weighted"] = m.roc_auc_score(y, q, multi_class="ovo", average="weighted")
    x, y = california
    p = 0.42 * x[:, 0] + 0.45
    for label, w in (("plain", None), ("weighted", x[:, 1])):
        o = out[f"california {label}"] = {}
        two, twice = np.stack([y, x[:, 2]], 1), np.stack([p, 4 + 0.3 * x[:, 0]], 1)
        for name, fn in (
            ("meanSquaredError", m.mean_squared_error),
            ("rootMeanSquaredError", m.root_mean_squared_error),
            ("meanAbsoluteError", m.mean_absolute_error),
            ("medianAbsoluteError", m.median_absolute_error),
            ("meanAbsolutePercentageError", m.mean_absolute_percentage_error),
            ("meanSquaredLogError", m.mean_squared_log_error),
            ("r2", m.r2_score),
            ("explainedVariance", m.explained_variance_score),
        ):
            o[name] = fn(y, p, sample_weight=w)
            o[f"{name} two"] = fn(two, twice, sample_weight=w)
            o[f"{name} each"] = fn(two, twice, sample_weight=w, multioutput="raw_values")
        o["maxError"] = m.max_error(y, p)
    e = y - p
    out["residuals"] = {
        "mean": e.mean(),
        "std": e.std(ddof=1),
        "skewness": stats.skew(e),
        "excessKurtosis": stats.kurtosis(e),
        "durbinWatson": np.sum(np.diff(e) ** 2) / np.sum(e**2),
        "jarqueBera": stats.jarque_bera(e).statistic,
    }
    for name, (x, y) in (("iris", iris), ("wine", wine)):
        g = np.floor(x[:, 2]).astype(int)
        out[f"groups {name}"] = {
            "adjustedRand": m.adjusted_rand_score(y, g),
            "randIndex": m.rand_score(y, g),
            "mutualInformation": m.mutual_info_score(y, g),
            "normalizedMutualInformation": m.normalized_mutual_info_score(y, g),
            "homogeneity": m.homogeneity_score(y, g),
            "completeness": m.completeness_score(y, g),
            "silhouette": m.silhouette_score(x, y),
            "silhouetteManhattan": m.silhouette_score(x, y, metric="manhattan"),
        }
    write("metrics", out)


def huber(x, y, w=None, **kw):
    """scikit-learn stops on the change of the cost: Newton's method with differences of its gradient goes on to the root of that."""
    model = linear_model.HuberRegressor(max_iter=10000, tol=1e-10, **kw).fit(x, y, w)
    sample = np.ones(len(y)) if w is None else w
    epsilon, alpha = kw.get("epsilon", 1.35), kw.get("alpha", 1e-4)

    def gradient(p):
        return _huber_loss_and_gradient(p, x, y, epsilon, alpha, sample)[1]

    at = np.concatenate([model.coef_, [model.intercept_, model.scale_]])
    for _ in range(30):
        g, steps = gradient(at), 1e-6 * np.maximum(np.abs(at), 1e-3)
        if np.abs(g).max() < 1e-9 * len(y):
            break
        at = at - np.linalg.solve(np.stack([(gradient(at + h * e) - gradient(at - h * e)) / (2 * h) for h, e in zip(steps, np.eye(len(at)))], 1), g)
    assert np.abs(gradient(at)).max() < 1e-7 * len(y), np.abs(gradient(at)).max()
    predicted = x @ at[:-2] + at[-2]
    return {"coefficients": at[:-2], "intercept": at[-2], "scale": at[-1], "score": metrics.r2_score(y, predicted, sample_weight=w)}


def chosen():
    """Estimators that choose a penalty, bear outliers or keep margins."""
    out = {}
    for name, (raw, y) in (("diabetes", diabetes), ("california", california)):
        x, w, alphas = standard(raw), weights(len(y)), 10.0 ** (3 - np.arange(13) / 2)

        def facts(model):
            return {"coefficients": model.coef_, "intercept": model.intercept_, "alpha": model.alpha_, "score": model.score(x, y)}

        o = out[name] = {
            "huber": {
                "plain": huber(x, y),
                "1.1 weighted": huber(x, y, w, epsilon=1.1, alpha=0.01),
            },
            "ridge": {"plain": facts(linear_model.RidgeCV(alphas).fit(x, y)), "weighted": facts(linear_model.RidgeCV(alphas).fit(x, y, w))},
            "ridgeFolds": facts(linear_model.RidgeCV(alphas, cv=5, scoring="neg_mean_squared_error").fit(x, y)),
        }
        m = linear_model.LassoCV(alphas=30, cv=5, **TIGHT).fit(x, y)
        o["lasso"] = {**facts(m), "means": m.mse_path_.mean(1)}
        m = linear_model.ElasticNetCV(l1_ratio=[0.3, 0.8], alphas=20, cv=5, **TIGHT).fit(x, y)
        o["elasticNet"] = {**facts(m), "l1Ratio": m.l1_ratio_}
        products = preprocessing.PolynomialFeatures(2, include_bias=False)
        p = pipeline.make_pipeline(products, linear_model.Ridge(0.5, solver="svd")).fit(x, y)
        o["polynomial"] = {"coefficients": p[-1].coef_, "intercept": p[-1].intercept_, "score": p.score(x, y)}
    sets = {
        "iris": (standard(iris[0]), iris[1]),
        "wine": (standard(wine[0]), wine[1]),
        "cancer": (standard(cancer[0]), cancer[1]),
        "digits": (digits[0] / 16, digits[1]),
        "seattle": (standard(seattle[0]), seattle[1]),
    }
    for name, (x, y) in sets.items():

        def machine(weight=None, balance=False, **kw):
            # Below 1e-10 its descent on the dual turns in circles.
            m = svm.LinearSVC(tol=1e-10 if "loss" in kw else 1e-13, max_iter=10**7, random_state=0, **kw).fit(x, y, weight)
            return {"coefficients": m.coef_, "intercept": m.intercept_, "score": m.score(x, y, None if balance else weight)}

        o = out[name] = {"squaredHinge": {"1": machine(dual=False), "5 weighted": machine(weights(len(y)), dual=False, C=0.2)}}
        if name in ("iris", "wine", "cancer"):
            # As weights of rows: with class_weight the library behind weighs the rows of the class alone, and not those of the others.
            even = compute_sample_weight("balanced", y)
            o["hinge"] = {"10": machine(loss="hinge", C=0.1), "50 balanced": machine(even, True, loss="hinge", C=0.02)}
    for name in ("iris", "wine", "cancer", "seattle"):
        x, y = sets[name]

        def sparse(weight=None, **kw):
            m = linear_model.LogisticRegression(solver="saga", tol=1e-12, max_iter=10**6, random_state=0, **kw).fit(x, y, weight)
            return {**centred(m), "score": m.score(x, y, weight), "probabilities": m.predict_proba(x[:: max(1, len(y) // 15)])}

        out[name]["logistic"] = {"5 1": sparse(C=0.2, l1_ratio=1), "10 0.5 weighted": sparse(weights(len(y)), C=0.1, l1_ratio=0.5)}
    for name, k in (("iris", 3), ("wine", 3), ("cancer", 2)):
        x = sets[name][0]
        for label, kw in (("rbf", {"gamma": 0.1}), ("nearest", {"affinity": "nearest_neighbors", "n_neighbors": 11})):
            m = cluster.SpectralClustering(k, random_state=0, n_init=50, **kw).fit(x)
            out[name][f"spectral {label}"] = m.labels_
    write("chosen", out)


def together():
    """Models of models, and searches."""
    out = {}

    def logistic():
        return linear_model.LogisticRegression(solver="newton-cholesky", tol=1e-12)

    for name, (raw, y) in (("cancer", cancer), ("iris", iris)):
        x, step = standard(raw), max(1, len(y) // 25)
        members = [("a", logistic()), ("b", naive_bayes.GaussianNB())]
        soft = ensemble.VotingClassifier(members, voting="soft", weights=[1, 2]).fit(x, y)
        hard = ensemble.VotingClassifier([*members, ("c", neighbors.KNeighborsClassifier(7))]).fit(x, y)
        stacked = ensemble.StackingClassifier(members, logistic(), cv=5, stack_method="predict_proba").fit(x, y)
        wide = ensemble.StackingClassifier(members, logistic(), cv=5, stack_method="predict_proba", passthrough=True).fit(x, y)
        o = out[name] = {
            "soft": soft.predict_proba(x[::step]),
            "hard": hard.predict(x),
            "stacked": stacked.predict_proba(x[::step]),
            "passed": wide.predict_proba(x[::step]),
        }
        search = model_selection.GridSearchCV(neighbors.KNeighborsClassifier(algorithm="brute"), {"n_neighbors": [1, 3, 8], "weights": ["uniform", "distance"]}, cv=5).fit(x, y)
        o["search"] = {"means": search.cv_results_["mean_test_score"], "ranks": search.cv_results_["rank_test_score"]}
        if name == "cancer":
            for method in ("sigmoid", "isotonic"):
                # Smoothed, for scores that differ by more than 1e-15: nearer ones are one to scikit-learn.
                smooth = naive_bayes.GaussianNB(var_smoothing=1)
                m = calibration.CalibratedClassifierCV(smooth, method=method, cv=5, ensemble=False).fit(x, y)
                o[method] = m.predict_proba(x[::step])[:, 1]
    x, y = standard(diabetes[0]), diabetes[1]
    members = [("a", linear_model.Ridge(1, solver="svd")), ("b", neighbors.KNeighborsRegressor(9))]
    out["diabetes"] = {
        "mean": ensemble.VotingRegressor(members, weights=[3, 1]).fit(x, y).predict(x[::20]),
        "stacked": ensemble.StackingRegressor(members, linear_model.Ridge(1, solver="svd"), cv=5).fit(x, y).predict(x[::20]),
    }
    alphas = [0.1, 10, 1000]
    train, test = model_selection.validation_curve(linear_model.Ridge(solver="svd"), x, y, param_name="alpha", param_range=alphas, cv=4)
    out["diabetes"]["curve"] = {"train": train, "test": test}
    write("together", out)


parts = {f.__name__: f for f in (regression, classification, groups, preparation, measured, chosen, together)}
for part in sys.argv[1:] or parts:
    parts[part]()
