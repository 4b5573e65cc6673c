/** Random graphs over all primitives, grown node by node. */
import { type DType, isFloat, type TypedArray } from "../../src/base/dtype.js";
import { sizeOf } from "../../src/base/shape.js";
import { binary, broadcastTo, cast, permute, reshape, select, swapLast, unary } from "../../src/graph/build.js";
import { loop } from "../../src/graph/loop.js";
import { make, makeInput, makeScalar, type Node, project, topological } from "../../src/graph/node.js";
import type {
  BinaryPrimitive,
  ComparePrimitive,
  HostOp,
  PrimitiveParams,
  UnaryPrimitive,
} from "../../src/graph/primitives.js";
import type { Variable } from "../../src/runtime/variable.js";
import { type Given, hugeElements, Pool, randomShape, type State, sliceTo } from "./pool.js";
import { Random } from "./random.js";

export interface FuzzCase {
  readonly inputs: readonly Given[];
  readonly states: readonly State[];
  readonly outputs: readonly Node[];
  readonly updates: readonly { readonly variable: Variable; readonly value: Node }[];
}

type Maker = (pool: Pool, depth: number) => Node | undefined;

const floatUnary: readonly UnaryPrimitive[] = [
  "neg",
  "abs",
  "sign",
  "floor",
  "ceil",
  "round",
  "trunc",
  "sqrt",
  "exp",
  "expm1",
  "log",
  "log1p",
  "sin",
  "cos",
  "tan",
  "asin",
  "acos",
  "atan",
  "sinh",
  "cosh",
  "tanh",
  "asinh",
  "acosh",
  "atanh",
  "erf",
  "sigmoid",
  "softplus",
  "relu",
];
const wholeUnary: readonly UnaryPrimitive[] = ["neg", "abs", "sign", "relu", "not"];
const floatBinary: readonly BinaryPrimitive[] = [
  "add",
  "add",
  "add",
  "sub",
  "sub",
  "mul",
  "mul",
  "mul",
  "div",
  "div",
  "mod",
  "pow",
  "max",
  "min",
  "atan2",
];
const wholeBinary: readonly BinaryPrimitive[] = [
  "add",
  "sub",
  "mul",
  "floorDiv",
  "mod",
  "max",
  "min",
  "and",
  "or",
  "xor",
  "shiftLeft",
  "shiftRight",
];
const compares: readonly ComparePrimitive[] = ["eq", "ne", "lt", "le"];
const numeric = (d: DType): boolean => d !== "bool";

/** Moves an operand into the op's domain, as programs do. */
function tame(op: UnaryPrimitive, x: Node): Node {
  switch (op) {
    case "sqrt":
      return unary("abs", x);
    case "log":
      return binary("add", unary("abs", x), 0.5);
    case "log1p":
      return unary("abs", x);
    case "asin":
    case "acos":
    case "atanh":
      return unary("sin", x);
    case "acosh":
      return binary("add", unary("abs", x), 1);
    case "exp":
    case "expm1":
    case "sinh":
    case "cosh":
      return binary("max", binary("min", x, 8), -8);
    default:
      return x;
  }
}

const elementwiseUnary: Maker = (pool) => {
  const { random } = pool;
  const x = pool.some();
  if (x.dtype === "bool") return unary("not", x);
  if (x.dtype === "int32") return unary(random.pick(wholeUnary), x);
  const op = random.pick(floatUnary);
  return unary(op, random.chance(0.75) ? tame(op, x) : x);
};

const elementwiseBinary: Maker = (pool) => {
  const { random } = pool;
  const x = pool.some();
  const y = pool.operand(x.shape, x.dtype);
  const [a, b] = random.chance(0.5) ? [x, y] : [y, x];
  if (x.dtype === "bool") return binary(random.pick<BinaryPrimitive>(["and", "or", "xor"]), a, b);
  if (isFloat(x.dtype)) {
    const op = random.pick(floatBinary);
    if (op === "pow" && random.chance(0.7)) return binary("pow", unary("abs", a), binary("min", b, 3));
    if (op === "div" && random.chance(0.5)) return binary("div", a, binary("add", unary("abs", b), 1));
    return binary(op, a, b);
  }
  const op = random.pick(wholeBinary);
  return op === "shiftLeft" || op === "shiftRight" ? binary(op, a, binary("and", b, 31)) : binary(op, a, b);
};

const comparison: Maker = (pool) => {
  const x = pool.some();
  return binary(pool.random.pick(compares), x, pool.operand(x.shape, x.dtype));
};

const selection: Maker = (pool) => {
  const x = pool.some();
  return select(pool.operand(x.shape, "bool"), x, pool.operand(x.shape, x.dtype));
};

const conversion: Maker = (pool) =>
  cast(pool.some(), pool.random.pick<DType>(["float32", "float64", "int32", "bool", "float32"]));

const power: Maker = (pool) => {
  const x = pool.some(numeric);
  return make("integerPow", [x], { exponent: pool.random.between(x.dtype === "int32" ? 0 : -4, 9) });
};

const scalarTimes: Maker = (pool) => {
  const x = pool.some(isFloat);
  if (pool.outer !== undefined) return undefined;
  const value = pool.random.pick([0.5, 3, 0.1, -1]);
  const node = pool.random.chance(0.5)
    ? makeScalar(x.dtype === "float32" ? Math.fround(value) : value, x.dtype)
    : pool.leaf([], x.dtype);
  return binary(pool.random.pick<BinaryPrimitive>(["mul", "add", "div"]), x, node);
};

function factors(random: Random, size: number): number[] {
  const shape: number[] = [];
  let rest = size;
  for (const p of [2, 3, 5, 7]) {
    while (rest % p === 0 && rest > 1 && random.chance(0.7)) {
      shape.push(p);
      rest /= p;
    }
  }
  shape.push(rest);
  let merged = random.shuffle(shape);
  while (merged.length > 5) merged = [(merged[0] ?? 1) * (merged[1] ?? 1), ...merged.slice(2)];
  if (merged.length < 5 && random.chance(0.3)) merged.splice(random.below(merged.length + 1), 0, 1);
  return merged;
}

const reshaped: Maker = (pool) => {
  const x = pool.some();
  const size = sizeOf(x.shape);
  if (size === 0) return reshape(x, pool.random.pick([[0], [0, 3], [2, 0], x.shape]));
  return make("reshape", [x], {
    shape: size === 1 ? pool.random.pick([[], [1], [1, 1, 1]]) : factors(pool.random, size),
  });
};

const permuted: Maker = (pool) => {
  const x = pool.some(
    () => true,
    (n) => n.shape.length >= 2,
  );
  return permute(x, pool.random.shuffle(x.shape.map((_, i) => i)));
};

const stretched: Maker = (pool) => {
  const { random } = pool;
  const x = pool.some(
    () => true,
    (n) => sizeOf(n.shape) < 200,
  );
  const shape = x.shape.map((d) => (d === 1 ? random.pick([1, 2, 3, 8]) : d));
  const extra = random.chance(0.5) && shape.length < 5 ? [random.pick([1, 2, 5])] : [];
  const target = [...extra, ...shape];
  return sizeOf(target) > 2000 ? undefined : broadcastTo(x, target);
};

const sliced: Maker = (pool) => {
  const { random } = pool;
  const x = pool.some(
    () => true,
    (n) => n.shape.length > 0,
  );
  const size = x.shape.map((d) => (d === 0 || random.chance(0.03) ? 0 : random.chance(0.4) ? d : random.between(1, d)));
  return sliceTo(random, x, size);
};

const padded: Maker = (pool) => {
  const { random } = pool;
  const x = pool.some(
    () => true,
    (n) => sizeOf(n.shape) < 300 && n.shape.length > 0,
  );
  const some = (most: number): number[] => x.shape.map(() => (random.chance(0.5) ? 0 : random.between(0, most)));
  const interior = x.shape.map(() => (random.chance(0.75) ? 0 : random.between(1, 2)));
  const value = isFloat(x.dtype) ? random.pick([0, 0, -1, 0.5, Number.NEGATIVE_INFINITY]) : random.below(2);
  const node = make("pad", [x], { low: some(3), high: some(3), interior, value });
  return sizeOf(node.shape) > 4000 ? undefined : node;
};

const joined: Maker = (pool) => {
  const { random } = pool;
  const x = pool.some(
    () => true,
    (n) => n.shape.length > 0 && sizeOf(n.shape) < 1000,
  );
  const axis = random.below(x.shape.length);
  const part = (): Node =>
    pool.operand(
      x.shape.map((d, i) => (i === axis ? random.pick([d, 1, 2, 3, 0]) : d)),
      x.dtype,
    );
  const parts = random.shuffle([x, ...Array.from({ length: random.between(0, 3) }, part)]);
  return make("concat", parts, { axis });
};

function axesOf(random: Random, x: Node): number[] {
  const axes = x.shape.map((_, i) => i);
  const mode = random.uniform();
  if (mode < 0.2) return axes;
  if (mode < 0.6 && axes.length > 0) return [random.pick(axes)];
  return random.subset(axes, 0.5);
}

const reduction: Maker = (pool) => {
  const { random } = pool;
  const op = random.pick<"sum" | "prod" | "reduceMax" | "reduceMin">([
    "sum",
    "sum",
    "sum",
    "prod",
    "reduceMax",
    "reduceMin",
  ]);
  const order = op === "reduceMax" || op === "reduceMin";
  const x = pool.some(order ? () => true : numeric);
  const axes = axesOf(random, x);
  if (order && axes.some((a) => x.shape[a] === 0)) return undefined;
  return make(op, [x], { axes });
};

/** Reductions that one kernel may share, and arithmetic on their results. */
const statistics: Maker = (pool) => {
  const { random } = pool;
  const x = pool.some(isFloat);
  const axes = axesOf(random, x);
  const n = Math.max(
    1,
    axes.reduce((p, a) => p * (x.shape[a] ?? 1), 1),
  );
  const kept = x.shape.map((d, i) => (axes.includes(i) ? 1 : d));
  const mean = binary("div", make("sum", [x], { axes }), n);
  const centred = binary("sub", x, broadcastTo(reshape(mean, kept), x.shape));
  const variance = binary("div", make("sum", [binary("mul", centred, centred)], { axes }), n);
  if (random.chance(0.3)) return binary("add", variance, mean);
  const scale = unary("sqrt", binary("add", variance, 0.01));
  return binary("div", centred, broadcastTo(reshape(scale, kept), x.shape));
};

const softmax: Maker = (pool) => {
  const x = pool.some(isFloat, (n) => n.shape.length > 0 && sizeOf(n.shape) > 0);
  const axis = pool.random.below(x.shape.length);
  const kept = x.shape.map((d, i) => (i === axis ? 1 : d));
  const spread = (y: Node): Node => broadcastTo(reshape(y, kept), x.shape);
  const e = unary("exp", binary("sub", x, spread(make("reduceMax", [x], { axes: [axis] }))));
  return binary("div", e, spread(make("sum", [e], { axes: [axis] })));
};

const position: Maker = (pool) => {
  const { random } = pool;
  const x = pool.some(
    () => true,
    (n) => n.shape.length > 0 && sizeOf(n.shape) > 0,
  );
  return make(random.chance(0.5) ? "argmax" : "argmin", [x], { axis: random.below(x.shape.length) });
};

const running: Maker = (pool) => {
  const { random } = pool;
  const x = pool.some(numeric, (n) => n.shape.length > 0);
  const op = random.chance(0.65) ? "cumsum" : "cumprod";
  return make(op, [x], { axis: random.below(x.shape.length), reverse: random.chance(0.4) });
};

const extents = [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 15, 16, 17, 20, 24, 25, 31, 32, 33, 37, 40];

const product: Maker = (pool) => {
  const { random } = pool;
  const dtype = random.pick<DType>(["float32", "float32", "float32", "float64", "float64", "int32"]);
  const extent = (): number =>
    random.chance(0.02) ? 0 : random.pick(random.chance(0.5) ? extents.slice(0, 8) : extents);
  let [m, k, n] = [extent(), extent(), extent()];
  if (pool.outer === undefined && random.chance(0.02))
    [m, k, n] = random.pick([
      [70, 130, 90],
      [3, 600, 5],
      [130, 4, 257],
      [65, 300, 33],
    ]) as [number, number, number];
  const batch = random.pick<readonly number[]>([[], [], [], [2], [3], [1], [2, 3], [0]]);
  const size = sizeOf(batch);
  if (size * m * n > 12000 || size * m * k > 10000 || size * k * n > 12000) return undefined;
  let a: Node;
  const existing = pool.nodes.filter((x) => x.dtype === dtype && x.shape.length >= 2 && sizeOf(x.shape) <= 4000);
  if (existing.length > 0 && random.chance(0.5)) a = random.pickLate(existing);
  else a = operandOf(pool, [...batch, m, k], dtype);
  const lead = a.shape.slice(0, -2);
  const inner = a.shape.at(-1) ?? 0;
  if (sizeOf(lead) * inner * n > 12000 || sizeOf(lead) * (a.shape.at(-2) ?? 0) * n > 12000) return undefined;
  const b = operandOf(pool, [...lead, inner, n], dtype);
  const result = random.chance(0.15) ? make("matmul", [swapLast(b), swapLast(a)], {}) : make("matmul", [a, b], {});
  if (!isFloat(dtype) || random.chance(0.5)) return result;
  // The usual ends of a layer.
  const bias = binary("add", result, pool.operand([result.shape.at(-1) ?? 0], dtype));
  return random.chance(0.5) ? bias : unary(random.pick<UnaryPrimitive>(["relu", "tanh", "sigmoid"]), bias);
};

function operandOf(pool: Pool, shape: readonly number[], dtype: DType): Node {
  const x = pool.operand(shape, dtype);
  const mode = pool.random.uniform();
  if (mode < 0.25) return swapLast(pool.operand(swapped(shape), dtype));
  return mode < 0.35 && isFloat(dtype) ? unary("relu", x) : x;
}

function swapped(shape: readonly number[]): number[] {
  const n = shape.length;
  return [...shape.slice(0, n - 2), shape[n - 1] ?? 0, shape[n - 2] ?? 0];
}

/** Indices in [0, rows): of integers of the graph, or fresh. */
function indicesOf(pool: Pool, shape: readonly number[], rows: number): Node {
  return binary("mod", pool.operand(shape, "int32"), rows);
}

const gathered: Maker = (pool) => {
  const { random } = pool;
  const x = pool.some(
    () => true,
    (n) => n.shape.length > 0 && (n.shape[0] ?? 0) > 0 && sizeOf(n.shape) < 3000,
  );
  const rows = x.shape[0] ?? 1;
  const shape = random.pick<readonly number[]>([[], [1], [3], [5], [2, 3], [17], [0]]);
  if ((sizeOf(x.shape) / rows) * sizeOf(shape) > 4000 || x.shape.length + shape.length > 6) return undefined;
  return make("gather", [x, indicesOf(pool, shape, rows)], {});
};

const scattered: Maker = (pool) => {
  const { random } = pool;
  const add = random.chance(0.5);
  const x = pool.some(
    add ? numeric : () => true,
    (n) => n.shape.length > 0 && (n.shape[0] ?? 0) > 0 && sizeOf(n.shape) < 3000,
  );
  const count = random.pick([0, 1, 2, 5, 9]);
  const updates = pool.operand([count, ...x.shape.slice(1)], x.dtype);
  return make(add ? "scatterAdd" : "scatterSet", [x, indicesOf(pool, [count], x.shape[0] ?? 1), updates], {});
};

const randomBits: Maker = (pool) => {
  const shape = randomShape(pool.random);
  const bits = make("threefry", [pool.operand([2], "int32")], { shape });
  if (pool.random.chance(0.3)) return bits;
  return binary(
    "mul",
    cast(make("shiftRight", [bits, broadcastTo(pool.constant([], "int32"), shape)], {}), "float32"),
    2 ** -32,
  );
};

const sortOp: HostOp = {
  name: "fuzz.sort",
  key: "",
  outputs: ([x]) =>
    x === undefined
      ? []
      : [x, { shape: x.shape, dtype: "int32" }, { shape: [], dtype: x.dtype === "bool" ? "int32" : x.dtype }],
  run: ([x], [aval]) => {
    if (x === undefined || aval === undefined) return [];
    const order = Int32Array.from(x.keys()).sort((i, j) => rank(x[i] ?? 0, x[j] ?? 0) || i - j);
    const sorted = x.slice();
    order.forEach((from, to) => {
      sorted[to] = x[from] ?? 0;
    });
    const first = aval.dtype === "bool" ? new Int32Array(1) : x.slice(0, 1);
    const single: TypedArray = first.length === 1 ? first : emptyLike(x);
    return [sorted, order, single];
  },
};

function emptyLike(x: TypedArray): TypedArray {
  return x instanceof Float32Array
    ? new Float32Array(1)
    : x instanceof Float64Array
      ? new Float64Array(1)
      : new Int32Array(1);
}

function rank(a: number, b: number): number {
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : 1;
  return Number.isNaN(b) ? -1 : a - b;
}

const hosted: Maker = (pool) => {
  const node = make("host", [pool.some()], { op: sortOp });
  const picked = pool.random.subset([0, 1, 2], 0.6);
  for (const i of picked) pool.add(project(node, i));
  return picked.length === 0 ? project(node, 0) : undefined;
};

const wrapped: Maker = (pool, depth) => {
  const { random } = pool;
  const outer = Array.from({ length: random.between(1, 3) }, () => pool.some());
  const slots = outer.map((x) => makeInput("in", x));
  const inner = new Pool(random, new Pool(random, pool));
  for (const slot of slots) inner.add(slot);
  grow(inner, random.between(1, 4), depth + 1);
  const allowed = inner.nodes.filter((n) => topological([n]).every((m) => closedUnder(m, slots)));
  const outputs = random.subset(allowed, 0.4);
  if (outputs.length === 0) return undefined;
  const node = make("custom", outer, { body: { inputs: slots, outputs }, rule: { name: "fuzz" } });
  outputs.forEach((_, i) => {
    pool.add(project(node, i));
  });
  return undefined;
};

function closedUnder(node: Node, slots: readonly Node[]): boolean {
  return (node.op !== "input" && node.op !== "variable") || slots.includes(node);
}

const looped: Maker = (pool, depth) => {
  const { random } = pool;
  if (depth >= 2) return undefined;
  const length = random.pick([0, 1, 2, 3, 5, 8]);
  const small = (n: Node): boolean => sizeOf(n.shape) <= 400;
  const constants = Array.from({ length: random.below(3) }, () => pool.some(() => true, small));
  const carries = Array.from({ length: random.pick([0, 1, 1, 2, 3]) }, () => pool.some(() => true, small));
  const stacked = Array.from({ length: random.below(3) }, () => {
    const like = pool.some(
      () => true,
      (n) => sizeOf(n.shape) <= 150 && n.shape.length < 5,
    );
    return pool.operand([length, ...like.shape], like.dtype);
  });
  if (carries.length + stacked.length === 0) return undefined;
  let made = 0;
  const result = loop({ constants, carries, stacked, length, reverse: random.chance(0.3) }, (c, x, s) => {
    const inner = new Pool(random, root(pool));
    for (const n of [...c, ...x, ...s]) inner.add(n);
    // Now and then something from around the loop.
    for (const n of random.subset(pool.nodes.filter(small), 0.15)) inner.add(n);
    grow(inner, random.between(1, 6), depth + 1);
    const next = x.map((carry) => (random.chance(0.08) ? carry : carried(inner, x, carry)));
    const stackable = inner.nodes.filter((n) => sizeOf(n.shape) * length <= 4000 && n.shape.length < 5);
    const out = stackable.length === 0 ? [] : Array.from({ length: random.below(3) }, () => random.pickLate(stackable));
    made = out.length;
    return { carries: next, stacked: out };
  });
  for (const n of random.subset([...result.carries, ...result.stacked.slice(0, made)], 0.8)) pool.add(n);
  return undefined;
};

function root(pool: Pool): Pool {
  return pool.outer === undefined ? pool : root(pool.outer);
}

/** The next value of a carry: of the body's own values, another carry's, or made to fit. */
function carried(inner: Pool, carries: readonly Node[], carry: Node): Node {
  const { random } = inner;
  const fits = (n: Node): boolean => n.dtype === carry.dtype && n.shape.join() === carry.shape.join();
  const made = inner.nodes.filter((n) => fits(n) && !carries.includes(n));
  if (made.length > 0 && random.chance(0.6)) return random.pickLate(made);
  const other = carries.filter((n) => fits(n) && n !== carry);
  if (other.length > 0 && random.chance(0.5)) return random.pick(other);
  const y = inner.operand(carry.shape, carry.dtype);
  if (carry.dtype === "bool") return binary("xor", carry, y);
  return isFloat(carry.dtype) ? unary("tanh", binary("add", carry, y)) : binary("add", carry, y);
}

const plain: Maker = (pool) =>
  make(pool.random.chance(0.5) ? "identity" : "stopGradient", [pool.some()], {} as PrimitiveParams["identity"]);
const fresh: Maker = (pool) =>
  pool.leaf(randomShape(pool.random), pool.random.pick<DType>(["float32", "float64", "int32", "bool"]));
const constant: Maker = (pool) =>
  pool.constant(randomShape(pool.random), pool.random.pick<DType>(["float32", "float64", "int32", "bool"]));

const makers: readonly (readonly [number, Maker])[] = [
  [14, elementwiseUnary],
  [18, elementwiseBinary],
  [4, comparison],
  [5, selection],
  [4, conversion],
  [2, power],
  [3, scalarTimes],
  [5, reshaped],
  [5, permuted],
  [4, stretched],
  [6, sliced],
  [4, padded],
  [4, joined],
  [8, reduction],
  [3, statistics],
  [2, softmax],
  [3, position],
  [3, running],
  [8, product],
  [4, gathered],
  [3, scattered],
  [2, randomBits],
  [2, hosted],
  [1, wrapped],
  [3, looped],
  [1, plain],
  [2, fresh],
  [1, constant],
];
const total = makers.reduce((n, [weight]) => n + weight, 0);

function grow(pool: Pool, count: number, depth: number): void {
  for (let i = 0; i < count; i += 1) {
    let at = pool.random.uniform() * total;
    const maker = makers.find(([weight]) => {
      at -= weight;
      return at < 0;
    });
    const node = maker?.[1](pool, depth);
    if (node !== undefined && node.outputs === undefined && sizeOf(node.shape) <= hugeElements) pool.add(node);
  }
}

/** The graph of a seed: the same on any machine. */
export function generate(seed: number): FuzzCase {
  const random = new Random(seed);
  const pool = new Pool(random);
  grow(pool, random.pick([2, 4, 6, 10, 14, 20]), 0);
  if (pool.nodes.length === 0) pool.leaf([2, 3], "float32");
  const read = new Set(topological(pool.nodes).flatMap((n) => n.inputs));
  const ends = pool.nodes.filter((n) => !read.has(n));
  const outputs = random.shuffle(ends).slice(0, random.between(1, 5));
  outputs.push(...random.subset(pool.nodes, 0.06));
  if (outputs.length === 0 || random.chance(0.03)) outputs.push(random.pick(pool.nodes));
  const updates = updatesOf(pool);
  // What the updates have made may be new leaves.
  return { inputs: pool.inputs, states: pool.states, outputs, updates };
}

function updatesOf(pool: Pool): { variable: Variable; value: Node }[] {
  const { random } = pool;
  const updates = new Map<Variable, Node>();
  const states = [...pool.states];
  for (const { variable, node } of states) {
    if (updates.has(variable) || !random.chance(0.6)) continue;
    const mode = random.uniform();
    const twin = states.find(
      (s) => s.variable !== variable && s.node.dtype === node.dtype && s.node.shape.join() === node.shape.join(),
    );
    if (mode < 0.15 || (twin !== undefined && mode < 0.4)) {
      // Two variables change places.
      const other = twin ?? addState(pool, node);
      updates.set(variable, other.node);
      updates.set(other.variable, node);
    } else if (mode < 0.7 && isFloat(node.dtype)) {
      const step = binary("mul", pool.operand(node.shape, node.dtype), 0.125);
      updates.set(variable, binary("sub", node, step));
    } else updates.set(variable, pool.operand(node.shape, node.dtype));
  }
  return [...updates].map(([variable, value]) => ({ variable, value }));
}

function addState(pool: Pool, like: Node): State {
  for (;;) {
    const before = pool.states.length;
    pool.leaf(like.shape, like.dtype);
    const state = pool.states.at(-1);
    if (pool.states.length > before && state !== undefined) return state;
  }
}
