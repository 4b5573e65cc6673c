/** Reductions on nodes. `axes` are any subset, counted from the back when negative; without them all axes are reduced. */
import { floatOf, isFloat } from "../../base/dtype.js";
import { ShapeError, UserError } from "../../base/errors.js";
import { formatShape, normalizeAxes, normalizeAxis, reducedShape, sizeOf } from "../../base/shape.js";
import { add, binary, cast, div, full, mul, reshape, select, sub, sum as total, unary } from "../../graph/build.js";
import { make, type Node } from "../../graph/node.js";
import { abs, numeric, testFinite } from "./elementwise.js";

export type AxisList = number | readonly number[];

export interface ReduceOptions {
  /** Which axes to reduce; negative ones count from the back. Default: all. */
  readonly axis?: AxisList;
  /** Whether reduced axes stay, with size 1. Default: false. */
  readonly keepDims?: boolean;
}

export interface VarianceOptions extends ReduceOptions {
  /** Subtracted from the count that the sum of squares is divided by; 1 gives the unbiased estimate. Default: 0. */
  readonly correction?: number;
}

/** 1: Σ|x|. 2 and "fro": √Σx². ∞: max |x|. −∞: min |x|. 0: how many are not 0. Any other p > 0: (Σ|x|ᵖ)^(1/p). */
export type NormOrder = number | "fro";

export interface NormOptions extends ReduceOptions {
  /** Default: 2. */
  readonly order?: NormOrder;
}

export interface ArgOptions {
  /** Default: the position in the flattened tensor. */
  readonly axis?: number;
  /** Whether the reduced axis stays, with size 1. Default: false. */
  readonly keepDims?: boolean;
}

export interface CumulativeOptions {
  /** Default: the flattened tensor. */
  readonly axis?: number;
  /** Whether to run from the end. Default: false. */
  readonly reverse?: boolean;
}

/** `reduced` (without the axes) in the shape that the options ask for. */
function shaped(reduced: Node, x: Node, axes: readonly number[], keepDims: boolean | undefined): Node {
  return keepDims ? reshape(reduced, reducedShape(x.shape, axes, true)) : reduced;
}

function count(x: Node, axes: readonly number[]): number {
  return sizeOf(axes.map((axis) => x.shape[axis] ?? 1));
}

export function sum(x: Node, options: ReduceOptions): Node {
  const axes = normalizeAxes("sum", options.axis, x.shape.length);
  return shaped(total(cast(x, numeric(x.dtype)), axes), x, axes, options.keepDims);
}

export function prod(x: Node, options: ReduceOptions): Node {
  const axes = normalizeAxes("prod", options.axis, x.shape.length);
  const y = cast(x, numeric(x.dtype));
  return shaped(axes.length === 0 ? y : make("prod", [y], { axes }), x, axes, options.keepDims);
}

/** Whole numbers are summed in float64, so that nothing overflows or is lost before the division. */
function widened(x: Node, compute: (y: Node) => Node): Node {
  return isFloat(x.dtype) ? compute(x) : cast(compute(cast(x, "float64")), "float32");
}

export function mean(x: Node, options: ReduceOptions): Node {
  const axes = normalizeAxes("mean", options.axis, x.shape.length);
  return shaped(
    widened(x, (y) => div(total(y, axes), count(y, axes))),
    x,
    axes,
    options.keepDims,
  );
}

/**
 * (Σd² − (Σd)²/n) / max(n − correction, 0) with d = x − mean: T. F. Chan, G. H. Golub, R. J. LeVeque, "Algorithms for computing the sample
 * variance", The American Statistician 37 (1983). The second term, 0 in exact arithmetic, takes out the rounding error of the mean. As the
 * value does not depend on what is subtracted, no derivative flows through the mean.
 */
function variances(x: Node, axes: readonly number[], correction: number): Node {
  const n = count(x, axes);
  const mean = reshape(div(total(x, axes), n), reducedShape(x.shape, axes, true));
  const deviation = sub(x, make("stopGradient", [mean], {}));
  const drift = total(deviation, axes);
  const squares = sub(total(mul(deviation, deviation), axes), div(mul(drift, drift), n));
  return div(select(binary("lt", squares, 0), 0, squares), Math.max(n - correction, 0));
}

export function variance(op: string, x: Node, options: VarianceOptions): Node {
  const axes = normalizeAxes(op, options.axis, x.shape.length);
  const correction = options.correction ?? 0;
  if (!(correction >= 0)) throw new UserError(`${op}: correction must be a number ≥ 0, got ${correction}`);
  const compute = (y: Node): Node => {
    const v = variances(y, axes, correction);
    return op === "std" ? safeRoot(v) : v;
  };
  return shaped(widened(x, compute), x, axes, options.keepDims);
}

/** √x with derivative 0, not ∞, at 0. */
function safeRoot(x: Node): Node {
  const zero = binary("eq", x, 0);
  return select(zero, 0, unary("sqrt", select(zero, 1, x)));
}

function extreme(op: "max" | "min", x: Node, axes: readonly number[]): Node {
  if (axes.length === 0) return x;
  checkNotEmpty(op, x, axes);
  return make(op === "max" ? "reduceMax" : "reduceMin", [x], { axes });
}

function checkNotEmpty(op: string, x: Node, axes: readonly number[]): void {
  const empty = axes.find((axis) => x.shape[axis] === 0);
  if (empty !== undefined) {
    throw new ShapeError(`${op}: axis ${empty} of shape ${formatShape(x.shape)} is empty, and nothing has no ${op}`);
  }
}

export function max(x: Node, options: ReduceOptions): Node {
  const axes = normalizeAxes("max", options.axis, x.shape.length);
  return shaped(extreme("max", x, axes), x, axes, options.keepDims);
}

export function min(x: Node, options: ReduceOptions): Node {
  const axes = normalizeAxes("min", options.axis, x.shape.length);
  return shaped(extreme("min", x, axes), x, axes, options.keepDims);
}

/** Of nothing: any is false, all is true. */
export function quantify(op: "any" | "all", x: Node, options: ReduceOptions): Node {
  const axes = normalizeAxes(op, options.axis, x.shape.length);
  const y = cast(x, "bool");
  const nothing = axes.some((axis) => x.shape[axis] === 0);
  const reduced = nothing
    ? full(reducedShape(x.shape, axes, false), op === "all" ? 1 : 0, "bool")
    : extreme(op === "any" ? "max" : "min", y, axes);
  return shaped(reduced, x, axes, options.keepDims);
}

export function argExtreme(op: "argmax" | "argmin", x: Node, options: ArgOptions): Node {
  const flat = options.axis === undefined;
  const y = flat ? reshape(x, [sizeOf(x.shape)]) : x;
  const axis = normalizeAxis(op, options.axis ?? 0, y.shape.length);
  checkNotEmpty(op, y, [axis]);
  const reduced = make(op, [y], { axis });
  const all = x.shape.map((_, i) => i);
  return shaped(reduced, x, flat ? all : [axis], options.keepDims);
}

/** A shift that keeps exponentials in range: the largest element, or 0 where that is not finite. Results do not depend on it. */
function shift(x: Node, axes: readonly number[]): Node {
  const kept = reducedShape(x.shape, axes, true);
  if (count(x, axes) === 0) return full(kept, 0, x.dtype);
  const largest = make("stopGradient", [reshape(extreme("max", x, axes), kept)], {});
  return select(testFinite(largest), largest, 0);
}

/** m + ln Σ e^(x − m). Of nothing, and of nothing but −∞: −∞, with derivative 0. */
export function logSumExp(x: Node, options: ReduceOptions): Node {
  const axes = normalizeAxes("logSumExp", options.axis, x.shape.length);
  const y = cast(x, floatOf(x.dtype));
  const m = shift(y, axes);
  const s = total(unary("exp", sub(y, m)), axes);
  const nothing = binary("eq", s, 0);
  const logarithm = add(unary("log", select(nothing, 1, s)), reshape(m, s.shape));
  return shaped(select(nothing, Number.NEGATIVE_INFINITY, logarithm), x, axes, options.keepDims);
}

/** e^(x − m) / Σ e^(x − m). */
export function softmax(x: Node, axis: AxisList): Node {
  const axes = normalizeAxes("softmax", axis, x.shape.length);
  const y = cast(x, floatOf(x.dtype));
  const e = unary("exp", sub(y, shift(y, axes)));
  return div(e, reshape(total(e, axes), reducedShape(x.shape, axes, true)));
}

/** (x − m) − ln Σ e^(x − m). */
export function logSoftmax(x: Node, axis: AxisList): Node {
  const axes = normalizeAxes("logSoftmax", axis, x.shape.length);
  const y = cast(x, floatOf(x.dtype));
  const z = sub(y, shift(y, axes));
  return sub(z, unary("log", reshape(total(unary("exp", z), axes), reducedShape(x.shape, axes, true))));
}

export function norm(x: Node, options: NormOptions): Node {
  const axes = normalizeAxes("norm", options.axis, x.shape.length);
  const order = options.order === "fro" ? 2 : (options.order ?? 2);
  const y = cast(x, floatOf(x.dtype));
  return shaped(normOf(y, order, axes), x, axes, options.keepDims);
}

function normOf(x: Node, order: number, axes: readonly number[]): Node {
  const size = abs(x);
  switch (order) {
    case 0:
      return total(cast(binary("ne", x, 0), x.dtype), axes);
    case 1:
      return total(size, axes);
    case Number.POSITIVE_INFINITY:
      return count(x, axes) === 0 ? full(reducedShape(x.shape, axes, false), 0, x.dtype) : extreme("max", size, axes);
    case Number.NEGATIVE_INFINITY:
      return extreme("min", size, axes);
    default:
      if (!(order > 0)) throw new UserError(`norm: the order must be ≥ 0, Infinity, -Infinity or "fro", got ${order}`);
      return powerNorm(x, size, order, axes);
  }
}

/** s · (Σ|x/s|ᵖ)^(1/p) with s = max |x|: no power overflows or vanishes. Of zeros it is 0, with derivative 0. */
function powerNorm(x: Node, size: Node, order: number, axes: readonly number[]): Node {
  const kept = reducedShape(x.shape, axes, true);
  if (count(x, axes) === 0) return full(reducedShape(x.shape, axes, false), 0, x.dtype);
  const largest = make("stopGradient", [reshape(extreme("max", size, axes), kept)], {});
  const scale = select(make("and", [testFinite(largest), binary("ne", largest, 0)], {}), largest, 1);
  const ratio = div(order === 2 ? x : size, scale);
  const s = total(order === 2 ? mul(ratio, ratio) : binary("pow", ratio, order), axes);
  const zero = binary("eq", s, 0);
  const inside = select(zero, 1, s);
  const root = order === 2 ? unary("sqrt", inside) : binary("pow", inside, 1 / order);
  return select(zero, 0, mul(root, reshape(scale, s.shape)));
}

export function cumulative(op: "cumsum" | "cumprod", x: Node, options: CumulativeOptions): Node {
  const y = cast(x, numeric(x.dtype));
  const line = options.axis === undefined ? reshape(y, [sizeOf(y.shape)]) : y;
  const axis = normalizeAxis(op, options.axis ?? 0, line.shape.length);
  return make(op, [line], { axis, reverse: options.reverse ?? false });
}
