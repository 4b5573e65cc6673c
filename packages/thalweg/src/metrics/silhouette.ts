/**
 * The silhouette: how much nearer each row is to its own group than to the next one (P. Rousseeuw, 1987),
 *
 *     s = (b − a) / max(a, b),
 *
 * a the mean distance to the other rows of its group, b the least mean distance to another group. −1 … 1; 0 for a row alone in its group.
 */
import { ShapeError, UserError } from "../base/errors.js";
import { checkSettings, oneOf } from "../base/settings.js";
import { distinctLabels, encodeLabels, type LabelsInput, readLabels } from "../data/labels.js";
import { type Matrix, type MatrixInput, readMatrix } from "../data/matrix.js";

export interface SilhouetteOptions {
  /** "precomputed" takes x as the square matrix of distances. Default: "euclidean". */
  readonly distance?: "euclidean" | "manhattan" | "cosine" | "precomputed";
}

/** The mean of the silhouettes of all rows. Work and time grow with the square of the rows. */
export function silhouette(x: MatrixInput, labels: LabelsInput, options: SilhouetteOptions = {}): number {
  const each = silhouettes("silhouette", x, labels, options);
  return each.reduce((a, b) => a + b, 0) / each.length;
}

/** The silhouette of each row. */
export function silhouetteSamples(x: MatrixInput, labels: LabelsInput, options: SilhouetteOptions = {}): Float64Array {
  return silhouettes("silhouetteSamples", x, labels, options);
}

function silhouettes(op: string, x: MatrixInput, labelsInput: LabelsInput, options: SilhouetteOptions): Float64Array {
  const { distance } = checkSettings<SilhouetteOptions & { distance: string }>(
    op,
    options,
    { distance: "euclidean" },
    {
      distance: oneOf("euclidean", "manhattan", "cosine", "precomputed"),
    },
  );
  const matrix = readMatrix(op, "x", x);
  if (matrix.columns === 0) throw new ShapeError(`${op}: x has no columns, and at least one is needed`);
  const labels = readLabels(op, "labels", labelsInput);
  if (labels.length !== matrix.rows)
    throw new ShapeError(`${op}: x has ${matrix.rows} rows, labels has ${labels.length}`);
  if (distance === "precomputed" && matrix.rows !== matrix.columns)
    throw new ShapeError(
      `${op}: x must be square to be a matrix of distances, got [${matrix.rows}, ${matrix.columns}]`,
    );
  if (labels.length < 3)
    throw new UserError(`${op}: x must have at least 3 rows, so that one group can hold two, got ${labels.length}`);
  const groups = distinctLabels(labels);
  if (groups.length < 2 || groups.length >= labels.length)
    throw new UserError(
      `${op}: labels must name from 2 to ${labels.length - 1} groups (one less than rows), got ${groups.length}`,
    );
  const codes = encodeLabels(op, "labels", labels, groups);
  const sizes = new Float64Array(groups.length);
  for (const code of codes) sizes[code] = (sizes[code] ?? 0) + 1;
  const between = distanceOf(matrix, distance);
  const sums = new Float64Array(matrix.rows * groups.length);
  const add = (row: number, code: number, d: number): void => {
    const at = row * groups.length + code;
    sums[at] = (sums[at] ?? 0) + d;
  };
  for (let i = 0; i < matrix.rows; i += 1) {
    if (distance === "precomputed") {
      for (let j = 0; j < matrix.rows; j += 1) if (i !== j) add(i, codes[j] ?? 0, between(i, j));
    } else {
      for (let j = 0; j < i; j += 1) {
        const d = between(i, j);
        add(i, codes[j] ?? 0, d);
        add(j, codes[i] ?? 0, d);
      }
    }
  }
  return Float64Array.from(codes, (own, i) => {
    const ownSize = sizes[own] ?? 0;
    if (ownSize < 2) return 0;
    const a = (sums[i * groups.length + own] ?? 0) / (ownSize - 1);
    let b = Number.POSITIVE_INFINITY;
    sizes.forEach((size, code) => {
      if (code !== own) b = Math.min(b, (sums[i * groups.length + code] ?? 0) / size);
    });
    return a === b ? 0 : (b - a) / Math.max(a, b);
  });
}

function distanceOf({ columns, data }: Matrix, kind: string): (i: number, j: number) => number {
  if (kind === "precomputed") return (i, j) => data[i * columns + j] ?? 0;
  if (kind === "cosine") {
    const dot = (i: number, j: number): number => {
      let sum = 0;
      for (let k = 0; k < columns; k += 1) sum += (data[i * columns + k] ?? 0) * (data[j * columns + k] ?? 0);
      return sum;
    };
    const norms = Float64Array.from({ length: data.length / columns }, (_, i) => Math.sqrt(dot(i, i)) || 1);
    return (i, j) => Math.max(0, 1 - dot(i, j) / ((norms[i] ?? 1) * (norms[j] ?? 1)));
  }
  return (i, j) => {
    let sum = 0;
    for (let k = 0; k < columns; k += 1) {
      const d = (data[i * columns + k] ?? 0) - (data[j * columns + k] ?? 0);
      sum += kind === "manhattan" ? Math.abs(d) : d * d;
    }
    return kind === "manhattan" ? sum : Math.sqrt(sum);
  };
}
