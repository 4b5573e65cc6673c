/** The shape and dtype of every primitive's result. A misfit is an internal error: the public functions have checked before. */
import type { DType } from "../base/dtype.js";
import { isFloat } from "../base/dtype.js";
import { InternalError } from "../base/errors.js";
import { formatShape, reducedShape, type Shape, sameShape, sizeOf } from "../base/shape.js";
import type { Node } from "./node.js";
import type {
  Aval,
  BinaryPrimitive,
  ComparePrimitive,
  Primitive,
  PrimitiveParams,
  UnaryPrimitive,
} from "./primitives.js";

type ShapeRule<P extends Primitive> = (inputs: readonly Node[], params: PrimitiveParams[P]) => Aval | readonly Aval[];

export function inferShape<P extends Primitive>(
  op: P,
  inputs: readonly Node[],
  params: PrimitiveParams[P],
): Aval | readonly Aval[] {
  const rule: ShapeRule<P> = rules[op];
  return rule(inputs, params);
}

function check(condition: boolean, op: Primitive, inputs: readonly Node[]): void {
  if (condition) return;
  const list = inputs.map((n) => `${n.dtype}${formatShape(n.shape)}`).join(", ");
  throw new InternalError(`${op} does not take ${list}`);
}

function at(inputs: readonly Node[], i: number): Node {
  const node = inputs[i];
  if (node === undefined) throw new InternalError(`a primitive was given ${inputs.length} inputs, too few`);
  return node;
}

type Accepts = (dtype: DType) => boolean;
const numeric: Accepts = (d) => d !== "bool";
const integral: Accepts = (d) => d === "bool" || d === "int32";
const whole: Accepts = (d) => d === "int32";

const unary =
  (op: UnaryPrimitive, accepts: Accepts) =>
  (inputs: readonly Node[]): Aval => {
    const x = at(inputs, 0);
    check(inputs.length === 1 && accepts(x.dtype), op, inputs);
    return x;
  };
const binary =
  (op: BinaryPrimitive, accepts: Accepts) =>
  (inputs: readonly Node[]): Aval => {
    const [x, y] = [at(inputs, 0), at(inputs, 1)];
    check(inputs.length === 2 && x.dtype === y.dtype && sameShape(x.shape, y.shape) && accepts(x.dtype), op, inputs);
    return x;
  };
const compare =
  (op: ComparePrimitive) =>
  (inputs: readonly Node[]): Aval => {
    const [x, y] = [at(inputs, 0), at(inputs, 1)];
    check(inputs.length === 2 && x.dtype === y.dtype && sameShape(x.shape, y.shape), op, inputs);
    return { shape: x.shape, dtype: "bool" };
  };
const reduce =
  (op: Primitive, accepts: Accepts) =>
  (inputs: readonly Node[], params: { readonly axes: readonly number[] }): Aval => {
    const x = at(inputs, 0);
    const sorted = params.axes.every(
      (a, i) => a >= 0 && a < x.shape.length && (i === 0 || a > (params.axes[i - 1] ?? 0)),
    );
    check(sorted && accepts(x.dtype), op, inputs);
    return { shape: reducedShape(x.shape, params.axes, false), dtype: x.dtype };
  };
const argReduce =
  (op: Primitive) =>
  (inputs: readonly Node[], params: { readonly axis: number }): Aval => {
    const x = at(inputs, 0);
    check(params.axis >= 0 && (x.shape[params.axis] ?? 0) > 0, op, inputs);
    return { shape: reducedShape(x.shape, [params.axis], false), dtype: "int32" };
  };
const cumulative =
  (op: Primitive) =>
  (inputs: readonly Node[], params: { readonly axis: number }): Aval => {
    const x = at(inputs, 0);
    check(params.axis >= 0 && params.axis < x.shape.length && numeric(x.dtype), op, inputs);
    return x;
  };
const scatter =
  (op: Primitive) =>
  (inputs: readonly Node[]): Aval => {
    const [x, indices, updates] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
    const expected: Shape = [indices.shape[0] ?? 0, ...x.shape.slice(1)];
    const fits = indices.dtype === "int32" && indices.shape.length === 1 && x.shape.length >= 1;
    check(fits && updates.dtype === x.dtype && sameShape(updates.shape, expected), op, inputs);
    return x;
  };
const leaf = (op: Primitive) => (): never => {
  throw new InternalError(`${op} is a leaf and has a constructor of its own`);
};

const rules: { readonly [P in Primitive]: ShapeRule<P> } = {
  input: leaf("input"),
  buffer: leaf("buffer"),
  literal: leaf("literal"),
  scalar: leaf("scalar"),
  variable: (_, { variable }) => ({ shape: variable.shape, dtype: variable.dtype }),
  iota: (_, { shape, dtype }) => ({ shape, dtype }),

  neg: unary("neg", numeric),
  abs: unary("abs", numeric),
  sign: unary("sign", numeric),
  floor: unary("floor", isFloat),
  ceil: unary("ceil", isFloat),
  round: unary("round", isFloat),
  trunc: unary("trunc", isFloat),
  sqrt: unary("sqrt", isFloat),
  exp: unary("exp", isFloat),
  expm1: unary("expm1", isFloat),
  log: unary("log", isFloat),
  log1p: unary("log1p", isFloat),
  sin: unary("sin", isFloat),
  cos: unary("cos", isFloat),
  tan: unary("tan", isFloat),
  asin: unary("asin", isFloat),
  acos: unary("acos", isFloat),
  atan: unary("atan", isFloat),
  sinh: unary("sinh", isFloat),
  cosh: unary("cosh", isFloat),
  tanh: unary("tanh", isFloat),
  asinh: unary("asinh", isFloat),
  acosh: unary("acosh", isFloat),
  atanh: unary("atanh", isFloat),
  erf: unary("erf", isFloat),
  erfc: unary("erfc", isFloat),
  sigmoid: unary("sigmoid", isFloat),
  softplus: unary("softplus", isFloat),
  relu: unary("relu", numeric),
  not: unary("not", integral),

  add: binary("add", numeric),
  sub: binary("sub", numeric),
  mul: binary("mul", numeric),
  div: binary("div", isFloat),
  floorDiv: binary("floorDiv", whole),
  mod: binary("mod", numeric),
  pow: binary("pow", isFloat),
  max: binary("max", numeric),
  min: binary("min", numeric),
  atan2: binary("atan2", isFloat),
  and: binary("and", integral),
  or: binary("or", integral),
  xor: binary("xor", integral),
  shiftLeft: binary("shiftLeft", whole),
  shiftRight: binary("shiftRight", whole),

  eq: compare("eq"),
  ne: compare("ne"),
  lt: compare("lt"),
  le: compare("le"),

  cast: (inputs, { dtype }) => ({ shape: at(inputs, 0).shape, dtype }),
  integerPow: (inputs, { exponent }) => {
    const x = at(inputs, 0);
    check(
      Number.isInteger(exponent) && (isFloat(x.dtype) || (x.dtype === "int32" && exponent >= 0)),
      "integerPow",
      inputs,
    );
    return x;
  },
  select: (inputs) => {
    const [m, x, y] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
    const fits =
      m.dtype === "bool" && x.dtype === y.dtype && sameShape(x.shape, y.shape) && sameShape(m.shape, x.shape);
    check(fits, "select", inputs);
    return x;
  },
  threefry: (inputs, { shape }) => {
    const key = at(inputs, 0);
    check(key.dtype === "int32" && sameShape(key.shape, [2]), "threefry", inputs);
    return { shape, dtype: "int32" };
  },

  reshape: (inputs, { shape }) => {
    const x = at(inputs, 0);
    check(sizeOf(shape) === sizeOf(x.shape), "reshape", inputs);
    return { shape, dtype: x.dtype };
  },
  permute: (inputs, { permutation }) => {
    const x = at(inputs, 0);
    check(permutation.length === x.shape.length && new Set(permutation).size === x.shape.length, "permute", inputs);
    return { shape: permutation.map((axis) => x.shape[axis] ?? 0), dtype: x.dtype };
  },
  broadcast: (inputs, { shape }) => {
    const x = at(inputs, 0);
    check(shape.length === x.shape.length && x.shape.every((d, i) => d === shape[i] || d === 1), "broadcast", inputs);
    return { shape, dtype: x.dtype };
  },
  slice: (inputs, { start, size, step }) => {
    const x = at(inputs, 0);
    const inside = x.shape.every((d, i) => {
      const [s, n, by] = [start[i] ?? 0, size[i] ?? 0, step[i] ?? 1];
      const last = s + (n - 1) * by;
      return n === 0 || (s >= 0 && s < d && last >= 0 && last < d);
    });
    check(inside && start.length === x.shape.length, "slice", inputs);
    return { shape: size, dtype: x.dtype };
  },
  pad: (inputs, { low, high, interior }) => {
    const x = at(inputs, 0);
    const sane = [...low, ...high, ...interior].every((n) => n >= 0);
    check(sane && low.length === x.shape.length && high.length === x.shape.length, "pad", inputs);
    const shape = x.shape.map((d, i) => (low[i] ?? 0) + d + Math.max(0, d - 1) * (interior[i] ?? 0) + (high[i] ?? 0));
    return { shape, dtype: x.dtype };
  },
  concat: (inputs, { axis }) => {
    const first = at(inputs, 0);
    let total = 0;
    for (const x of inputs) {
      const fits = x.dtype === first.dtype && x.shape.length === first.shape.length;
      check(fits && x.shape.every((d, i) => i === axis || d === first.shape[i]), "concat", inputs);
      total += x.shape[axis] ?? 0;
    }
    return { shape: first.shape.map((d, i) => (i === axis ? total : d)), dtype: first.dtype };
  },

  sum: reduce("sum", numeric),
  prod: reduce("prod", numeric),
  reduceMax: reduce("reduceMax", () => true),
  reduceMin: reduce("reduceMin", () => true),
  argmax: argReduce("argmax"),
  argmin: argReduce("argmin"),
  cumsum: cumulative("cumsum"),
  cumprod: cumulative("cumprod"),

  matmul: (inputs) => {
    const [a, b] = [at(inputs, 0), at(inputs, 1)];
    const rank = a.shape.length;
    const fits = rank >= 2 && b.shape.length === rank && a.dtype === b.dtype && numeric(a.dtype);
    check(fits && a.shape[rank - 1] === b.shape[rank - 2], "matmul", inputs);
    check(sameShape(a.shape.slice(0, -2), b.shape.slice(0, -2)), "matmul", inputs);
    return { shape: [...a.shape.slice(0, -1), b.shape[rank - 1] ?? 0], dtype: a.dtype };
  },

  gather: (inputs) => {
    const [x, indices] = [at(inputs, 0), at(inputs, 1)];
    check(indices.dtype === "int32" && x.shape.length >= 1, "gather", inputs);
    return { shape: [...indices.shape, ...x.shape.slice(1)], dtype: x.dtype };
  },
  scatterAdd: scatter("scatterAdd"),
  scatterSet: scatter("scatterSet"),

  identity: (inputs) => at(inputs, 0),
  stopGradient: (inputs) => at(inputs, 0),
  project: (inputs, { index }) => {
    const aval = at(inputs, 0).outputs?.[index];
    if (aval === undefined) throw new InternalError(`project: result ${index} of a ${at(inputs, 0).op}`);
    return aval;
  },
  scan: (inputs, { body, length, constants, carries }) => {
    const fits = inputs.length === body.inputs.length && body.outputs.length >= carries;
    check(fits, "scan", inputs);
    inputs.forEach((x, i) => {
      const slot = at(body.inputs, i);
      const expected = i < constants + carries ? slot.shape : [length, ...slot.shape];
      check(x.dtype === slot.dtype && sameShape(x.shape, expected), "scan", inputs);
    });
    return body.outputs.map((y, i) => {
      if (i >= carries) return { shape: [length, ...y.shape], dtype: y.dtype };
      const carry = at(inputs, constants + i);
      check(y.dtype === carry.dtype && sameShape(y.shape, carry.shape), "scan", inputs);
      return { shape: y.shape, dtype: y.dtype };
    });
  },
  host: (inputs, { op }) => op.outputs(inputs),
  custom: (inputs, { body }) => {
    check(inputs.length === body.inputs.length, "custom", inputs);
    return body.outputs.map((y) => ({ shape: y.shape, dtype: y.dtype }));
  },
};
