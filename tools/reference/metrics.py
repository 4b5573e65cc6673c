"""Metrics by scikit-learn and distributions by SciPy.

Run: python tools/reference/metrics.py   (writes packages/thalweg/test/references/metrics.json)
"""

import json
import math
from pathlib import Path

import mpmath
import numpy as np
from scipy import special, stats
from sklearn import calibration
from sklearn import metrics as m

rng = np.random.default_rng(20)
N = 60
mpmath.mp.dps = 30


def plain(value):
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, (float, np.floating)):
        value = float(value)
        if math.isnan(value):
            return "nan"
        if math.isinf(value):
            return "inf" if value > 0 else "-inf"
        return value
    if isinstance(value, np.integer):
        return int(value)
    return value


classes = []
for name, k in (("binary", 2), ("three", 3), ("texts", 3)):
    y = rng.integers(0, k, N)
    p = np.where(rng.random(N) < 0.65, y, rng.integers(0, k, N))
    if name == "three":
        # A class that is never predicted and one that never occurs.
        p[p == 2] = 0
        p[:3] = 4
    if name == "texts":
        y, p = np.array(["cat", "dog", "eel"])[y], np.array(["cat", "dog", "eel"])[p]
    for weights in (None, np.round(rng.random(N) * 3, 3) * (rng.random(N) > 0.1)):
        kw = {"sample_weight": weights}
        zero = {"zero_division": 0, **kw}
        expected = {
            "accuracy": m.accuracy_score(y, p, **kw),
            "balancedAccuracy": m.balanced_accuracy_score(y, p, **kw),
            "balancedAdjusted": m.balanced_accuracy_score(y, p, adjusted=True, **kw),
            "matthews": m.matthews_corrcoef(y, p, **kw),
            "cohenKappa": m.cohen_kappa_score(y, p, **kw),
            "confusion": m.confusion_matrix(y, p, **kw),
            "confusionTrue": m.confusion_matrix(y, p, normalize="true", **kw),
            "confusionPredicted": m.confusion_matrix(y, p, normalize="pred", **kw),
            "confusionAll": m.confusion_matrix(y, p, normalize="all", **kw),
        }
        for average in ("micro", "macro", "weighted", None) + (("binary",) if name == "binary" else ()):
            key = average or "none"
            expected[f"precision.{key}"] = m.precision_score(y, p, average=average, **zero)
            expected[f"recall.{key}"] = m.recall_score(y, p, average=average, **zero)
            expected[f"f1.{key}"] = m.f1_score(y, p, average=average, **zero)
            expected[f"fBeta2.{key}"] = m.fbeta_score(y, p, beta=2, average=average, **zero)
            expected[f"jaccard.{key}"] = m.jaccard_score(y, p, average=average, **zero)
        matrices = m.multilabel_confusion_matrix(y, p, sample_weight=weights)
        tn, fp = matrices[:, 0, 0], matrices[:, 0, 1]
        expected["specificity.none"] = tn / (tn + fp)
        expected["specificity.macro"] = np.mean(tn / (tn + fp))
        expected["specificity.micro"] = tn.sum() / (tn.sum() + fp.sum())
        classes.append({"name": name, "yTrue": y, "yPredicted": p, "weights": weights, "expected": expected})

scores = []
for name in ("smooth", "ties"):
    y = (rng.random(N) < 0.4).astype(int)
    s = 1 / (1 + np.exp(-(1.5 * (y - 0.5) + rng.normal(size=N))))
    if name == "ties":
        s = np.round(s, 1)
    for weights in (None, np.round(rng.random(N) * 3, 3)):
        kw = {"sample_weight": weights}
        fpr, tpr, thresholds = m.roc_curve(y, s, **kw)
        fpr2, tpr2, thresholds2 = m.roc_curve(y, s, drop_intermediate=False, **kw)
        prec, rec, prt = m.precision_recall_curve(y, s, **kw)
        expected = {
            "roc": [fpr, tpr, thresholds],
            "rocAll": [fpr2, tpr2, thresholds2],
            "rocAuc": m.roc_auc_score(y, s, **kw),
            "pr": [prec, rec, prt],
            "averagePrecision": m.average_precision_score(y, s, **kw),
            "logLoss": m.log_loss(y, s, **kw),
            "brier": m.brier_score_loss(y, s, **kw),
        }
        if weights is None:
            for strategy in ("uniform", "quantile"):
                true, pred = calibration.calibration_curve(y, s, n_bins=5, strategy=strategy)
                expected[f"reliability.{strategy}"] = [true, pred]
            edges = np.linspace(0, 1, 11)
            ids = np.searchsorted(edges[1:-1], s)
            gaps = [abs(y[ids == k].mean() - s[ids == k].mean()) * (ids == k).sum() for k in range(10) if (ids == k).any()]
            expected["ece"] = sum(gaps) / N
        scores.append({"name": name, "yTrue": y, "scores": s, "weights": weights, "expected": expected})

y = rng.integers(0, 4, N)
logits = rng.normal(size=(N, 4)) + 1.5 * np.eye(4)[y]
proba = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
w = np.round(rng.random(N) * 2, 3)
multi = {
    "yTrue": y,
    "probabilities": proba,
    "weights": w,
    "expected": {
        "logLoss": m.log_loss(y, proba),
        "logLossWeighted": m.log_loss(y, proba, sample_weight=w),
        "brier": m.brier_score_loss(y, proba),
        "rest.macro": m.roc_auc_score(y, proba, multi_class="ovr"),
        "rest.weighted": m.roc_auc_score(y, proba, multi_class="ovr", average="weighted"),
        "pairs.macro": m.roc_auc_score(y, proba, multi_class="ovo"),
        "pairs.weighted": m.roc_auc_score(y, proba, multi_class="ovo", average="weighted"),
        "top1": m.top_k_accuracy_score(y, proba, k=1),
        "top2": m.top_k_accuracy_score(y, proba, k=2),
        "top2Weighted": m.top_k_accuracy_score(y, proba, k=2, sample_weight=w),
    },
}

regression = []
for outputs in (1, 3):
    y = np.exp(rng.normal(size=(N, outputs)) + 1)
    p = y * np.exp(0.3 * rng.normal(size=(N, outputs)))
    if outputs == 1:
        y, p = y[:, 0], p[:, 0]
    for weights in (None, np.round(rng.random(N) * 3, 2)):
        kw = {"sample_weight": weights}
        expected = {}
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
            expected[name] = fn(y, p, **kw)
            expected[f"{name}.each"] = fn(y, p, multioutput="raw_values", **kw)
        expected["r2.variance"] = m.r2_score(y, p, multioutput="variance_weighted", **kw)
        expected["explainedVariance.variance"] = m.explained_variance_score(y, p, multioutput="variance_weighted", **kw)
        if outputs == 1:
            expected["maxError"] = m.max_error(y, p)
        regression.append({"yTrue": y, "yPredicted": p, "weights": weights, "expected": expected})

groups = []
for a, b in (
    (rng.integers(0, 4, N), rng.integers(0, 3, N)),
    (np.repeat([0, 1, 2], 20), np.where(rng.random(N) < 0.8, np.repeat([5, 3, 9], 20), 3)),
    (np.zeros(N, int), rng.integers(0, 3, N)),
    (np.arange(8), np.arange(8)[::-1]),
    (np.arange(8), np.zeros(8, int)),
    (np.zeros(5, int), np.ones(5, int)),
):
    groups.append(
        {
            "a": a,
            "b": b,
            "expected": {
                "randIndex": m.rand_score(a, b),
                "adjustedRand": m.adjusted_rand_score(a, b),
                "mutualInformation": m.mutual_info_score(a, b),
                "normalizedMutualInformation": m.normalized_mutual_info_score(a, b),
                "adjustedMutualInformation": m.adjusted_mutual_info_score(a, b),
                "homogeneity": m.homogeneity_score(a, b),
                "completeness": m.completeness_score(a, b),
            },
        }
    )
x = rng.normal(size=(30, 3)) + np.repeat([[0, 0, 0], [3, 1, 0], [0, 4, 2]], 10, axis=0)
labels = np.repeat([0, 1, 2], 10)
labels[4] = 7
silhouette = {
    "x": x,
    "labels": labels,
    "expected": {d: m.silhouette_samples(x, labels, metric=d) for d in ("euclidean", "manhattan", "cosine")},
}

y = rng.normal(size=N) * 2
p = y + np.abs(y) * rng.normal(size=N) + 0.1
e = y - p
residuals = {
    "yTrue": y,
    "yPredicted": p,
    "mean": e.mean(),
    "std": e.std(ddof=1),
    "skewness": stats.skew(e),
    "excessKurtosis": stats.kurtosis(e),
    "durbinWatson": np.sum(np.diff(e) ** 2) / np.sum(e**2),
    "normality": list(stats.jarque_bera(e)),
    "heteroscedasticity": [
        N * np.corrcoef(e**2, p)[0, 1] ** 2,
        stats.chi2.sf(N * np.corrcoef(e**2, p)[0, 1] ** 2, 1),
    ],
}

distributions = []
for name, args, dist, xs in (
    ("normal", [], stats.norm(), [-38, -8, -2, -0.1, 0, 1e-9, 0.7, 3, 12]),
    ("normal", [3, 2], stats.norm(3, 2), [-10, 2.5, 3, 9]),
    ("studentT", [1], stats.t(1), [-1e6, -3, 0, 0.2, 5]),
    ("studentT", [4.5], stats.t(4.5), [-60, -1, 0.01, 2, 40]),
    ("studentT", [9], stats.t(9), [-2.262, 0.5, 3.25]),
    ("studentT", [300], stats.t(300), [-12, -1, 0.3, 7]),
    ("chiSquared", [1], stats.chi2(1), [1e-12, 0.5, 3.84, 60, 400]),
    ("chiSquared", [2], stats.chi2(2), [0.1, 2, 100]),
    ("chiSquared", [7.5], stats.chi2(7.5), [0.01, 6, 40]),
    ("chiSquared", [1000], stats.chi2(1000), [500, 990, 1000, 1300]),
    ("fisherF", [1, 5], stats.f(1, 5), [1e-8, 0.5, 6.6, 500]),
    ("fisherF", [12, 40], stats.f(12, 40), [0.02, 0.9, 1.1, 9]),
    ("fisherF", [300, 200], stats.f(300, 200), [0.5, 0.99, 1.01, 2]),
):
    ps = [1e-10, 0.001, 0.025, 0.3, 0.5, 0.8, 0.975, 0.9999]
    distributions.append(
        {"name": name, "args": args, "x": xs, "cdf": dist.cdf(xs), "survival": dist.sf(xs), "p": ps, "quantile": dist.ppf(ps)}
    )
gx = np.array([1e-8, 0.1, 0.5, 1.5, 3, 7.7, 14.9, 15, 40, 1e3, 1e8])
specials = {
    "logGamma": [gx, special.gammaln(gx)],
    "logBeta": [[0.5, 3, 20, 0.1, 400], [0.5, 8, 31, 500, 0.5], [float(mpmath.log(mpmath.beta(a, b))) for a, b in ((0.5, 0.5), (3, 8), (20, 31), (0.1, 500), (400, 0.5))]],
    "signedRank": [],
}
for n in (5, 12, 20):
    a = rng.normal(size=n)
    r = stats.wilcoxon(a, alternative="less", method="exact")
    specials["signedRank"].append([n, r.statistic, r.pvalue])

out = {
    "classes": classes,
    "scores": scores,
    "multi": multi,
    "regression": regression,
    "groups": groups,
    "silhouette": silhouette,
    "residuals": residuals,
    "distributions": distributions,
    "specials": specials,
}
path = Path(__file__).parents[2] / "packages/thalweg/test/references/metrics.json"
path.write_text(json.dumps(plain(out), separators=(",", ":")) + "\n")
print(path, path.stat().st_size)
