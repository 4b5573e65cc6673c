/**
 * The receiver operating characteristic: true positive rate against false positive rate over all thresholds, and the area under it, which is
 * the chance that a positive row has a higher score than a negative one.
 *
 * T. Fawcett, "An introduction to ROC analysis", Pattern Recognition Letters 27 (2006); several classes one against another: D. Hand and
 * R. Till, Machine Learning 45 (2001).
 */
import { ShapeError, UserError } from "../base/errors.js";
import { checkSettings, flag, oneOf, optional, satisfies } from "../base/settings.js";
import { distinctLabels, type Label, type LabelsInput, readLabels, showLabels } from "../data/labels.js";
import { type MatrixInput, readColumns, readVector, readWeights, type VectorInput } from "../data/matrix.js";
import { type BinaryOptions, type BinaryScores, cumulativeCounts, readBinary } from "./binary-scores.js";
import { labelConstraints } from "./confusion.js";

export const binaryConstraints = {
  sampleWeight: labelConstraints.sampleWeight,
  positive: optional(satisfies("a label", (v) => typeof v === "number" || typeof v === "string")),
};

export interface RocOptions extends BinaryOptions {
  /** Leave out points on straight lines between their neighbours. Default: true. */
  readonly dropCollinear?: boolean;
}

export interface RocCurve {
  readonly falsePositiveRate: Float64Array;
  readonly truePositiveRate: Float64Array;
  /** Rows with a score ≥ thresholds[k] count as positive at point k; the first is +∞, where none does. */
  readonly thresholds: Float64Array;
}

/** The points of the curve, from (0, 0) to (1, 1). */
export function rocCurve(yTrue: LabelsInput, scores: VectorInput, options: RocOptions = {}): RocCurve {
  const op = "rocCurve";
  const checked = checkSettings<RocOptions & { dropCollinear: boolean }>(
    op,
    options,
    { dropCollinear: true },
    {
      ...binaryConstraints,
      dropCollinear: flag(),
    },
  );
  return curveOf(readBinary(op, yTrue, scores, checked), checked.dropCollinear);
}

function curveOf(binary: BinaryScores, dropCollinear: boolean): RocCurve {
  const { thresholds, truePositive, falsePositive } = cumulativeCounts(binary);
  const last = thresholds.length - 1;
  const keep: number[] = [];
  for (let k = 0; k <= last; k += 1) {
    const corner =
      k === 0 ||
      k === last ||
      step(falsePositive, k) !== step(falsePositive, k + 1) ||
      step(truePositive, k) !== step(truePositive, k + 1);
    if (corner || !dropCollinear || last < 2) keep.push(k);
  }
  const [positives, negatives] = [truePositive[last] ?? 0, falsePositive[last] ?? 0];
  return {
    falsePositiveRate: Float64Array.from([0, ...keep.map((k) => (falsePositive[k] ?? 0) / negatives)]),
    truePositiveRate: Float64Array.from([0, ...keep.map((k) => (truePositive[k] ?? 0) / positives)]),
    thresholds: Float64Array.from([Number.POSITIVE_INFINITY, ...keep.map((k) => thresholds[k] ?? 0)]),
  };
}

function step(values: Float64Array, k: number): number {
  return (values[k] ?? 0) - (values[k - 1] ?? 0);
}

/** The area under a curve by trapezoids; x ascends or descends. */
export function areaUnderCurve(x: VectorInput, y: VectorInput): number {
  const op = "areaUnderCurve";
  const xs = readVector(op, "x", x);
  const ys = readVector(op, "y", y, { rows: { count: xs.length, of: "x" } });
  if (xs.length < 2) throw new UserError(`${op}: x must have at least 2 points, got ${xs.length}`);
  const up = xs.every((v, i) => i === 0 || v >= (xs[i - 1] ?? 0));
  const down = xs.every((v, i) => i === 0 || v <= (xs[i - 1] ?? 0));
  if (!up && !down) throw new UserError(`${op}: x must only ascend or only descend; sort the points by x`);
  const area = trapezoids(xs, ys);
  return up ? area : -area;
}

function trapezoids(x: Float64Array, y: Float64Array): number {
  let area = 0;
  for (let i = 1; i < x.length; i += 1) area += (((y[i] ?? 0) + (y[i - 1] ?? 0)) / 2) * ((x[i] ?? 0) - (x[i - 1] ?? 0));
  return area;
}

export interface RocAucOptions extends BinaryOptions {
  /** For more than two classes: each against the rest, or each pair. Default: "rest". */
  readonly multiClass?: "rest" | "pairs";
  /** Over classes: the plain mean, or weighted by the rows of each class. Default: "macro". */
  readonly average?: "macro" | "weighted";
  /** The classes of the columns of `scores`. Default: those of `yTrue`, ascending. */
  readonly labels?: readonly Label[];
}

/**
 * The area under the ROC curve, 0.5 for chance. `scores` is one number a row for two classes, one row of probabilities a row for more.
 *
 * @throws UserError when a class has no row: the area is not defined then.
 */
export function rocAuc(yTrue: LabelsInput, scores: VectorInput | MatrixInput, options: RocAucOptions = {}): number {
  const op = "rocAuc";
  const checked = checkSettings<RocAucOptions & { multiClass: string; average: string }>(
    op,
    options,
    { multiClass: "rest", average: "macro" },
    {
      ...binaryConstraints,
      labels: labelConstraints.labels,
      multiClass: oneOf("rest", "pairs"),
      average: oneOf("macro", "weighted"),
    },
  );
  const matrix = readColumns(op, "scores", scores);
  if (matrix.columns === 0) throw new ShapeError(`${op}: scores has no columns, and one a class is needed`);
  if (matrix.columns <= 2) {
    const column = matrix.columns - 1;
    const single = Float64Array.from({ length: matrix.rows }, (_, i) => matrix.data[i * matrix.columns + column] ?? 0);
    return areaOf(readBinary(op, yTrue, single, checked));
  }
  return multiClassArea(op, yTrue, matrix, checked);
}

/** By trapezoids over counts, which are exact where no row has a weight, and divided once. */
function areaOf(binary: BinaryScores): number {
  const { truePositive, falsePositive } = cumulativeCounts(binary);
  const last = truePositive.length - 1;
  let twice = 0;
  let [tp, fp] = [0, 0];
  for (let k = 0; k <= last; k += 1) {
    const [nextTp, nextFp] = [truePositive[k] ?? 0, falsePositive[k] ?? 0];
    twice += (tp + nextTp) * (nextFp - fp);
    [tp, fp] = [nextTp, nextFp];
  }
  return twice / (2 * tp * fp);
}

function multiClassArea(
  op: string,
  yTrue: LabelsInput,
  { rows, columns, data }: { rows: number; columns: number; data: Float64Array },
  options: RocAucOptions,
): number {
  const labels = readLabels(op, "yTrue", yTrue);
  if (labels.length !== rows) throw new ShapeError(`${op}: yTrue has ${labels.length} rows, scores has ${rows}`);
  const classes = options.labels ?? distinctLabels(labels);
  if (classes.length !== columns)
    throw new ShapeError(
      `${op}: scores has ${columns} columns for ${classes.length} classes (${showLabels(classes)}); name those of the columns with labels`,
    );
  const weights = readWeights(op, options.sampleWeight, rows);
  const score = (i: number, k: number): number => data[i * columns + k] ?? 0;
  const area = (chosen: readonly number[], k: number): number => {
    const truth = Uint8Array.from(chosen, (i) => (labels[i] === classes[k] ? 1 : 0));
    if (!truth.includes(1) || !truth.includes(0))
      throw new UserError(
        `${op}: yTrue must have rows of every class, got none or nothing but ${JSON.stringify(classes[k])}`,
      );
    const scores = Float64Array.from(chosen, (i) => score(i, k));
    return areaOf({ truth, scores, weights: weights && Float64Array.from(chosen, (i) => weights[i] ?? 0) });
  };
  const all = labels.map((_, i) => i);
  let sum = 0;
  let total = 0;
  const add = (value: number, weight: number): void => {
    sum += value * weight;
    total += weight;
  };
  const members = classes.map((label) => all.filter((i) => labels[i] === label));
  if (options.multiClass === "rest") {
    classes.forEach((_, k) => {
      const weight = (members[k] ?? []).reduce((s, i) => s + (weights?.[i] ?? 1), 0);
      add(area(all, k), options.average === "macro" ? 1 : weight);
    });
    return sum / total;
  }
  if (weights !== undefined)
    throw new UserError(`${op}: sampleWeight is not defined for multiClass "pairs"; use "rest"`);
  for (let a = 0; a < classes.length; a += 1) {
    for (let b = a + 1; b < classes.length; b += 1) {
      const pair = [...(members[a] ?? []), ...(members[b] ?? [])];
      add((area(pair, a) + area(pair, b)) / 2, options.average === "macro" ? 1 : pair.length);
    }
  }
  return sum / total;
}
