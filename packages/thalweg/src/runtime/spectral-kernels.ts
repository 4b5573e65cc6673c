/** Run-time-size kernels of eigenvalue problems, in the manner of `Workspace`. */
import { francisScratch } from "../compiler/templates/linalg-francis.js";
import type { Integers, Workspace } from "./kernels.js";
import { fits, line, type Matrix } from "./matrix-view.js";

/** y ← A x for the symmetric A whose upper triangle this is; what stands below the diagonal is not read. Rows, x and y must be contiguous. */
export function symmetricProduct(w: Workspace, a: Matrix, x: Matrix, y: Matrix): void {
  const [from, to] = [line(x), line(y)];
  const n = a.rows;
  fits("symmetricProduct", a.columns === n && from.length === n && to.length === n);
  fits("symmetricProduct", n <= 1 || (a.columnStep === 1 && from.step === 1 && to.step === 1));
  w.call("symmetricProduct", n, a.address, a.rowStep, from.address, to.address);
}

/** Σ zⱼ²/(dⱼ − λ) and Σ zⱼ²/(dⱼ − λ)² over the poles left of a place and those right of it. */
export interface SecularSums {
  readonly left: number;
  readonly leftSlope: number;
  readonly right: number;
  readonly rightSlope: number;
}

/** At λ = origin + τ; the first `split` poles are the left ones. */
export function secularSums(
  w: Workspace,
  d: Matrix,
  z: Matrix,
  split: number,
  origin: number,
  tau: number,
): SecularSums {
  w.call("secularSums", d.rows, split, d.address, z.address, w.resultAddress, origin, tau);
  return { left: w.result(0), leftSlope: w.result(1), right: w.result(2), rightSlope: w.result(3) };
}

/**
 * S ← orthonormal eigenvectors of D + ρ ẑ ẑᵀ in columns, where ẑ is such that its eigenvalues are originsᵢ + tausᵢ; element j of each in row place[j]. Rows of S
 * must be contiguous.
 */
export function secularVectors(
  w: Workspace,
  poles: { readonly d: Matrix; readonly z: Matrix },
  roots: { readonly origins: Matrix; readonly taus: Matrix },
  place: Integers,
  s: Matrix,
): void {
  const n = poles.d.rows;
  fits("secularVectors", s.rows === n && s.columns === n && place.length === n && (n <= 1 || s.columnStep === 1));
  const lengths = w.vector(n);
  w.call(
    "secularVectors",
    n,
    poles.d.address,
    poles.z.address,
    roots.origins.address,
    roots.taus.address,
    place.address,
    s.address,
    s.rowStep,
    lengths.address,
  );
}

/** A conjugate pair, or two real numbers. */
export interface Shifts {
  readonly re1: number;
  readonly im1: number;
  readonly re2: number;
  readonly im2: number;
}

/** The first row of the last block, of those that end in row `end`, of the Hessenberg matrix H that does not fall apart. */
export function francisBlock(w: Workspace, h: Matrix, end: number): number {
  fits("francisBlock", h.columnStep === 1);
  w.call("francisBlock", h.rows, h.address, h.rowStep, end, w.resultAddress);
  return w.result();
}

/**
 * A sweep of Francis's double shift on rows `start` … `end` (three or more) of the Hessenberg matrix H. With Z all of H is transformed, and Z's rows (contiguous), else
 * only the block.
 */
export function francisSweep(
  w: Workspace,
  h: Matrix,
  z: Matrix | undefined,
  start: number,
  end: number,
  { re1, im1, re2, im2 }: Shifts,
): void {
  const to = z ?? h;
  fits("francisSweep", h.columnStep === 1 && to.columnStep === 1 && start >= 0 && end >= start + 2 && end < h.rows);
  w.inside(() => {
    const { address } = w.vector(francisScratch);
    const sizes = [h.rows, h.address, h.rowStep, to.address, to.rowStep, z === undefined ? 0 : 1];
    w.call("francisSweep", ...sizes, start, end, address, re1, im1, re2, im2);
  });
}
