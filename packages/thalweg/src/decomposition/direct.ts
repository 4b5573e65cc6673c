/**
 * All principal components at once:
 *
 *   full:        X = U S Vᵀ, by X = Q R (Xᵀ = Q R when wide) and the singular values of R: exact to the last digits (Chan 1982);
 *   covariance:  XᵀX = V S² Vᵀ: less work on many rows, but singular values below √eps of the largest have no digits.
 */
import { factorSymmetric } from "../linalg/eigh/compute.js";
import { failed } from "../linalg/failure.js";
import { applyQ, factorQr, readR } from "../linalg/qr/compute.js";
import { runSvd } from "../linalg/svd/svd.js";
import type { Matrix as Block, Workspace } from "../runtime/kernels.js";
import type { Spectrum } from "./spectrum.js";

/** Overwrites nothing. */
export function fullSpectrum(w: Workspace, x: Block, count: number): Spectrum {
  return w.inside(() => {
    const { rows, columns } = x;
    const wide = rows < columns;
    const small = Math.min(rows, columns);
    const a = w.spread(Math.max(rows, columns), small);
    w.copy(wide ? x.transposed() : x, a);
    const blocks = factorQr(w, a);
    const r = readR(w, a, small, [], 1);
    const { values, u, vt } = runSvd("pca", r, small, small, "thin");
    if (!wide) return found(vt.slice(0, count * columns), values);
    const v = w.zeros(columns, count);
    w.copy(w.load(u, small, small).block(0, 0, small, count), v.block(0, 0, small, count));
    applyQ(w, blocks, v);
    return found(Float64Array.from(w.read(v.transposed())), values);
  });
}

export function covarianceSpectrum(w: Workspace, x: Block, count: number): Spectrum {
  const p = x.columns;
  const { squares, largest } = w.inside(() => {
    const c = w.zeros(p, p);
    w.syrk(1, x.transposed(), c);
    return { squares: w.read(c), largest: w.maxAbs(c).value };
  });
  const { values, vectors, missing } = factorSymmetric(squares, p, largest, true);
  if (missing > 0 || vectors === undefined)
    throw failed(`pca: ${missing} of ${p} eigenvalues of the covariance did not converge; use algorithm "full"`, {
      reason: "not converged",
      iterations: 30 * p,
      found: `${p - missing} of ${p} eigenvalues`,
    });
  const components = new Float64Array(count * p);
  for (let i = 0; i < count; i += 1)
    for (let j = 0; j < p; j += 1) components[i * p + j] = vectors[j * p + (p - 1 - i)] ?? 0;
  const singularValues = Float64Array.from({ length: Math.min(x.rows, p) }, (_, i) =>
    Math.sqrt(Math.max(0, values[p - 1 - i] ?? 0)),
  );
  return found(components, singularValues);
}

function found(components: Float64Array, singularValues: Float64Array): Spectrum {
  return { components, singularValues, iterations: 1, converged: true };
}
