/** The kernels of `linalg-logistic` as functions over a float64 workspace. Rows are contiguous; vectors are matrices of one column. */
import type { Workspace } from "./kernels.js";
import { fits, type Matrix } from "./matrix-view.js";
import { type Part, sharedProduct } from "./sharing.js";

/** Elements of a block of rows: it stays in the second cache. */
const blockElements = 2 ** 15;
/** Parts that the rows are cut into at most, each with sums of its own: by shape, so that no number of threads changes a bit. */
const mostParts = 128;

/** y ← y + Σᵢ fᵢ aᵢ */
export function sumRows(w: Workspace, a: Matrix, factors: Matrix, y: Matrix): void {
  const { rows, columns, address, rowStep } = plainRows(a);
  w.call("sumRows", rows, columns, address, rowStep, factors.address, y.address);
}

/** B's row i ← fᵢ times A's. */
export function scaleRows(w: Workspace, a: Matrix, factors: Matrix, b: Matrix): void {
  const { rows, columns, address, rowStep } = plainRows(a);
  w.call("scaleRows", rows, columns, address, rowStep, factors.address, b.address, plainRows(b).rowStep);
}

/** aᵢⱼ ← (aᵢⱼ − shiftⱼ)·factorⱼ */
export function standardize(w: Workspace, a: Matrix, shift: Matrix, factor: Matrix): void {
  const { rows, columns, address, rowStep } = plainRows(a);
  w.call("standardize", rows, columns, address, rowStep, shift.address, factor.address);
}

/** sums ← sums + Σᵢ wᵢ aᵢ and squares ← squares + Σᵢ wᵢ aᵢ², element by element. */
export function addMoments(w: Workspace, a: Matrix, weights: Matrix, sums: Matrix, squares: Matrix): void {
  const { rows, columns, address, rowStep } = plainRows(a);
  w.call("addMoments", rows, columns, address, rowStep, weights.address, sums.address, squares.address);
}

export interface RowLosses {
  /** Σ weight·loss */
  readonly loss: number;
  /** The smallest margin of the rows of weight above 0. */
  readonly margin: number;
  /** Σ slope·x, (scores, columns). */
  readonly sums: Float64Array;
  /** Σ slope of each score. */
  readonly slopes: Float64Array;
}

/** Scores, losses and their derivatives for all rows of a design. */
export interface LossPass {
  /** (scores, columns): the weights to compute with. */
  readonly beta: Matrix;
  /** (scores): the intercepts. */
  readonly biases: Matrix;
  /** Of two classes the second derivatives by row, times weights. */
  readonly curvatures: Matrix;
  /** Of more classes (scores, rows): the probabilities. */
  readonly probabilities: Matrix;
  run(): RowLosses;
}

/** `targets`: ±1 of two classes (one score), codes of more. */
export function lossPass(w: Workspace, x: Matrix, targets: Matrix, weights: Matrix, scores: number): LossPass {
  const { rows, columns } = plainRows(x);
  const block = Math.max(16, Math.min(512, Math.floor(blockElements / columns)));
  const chunk = block * Math.max(1, Math.ceil(rows / (block * mostParts)));
  const count = Math.ceil(rows / chunk);
  const sums = scores * columns;
  const stride = sums + 2 + scores;
  const parts = w.matrix(count, stride);
  const [beta, biases] = [w.zeros(scores, columns), w.zeros(scores, 1)];
  const slopes = w.matrix(scores, rows);
  const curvatures = w.vector(scores === 1 ? rows : 0);
  const probabilities = w.matrix(scores === 1 ? 0 : scores, rows);
  const sharedBy = (from: number, size: number): number[] => [
    ...[rows, columns, chunk, block, x.address, x.rowStep],
    ...[parts.address, stride, from, from + size],
  ];
  const binary: Part = (from, size) => [
    ...sharedBy(from, size),
    ...[beta, targets, weights, slopes, curvatures].map((m) => m.address),
    w.get(biases, 0, 0),
  ];
  const several: Part = (from, size) => [
    ...sharedBy(from, size),
    scores,
    ...[beta, biases, targets, weights, probabilities, slopes].map((m) => m.address),
  ];
  const run = (): RowLosses => {
    const work = 2 * rows * columns * scores;
    if (scores === 1) w.shared("logisticPass", work, sharedProduct, count, binary);
    else w.shared("softmaxPass", work, sharedProduct, count, several);
    const found = w.read(parts);
    const total = new Float64Array(stride);
    let margin = Number.POSITIVE_INFINITY;
    for (let c = 0, at = 0; c < count; c += 1) {
      margin = Math.min(margin, found[at + sums + 1] ?? 0);
      for (let j = 0; j < stride; j += 1, at += 1) total[j] = (total[j] ?? 0) + (found[at] ?? 0);
    }
    return { loss: total[sums] ?? 0, margin, sums: total.subarray(0, sums), slopes: total.subarray(sums + 2) };
  };
  return { beta, biases, curvatures, probabilities, run };
}

function plainRows(m: Matrix): Matrix {
  fits("row kernels", m.columnStep === 1 && m.bytes === 8);
  return m;
}
