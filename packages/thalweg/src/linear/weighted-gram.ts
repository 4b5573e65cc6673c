/**
 * Second derivatives of a sum over rows, in the scaled unknowns (uⱼ = βⱼ sⱼ, an intercept last where there is one):
 *
 *   H = Σᵢ fᵢ x̂ᵢ x̂ᵢᵀ,    x̂ᵢ = (xᵢⱼ / sⱼ, 1)
 *
 * and steps that are solutions of systems with such matrices.
 */
import { factorCholesky, solveCholesky } from "../linalg/cholesky/compute.js";
import { addGram, padded } from "../runtime/column-kernels.js";
import type { Matrix, Workspace } from "../runtime/kernels.js";
import { scaleRows } from "../runtime/row-kernels.js";

/** Elements of a block: it stays in the second cache. */
const blockElements = 2 ** 16;
const leastHeight = 256;
/** Width from which a product that packs its operands is the faster. */
const wide = 256;

/** H row-major, both triangles; `factors` must be ≥ 0. */
export function weightedGram(
  w: Workspace,
  { x, spreads, intercept }: { readonly x: Matrix; readonly spreads: Float64Array; readonly intercept: boolean },
  factors: Float64Array,
): Float64Array {
  const p = x.columns;
  const width = p + (intercept ? 1 : 0);
  const side = padded(width);
  const gram = w.inside(() => {
    const g = w.zeros(side, side);
    const roots = w.load(factors.map(Math.sqrt), x.rows, 1);
    // √f (x, 1), filled up by columns of 0.
    const height = Math.min(x.rows, Math.max(leastHeight, Math.ceil(blockElements / side)));
    const z = w.spread(height, side);
    w.fill(z, 0);
    for (let from = 0; from < x.rows; from += height) {
      const count = Math.min(height, x.rows - from);
      const [part, by] = [z.block(0, 0, count, side), roots.block(from, 0, count, 1)];
      scaleRows(w, x.block(from, 0, count, p), by, part.block(0, 0, count, p));
      if (intercept) w.copy(by, part.column(p));
      if (side <= wide) addGram(w, part, g);
      else w.syrk(1, part.transposed(), g);
    }
    return w.read(g);
  });
  const h = new Float64Array(width * width);
  const scale = (i: number): number => (i < p ? (spreads[i] ?? 1) : 1);
  for (let i = 0; i < width; i += 1)
    for (let j = 0; j <= i; j += 1) {
      const value = (gram[i * side + j] ?? 0) / (scale(i) * scale(j));
      h[i * width + j] = value;
      h[j * width + i] = value;
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
