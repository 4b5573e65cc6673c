/**
 * The second moments of the rows of each fold, made once: where every row is tested once, those to train on are what the other folds add up to. The error on
 * the rows held out follows from theirs,
 *
 *   Σ w (y − b − xβ)² = vᵀ M v,   v = (−β, 1, u − b + sβ),
 *
 * and, where digits would be lost in that, from the residuals themselves.
 */
import { withWorkspace } from "../runtime/kernels.js";
import type { Fold } from "../selection/splitter.js";
import { prefersMoments } from "./correlations.js";
import {
  added,
  centredSums,
  eachBlock,
  type Moments,
  meansOf,
  momentsOf,
  nearMeans,
  type Rows,
  type Sums,
  sampleShift,
  subset,
  sumsOf,
} from "./moments.js";

/** What predicts one of the targets: a linear function of the columns. */
export interface Plane {
  /** One a column. */
  readonly beta: Float64Array;
  readonly intercept: number;
  readonly target: number;
}

export interface FoldRows {
  /** To train on; undefined where there are more columns than moments are made for. */
  readonly moments: Moments | undefined;
  train(): Rows;
  /** The weighted mean of the squared errors on the rows held out, of each plane. */
  errors(planes: readonly Plane[]): Float64Array;
}

/** Part of Σ vᵢ² Mᵢᵢ below which vᵀMv has lost too many digits. */
const lostDigits = 1e-5;
/** Numbers in the moments of all folds up to which they are kept. */
const mostNumbers = 2 ** 25;

export interface FoldedRows {
  /** Of all rows, where every row is tested once. */
  readonly all: Moments | undefined;
  readonly folds: readonly FoldRows[];
}

export function foldRows(all: Rows, folds: readonly Fold[], intercept: boolean): FoldedRows {
  const { columns, targets } = all;
  const shift = intercept ? sampleShift(all) : new Float64Array(columns + targets);
  const small =
    folds.length * (columns + targets + 1) ** 2 <= mostNumbers &&
    folds.every(({ train }) => prefersMoments(train.length, columns));
  const tests = small ? folds.map(({ test }) => sumsOf(all, shift, test)) : [];
  const whole = small && partitions(folds, all.rows);
  const [before, after] = [running(whole ? tests : []), running(whole ? [...tests].reverse() : []).reverse()];
  const moments = (sums: Sums, chosen?: Int32Array): Moments =>
    momentsOf(!intercept || nearMeans(sums) ? sums : sumsOf(all, meansOf(sums), chosen), columns, targets, intercept);
  return {
    all: whole ? moments(added(tests)) : undefined,
    folds: folds.map(({ train, test }, k) => ({
      train: () => subset(all, train),
      moments: !small
        ? undefined
        : whole
          ? moments(added([before[k] ?? [], after[k] ?? []].flat()), train)
          : momentsOf(
              intercept ? centredSums(all, shift, train) : sumsOf(all, shift, train),
              columns,
              targets,
              intercept,
            ),
      errors(planes) {
        const vectors = planes.map((plane) => combination(plane, shift));
        const sums = tests[k];
        const quick = sums === undefined ? undefined : fromSums(sums, vectors);
        return quick ?? fromRows(all, shift, test, vectors);
      },
    })),
  };
}

/** The sums before each of the parts, added up; none before the first. */
function running(parts: readonly Sums[]): Sums[][] {
  const result: Sums[][] = [];
  let sofar: Sums[] = [];
  for (const part of parts) {
    result.push(sofar);
    sofar = [added([...sofar, part])];
  }
  return result;
}

/** Whether every row is tested once, and trained on in all other folds. */
function partitions(folds: readonly Fold[], rows: number): boolean {
  const tested = new Int32Array(rows).fill(-1);
  for (const [k, { train, test }] of folds.entries()) {
    if (train.length + test.length !== rows) return false;
    for (const i of test) {
      if ((tested[i] ?? 0) >= 0) return false;
      tested[i] = k;
    }
  }
  if (tested.includes(-1)) return false;
  return folds.every(({ train }, k) => {
    // ascending, so that none comes twice
    for (let at = 0; at < train.length; at += 1) {
      const row = train[at] ?? 0;
      if (tested[row] === k || (at > 0 && row <= (train[at - 1] ?? 0))) return false;
    }
    return true;
  });
}

function combination({ beta, intercept, target }: Plane, shift: Float64Array): Float64Array {
  const columns = beta.length;
  const v = new Float64Array(shift.length + 1);
  let constant = (shift[columns + target] ?? 0) - intercept;
  beta.forEach((b, j) => {
    v[j] = -b;
    constant -= (shift[j] ?? 0) * b;
  });
  v[columns + target] = 1;
  v[shift.length] = constant;
  return v;
}

/** Undefined where too many digits are lost for one of them. */
function fromSums({ values, side }: Sums, vectors: readonly Float64Array[]): Float64Array | undefined {
  const total = values[side * side - 1] ?? 0;
  const result = new Float64Array(vectors.length);
  for (const [n, v] of vectors.entries()) {
    let [square, size] = [0, 0];
    for (let i = 0; i < side; i += 1) {
      const factor = v[i] ?? 0;
      if (factor === 0) continue;
      let row = 0;
      for (let j = 0, at = i * side; j < side; j += 1, at += 1) row += (values[at] ?? 0) * (v[j] ?? 0);
      square += factor * row;
      size += factor * factor * (values[i * side + i] ?? 0);
    }
    if (!(square > lostDigits * size)) return undefined;
    result[n] = square / total;
  }
  return result;
}

function fromRows(all: Rows, shift: Float64Array, chosen: Int32Array, vectors: readonly Float64Array[]): Float64Array {
  const side = shift.length + 1;
  const count = vectors.length;
  return withWorkspace("float64", (w) => {
    const held = w.load(Float64Array.from(vectors.flatMap((v) => [...v])), count, side).transposed();
    const squares = new Float64Array(count);
    let total = 0;
    eachBlock(w, all, shift, chosen, (z) =>
      w.inside(() => {
        const residuals = w.matrix(count, z.rows);
        w.gemmInto(1, z.block(0, 0, z.rows, side), held, residuals.transposed());
        for (let n = 0; n < count; n += 1) {
          const line = residuals.row(n);
          squares[n] = (squares[n] ?? 0) + w.dot(line, line);
        }
        const roots = z.column(side - 1);
        total += w.dot(roots, roots);
      }),
    );
    return squares.map((s) => s / total);
  });
}
