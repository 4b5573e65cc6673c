/** Targets of estimators that predict, read once in the form they compute with. */
import { ShapeError, UserError } from "../base/errors.js";
import {
  distinctLabels,
  encodeLabels,
  type Label,
  type LabelsInput,
  type PredictedLabels,
  predictedLabels,
  readLabels,
  showLabel,
} from "../data/labels.js";
import { type MatrixInput, matrixTensor, readColumns, type VectorInput, vectorTensor } from "../data/matrix.js";
import type { Tensor } from "../tensor/tensor.js";
import type { FitOptions, Targets } from "./estimator.js";
import type { StateReader } from "./transformer-kind.js";

export interface ClassTargets {
  /** Ascending. */
  readonly classes: readonly Label[];
  /** The position of each row's label in `classes`. */
  readonly codes: Int32Array;
}

/**
 * Class labels of the rows.
 *
 * @throws ShapeError for another number of rows; UserError for fewer than two classes (unless `least` is 1), fractions, mixed kinds.
 */
export function readClassTargets(op: string, y: Targets, rows: number, least = 2): ClassTargets {
  const labels = readLabels(op, "y", y as LabelsInput);
  if (labels.length !== rows) throw new ShapeError(`${op}: y has ${labels.length} rows, x has ${rows}`);
  const classes = distinctLabels(labels);
  if (classes.length < least)
    throw new UserError(
      `${op}: y holds one class only (${showLabel(classes[0] ?? "")}), and at least two are needed to tell them apart`,
    );
  return { classes, codes: encodeLabels(op, "y", labels, classes) };
}

/** Numbers to be predicted: row-major, `width` a row. */
export interface NumberTargets {
  readonly data: Float64Array;
  readonly width: number;
  /** Whether they came as a vector, so that predictions are one too. */
  readonly vector: boolean;
}

export function readNumberTargets(op: string, y: Targets, rows: number): NumberTargets {
  const { data, columns, vector } = readColumns(op, "y", y as VectorInput | MatrixInput, {
    rows: { count: rows, of: "x" },
  });
  if (columns === 0) throw new ShapeError(`${op}: y has no columns, and at least one target is needed`);
  return { data, width: columns, vector };
}

/** Predictions in the shape that the targets had. */
export function numbersTensor({ data, width, vector }: NumberTargets): Tensor {
  return vector ? vectorTensor(data) : matrixTensor({ rows: data.length / width, columns: width, data });
}

/** The label of the largest score of each row; of equals the first. */
export function largestLabels(classes: readonly Label[], scores: Float64Array): PredictedLabels {
  const width = classes.length;
  const codes = new Int32Array(scores.length / width);
  for (let i = 0; i < codes.length; i += 1) {
    let best = 0;
    for (let c = 1; c < width; c += 1) if ((scores[i * width + c] ?? 0) > (scores[i * width + best] ?? 0)) best = c;
    codes[i] = best;
  }
  return predictedLabels(classes, codes);
}

/** @throws UserError where weights were given to an estimator whose theory has none. */
export function refuseWeights(op: string, { sampleWeight }: FitOptions, because: string): void {
  if (sampleWeight !== undefined) throw new UserError(`${op}: sampleWeight cannot be used here: ${because}`);
}

/** The classes of a state from JSON, and codes that point into them. */
export function readClassesState(kind: string, state: StateReader): readonly Label[] {
  const classes = state.list("classes");
  if (classes.length === 0 || !classes.every((c) => typeof c === typeof classes[0]))
    throw new UserError(`${kind}.fromJSON: classes of the state must be all numbers or all texts`);
  const labels = classes.map((c): Label => {
    if (typeof c === "string" || (typeof c === "number" && Number.isInteger(c))) return c;
    throw new UserError(`${kind}.fromJSON: classes of the state must be whole numbers or texts`);
  });
  if (!distinctLabels(labels).every((label, k) => label === labels[k]) || new Set(labels).size !== labels.length)
    throw new UserError(`${kind}.fromJSON: classes of the state must be different and ascending`);
  return labels;
}

export function readCodesState(kind: string, state: StateReader, name: string, below: number): Int32Array {
  const codes = state.numbers(name);
  if (!codes.every((c) => Number.isInteger(c) && c >= 0 && c < below))
    throw new UserError(`${kind}.fromJSON: ${name} of the state must be whole numbers from 0 to ${below - 1}`);
  return Int32Array.from(codes);
}
