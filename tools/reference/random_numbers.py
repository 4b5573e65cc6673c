"""Random numbers by an implementation of its own, in whole numbers of Python, and distribution functions by SciPy.

Run: python tools/reference/random_numbers.py   (writes packages/thalweg/test/references/random.json)
"""

import json
from pathlib import Path

import numpy as np
from scipy import special, stats

M = 2**32 - 1


def threefry(k0, k1, c0, c1):
    ks = [k0, k1, 0x1BD11BDA ^ k0 ^ k1]
    x, y = (c0 + k0) & M, (c1 + k1) & M
    rotations = [13, 15, 26, 6, 17, 29, 16, 24]
    for r in range(20):
        x = (x + y) & M
        d = rotations[r % 8]
        y = ((y << d) | (y >> (32 - d))) & M
        y ^= x
        if r % 4 == 3:
            j = r // 4 + 1
            x = (x + ks[j % 3]) & M
            y = (y + ks[(j + 1) % 3] + j) & M
    return x, y


# The published vectors of the authors' library.
assert threefry(0, 0, 0, 0) == (0x6B200159, 0x99BA4EFE)
assert threefry(M, M, M, M) == (0x1CB996FC, 0xBB002BE7)
assert threefry(0x13198A2E, 0x03707344, 0x243F6A88, 0x85A308D3) == (0xC4923A9C, 0x483DF7A0)


def bits(key, n):
    return [a ^ b for a, b in (threefry(*key, i & M, i >> 32) for i in range(n))]


def signed(w):
    return w - 2**32 if w >= 2**31 else w


def words(v):
    return v & M, (v >> 32) & M


def xor(key, w):
    return key[0] ^ w[0], key[1] ^ w[1]


SEED, FOLD, SPLIT, TEXT = (0x082EFA98, 0xEC4E6C89), (0x243F6A88, 0x85A308D3), (0x13198A2E, 0x03707344), (0xA4093822, 0x299F31D0)


def key(seed):
    return threefry(*SEED, *words(seed))


def split(k, n):
    b = bits(xor(k, SPLIT), 2 * n)
    return [b[2 * i : 2 * i + 2] for i in range(n)]


def fold(k, w):
    return tuple(bits(xor(xor(k, FOLD), w), 2))


def fold_text(k, text):
    raw = text.encode()
    state = xor(k, TEXT)
    for at in range(0, len(raw), 8):
        eight = raw[at : at + 8].ljust(8, b"\0")
        state = fold(state, (int.from_bytes(eight[:4], "little"), int.from_bytes(eight[4:], "little")))
    return fold(state, (len(raw), 0))


rows = []
for seed in [0, 1, 42, -7, 2**40 + 3]:
    k = key(seed)
    n = 12
    w = bits(k, 2 * n)
    pairs = [(w[2 * i], w[2 * i + 1]) for i in range(n)]
    wide = [(a << 32) | b for a, b in pairs]
    p32 = [(np.float32(a & 0x7FFFFFFF).astype(float) + 0.5) * 2.0**-32 for a in w[:n]]
    p64 = [float(((a & 0x7FFFFFFF) << 31) | (b >> 1)) * 2.0**-63 + 2.0**-64 for a, b in pairs]
    ranges = [(0, 6), (-3, 1000), (0, 3 * 2**29), (-(2**31), 2**31 - 1), (5, 6)]
    rows.append(
        {
            "seed": seed,
            "key": [signed(v) for v in k],
            "bits": [signed(v) for v in w[:n]],
            "split": [[signed(v) for v in row] for row in split(k, 3)],
            "fold": [[d, [signed(v) for v in fold(k, words(d))]] for d in [0, 5, -1, 2**33 + 1]],
            "foldText": [[t, [signed(v) for v in fold_text(k, t)]] for t in ["", "weight", "layers.0.bias", "größe"]],
            "uniform32": [(a >> 8) * 2.0**-24 for a in w[:n]],
            "uniform64": [((a >> 5) * 2**26 + (b >> 6)) * 2.0**-53 for a, b in pairs],
            "integers": [{"low": lo, "high": hi, "values": [lo + ((v * (hi - lo)) >> 64) for v in wide]} for lo, hi in ranges],
            "normal32": [float(-special.ndtri(p)) * (-1 if a >> 31 else 1) for p, a in zip(p32, w)],
            "normal64": [float(-special.ndtri(p)) * (-1 if a >> 31 else 1) for p, (a, _) in zip(p64, pairs)],
        }
    )

ps = [0.5, 0.5 - 2.0**-16, 0.3, 0.0751, 0.0749, 0.01, 1e-4, 1e-7, 2.0**-33, 1.5e-11, 1.3e-11, 1e-20, 2.0**-64, 1e-100, 1e-300]
xs = [-37, -20, -8, -5, -3.0001, -2.9999, -2, -1, -0.1, 0, 0.1, 1, 2.9999, 3.0001, 5]
truncated = []
for low, high in [(-2, 2), (0, 3), (3, 4), (-8, -6), (1, 30), (-1, 0.5)]:
    d = stats.truncnorm(low, high)
    truncated.append({"low": low, "high": high, "mean": float(d.mean()), "std": float(d.std()), "quartiles": [float(v) for v in d.ppf([0.25, 0.5, 0.75])]})

path = Path(__file__).resolve().parents[2] / "packages/thalweg/test/references/random.json"
path.write_text(
    json.dumps(
        {
            "seeds": rows,
            "quantile": [[p, float(-special.ndtri(p))] for p in ps],
            "cdf": [[x, float(special.ndtr(x))] for x in xs],
            "truncated": truncated,
        },
        indent=1,
    )
    + "\n"
)
print(path.stat().st_size, "bytes")
