/**
 * Least squares with a penalty from the second moments, where their condition permits:
 *
 *   (G + α I) B = P,   scaled to a unit diagonal (van der Sluis, Numer. Math. 14 (1969): within √n of the best scaling), by Cholesky,
 *
 * and beyond a small condition one correction by the residuals of the rows, which brings the accuracy of an orthogonal factorisation (Björck, Numerical
 * Methods for Least Squares Problems, 2.4.4 and 6.6.5).
 */
import { epsilon } from "../base/dtype.js";
import { factorCholesky, solveCholesky } from "../linalg/cholesky/compute.js";
import { inverseNorm1, norm1 } from "../linalg/condition.js";
import { withWorkspace } from "../runtime/kernels.js";
import { type Moments, type Rows, residualProducts } from "./moments.js";

export interface NormalSolution {
  /** (columns, targets) */
  readonly beta: Float64Array;
  /** Of the matrix that was solved, the centred rows with those of the penalty in columns of length 1: the root of that of the scaled G + α I, estimated. */
  readonly condition: number;
}

/** Of the scaled G + α I: up to the first no correction is needed, beyond the second it is not enough. */
const [plainCondition, mostCondition] = [1e3, epsilon("float64") ** -0.25];

/** Undefined where the moments alone would lose too many digits. */
export function solveNormal(rows: Rows, moments: Moments, alpha: number): NormalSolution | undefined {
  const { columns: n, targets, gram, products } = moments;
  const scales = Float64Array.from({ length: n }, (_, j) => Math.sqrt((gram[j * n + j] ?? 0) + alpha));
  if (!scales.every((s) => s > 0 && s < Infinity)) return undefined;
  const penalised = gram.map((v, k) => (k % (n + 1) === 0 ? v + alpha : v));
  const scaled = penalised.map((v, k) => v / ((scales[k % n] ?? 1) * (scales[Math.floor(k / n)] ?? 1)));
  return withWorkspace("float64", (w) => {
    const factor = w.load(scaled, n, n);
    if (factorCholesky(w, factor) !== undefined) return undefined;
    const unit = (x: Parameters<Parameters<typeof inverseNorm1>[2]>[0]): void => solveCholesky(w, factor, x);
    const scaledCondition = norm1(scaled, n, n) * inverseNorm1(w, n, unit, unit);
    if (!(scaledCondition <= mostCondition)) return undefined;
    const solve = (right: Float64Array, width: number): Float64Array =>
      w.inside(() => {
        const x = w.load(
          right.map((v, k) => v / (scales[Math.floor(k / width)] ?? 1)),
          n,
          width,
        );
        solveCholesky(w, factor, x);
        return w.read(x).map((v, k) => v / (scales[Math.floor(k / width)] ?? 1)) as Float64Array;
      });
    let beta = solve(products, targets);
    if (scaledCondition > plainCondition) {
      const left = residualProducts(rows, moments, beta).map((v, k) => v - alpha * (beta[k] ?? 0));
      const change = solve(left, targets);
      beta = beta.map((v, k) => v + (change[k] ?? 0));
    }
    if (!beta.every(Number.isFinite)) return undefined;
    return { beta, condition: Math.sqrt(scaledCondition) };
  });
}
