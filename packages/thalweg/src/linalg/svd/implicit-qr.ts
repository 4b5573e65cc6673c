/**
 * Singular values of an upper bidiagonal matrix by implicit QR, with a zero shift whenever a shift would cost relative accuracy; the rotations go to
 * `left` and `right`. Golub and Kahan 1965; Demmel and Kahan 1990 (Accurate singular values of bidiagonal matrices).
 */
import { allFinite, PlaneRotation, type RotationSweeps } from "../plane-rotations.js";

const eps = 2 ** -53;
/** Off-diagonal elements this small relative to the singular values beside them count as zero. */
const tolerance = Math.max(10, Math.min(100, eps ** -0.125)) * eps;
const smallest = 2 ** -1022;
const sweepsEach = 30;

export interface BidiagonalSweeps {
  readonly left: RotationSweeps;
  readonly right: RotationSweeps;
}

/** Overwrites d with the singular values, of either sign and in no order, and e with zeros. Returns how many had not converged. */
export function bidiagonalValues(d: Float64Array, e: Float64Array, sweeps: BidiagonalSweeps | undefined): number {
  return new Iteration(d, e, sweeps).run();
}

class Iteration {
  private readonly d: Float64Array;
  private readonly e: Float64Array;
  private readonly sweeps: BidiagonalSweeps | undefined;
  private readonly threshold: number;
  private readonly first = new PlaneRotation();
  private readonly second = new PlaneRotation();
  private lowest = 0;

  constructor(d: Float64Array, e: Float64Array, sweeps: BidiagonalSweeps | undefined) {
    this.d = d;
    this.e = e;
    this.sweeps = sweeps;
    this.threshold = this.deflationThreshold();
  }

  run(): number {
    const { d, e } = this;
    const n = d.length;
    if (!allFinite(d) || !allFinite(e)) return n;
    let left = sweepsEach * n * n;
    let end = n - 1;
    let [oldStart, oldEnd, forward] = [-1, -1, true];
    while (end > 0) {
      let start = end;
      let largest = abs(d, end);
      while (start > 0 && !(abs(e, start - 1) <= this.threshold)) {
        start -= 1;
        largest = Math.max(largest, abs(d, start), abs(e, start));
      }
      if (start > 0) e[start - 1] = 0;
      if (start === end) {
        end -= 1;
        continue;
      }
      if (start > oldEnd || end < oldStart || oldEnd < 0) forward = abs(d, start) >= abs(d, end);
      [oldStart, oldEnd] = [start, end];
      if (this.deflate(start, end, forward)) continue;
      left -= end - start;
      // also where NaN would keep it from ever ending
      if (left < 0 || !Number.isFinite(largest))
        return Math.max(
          1,
          e.reduce((k, x) => (x === 0 ? k : k + 1), 0),
        );
      this.step(start, end, forward, this.shift(start, end, forward, largest));
    }
    return allFinite(d) ? 0 : n;
  }

  private deflationThreshold(): number {
    const { d, e } = this;
    const n = d.length;
    if (n === 0) return 0;
    let reach = abs(d, 0);
    let least = reach;
    for (let i = 1; i < n && least > 0; i += 1) {
      reach = abs(d, i) * (reach / (reach + abs(e, i - 1)));
      least = Math.min(least, reach);
    }
    return Math.max((tolerance * least) / Math.sqrt(n), sweepsEach * n * n * smallest);
  }

  /** Sets one negligible element of rows start … end to 0, if there is one; else finds a lower bound of their singular values. */
  private deflate(start: number, end: number, forward: boolean): boolean {
    const { d, e } = this;
    const last = forward ? end - 1 : start;
    if (abs(e, last) <= tolerance * abs(d, forward ? end : start)) {
      e[last] = 0;
      return true;
    }
    let reach = abs(d, forward ? start : end);
    this.lowest = reach;
    for (let k = 0; k < end - start; k += 1) {
      const i = forward ? start + k : end - 1 - k;
      if (abs(e, i) <= tolerance * reach) {
        e[i] = 0;
        return true;
      }
      reach = abs(d, forward ? i + 1 : i) * (reach / (reach + abs(e, i)));
      this.lowest = Math.min(this.lowest, reach);
    }
    return false;
  }

  /** The smaller singular value of the last 2 × 2 block, or 0 where that is too small to matter or would do harm. */
  private shift(start: number, end: number, forward: boolean, largest: number): number {
    const { d, e } = this;
    const n = d.length;
    if (n * tolerance * (this.lowest / largest) <= Math.max(2 * eps, 0.01 * tolerance)) return 0;
    const far = abs(d, forward ? start : end);
    const near = forward ? end - 1 : start;
    const shift = smallerSingularValue(abs(d, near), abs(e, near), abs(d, near + 1));
    return far > 0 && (shift / far) ** 2 < eps ? 0 : shift;
  }

  private step(start: number, end: number, forward: boolean, shift: number): void {
    const { d, e, sweeps, first, second } = this;
    const count = end - start;
    // walking up, the roles of rows and columns are exchanged
    const [rowSweeps, columnSweeps] = forward ? [sweeps?.right, sweeps?.left] : [sweeps?.left, sweeps?.right];
    rowSweeps?.begin(forward ? start : end, count, forward);
    columnSweeps?.begin(forward ? start : end, count, forward);
    const sign = forward ? 1 : -1;
    const direction = forward ? 1 : -1;
    let at = forward ? start : end;
    /** The index in e of what couples row `i` with the next one on the way. */
    const coupling = (i: number): number => (forward ? i : i - 1);
    if (shift === 0) {
      first.c = 1;
      second.c = 1;
      second.s = 0;
      for (let k = 0; k < count; k += 1) {
        const next = at + direction;
        first.make((d[at] ?? 0) * first.c, e[coupling(at)] ?? 0);
        if (k > 0) e[coupling(at - direction)] = second.s * first.r;
        second.make(second.c * first.r, (d[next] ?? 0) * first.s);
        d[at] = second.r;
        rowSweeps?.push(first.c, sign * first.s);
        columnSweeps?.push(second.c, sign * second.s);
        at = next;
      }
      const h = (d[at] ?? 0) * first.c;
      d[at] = h * second.c;
      e[coupling(at - direction)] = h * second.s;
    } else {
      const top = d[at] ?? 0;
      let f = (Math.abs(top) - shift) * ((top < 0 ? -1 : 1) + shift / top);
      let g = e[coupling(at)] ?? 0;
      for (let k = 0; k < count; k += 1) {
        const next = at + direction;
        const off = coupling(at);
        first.make(f, g);
        if (k > 0) e[coupling(at - direction)] = first.r;
        const [here, beside] = [d[at] ?? 0, e[off] ?? 0];
        f = first.c * here + first.s * beside;
        const bent = first.c * beside - first.s * here;
        g = first.s * (d[next] ?? 0);
        const after = first.c * (d[next] ?? 0);
        second.make(f, g);
        d[at] = second.r;
        f = second.c * bent + second.s * after;
        d[next] = second.c * after - second.s * bent;
        if (k < count - 1) {
          const further = coupling(next);
          g = second.s * (e[further] ?? 0);
          e[further] = second.c * (e[further] ?? 0);
        }
        rowSweeps?.push(first.c, sign * first.s);
        columnSweeps?.push(second.c, sign * second.s);
        at = next;
      }
      e[coupling(at - direction)] = f;
    }
    const last = coupling(at - direction);
    if (abs(e, last) <= this.threshold) e[last] = 0;
  }
}

function abs(x: Float64Array, i: number): number {
  return Math.abs(x[i] ?? 0);
}

/** Of the 2 × 2 upper triangular matrix with elements f, g, h ≥ 0. */
function smallerSingularValue(f: number, g: number, h: number): number {
  const [low, high] = [Math.min(f, h), Math.max(f, h)];
  if (low === 0) return 0;
  if (g < high) {
    const ratio = 1 + low / high;
    const gap = (high - low) / high;
    const square = (g / high) ** 2;
    return low * (2 / (Math.sqrt(ratio * ratio + square) + Math.sqrt(gap * gap + square)));
  }
  const part = high / g;
  if (part === 0) return (low * high) / g;
  const ratio = (1 + low / high) * part;
  const gap = ((high - low) / high) * part;
  return 2 * (low * (1 / (Math.sqrt(1 + ratio * ratio) + Math.sqrt(1 + gap * gap)))) * part;
}
