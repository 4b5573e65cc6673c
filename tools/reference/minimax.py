"""Minimax coefficients of the transcendental functions in packages/thalweg/src/compiler/math.

Usage: python tools/reference/minimax.py [name ...] writes packages/thalweg/src/compiler/math/coefficients.ts and prints the error of
each approximation (with names: prints those only, writes nothing). Needs mpmath.

Method: the second algorithm of Remez on a dense grid of Chebyshev-spaced points, in 60 decimal digits (Muller, Handbook of
Floating-Point Arithmetic, 2nd ed., chapter 10; Brisebarre and Chevillard, "Efficient polynomial L-infinity approximations", 2007, for the
idea of rounding one coefficient at a time). Each approximation is F(t) ~ sum c_i t^i on [a, b], minimising the largest
|weight(t) * (F(t) - p(t))|, where the weight turns the error of p into the relative (or absolute) error of the function wanted.
After a fit the lowest coefficient not yet fixed is rounded to the target format and the others are fitted again; where 0 lies inside
the interval (the remaining powers would have a common zero there, and no equioscillating error) all are rounded at once.
"""

import sys
from pathlib import Path

import numpy as np
from mpmath import mp, mpf

mp.dps = 60


def round_to(value, dtype):
    if dtype == "f64":
        return mpf(float(value))
    return mpf(float(np.float32(float(value))))


def solve(matrix, right):
    return list(mp.lu_solve(mp.matrix(matrix), mp.matrix(right)))


def remez(points, values, weights, powers):
    """Coefficients of t^p, p in powers, and the levelled error, for sum c_p t^p ~ values at points."""
    n = len(powers)
    if n == 0:
        return [], max(abs(w * v) for w, v in zip(weights, values))
    last = len(points) - 1
    chosen = sorted({round(last * (1 - np.cos(np.pi * i / n)) / 2) for i in range(n + 1)})
    basis = [[t**p for p in powers] for t in points]
    coefficients = None
    for _ in range(60):
        rows = [basis[i] + [(-1) ** k / weights[i]] for k, i in enumerate(chosen)]
        *coefficients, level = solve(rows, [values[i] for i in chosen])
        errors = [
            weights[i] * (values[i] - sum(c * x for c, x in zip(coefficients, basis[i]))) for i in range(len(points))
        ]
        # The largest error in each run of one sign; then the best n + 1 consecutive runs.
        runs = []
        for i, e in enumerate(errors):
            if runs and (e > 0) == (errors[runs[-1]] > 0):
                if abs(e) > abs(errors[runs[-1]]):
                    runs[-1] = i
            else:
                runs.append(i)
        while len(runs) > n + 1:
            runs.pop(0 if abs(errors[runs[0]]) < abs(errors[runs[-1]]) else -1)
        worst = max(abs(e) for e in errors)
        if len(runs) < n + 1 or worst <= abs(level) * mpf("1.001"):
            break
        chosen = runs
    return coefficients, worst


def fit(function, weight, a, b, terms, dtype):
    """Rounded coefficients c_0 .. c_{terms-1} and the largest weighted error with them."""
    count = max(200, 30 * terms)
    a, b = mpf(a), mpf(b)
    points = [a + (b - a) * (1 - mp.cos(mp.pi * (i + mpf(1) / 2) / count)) / 2 for i in range(count)]
    values = [function(t) for t in points]
    weights = [weight(t) for t in points]
    done = []
    if a < 0:
        rest, _ = remez(points, values, weights, list(range(terms)))
        done = [round_to(c, dtype) for c in rest]
        values = [v - sum(c * t**k for k, c in enumerate(done)) for v, t in zip(values, points)]
    while len(done) < terms:
        k = len(done)
        rest, _ = remez(points, values, weights, list(range(k, terms)))
        c = round_to(rest[0], dtype)
        done.append(c)
        values = [v - c * t**k for v, t in zip(values, points)]
    return done, max(abs(w * v) for w, v in zip(weights, values))


def near_zero(function, series, radius="1e-8"):
    """The function, or a few terms of its series where the closed form would cancel."""
    return lambda t: series(t) if abs(t) < mpf(radius) else function(t)


half_ln2 = mp.log(2) / 2 * mpf("1.002")
quarter_pi = mp.pi / 4 * mpf("1.0005")
atan_limit = mp.tan(mpf(1) / 2) * mpf("1.0001")


def exp_tail(r):
    return (mp.exp(r) - 1 - r) / r**2 if abs(r) > mpf("1e-12") else mpf(1) / 2 + r / 6 + r * r / 24


def log_tail(f):
    if abs(f) < mpf("1e-9"):
        return mpf(1) / 3 - f / 4 + f * f / 5
    return (mp.log(1 + f) - f + f * f / 2) / f**3


def odd_tail(function, third):
    """(g(x) - x)/x^3 as a function of z = x^2, where g(x) = x + third x^3 + ..."""
    return lambda z: (function(mp.sqrt(z)) - mp.sqrt(z)) / mp.sqrt(z) ** 3 if z > mpf("1e-18") else mpf(third)


def odd_weight(function):
    return lambda z: mp.sqrt(z) ** 3 / function(mp.sqrt(z)) if z > mpf("1e-18") else z


def atanh_tail2(z):
    s = mp.sqrt(z)
    return (mp.atanh(s) / s - 1 - z / 3) / z**2 if z > mpf("1e-14") else mpf(1) / 5 + z / 7


def erfcx(x):
    return mp.exp(x * x) * mp.erfc(x)


def scaled_erfc(centre):
    def f(q):
        x = centre * (1 + q) / (1 - q)
        return (1 + 2 * x) * erfcx(x)

    return f


def spec():
    """name: (doc, {dtype: (terms, function, weight, a, b)})"""
    out = {}

    def add(name, doc, f32, f64):
        out[name] = (doc, {"f32": f32, "f64": f64})

    # The weight is that of expm1, the stricter of the two.
    def exp_weight(r):
        return r**2 / abs(mp.expm1(r)) if abs(r) > mpf("1e-12") else abs(r)

    add(
        "exp",
        "eʳ = 1 + r + r²·p(r), |r| ≤ ln 2 / 2",
        (6, exp_tail, exp_weight, -half_ln2, half_ln2),
        (11, exp_tail, exp_weight, -half_ln2, half_ln2),
    )
    low, high = mp.sqrt(mpf(1) / 2) - 1, mp.sqrt(2) - 1
    add(
        "log",
        "f32: log(1 + f) = f - f²/2 + f³·p(f), 1 + f in [√½, √2]. f64: with s = f/(2 + f), 2·atanh(s) = 2s + s·z·p(z), z = s²",
        (9, log_tail, lambda f: f**3 / mp.log(1 + f) if abs(f) > mpf("1e-9") else f**2, low, high),
        (
            7,
            lambda z: 2 * odd_tail(mp.atanh, mpf(1) / 3)(z),
            lambda z: odd_weight(mp.atanh)(z) / 2,
            0,
            (high / (2 + high)) ** 2 * mpf("1.001"),
        ),
    )
    add(
        "sin",
        "sin r = r + r³·p(r²), |r| ≤ π/4",
        (4, odd_tail(mp.sin, -mpf(1) / 6), odd_weight(mp.sin), 0, quarter_pi**2),
        (6, odd_tail(mp.sin, -mpf(1) / 6), odd_weight(mp.sin), 0, quarter_pi**2),
    )

    def cos_tail(z):
        return (mp.cos(mp.sqrt(z)) - 1 + z / 2) / z**2 if z > mpf("1e-9") else mpf(1) / 24 - z / 720

    add(
        "cos",
        "cos r = 1 - r²/2 + r⁴·p(r²), |r| ≤ π/4",
        (3, cos_tail, lambda z: z**2 / mp.cos(mp.sqrt(z)), 0, quarter_pi**2),
        (6, cos_tail, lambda z: z**2 / mp.cos(mp.sqrt(z)), 0, quarter_pi**2),
    )
    add(
        "atan",
        "atan a = a + a³·p(a²), |a| ≤ tan ½",
        (6, odd_tail(mp.atan, -mpf(1) / 3), odd_weight(mp.atan), 0, atan_limit**2),
        (13, odd_tail(mp.atan, -mpf(1) / 3), odd_weight(mp.atan), 0, atan_limit**2),
    )
    add(
        "asin",
        "asin x = x + x³·p(x²), |x| ≤ ½",
        (5, odd_tail(mp.asin, mpf(1) / 6), odd_weight(mp.asin), 0, mpf("0.2505")),
        (13, odd_tail(mp.asin, mpf(1) / 6), odd_weight(mp.asin), 0, mpf("0.2505")),
    )
    tanh_limit = mpf("0.55") ** 2 * mpf("1.0001")
    add(
        "tanh",
        "tanh x = x + x³·p(x²), |x| ≤ 0.55",
        (5, odd_tail(mp.tanh, -mpf(1) / 3), odd_weight(mp.tanh), 0, tanh_limit),
        (11, odd_tail(mp.tanh, -mpf(1) / 3), odd_weight(mp.tanh), 0, tanh_limit),
    )
    add(
        "sinh",
        "sinh x = x + x³·p(x²), |x| ≤ 1",
        (4, odd_tail(mp.sinh, mpf(1) / 6), odd_weight(mp.sinh), 0, mpf("1.0001")),
        (7, odd_tail(mp.sinh, mpf(1) / 6), odd_weight(mp.sinh), 0, mpf("1.0001")),
    )
    add(
        "atanh",
        "atanh x = x + x³·p(x²), |x| ≤ ½",
        (6, odd_tail(mp.atanh, mpf(1) / 3), odd_weight(mp.atanh), 0, mpf("0.2501")),
        (13, odd_tail(mp.atanh, mpf(1) / 3), odd_weight(mp.atanh), 0, mpf("0.2501")),
    )
    add(
        "atanhTail",
        "atanh s = s + s³/3 + s⁵·p(s²), |s| ≤ 3 - 2√2 (for pow)",
        (3, atanh_tail2, lambda z: z**2, 0, mpf("0.02945")),
        (8, atanh_tail2, lambda z: z**2, 0, mpf("0.02945")),
    )

    def erf_tail(z):
        return mp.erf(mp.sqrt(z)) / mp.sqrt(z) - 1 if z > mpf("1e-18") else 2 / mp.sqrt(mp.pi) - 1

    def erf_weight(z):
        return mp.sqrt(z) / mp.erf(mp.sqrt(z)) if z > mpf("1e-18") else mp.sqrt(mp.pi) / 2

    add(
        "erf",
        "erf x = x + x·p(x²), |x| ≤ 1",
        (6, erf_tail, erf_weight, 0, mpf("1.0001")),
        (14, erf_tail, erf_weight, 0, mpf("1.0001")),
    )
    def middle_weight(t):
        # Times 1.5 where the two forms of erf meet, so that little is added to the rounding errors, and times 2 where erf reaches 1.
        emphasis = mpf("1.5") if t < mpf("1.2") else 2 if t > mpf("3.7") else 1
        return emphasis * 4 * mp.erfc(t) ** mpf("0.75") / mp.erf(t)

    add(
        "erfcMiddle",
        "f32 only: erfc x = p(x)⁴, 0.97 ≤ x ≤ 4, error relative to erf x",
        (9, lambda t: mp.root(mp.erfc(t), 4), middle_weight, mpf("0.97"), 4),
        None,
    )

    def q_of(x, centre):
        return (mpf(x) - centre) / (mpf(x) + centre)

    add(
        "erfcx",
        "(1 + 2x)·exp(x²)·erfc(x) = p((x - k)/(x + k)), x from 0.4 to where erfc underflows (f32: k = 2, f64: k = 4)",
        (11, scaled_erfc(2), lambda q: 1 / scaled_erfc(2)(q), q_of("0.399", 2), q_of("10.1", 2)),
        (23, scaled_erfc(4), lambda q: 1 / scaled_erfc(4)(q), q_of("0.399", 4), q_of("27.4", 4)),
    )
    return out


def chunks(value, widths, dtype):
    """value as a sum: parts of so many bits each, truncated (None: rounded to the format)."""
    parts = []
    for width in widths:
        if width is None:
            part = round_to(value, dtype)
        else:
            unit = mpf(2) ** (mp.floor(mp.log(value, 2)) + 1 - width)
            part = mp.floor(value / unit) * unit
        parts.append(part)
        value -= part
    return "[" + ", ".join(repr(float(p)) for p in parts) + "]"


def split_constants():
    """Constants in parts, so that products with small integers are exact."""
    yield "/** ln 2: the first part times any exponent is exact. */"
    yield "export const ln2Parts: { readonly f32: readonly [number, number]; readonly f64: readonly [number, number] } = {"
    yield f"  f32: {chunks(mp.log(2), [15, None], 'f32')},"
    yield f"  f64: {chunks(mp.log(2), [41, None], 'f64')},"
    yield "};"
    yield ""
    yield "/** π/2: all parts but the last times an integer below 2¹² (f32) or 2²⁰ (f64) are exact. */"
    yield "export const halfPiParts: Coefficients = {"
    yield f"  f32: {chunks(mp.pi / 2, [12, 12, 12, 12, None], 'f32')},"
    yield f"  f64: {chunks(mp.pi / 2, [33, 33, 33, None], 'f64')},"
    yield "};"
    yield ""
    yield "/** π/4: the first part times 3 is exact. */"
    yield "export const quarterPiParts: { readonly f32: readonly [number, number]; readonly f64: readonly [number, number] } = {"
    yield f"  f32: {chunks(mp.pi / 4, [22, None], 'f32')},"
    yield f"  f64: {chunks(mp.pi / 4, [51, None], 'f64')},"
    yield "};"
    yield ""
    yield "/** The first 1216 bits after the point of 2/π, 64 to a word, first word first. */"
    yield "export const twoOverPiWords: readonly bigint[] = ["
    with mp.workdps(420):
        bits = int(mp.floor(2 / mp.pi * mpf(2) ** 1216))
    for i in range(19):
        yield f"  0x{(bits >> (64 * (18 - i))) & (2**64 - 1):016x}n,"
    yield "];"


def main():
    wanted = sys.argv[1:]
    lines = [
        "/** Minimax coefficients, lowest power first. Written by tools/reference/minimax.py, which says how; do not edit by hand. */",
        "",
        "export interface Coefficients {",
        "  readonly f32: readonly number[];",
        "  readonly f64: readonly number[];",
        "}",
    ]
    for name, (doc, formats) in spec().items():
        if wanted and name not in wanted:
            continue
        rows = []
        for dtype, job in formats.items():
            if job is None:
                rows.append(f"  {dtype}: [],")
                continue
            terms, function, weight, a, b = job
            coefficients, worst = fit(function, weight, a, b, terms, dtype)
            print(f"{name} {dtype}: {terms} terms, error 2^{float(mp.log(worst, 2)):.2f}", flush=True)
            rows.append(f"  {dtype}: [{', '.join(repr(float(c)) for c in coefficients)}],")
        lines += ["", f"/** {doc}. */", f"export const {name}Coefficients: Coefficients = {{", *rows, "};"]
    if not wanted:
        lines += ["", *split_constants()]
        target = Path(__file__).resolve().parents[2] / "packages/thalweg/src/compiler/math/coefficients.ts"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("\n".join(lines) + "\n")


main()
