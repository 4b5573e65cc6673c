"""Splits, cross-validation, ensembles, calibration by scikit-learn; tests of hypotheses by SciPy.

Run: python tools/reference/selection.py   (writes packages/thalweg/test/references/selection.json)
"""

import json
from pathlib import Path

import numpy as np
from scipy import stats
from sklearn import calibration, ensemble, isotonic
from sklearn import model_selection as ms
from sklearn.linear_model import Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

rng = np.random.default_rng(8)
N = 47
x = rng.normal(size=(N, 3)) * [1, 20, 0.3]
y = x @ [1.0, 0.05, -2] + 0.5 * rng.normal(size=N) + 3
labels = (x[:, 0] + 0.05 * x[:, 1] + 0.6 * rng.normal(size=N) > 0.2).astype(int)
three = np.digitize(x[:, 0] + 0.3 * rng.normal(size=N), [-0.5, 0.6])
groups = rng.integers(0, 9, N)
weights = np.round(rng.random(N) * 2 + 0.01, 2)


def folds(splitter, *args):
    return [[a.tolist(), b.tolist()] for a, b in splitter.split(*args)]


splits = {
    "kFold4": folds(ms.KFold(4), x),
    "stratified5": folds(ms.StratifiedKFold(5), x, three),
    "grouped3": folds(ms.GroupKFold(3), x, y, groups),
    "time5": folds(ms.TimeSeriesSplit(5), x),
    "time3": folds(ms.TimeSeriesSplit(3, gap=2, test_size=6, max_train_size=15), x),
    "leaveGroupOut": folds(ms.LeaveOneGroupOut(), x, y, groups),
}

ridge, nb = Ridge(alpha=0.7), GaussianNB()
scaled = make_pipeline(StandardScaler(), Ridge(alpha=0.7))
cv = ms.KFold(5)
names = ["r2", "neg_mean_squared_error", "neg_mean_absolute_error"]
regression = ms.cross_validate(scaled, x, y, cv=cv, scoring=names, return_train_score=True)
classes = ms.cross_validate(nb, x, labels, cv=5, scoring=["accuracy", "roc_auc", "neg_log_loss", "f1", "average_precision"])
alphas = [0.01, 1, 10, 100]
grid = ms.GridSearchCV(ridge, {"alpha": alphas, "fit_intercept": [True, False]}, cv=cv).fit(x, y)
curve_train, curve_test = ms.validation_curve(ridge, x, y, param_name="alpha", param_range=alphas, cv=cv)
validation = {
    "test": {
        "r2": regression["test_r2"],
        "negativeMeanSquaredError": regression["test_neg_mean_squared_error"],
        "negativeMeanAbsoluteError": regression["test_neg_mean_absolute_error"],
    },
    "trainR2": regression["train_r2"],
    "classes": {
        "accuracy": classes["test_accuracy"],
        "rocAuc": classes["test_roc_auc"],
        "negativeLogLoss": classes["test_neg_log_loss"],
        "f1": classes["test_f1"],
        "averagePrecision": classes["test_average_precision"],
    },
    "threeAccuracy": ms.cross_val_score(nb, x, three, cv=5),
    "threeAuc": ms.cross_val_score(nb, x, three, cv=5, scoring="roc_auc_ovr"),
    "crossPredict": ms.cross_val_predict(scaled, x, y, cv=cv),
    "alphas": alphas,
    "grid": [
        {"alpha": p["alpha"], "intercept": p["fit_intercept"], "mean": m, "rank": r}
        for p, m, r in zip(grid.cv_results_["params"], grid.cv_results_["mean_test_score"], grid.cv_results_["rank_test_score"])
    ],
    "curveTrain": curve_train,
    "curveTest": curve_test,
}

members = [("a", Ridge(alpha=0.1)), ("b", make_pipeline(StandardScaler(), Ridge(alpha=50)))]
voters = [("a", GaussianNB()), ("b", make_pipeline(StandardScaler(), GaussianNB(var_smoothing=2))), ("c", GaussianNB(var_smoothing=0.3))]
soft = ensemble.VotingClassifier(voters, voting="soft", weights=[1, 2, 1]).fit(x, three)
hard = ensemble.VotingClassifier(voters, voting="hard").fit(x, three)
ensembles = {
    "averaging": ensemble.VotingRegressor(members, weights=[3, 1]).fit(x, y).predict(x),
    "soft": soft.predict_proba(x),
    "softLabels": soft.predict(x),
    "hard": hard.predict(x),
    "stacking": ensemble.StackingRegressor(members, Ridge(alpha=0.01), cv=cv).fit(x, y).predict(x),
    "stackingWide": ensemble.StackingRegressor(members, Ridge(alpha=0.01), cv=cv, passthrough=True).fit(x, y).predict(x),
    "stackingClasses": ensemble.StackingClassifier(voters, GaussianNB(), cv=5).fit(x, three).predict_proba(x),
    "stackingBinary": ensemble.StackingClassifier(voters, GaussianNB(), cv=5).fit(x, labels).predict_proba(x),
}

scores = 4 * (nb.fit(x, labels).predict_proba(x)[:, 1] - 0.4)
iso = isotonic.IsotonicRegression(out_of_bounds="clip").fit(scores, labels)
iso_w = isotonic.IsotonicRegression(out_of_bounds="clip").fit(np.round(x[:, 0], 1), y, sample_weight=weights)
places = np.linspace(-3, 3, 25)
logits = 3 * rng.normal(size=(N, 3)) + 3 * np.eye(3)[three]
from sklearn.calibration import _sigmoid_calibration, _TemperatureScaling

calibrations = {
    "scores": scores,
    "platt": _sigmoid_calibration(scores, labels),
    "plattWeighted": _sigmoid_calibration(scores, labels, weights),
    "isotonic": iso.predict(places),
    "isotonicWeighted": iso_w.predict(places),
    "places": places,
    "logits": logits,
    "temperature": 1 / float(_TemperatureScaling().fit(logits, three).beta_),
    "calibratedIsotonic": calibration.CalibratedClassifierCV(nb, method="isotonic", cv=ms.StratifiedKFold(5), ensemble=False)
    .fit(x, labels)
    .predict_proba(x),
}

a, b = rng.normal(size=(2, 12))
b = b + 0.5
tied_a, tied_b = np.round(a * 2) / 2, np.round(b * 2) / 2
tests = {"a": a, "b": b, "tiedA": tied_a, "tiedB": tied_b}
for alternative in ("two-sided", "greater", "less"):
    t = stats.ttest_rel(a, b, alternative=alternative)
    w = stats.wilcoxon(a, b, alternative=alternative)
    big_a, big_b = np.linspace(0, 1, 60) ** 2, np.linspace(0, 1, 60) - 0.13
    z = stats.wilcoxon(tied_a, tied_b, alternative=alternative, method="asymptotic", zero_method="wilcox")
    d = a - b
    corrected = d.mean() / np.sqrt((1 / 12 + 0.25) * d.var(ddof=1))
    dist = stats.t(11)
    p = {"two-sided": 2 * dist.sf(abs(corrected)), "greater": dist.sf(corrected), "less": dist.cdf(corrected)}[alternative]
    tests[alternative] = {"t": list(t), "wilcoxon": list(w), "tied": list(z), "corrected": [corrected, p]}
p1 = np.where(rng.random(N) < 0.2, 1 - labels, labels)
p2 = np.where(rng.random(N) < 0.45, 1 - labels, labels)
n1, n2 = int(((p1 == labels) & (p2 != labels)).sum()), int(((p1 != labels) & (p2 == labels)).sum())
chi = (abs(n1 - n2) - 1) ** 2 / (n1 + n2)
tests["mcnemar"] = {
    "first": p1,
    "second": p2,
    "exact": stats.binomtest(min(n1, n2), n1 + n2).pvalue,
    "chi": [chi, stats.chi2.sf(chi, 1)],
    "uncorrected": [(n1 - n2) ** 2 / (n1 + n2), stats.chi2.sf((n1 - n2) ** 2 / (n1 + n2), 1)],
}


def plain(v):
    if isinstance(v, dict):
        return {k: plain(e) for k, e in v.items()}
    if isinstance(v, (np.ndarray, list, tuple)):
        return [plain(e) for e in v]
    return v.item() if isinstance(v, np.generic) else v


out = {
    "x": x,
    "y": y,
    "labels": labels,
    "three": three,
    "groups": groups,
    "weights": weights,
    "splits": splits,
    "validation": validation,
    "ensembles": ensembles,
    "calibrations": calibrations,
    "tests": tests,
}
path = Path(__file__).parents[2] / "packages/thalweg/test/references/selection.json"
path.write_text(json.dumps(plain(out), separators=(",", ":")) + "\n")
print(path, path.stat().st_size)
