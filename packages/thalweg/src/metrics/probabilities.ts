/** How good predicted probabilities are: log loss and Brier score, both lower for better; and how often the true class is among the first k. */
import { ShapeError, UserError } from "../base/errors.js";
import { checkSettings, wholeAtLeast } from "../base/settings.js";
import { distinctLabels, encodeLabels, type Label, type LabelsInput, readLabels, showLabels } from "../data/labels.js";
import { type Matrix, type MatrixInput, readColumns, readWeights, type VectorInput } from "../data/matrix.js";
import { positiveLabel } from "./averages.js";
import { labelConstraints } from "./confusion.js";
import { binaryConstraints } from "./roc.js";

export interface ProbabilityOptions {
  /** The classes of the columns. Default: those of `yTrue`, ascending. */
  readonly labels?: readonly Label[];
  /** For one probability a row: the class it is of. Default: 1 for labels 0 and 1. */
  readonly positive?: Label;
  /** One weight ≥ 0 a row. Default: 1 each. */
  readonly sampleWeight?: VectorInput;
}

const constraints = { ...binaryConstraints, labels: labelConstraints.labels };

interface Probabilities {
  readonly codes: Int32Array;
  readonly classes: readonly Label[];
  /** One column a class. */
  readonly matrix: Matrix;
  readonly weights: Float64Array | undefined;
  readonly vector: boolean;
}

/**
 * The mean of −ln of the probability given to the true class. Probabilities below 2⁻⁵² count as 2⁻⁵², so that one certain mistake costs 36, not ∞.
 * One probability a row (of the positive class) or one row of probabilities a row.
 *
 * @throws UserError for probabilities outside 0 … 1 and for rows that do not add up to 1.
 */
export function logLoss(
  yTrue: LabelsInput,
  probabilities: VectorInput | MatrixInput,
  options: ProbabilityOptions = {},
): number {
  const { codes, matrix, weights } = readProbabilities("logLoss", yTrue, probabilities, options);
  return weightedMean(codes, weights, (code, i) => {
    const p = matrix.data[i * matrix.columns + code] ?? 0;
    return -Math.log(Math.min(Math.max(p, Number.EPSILON), 1 - Number.EPSILON));
  });
}

/**
 * The mean squared difference of probability and outcome: of one probability a row (p − y)², of a row of probabilities the sum over its classes,
 * which for two classes is twice as much. G. Brier, Monthly Weather Review 78 (1950).
 */
export function brier(
  yTrue: LabelsInput,
  probabilities: VectorInput | MatrixInput,
  options: ProbabilityOptions = {},
): number {
  const { codes, matrix, weights, vector } = readProbabilities("brier", yTrue, probabilities, options);
  const scale = vector ? 0.5 : 1;
  return weightedMean(codes, weights, (code, i) => {
    let sum = 0;
    for (let k = 0; k < matrix.columns; k += 1)
      sum += ((matrix.data[i * matrix.columns + k] ?? 0) - (k === code ? 1 : 0)) ** 2;
    return sum * scale;
  });
}

export interface TopKOptions {
  /** Default: 2. */
  readonly k?: number;
  readonly labels?: readonly Label[];
  readonly sampleWeight?: VectorInput;
}

/** The share of rows whose class is among the `k` with the highest scores; of equal scores the later class comes first. */
export function topKAccuracy(yTrue: LabelsInput, scores: MatrixInput, options: TopKOptions = {}): number {
  const op = "topKAccuracy";
  const checked = checkSettings<TopKOptions & { k: number }>(
    op,
    options,
    { k: 2 },
    {
      k: wholeAtLeast(1),
      labels: labelConstraints.labels,
      sampleWeight: labelConstraints.sampleWeight,
    },
  );
  const labels = readLabels(op, "yTrue", yTrue);
  const matrix = readColumns(op, "scores", scores, { rows: { count: labels.length, of: "yTrue" } });
  const classes = checked.labels ?? distinctLabels(labels);
  checkClasses(op, matrix, classes);
  const codes = encodeLabels(op, "yTrue", labels, classes);
  const weights = readWeights(op, checked.sampleWeight, labels.length);
  return weightedMean(codes, weights, (code, i) => {
    const own = matrix.data[i * matrix.columns + code] ?? 0;
    let before = 0;
    for (let k = 0; k < matrix.columns; k += 1) {
      const other = matrix.data[i * matrix.columns + k] ?? 0;
      if (other > own || (other === own && k > code)) before += 1;
    }
    return before < checked.k ? 1 : 0;
  });
}

function weightedMean(
  codes: Int32Array,
  weights: Float64Array | undefined,
  value: (code: number, i: number) => number,
): number {
  let sum = 0;
  let total = 0;
  codes.forEach((code, i) => {
    const weight = weights?.[i] ?? 1;
    total += weight;
    if (weight > 0) sum += weight * value(code, i);
  });
  return sum / total;
}

function readProbabilities(
  op: string,
  yTrue: LabelsInput,
  input: VectorInput | MatrixInput,
  options: ProbabilityOptions,
): Probabilities {
  const { labels: given, positive, sampleWeight } = checkSettings<ProbabilityOptions>(op, options, {}, constraints);
  const labels = readLabels(op, "yTrue", yTrue);
  const read = readColumns(op, "probabilities", input, { rows: { count: labels.length, of: "yTrue" } });
  const present = distinctLabels(labels);
  const weights = readWeights(op, sampleWeight, labels.length);
  read.data.forEach((p, i) => {
    if (p < 0 || p > 1)
      throw new UserError(
        `${op}: probabilities must be from 0 to 1, got ${p} in row ${Math.floor(i / read.columns)}; scores and logits go through sigmoid or softmax first`,
      );
  });
  if (read.columns === 1) {
    const classes = given ?? present;
    if (classes.length > 2)
      throw new ShapeError(
        `${op}: one probability a row is for two classes, and there are ${classes.length}; give one column a class`,
      );
    const label = positiveLabel(op, classes, positive);
    const codes = Int32Array.from(labels, (l) => (l === label ? 1 : 0));
    const data = new Float64Array(2 * read.rows);
    read.data.forEach((p, i) => {
      data[2 * i] = 1 - p;
      data[2 * i + 1] = p;
    });
    return { codes, classes, matrix: { rows: read.rows, columns: 2, data }, weights, vector: true };
  }
  const classes = given ?? present;
  checkClasses(op, read, classes);
  for (let i = 0; i < read.rows; i += 1) {
    let sum = 0;
    for (let k = 0; k < read.columns; k += 1) sum += read.data[i * read.columns + k] ?? 0;
    if (Math.abs(sum - 1) > 1e-6)
      throw new UserError(
        `${op}: the probabilities of row ${i} add up to ${sum}, and must add up to 1; divide each row by its sum`,
      );
  }
  return { codes: encodeLabels(op, "yTrue", labels, classes), classes, matrix: read, weights, vector: false };
}

function checkClasses(op: string, matrix: Matrix, classes: readonly Label[]): void {
  if (matrix.columns !== classes.length)
    throw new ShapeError(
      `${op}: there are ${matrix.columns} columns for ${classes.length} classes (${showLabels(classes)}); name the classes of the columns with labels`,
    );
}
