/** Fitted principal components: what they are, and rows taken to them and back. */
import { NumericalError, ShapeError } from "../base/errors.js";
import { checkColumns, type Matrix, type MatrixInput, matrixTensor, readMatrix } from "../data/matrix.js";
import { type RowsInput, readNumbers } from "../preprocessing/columns.js";
import type { FittedTransformer, Invertible, ModelJSON } from "../preprocessing/estimator.js";
import { inputNames, type StateReader } from "../preprocessing/transformer-kind.js";
import { type Workspace, withWorkspace } from "../runtime/kernels.js";
import type { Tensor } from "../tensor/tensor.js";

/** Elements of a block of rows in the program memory. */
const blockElements = 2 ** 18;

/** What was learnt from rows. */
export interface Learnt {
  /** Rows, or the sum of their weights. */
  readonly weight: number;
  readonly means: Float64Array;
  /** Sum of the squared distances of the rows to their means. */
  readonly squares: number;
  /** Of the centred rows, descending: at least those of the components. */
  readonly singularValues: Float64Array;
  /** (kept or more, columns), row-major. */
  readonly components: Float64Array;
  /** min(rows, columns): there are no more components. */
  readonly limit: number;
  readonly algorithm: string;
  readonly iterations: number;
  readonly converged: boolean;
}

/** One step of a scree plot. */
export interface ScreeEntry {
  /** From 1. */
  readonly component: number;
  readonly variance: number;
  /** Of the whole variance. */
  readonly ratio: number;
  /** Of this component and those before it together. */
  readonly cumulative: number;
}

export class PcaModel<S extends { readonly whiten: boolean } = { readonly whiten: boolean }>
  implements FittedTransformer, Invertible
{
  readonly kind: string;
  readonly settings: S;
  readonly inputColumns: number;
  readonly outputColumns: number;
  /** The algorithm that was used. */
  readonly algorithm: string;
  readonly means: Float64Array;
  /** (outputColumns, inputColumns), row-major: orthonormal rows, in each the element of largest size positive. */
  readonly components: Float64Array;
  /** Of the centred rows, one a component, descending. */
  readonly singularValues: Float64Array;
  /** Variance of the rows along each component, with n − 1 in the denominator. */
  readonly explainedVariance: Float64Array;
  /** The same as a part of the whole variance; 0 where the rows do not vary. */
  readonly explainedVarianceRatio: Float64Array;
  readonly totalVariance: number;
  /** Mean variance along the directions left out: the noise of probabilistic PCA (Tipping and Bishop 1999). */
  readonly noiseVariance: number;
  /** Passes over the rows. */
  readonly iterations: number;
  readonly converged: boolean;
  protected readonly learnt: Learnt;
  readonly #deviations: Float64Array;

  /** @throws NumericalError for variances that are not finite. */
  constructor(kind: string, settings: S, learnt: Learnt, kept: number) {
    const { means, singularValues, components, weight, squares, limit } = learnt;
    if (!Number.isFinite(squares))
      throw new NumericalError(
        `${kind}: the variances leave the range of numbers (beyond 1e308); divide the columns first (standardScaler)`,
      );
    this.kind = kind;
    this.settings = settings;
    this.learnt = learnt;
    this.inputColumns = means.length;
    this.outputColumns = kept;
    this.algorithm = learnt.algorithm;
    this.iterations = learnt.iterations;
    this.converged = learnt.converged;
    this.means = means;
    this.components = components.slice(0, kept * means.length);
    this.singularValues = singularValues.slice(0, kept);
    this.explainedVariance = this.singularValues.map((s) => s * (s / (weight - 1)));
    this.explainedVarianceRatio = shares(this.singularValues, squares);
    this.totalVariance = squares / (weight - 1);
    const rest = this.totalVariance - this.explainedVariance.reduce((a, b) => a + b, 0);
    this.noiseVariance = kept < limit ? Math.max(0, rest) / (limit - kept) : 0;
    // along a direction in which the rows do not vary there is nothing to bring to variance 1
    const least = 2 ** -52 * Math.max(limit, means.length) * (singularValues[0] ?? 0);
    this.#deviations = this.singularValues.map((s) => (s > least ? s / Math.sqrt(weight - 1) : 0));
  }

  /** (rows, inputColumns) to (rows, outputColumns), float64; each of variance 1 when whitened (0 where the rows do not vary). */
  transform(x: RowsInput): Tensor {
    const op = `${this.kind}.transform`;
    const matrix = readNumbers(op, "x", x);
    checkColumns(op, "x", matrix, this.inputColumns);
    const centered = byRow(matrix, (v, j) => v - (this.means[j] ?? 0));
    const products = multiply(centered, this.components, this.outputColumns, true);
    if (!this.settings.whiten) return matrixTensor(products);
    const factors = this.#deviations.map((d) => (d > 0 ? 1 / d : 0));
    return matrixTensor(byRow(products, (v, j) => v * (factors[j] ?? 0)));
  }

  /** (rows, outputColumns) back to (rows, inputColumns): the nearest rows that lie in the span of the components. */
  inverseTransform(x: MatrixInput): Tensor {
    const op = `${this.kind}.inverseTransform`;
    const matrix = readMatrix(op, "x", x);
    checkColumns(op, "x", matrix, this.outputColumns);
    const scores = this.settings.whiten ? byRow(matrix, (v, j) => v * (this.#deviations[j] ?? 0)) : matrix;
    return matrixTensor(
      byRow(multiply(scores, this.components, this.inputColumns, false), (v, j) => v + (this.means[j] ?? 0)),
    );
  }

  /** Data of a scree plot: all variances that the algorithm found, those of components left out too. */
  scree(): ScreeEntry[] {
    const { singularValues, squares, weight } = this.learnt;
    const ratios = shares(singularValues, squares);
    let cumulative = 0;
    return Array.from(singularValues, (s, i) => {
      const ratio = ratios[i] ?? 0;
      cumulative += ratio;
      return { component: i + 1, variance: s * (s / (weight - 1)), ratio, cumulative };
    });
  }

  columnNames(input?: readonly string[]): string[] {
    inputNames(this.kind, this.inputColumns, input);
    return Array.from({ length: this.outputColumns }, (_, i) => `pc${i + 1}`);
  }

  toJSON(): ModelJSON {
    const { means, singularValues, components, ...rest } = this.learnt;
    const lists = { means: [...means], singularValues: [...singularValues], components: [...components] };
    return {
      kind: this.kind,
      settings: { ...this.settings },
      state: { ...rest, ...lists, kept: this.outputColumns },
    };
  }
}

/** @throws UserError and ShapeError for a state that does not fit together. */
export function readLearnt(kind: string, state: StateReader): { readonly learnt: Learnt; readonly kept: number } {
  const means = state.numbers("means");
  const singularValues = state.numbers("singularValues");
  const kept = state.number("kept");
  const components = state.numbers("components");
  const columns = means.length;
  if (
    components.length % columns !== 0 ||
    components.length < kept * columns ||
    !(singularValues.length >= kept && kept > 0)
  )
    throw new ShapeError(
      `${kind}.fromJSON: ${kept} components of ${columns} columns need as many singular values and ${kept * columns} numbers, got ${singularValues.length} and ${components.length}`,
    );
  const learnt = {
    weight: state.number("weight"),
    means,
    squares: state.number("squares"),
    singularValues,
    components,
    limit: state.number("limit"),
    algorithm: String(state.value("algorithm")),
    iterations: state.number("iterations"),
    converged: state.value("converged") === true,
  };
  return { learnt, kept };
}

/** s² of each as a part of their sum with the rest. */
export function shares(singularValues: Float64Array, squares: number): Float64Array {
  return singularValues.map((s) => (squares > 0 ? Math.min(1, (s / squares) * s) : 0));
}

/** How many components are kept: all, a number, or as few as hold more than a share of the variance. */
export function countKept(components: number | "all", singularValues: Float64Array, squares: number): number {
  const found = singularValues.length;
  if (components === "all") return found;
  if (components >= 1) return Math.min(components, found);
  let sum = 0;
  let kept = 0;
  for (const share of shares(singularValues, squares)) {
    if (sum > components) break;
    sum += share;
    kept += 1;
  }
  return Math.max(1, kept);
}

function byRow({ rows, columns, data }: Matrix, value: (v: number, j: number) => number): Matrix {
  const result = new Float64Array(rows * columns);
  for (let i = 0, k = 0; i < rows; i += 1)
    for (let j = 0; j < columns; j += 1, k += 1) result[k] = value(data[k] ?? 0, j);
  return { rows, columns, data: result };
}

/** Rows times C, or Cᵀ where the components are the rows of C, a block of rows at a time. */
function multiply(matrix: Matrix, components: Float64Array, width: number, transposed: boolean): Matrix {
  const { rows, columns, data } = matrix;
  const result = new Float64Array(rows * width);
  const height = Math.max(1, Math.floor(blockElements / Math.max(1, columns, width)));
  withWorkspace("float64", (w: Workspace) => {
    const c = transposed ? w.load(components, width, columns).transposed() : w.load(components, columns, width);
    for (let start = 0; start < rows; start += height)
      w.inside(() => {
        const count = Math.min(height, rows - start);
        const given = data.subarray(start * columns, (start + count) * columns);
        // a single row would be added up in another order than rows among others
        const lonely = count === 1;
        const block = w.load(lonely ? [...given, ...given] : given, lonely ? 2 : count, columns);
        const products = w.matrix(block.rows, width);
        w.gemmInto(1, block, c, products);
        result.set(w.read(products).subarray(0, count * width), start * width);
      });
  });
  return { rows, columns: width, data: result };
}
