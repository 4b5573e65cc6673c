/**
 * The real Schur form of a 2 × 2 matrix: a rotation after which it is upper triangular, or has equal diagonal elements and off-diagonal ones of opposite
 * signs (complex eigenvalues). Bai and Demmel 1993; Golub and Van Loan, Matrix Computations (4th ed.), 7.4.1.
 */
import { safeLength } from "../plane-rotations.js";

export interface StandardBlock {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  /** (x, y) ← (cos x + sin y, cos y − sin x) on rows, and the same on columns. */
  readonly cos: number;
  readonly sin: number;
}

const eps = 2 ** -53;

export function standardize(a: number, b: number, c: number, d: number): StandardBlock {
  if (c === 0) return { a, b, c, d, cos: 1, sin: 0 };
  if (b === 0) return { a: d, b: -c, c: 0, d: a, cos: 0, sin: 1 };
  if (a === d && Math.sign(b) !== Math.sign(c)) return { a, b, c, d, cos: 1, sin: 0 };
  const difference = a - d;
  const p = difference / 2;
  const larger = Math.max(Math.abs(b), Math.abs(c));
  const smaller = Math.min(Math.abs(b), Math.abs(c)) * Math.sign(b) * Math.sign(c);
  const scale = Math.max(Math.abs(p), larger);
  const discriminant = (p / scale) * p + (larger / scale) * smaller;
  if (discriminant >= 4 * eps * scale) {
    const root = Math.sqrt(scale) * Math.sqrt(discriminant);
    const z = p + (p < 0 ? -root : root);
    const length = safeLength(c, z);
    return { a: d + z, b: b - c, c: 0, d: d - (larger / z) * smaller, cos: z / length, sin: c / length };
  }
  return nearlyEqual(a, b, c, d);
}

/** Complex, or real and nearly equal: first the diagonal is made equal. */
function nearlyEqual(a: number, b: number, c: number, d: number): StandardBlock {
  const difference = a - d;
  const sigma = b + c;
  const length = safeLength(sigma, difference);
  const cos = Math.sqrt((1 + Math.abs(sigma) / length) / 2);
  const sin = -(difference / 2 / (length * cos)) * (sigma < 0 ? -1 : 1);
  const [a1, b1, c1, d1] = [a * cos + b * sin, b * cos - a * sin, c * cos + d * sin, d * cos - c * sin];
  const upper = b1 * cos + d1 * sin;
  const lower = c1 * cos - a1 * sin;
  const middle = (a1 * cos + c1 * sin + (d1 * cos - b1 * sin)) / 2;
  if (lower === 0) return { a: middle, b: upper, c: 0, d: middle, cos, sin };
  if (upper === 0) return { a: middle, b: -lower, c: 0, d: middle, cos: -sin, sin: cos };
  if (Math.sign(upper) !== Math.sign(lower)) return { a: middle, b: upper, c: lower, d: middle, cos, sin };
  // real after all
  const [rootUpper, rootLower] = [Math.sqrt(Math.abs(upper)), Math.sqrt(Math.abs(lower))];
  const half = lower < 0 ? -rootUpper * rootLower : rootUpper * rootLower;
  const inverse = 1 / Math.sqrt(Math.abs(upper + lower));
  const [cos1, sin1] = [rootUpper * inverse, rootLower * inverse];
  return {
    a: middle + half,
    b: upper - lower,
    c: 0,
    d: middle - half,
    cos: cos * cos1 - sin * sin1,
    sin: cos * sin1 + sin * cos1,
  };
}
