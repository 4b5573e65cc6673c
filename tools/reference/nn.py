"""Activations, losses (values and gradients) and normal quantiles, in float64, by PyTorch and SciPy.

Run: python tools/reference/nn.py   (writes packages/thalweg/test/references/nn.json)

Gradients of activations are d sum(value) / dx, those of losses d loss / d prediction (of "none": of the sum). Infinities and NaN are texts.
"""

import json
import math
from pathlib import Path

import torch
import torch.nn.functional as F
from scipy.special import ndtri

torch.manual_seed(3)
torch.set_default_dtype(torch.float64)


def plain(t):
    if isinstance(t, list):
        return [plain(x) for x in t]
    if isinstance(t, float) and not math.isfinite(t):
        return str(t)
    return t


points = [0.0, -0.0, 1e-9, -1e-9, 0.3, -0.3, 1.0, -1.0, 2.5, -2.5, 6.0, -6.0, 30.0, -30.0, 800.0, -800.0]
functions = {
    "relu": F.relu,
    "leakyReLU": lambda x: F.leaky_relu(x, 0.01),
    "leakyReLU 0.2": lambda x: F.leaky_relu(x, 0.2),
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "gelu": F.gelu,
    "gelu tanh": lambda x: F.gelu(x, approximate="tanh"),
    "silu": F.silu,
    "softplus": lambda x: torch.logaddexp(x, torch.zeros_like(x)),
    "elu": F.elu,
    "elu 1.5": lambda x: F.elu(x, alpha=1.5),
    "softmax": lambda x: F.softmax(x.reshape(4, 4) / 10, dim=-1).flatten(),
    "logSoftmax": lambda x: F.log_softmax(x.reshape(4, 4) / 10, dim=-1).flatten(),
}
activations = {}
for name, f in functions.items():
    x = torch.tensor(points, requires_grad=True)
    y = f(x)
    # Weighted for the rows of softmax, whose plain sum has gradient 0.
    weights = torch.arange(1.0, 17.0) if "oftmax" in name else torch.ones(16)
    (y * weights).sum().backward()
    activations[name] = {"value": plain(y.detach().tolist()), "gradient": plain(x.grad.tolist())}

losses = []


def record(name, f, prediction, target, weights=None, options=None):
    p = prediction.clone().requires_grad_()
    value = f(p)
    value.sum().backward()
    losses.append(
        {
            "name": name,
            "options": options or {},
            "prediction": prediction.tolist(),
            "target": target.tolist(),
            "labels": "int32" if target.dtype == torch.int64 else "float64",
            "weights": None if weights is None else weights.tolist(),
            "value": value.detach().tolist(),
            "gradient": p.grad.tolist(),
        }
    )


p, t = torch.randn(6, 3), torch.randn(6, 3) * 2
t[0, 0] = p[0, 0]
w = torch.tensor([0.5, 2.0, 1.0, 0.0, 3.0, 0.25])
wide = w[:, None]
for name, f in {
    "meanSquaredError": lambda p, t: (p - t) ** 2,
    "meanAbsoluteError": lambda p, t: F.l1_loss(p, t, reduction="none"),
    "huber": lambda p, t: F.huber_loss(p, t, reduction="none"),
}.items():
    record(name, lambda p: f(p, t).mean(), p, t)
    record(name, lambda p: f(p, t).sum(), p, t, options={"reduction": "sum"})
    record(name, lambda p: f(p, t), p, t, options={"reduction": "none"})
    record(name, lambda p: (f(p, t) * wide).sum() / (w.sum() * 3), p, t, weights=w)
    record(name, lambda p: (f(p, t) * wide).sum(), p, t, weights=w, options={"reduction": "sum"})
record("huber", lambda p: F.huber_loss(p, t, delta=0.3), p, t, options={"delta": 0.3})

z = torch.tensor([0.0, 0.7, -1.3, 40.0, -40.0, 700.0, -700.0, 5.0])
b = torch.tensor([1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 0.3])
bce = lambda p, t: F.binary_cross_entropy_with_logits(p, t, reduction="none")
record("binaryCrossEntropy", lambda p: bce(p, b).mean(), z, b)
record("binaryCrossEntropy", lambda p: bce(p, b), z, b, options={"reduction": "none"})
record("binaryCrossEntropy", lambda p: bce(p, b * 0.9 + 0.05).mean(), z, b, options={"labelSmoothing": 0.1})
bw = torch.tensor([1.0, 2.0, 0.0, 1.0, 0.5, 1.0, 1.0, 3.0])
record("binaryCrossEntropy", lambda p: (bce(p, b) * bw).sum() / bw.sum(), z, b, weights=bw)

logits = torch.randn(6, 4) * 3
logits[1] = torch.tensor([800.0, -800.0, 0.0, 799.0])
labels = torch.tensor([0, 1, 2, 3, 0, 2])
probabilities = F.softmax(torch.randn(6, 4), dim=-1)
ce = lambda p, t, **k: F.cross_entropy(p, t, reduction="none", **k)
record("crossEntropy", lambda p: ce(p, labels).mean(), logits, labels)
record("crossEntropy", lambda p: ce(p, labels), logits, labels, options={"reduction": "none"})
record("crossEntropy", lambda p: ce(p, labels, label_smoothing=0.1).mean(), logits, labels, options={"labelSmoothing": 0.1})
record("crossEntropy", lambda p: (ce(p, labels) * w).sum() / w.sum(), logits, labels, weights=w)
record("crossEntropy", lambda p: ce(p, probabilities).mean(), logits, probabilities)
record(
    "crossEntropy",
    lambda p: ce(p, probabilities, label_smoothing=0.2).mean(),
    logits,
    probabilities,
    options={"labelSmoothing": 0.2},
)
deep, deep_labels = torch.randn(2, 3, 4), torch.tensor([[0, 3, 1], [2, 2, 0]])
record("crossEntropy", lambda p: ce(p.reshape(6, 4), deep_labels.flatten()).mean(), deep, deep_labels)

probabilities_of_quantiles = [2**-33, 1e-8, 1e-4, 0.01, 0.0227, 0.074, 0.076, 0.3, 0.5, 0.7, 0.924, 0.926, 0.99, 1 - 1e-6, 1 - 2**-33]
result = {
    "torch": torch.__version__,
    "points": points,
    "activations": activations,
    "losses": losses,
    "quantiles": [[q, float(ndtri(q))] for q in probabilities_of_quantiles],
}
target = Path(__file__).parents[2] / "packages/thalweg/test/references/nn.json"
target.write_text(json.dumps(result, separators=(",", ":")) + "\n")
