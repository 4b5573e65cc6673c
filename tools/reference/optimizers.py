"""Trajectories of optimisers over 100 steps, in float64 and float32, by PyTorch.

Run: python tools/reference/optimizers.py   (writes packages/thalweg/test/references/optimizers.json)

The network is 5-7-2 with tanh, the loss the mean squared error of 12 rows, always the same ones. Weights are stored as [inputs, outputs].
Settings are such that PyTorch's own float32 and float64 stay within 3e-6 of each other: otherwise rounding, not the formula, would be compared.
After step 50 the learning rate is divided by 4. `averaged` is no PyTorch optimiser: it is written out below.
"""

import json
from pathlib import Path

import torch

torch.manual_seed(7)
torch.set_num_threads(1)
INPUTS, HIDDEN, OUTPUTS, ROWS, STEPS = 5, 7, 2, 12, 100

x = torch.randn(ROWS, INPUTS, dtype=torch.float64)
y = torch.randn(ROWS, OUTPUTS, dtype=torch.float64)
# Representable in float32, so that both dtypes start from the same numbers.
start = {
    "hidden.weight": torch.randn(INPUTS, HIDDEN) * 0.6,
    "hidden.bias": torch.randn(HIDDEN) * 0.1,
    "out.weight": torch.randn(HIDDEN, OUTPUTS) * 0.5,
    "out.bias": torch.randn(OUTPUTS) * 0.1,
}
x, y = x.float().double(), y.float().double()


class Averaged(torch.optim.Optimizer):
    def __init__(self, params, lr, momentum):
        super().__init__(params, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                m = self.state[p].setdefault("m", torch.zeros_like(p))
                m.mul_(group["momentum"]).add_(p.grad, alpha=1 - group["momentum"])
                p.add_(m, alpha=-group["lr"])


O = torch.optim
cases = {
    "sgd": lambda p: O.SGD(p, lr=0.1),
    "sgd with L2": lambda p: O.SGD(p, lr=0.1, weight_decay=0.05),
    "momentum": lambda p: O.SGD(p, lr=0.05, momentum=0.9),
    "averaged": lambda p: Averaged(p, 0.2, 0.9),
    "nesterov": lambda p: O.SGD(p, lr=0.05, momentum=0.9, nesterov=True),
    "adagrad": lambda p: O.Adagrad(p, lr=0.1),
    "adagrad from 0.1": lambda p: O.Adagrad(p, lr=0.1, initial_accumulator_value=0.1, eps=1e-7),
    "rmsprop": lambda p: O.RMSprop(p, lr=0.003),
    "rmsprop centered": lambda p: O.RMSprop(p, lr=0.01, alpha=0.9, centered=True, eps=0.1),
    "rmsprop momentum": lambda p: O.RMSprop(p, lr=0.002, momentum=0.8),
    "adam": lambda p: O.Adam(p, lr=0.01),
    "adam other settings": lambda p: O.Adam(p, lr=0.03, betas=(0.8, 0.95), eps=1e-4),
    "adam with L2": lambda p: O.Adam(p, lr=0.01, weight_decay=0.02),
    "adamW": lambda p: O.AdamW(p, lr=0.01, weight_decay=0.1),
    "clipped norm, sgd": lambda p: O.SGD(p, lr=0.3),
    "clipped value, adam": lambda p: O.Adam(p, lr=0.01),
    "clipped tensors, sgd": lambda p: O.SGD(p, lr=0.3),
}


def clip(name, parameters):
    if name.startswith("clipped norm"):
        torch.nn.utils.clip_grad_norm_(parameters, 0.25)
    elif name.startswith("clipped value"):
        torch.nn.utils.clip_grad_value_(parameters, 0.02)
    elif name.startswith("clipped tensors"):
        for p in parameters:
            torch.nn.utils.clip_grad_norm_([p], 0.1)


def trajectory(name, make, dtype):
    p = {k: v.to(dtype).clone().requires_grad_() for k, v in start.items()}
    optimizer = make(list(p.values()))
    kept = {}
    for step in range(1, STEPS + 1):
        if step == 51:
            for group in optimizer.param_groups:
                group["lr"] /= 4
        optimizer.zero_grad()
        hidden = torch.tanh(x.to(dtype) @ p["hidden.weight"] + p["hidden.bias"])
        loss = ((hidden @ p["out.weight"] + p["out.bias"] - y.to(dtype)) ** 2).mean()
        loss.backward()
        clip(name, list(p.values()))
        optimizer.step()
        if step in (3, STEPS):
            kept[str(step)] = {k: v.detach().double().flatten().tolist() for k, v in p.items()}
    return kept


result = {
    "torch": torch.__version__,
    "x": x.tolist(),
    "y": y.tolist(),
    "start": {k: v.double().tolist() for k, v in start.items()},
    "cases": {
        name: {"float64": trajectory(name, make, torch.float64), "float32": trajectory(name, make, torch.float32)}
        for name, make in cases.items()
    },
}
target = Path(__file__).parents[2] / "packages/thalweg/test/references/optimizers.json"
target.write_text(json.dumps(result, separators=(",", ":")) + "\n")
