/** What each factorisation is measured by, in units of n·eps, and the bar. */
import assert from "node:assert/strict";
import type { Tensor } from "../../src/index.js";
import { cholesky, eig, eigh, lu, pivotedQr, qr, svd } from "../../src/linalg/index.js";
import { type Named, toTensor } from "./bar-matrices.js";
import {
  absolute,
  at,
  build,
  type Dense,
  dense,
  distance,
  multiply,
  norm,
  orthogonality,
  transpose,
} from "./measure.js";

export const bar = 50;
export const dtypes = ["float64", "float32"] as const;
export const unitOf = { float64: 2 ** -52, float32: 2 ** -23 };

/** ‖product − a‖ in n·eps·‖a‖, both divided first, lest huge elements overflow. */
export function residual(product: Dense, a: Dense, scale: number, unit: number): number {
  if (a.data.length === 0) return 0;
  const largest = Math.max(scale, 2 ** -1000);
  const divided = (m: Dense): Dense => build(m.rows, m.columns, (i, j) => at(m, i, j) / largest);
  return distance(divided(product), divided(a), 1, unit);
}

type Check = (a: Tensor, A: Dense, unit: number) => Readonly<Record<string, number>>;

function timesDiagonal(v: Dense, values: ArrayLike<number>): Dense {
  return build(v.rows, values.length, (i, j) => at(v, i, j) * (values[j] ?? 0));
}

const checks: Readonly<Record<string, Check>> = {
  lu: (a, A, unit) => {
    const { l, u, permutation } = lu(a);
    const [L, U, order] = [dense(l), dense(u), permutation.data()];
    const PA = build(A.rows, A.columns, (i, j) => at(A, order[i] ?? -1, j));
    return { "PA − LU": residual(multiply(L, U), PA, norm(multiply(absolute(L), absolute(U))), unit) };
  },
  cholesky: (a, A, unit) => {
    const L = dense(cholesky(a));
    return { "A − LLᵀ": residual(multiply(L, transpose(L)), A, norm(A), unit) };
  },
  qr: (a, A, unit) => {
    const { q, r } = qr(a);
    const [Q, R] = [dense(q), dense(r)];
    return { "A − QR": residual(multiply(Q, R), A, norm(A), unit), "QᵀQ − I": orthogonality(Q, unit) };
  },
  "complete qr": (a, A, unit) => {
    const { q, r } = qr(a, { mode: "complete" });
    const [Q, R] = [dense(q), dense(r)];
    return { "A − QR": residual(multiply(Q, R), A, norm(A), unit), "QᵀQ − I": orthogonality(Q, unit) };
  },
  "pivoted qr": (a, A, unit) => {
    const { q, r, permutation } = pivotedQr(a);
    const [Q, R, order] = [dense(q), dense(r), permutation.data()];
    const AP = build(A.rows, A.columns, (i, j) => at(A, i, order[j] ?? -1));
    return { "AP − QR": residual(multiply(Q, R), AP, norm(A), unit), "QᵀQ − I": orthogonality(Q, unit) };
  },
  eigh: (a, A, unit) => {
    const { values, vectors } = eigh(a);
    const V = dense(vectors);
    return {
      "A − VΛVᵀ": residual(multiply(timesDiagonal(V, values.data()), transpose(V)), A, norm(A), unit),
      "VᵀV − I": orthogonality(V, unit),
    };
  },
  svd: (a, A, unit) => {
    const { u, s, vt } = svd(a);
    const [U, Vt] = [dense(u), dense(vt)];
    return {
      "A − USVᵀ": residual(multiply(timesDiagonal(U, s.data()), Vt), A, norm(A), unit),
      "UᵀU − I": orthogonality(U, unit),
      "VᵀV − I": orthogonality(transpose(Vt), unit),
    };
  },
  eig: (a, A, unit) => {
    const { values, vectors } = eig(a);
    const [re, im, X, Y] = [values.re.data(), values.im.data(), dense(vectors.re), dense(vectors.im)];
    const n = A.rows;
    const real = build(n, n, (i, j) => at(X, i, j) * (re[j] ?? 0) - at(Y, i, j) * (im[j] ?? 0));
    const imaginary = build(n, n, (i, j) => at(X, i, j) * (im[j] ?? 0) + at(Y, i, j) * (re[j] ?? 0));
    const lengths = Array.from({ length: n }, (_, j) => {
      let sum = 0;
      for (let i = 0; i < n; i += 1) sum += at(X, i, j) ** 2 + at(Y, i, j) ** 2;
      return Math.abs(Math.sqrt(sum) - 1) / unit;
    });
    return {
      "AV − VΛ": Math.max(
        residual(multiply(A, X), real, norm(A), unit),
        residual(multiply(A, Y), imaginary, norm(A), unit),
      ),
      "lengths − 1": Math.max(0, ...lengths) / Math.max(n, 1),
    };
  },
};

/** Every matrix in both precisions; names that begin with one are for that one alone. */
export function hold(factorisation: string, matrices: Named): void {
  const check = checks[factorisation] ?? assert.fail();
  for (const dtype of dtypes)
    for (const [name, given] of matrices) {
      if (name.startsWith(dtype === "float64" ? "float32" : "float64")) continue;
      const a = toTensor(given).cast(dtype);
      for (const [what, size] of Object.entries(check(a, dense(a), unitOf[dtype])))
        assert.ok(size <= bar, `${factorisation} of ${name}, ${dtype}: ‖${what}‖ is ${size} n·eps`);
    }
}
