"""PyTorch as a peer: `python pytorch.py WORKLOAD THREADS`, speaking the lines that harness/serve.mjs describes."""

import math
import sys

from peer import absent, serve, values

try:
    import torch
except ImportError as error:
    absent(error)

workload, threads = sys.argv[1], int(sys.argv[2])
torch.set_num_threads(threads)
torch.set_num_interop_threads(1)

MANY = 4096 * 1024
COMPARED_STEPS = 10
NETWORKS = {
    "mlp_small_b32": ([8, 64, 32, 1], 32, torch.nn.functional.mse_loss),
    "mlp_large_b128": ([784, 512, 512, 10], 128, torch.nn.functional.cross_entropy),
}


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
    absent(f"pytorch has no {workload}")
call, check = prepared
if not (workload.startswith("mlp_")):
    torch.set_grad_enabled(False)

blas = "MKL" if torch.backends.mkl.is_available() else "another BLAS"
onednn = "oneDNN" if torch.backends.mkldnn.is_available() else "no oneDNN"
serve(f"PyTorch {torch.__version__} ({blas}, {onednn}, {torch.backends.cpu.get_cpu_capability()})", call, check)
