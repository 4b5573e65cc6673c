/**
 * How many decimal digits of a solution rounding errors leave, by the method's perturbation bound to first order, without factors that grow with the size. A
 * relative error δ of what a backward stable method works on (here the rounding unit 2⁻⁵³; of errors in the data the bound says nothing) moves the solution by at most
 *
 *   QR, SVD           δ (κ + κ² ρ),  ρ = ‖r‖/(σ₁ ‖β‖)                          (Wedin 1973; Golub and Van Loan, 4th ed., 5.3.7)
 *   rank k < n        δ (κ_k + (σ₁σ_k + σ₁‖r‖/‖β‖)/(σ_k² − σ_{k+1}²)),  κ_k = σ₁/σ_k   (from the derivative of the truncated inverse)
 *   normal equations  δ κ² (1 + ‖b‖/(σ₁ ‖β‖)): 2·log₁₀ κ digits at least      (Higham, Accuracy and Stability, 2nd ed., 20.4)
 *   ridge             as QR, of the matrix with √α I below it
 *
 * in the 2-norm. Errors are seldom larger and often a digit smaller. Conjugate gradients are judged by the residual that they leave.
 */
import type { Spectrum } from "./comparison-spectrum.js";

/** The rounding unit of float64. */
export const unit = Number.EPSILON / 2;
export const allDigits = -Math.log10(unit);

export interface Digits {
  /** log₁₀ of what the rounding errors are multiplied by; more than there are when the condition is beyond 1/ε. */
  readonly lost: number;
  /** What is left of 15.95, 0 at least: that many leading digits of the solution (by its norm) are right. */
  readonly trusted: number;
}

export function digitsOf(amplification: number): Digits {
  const lost = Math.log10(Math.max(1, amplification));
  return { lost, trusted: Math.max(0, allDigits - lost) };
}

/** Of one solution: ‖β‖, ‖b − Aβ‖ and ‖b‖ of the system. */
export interface Sizes {
  readonly norm: number;
  readonly residual: number;
  readonly right: number;
}

/** By a backward stable method that keeps the first `rank` singular values of a matrix of so many columns. */
export function stableAmplification({ values, columns }: Spectrum, rank: number, { norm, residual }: Sizes): number {
  const [first, last, next] = [values[0] ?? 0, values[rank - 1] ?? 0, values[rank] ?? 0];
  if (rank === 0 || first === 0) return 1;
  const left = residual === 0 ? 0 : residual / norm;
  const gap = ((last - next) / first) * ((last + next) / first);
  const turned = rank < columns ? last / first / gap : 0;
  return first / last + turned + left / first / gap;
}

export function normalAmplification({ values, columns }: Spectrum, { norm, right }: Sizes): number {
  const first = values[0] ?? 0;
  if (first === 0) return 1;
  const last = values.length < columns ? 0 : (values.at(-1) ?? 0);
  return (first / last) ** 2 * (1 + right / first / norm);
}

export function ridgeAmplification({ values, columns }: Spectrum, alpha: number, { norm, residual }: Sizes): number {
  const root = Math.sqrt(alpha);
  const first = Math.hypot(values[0] ?? 0, root);
  const last = Math.hypot(values.length < columns ? 0 : (values.at(-1) ?? 0), root);
  const condition = first / last;
  const whole = Math.hypot(residual, root * norm);
  return condition + condition ** 2 * (whole === 0 ? 0 : whole / (first * norm));
}

/** ‖A⁺ A⁺ᵀ Aᵀr‖/‖β‖ from the coordinates of Aᵀr: the error of an iterate in the first `rank` directions. */
export function remainingError({ values }: Spectrum, rank: number, gradient: Float64Array, norm: number): number {
  let sum = 0;
  for (let k = 0; k < rank; k += 1) sum += ((gradient[k] ?? 0) / (values[k] ?? 1) / (values[k] ?? 1)) ** 2;
  const error = Math.sqrt(sum);
  return error === 0 ? 0 : error / norm;
}
