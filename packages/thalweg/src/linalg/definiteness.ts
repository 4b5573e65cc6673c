/**
 * Whether a symmetric matrix is definite: by Cholesky, and for the boundary by Cholesky with diagonal pivoting, which on a semidefinite matrix of
 * rank r stops after r steps with nothing but rounding errors left (Higham, Accuracy and Stability, 2nd ed., 10.3).
 */
import { epsilon } from "../base/dtype.js";
import { ShapeError } from "../base/errors.js";
import { withWorkspace } from "../runtime/kernels.js";
import { type Numbers, toSquare } from "./arguments.js";
import { factorCholesky } from "./cholesky/compute.js";
import { notFinite } from "./failure.js";
import { floatDType } from "./host.js";

export type Definiteness =
  | "positive definite"
  | "positive semidefinite"
  | "negative definite"
  | "negative semidefinite"
  | "indefinite"
  | "zero";

/**
 * The kind of a symmetric matrix, to working precision: "semidefinite" means that the smallest eigenvalues cannot be told from 0 by sign. Needs values,
 * so it does not work inside traced functions.
 *
 * @throws ShapeError when the matrix is not symmetric; NumericalError (not finite) for NaN and infinities.
 */
export function definiteness(a: Numbers): Definiteness {
  const t = toSquare("definiteness", a);
  const n = t.shape[0] ?? 0;
  const dtype = floatDType(t);
  const data = Float64Array.from(t.storage("definiteness"));
  const largest = data.reduce((most, x) => (Math.abs(x) > most || Number.isNaN(x) ? Math.abs(x) : most), 0);
  if (!Number.isFinite(largest)) throw notFinite("definiteness", data, n);
  const tolerance = n * epsilon(dtype) * largest;
  for (let i = 0; i < n; i += 1)
    for (let j = 0; j < i; j += 1)
      if (Math.abs((data[i * n + j] ?? 0) - (data[j * n + i] ?? 0)) > tolerance)
        throw new ShapeError(
          `definiteness: the matrix is not symmetric: element [${i}, ${j}] is ${data[i * n + j]}, but [${j}, ${i}] is ${data[j * n + i]}; take a.add(a.transpose()).div(2) if that is what you mean`,
        );
  if (largest === 0) return "zero";
  const scaled = data.map((x) => x / largest);
  const limit = n * epsilon(dtype);
  for (const sign of [1, -1] as const) {
    const name = sign === 1 ? "positive" : "negative";
    const signed = scaled.map((x) => sign * x);
    if (firmlyPositive(signed, n, limit)) return `${name} definite`;
    if (semidefinite(signed, n, limit)) return `${name} semidefinite`;
  }
  return "indefinite";
}

/** Cholesky of A − limit·I succeeds: the smallest eigenvalue is surely positive. */
function firmlyPositive(data: Float64Array, n: number, limit: number): boolean {
  return withWorkspace("float64", (w) => {
    const l = w.load(data, n, n);
    for (let i = 0; i < n; i += 1) w.set(l, i, i, (data[i * n + i] ?? 0) - limit);
    return factorCholesky(w, l) === undefined;
  });
}

/** Takes the largest remaining diagonal element as the pivot until none exceeds the limit; then nothing else may either. */
function semidefinite(data: Float64Array, n: number, limit: number): boolean {
  const a = data.slice();
  const at = (i: number, j: number): number => a[i * n + j] ?? 0;
  const open = Array.from({ length: n }, (_, i) => i);
  while (open.length > 0) {
    const pivot = open.reduce((best, i) => (at(i, i) > at(best, best) ? i : best));
    const size = at(pivot, pivot);
    if (size <= limit) return open.every((i) => open.every((j) => Math.abs(at(i, j)) <= limit * n));
    open.splice(open.indexOf(pivot), 1);
    for (const i of open) {
      const factor = at(i, pivot) / size;
      for (const j of open) a[i * n + j] = at(i, j) - factor * at(pivot, j);
    }
  }
  return true;
}
