/**
 * Second derivatives of a sum over rows, in the scaled unknowns (uⱼ = βⱼ sⱼ, an intercept last where there is one):
 *
 *   H = Σᵢ fᵢ x̂ᵢ x̂ᵢᵀ,    x̂ᵢ = (xᵢⱼ / sⱼ, 1)
 *
 * and steps that are solutions of systems with such matrices.
 */
import { factorCholesky, solveCholesky } from "../linalg/cholesky/compute.js";
import type { Matrix, Workspace } from "../runtime/kernels.js";
import type { RowKernels } from "../runtime/row-kernels.js";
import { rowBlocks } from "./standard-rows.js";

/** H row-major, both triangles; `factors` must be ≥ 0. */
export function weightedGram(
  w: Workspace,
  kernels: RowKernels,
  { x, spreads, intercept }: { readonly x: Matrix; readonly spreads: Float64Array; readonly intercept: boolean },
  factors: Float64Array,
): Float64Array {
  const p = x.columns;
  const width = p + (intercept ? 1 : 0);
  const h = new Float64Array(width * width);
  const [gram, cross] = w.inside(() => {
    const g = w.zeros(p, p);
    const sums = w.zeros(p, 1);
    const f = w.load(factors, x.rows, 1);
    const roots = w.load(factors.map(Math.sqrt), x.rows, 1);
    const height = Math.max(16, Math.floor(32768 / p));
    const scaled = w.matrix(Math.min(height, x.rows), p);
    rowBlocks(x, (block, from, count) => {
      const part = scaled.block(0, 0, count, p);
      kernels.scaleRows(block, roots.block(from, 0, count, 1), part);
      w.syrk(1, part.transposed(), g);
      if (intercept) kernels.addRows(block, f.block(from, 0, count, 1), sums);
    });
    return [w.read(g), w.values(sums)];
  });
  for (let i = 0; i < p; i += 1)
    for (let j = 0; j <= i; j += 1) {
      const value = (gram[i * p + j] ?? 0) / ((spreads[i] ?? 1) * (spreads[j] ?? 1));
      h[i * width + j] = value;
      h[j * width + i] = value;
    }
  if (intercept) {
    for (let j = 0; j < p; j += 1) {
      const value = (cross[j] ?? 0) / (spreads[j] ?? 1);
      h[p * width + j] = value;
      h[j * width + p] = value;
    }
    h[p * width + p] = factors.reduce((a, b) => a + b, 0);
  }
  return h;
}

/**
 * −H⁻¹ g. Where H is singular, a small multiple of its diagonal is added: the step then keeps to the directions that g has a part in. Undefined where
 * nothing finite comes of it.
 */
export function newtonStep(w: Workspace, h: Float64Array, g: Float64Array): Float64Array | undefined {
  const n = g.length;
  // To a diagonal of ones, so that what is singular does not depend on the scale of the unknowns.
  const roots = Float64Array.from({ length: n }, (_, i) => Math.sqrt(h[i * n + i] ?? 0) || 1);
  const scaled = new Float64Array(n * n);
  for (let i = 0; i < n; i += 1)
    for (let j = 0; j <= i; j += 1) scaled[i * n + j] = (h[i * n + j] ?? 0) / (roots[i] ?? 1) / (roots[j] ?? 1);
  for (const shift of [0, 1e-12, 1e-10, 1e-8, 1e-6, 1e-4]) {
    const step = w.inside(() => {
      const l = w.load(scaled, n, n);
      for (let i = 0; i < n; i += 1) w.set(l, i, i, ((h[i * n + i] ?? 0) > 0 ? 1 : 0) + shift);
      if (factorCholesky(w, l) !== undefined) return undefined;
      for (let i = 0; i < n; i += 1) if (w.get(l, i, i) ** 2 < 1e-15) return undefined;
      const b = w.load(
        g.map((v, i) => -v / (roots[i] ?? 1)),
        n,
        1,
      );
      solveCholesky(w, l, b);
      return (w.values(b) as Float64Array).map((v, i) => v / (roots[i] ?? 1));
    });
    if (step?.every(Number.isFinite)) return step;
  }
  return undefined;
}
