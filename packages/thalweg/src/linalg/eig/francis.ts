/**
 * The real Schur form Zᵀ H Z = T of an upper Hessenberg matrix by Francis's implicit double shifts, with the deflation test of Ahues and Tisseur 1997:
 * 1 × 1 blocks on the diagonal for real eigenvalues, 2 × 2 ones in standard form for complex pairs. Golub and Van Loan, Matrix Computations (4th ed.),
 * 7.5; Watkins, The Matrix Eigenvalue Problem, 4.8.
 */
import type { Matrix, Workspace } from "../../runtime/kernels.js";
import { standardize } from "./standard-block.js";

const ulp = 2 ** -52;
const tiny = 1e-290;
const sweepsEach = 30;

/**
 * H ← T, and the rows of `z` (if given: then they are those of Zᵀ, made from those given) are transformed. Returns how many eigenvalues had not converged; without `z`
 * only the diagonal blocks of T mean something.
 */
export function schurForm(w: Workspace, h: Matrix, z: Matrix | undefined): number {
  return new Francis(w, h, z).run();
}

class Francis {
  private readonly w: Workspace;
  private readonly h: Matrix;
  private readonly z: Matrix | undefined;
  private readonly n: number;

  constructor(w: Workspace, h: Matrix, z: Matrix | undefined) {
    this.w = w;
    this.h = h;
    this.z = z;
    this.n = h.rows;
  }

  private at(i: number, j: number): number {
    return this.w.get(this.h, i, j);
  }

  run(): number {
    if (!Number.isFinite(this.w.maxAbs(this.h).value)) return this.n;
    let left = sweepsEach * Math.max(10, this.n);
    let end = this.n - 1;
    let sweeps = 0;
    while (end >= 0) {
      const start = this.blockStart(end);
      if (start > 0) this.w.set(this.h, start, start - 1, 0);
      if (start >= end - 1) {
        if (start === end - 1) this.finishPair(end);
        end = start - 1;
        sweeps = 0;
        continue;
      }
      left -= 1;
      if (left < 0) return end + 1;
      sweeps += 1;
      this.sweep(start, end, this.shifts(start, end, sweeps));
    }
    return Number.isFinite(this.w.maxAbs(this.h).value) ? 0 : this.n;
  }

  /** The first row of the last block that does not fall apart, of those that end in row `end`. */
  private blockStart(end: number): number {
    for (let k = end; k > 0; k -= 1) {
      const below = Math.abs(this.at(k, k - 1));
      if (below <= tiny) return k;
      const [here, before] = [this.at(k, k), this.at(k - 1, k - 1)];
      let beside = Math.abs(here) + Math.abs(before);
      if (beside === 0) {
        if (k > 1) beside += Math.abs(this.at(k - 1, k - 2));
        if (k < this.n - 1) beside += Math.abs(this.at(k + 1, k));
      }
      if (below > ulp * beside) continue;
      const above = Math.abs(this.at(k - 1, k));
      const [ab, ba] = [Math.max(below, above), Math.min(below, above)];
      const gap = Math.abs(before - here);
      const [aa, bb] = [Math.max(Math.abs(here), gap), Math.min(Math.abs(here), gap)];
      const sum = aa + ab;
      if (ba * (ab / sum) <= Math.max(tiny, ulp * (bb * (aa / sum)))) return k;
    }
    return 0;
  }

  private shifts(start: number, end: number, sweeps: number): Shifts {
    let [h11, h21, h12, h22] = [
      this.at(end - 1, end - 1),
      this.at(end, end - 1),
      this.at(end - 1, end),
      this.at(end, end),
    ];
    // now and then another shift, in case these go round in circles
    if (sweeps % 10 === 0) {
      const low = sweeps % 20 === 0;
      const size = low
        ? Math.abs(this.at(end, end - 1)) + Math.abs(this.at(end - 1, end - 2))
        : Math.abs(this.at(start + 1, start)) + Math.abs(this.at(start + 2, start + 1));
      h11 = 0.75 * size + (low ? this.at(end, end) : this.at(start, start));
      h22 = h11;
      h12 = -0.4375 * size;
      h21 = size;
    }
    const size = Math.abs(h11) + Math.abs(h12) + Math.abs(h21) + Math.abs(h22);
    if (size === 0) return { re1: 0, im1: 0, re2: 0, im2: 0 };
    const middle = (h11 / size + h22 / size) / 2;
    const product = (h11 / size - middle) * (h22 / size - middle) - (h12 / size) * (h21 / size);
    const root = Math.sqrt(Math.abs(product));
    if (product >= 0) return { re1: middle * size, im1: root * size, re2: middle * size, im2: -root * size };
    // both the real one nearer to the last element
    const [one, two] = [middle + root, middle - root];
    const nearer = (Math.abs(one - h22 / size) <= Math.abs(two - h22 / size) ? one : two) * size;
    return { re1: nearer, im1: 0, re2: nearer, im2: 0 };
  }

  /** The first column of (H − σ₁)(H − σ₂) from row m on, scaled. */
  private firstColumn(m: number, { re1, im1, re2, im2 }: Shifts): readonly [number, number, number] {
    const [h00, h10] = [this.at(m, m), this.at(m + 1, m)];
    const size = Math.abs(h00 - re2) + Math.abs(im2) + Math.abs(h10);
    const below = h10 / size;
    const v1 = below * this.at(m, m + 1) + (h00 - re1) * ((h00 - re2) / size) - im1 * (im2 / size);
    const v2 = below * (h00 + this.at(m + 1, m + 1) - re1 - re2);
    const v3 = below * this.at(m + 2, m + 1);
    const sum = Math.abs(v1) + Math.abs(v2) + Math.abs(v3);
    return sum === 0 ? [0, 0, 0] : [v1 / sum, v2 / sum, v3 / sum];
  }

  private sweep(start: number, end: number, shifts: Shifts): void {
    let m = end - 2;
    let [v1, v2, v3] = this.firstColumn(m, shifts);
    while (m > start) {
      const around = Math.abs(this.at(m - 1, m - 1)) + Math.abs(this.at(m, m)) + Math.abs(this.at(m + 1, m + 1));
      if (Math.abs(this.at(m, m - 1)) * (Math.abs(v2) + Math.abs(v3)) <= ulp * Math.abs(v1) * around) break;
      m -= 1;
      [v1, v2, v3] = this.firstColumn(m, shifts);
    }
    this.w.francisSweep(this.h, this.z, start, end, m, [v1, v2, v3]);
  }

  /** Rows end − 1 and end are a block of their own: into standard form. */
  private finishPair(end: number): void {
    const { w, h, z, n } = this;
    const i = end - 1;
    const block = standardize(this.at(i, i), this.at(i, end), this.at(end, i), this.at(end, end));
    w.set(h, i, i, block.a);
    w.set(h, i, end, block.b);
    w.set(h, end, i, block.c);
    w.set(h, end, end, block.d);
    if (z === undefined || block.sin === 0) return;
    const { cos, sin } = block;
    if (end < n - 1) w.rotate(h.block(i, end + 1, 1, n - end - 1), h.block(end, end + 1, 1, n - end - 1), cos, sin);
    if (i > 0) w.rotate(h.block(0, i, i, 1), h.block(0, end, i, 1), cos, sin);
    w.rotate(z.row(i), z.row(end), cos, sin);
  }
}

/** A conjugate pair, or one real shift twice. */
interface Shifts {
  readonly re1: number;
  readonly im1: number;
  readonly re2: number;
  readonly im2: number;
}
