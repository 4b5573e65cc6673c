/** What `compareLinearSolvers` hands to every solver: A β = b in the least-squares sense, with A and b made of the training rows, and the way back to the features. */
import { centred, interceptsOf, scaledRows } from "./design.js";

/** Rows with their targets and weights, as given. */
export interface RowsPart {
  readonly rows: number;
  readonly columns: number;
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly weights: Float64Array | undefined;
}

export interface SystemChoices {
  readonly intercept: boolean;
  readonly standardize: boolean;
}

export interface LinearSystem {
  readonly rows: number;
  readonly columns: number;
  /** √wᵢ (xᵢⱼ − x̄ⱼ)/sⱼ, row-major; means of 0 without an intercept, scales of 1 unless standardised. */
  readonly a: Float64Array;
  /** √wᵢ (yᵢ − ȳ) */
  readonly b: Float64Array;
  readonly xMeans: Float64Array;
  readonly yMean: number;
  readonly scales: Float64Array;
  /** Columns that do not vary (without an intercept: that are 0); they are exactly 0 in A. */
  readonly constant: readonly number[];
}

/** A solution in the units of the features. */
export interface AffineFunction {
  readonly coefficients: Float64Array;
  readonly intercept: number;
}

export function takePart({ columns, x, y, weights }: RowsPart, rows: Int32Array): RowsPart {
  const taken = new Float64Array(rows.length * columns);
  rows.forEach((row, i) => {
    taken.set(x.subarray(row * columns, (row + 1) * columns), i * columns);
  });
  const pick = (values: Float64Array): Float64Array => Float64Array.from(rows, (i) => values[i] ?? 0);
  return {
    rows: rows.length,
    columns,
    x: taken,
    y: pick(y),
    weights: weights === undefined ? undefined : pick(weights),
  };
}

export function makeSystem(part: RowsPart, { intercept, standardize }: SystemChoices): LinearSystem {
  const { rows, columns, weights } = part;
  const [x, xMeans] = centred({ rows, columns, data: part.x }, intercept, weights);
  const [y, [yMean = 0]] = centred({ rows, columns: 1, data: part.y }, intercept, weights);
  const deviations = deviationsOf(x, rows, columns, weights);
  const isConstant = (j: number): boolean => !((deviations[j] ?? 0) > rows * Number.EPSILON * Math.abs(xMeans[j] ?? 0));
  const constant = Array.from({ length: columns }, (_, j) => j).filter(isConstant);
  // What rounding left of them would look like a feature once it is scaled.
  for (const j of constant) for (let i = 0; i < rows; i += 1) x[i * columns + j] = 0;
  const scales = deviations.map((s, j) => (standardize && !isConstant(j) ? s : 1));
  if (standardize) for (let k = 0; k < x.length; k += 1) x[k] = (x[k] ?? 0) / (scales[k % columns] ?? 1);
  return {
    rows,
    columns,
    a: scaledRows(x, columns, weights),
    b: scaledRows(y, 1, weights),
    xMeans,
    yMean,
    scales,
    constant,
  };
}

/** √(Σ w x² / Σ w) of each column. */
function deviationsOf(x: Float64Array, rows: number, columns: number, weights: Float64Array | undefined): Float64Array {
  const [most, sums] = [new Float64Array(columns), new Float64Array(columns)];
  for (let k = 0; k < x.length; k += 1) most[k % columns] = Math.max(most[k % columns] ?? 0, Math.abs(x[k] ?? 0));
  let total = 0;
  for (let i = 0, at = 0; i < rows; i += 1) {
    const weight = weights?.[i] ?? 1;
    total += weight;
    for (let j = 0; j < columns; j += 1, at += 1) {
      const size = most[j] ?? 0;
      if (size > 0) sums[j] = (sums[j] ?? 0) + weight * ((x[at] ?? 0) / size) ** 2;
    }
  }
  return sums.map((sum, j) => (most[j] ?? 0) * Math.sqrt(sum / total));
}

/** β of the system as a function of the features. */
export function toFeatures({ scales, xMeans, yMean }: LinearSystem, beta: Float64Array): AffineFunction {
  const coefficients = beta.map((v, j) => v / (scales[j] ?? 1));
  const [intercept = 0] = interceptsOf({ xMeans, yMeans: Float64Array.of(yMean) }, coefficients);
  return { coefficients, intercept };
}

export function predictPart({ coefficients, intercept }: AffineFunction, { rows, columns, x }: RowsPart): Float64Array {
  return Float64Array.from({ length: rows }, (_, i) => {
    let sum = intercept;
    for (let j = 0; j < columns; j += 1) sum += (coefficients[j] ?? 0) * (x[i * columns + j] ?? 0);
    return sum;
  });
}
