/**
 * The real Schur form Zᵀ H Z = T of an upper Hessenberg matrix by Francis's implicit double shifts, with the deflation test of Ahues and Tisseur 1997:
 * 1 × 1 blocks on the diagonal for real eigenvalues, 2 × 2 ones in standard form for complex pairs. Golub and Van Loan, Matrix Computations (4th ed.),
 * 7.5; Watkins, The Matrix Eigenvalue Problem, 4.8. Large matrices with aggressive early deflation.
 */
import type { Matrix, Workspace } from "../../runtime/kernels.js";
import { francisBlock, francisSweep, type Shifts } from "../../runtime/spectral-kernels.js";
import { deflateEarly } from "./early-deflation.js";
import { standardize } from "./standard-block.js";

const sweepsEach = 30;

/** When to look for early deflations: it is worth its price in large matrices, where sweeps are dear (measured). */
interface EarlyPlan {
  /** Rows of the window, of blocks of at least so many rows. */
  readonly window: number;
  readonly least: number;
  /** Sweeps with the shifts of one window. */
  readonly sweeps: number;
}

function earlyPlan(n: number): EarlyPlan | undefined {
  if (n < 200) return undefined;
  return n < 400 ? { window: 20, least: 100, sweeps: 5 } : { window: 32, least: 100, sweeps: 8 };
}

/** With this part of a window deflated another look comes before any sweep. */
const enough = 0.14;

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
    const plan = earlyPlan(this.n);
    let pending: Shifts[] = [];
    while (end >= 0) {
      const start = francisBlock(this.w, this.h, end);
      if (start > 0) this.w.set(this.h, start, start - 1, 0);
      if (start >= end - 1) {
        if (start === end - 1) this.finishPair(end);
        end = start - 1;
        sweeps = 0;
        continue;
      }
      if (plan !== undefined && pending.length === 0 && end - start + 1 >= plan.least) {
        const early = deflateEarly(this.w, this.h, this.z, start, end, plan.window, schurForm);
        if (early !== undefined) {
          if (early.deflated > 0) sweeps = 0;
          if (early.deflated >= enough * plan.window) continue;
          pending = early.shifts.slice(0, plan.sweeps);
        }
      }
      left -= 1;
      if (left < 0) return end + 1;
      sweeps += 1;
      const next = sweeps % 10 === 0 ? undefined : pending.shift();
      francisSweep(this.w, this.h, this.z, start, end, next ?? this.shifts(start, end, sweeps));
    }
    return Number.isFinite(this.w.maxAbs(this.h).value) ? 0 : this.n;
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
