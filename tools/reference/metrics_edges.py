"""Metrics at their edges by scikit-learn: one class alone, nothing predicted, 0/0, ties, weights of 0, probabilities of 0 and 1, targets that do not vary.

Run: python tools/reference/metrics_edges.py   (writes packages/thalweg/test/references/metrics-edges.json)
"""

import json
import math
import warnings
from pathlib import Path

import numpy as np
from sklearn import metrics as m

warnings.filterwarnings("ignore")


def plain(value):
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, (float, np.floating)):
        value = float(value)
        return "nan" if math.isnan(value) else "inf" if value == math.inf else "-inf" if value == -math.inf else value
    return value.item() if isinstance(value, np.generic) else value


pairs = {
    "one class, right": ([1, 1, 1], [1, 1, 1]),
    "one class, the other one, right": ([0, 0, 0, 0], [0, 0, 0, 0]),
    "one class, wrong": ([1, 1, 1], [0, 0, 0]),
    "one class, half right": ([0, 0, 0, 0], [0, 1, 0, 1]),
    "never predicted": ([0, 1, 0, 1, 1], [0, 0, 0, 0, 0]),
    "always predicted": ([0, 1, 0, 1, 1], [1, 1, 1, 1, 1]),
    "all wrong": ([0, 1, 0, 1], [1, 0, 1, 0]),
    "right": ([0, 1, 1, 0], [0, 1, 1, 0]),
    "a class that is never predicted": ([0, 1, 2, 2, 1, 0], [0, 1, 1, 1, 1, 0]),
    "a class that never occurs": ([0, 1, 1, 0, 0], [0, 2, 1, 2, 0]),
    "three classes, all wrong": ([0, 1, 2], [1, 2, 0]),
    "as many classes as rows": ([4, 7, 2, 9], [4, 2, 7, 9]),
}
classes = []
for name, (y, p) in pairs.items():
    n = len(y)
    for kind, w in (("plain", None), ("weighted", np.round(0.3 + (np.arange(n) * 7 % 5) / 3, 3)), ("zero", (np.arange(n) % 2).astype(float))):
        if w is not None and w.sum() == 0:
            continue
        kw = {"sample_weight": w}
        expected = {
            "accuracy": m.accuracy_score(y, p, **kw),
            "confusion": m.confusion_matrix(y, p, **kw),
            "matthews": m.matthews_corrcoef(y, p, **kw),
        }
        if len(set(y)) > 1:
            expected["balancedAccuracy"] = m.balanced_accuracy_score(y, p, **kw)
            expected["cohenKappa"] = m.cohen_kappa_score(y, p, **kw)
        two = set(y) | set(p) <= {0, 1}
        for zero in (0.0, 1.0, math.nan):
            for average in ("micro", "macro", "weighted", None) + (("binary",) if two else ()):
                for metric, fn in (("precision", m.precision_score), ("recall", m.recall_score), ("f1", m.f1_score), ("jaccard", m.jaccard_score)):
                    if metric == "jaccard" and math.isnan(zero):
                        continue
                    key = f"{metric} {average or 'none'} {plain(zero)}"
                    expected[key] = fn(y, p, average=average, zero_division=zero, **kw)
        classes.append({"name": f"{name}, {kind}", "yTrue": y, "yPredicted": p, "weights": w, "expected": expected})

rng = np.random.default_rng(3)
many = (rng.random(40) < 0.3).astype(int)
ranked = {
    "one value": ([0, 1, 0, 1, 1], [0.5] * 5),
    "perfect": ([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9]),
    "inverted": ([1, 1, 0, 0], [0.1, 0.2, 0.8, 0.9]),
    "two rows": ([0, 1], [0.3, 0.3]),
    "certain": ([0, 1, 1, 0, 1], [0.0, 1.0, 0.0, 1.0, 1.0]),
    "ties across classes": (many, np.round(0.4 * many + rng.random(40) * 0.6, 1)),
    "one positive": ([0, 0, 0, 1, 0, 0], [0.2, 0.6, 0.4, 0.4, 0.4, 0.1]),
}
scores = []
for name, (y, s) in ranked.items():
    n = len(y)
    w0 = np.where(np.arange(n) == n // 2, 0.0, 1.0)
    for kind, w in (("plain", None), ("weighted", np.round(0.25 + (np.arange(n) * 3 % 7) / 4, 2)), ("zero", w0)):
        kw = {"sample_weight": w}
        kept = np.asarray(y)[w > 0] if w is not None else y
        if len(set(map(int, kept))) < 2:
            continue
        fpr, tpr, t = m.roc_curve(y, s, drop_intermediate=False, **kw)
        precision, recall, pt = m.precision_recall_curve(y, s, **kw)
        scores.append(
            {
                "name": f"{name}, {kind}",
                "yTrue": y,
                "scores": s,
                "weights": w,
                "expected": {
                    "roc": [fpr, tpr, t],
                    "precisionRecall": [precision, recall, pt],
                    "rocAuc": m.roc_auc_score(y, s, **kw),
                    "averagePrecision": m.average_precision_score(y, s, **kw),
                    "precisionRecallArea": m.auc(recall, precision),
                    "logLoss": m.log_loss(y, s, **kw),
                    "brier": m.brier_score_loss(y, s, **kw),
                },
            }
        )

numbers = {
    "no variance, right": ([2.0, 2, 2], [2.0, 2, 2]),
    "no variance, wrong": ([2.0, 2, 2], [2.0, 2, 3]),
    "no variance, off by one": ([2.0, 2, 2], [3.0, 3, 3]),
    "two rows": ([1.0, 3.0], [1.5, 2.0]),
    "right": ([1.0, 3.0, 8.0], [1.0, 3.0, 8.0]),
    "worse than the mean": ([1.0, 2.0, 3.0], [9.0, -4.0, 7.0]),
    "a target of zero": ([0.0, 1.0, 2.0], [0.5, 1.0, 1.0]),
    "far from the origin": (1e8 + np.array([0.0, 1, 2, 3]), 1e8 + np.array([0.1, 1.2, 1.7, 3.3])),
    "equal errors": ([1.0, 2.0, 3.0, 4.0], [2.0, 1.0, 4.0, 3.0]),
}
regression = []
for name, (y, p) in numbers.items():
    n = len(y)
    for kind, w in (("plain", None), ("whole", 1.0 + np.arange(n) % 3), ("zero", (np.arange(n) != 1).astype(float))):
        kw = {"sample_weight": w}
        expected = {
            "meanSquaredError": m.mean_squared_error(y, p, **kw),
            "rootMeanSquaredError": m.root_mean_squared_error(y, p, **kw),
            "meanAbsoluteError": m.mean_absolute_error(y, p, **kw),
            "medianAbsoluteError": m.median_absolute_error(y, p, **kw),
            "meanAbsolutePercentageError": m.mean_absolute_percentage_error(y, p, **kw),
            "maxError": m.max_error(y, p),
            "r2": m.r2_score(y, p, **kw),
            "explainedVariance": m.explained_variance_score(y, p, **kw),
        }
        regression.append({"name": f"{name}, {kind}", "yTrue": y, "yPredicted": p, "weights": w, "expected": expected})

points = {
    "a group of one": ([[0.0], [1], [5], [6], [20]], [0, 0, 1, 1, 2]),
    "equal rows": ([[1.0, 1], [1, 1], [2, 2], [2, 2]], [0, 0, 1, 1]),
    "all rows equal": ([[1.0], [1], [1], [1]], [0, 1, 0, 1]),
    "mixed": ([[0.0, 0], [1, 0], [0, 1], [0.2, 0.1]], [0, 1, 1, 0]),
}
silhouettes = [
    {"name": k, "x": x, "labels": g, "samples": m.silhouette_samples(x, g), "mean": m.silhouette_score(x, g)}
    for k, (x, g) in points.items()
]

y3 = [0, 1, 2, 2, 1, 0, 2]
p3 = np.array([[1, 0, 0], [0.2, 0.5, 0.3], [0.4, 0.4, 0.2], [0, 0, 1], [0.3, 0.3, 0.4], [0.25, 0.5, 0.25], [0.1, 0.2, 0.7]])
w3 = [1, 0, 2, 1, 0.5, 1, 3]
multi = {
    "yTrue": y3,
    "probabilities": p3,
    "weights": w3,
    "expected": {
        "logLoss": m.log_loss(y3, p3),
        "logLossWeighted": m.log_loss(y3, p3, sample_weight=w3),
        "brier": m.brier_score_loss(y3, p3),
        "brierWeighted": m.brier_score_loss(y3, p3, sample_weight=w3),
        "rest": m.roc_auc_score(y3, p3, multi_class="ovr"),
        "restWeighted": m.roc_auc_score(y3, p3, multi_class="ovr", sample_weight=w3, average="weighted"),
        "pairs": m.roc_auc_score(y3, p3, multi_class="ovo"),
        "top2Weighted": m.top_k_accuracy_score(y3, p3, k=2, sample_weight=w3),
    },
}

out = {"classes": classes, "scores": scores, "regression": regression, "silhouettes": silhouettes, "multi": multi}
path = Path(__file__).resolve().parents[2] / "packages/thalweg/test/references/metrics-edges.json"
path.write_text(json.dumps(plain(out), separators=(",", ":")) + "\n")
print(path.name, path.stat().st_size)
