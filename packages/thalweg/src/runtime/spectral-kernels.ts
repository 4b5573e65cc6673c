/** Run-time-size kernels of the symmetric eigenvalue problem, in the manner of `Workspace`. */
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
