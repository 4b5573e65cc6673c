/**
 * Eigenvalues of a symmetric tridiagonal matrix by implicit QL or QR with Wilkinson's shift, whichever end of a block is larger; the rotations
 * go to `sweeps`. Golub and Van Loan, Matrix Computations (4th ed.), 8.3.4 and 8.3.5; Parlett, The Symmetric Eigenvalue Problem, 8.
 */
import { allFinite, PlaneRotation, type RotationSweeps, safeLength } from "../plane-rotations.js";

const eps = 2 ** -52;
/** Products of eigenvalue pairs below this count as zero: the largest element is near 1. */
const tiny = 1e-280;
/** Sweeps allowed for each eigenvalue, on average. */
const sweepsEach = 30;

/** Overwrites d with the eigenvalues, in no order, and e with zeros. Returns how many eigenvalues had not converged: 0, but for failure. */
export function tridiagonalEigenvalues(d: Float64Array, e: Float64Array, sweeps: RotationSweeps | undefined): number {
  const n = d.length;
  if (!allFinite(d) || !allFinite(e)) return n;
  let left = sweepsEach * n;
  let start = 0;
  while (start < n) {
    let end = start;
    while (end < n - 1 && !negligible(d, e, end)) end += 1;
    if (end < n - 1) e[end] = 0;
    if (end > start) left = solveBlock(d, e, start, end, left, sweeps);
    if (left < 0) return e.reduce((count, x) => (x === 0 ? count : count + 1), 0) || 1;
    start = end + 1;
  }
  return allFinite(d) ? 0 : n;
}

function negligible(d: Float64Array, e: Float64Array, i: number): boolean {
  const x = e[i] ?? 0;
  if (x === 0) return true;
  return x * x <= eps * eps * Math.abs(d[i] ?? 0) * Math.abs(d[i + 1] ?? 0) + tiny;
}

/** Rows `first` … `last`, which are coupled; sweeps left, or a negative number. */
function solveBlock(
  d: Float64Array,
  e: Float64Array,
  first: number,
  last: number,
  budget: number,
  sweeps: RotationSweeps | undefined,
): number {
  let left = budget;
  if (Math.abs(d[last] ?? 0) < Math.abs(d[first] ?? 0)) {
    // QR: eigenvalues are found from the last row upwards
    let end = last;
    while (end >= first) {
      let top = end;
      while (top > first && !negligible(d, e, top - 1)) top -= 1;
      if (top > first) e[top - 1] = 0;
      if (top === end) end -= 1;
      else {
        left -= 1;
        if (left < 0) return left;
        sweepForward(d, e, top, end, sweeps);
      }
    }
    return left;
  }
  let start = first;
  while (start <= last) {
    let end = start;
    while (end < last && !negligible(d, e, end)) end += 1;
    if (end < last) e[end] = 0;
    if (end === start) start += 1;
    else {
      left -= 1;
      if (left < 0) return left;
      sweepBackward(d, e, start, end, sweeps);
    }
  }
  return left;
}

const rotation = new PlaneRotation();

/** Wilkinson's shift from the 2 × 2 corner with diagonal (at, next), as the difference other − shift. */
function shiftedBy(at: number, next: number, off: number, other: number): number {
  const g = (next - at) / (2 * off);
  const r = safeLength(g, 1);
  return other - at + off / (g + (g < 0 ? -r : r));
}

/** One QL step on rows l … m. */
function sweepBackward(
  d: Float64Array,
  e: Float64Array,
  l: number,
  m: number,
  sweeps: RotationSweeps | undefined,
): void {
  let g = shiftedBy(d[l] ?? 0, d[l + 1] ?? 0, e[l] ?? 0, d[m] ?? 0);
  let [s, c, p] = [1, 1, 0];
  sweeps?.begin(m, m - l, false);
  for (let i = m - 1; i >= l; i -= 1) {
    const off = e[i] ?? 0;
    const f = s * off;
    const b = c * off;
    rotation.make(g, f);
    c = rotation.c;
    s = rotation.s;
    if (i !== m - 1) e[i + 1] = rotation.r;
    g = (d[i + 1] ?? 0) - p;
    const r = ((d[i] ?? 0) - g) * s + 2 * c * b;
    p = s * r;
    d[i + 1] = g + p;
    g = c * r - b;
    sweeps?.push(c, -s);
  }
  d[l] = (d[l] ?? 0) - p;
  e[l] = g;
}

/** One QR step on rows l … m. */
function sweepForward(
  d: Float64Array,
  e: Float64Array,
  l: number,
  m: number,
  sweeps: RotationSweeps | undefined,
): void {
  let g = shiftedBy(d[m] ?? 0, d[m - 1] ?? 0, e[m - 1] ?? 0, d[l] ?? 0);
  let [s, c, p] = [1, 1, 0];
  sweeps?.begin(l, m - l, true);
  for (let i = l; i < m; i += 1) {
    const off = e[i] ?? 0;
    const f = s * off;
    const b = c * off;
    rotation.make(g, f);
    c = rotation.c;
    s = rotation.s;
    if (i !== l) e[i - 1] = rotation.r;
    g = (d[i] ?? 0) - p;
    const r = ((d[i + 1] ?? 0) - g) * s + 2 * c * b;
    p = s * r;
    d[i] = g + p;
    g = c * r - b;
    sweeps?.push(c, s);
  }
  d[m] = (d[m] ?? 0) - p;
  e[m - 1] = g;
}
