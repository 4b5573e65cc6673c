/**
 * Matrices on which methods are tested and understood: ill-conditioned, badly scaled, or structured (Higham, Accuracy and Stability of Numerical
 * Algorithms, 2nd ed., chapter 28). All are float64.
 */
import { UserError } from "../base/errors.js";
import { makeBuffer } from "../graph/node.js";
import { normal } from "../tensor/random.js";
import { Tensor } from "../tensor/tensor.js";
import { checkOptions } from "./options.js";
import { qr } from "./qr/qr.js";

function fill(op: string, rows: number, columns: number, element: (i: number, j: number) => number): Tensor {
  for (const size of [rows, columns])
    if (!Number.isInteger(size) || size < 0)
      throw new UserError(`${op}: sizes must be whole numbers, 0 or more, got ${size}`);
  const data = Float64Array.from({ length: rows * columns }, (_, k) => element(Math.floor(k / columns), k % columns));
  return new Tensor(makeBuffer([rows, columns], "float64", data));
}

/** 1/(i + j + 1): symmetric positive definite, its condition growing like e^(3.5 n) (1e13 for n = 10). */
export function hilbert(n: number): Tensor {
  return fill("hilbert", n, n, (i, j) => 1 / (i + j + 1));
}

/** Powers of the points: row i is 1, xᵢ, xᵢ², … Default: as many columns as points. */
export function vandermonde(points: readonly number[] | Float64Array, columns = points.length): Tensor {
  return fill("vandermonde", points.length, columns, (i, j) => (points[i] ?? 0) ** j);
}

/**
 * Kahan's upper triangular matrix, sⁱ on the diagonal and −c sⁱ above it with s = sin θ, c = cos θ: nearly singular, though no diagonal element is small, so that
 * pivoted QR does not see it (the diagonal is raised by 25·eps·(n − i), lest rounding
 * errors decide between columns of equal length). Default θ: 1.2.
 */
export function kahan(n: number, theta = 1.2): Tensor {
  const [s, c] = [Math.sin(theta), Math.cos(theta)];
  return fill("kahan", n, n, (i, j) => (i > j ? 0 : i === j ? s ** i + 25 * 2 ** -52 * (n - i) : -c * s ** i));
}

/** Wilkinson's matrix of largest growth: 1 on the diagonal and in the last column, −1 below: Gaussian elimination doubles its last column n − 1 times. */
export function wilkinsonGrowth(n: number): Tensor {
  return fill("wilkinsonGrowth", n, n, (i, j) => (i === j || j === n - 1 ? 1 : i > j ? -1 : 0));
}

/** Wilkinson's tridiagonal matrix, |i − (n − 1)/2| on the diagonal and 1 beside it: its largest eigenvalues come in pairs that agree to many digits. */
export function wilkinson(n: number): Tensor {
  return fill("wilkinson", n, n, (i, j) => (i === j ? Math.abs(i - (n - 1) / 2) : Math.abs(i - j) === 1 ? 1 : 0));
}

/** Constant along diagonals: the given first column and first row (default: the same), whose corner elements must agree. */
export function toeplitz(column: readonly number[], row: readonly number[] = column): Tensor {
  if (column.length > 0 && row.length > 0 && column[0] !== row[0])
    throw new UserError(
      `toeplitz: the column begins with ${column[0]}, the row with ${row[0]}; they share that element`,
    );
  return fill("toeplitz", column.length, row.length, (i, j) => (i >= j ? (column[i - j] ?? 0) : (row[j - i] ?? 0)));
}

export interface GradedOptions {
  /** Power of ten of the first row. Default: −150. */
  readonly from?: number;
  /** Power of ten of the last row. Default: 150. */
  readonly to?: number;
  /** Default: 0. */
  readonly seed?: number;
}

/** Normal random numbers whose rows grow evenly from 10^from to 10^to. */
export function graded(rows: number, columns: number, options: GradedOptions = {}): Tensor {
  const { from = -150, to = 150, seed = 0 } = checkOptions("graded", options, { from: true, to: true, seed: true });
  const random = gaussian(rows, columns, seed);
  return fill("graded", rows, columns, (i, j) => {
    const power = rows < 2 ? from : from + ((to - from) * i) / (rows - 1);
    return (random[i * columns + j] ?? 0) * 10 ** power;
  });
}

function gaussian(rows: number, columns: number, seed: number): ArrayLike<number> {
  return normal([rows, columns], { seed, dtype: "float64" }).data();
}

/** U diag(values) Vᵀ with random orthonormal U and V: a rows × columns matrix whose singular values are known. */
export function withSingularValues(values: readonly number[], rows: number, columns: number, seed = 0): Tensor {
  const k = Math.min(rows, columns);
  if (values.length !== k)
    throw new UserError(
      `withSingularValues: a ${rows} × ${columns} matrix has ${k} singular values, got ${values.length}`,
    );
  const basis = (n: number, which: number): Tensor =>
    qr(new Tensor(makeBuffer([n, k], "float64", Float64Array.from(gaussian(n, k, 2 * seed + which))))).q;
  const scaled = basis(rows, 0).mul(new Tensor(makeBuffer([1, k], "float64", Float64Array.from(values))));
  return scaled.matmul(basis(columns, 1).transpose());
}
