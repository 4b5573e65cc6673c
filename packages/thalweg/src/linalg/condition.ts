/**
 * The condition number in the 1-norm, κ₁(A) = ‖A‖₁ ‖A⁻¹‖₁, estimated from a factorisation with a handful of solves instead of an inverse: Hager 1984 as
 * refined by Higham 1988 (ACM Algorithm 674; Accuracy and Stability, 2nd ed., 15.3). The estimate is a lower bound, mostly
 * exact, seldom off by more than a factor of 3: LAPACK's.
 */
import { epsilon, type FloatDType, type TypedArray } from "../base/dtype.js";
import { type Matrix, type Workspace, withWorkspace } from "../runtime/kernels.js";
import { type Numbers, sizesOf, toSquare } from "./arguments.js";
import { notFinite } from "./failure.js";
import { floatDType } from "./host.js";
import { factorLu, solveLu } from "./lu/compute.js";

const rounds = 5;

/** ‖A⁻¹‖₁ ≥ the result, from x ← A⁻¹ x and x ← A⁻ᵀ x in place. */
export function inverseNorm1(
  w: Workspace,
  n: number,
  solve: (x: Matrix) => void,
  solveTransposed: (x: Matrix) => void,
): number {
  if (n === 0) return 0;
  return w.inside(() => {
    const x = w.vector(n);
    const through = (values: ArrayLike<number>, by: (x: Matrix) => void): Float32Array | Float64Array => {
      w.assign(x, values);
      by(x);
      return w.values(x);
    };
    let y = through(new Float64Array(n).fill(1 / n), solve);
    let estimate = sum1(y);
    let signs = Float64Array.from(y, (v) => (v < 0 ? -1 : 1));
    let last = -1;
    for (let round = 1; round < rounds && n > 1; round += 1) {
      const z = through(signs, solveTransposed);
      const j = largest(z);
      if (j === last || Number.isNaN(z[j] ?? Number.NaN)) break;
      last = j;
      const unit = new Float64Array(n);
      unit[j] = 1;
      y = through(unit, solve);
      const next = Float64Array.from(y, (v) => (v < 0 ? -1 : 1));
      const better = sum1(y);
      if (!(better > estimate)) break;
      estimate = better;
      if (next.every((s, i) => s === signs[i])) break;
      signs = next;
    }
    // guards against cancellation that the search cannot see
    const alternating = Float64Array.from(
      { length: n },
      (_, i) => (i % 2 === 0 ? 1 : -1) * (1 + i / Math.max(1, n - 1)),
    );
    return Math.max(estimate, (2 * sum1(through(alternating, solve))) / (3 * n));
  });
}

function sum1(x: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < x.length; i += 1) sum += Math.abs(x[i] ?? 0);
  return sum;
}

function largest(x: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < x.length; i += 1) if (Math.abs(x[i] ?? 0) > Math.abs(x[best] ?? 0)) best = i;
  return best;
}

/** The largest sum of sizes in a column. Only the given triangle counts, if one is. */
export function norm1(data: ArrayLike<number>, rows: number, columns: number, triangle?: "lower" | "upper"): number {
  const sums = new Float64Array(columns);
  for (let i = 0; i < rows; i += 1) {
    const from = triangle === "upper" ? i : 0;
    const to = triangle === "lower" ? Math.min(i + 1, columns) : columns;
    for (let j = from; j < to; j += 1) sums[j] = (sums[j] ?? 0) + Math.abs(data[i * columns + j] ?? 0);
  }
  return sums.reduce((a, b) => (b > a || Number.isNaN(b) ? b : a), 0);
}

/**
 * The power of two that brings a system out of the range where elimination underflows or a sum of its elements overflows; 1 for nearly all. Both sides
 * are multiplied by it, so that the solution stays as it is.
 */
export function rangeScale(data: ArrayLike<number>, dtype: FloatDType): number {
  let largest = 0;
  for (let i = 0; i < data.length; i += 1) {
    const size = Math.abs(data[i] ?? 0);
    if (size > largest) largest = size;
  }
  if (!(largest > 0 && largest <= Number.MAX_VALUE)) return 1;
  const exponent = Math.floor(Math.log2(largest));
  const [limit, most, down] = dtype === "float64" ? [960, 1000, 100] : [90, 120, 50];
  return exponent < -limit ? 2 ** Math.min(most, -exponent) : exponent > limit ? 2 ** -down : 1;
}

export function scaledBy(data: TypedArray, scale: number): TypedArray {
  return scale === 1 ? data : data.map((x) => x * scale);
}

/** κ₁ of a triangular matrix on the workspace. */
export function triangularCondition(w: Workspace, t: Matrix, triangle: "lower" | "upper"): number {
  const n = t.rows;
  if (n === 0) return 0;
  const diagonal = w.values(t.diagonal());
  if (diagonal.includes(0)) return Number.POSITIVE_INFINITY;
  const inverse = inverseNorm1(
    w,
    n,
    (x) => (triangle === "upper" ? w.solveUpper(t, x) : w.solveLower(t, x)),
    (x) => (triangle === "upper" ? w.solveLower(t.transposed(), x) : w.solveUpper(t.transposed(), x)),
  );
  const condition = norm1(w.read(t), n, n, triangle) * inverse;
  return Number.isNaN(condition) ? Number.POSITIVE_INFINITY : condition;
}

/** Decimal digits of a solution that a condition leaves. */
export function trustedDigits(condition: number, dtype: FloatDType): number {
  return Math.max(0, -Math.log10(epsilon(dtype) * Math.max(1, condition)));
}

/** What there is to say about a condition: nothing while more than half of the digits are left. */
export function conditionWarning(condition: number, dtype: FloatDType, what: string): string | undefined {
  const all = -Math.log10(epsilon(dtype));
  const left = trustedDigits(condition, dtype);
  if (left >= all / 2) return undefined;
  const shown = Number.isFinite(condition) ? condition.toExponential(1) : "infinite";
  if (left === 0)
    return `the matrix is singular to working precision (condition ${shown} in ${dtype}): no digit of ${what} can be trusted`;
  return `the matrix is ill-conditioned (condition ${shown}): about ${Math.floor(all - left)} of ${Math.floor(all)} digits are lost, so trust ${Math.floor(left)} of ${what}`;
}

/** What there is to say about the solution of a square system, given the backward error that rounding explains. */
export function solutionWarning(
  { condition, backwardError }: { readonly condition: number; readonly backwardError: number },
  usual: number,
  dtype: FloatDType,
): string | undefined {
  if (backwardError <= usual) return conditionWarning(condition, dtype, "the solution");
  const left = Math.max(0, Math.floor(-Math.log10(backwardError * Math.max(1, condition))));
  const digits = left === 0 ? "no digit of the solution" : `about ${left} digits of the solution`;
  return (
    `the solution leaves a residual of ${backwardError.toExponential(1)} of ‖A‖‖x‖ + ‖b‖, more than rounding explains (condition ${condition.toExponential(1)} in ${dtype}): ` +
    `${digits} can be trusted`
  );
}

/**
 * The condition number of a square matrix in the 1-norm, estimated from its LU factorisation (n³·2/3 operations and a few solves): how many times larger
 * relative errors of the data may be in A⁻¹ b; log₁₀ of it is how many digits are lost. A lower bound, mostly exact, seldom off by more than a factor of 3. Infinity
 * for a singular matrix, 0 for one of no rows. Needs values, so it does not work inside traced functions.
 *
 * @throws NumericalError (not finite) for NaN and infinities.
 */
export function conditionEstimate(a: Numbers): number {
  const t = toSquare("conditionEstimate", a);
  const [n] = sizesOf(t);
  const given = t.storage("conditionEstimate");
  const scale = rangeScale(given, floatDType(t));
  const data = scaledBy(given, scale);
  const norm = norm1(data, n, n);
  if (!Number.isFinite(norm)) throw notFinite("conditionEstimate", given, n);
  return withWorkspace(floatDType(t), (w) => {
    const factors = factorLu(w, w.load(data, n, n));
    if (factors.singular !== undefined) return Number.POSITIVE_INFINITY;
    const inverse = inverseNorm1(
      w,
      n,
      (x) => solveLu(w, factors, x),
      (x) => solveLu(w, factors, x, true),
    );
    return norm * inverse;
  });
}
