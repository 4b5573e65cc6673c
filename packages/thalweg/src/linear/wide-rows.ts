/**
 * Tables of more columns than rows, where ‖w‖² is held down: the best w lies in the span of the rows, so that with Xᵀ = Q R
 *
 *   X w = Rᵀ v,    w = Q v,    ‖w‖ = ‖v‖
 *
 * and the problem in v has as many columns as rows.
 */
import { applyQ, factorQr, safeScale } from "../linalg/qr/compute.js";
import type { Workspace } from "../runtime/kernels.js";
import { readFeatures } from "./design.js";
import type { LoadedRows } from "./standard-rows.js";

export interface ReducedRows {
  readonly loaded: LoadedRows;
  /** w of v. */
  expand(v: Float64Array): Float64Array;
}

/** The rows as they are where there are no more columns than rows. */
export function reduceWide(w: Workspace, loaded: LoadedRows): ReducedRows {
  const { x, op, input } = loaded;
  const { rows, columns } = x;
  if (columns <= rows) return { loaded, expand: (v) => v };
  const largest = w.maxAbs(x).value;
  if (!Number.isFinite(largest)) readFeatures(op, input);
  const scale = safeScale(largest, "float64");
  const turned = w.matrix(columns, rows);
  w.copy(x.transposed(), turned, scale);
  const blocks = factorQr(w, turned);
  const square = turned.block(0, 0, rows, rows);
  w.fill(square, 0, 0, "lower");
  for (let i = 1; i < rows; i += 1) w.fill(square.block(i, 0, 1, i), 0);
  const reduced = w.matrix(rows, rows);
  w.copy(square.transposed(), reduced, 1 / scale);
  return {
    loaded: { op, input, x: reduced },
    expand: (v) =>
      w.inside(() => {
        const all = new Float64Array(columns);
        all.set(v);
        const c = w.load(all, columns, 1);
        applyQ(w, blocks, c);
        return w.values(c) as Float64Array;
      }),
  };
}
