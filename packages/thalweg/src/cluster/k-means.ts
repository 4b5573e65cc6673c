/** k-means: k centres of least summed squared distance to the rows nearest to them. */
import { NumericalError, UserError } from "../base/errors.js";
import { fold, key } from "../base/random.js";
import {
  anyNumber,
  atLeast,
  type Constraints,
  either,
  listOf,
  oneOf,
  wholeAtLeast,
  wholeNumber,
} from "../base/settings.js";
import { checkColumns, type Matrix, matrixTensor, readWeights, takeRows, type VectorInput } from "../data/matrix.js";
import { type RowsInput, readNumbers } from "../preprocessing/columns.js";
import type { FittedTransformer, ModelJSON } from "../preprocessing/estimator.js";
import {
  inputNames,
  type StateReader,
  type TransformerKind,
  transformerKind,
} from "../preprocessing/transformer-kind.js";
import { fromData } from "../tensor/creation.js";
import type { Tensor } from "../tensor/tensor.js";
import { type Rows, shifted, withRows } from "./assign.js";
import { givenCenters, type InitialCenters, initialCenters } from "./initial-centers.js";
import { type LloydResult, lloyd } from "./lloyd.js";
import { miniBatch } from "./mini-batch.js";

export interface KMeansSettings {
  /** Default: 8. */
  readonly clusters: number;
  /** "k-means++", "random" (different rows), or the centres. Default: "k-means++". */
  readonly init: InitialCenters;
  /** Runs from different centres, of which the one of least inertia is kept; 1 where centres are given. Default: 4. */
  readonly starts: number;
  /** Default: 300. */
  readonly maxIterations: number;
  /** Stop when the squared movements of the centres add up to no more than this times the mean variance of the columns. Default: 1e-4. */
  readonly tolerance: number;
  /** Default: 0. */
  readonly seed: number;
}

export interface MiniBatchKMeansSettings {
  /** Default: 8. */
  readonly clusters: number;
  /** "k-means++", "random" (different rows), or the centres. Default: "k-means++". */
  readonly init: InitialCenters;
  /** Rows of a batch. Default: 1024. */
  readonly batchSize: number;
  /** Passes over the rows at most. Default: 100. */
  readonly epochs: number;
  /** Batches without a lower (smoothed) inertia after which it stops. Default: 10. */
  readonly patience: number;
  /** Default: 0. */
  readonly seed: number;
}

const initConstraint = either(oneOf("k-means++", "random"), listOf(listOf(anyNumber())));

export class KMeansModel<S extends KMeansSettings | MiniBatchKMeansSettings = KMeansSettings>
  implements FittedTransformer
{
  readonly kind: string;
  readonly settings: S;
  readonly inputColumns: number;
  /** (clusters, columns), row-major. */
  readonly centers: Float64Array;
  /** Of each row fitted on. */
  readonly labels: Int32Array;
  /** Weighted sum of the squared distances of the rows fitted on to their centres. */
  readonly inertia: number;
  /** Of the kept run; batches for mini-batches. */
  readonly iterations: number;
  readonly converged: boolean;
  readonly #means: Float64Array;

  /** @throws NumericalError for an inertia that is not finite. */
  constructor(kind: string, settings: S, result: LloydResult, means: Float64Array) {
    if (!Number.isFinite(result.inertia))
      throw new NumericalError(
        `${kind}: squared distances leave the range of numbers (beyond 1e308); divide the columns first (standardScaler)`,
      );
    this.kind = kind;
    this.settings = settings;
    this.inputColumns = means.length;
    this.centers = result.centers;
    this.labels = result.labels;
    this.inertia = result.inertia;
    this.iterations = result.iterations;
    this.converged = result.converged;
    this.#means = means;
  }

  get outputColumns(): number {
    return this.settings.clusters;
  }

  /** The position of the nearest centre of each row, int32. */
  predict(x: RowsInput): Tensor {
    const matrix = this.#read("predict", x);
    const labels = withRows(matrix, (rows) => rows.assign(shifted(this.centers, rows.means, -1)), this.#means);
    return fromData(labels, [matrix.rows]);
  }

  /** The distance of each row to each centre, (rows, clusters). */
  transform(x: RowsInput): Tensor {
    const matrix = this.#read("transform", x);
    const data = withRows(matrix, (rows) => rows.allDistances(shifted(this.centers, rows.means, -1)), this.#means);
    return matrixTensor({ rows: matrix.rows, columns: this.settings.clusters, data: data.map(Math.sqrt) });
  }

  /** Minus the inertia of these rows. */
  score(x: RowsInput, options: { readonly sampleWeight?: VectorInput } = {}): number {
    const matrix = this.#read("score", x);
    const weights = readWeights(`${this.kind}.score`, options.sampleWeight, matrix.rows);
    const squares = withRows(
      matrix,
      (rows) => {
        const centers = shifted(this.centers, rows.means, -1);
        return rows.distances(centers, rows.assign(centers));
      },
      this.#means,
    );
    return -squares.reduce((sum, d, i) => sum + d * (weights?.[i] ?? 1), 0);
  }

  columnNames(input?: readonly string[]): string[] {
    inputNames(this.kind, this.inputColumns, input);
    return Array.from({ length: this.outputColumns }, (_, c) => `distance${c}`);
  }

  toJSON(): ModelJSON {
    const { centers, labels, inertia, iterations, converged } = this;
    return {
      kind: this.kind,
      settings: { ...this.settings },
      state: {
        centers: [...centers],
        means: [...this.#means],
        labels: [...labels],
        inertia,
        iterations,
        converged,
      },
    };
  }

  #read(name: string, x: RowsInput): Matrix {
    const op = `${this.kind}.${name}`;
    const matrix = readNumbers(op, "x", x);
    checkColumns(op, "x", matrix, this.inputColumns);
    return matrix;
  }
}

function readModel<S extends KMeansSettings | MiniBatchKMeansSettings>(
  kind: string,
  settings: S,
  state: StateReader,
): KMeansModel<S> {
  const means = state.numbers("means");
  const centers = state.numbers("centers", settings.clusters * means.length);
  const result: LloydResult = {
    centers,
    labels: Int32Array.from(state.numbers("labels")),
    inertia: state.number("inertia"),
    iterations: state.number("iterations"),
    converged: state.value("converged") === true,
  };
  return new KMeansModel(kind, settings, result, means);
}

interface Prepared {
  readonly matrix: Matrix;
  readonly weights: Float64Array;
}

function prepare(op: string, clusters: number, x: RowsInput, sampleWeight: VectorInput | undefined): Prepared {
  const matrix = readNumbers(op, "x", x, { borrow: true });
  if (matrix.columns === 0) throw new UserError(`${op}: x has no columns, and at least one feature is needed`);
  const weights = readWeights(op, sampleWeight, matrix.rows) ?? new Float64Array(matrix.rows).fill(1);
  const usable = weights.filter((w) => w > 0).length;
  if (clusters > usable)
    throw new UserError(
      `${op}: clusters is ${clusters}, and there are ${usable} rows with weight; it must be at most that`,
    );
  return { matrix, weights };
}

function startFrom(
  op: string,
  init: InitialCenters,
  clusters: number,
  rows: Rows,
  weights: Float64Array,
  seed: number,
  run: number,
): Float64Array {
  if (typeof init === "string")
    return initialCenters(rows, weights, clusters, init, fold(fold(key(seed), "k-means"), run));
  return shifted(givenCenters(op, init, clusters, rows.columns), rows.means, -1);
}

/** Lloyd's k-means from several starts. Takes sample weights. Scale the columns first: distances add up over all. */
export const kMeans: TransformerKind<KMeansSettings, KMeansModel> = transformerKind<KMeansSettings, KMeansModel>({
  kind: "kMeans",
  defaults: { clusters: 8, init: "k-means++", starts: 4, maxIterations: 300, tolerance: 1e-4, seed: 0 },
  constraints: {
    clusters: wholeAtLeast(1),
    init: initConstraint,
    starts: wholeAtLeast(1),
    maxIterations: wholeAtLeast(1),
    tolerance: atLeast(0),
    seed: wholeNumber(),
  } satisfies Constraints<KMeansSettings>,
  fit(settings, x, _y, { sampleWeight }) {
    const op = "kMeans.fit";
    const { clusters, init, maxIterations, seed } = settings;
    const { matrix, weights } = prepare(op, clusters, x, sampleWeight);
    return withRows(matrix, (rows) => {
      const movement = settings.tolerance * meanVariance(rows);
      const starts = typeof init === "string" ? settings.starts : 1;
      let best: LloydResult | undefined;
      for (let run = 0; run < starts; run += 1) {
        const start = startFrom(op, init, clusters, rows, weights, seed, run);
        const result = lloyd(rows, weights, start, { maxIterations, movement });
        if (best === undefined || result.inertia < best.inertia) best = result;
      }
      if (best === undefined) throw new UserError(`${op}: starts must be at least 1`);
      return new KMeansModel("kMeans", settings, placed(best, rows), rows.means);
    });
  },
  read: (settings, state) => readModel("kMeans", settings, state),
});

/** k-means on batches of rows: a little worse than `kMeans`, and much faster on many rows. Takes sample weights. */
export const miniBatchKMeans: TransformerKind<
  MiniBatchKMeansSettings,
  KMeansModel<MiniBatchKMeansSettings>
> = transformerKind<MiniBatchKMeansSettings, KMeansModel<MiniBatchKMeansSettings>>({
  kind: "miniBatchKMeans",
  defaults: { clusters: 8, init: "k-means++", batchSize: 1024, epochs: 100, patience: 10, seed: 0 },
  constraints: {
    clusters: wholeAtLeast(1),
    init: initConstraint,
    batchSize: wholeAtLeast(1),
    epochs: wholeAtLeast(1),
    patience: wholeAtLeast(1),
    seed: wholeNumber(),
  },
  fit(settings, x, _y, { sampleWeight }) {
    const op = "miniBatchKMeans.fit";
    const { clusters, init, batchSize, epochs, patience, seed } = settings;
    const { matrix, weights } = prepare(op, clusters, x, sampleWeight);
    return withRows(matrix, (rows) => {
      const start = startFrom(op, init, clusters, rows, weights, seed, 0);
      const run = { batchSize, epochs, patience, key: fold(key(seed), "mini-batches") };
      const result = miniBatch(rows, weights, start, run, (chosen, body) =>
        withRows(takeRows(matrix, chosen), body, rows.means),
      );
      return new KMeansModel("miniBatchKMeans", settings, placed(result, rows), rows.means);
    });
  },
  read: (settings, state) => readModel("miniBatchKMeans", settings, state),
});

/** With the centres where the rows were before they were centred. */
function placed(result: LloydResult, { means }: Rows): LloydResult {
  return { ...result, centers: shifted(result.centers, means, 1) };
}

/** Of the columns, which are centred. */
function meanVariance({ squares, rows, columns }: Rows): number {
  return squares.reduce((sum, v) => sum + v, 0) / (rows * columns);
}
