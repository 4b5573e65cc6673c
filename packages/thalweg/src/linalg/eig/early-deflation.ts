/**
 * Aggressive early deflation (Braman, Byers and Mathias 2002): the last rows of a Hessenberg block are brought to Schur form by themselves,
 *
 *   H = (H₁₁ H₁₂; s e₁ eᵀ H₂₂),   Vᵀ H₂₂ V = T,   s e₁ → s Vᵀ e₁ (the spike),
 *
 * and eigenvalues of T whose element of the spike is negligible are eigenvalues of H, long before a subdiagonal element is small. What remains is made Hessenberg again;
 * its eigenvalues are good shifts.
 */
import type { Matrix, Workspace } from "../../runtime/kernels.js";
import type { Shifts } from "../../runtime/spectral-kernels.js";
import { applyTransposed } from "../qr/compute.js";
import { reduceToHessenberg } from "./hessenberg.js";
import { schurValues } from "./schur-vectors.js";

const ulp = 2 ** -52;
const tiny = 1e-290;

export interface EarlyDeflation {
  /** How many of the last rows are in Schur form now. */
  readonly deflated: number;
  /** Of what remains of the window, the last first. */
  readonly shifts: readonly Shifts[];
}

/**
 * On rows end − count + 1 … end of H, of a block that begins in row `start` before them; `schurForm` brings a small matrix to Schur form and turns the rows of another along. Undefined where
 * that does not converge: nothing has been changed then.
 */
export function deflateEarly(
  w: Workspace,
  h: Matrix,
  z: Matrix | undefined,
  start: number,
  end: number,
  count: number,
  schurForm: (w: Workspace, h: Matrix, z: Matrix) => number,
): EarlyDeflation | undefined {
  return w.inside(() => {
    const first = end - count + 1;
    const window = h.block(first, first, count, count);
    const t = w.matrix(count, count);
    const v = w.zeros(count, count);
    w.copy(window, t);
    w.fill(v.diagonal(), 1);
    if (schurForm(w, t, v) > 0) return undefined;
    const values = w.read(t) as Float64Array;
    const coupling = w.get(h, first, first - 1);
    const spike = w.values(v.column(0)).map((x) => coupling * x);
    const left = undeflated(values, count, spike);
    const shifts = shiftsOf(values, count, left);
    if (left === count) return { deflated: 0, shifts };
    w.set(h, first, first - 1, left === 0 ? 0 : (spike[0] ?? 0));
    if (left > 1) w.set(h, first, first - 1, backToHessenberg(w, t, v, left, spike));
    w.copy(t, window);
    const top = z === undefined ? start : 0;
    turn(w, v, h.block(top, first, first - top, count).transposed());
    if (z !== undefined) {
      turn(w, v, h.block(first, end + 1, count, h.columns - end - 1));
      turn(w, v, z.block(first, 0, count, z.columns));
    }
    return { deflated: count - left, shifts };
  });
}

/** How many rows, from the first on, still have something of the spike. */
function undeflated(t: Float64Array, n: number, spike: ArrayLike<number>): number {
  const at = (i: number, j: number): number => Math.abs(t[i * n + j] ?? 0);
  let left = n;
  while (left > 0) {
    const i = left - 1;
    const pair = i > 0 && at(i, i - 1) !== 0;
    const size = at(i, i) + (pair ? Math.sqrt(at(i, i - 1)) * Math.sqrt(at(i - 1, i)) : 0);
    const tip = Math.max(Math.abs(spike[i] ?? 0), pair ? Math.abs(spike[i - 1] ?? 0) : 0);
    if (!(tip <= Math.max(tiny, ulp * size))) break;
    left -= pair ? 2 : 1;
  }
  return left;
}

/** T ← Hessenberg in its first `left` rows, the spike a multiple of e₁, which is returned; the rows of V are turned along. */
function backToHessenberg(w: Workspace, t: Matrix, v: Matrix, left: number, spike: ArrayLike<number>): number {
  const n = t.rows;
  const x = w.vector(left);
  w.assign(x, spike);
  const tau = w.reflector(x);
  const first = w.get(x, 0, 0);
  w.set(x, 0, 0, 1);
  w.applyReflector(x, tau, t.block(0, 0, left, n));
  w.applyReflector(x, tau, t.block(0, 0, left, left).transposed());
  w.applyReflector(x, tau, v.block(0, 0, left, n));
  for (const block of reduceToHessenberg(w, t.block(0, 0, left, left))) {
    applyTransposed(w, block, t.block(0, left, left, n - left));
    applyTransposed(w, block, v.block(0, 0, left, n));
  }
  return first;
}

/** A ← V A */
function turn(w: Workspace, v: Matrix, a: Matrix): void {
  if (a.columns === 0) return;
  const copy = w.matrix(a.rows, a.columns);
  w.copy(a, copy);
  w.gemmInto(1, v, copy, a);
}

/** Pairs of the eigenvalues of the first `left` rows of T, the last first. */
function shiftsOf(t: Float64Array, n: number, left: number): readonly Shifts[] {
  const { re, im } = schurValues(t, n);
  const shifts: Shifts[] = [];
  let waiting: number | undefined;
  for (let i = left - 1; i >= 0; i -= 1) {
    const [x, y] = [re[i] ?? 0, im[i] ?? 0];
    if (y !== 0) {
      shifts.push({ re1: x, im1: y, re2: x, im2: -y });
      i -= 1;
    } else if (waiting === undefined) waiting = x;
    else {
      shifts.push({ re1: waiting, im1: 0, re2: x, im2: 0 });
      waiting = undefined;
    }
  }
  return shifts;
}
