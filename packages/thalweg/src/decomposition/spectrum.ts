/** What every algorithm of principal components gives, and the small steps they share. */

import type { Key } from "../base/random.js";
import { uniforms } from "../cluster/draws.js";
import { factorQr, formQ } from "../linalg/qr/compute.js";
import type { Matrix as Block, Workspace } from "../runtime/kernels.js";

export interface Spectrum {
  /** (count, columns), row-major: orthonormal right singular vectors of the centred rows. */
  readonly components: Float64Array;
  /** Descending; as many as the algorithm found, at least `count`. */
  readonly singularValues: Float64Array;
  /** Passes over the rows. */
  readonly iterations: number;
  readonly converged: boolean;
}

/** How algorithms that approximate go about it. */
export interface Search {
  readonly oversampling: number;
  readonly powerIterations: number;
  readonly tolerance: number;
  readonly maxIterations: number;
  readonly key: Key;
}

/** The columns of `a` (no more than rows) become an orthonormal basis of what they span. */
export function orthonormalize(w: Workspace, a: Block): void {
  w.inside(() => {
    const blocks = factorQr(w, a);
    w.copy(formQ(w, blocks, a.rows, a.columns, []), a);
  });
}

/** Standard normal numbers (Box and Muller 1958). */
export function gaussians(key: Key, count: number): Float64Array {
  const pairs = uniforms(key, 2 * Math.ceil(count / 2));
  return Float64Array.from({ length: count }, (_, i) => {
    const at = i - (i % 2);
    const radius = Math.sqrt(-2 * Math.log1p(-(pairs[at] ?? 0)));
    const angle = 2 * Math.PI * (pairs[at + 1] ?? 0);
    return radius * (i % 2 === 0 ? Math.cos(angle) : Math.sin(angle));
  });
}

/** Each row with its element of largest size (the first of equals) positive, in place. */
export function orient(components: Float64Array, columns: number): void {
  for (let start = 0; start < components.length; start += columns) {
    let largest = 0;
    for (let j = start; j < start + columns; j += 1) {
      const value = components[j] ?? 0;
      if (Math.abs(value) > Math.abs(largest)) largest = value;
    }
    if (largest < 0) for (let j = start; j < start + columns; j += 1) components[j] = -(components[j] ?? 0);
  }
}
