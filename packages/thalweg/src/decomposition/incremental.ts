/** Principal components of rows that come in batches and are never all in memory. */
import { ShapeError, UserError } from "../base/errors.js";
import { type Constraints, checkSettings, flag, optional, wholeAtLeast } from "../base/settings.js";
import { checkColumns, type Matrix } from "../data/matrix.js";
import { type RowsInput, readNumbers } from "../preprocessing/columns.js";
import { type TransformerKind, transformerKind } from "../preprocessing/transformer-kind.js";
import { batchesOf, learntFrom, mergeBatch } from "./incremental-update.js";
import { countKept, type Learnt, PcaModel, readLearnt } from "./model.js";
import { checkSize, componentsConstraint } from "./pca.js";

export interface IncrementalPcaSettings {
  /**
   * How many; or, above 0 and below 1, as few as hold more than this share of the variance; or "all". A number below all loses a little with each
   * batch: what a batch leaves out cannot come back. Default: "all".
   */
  readonly components: number | "all";
  /** Scale the scores to variance 1. Default: false. */
  readonly whiten: boolean;
  /** Rows of a batch of `fit`. Default: 5 times the columns. */
  readonly batchSize: number | undefined;
}

const defaults: IncrementalPcaSettings = { components: "all", whiten: false, batchSize: undefined };
const constraints: Constraints<IncrementalPcaSettings> = {
  components: componentsConstraint,
  whiten: flag(),
  batchSize: optional(wholeAtLeast(1)),
};

export class IncrementalPcaModel extends PcaModel<IncrementalPcaSettings> {
  /** How many rows it has seen. */
  get rows(): number {
    return this.learnt.weight;
  }

  /** The model after these rows too; this one stays as it is. */
  partialFit(x: RowsInput): IncrementalPcaModel {
    const op = "incrementalPca.partialFit";
    const matrix = readNumbers(op, "x", x);
    checkColumns(op, "x", matrix, this.inputColumns);
    return modelOf(op, this.settings, merge(this.learnt, matrix, this.settings));
  }
}

/** PCA by batches of rows: exact when all components are kept, close otherwise. For a stream, see `incrementalPcaOf`. */
export const incrementalPca: TransformerKind<IncrementalPcaSettings, IncrementalPcaModel> = transformerKind<
  IncrementalPcaSettings,
  IncrementalPcaModel
>({
  kind: "incrementalPca",
  defaults,
  constraints,
  fit(settings, x, _y, { sampleWeight }) {
    const op = "incrementalPca.fit";
    if (sampleWeight !== undefined)
      throw new UserError(`${op}: takes no sampleWeight; use pca({ algorithm: "incremental" }), which does`);
    const matrix = readNumbers(op, "x", x);
    checkSize(op, settings.components, matrix);
    let state: Learnt | undefined;
    for (const { batch } of batchesOf(matrix, settings.batchSize ?? 5 * matrix.columns))
      state = merge(state, batch, settings);
    return modelOf(op, settings, state);
  },
  read(settings, state) {
    const { learnt, kept } = readLearnt("incrementalPca", state);
    return new IncrementalPcaModel("incrementalPca", settings, learnt, kept);
  },
});

/**
 * PCA of a stream of batches of rows (arrays, an iterator, an asynchronous one): one batch and the components are in memory at a time. The first
 * batches may be smaller than `components`.
 *
 * @throws UserError for fewer than 2 rows in all or fewer than `components`; ShapeError when the number of columns changes.
 */
export async function incrementalPcaOf(
  batches: Iterable<RowsInput> | AsyncIterable<RowsInput>,
  given: Partial<Omit<IncrementalPcaSettings, "batchSize">> = {},
): Promise<IncrementalPcaModel> {
  const op = "incrementalPcaOf";
  const settings = Object.freeze(checkSettings(op, given, defaults, constraints));
  let state: Learnt | undefined;
  let number = 0;
  for await (const rows of batches) {
    const matrix = readNumbers(op, `batch ${number}`, rows);
    if (state !== undefined && matrix.columns !== state.means.length)
      throw new ShapeError(
        `${op}: batch ${number} has ${matrix.columns} columns, those before have ${state.means.length}`,
      );
    state = merge(state, matrix, settings);
    number += 1;
  }
  if (state !== undefined) checkSize(op, settings.components, { rows: state.weight, columns: state.means.length });
  return modelOf(op, settings, state);
}

function merge(state: Learnt | undefined, batch: Matrix, { components }: IncrementalPcaSettings): Learnt | undefined {
  return mergeBatch(state, batch, components === "all" || components < 1 ? batch.columns : components);
}

function modelOf(op: string, settings: IncrementalPcaSettings, state: Learnt | undefined): IncrementalPcaModel {
  const learnt = learntFrom(op, state);
  const kept = countKept(settings.components, learnt.singularValues, learnt.squares);
  return new IncrementalPcaModel("incrementalPca", settings, learnt, kept);
}
