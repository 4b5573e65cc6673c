/** Class labels: numbers (or booleans, as 0 and 1) or texts, and their codes 0 … k − 1 in ascending order. */
import { ShapeError, UserError } from "../base/errors.js";
import { fromData } from "../tensor/creation.js";
import { Tensor } from "../tensor/tensor.js";
import { isList, kindOf } from "./matrix.js";

export type Label = number | string;
/** One label a row. Tensors are whole numbers or bool. */
export type LabelsInput = Tensor | ArrayLike<number> | readonly string[] | readonly boolean[];
/** What a classifier predicts: an int32 tensor for numbers (float64 if a class is beyond int32), an array for texts. */
export type PredictedLabels = Tensor | string[];

/**
 * The labels of every row.
 *
 * @throws UserError for fractions, NaN, texts mixed with numbers, or none at all.
 */
export function readLabels(op: string, name: string, input: LabelsInput): readonly Label[] {
  let values: ArrayLike<unknown>;
  if (input instanceof Tensor) {
    if (input.rank !== 1)
      throw new ShapeError(`${op}: ${name} must have one axis, a label a row, got shape [${input.shape.join(", ")}]`);
    values = input.storage(op);
  } else {
    if (!isList(input))
      throw new UserError(`${op}: ${name} must be a tensor or an array of labels, got ${kindOf(input)}`);
    values = input;
  }
  if (values.length === 0) throw new UserError(`${op}: ${name} is empty, and at least one label is needed`);
  const text = typeof values[0] === "string";
  const labels = new Array<Label>(values.length);
  for (let i = 0; i < values.length; i += 1) labels[i] = readLabel(op, name, values[i], i, text);
  return labels;
}

function readLabel(op: string, name: string, value: unknown, i: number, text: boolean): Label {
  if (typeof value === "boolean" && !text) return value ? 1 : 0;
  if (typeof value === "string" && text) return value;
  if (typeof value === "number" && !text) {
    if (Number.isInteger(value)) return value;
    throw new UserError(
      `${op}: ${name} must hold class labels (whole numbers or texts), got ${value} at position ${i}; numbers to be predicted as such are a regression, and probabilities need a threshold`,
      { argument: name, row: i },
    );
  }
  throw new UserError(`${op}: ${name} must be all numbers or all texts, got ${kindOf(value)} at position ${i}`, {
    argument: name,
    row: i,
  });
}

/** The different labels in ascending order: numbers by value, texts by their characters. */
export function distinctLabels(...lists: readonly (readonly Label[])[]): Label[] {
  const found = new Set<Label>();
  for (const list of lists) for (const label of list) found.add(label);
  return [...found].sort(compareLabels);
}

function compareLabels(a: Label, b: Label): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The position of each label in `classes`. */
export function encodeLabels(
  op: string,
  name: string,
  labels: readonly Label[],
  classes: readonly Label[],
): Int32Array {
  const codes = new Map(classes.map((label, code) => [label, code]));
  const result = new Int32Array(labels.length);
  labels.forEach((label, i) => {
    const code = codes.get(label);
    if (code === undefined)
      throw new UserError(
        `${op}: ${name} has the label ${showLabel(label)} at position ${i}, which is none of ${showLabels(classes)}`,
        { argument: name, row: i },
      );
    result[i] = code;
  });
  return result;
}

/** Labels in the form that classifiers return them; the classes alone decide which, so that it is the same for any rows. */
export function predictedLabels(classes: readonly Label[], codes: ArrayLike<number>): PredictedLabels {
  const numbers = classes.filter((label) => typeof label === "number");
  if (numbers.length < classes.length) return Array.from(codes, (code) => String(classes[code] ?? ""));
  const labels = Float64Array.from(codes, (code) => numbers[code] ?? 0);
  const whole = numbers.every((label) => label === (label | 0));
  return fromData(whole ? Int32Array.from(labels) : labels, [labels.length]);
}

/** Two lists of labels of the same rows, read and checked against each other. */
export function readLabelPair(
  op: string,
  yTrue: LabelsInput,
  yPredicted: LabelsInput,
): readonly [truth: readonly Label[], predicted: readonly Label[]] {
  const truth = readLabels(op, "yTrue", yTrue);
  const predicted = readLabels(op, "yPredicted", yPredicted);
  if (truth.length !== predicted.length)
    throw new ShapeError(`${op}: yTrue has ${truth.length} labels, yPredicted has ${predicted.length}`);
  if (typeof truth[0] !== typeof predicted[0])
    throw new UserError(
      `${op}: yTrue holds ${typeof truth[0]}s and yPredicted ${typeof predicted[0]}s; both must be of one kind`,
    );
  return [truth, predicted];
}

export function showLabel(label: Label): string {
  return JSON.stringify(label);
}

export function showLabels(labels: readonly Label[]): string {
  const shown = labels.slice(0, 8).map(showLabel).join(", ");
  return labels.length > 8 ? `${shown}, … (${labels.length} labels)` : shown;
}
