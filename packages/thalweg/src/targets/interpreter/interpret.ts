/**
 * The oracle: evaluates a graph node by node on contiguous typed arrays (bool as bytes 0 and 1). It is written to be right at a glance, and every
 * compiled target is tested against it. A float32 result is rounded once per node, from float64; sums are compensated.
 */
import { allocate, type DType, type TypedArray } from "../../base/dtype.js";
import { InternalError } from "../../base/errors.js";
import { randomBits } from "../../base/random.js";
import { formatShape, sizeOf } from "../../base/shape.js";
import { type Node, type NodeFor, topological } from "../../graph/node.js";
import type {
  BinaryPrimitive,
  ComparePrimitive,
  Graph,
  Primitive,
  UnaryPrimitive,
  VariableRef,
} from "../../graph/primitives.js";
import { binaryRules, compareRules, convert, integerPower, unaryRules } from "./elementwise.js";
import { gather, scatterAdd, scatterSet } from "./indexed.js";
import * as reductions from "./reductions.js";
import * as views from "./views.js";

/** Where the values of leaves come from. */
export interface Environment {
  input(node: NodeFor<"input">): TypedArray;
  variable(ref: VariableRef): TypedArray;
  /** Missing: the value the node was made with. */
  scalar?(node: NodeFor<"scalar">): number;
  /** Told every value as it is computed, one array a result; not inside the bodies of scan and custom. */
  onNode?(node: Node, values: readonly TypedArray[]): void;
}

type Rule<P extends Primitive> = (
  node: NodeFor<P>,
  inputs: readonly TypedArray[],
  env: Environment,
) => TypedArray | readonly TypedArray[];

/** The values of `outputs`. Arrays may be shared between results, inputs and buffers: treat them as read-only. */
export function interpret(outputs: readonly Node[], env: Environment): TypedArray[] {
  const run = prepare(outputs);
  return run(env);
}

/** One node on the given values of its inputs: an array for each of its results. `env` is asked only by leaves and by variables in bodies. */
export function evaluateNode(
  node: Node,
  inputs: readonly TypedArray[],
  env: Environment = closedEnvironment,
): readonly TypedArray[] {
  const given = inputs.length;
  if (given !== node.inputs.length) {
    throw new InternalError(`${node.op} has ${node.inputs.length} inputs, but values for ${given} were given`);
  }
  const result = evaluate<Primitive>(node, inputs, env);
  const values = Array.isArray(result) ? (result as readonly TypedArray[]) : [result as TypedArray];
  checkSizes(node, values);
  return values;
}

const closedEnvironment: Environment = {
  input(node) {
    throw new InternalError(`there is no value for input ${node.params.name}`);
  },
  variable(ref) {
    throw new InternalError(`there is no value for variable ${ref.name}`);
  },
};

function evaluate<P extends Primitive>(
  node: NodeFor<P>,
  inputs: readonly TypedArray[],
  env: Environment,
): TypedArray | readonly TypedArray[] {
  const rule: Rule<P> = interpreterRules[node.op];
  return rule(node, inputs, env);
}

function checkSizes(node: Node, values: readonly TypedArray[]): void {
  const avals = node.outputs ?? [node];
  avals.forEach(({ shape, dtype }, i) => {
    const value = values[i];
    if (value === undefined || value.length !== sizeOf(shape) || !(value instanceof arrayOf[dtype])) {
      const found = value === undefined ? "nothing" : `${value.constructor.name}(${value.length})`;
      throw new InternalError(`${node.op} gave ${found} where ${dtype}${formatShape(shape)} was due`);
    }
  });
}

const arrayOf = { bool: Uint8Array, int32: Int32Array, float32: Float32Array, float64: Float64Array } as const;

/** Orders the graph once and finds where each value is used last, so that bodies of loops run again and again at little cost. */
function prepare(outputs: readonly Node[]): (env: Environment) => TypedArray[] {
  const order = topological(outputs);
  const kept = new Set(outputs);
  const lastUse = new Map<Node, Node>();
  for (const node of order) for (const input of node.inputs) lastUse.set(input, node);
  return (env) => {
    const values = new Map<Node, readonly TypedArray[]>();
    for (const node of order) {
      const inputs = node.op === "project" ? [] : node.inputs.map((input) => single(values, input));
      let value: readonly TypedArray[];
      if (node.op === "project") {
        const source = node.inputs[0];
        const all = source === undefined ? undefined : values.get(source);
        value = [at(all ?? [], node.params.index)];
      } else {
        value = evaluateNode(node, inputs, env);
      }
      values.set(node, value);
      env.onNode?.(node, value);
      for (const input of node.inputs) if (lastUse.get(input) === node && !kept.has(input)) values.delete(input);
    }
    return outputs.map((output) => single(values, output));
  };
}

function single(values: ReadonlyMap<Node, readonly TypedArray[]>, node: Node): TypedArray {
  if (node.outputs !== undefined) throw new InternalError(`${node.op} has several results: one must be projected`);
  return at(values.get(node) ?? [], 0);
}

function at<T>(list: readonly T[], i: number): T {
  const item = list[i];
  if (item === undefined) throw new InternalError(`the interpreter has no value ${i}`);
  return item;
}

function constant(value: number, dtype: DType): TypedArray {
  return allocate(dtype, 1).fill(value);
}

const unary =
  <P extends UnaryPrimitive>(op: P): Rule<P> =>
  (node, inputs) => {
    const rule = unaryRules[op];
    const x = at(inputs, 0);
    const result = allocate(node.dtype, x.length);
    for (let i = 0; i < x.length; i += 1) result[i] = rule(x[i] ?? 0, node.dtype);
    return result;
  };

const binary =
  <P extends BinaryPrimitive>(op: P): Rule<P> =>
  (node, inputs) => {
    const rule = binaryRules[op];
    const [a, b] = [at(inputs, 0), at(inputs, 1)];
    const result = allocate(node.dtype, a.length);
    for (let i = 0; i < a.length; i += 1) result[i] = rule(a[i] ?? 0, b[i] ?? 0, node.dtype);
    return result;
  };

const compare =
  <P extends ComparePrimitive>(op: P): Rule<P> =>
  (_, inputs) => {
    const rule = compareRules[op];
    const [a, b] = [at(inputs, 0), at(inputs, 1)];
    const result = new Uint8Array(a.length);
    for (let i = 0; i < a.length; i += 1) result[i] = rule(a[i] ?? 0, b[i] ?? 0) ? 1 : 0;
    return result;
  };

function runBody(body: Graph): (inputs: readonly TypedArray[], env: Environment) => TypedArray[] {
  const run = prepare(body.outputs);
  return (inputs, env) =>
    run({
      input: (node) => at(inputs, body.inputs.indexOf(node)),
      variable: (ref) => env.variable(ref),
      scalar: (node) => env.scalar?.(node) ?? node.params.value,
    });
}

const scan: Rule<"scan"> = ({ params, outputs }, inputs, env) => {
  const { body, length, reverse, constants, carries } = params;
  const run = runBody(body);
  const fixed = inputs.slice(0, constants);
  const stacked = inputs.slice(constants + carries);
  let state = inputs.slice(constants, constants + carries);
  const collected = (outputs ?? []).slice(carries).map(({ shape, dtype }) => allocate(dtype, sizeOf(shape)));
  for (let step = 0; step < length; step += 1) {
    const position = reverse ? length - 1 - step : step;
    const slices = stacked.map((x) => {
      const width = x.length / length;
      return x.slice(position * width, (position + 1) * width);
    });
    const results = run([...fixed, ...state, ...slices], env);
    state = results.slice(0, carries);
    collected.forEach((target, i) => {
      const part = at(results, carries + i);
      target.set(part, position * part.length);
    });
  }
  return [...state, ...collected];
};

const first = (_: unknown, inputs: readonly TypedArray[]): TypedArray => at(inputs, 0);
const shapeOf = (node: Node, i: number): readonly number[] => at(node.inputs, i).shape;

export const interpreterRules: { readonly [P in Primitive]: Rule<P> } = {
  input: (node, _, env) => env.input(node),
  buffer: (node) => {
    if (node.storage === undefined) throw new InternalError("a buffer without a value");
    return node.storage;
  },
  variable: (node, _, env) => env.variable(node.params.variable),
  literal: (node) => constant(node.params.value, node.dtype),
  scalar: (node, _, env) => constant(env.scalar?.(node) ?? node.params.value, node.dtype),
  iota: ({ params: { axis, shape, dtype } }) => {
    const strides = shape.map((_, i) => (i === axis ? 1 : 0));
    const counted = views.offsets(shape, strides);
    const result = allocate(dtype, counted.length);
    result.set(counted);
    return result;
  },

  neg: unary("neg"),
  abs: unary("abs"),
  sign: unary("sign"),
  floor: unary("floor"),
  ceil: unary("ceil"),
  round: unary("round"),
  trunc: unary("trunc"),
  sqrt: unary("sqrt"),
  exp: unary("exp"),
  expm1: unary("expm1"),
  log: unary("log"),
  log1p: unary("log1p"),
  sin: unary("sin"),
  cos: unary("cos"),
  tan: unary("tan"),
  asin: unary("asin"),
  acos: unary("acos"),
  atan: unary("atan"),
  sinh: unary("sinh"),
  cosh: unary("cosh"),
  tanh: unary("tanh"),
  asinh: unary("asinh"),
  acosh: unary("acosh"),
  atanh: unary("atanh"),
  erf: unary("erf"),
  erfc: unary("erfc"),
  sigmoid: unary("sigmoid"),
  softplus: unary("softplus"),
  relu: unary("relu"),
  not: unary("not"),

  add: binary("add"),
  sub: binary("sub"),
  mul: binary("mul"),
  div: binary("div"),
  floorDiv: binary("floorDiv"),
  mod: binary("mod"),
  pow: binary("pow"),
  max: binary("max"),
  min: binary("min"),
  atan2: binary("atan2"),
  and: binary("and"),
  or: binary("or"),
  xor: binary("xor"),
  shiftLeft: binary("shiftLeft"),
  shiftRight: binary("shiftRight"),

  eq: compare("eq"),
  ne: compare("ne"),
  lt: compare("lt"),
  le: compare("le"),

  cast: (node, inputs) => {
    const from = at(node.inputs, 0).dtype;
    const x = at(inputs, 0);
    const result = allocate(node.dtype, x.length);
    for (let i = 0; i < x.length; i += 1) result[i] = convert(x[i] ?? 0, from, node.dtype);
    return result;
  },
  integerPow: (node, inputs) => {
    const x = at(inputs, 0);
    const result = allocate(node.dtype, x.length);
    for (let i = 0; i < x.length; i += 1) result[i] = integerPower(x[i] ?? 0, node.params.exponent, node.dtype);
    return result;
  },
  select: (node, inputs) => {
    const [mask, a, b] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
    const result = allocate(node.dtype, mask.length);
    for (let i = 0; i < mask.length; i += 1) result[i] = (mask[i] !== 0 ? a[i] : b[i]) ?? 0;
    return result;
  },
  threefry: (node, inputs) => randomBits(at(inputs, 0), sizeOf(node.params.shape)),

  reshape: first,
  permute: (node, inputs) => views.permute(at(inputs, 0), shapeOf(node, 0), node.params.permutation, node.dtype),
  broadcast: (node, inputs) => views.broadcast(at(inputs, 0), shapeOf(node, 0), node.params.shape, node.dtype),
  slice: (node, inputs) => views.slice(at(inputs, 0), shapeOf(node, 0), node.params, node.dtype),
  pad: (node, inputs) => views.pad(at(inputs, 0), shapeOf(node, 0), node.shape, node.params, node.dtype),
  concat: (node, inputs) => {
    const parts = inputs.map((data, i) => ({ data, shape: shapeOf(node, i) }));
    return views.concat(parts, node.shape, node.params.axis, node.dtype);
  },

  sum: (node, inputs) => {
    const { axes } = node.params;
    return reductions.reduce(at(inputs, 0), shapeOf(node, 0), axes, node.dtype, (x) => reductions.sum(x, node.dtype));
  },
  prod: (node, inputs) => {
    const { axes } = node.params;
    return reductions.reduce(at(inputs, 0), shapeOf(node, 0), axes, node.dtype, (x) =>
      reductions.product(x, node.dtype),
    );
  },
  reduceMax: (node, inputs) =>
    reductions.reduce(at(inputs, 0), shapeOf(node, 0), node.params.axes, node.dtype, reductions.maximum),
  reduceMin: (node, inputs) =>
    reductions.reduce(at(inputs, 0), shapeOf(node, 0), node.params.axes, node.dtype, reductions.minimum),
  argmax: (node, inputs) =>
    reductions.reduce(at(inputs, 0), shapeOf(node, 0), [node.params.axis], "int32", reductions.indexOfMaximum),
  argmin: (node, inputs) =>
    reductions.reduce(at(inputs, 0), shapeOf(node, 0), [node.params.axis], "int32", reductions.indexOfMinimum),
  cumsum: (node, inputs) =>
    reductions.cumulate(at(inputs, 0), node.shape, node.params, node.dtype, reductions.runningSum),
  cumprod: (node, inputs) =>
    reductions.cumulate(at(inputs, 0), node.shape, node.params, node.dtype, reductions.runningProduct),
  matmul: (node, inputs) =>
    reductions.matmul(at(inputs, 0), shapeOf(node, 0), at(inputs, 1), shapeOf(node, 1), node.dtype),

  gather: (node, inputs) => gather(at(inputs, 0), shapeOf(node, 0), at(inputs, 1), node.dtype, node.params.error),
  scatterAdd: (node, inputs) => scatterAdd(at(inputs, 0), node.shape, at(inputs, 1), at(inputs, 2), node.dtype),
  scatterSet: (node, inputs) => scatterSet(at(inputs, 0), node.shape, at(inputs, 1), at(inputs, 2)),

  identity: first,
  stopGradient: first,
  // Its input is the array that it stands for: a node of several results has no single value to pass.
  project: first,
  scan,
  host: (node, inputs) =>
    node.params.op.run(
      inputs,
      node.inputs.map(({ shape, dtype }) => ({ shape, dtype })),
    ),
  custom: (node, inputs, env) => runBody(node.params.body)(inputs, env),
};
