/** Makers of loops, custom nodes and host ops: what has several results. */
import { isFloat, type TypedArray } from "../../src/base/dtype.js";
import { sizeOf } from "../../src/base/shape.js";
import { binary, unary } from "../../src/graph/build.js";
import { loop } from "../../src/graph/loop.js";
import { make, makeInput, type Node, project, topological } from "../../src/graph/node.js";
import type { HostOp } from "../../src/graph/primitives.js";
import type { Maker } from "./maker.js";
import { Pool } from "./pool.js";

const sortOp: HostOp = {
  name: "fuzz.sort",
  key: "",
  vjp: (inputs) => inputs.map(() => undefined),
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

export const hosted: Maker = (pool) => {
  const node = make("host", [pool.some()], { op: sortOp });
  const picked = pool.random.subset([0, 1, 2], 0.6);
  for (const i of picked) pool.add(project(node, i));
  return picked.length === 0 ? project(node, 0) : undefined;
};

export const wrapped: Maker = (pool, depth, grow) => {
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

export const looped: Maker = (pool, depth, grow) => {
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
