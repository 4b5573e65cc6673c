/**
 * Values with bounds on their rounding errors. Each node is evaluated by the interpreter, and beside its value goes a bound on how far a compiled
 * program may be from it: what the errors of its inputs become, and what the node itself may add (4 ulp for elementary functions, k·u·Σ|terms| for
 * a sum of k terms with u the unit roundoff, nothing for what is rounded correctly). An infinite bound says that nothing is known.
 */
import { allocate, isFloat, type TypedArray } from "../base/dtype.js";
import { sizeOf } from "../base/shape.js";
import { make, type Node, topological } from "../graph/node.js";
import { type Graph, isElementwise, type PrimitiveParams } from "../graph/primitives.js";
import { evaluateNode } from "../targets/interpreter/interpret.js";
import { zeroSignFree } from "./accuracy.js";
import { elementwise } from "./bound-elementwise.js";
import { products, sums } from "./bound-sums.js";
import { allUnknown, at, type Bounded, doubleOf, errorsOf, isInexact, remake, shadow } from "./bound-values.js";
import { formatOf } from "./precision.js";

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
