"""PyTorch as a peer: `python pytorch.py WORKLOAD THREADS`, speaking the lines that harness/serve.mjs describes."""

import json
import math
import sys
import time

answers = sys.stdout
sys.stdout = sys.stderr  # What a library prints must not be taken for an answer.


def send(message):
    answers.write(json.dumps(message) + "\n")
    answers.flush()


try:
    import numpy as np
    import torch
except ImportError as error:
    send({"absent": str(error)})
    sys.exit(0)

workload, threads = sys.argv[1], int(sys.argv[2])
torch.set_num_threads(threads)
torch.set_num_interop_threads(1)

MANY = 4096 * 1024
COMPARED_STEPS = 10
NETWORKS = {
    "mlp_small_b32": ([8, 64, 32, 1], 32, torch.nn.functional.mse_loss),
    "mlp_large_b128": ([784, 512, 512, 10], 128, torch.nn.functional.cross_entropy),
}


def values(count, seed, scale=1.0):
    """The numbers of values.mjs."""
    v = np.sin((np.arange(count, dtype=np.float64) + 1) * 12.9898 + seed * 78.233) * 43758.5453
    return (v - np.floor(v) - 0.5) * scale


def tensor(count, seed, scale=1.0, dtype=torch.float32):
    return torch.from_numpy(values(count, seed, scale)).to(dtype)


def mean_magnitude(result):
    return result.double().abs().mean().item()


def product(scalar, n):
    dtype = torch.float64 if scalar == "f64" else torch.float32
    a, b = (tensor(n * n, seed, dtype=dtype).reshape(n, n) for seed in (1, 2))
    c = torch.empty_like(a)
    return lambda: torch.mm(a, b, out=c), lambda: mean_magnitude(c)


def network(widths, batch, loss_of):
    layers = []
    for i, (inputs, outputs) in enumerate(zip(widths, widths[1:])):
        layer = torch.nn.Linear(inputs, outputs)
        with torch.no_grad():
            layer.weight.copy_(tensor(inputs * outputs, 100 + i, 2 * math.sqrt(6 / inputs)).reshape(inputs, outputs).T)
            layer.bias.zero_()
        layers += [layer] if i == 0 else [torch.nn.ReLU(), layer]
    net = torch.nn.Sequential(*layers)
    x = tensor(batch * widths[0], 1, 2).reshape(batch, widths[0])
    if loss_of is torch.nn.functional.cross_entropy:
        y = torch.arange(batch) * 7 % widths[-1]
    else:
        y = tensor(batch * widths[-1], 2, 2).reshape(batch, widths[-1])
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of(net(x), y)
        loss.backward()
        optimizer.step()
        return loss

    for _ in range(COMPARED_STEPS):
        loss = step().item()
    return step, lambda: loss


def elementwise(name):
    if name == "sum_4M":
        x = tensor(MANY, 1) + 0.5
        return lambda: x.sum(), lambda: mean_magnitude(x.sum())
    x = tensor(MANY, 1, 6)
    if name == "gelu_4M":
        return lambda: torch.nn.functional.gelu(x), lambda: mean_magnitude(torch.nn.functional.gelu(x))
    x = x.reshape(4096, 1024)
    y = torch.empty_like(x)
    return lambda: torch.softmax(x, 1, out=y), lambda: mean_magnitude(y)


def lazy():
    x, y = (tensor(32 * 64, seed, 2).reshape(32, 64) for seed in (1, 2))

    def call():
        return torch.maximum((((x * y + 1).tanh() - y) * 0.5 + x).abs().sqrt() - 1, y)

    return call, lambda: mean_magnitude(call())


def prepare():
    if workload.startswith("gemm_"):
        _, scalar, n = workload.split("_")
        return product(scalar, int(n))
    if workload in NETWORKS:
        return network(*NETWORKS[workload])
    if workload in ("gelu_4M", "sum_4M", "softmax_4096x1024"):
        return elementwise(workload)
    if workload == "lazy_cached":
        return lazy()
    return None


prepared = prepare()
if prepared is None:
    send({"absent": f"pytorch has no {workload}"})
    sys.exit(0)
call, check = prepared
if not (workload.startswith("mlp_")):
    torch.set_grad_enabled(False)

blas = "MKL" if torch.backends.mkl.is_available() else "another BLAS"
onednn = "oneDNN" if torch.backends.mkldnn.is_available() else "no oneDNN"
send({"ready": {"version": f"PyTorch {torch.__version__} ({blas}, {onednn}, {torch.backends.cpu.get_cpu_capability()})"}})

batch = 1
for line in sys.stdin:
    request = json.loads(line)
    if "check" in request:
        send({"check": check()})
        continue
    seconds = request.get("warm", request.get("block"))
    start = time.perf_counter()
    calls = 0
    while True:
        for _ in range(batch):
            call()
        calls += batch
        elapsed = time.perf_counter() - start
        if elapsed >= seconds:
            break
    batch = max(1, round(0.004 * calls / elapsed))
    send({"calls": calls, "seconds": elapsed})
