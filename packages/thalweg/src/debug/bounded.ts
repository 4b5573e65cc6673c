/**
 * Values with bounds on their rounding errors. Each node is evaluated by the interpreter, and beside its value goes a bound on how far a compiled
 * program may be from it: what the errors of its inputs become, and what the node itself may add (4 ulp for elementary functions, k·u·Σ|terms| for
 * a sum of k terms with u the unit roundoff, nothing for what is rounded correctly). An infinite bound says that nothing is known.
 */
import { allocate, type DType, isFloat, type TypedArray } from "../base/dtype.js";
import { InternalError } from "../base/errors.js";
import { sizeOf } from "../base/shape.js";
import { make, makeInput, type Node, topological } from "../graph/node.js";
import { type Graph, isElementwise, type Primitive, type PrimitiveParams } from "../graph/primitives.js";
import { evaluateNode } from "../targets/interpreter/interpret.js";
import { elementary, zeroSignFree } from "./accuracy.js";

export interface Bounded {
  readonly value: TypedArray;
  /** For each element; undefined: exact. */
  readonly error: Float64Array | undefined;
}

/** How much was compared. */
export interface Tally {
  elements: number;
  /** Elements that differ where no bound is known. */
  unknown: number;
}

/** Units in the last place that an elementary function may be off. */
const elementaryUlps = 4;

interface Format {
  readonly roundoff: number;
  readonly tiny: number;
  readonly normal: number;
  readonly largest: number;
}

const formats: Readonly<Record<"float32" | "float64", Format>> = {
  float32: { roundoff: 2 ** -24, tiny: 2 ** -149, normal: 2 ** -126, largest: 2 ** 127 * (2 - 2 ** -23) },
  float64: { roundoff: 2 ** -53, tiny: 2 ** -1074, normal: 2 ** -1022, largest: Number.MAX_VALUE },
};

export function formatOf(dtype: DType): Format {
  return formats[dtype === "float32" ? "float32" : "float64"];
}

/** One unit in the last place of x. */
export function ulpOf(x: number, dtype: DType): number {
  const { roundoff, tiny, normal } = formatOf(dtype);
  const a = Math.abs(x);
  if (!(a > normal) || a === Number.POSITIVE_INFINITY) return tiny;
  let power = 2 ** Math.floor(Math.log2(a));
  if (power > a) power /= 2;
  return Math.max(tiny, 2 * roundoff * power);
}

/** The results of a node from its inputs. */
export function evaluateBounded(node: Node, inputs: readonly Bounded[]): readonly Bounded[] {
  if (node.op === "scan") return scan(node, inputs);
  if (node.op === "custom") return evaluateBody(node.params.body, inputs);
  const values = evaluateNode(
    node,
    inputs.map((x) => x.value),
  );
  const value = values[0];
  if (node.outputs !== undefined || value === undefined) {
    const unknown = inputs.some(isInexact);
    return values.map((v) => ({ value: v, error: unknown ? allUnknown(v.length) : undefined }));
  }
  const error = errorOf(node, inputs, value);
  return [{ value, error: withFreeZeros(node, value, error) }];
}

/** The results of a graph whose leaves are `known`. */
export function evaluateGraph(
  outputs: readonly Node[],
  known: (node: Node) => Bounded | undefined,
  order: readonly Node[] = topological(outputs),
): ReadonlyMap<Node, readonly Bounded[]> {
  const values = new Map<Node, readonly Bounded[]>();
  for (const node of order) {
    const given = known(node);
    if (given !== undefined) values.set(node, [given]);
    else if (node.op === "project") {
      const source = node.inputs[0];
      const all = source === undefined ? undefined : values.get(source);
      values.set(node, [at(all ?? [], node.params.index)]);
    } else {
      values.set(
        node,
        evaluateBounded(
          node,
          node.inputs.map((x) => at(values.get(x) ?? [], 0)),
        ),
      );
    }
  }
  return values;
}

function evaluateBody(body: Graph, inputs: readonly Bounded[], order = topological(body.outputs)): Bounded[] {
  const given = new Map(body.inputs.map((slot, i) => [slot, inputs[i]]));
  const values = evaluateGraph(body.outputs, (node) => given.get(node), order);
  return body.outputs.map((node) => at(values.get(node) ?? [], 0));
}

function scan(node: Node & { readonly op: "scan" }, inputs: readonly Bounded[]): Bounded[] {
  const { body, length, reverse, constants, carries } = node.params as PrimitiveParams["scan"];
  const order = topological(body.outputs);
  let state = inputs.slice(constants, constants + carries);
  const collected = (node.outputs ?? []).slice(carries).map(({ shape, dtype }) => ({
    value: allocate(dtype, sizeOf(shape)),
    error: new Float64Array(sizeOf(shape)),
  }));
  for (let step = 0; step < length; step += 1) {
    const position = reverse ? length - 1 - step : step;
    const slices = inputs.slice(constants + carries).map((x): Bounded => {
      const width = x.value.length / length;
      const [from, to] = [position * width, (position + 1) * width];
      return { value: x.value.slice(from, to), error: x.error?.slice(from, to) };
    });
    const results = evaluateBody(body, [...inputs.slice(0, constants), ...state, ...slices], order);
    state = results.slice(0, carries);
    collected.forEach((target, i) => {
      const part = at(results, carries + i);
      target.value.set(part.value, position * part.value.length);
      if (part.error !== undefined) target.error.set(part.error, position * part.value.length);
    });
  }
  return [...state, ...collected];
}

function at<T>(list: readonly T[], i: number): T {
  const item = list[i];
  if (item === undefined) throw new InternalError(`bounds: there is no value ${i}`);
  return item;
}

function isInexact({ error }: Bounded): boolean {
  return error?.some((e) => e > 0) ?? false;
}

function allUnknown(n: number): Float64Array {
  return new Float64Array(n).fill(Number.POSITIVE_INFINITY);
}

/** Zeros whose sign is not defined may be of the other sign, which matters to who divides by them. */
function withFreeZeros(node: Node, value: TypedArray, error: Float64Array | undefined): Float64Array | undefined {
  if (!isFloat(node.dtype) || !zeroSignFree.has(node.op)) return error;
  let result = error;
  const { tiny } = formatOf(node.dtype);
  for (let i = 0; i < value.length; i += 1) {
    if (value[i] !== 0) continue;
    result ??= new Float64Array(value.length);
    result[i] = Math.max(result[i] ?? 0, tiny);
  }
  return result;
}

function errorOf(node: Node, inputs: readonly Bounded[], value: TypedArray): Float64Array | undefined {
  if (isElementwise(node.op)) return elementwise(node, inputs, value);
  const inexact = inputs.some(isInexact);
  switch (node.op) {
    case "sum":
    case "cumsum":
    case "matmul":
    case "scatterAdd":
      return sums(node, inputs, value);
    case "prod":
    case "cumprod":
      return products(node, inputs, value);
    case "reduceMax":
    case "reduceMin":
      if (!inexact) return undefined;
      return shadow(make("reduceMax", [doubleOf(node, 0)], { axes: node.params.axes }), [errorsOf(inputs, 0)]);
    case "argmax":
    case "argmin": {
      if (!inexact) return undefined;
      const worst = shadow(make("reduceMax", [doubleOf(node, 0)], { axes: [node.params.axis] }), [errorsOf(inputs, 0)]);
      return worst.map((e) => (e > 0 ? Number.POSITIVE_INFINITY : 0));
    }
    case "gather":
    case "scatterSet": {
      if (!inexact) return undefined;
      if (isInexact(at(inputs, 1))) return allUnknown(value.length);
      const doubles = node.inputs.map((x, i) => (i === 1 ? x : doubleOf(node, i)));
      const data = inputs.map((x, i) => (i === 1 ? x.value : errorsOf(inputs, i)));
      return shadow(remake(node, doubles, node.params), data);
    }
    case "threefry":
      return inexact ? allUnknown(value.length) : undefined;
    default: {
      if (!inexact) return undefined;
      const params = node.op === "pad" ? { ...node.params, value: 0 } : node.params;
      const doubles = node.inputs.map((_, i) => doubleOf(node, i));
      return shadow(
        remake(node, doubles, params),
        inputs.map((_, i) => errorsOf(inputs, i)),
      );
    }
  }
}

function remake(node: Node, inputs: readonly Node[], params: object): Node {
  return make(node.op, inputs, params as PrimitiveParams[Primitive]);
}

/** Stands for input `i` in float64. */
function doubleOf(node: Node, i: number): Node {
  return makeInput("", { shape: at(node.inputs, i).shape, dtype: "float64" });
}

function errorsOf(inputs: readonly Bounded[], i: number): Float64Array {
  const { value, error } = at(inputs, i);
  return error ?? new Float64Array(value.length);
}

function shadow(node: Node, values: readonly TypedArray[]): Float64Array {
  return Float64Array.from(evaluateNode(node, values)[0] ?? []);
}

function magnitude(value: TypedArray): Float64Array {
  return Float64Array.from(value, (x) => (Number.isFinite(x) ? Math.abs(x) : 0));
}

/** Σ of k terms: the errors of the terms, and (k + 1)·u·Σ|terms|. */
function sums(node: Node, inputs: readonly Bounded[], value: TypedArray): Float64Array | undefined {
  if (!isFloat(node.dtype)) return inputs.some(isInexact) ? allUnknown(value.length) : undefined;
  if (node.op === "scatterAdd" && isInexact(at(inputs, 1))) return allUnknown(value.length);
  const data = node.op === "scatterAdd" ? [0, 2] : node.inputs.map((_, i) => i);
  const doubles = node.inputs.map((x, i) => (data.includes(i) ? doubleOf(node, i) : x));
  const run = (values: (i: number) => Float64Array): Float64Array =>
    shadow(
      remake(node, doubles, node.params),
      inputs.map((x, i) => (data.includes(i) ? values(i) : x.value)),
    );
  const sizes = inputs.map((x) => magnitude(x.value));
  const size = run((i) => sizes[i] ?? new Float64Array());
  let terms: number;
  let carried: Float64Array | undefined;
  if (node.op === "matmul") {
    const b = at(inputs, 1);
    terms = at(node.inputs, 0).shape.at(-1) ?? 0;
    if (inputs.some(isInexact)) {
      // |a|·eb + ea·(|b| + eb)
      const first = run((i) => (i === 0 ? at(sizes, 0) : errorsOf(inputs, 1)));
      const wider = at(sizes, 1).map((s, i) => s + (b.error?.[i] ?? 0));
      const second = run((i) => (i === 0 ? errorsOf(inputs, 0) : wider));
      carried = first.map((e, i) => e + (second[i] ?? 0));
    }
  } else {
    terms = node.op === "scatterAdd" ? (at(node.inputs, 1).shape[0] ?? 0) : value.length === 0 ? 0 : termsOf(node);
    if (inputs.some(isInexact)) carried = run((i) => errorsOf(inputs, i));
  }
  const { roundoff, tiny, largest } = formatOf(node.dtype);
  const exact = terms <= 1 && node.op !== "matmul" && node.op !== "scatterAdd";
  return size.map((s, i) => {
    const c = carried?.[i] ?? 0;
    const total = s + c;
    // Partial sums may overflow in one order and not in another.
    if (!(total < largest / 4)) return Number.POSITIVE_INFINITY;
    if (exact) return c;
    const result = value[i] ?? 0;
    if (!Number.isFinite(result)) return c > 0 ? Number.POSITIVE_INFINITY : 0;
    return c + (terms + 1) * roundoff * total + (node.op === "matmul" ? terms * tiny : 0);
  });
}

function termsOf(node: Node): number {
  const { shape } = at(node.inputs, 0);
  if (node.op === "sum") return node.params.axes.reduce((n, a) => n * (shape[a] ?? 1), 1);
  return node.op === "cumsum" || node.op === "cumprod" ? (shape[node.params.axis] ?? 0) : 0;
}

/** Π of k factors: unknown where some order of multiplication may over- or underflow. */
function products(node: Node, inputs: readonly Bounded[], value: TypedArray): Float64Array | undefined {
  if (!isFloat(node.dtype)) return inputs.some(isInexact) ? allUnknown(value.length) : undefined;
  const x = at(inputs, 0);
  const along = (values: Float64Array): Float64Array =>
    shadow(node.op === "prod" ? make("sum", [doubleOf(node, 0)], { axes: node.params.axes }) : remakeSum(node), [
      values,
    ]);
  const { roundoff, largest, normal } = formatOf(node.dtype);
  const finite = (n: number): number => (Number.isFinite(n) ? n : 0);
  const up = along(
    Float64Array.from(x.value, (v, i) => Math.max(0, finite(Math.log2(Math.abs(v) + (x.error?.[i] ?? 0))))),
  );
  const down = along(Float64Array.from(x.value, (v) => Math.min(0, finite(Math.log2(Math.abs(v))))));
  // log of Π(1 + e/|x|)
  const growth = along(
    Float64Array.from(x.value, (v, i) => {
      const e = x.error?.[i] ?? 0;
      return e === 0 ? 0 : v === 0 || !Number.isFinite(v) ? Number.POSITIVE_INFINITY : Math.log1p(e / Math.abs(v));
    }),
  );
  const terms = node.op === "prod" ? termsOfProduct(node) : termsOf(node);
  return Float64Array.from(value, (v, i) => {
    const g = growth[i] ?? 0;
    const risky = (up[i] ?? 0) > Math.log2(largest) - 1 || (down[i] ?? 0) < Math.log2(normal) + 1;
    if (Number.isNaN(v) && g === 0 && !risky) return 0;
    if (risky || !(g < 1)) return Number.POSITIVE_INFINITY;
    if (v === 0 || !Number.isFinite(v)) return 0;
    return Math.abs(v) * (Math.expm1(g) * 1.001 + (terms <= 1 ? 0 : (terms + 1) * roundoff * Math.exp(g)));
  });
}

function termsOfProduct(node: Node): number {
  const { shape } = at(node.inputs, 0);
  return node.op === "prod" ? node.params.axes.reduce((n, a) => n * (shape[a] ?? 1), 1) : 0;
}

function remakeSum(node: Node): Node {
  if (node.op !== "cumprod") throw new InternalError("bounds: not a running product");
  return make("cumsum", [doubleOf(node, 0)], node.params);
}

/** Where the reduction of angles takes another path: its error is stated, not bounded to an ulp. */
const angleLimit = { float32: 1e5, float64: 1e9 } as const;

function ownError(node: Node, inputs: readonly Bounded[], i: number, y: number): number {
  if (!isFloat(node.dtype)) return 0;
  const unit = ulpOf(y, node.dtype);
  if (node.op === "integerPow") {
    const n = Math.abs(node.params.exponent);
    // What overflows on the way to a negative power gives 0 for a tiny number.
    const lost = node.params.exponent < 0 && Math.abs(y) < 8 * formatOf(node.dtype).normal ? 1 : 0;
    return n <= 1 && node.params.exponent >= 0
      ? 0
      : lost > 0
        ? Number.POSITIVE_INFINITY
        : Math.max(elementaryUlps, n + 2) * unit;
  }
  if (!elementary.has(node.op)) return 0;
  if (node.op === "sin" || node.op === "cos" || node.op === "tan") {
    const x = Math.abs(at(inputs, 0).value[i] ?? 0);
    if (x > angleLimit[node.dtype as "float32" | "float64"] && Number.isFinite(x))
      return 2 ** 10 * elementaryUlps * unit;
  }
  return Number.isFinite(y) ? elementaryUlps * unit : 0;
}

/** f(x ± e) about f(x): twice the largest difference, and what the function itself may add. */
function elementwise(node: Node, inputs: readonly Bounded[], value: TypedArray): Float64Array | undefined {
  const n = value.length;
  const result = new Float64Array(n);
  let any = false;
  const inexact: number[] = [];
  for (let i = 0; i < n; i += 1) {
    if (inputs.some((x) => (x.error?.[i] ?? 0) > 0)) inexact.push(i);
    else {
      const own = ownError(node, inputs, i, value[i] ?? 0);
      result[i] = own;
      if (own > 0) any = true;
    }
  }
  if (inexact.length > 0) {
    any = true;
    spread(node, inputs, value, inexact, result);
  }
  return any ? result : undefined;
}

function spread(
  node: Node,
  inputs: readonly Bounded[],
  value: TypedArray,
  where: readonly number[],
  result: Float64Array,
): void {
  for (const i of where) result[i] = 0;
  if (node.op === "select") {
    const [mask, a, b] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
    for (const i of where) {
      const chosen = mask.value[i] === 0 ? b : a;
      const same = Object.is(a.value[i], b.value[i]) && (a.error?.[i] ?? 0) === 0 && (b.error?.[i] ?? 0) === 0;
      result[i] = (mask.error?.[i] ?? 0) > 0 ? (same ? 0 : Number.POSITIVE_INFINITY) : (chosen.error?.[i] ?? 0);
    }
    return;
  }
  const small = node.inputs.map((x) => makeInput("", { shape: [where.length], dtype: x.dtype }));
  const local = remake(node, small, node.params);
  const equality = node.op === "eq" || node.op === "ne" || node.op === "lt" || node.op === "le";
  if (equality) {
    const [a, b] = [at(inputs, 0), at(inputs, 1)];
    for (const i of where) {
      const apart = Math.abs((a.value[i] ?? 0) - (b.value[i] ?? 0)) > (a.error?.[i] ?? 0) + (b.error?.[i] ?? 0);
      result[i] = apart ? 0 : Number.POSITIVE_INFINITY;
    }
    return;
  }
  const corners = 2 ** inputs.length;
  const centre = where.map((i) => value[i] ?? 0);
  for (let corner = 0; corner < corners; corner += 1) {
    const moved = inputs.map((x, n) => {
      const part = x.value.slice(0, where.length);
      where.forEach((i, j) => {
        part[j] = (x.value[i] ?? 0) + ((corner >> n) & 1 ? 1 : -1) * (x.error?.[i] ?? 0);
      });
      return part;
    });
    const y = evaluateNode(local, moved)[0];
    where.forEach((i, j) => {
      const [c, d] = [centre[j] ?? 0, y?.[j] ?? 0];
      if (Object.is(c, d)) return;
      const off = Math.abs(d - c);
      result[i] = Number.isFinite(off) ? Math.max(result[i] ?? 0, 2 * off) : Number.POSITIVE_INFINITY;
    });
  }
  const { tiny } = formatOf(node.dtype);
  const whole = !isFloat(node.dtype);
  for (const i of where) {
    const unknown = inputs.some((x) => !Number.isFinite(x.error?.[i] ?? 0));
    const y = value[i] ?? 0;
    // A remainder jumps where nobody looks.
    const jumps = node.op === "mod" && (result[i] ?? 0) * 4 >= Math.abs(at(inputs, 1).value[i] ?? 0);
    if (unknown || jumps || !Number.isFinite(y) || (whole && (result[i] ?? 0) > 0)) {
      const settled = !unknown && !jumps && (result[i] ?? 0) === 0;
      result[i] = settled ? 0 : Number.POSITIVE_INFINITY;
    } else if (!whole) {
      const own = ownError(node, inputs, i, y);
      // One rounding of either side, wherever the exact results fall.
      result[i] = (result[i] ?? 0) + own + ulpOf(Math.abs(y) + (result[i] ?? 0), node.dtype) + tiny;
    }
  }
}

export interface Difference {
  readonly element: number;
  readonly bound: number;
  readonly text: string;
}

/** The first element of `actual` that is further from `expected` than its bound. */
export function difference(
  actual: TypedArray | undefined,
  { value, error }: Bounded,
  dtype: DType,
  zerosEqual: boolean,
  tally?: Tally,
): Difference | undefined {
  if (actual === undefined || actual.length !== value.length || actual.constructor !== value.constructor) {
    const text = `an array of another kind or length: ${actual?.constructor.name}(${actual?.length})`;
    return { element: 0, bound: 0, text };
  }
  if (tally !== undefined) tally.elements += value.length;
  for (let i = 0; i < value.length; i += 1) {
    const [x, y] = [actual[i] ?? 0, value[i] ?? 0];
    const bound = error?.[i] ?? 0;
    if (Object.is(x, y) || (x === y && zerosEqual)) continue;
    if (bound === Number.POSITIVE_INFINITY) {
      if (tally !== undefined) tally.unknown += 1;
      continue;
    }
    if (x !== y && isFloat(dtype) && Math.abs(x - y) <= bound) continue;
    return { element: i, bound, text: `element ${i} is ${show(x)} where ${show(y)} is due, within ${bound}` };
  }
  return undefined;
}

function show(x: number): string {
  return Object.is(x, -0) ? "-0" : String(x);
}
