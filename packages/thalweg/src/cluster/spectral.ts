/**
 * Spectral clustering: k-means on the eigenvectors of a graph of the rows, so that groups may have any form as long as they hang together.
 *
 * With u the eigenvectors of the normalised Laplacian (see laplacian.ts) to its k smallest eigenvalues, row i lies at
 *
 *   "random walk": uᵢ / √dᵢ   (J. Shi and J. Malik, IEEE Trans. PAMI 22, 2000: the eigenvectors of D⁻¹W; as in scikit-learn),
 *   "unit rows":   uᵢ / ‖uᵢ‖  (A. Ng, M. Jordan and Y. Weiss, NIPS 14, 2001).
 *
 * A new row lies at the mean of the fitted rows, each with its share of the new row's affinities: the value that the random walk from there expects.
 */
import { UserError } from "../base/errors.js";
import { above, oneOf, wholeAtLeast, wholeNumber } from "../base/settings.js";
import { checkColumns, type Matrix, matrixTensor } from "../data/matrix.js";
import { type RowsInput, readNumbers } from "../preprocessing/columns.js";
import type { FittedTransformer, ModelJSON } from "../preprocessing/estimator.js";
import { refuseWeights } from "../preprocessing/targets.js";
import {
  inputNames,
  type StateReader,
  type TransformerKind,
  transformerKind,
} from "../preprocessing/transformer-kind.js";
import { fromData } from "../tensor/creation.js";
import type { Tensor } from "../tensor/tensor.js";
import {
  type Graph,
  givenGraph,
  givenShares,
  neighborGraph,
  neighborShares,
  rbfGraph,
  rbfShares,
  type Shares,
} from "./affinity.js";
import { kMeans } from "./k-means.js";
import { type LaplacianSpectrum, laplacianSpectrum, type SpectrumSolver } from "./laplacian.js";

export interface SpectralClusteringSettings {
  /** Default: 8. */
  readonly clusters: number;
  /**
   * How alike two rows are: "rbf", exp(−gamma ‖x − y‖²) for all pairs; "nearest neighbors", a sparse graph of each row's nearest others, made symmetric; or
   * "precomputed", x being the affinities themselves: (rows, rows), symmetric, ≥ 0. Default: "rbf".
   */
  readonly affinity: "rbf" | "nearest neighbors" | "precomputed";
  /** Of rbf: 1 / (2σ²). Default: 1. */
  readonly gamma: number;
  /** Of nearest neighbors: others of each row, itself not counted. Default: 10. */
  readonly neighbors: number;
  /** "random walk" (Shi and Malik) or "unit rows" (Ng, Jordan and Weiss). Default: "random walk". */
  readonly embedding: "random walk" | "unit rows";
  /** Of the eigenvectors; "auto" takes all of small graphs and the needed ones of large graphs by Lanczos iteration. Default: "auto". */
  readonly solver: SpectrumSolver;
  /** How many eigenvalues to return, for the gap between them; never fewer than clusters + 1 as far as there are rows. Default: 10. */
  readonly eigenvalues: number;
  /** Runs of k-means from different centres. Default: 10. */
  readonly starts: number;
  /** Of the centres' draws and of Lanczos iteration. Default: 0. */
  readonly seed: number;
}

interface Embedded {
  readonly labels: Int32Array;
  /** Fitted rows × clusters, row-major. */
  readonly embedding: Float64Array;
  /** clusters × clusters, row-major. */
  readonly centers: Float64Array;
  readonly eigenvalues: Float64Array;
  readonly components: number;
  readonly solver: LaplacianSpectrum["solver"];
}

const kind = "spectralClustering";

const gapFloor = 1e-6;

export class SpectralClusteringModel implements FittedTransformer {
  readonly kind = kind;
  readonly settings: SpectralClusteringSettings;
  readonly inputColumns: number;
  /** Of each row fitted on. */
  readonly labels: Int32Array;
  /** Where the rows fitted on lie, (rows, clusters), row-major. */
  readonly embedding: Float64Array;
  /** The smallest of the normalised Laplacian, ascending, from 0 to 2. */
  readonly eigenvalues: Float64Array;
  /** Connected parts of the graph. */
  readonly components: number;
  /** How the eigenvectors were found. */
  readonly solver: LaplacianSpectrum["solver"];
  readonly #fitted: Matrix | undefined;
  readonly #centers: Float64Array;

  /** `fitted` are the rows; undefined for precomputed affinities. */
  constructor(settings: SpectralClusteringSettings, embedded: Embedded, fitted: Matrix | undefined) {
    this.settings = settings;
    this.labels = embedded.labels;
    this.embedding = embedded.embedding;
    this.eigenvalues = embedded.eigenvalues;
    this.components = embedded.components;
    this.solver = embedded.solver;
    this.#centers = embedded.centers;
    this.#fitted = fitted;
    this.inputColumns = fitted?.columns ?? embedded.labels.length;
  }

  get outputColumns(): number {
    return this.settings.clusters;
  }

  /**
   * A hint from `eigenvalues`: as many groups as come before the largest relative gap, max λₖ₊₁ / λₖ for k ≥ 2; 1 where λ₂ ≥ 0.2, since every cut of the graph
   * then severs at least a tenth of the links of its smaller side (Cheeger's inequality: λ₂ / 2).
   */
  get suggestedClusters(): number {
    const at = (k: number): number => this.eigenvalues[k - 1] ?? 0;
    const count = this.eigenvalues.length;
    if (count < 2 || at(2) >= 0.2) return 1;
    let [best, widest] = [2, 0];
    for (let k = 2; k < count; k += 1) {
      // Below the floor all are as good as 0.
      const gap = at(k + 1) / Math.max(at(k), gapFloor);
      if (gap > widest) [best, widest] = [k, gap];
    }
    return best;
  }

  /** What to know of a graph that is not connected; undefined for one that is. */
  get note(): string | undefined {
    const { components, settings } = this;
    if (components === 1) return undefined;
    const parts = `the graph falls into ${components} parts without any link`;
    if (components <= settings.clusters) return `${parts}, which are never in one group`;
    return `${parts}, more than the ${settings.clusters} clusters: which small parts share a group is chance; ask for ${components} clusters, or link more rows (${settings.affinity === "rbf" ? "a smaller gamma" : "more neighbors"})`;
  }

  /** The group of each row, int32: that of the nearest centre in the embedding. For precomputed affinities x is (rows, fitted rows). */
  predict(x: RowsInput): Tensor {
    const { rows, data } = this.#embed("predict", x);
    const { clusters } = this.settings;
    return fromData(nearestCenters(data, rows, clusters, this.#centers), [rows]);
  }

  /** Where each row lies in the embedding, (rows, clusters). */
  transform(x: RowsInput): Tensor {
    return matrixTensor(this.#embed("transform", x));
  }

  columnNames(input?: readonly string[]): string[] {
    inputNames(kind, this.inputColumns, input);
    return Array.from({ length: this.outputColumns }, (_, c) => `eigenvector${c}`);
  }

  toJSON(): ModelJSON {
    const { labels, embedding, eigenvalues, components, solver } = this;
    const state = {
      columns: this.inputColumns,
      ...(this.#fitted === undefined ? {} : { rows: [...this.#fitted.data] }),
      labels: [...labels],
      embedding: [...embedding],
      centers: [...this.#centers],
      eigenvalues: [...eigenvalues],
      components,
      solver,
    };
    return { kind, settings: { ...this.settings }, state };
  }

  #embed(name: string, x: RowsInput): Matrix {
    const op = `${kind}.${name}`;
    const queries = readNumbers(op, "x", x);
    checkColumns(op, "x", queries, this.inputColumns);
    const k = this.settings.clusters;
    const data = new Float64Array(queries.rows * k);
    this.#shares(
      op,
      queries,
    )((row, fitted, share) => {
      for (let c = 0; c < k; c += 1)
        data[row * k + c] = (data[row * k + c] ?? 0) + share * (this.embedding[fitted * k + c] ?? 0);
    });
    if (this.settings.embedding === "unit rows") scaleRows(data, k);
    return { rows: queries.rows, columns: k, data };
  }

  #shares(op: string, queries: Matrix): Shares {
    const { affinity, gamma, neighbors } = this.settings;
    if (this.#fitted === undefined) return givenShares(op, queries);
    return affinity === "rbf"
      ? rbfShares(this.#fitted, queries, gamma)
      : neighborShares(this.#fitted, queries, neighbors);
  }
}

/**
 * Groups of rows that hang together. Costs of n rows: "rbf" and "precomputed" hold n² numbers; "nearest neighbors" n · neighbors.
 *
 * Scale the columns first, and set gamma (or neighbors) to the distances at which rows count as near. `eigenvalues` and `suggestedClusters` help to choose
 * the number of groups, `note` tells of a graph in pieces.
 *
 * @throws UserError for more clusters than rows, as many neighbors as rows, sample weights, affinities that are negative or not symmetric.
 */
export const spectralClustering: TransformerKind<SpectralClusteringSettings, SpectralClusteringModel> = transformerKind<
  SpectralClusteringSettings,
  SpectralClusteringModel
>({
  kind,
  defaults: {
    clusters: 8,
    affinity: "rbf",
    gamma: 1,
    neighbors: 10,
    embedding: "random walk",
    solver: "auto",
    eigenvalues: 10,
    starts: 10,
    seed: 0,
  },
  constraints: {
    clusters: wholeAtLeast(1),
    affinity: oneOf("rbf", "nearest neighbors", "precomputed"),
    gamma: above(0),
    neighbors: wholeAtLeast(1),
    embedding: oneOf("random walk", "unit rows"),
    solver: oneOf("auto", "dense", "Lanczos"),
    eigenvalues: wholeAtLeast(1),
    starts: wholeAtLeast(1),
    seed: wholeNumber(),
  },
  fit(settings, x, _y, options) {
    const op = `${kind}.fit`;
    refuseWeights(op, options, "the graph knows rows as present or not; repeat a row, or leave it out");
    const matrix = readNumbers(op, "x", x);
    if (matrix.columns === 0) throw new UserError(`${op}: x has no columns, and at least one feature is needed`);
    const { clusters, affinity } = settings;
    if (clusters > matrix.rows)
      throw new UserError(`${op}: clusters is ${clusters}, and there are ${matrix.rows} rows; it must be at most that`);
    const count = Math.min(matrix.rows, Math.max(clusters + 1, settings.eigenvalues));
    const spectrum = laplacianSpectrum(graphOf(op, settings, matrix), count, settings.solver, settings.seed);
    const embedding = embed(spectrum, clusters, settings.embedding);
    const rows = matrixTensor({ rows: matrix.rows, columns: clusters, data: embedding });
    const groups = kMeans({ clusters, starts: settings.starts, seed: settings.seed, tolerance: 0 }).fit(rows);
    const embedded: Embedded = {
      labels: groups.labels,
      embedding,
      centers: groups.centers,
      eigenvalues: spectrum.values,
      components: spectrum.components.length,
      solver: spectrum.solver,
    };
    return new SpectralClusteringModel(settings, embedded, affinity === "precomputed" ? undefined : matrix);
  },
  read: readModel,
});

function graphOf(op: string, { affinity, gamma, neighbors }: SpectralClusteringSettings, matrix: Matrix): Graph {
  if (affinity === "rbf") return rbfGraph(op, matrix, gamma);
  return affinity === "precomputed" ? givenGraph(op, matrix) : neighborGraph(op, matrix, neighbors);
}

function embed(spectrum: LaplacianSpectrum, k: number, how: SpectralClusteringSettings["embedding"]): Float64Array {
  const n = spectrum.degrees.length;
  const data = new Float64Array(n * k);
  spectrum.degrees.forEach((degree, i) => {
    const root = degree > 0 ? Math.sqrt(degree) : 1;
    for (let c = 0; c < k; c += 1) data[i * k + c] = (spectrum.vectors[c]?.[i] ?? 0) / root;
  });
  if (how === "unit rows") scaleRows(data, k);
  return data;
}

/** Each row by its length; rows of zeros stay. */
function scaleRows(data: Float64Array, k: number): void {
  for (let at = 0; at < data.length; at += k) {
    const row = data.subarray(at, at + k);
    const length = Math.hypot(...row);
    if (length > 0)
      row.forEach((v, c) => {
        row[c] = v / length;
      });
  }
}

/** Of equally near ones the first. */
function nearestCenters(data: Float64Array, rows: number, k: number, centers: Float64Array): Int32Array {
  return Int32Array.from({ length: rows }, (_, i) => {
    let [best, nearest] = [0, Infinity];
    for (let g = 0; g < k; g += 1) {
      let distance = 0;
      for (let c = 0; c < k; c += 1) distance += ((data[i * k + c] ?? 0) - (centers[g * k + c] ?? 0)) ** 2;
      if (distance < nearest) [best, nearest] = [g, distance];
    }
    return best;
  });
}

function readModel(settings: SpectralClusteringSettings, state: StateReader): SpectralClusteringModel {
  const { clusters, affinity } = settings;
  const columns = state.number("columns");
  const labels = state.numbers("labels");
  const n = labels.length;
  if (!labels.every((c) => Number.isInteger(c) && c >= 0 && c < clusters))
    throw new UserError(`${kind}.fromJSON: labels of the state must be whole numbers from 0 to ${clusters - 1}`);
  const solver = state.value("solver");
  if (solver !== "dense" && solver !== "Lanczos" && solver !== "dense and Lanczos" && solver !== "none")
    throw new UserError(`${kind}.fromJSON: solver of the state must name how the eigenvectors were found`);
  const embedded: Embedded = {
    labels: Int32Array.from(labels),
    embedding: state.numbers("embedding", n * clusters),
    centers: state.numbers("centers", clusters * clusters),
    eigenvalues: state.numbers("eigenvalues"),
    components: state.number("components"),
    solver,
  };
  const fitted =
    affinity === "precomputed" ? undefined : { rows: n, columns, data: state.numbers("rows", n * columns) };
  return new SpectralClusteringModel(settings, embedded, fitted);
}
