/** What all linear models of numbers come to: ŷ = x·β + b, for one target or several. */
import { NumericalError, ShapeError } from "../base/errors.js";
import { checkColumns, matrixTensor, vectorTensor } from "../data/matrix.js";
import { type RowsInput, readNumbers } from "../preprocessing/columns.js";
import type { FitOptions, Model, ModelJSON, Targets } from "../preprocessing/estimator.js";
import { scoreRegression } from "../preprocessing/predictor-kind.js";
import { numbersTensor } from "../preprocessing/targets.js";
import type { StateReader } from "../preprocessing/transformer-kind.js";
import { withWorkspace } from "../runtime/kernels.js";
import type { Tensor } from "../tensor/tensor.js";

export interface LinearPart {
  /** (targets, columns), row-major. */
  readonly weights: Float64Array;
  /** One a target; 0 where none was fitted. */
  readonly intercepts: Float64Array;
  /** Whether the targets were a vector. */
  readonly vector: boolean;
}

/** A fitted model and, in `facts`, how the fit went (nothing after it was read from JSON that had none). */
export class LinearModel<S extends object, F extends object> implements Model<Tensor> {
  readonly kind: string;
  readonly settings: S;
  readonly facts: F;
  readonly #part: LinearPart;

  /** @throws NumericalError for coefficients that are not finite. */
  constructor(kind: string, settings: S, part: LinearPart, facts: F) {
    if (![part.weights, part.intercepts].every((list) => list.every(Number.isFinite)))
      throw new NumericalError(
        `${kind}: the coefficients leave the range of numbers; bring the columns of x and y to a like scale (standardScaler)`,
      );
    this.kind = kind;
    this.settings = settings;
    this.facts = facts;
    this.#part = part;
  }

  get columns(): number {
    return this.#part.weights.length / this.#part.intercepts.length;
  }

  /** float64: (columns), or (targets, columns) where y had columns. */
  get coefficients(): Tensor {
    const { weights, intercepts, vector } = this.#part;
    return vector
      ? vectorTensor(weights.slice())
      : matrixTensor({ rows: intercepts.length, columns: this.columns, data: weights.slice() });
  }

  /** One a target. */
  get intercepts(): Float64Array {
    return this.#part.intercepts.slice();
  }

  /** (rows), or (rows, targets) where y had columns. */
  predict(x: RowsInput): Tensor {
    const { weights, intercepts, vector } = this.#part;
    return numbersTensor({
      data: linearScores(`${this.kind}.predict`, x, weights, intercepts),
      width: intercepts.length,
      vector,
    });
  }

  score(x: RowsInput, y: Targets, options?: FitOptions): number {
    return scoreRegression(this, x, y, options);
  }

  toJSON(): ModelJSON {
    const { weights, intercepts, vector } = this.#part;
    const facts = Object.fromEntries(Object.entries(this.facts).filter(([, v]) => v !== undefined));
    return {
      kind: this.kind,
      settings: { ...this.settings } as ModelJSON["settings"],
      state: { coefficients: [...weights], intercepts: [...intercepts], vector, facts },
    };
  }
}

export function readLinear<S extends object, F extends object>(
  kind: string,
  settings: S,
  state: StateReader,
): LinearModel<S, F> {
  const intercepts = state.numbers("intercepts");
  const weights = state.numbers("coefficients");
  checkPlanes(kind, weights.length, intercepts.length);
  const vector = state.value("vector") === true;
  if (vector && intercepts.length !== 1)
    throw new ShapeError(`${kind}.fromJSON: intercepts has ${intercepts.length} numbers, and 1 is needed for a vector`);
  return new LinearModel<S, F>(kind, settings, { weights, intercepts, vector }, (state.value("facts") ?? {}) as F);
}

/** @throws ShapeError unless there are as many coefficients for one intercept as for another, and at least one. */
export function checkPlanes(kind: string, coefficients: number, intercepts: number): void {
  if (intercepts === 0 || coefficients === 0 || coefficients % intercepts !== 0)
    throw new ShapeError(
      `${kind}.fromJSON: coefficients has ${coefficients} numbers for ${intercepts} intercepts, and each intercept needs as many, one a column`,
    );
}

/** x·wᵀ + b, (rows, targets) row-major. */
export function linearScores(op: string, x: RowsInput, weights: Float64Array, intercepts: Float64Array): Float64Array {
  const matrix = readNumbers(op, "x", x);
  const targets = intercepts.length;
  const columns = weights.length / targets;
  checkColumns(op, "x", matrix, columns);
  return withWorkspace("float64", (w) => {
    const result = w.load(
      Float64Array.from({ length: matrix.rows * targets }, (_, k) => intercepts[k % targets] ?? 0),
      matrix.rows,
      targets,
    );
    w.gemm(1, w.load(matrix.data, matrix.rows, columns), w.load(weights, targets, columns).transposed(), result);
    return w.read(result) as Float64Array;
  });
}
