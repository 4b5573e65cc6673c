/**
 * Xᵀ(y − Xβ) kept up while one coefficient after another changes, in two forms: from the second moments, where a step costs as many operations as there are
 * columns, and from the residual of rows in program memory, where it costs as many as there are rows.
 */
import { type Matrix, withWorkspace } from "../runtime/kernels.js";
import { scaledRows } from "./design.js";
import type { Moments, Rows } from "./moments.js";

/** Xᵀ(y − Xβ) one element at a time, kept up while β changes. */
export interface Correlations {
  readonly columns: number;
  /** ‖xⱼ‖² */
  readonly squares: Float64Array;
  /** Xᵀy */
  readonly targets: Float64Array;
  /** ‖y‖² */
  readonly total: number;
  /** Starts over from β. */
  restart(beta: Float64Array): void;
  /** xⱼᵀ(y − Xβ) */
  at(j: number): number;
  /** Of all columns, as they are now. */
  all(): Float64Array;
  /** Whether `at` costs as much as a pass over the rows. */
  readonly costly: boolean;
  /** XᵀX of some columns, row-major. */
  gramOf(columns: Int32Array): Float64Array;
  /** βⱼ changed by `change`. */
  moved(j: number, change: number): void;
  /** ‖y − Xβ‖² */
  residual(beta: Float64Array): number;
}

export interface Penalties {
  readonly l1: number;
  readonly l2: number;
}

/** Columns up to which XᵀX is made. */
const mostGramColumns = 4000;

/** Which form is the cheaper. */
export function prefersMoments(rows: number, columns: number): boolean {
  return columns <= Math.min(rows, mostGramColumns);
}

/** For the first target. */
export function fromMoments({ columns: n, targets: width, gram, products, totals }: Moments): Correlations {
  const [total = 0] = totals;
  const targets = Float64Array.from({ length: n }, (_, j) => products[j * width] ?? 0);
  const q = new Float64Array(n);
  const moved = (j: number, change: number): void => {
    for (let k = 0, at = j * n; k < n; k += 1, at += 1) q[k] = (q[k] ?? 0) - change * (gram[at] ?? 0);
  };
  return {
    columns: n,
    squares: Float64Array.from({ length: n }, (_, j) => gram[j * n + j] ?? 0),
    targets,
    total,
    restart(beta) {
      q.set(targets);
      beta.forEach((b, j) => {
        if (b !== 0) moved(j, b);
      });
    },
    at: (j) => q[j] ?? 0,
    all: () => q.slice(),
    costly: false,
    gramOf(columns) {
      const result = new Float64Array(columns.length ** 2);
      let at = 0;
      for (const i of columns) for (const j of columns) result[at++] = gram[i * n + j] ?? 0;
      return result;
    },
    moved,
    residual: (beta) => beta.reduce((sum, b, j) => sum - b * ((targets[j] ?? 0) + (q[j] ?? 0)), total),
  };
}

/** Runs `body` with the residual of the rows, centred where there is an intercept; one target. */
export function withResidual<T>({ x, y, columns: n, weights }: Rows, body: (data: Correlations) => T): T {
  return withWorkspace("float64", (w) => {
    const rows = y.length;
    const byColumn = w.matrix(n, rows);
    w.inside(() => w.copy(w.load(scaledRows(x, n, weights), rows, n).transposed(), byColumn));
    const start = w.load(scaledRows(y, 1, weights), rows, 1);
    const r = w.vector(rows);
    w.copy(start, r);
    const columns: readonly Matrix[] = Array.from({ length: n }, (_, j) => byColumn.row(j));
    const moved = (j: number, change: number): void => {
      const column = columns[j];
      if (column !== undefined) w.axpy(-change, column, r);
    };
    const out = w.vector(n);
    const products = (v: Matrix): Float64Array => {
      w.gemmInto(1, byColumn, v, out);
      return w.read(out) as Float64Array;
    };
    return body({
      columns: n,
      squares: Float64Array.from(columns, (column) => w.dot(column, column)),
      targets: products(start),
      total: w.dot(start, start),
      restart(beta) {
        w.copy(start, r);
        beta.forEach((b, j) => {
          if (b !== 0) moved(j, b);
        });
      },
      at: (j) => {
        const column = columns[j];
        return column === undefined ? 0 : w.dot(column, r);
      },
      all: () => products(r),
      costly: true,
      gramOf: (chosen) =>
        w.inside(() => {
          const some = w.matrix(chosen.length, rows);
          chosen.forEach((j, a) => {
            w.copy(byColumn.row(j), some.row(a));
          });
          const result = w.matrix(chosen.length, chosen.length);
          w.gemmInto(1, some, some.transposed(), result);
          return w.read(result) as Float64Array;
        }),
      moved,
      residual: () => w.dot(r, r),
    });
  });
}
