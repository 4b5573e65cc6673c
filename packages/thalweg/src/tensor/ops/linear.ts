/** Products of matrices and tensors, on nodes; all of them end in the primitive matmul. */
import { promote } from "../../base/dtype.js";
import { IndexError, ShapeError } from "../../base/errors.js";
import { broadcastShapes, formatShape, normalizeAxes, normalizeAxis, type Shape, sizeOf } from "../../base/shape.js";
import { broadcastTo, cast, full, mul, permute, reshape, sum } from "../../graph/build.js";
import { make, type Node } from "../../graph/node.js";
import { numeric } from "./elementwise.js";

function common(a: Node, b: Node): [Node, Node] {
  const dtype = numeric(promote(a.dtype, b.dtype));
  return [cast(a, dtype), cast(b, dtype)];
}

function shapes(a: Node, b: Node): string {
  return `${formatShape(a.shape)} and ${formatShape(b.shape)}`;
}

/**
 * NumPy's rules: the last two axes are matrices, those before them are broadcast; a vector on the left is a row, on the right a column,
 * and its axis of size 1 is dropped from the result.
 */
export function matmul(a: Node, b: Node): Node {
  if (a.shape.length === 0 || b.shape.length === 0) {
    throw new ShapeError(`matmul: needs at least one axis on both sides, got ${shapes(a, b)}; to scale use mul`);
  }
  const [left, right] = common(a, b);
  const x = left.shape.length === 1 ? reshape(left, [1, ...left.shape]) : left;
  const y = right.shape.length === 1 ? reshape(right, [...right.shape, 1]) : right;
  const inner = x.shape.at(-1) ?? 1;
  if (inner !== y.shape.at(-2)) {
    throw new ShapeError(
      `matmul: ${shapes(a, b)} do not fit: ${inner} columns on the left, ${y.shape.at(-2)} rows on the right${transposeHint(x, y)}`,
    );
  }
  const product = multiply(x, y, a, b);
  const shape = product.shape.filter(
    (_, i) =>
      !(a.shape.length === 1 && i === product.shape.length - 2) &&
      !(b.shape.length === 1 && i === product.shape.length - 1),
  );
  return reshape(product, shape);
}

function transposeHint(x: Node, y: Node): string {
  if (x.shape.at(-1) === y.shape.at(-1)) return "; perhaps transpose the second";
  return x.shape.at(-2) === y.shape.at(-2) ? "; perhaps transpose the first" : "";
}

function multiply(x: Node, y: Node, a: Node, b: Node): Node {
  const columns = y.shape.at(-1) ?? 1;
  const inner = x.shape.at(-1) ?? 1;
  // One matrix on the right: the rows of all matrices on the left are the rows of one.
  if (y.shape.length === 2 && x.shape.length > 2) {
    const rows = sizeOf(x.shape.slice(0, -1));
    return reshape(make("matmul", [reshape(x, [rows, inner]), y], {}), [...x.shape.slice(0, -1), columns]);
  }
  let batch: Shape;
  try {
    batch = broadcastShapes("matmul", x.shape.slice(0, -2), y.shape.slice(0, -2));
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    throw new ShapeError(`matmul: cannot broadcast the axes before the matrices of ${shapes(a, b)}`);
  }
  return make(
    "matmul",
    [broadcastTo(x, [...batch, ...x.shape.slice(-2)]), broadcastTo(y, [...batch, ...y.shape.slice(-2)])],
    {},
  );
}

/** Axes that tensordot sums over: a count (the last of `a` with the first of `b`), or a list for each side. */
export type ContractedAxes = number | readonly [number | readonly number[], number | readonly number[]];

export function tensordot(op: string, a: Node, b: Node, axes: ContractedAxes): Node {
  const [of, and] = contracted(op, a, b, axes);
  of.forEach((axis, i) => {
    const other = and[i] ?? 0;
    if (a.shape[axis] !== b.shape[other]) {
      throw new ShapeError(
        `${op}: ${shapes(a, b)} do not fit: axis ${axis} of the first has size ${a.shape[axis]}, axis ${other} of the second ${b.shape[other]}`,
      );
    }
  });
  const [x, y] = common(a, b);
  const left = x.shape.map((_, i) => i).filter((i) => !of.includes(i));
  const right = y.shape.map((_, i) => i).filter((i) => !and.includes(i));
  const sizes = (node: Node, list: readonly number[]): number[] => list.map((i) => node.shape[i] ?? 1);
  const inner = sizeOf(sizes(x, of));
  const rows = reshape(permute(x, [...left, ...of]), [sizeOf(sizes(x, left)), inner]);
  const columns = reshape(permute(y, [...and, ...right]), [inner, sizeOf(sizes(y, right))]);
  return reshape(make("matmul", [rows, columns], {}), [...sizes(x, left), ...sizes(y, right)]);
}

function contracted(op: string, a: Node, b: Node, axes: ContractedAxes): [number[], number[]] {
  if (typeof axes === "number") {
    const most = Math.min(a.shape.length, b.shape.length);
    if (!Number.isInteger(axes) || axes < 0 || axes > most) {
      throw new IndexError(
        `${op}: cannot sum over ${axes} axes of ${shapes(a, b)}; use 0 to ${most}, or a list for each side`,
      );
    }
    const list = Array.from({ length: axes }, (_, i) => i);
    return [list.map((i) => a.shape.length - axes + i), list];
  }
  const sides = [list(axes[0]), list(axes[1])] as const;
  if (sides[0].length !== sides[1].length) {
    throw new IndexError(
      `${op}: both sides need as many axes, got [${sides[0].join(", ")}] and [${sides[1].join(", ")}]`,
    );
  }
  const normal = (node: Node, side: readonly number[]): number[] => {
    normalizeAxes(op, side, node.shape.length); // finds axes given twice
    return side.map((axis) => normalizeAxis(op, axis, node.shape.length));
  };
  return [normal(a, sides[0]), normal(b, sides[1])];
}

function list(axes: number | readonly number[]): readonly number[] {
  return typeof axes === "number" ? [axes] : axes;
}

/** NumPy's dot: of vectors the inner product; else Σ over the last axis of `a` and the last but one (or only) of `b`. A scalar scales. */
export function dot(a: Node, b: Node): Node {
  if (a.shape.length === 0 || b.shape.length === 0) {
    const [x, y] = common(a, b);
    return mul(x, y);
  }
  return tensordot("dot", a, b, [-1, Math.max(b.shape.length - 2, 0)]);
}

/** Every product of an element of `a` with one of `b`: (n) and (m) give (n, m); other shapes are flattened. */
export function outer(a: Node, b: Node): Node {
  const [x, y] = common(a, b);
  return mul(reshape(x, [sizeOf(x.shape), 1]), reshape(y, [1, sizeOf(y.shape)]));
}

export interface DiagonalOptions {
  /** Above (positive) or below (negative) the main diagonal. Default: 0. */
  readonly offset?: number;
  /** The two axes of the matrices. Default: the last two. */
  readonly axes?: readonly [number, number];
}

/** The elements [i, i + offset] of the matrices along `axes`, as a new last axis. */
export function diagonal(op: string, x: Node, options: DiagonalOptions): Node {
  const rank = x.shape.length;
  if (rank < 2) throw new ShapeError(`${op}: needs at least two axes, got shape ${formatShape(x.shape)}`);
  const offset = checkOffset(op, options.offset);
  const [first, second] = options.axes ?? [-2, -1];
  const [p, q] = [normalizeAxis(op, first, rank), normalizeAxis(op, second, rank)];
  if (p === q) throw new IndexError(`${op}: both axes are axis ${p}`);
  const others = x.shape.map((_, i) => i).filter((i) => i !== p && i !== q);
  const y = permute(x, [...others, p, q]);
  const [rows, columns] = [y.shape[rank - 2] ?? 0, y.shape[rank - 1] ?? 0];
  const batch = y.shape.slice(0, -2);
  const length = Math.max(0, Math.min(rows + Math.min(offset, 0), columns - Math.max(offset, 0)));
  // In the flattened matrix the diagonal is every (columns + 1)th element.
  const start = length === 0 ? 0 : offset >= 0 ? offset : -offset * columns;
  return make("slice", [reshape(y, [...batch, rows * columns])], {
    start: [...batch.map(() => 0), start],
    size: [...batch, length],
    step: [...batch.map(() => 1), columns + 1],
  });
}

export function checkOffset(op: string, offset: number | undefined): number {
  if (offset !== undefined && !Number.isInteger(offset))
    throw new IndexError(`${op}: the offset must be a whole number, got ${offset}`);
  return offset ?? 0;
}

/** The matrix with the vector `x` on a diagonal and 0 elsewhere. */
export function diagonalMatrix(x: Node, offset: number): Node {
  const n = x.shape[0] ?? 0;
  const size = n + Math.abs(offset);
  if (n === 0) return full([size, size], 0, x.dtype);
  // n zeros after each element but the last make n×n, flattened.
  const flat = make("pad", [x], { low: [0], high: [0], interior: [n], value: 0 });
  const [low, high] = [
    [Math.max(-offset, 0), Math.max(offset, 0)],
    [Math.max(offset, 0), Math.max(-offset, 0)],
  ];
  const square = reshape(flat, [n, n]);
  return offset === 0 ? square : make("pad", [square], { low, high, interior: [0, 0], value: 0 });
}

/** The sum of a diagonal. */
export function trace(x: Node, options: DiagonalOptions): Node {
  const d = diagonal("trace", x, options);
  return sum(cast(d, numeric(d.dtype)), [d.shape.length - 1]);
}
