/** Matrices known by their products: dense, sparse, or given as functions. */
import { ShapeError, UserError } from "../../base/errors.js";
import { formatShape } from "../../base/shape.js";
import { makeBuffer } from "../../graph/node.js";
import type { Matrix, Workspace } from "../../runtime/kernels.js";
import { Tensor } from "../../tensor/tensor.js";
import { type Numbers, sizesOf, toFloat, toMatrix } from "../arguments.js";
import { notFinite } from "../failure.js";
import { SparseMatrix } from "../sparse/matrix.js";
import { gaussian } from "./vectors.js";

/** An m × n matrix that is not written out. */
export interface LinearOperator {
  /** [m, n] */
  readonly shape: readonly [number, number];
  /** A x for the columns of x: [n, k] → [m, k]. */
  readonly multiply: (x: Tensor) => Numbers;
  /** Aᵀ y: [m, k] → [n, k]. Needed by LSQR and singular values only. */
  readonly multiplyTransposed?: (y: Tensor) => Numbers;
}

/** x ↦ A x for a vector of n elements and a square A. */
export type MatrixFunction = (x: Tensor) => Numbers;

/** What iterative methods take for a rectangular matrix. All of them compute in float64. */
export type MatrixLike = Numbers | SparseMatrix | LinearOperator;
/** What they take for a square one. */
export type SquareLike = MatrixLike | MatrixFunction;

/** Products y ← A x and y ← Aᵀ x of columns in a workspace. */
export interface Products {
  readonly rows: number;
  readonly columns: number;
  readonly times: (x: Matrix, y: Matrix) => void;
  readonly timesTransposed: (x: Matrix, y: Matrix) => void;
  /** The main diagonal, where the elements are known. */
  readonly diagonal: (() => Float64Array) | undefined;
}

/** Of any matrix; the elements of dense ones are checked. */
export function productsOf(op: string, w: Workspace, a: MatrixLike): Products {
  if (a instanceof SparseMatrix) return ofOperator(op, w, a, () => a.diagonal());
  if (isOperator(a)) return ofOperator(op, w, a, undefined);
  if (typeof a === "function")
    throw new UserError(
      `${op}: a function alone does not tell the shape; pass { shape: [m, n], multiply, multiplyTransposed }`,
    );
  const t = toMatrix(op, a);
  const [rows, columns] = sizesOf(t);
  const data = t.storage(op);
  const matrix = w.load(data, rows, columns);
  if (!Number.isFinite(w.maxAbs(matrix).value)) throw notFinite(op, data, columns);
  return {
    rows,
    columns,
    times: (x, y) => w.gemmInto(1, matrix, x, y),
    timesTransposed: (x, y) => w.gemmInto(1, matrix.transposed(), x, y),
    diagonal: () => Float64Array.from(w.values(matrix.diagonal())),
  };
}

/** Of a square matrix; `size` is that of functions. */
export function squareProducts(op: string, w: Workspace, a: SquareLike, size: number | undefined): Products {
  if (typeof a === "function") {
    if (size === undefined)
      throw new UserError(
        `${op}: a function alone does not tell the size; pass the option size, or { shape, multiply }`,
      );
    checkWhole(op, "size", size, 1, 2 ** 31);
    return {
      rows: size,
      columns: size,
      times: (x, y) => {
        for (let j = 0; j < x.columns; j += 1)
          w.assign(y.column(j), checked(op, a(vectorTensor(w, x.column(j))), [size]));
      },
      timesTransposed: noTransposes(op),
      diagonal: undefined,
    };
  }
  const products = productsOf(op, w, a);
  if (products.rows !== products.columns)
    throw new ShapeError(`${op}: the matrix must be square, got shape [${products.rows}, ${products.columns}]`);
  return products;
}

/**
 * Refuses matrices that are plainly not symmetric: for two random vectors, xᵀAy and yᵀAx must agree to eight digits of what they are made of.
 * Costs two products.
 */
export function checkSymmetric(op: string, w: Workspace, a: Products): void {
  w.inside(() => {
    const pair = gaussian(w, a.rows, 2, 907);
    const images = w.matrix(a.rows, 2);
    a.times(pair, images);
    const [x, y] = [pair.column(0), pair.column(1)];
    const [ax, ay] = [images.column(0), images.column(1)];
    const difference = Math.abs(w.dot(x, ay) - w.dot(y, ax));
    const size = w.norm(x) * w.norm(ay) + w.norm(y) * w.norm(ax);
    if (difference > 1e-8 * size)
      throw new UserError(
        `${op}: the matrix must be symmetric, but for two vectors x and y, xᵀAy and yᵀAx differ by ${difference.toPrecision(3)}`,
      );
  });
}

function isOperator(a: unknown): a is LinearOperator {
  return typeof a === "object" && a !== null && "multiply" in a && "shape" in a && typeof a.multiply === "function";
}

function ofOperator(op: string, w: Workspace, a: LinearOperator, diagonal: (() => Float64Array) | undefined): Products {
  const [rows, columns] = a.shape;
  if (a.shape.length !== 2)
    throw new ShapeError(`${op}: the operator must have the shape [m, n], got ${formatShape(a.shape)}`);
  checkWhole(op, "the number of rows", rows, 0, 2 ** 31);
  checkWhole(op, "the number of columns", columns, 0, 2 ** 31);
  const transposed = a.multiplyTransposed?.bind(a);
  return {
    rows,
    columns,
    times: (x, y) => put(w, checked(op, a.multiply(matrixTensor(w, x)), [rows, x.columns]), y),
    timesTransposed:
      transposed === undefined
        ? noTransposes(op)
        : (x, y) => put(w, checked(op, transposed(matrixTensor(w, x)), [columns, x.columns]), y),
    diagonal,
  };
}

function noTransposes(op: string): () => never {
  return () => {
    throw new UserError(`${op}: needs products with the transpose too; pass { shape, multiply, multiplyTransposed }`);
  };
}

export function matrixTensor(w: Workspace, x: Matrix): Tensor {
  return new Tensor(makeBuffer([x.rows, x.columns], "float64", w.read(x)));
}

export function vectorTensor(w: Workspace, x: Matrix): Tensor {
  return new Tensor(makeBuffer([x.rows], "float64", Float64Array.from(w.values(x))));
}

/** What a function returned, if it is finite and of that shape. */
export function checked(op: string, result: Numbers, shape: readonly number[]): ArrayLike<number> {
  const t = toFloat(op, result);
  if (t.rank !== shape.length || t.shape.some((size, axis) => size !== shape[axis]))
    throw new ShapeError(`${op}: the function must return shape ${formatShape(shape)}, got ${formatShape(t.shape)}`);
  const data = t.storage(op);
  for (const value of data)
    if (!Number.isFinite(value)) throw notFinite(`${op}: of what the function returned`, data, shape[1] ?? 0);
  return data;
}

function put(w: Workspace, data: ArrayLike<number>, y: Matrix): void {
  w.inside(() => w.copy(w.load(Float64Array.from(data), y.rows, y.columns), y));
}

export function checkWhole(op: string, name: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most)
    throw new UserError(`${op}: ${name} must be a whole number from ${least} to ${most}, got ${value}`);
}

export function checkTolerance(op: string, tolerance: number): void {
  if (!(tolerance > 0 && tolerance < 1))
    throw new UserError(`${op}: tolerance must lie between 0 and 1, got ${tolerance}`);
}
