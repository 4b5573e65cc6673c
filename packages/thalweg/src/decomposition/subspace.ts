/**
 * The leading principal components from a random subspace that products with XᵀX turn towards them:
 *
 *   Q ← orth(XᵀX Q).
 *
 * "randomized" takes a fixed number of such steps and then the best there is in span(X Q) (Halko, Martinsson and Tropp 2011, algorithms 4.4 and
 * 5.1); "subspace" goes on until XᵀX v = s² v holds for each wanted pair of the subspace (Golub and Van Loan, Matrix Computations, 4th ed., 8.2.4).
 */
import { factorSymmetric } from "../linalg/eigh/compute.js";
import { factorQr, readR } from "../linalg/qr/compute.js";
import { runSvd } from "../linalg/svd/svd.js";
import type { Matrix as Block, Workspace } from "../runtime/kernels.js";
import { gaussians, orthonormalize, type Search, type Spectrum } from "./spectrum.js";

/** Residuals cannot fall below this part of the largest s². */
const rounding = 2e-14;

export function randomizedSpectrum(w: Workspace, x: Block, count: number, search: Search): Spectrum {
  return w.inside(() => {
    const { rows, columns } = x;
    const width = Math.min(count + search.oversampling, rows, columns);
    const q = w.load(gaussians(search.key, columns * width), columns, width);
    const y = w.matrix(rows, width);
    for (let step = 0; step < search.powerIterations; step += 1) {
      w.gemmInto(1, x, q, y);
      w.gemmInto(1, x.transposed(), y, q);
      orthonormalize(w, q);
    }
    w.gemmInto(1, x, q, y);
    orthonormalize(w, y);
    w.gemmInto(1, x.transposed(), y, q);
    const { values, vt } = runSvd("pca", w.read(q.transposed()), width, columns, "thin");
    return {
      components: vt.slice(0, count * columns),
      singularValues: values.slice(0, count),
      iterations: 2 * (search.powerIterations + 1),
      converged: true,
    };
  });
}

export function subspaceSpectrum(w: Workspace, x: Block, count: number, search: Search): Spectrum {
  return w.inside(() => {
    const { rows, columns } = x;
    const width = Math.min(count + Math.max(count, search.oversampling), rows, columns);
    const q = w.load(gaussians(search.key, columns * width), columns, width);
    orthonormalize(w, q);
    const y = w.matrix(rows, width);
    const z = w.matrix(columns, width);
    let iterations = 0;
    let converged = false;
    while (!converged && iterations < search.maxIterations) {
      iterations += 1;
      w.gemmInto(1, x, q, y);
      w.gemmInto(1, x.transposed(), y, z);
      converged = isInvariant(w, q, z, count, search.tolerance);
      w.copy(z, q);
      orthonormalize(w, q);
    }
    w.gemmInto(1, x, q, y);
    const { values, components } = bestWithin(w, y, q, count);
    return { components, singularValues: values, iterations: 2 * iterations + 1, converged };
  });
}

/** Whether ‖XᵀX v − λ v‖ is small for the `count` leading Ritz pairs of the basis q, where z = XᵀX q. */
function isInvariant(w: Workspace, q: Block, z: Block, count: number, tolerance: number): boolean {
  return w.inside(() => {
    const { rows: columns, columns: width } = q;
    const h = w.matrix(width, width);
    w.gemmInto(1, q.transposed(), z, h);
    const { values, vectors } = factorSymmetric(w.read(h), width, w.maxAbs(h).value, true);
    if (vectors === undefined) return false;
    const turn = w.load(vectors, width, width).block(0, width - count, width, count);
    const v = w.matrix(columns, count);
    const residual = w.matrix(columns, count);
    w.gemmInto(1, q, turn, v);
    w.gemmInto(1, z, turn, residual);
    const largest = values[width - 1] ?? 0;
    for (let i = 0; i < count; i += 1) {
      const value = values[width - count + i] ?? 0;
      const difference = residual.block(0, i, columns, 1);
      w.axpy(-value, v.block(0, i, columns, 1), difference);
      if (!(w.norm(difference) <= Math.max(tolerance * value, rounding * largest))) return false;
    }
    return true;
  });
}

/** The leading singular values and right vectors of X restricted to the basis q, where y = X q, which is lost. */
function bestWithin(
  w: Workspace,
  y: Block,
  q: Block,
  count: number,
): { readonly values: Float64Array; readonly components: Float64Array } {
  const width = q.columns;
  factorQr(w, y);
  const { values, vt } = runSvd("pca", readR(w, y, width, [], 1), width, width, "thin");
  const components = w.matrix(count, q.rows);
  w.gemmInto(1, w.load(vt, width, width).block(0, 0, count, width), q.transposed(), components);
  return { values: values.slice(0, count), components: Float64Array.from(w.read(components)) };
}
