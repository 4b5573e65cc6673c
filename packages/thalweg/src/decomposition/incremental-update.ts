/**
 * Principal components of a stream, one batch of rows at a time (Ross, Lim, Lin and Yang, "Incremental learning for robust visual tracking", 2008):
 * with a the rows so far and b those of the batch, the centred rows of both together have the Gram matrix, and so the right singular vectors, of
 *
 *   [ S V ;  X_b − mean_b ;  √(a b / (a + b)) (mean_a − mean_b) ].
 *
 * While all components are kept this is exact; a truncation loses what it leaves out. Memory: one batch and the components.
 */
import { UserError } from "../base/errors.js";
import type { Matrix } from "../data/matrix.js";
import { withWorkspace } from "../runtime/kernels.js";
import { centerRows } from "./centered-rows.js";
import { fullSpectrum } from "./direct.js";
import type { Learnt } from "./model.js";
import { orient } from "./spectrum.js";

/** `state` and the batch together, with at most `most` components. A batch without weight changes nothing. */
export function mergeBatch(
  state: Learnt | undefined,
  batch: Matrix,
  most: number,
  weights?: Float64Array,
): Learnt | undefined {
  const b = weights?.reduce((sum, v) => sum + v, 0) ?? batch.rows;
  if (b === 0) return state;
  const { columns } = batch;
  return withWorkspace("float64", (w) => {
    const size = state?.means.reduce((most, v) => Math.max(most, Math.abs(v)), state.singularValues[0] ?? 0);
    const centered = centerRows(w, batch, weights, size);
    const { scale, means: batchMeans } = centered;
    const batchSquares = centered.squares / scale / scale;
    const a = state?.weight ?? 0;
    const kept = state === undefined ? 0 : state.components.length / columns;
    const jump = batchMeans.map((mean, j) => (state === undefined ? 0 : (state.means[j] ?? 0) - mean));
    const share = Math.sqrt((a * b) / (a + b));
    const extra = state === undefined ? 0 : kept + 1;
    const stacked = w.matrix(extra + batch.rows, columns);
    if (state !== undefined) {
      const old = w.load(state.components, kept, columns);
      state.singularValues.slice(0, kept).forEach((s, i) => {
        w.scale(s * scale, old.block(i, 0, 1, columns).transposed());
      });
      w.copy(old, stacked.block(0, 0, kept, columns));
      w.copy(w.load(jump, 1, columns), stacked.block(kept, 0, 1, columns), share * scale);
    }
    w.copy(centered.x, stacked.block(extra, 0, batch.rows, columns));
    const rowsSoFar = (state === undefined ? 0 : kept + 1) + batch.rows;
    const count = Math.min(most, columns, rowsSoFar);
    const { components, singularValues } = fullSpectrum(w, stacked, count);
    orient(components, columns);
    const drift = jump.reduce((sum, v) => sum + (share * v) ** 2, 0);
    return {
      weight: a + b,
      means: batchMeans.map((mean, j) => mean + (a / (a + b)) * (jump[j] ?? 0)),
      squares: (state?.squares ?? 0) + batchSquares + drift,
      singularValues: singularValues.slice(0, count).map((s) => s / scale),
      components,
      limit: Math.min(columns, (state?.limit ?? 0) + batch.rows),
      algorithm: "incremental",
      iterations: 1,
      converged: true,
    };
  });
}

/** @throws UserError where there was too little to learn from. */
export function learntFrom(op: string, state: Learnt | undefined): Learnt {
  if (state === undefined || !(state.weight > 1))
    throw new UserError(
      `${op}: ${state === undefined ? 0 : state.weight} rows were given, and variance needs at least 2`,
    );
  const most = state.limit;
  const columns = state.means.length;
  if (state.singularValues.length <= most) return state;
  return {
    ...state,
    singularValues: state.singularValues.slice(0, most),
    components: state.components.slice(0, most * columns),
  };
}

/** Runs of rows, each with where it starts. */
export function* batchesOf(
  matrix: Matrix,
  rows: number,
): Generator<{ readonly batch: Matrix; readonly start: number }> {
  const { columns, data } = matrix;
  for (let start = 0; start < matrix.rows; start += rows) {
    const count = Math.min(rows, matrix.rows - start);
    yield { batch: { rows: count, columns, data: data.subarray(start * columns, (start + count) * columns) }, start };
  }
}
