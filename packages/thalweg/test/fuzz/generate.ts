/** Random graphs over all primitives, grown node by node. */
import { backward } from "../../src/autodiff/vjp.js";
import { type DType, isFloat } from "../../src/base/dtype.js";
import { sizeOf } from "../../src/base/shape.js";
import { binary } from "../../src/graph/build.js";
import { make, type Node, topological } from "../../src/graph/node.js";
import type { PrimitiveParams } from "../../src/graph/primitives.js";
import type { Variable } from "../../src/runtime/variable.js";
import type { Maker } from "./maker.js";
import {
  gathered,
  joined,
  padded,
  permuted,
  randomBits,
  reshaped,
  scattered,
  sliced,
  stretched,
} from "./makers-arrays.js";

import {
  comparison,
  conversion,
  elementwiseBinary,
  elementwiseUnary,
  power,
  scalarTimes,
  selection,
  withConstant,
} from "./makers-elementwise.js";
import { pairOfReductions, position, product, reduction, running, softmax, statistics } from "./makers-reductions.js";
import { hosted, looped, wrapped } from "./makers-structure.js";
import { type Given, Pool, randomShape, type State } from "./pool.js";
import { Random } from "./random.js";

export interface FuzzCase {
  readonly inputs: readonly Given[];
  readonly states: readonly State[];
  readonly outputs: readonly Node[];
  readonly updates: readonly { readonly variable: Variable; readonly value: Node }[];
}

const plain: Maker = (pool) =>
  make(pool.random.chance(0.5) ? "identity" : "stopGradient", [pool.some()], {} as PrimitiveParams["identity"]);
const fresh: Maker = (pool) =>
  pool.leaf(randomShape(pool.random, pool.large), pool.random.pick<DType>(["float32", "float64", "int32", "bool"]));
const constant: Maker = (pool) =>
  pool.constant(randomShape(pool.random, pool.large), pool.random.pick<DType>(["float32", "float64", "int32", "bool"]));

const makers: readonly (readonly [number, Maker])[] = [
  [14, elementwiseUnary],
  [18, elementwiseBinary],
  [5, withConstant],
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
  [3, pairOfReductions],
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
    const node = maker?.[1](pool, depth, grow);
    if (node !== undefined && node.outputs === undefined && sizeOf(node.shape) <= pool.limit) pool.add(node);
  }
}

/** The graph of a seed: the same on any machine. `large`: of shapes that kernels cut into several blocks. */
export function generate(seed: number, large = false): FuzzCase {
  const random = new Random(seed);
  const pool = new Pool(random, undefined, large);
  grow(pool, random.pick([2, 4, 6, 10, 14, 20]), 0);
  if (pool.nodes.length === 0) pool.leaf([2, 3], "float32");
  const read = new Set(topological(pool.nodes).flatMap((n) => n.inputs));
  const ends = pool.nodes.filter((n) => !read.has(n));
  const outputs = random.shuffle(ends).slice(0, random.between(1, 5));
  outputs.push(...random.subset(pool.nodes, 0.06));
  if (outputs.length === 0 || random.chance(0.03)) outputs.push(random.pick(pool.nodes));
  const updates = updatesOf(pool);
  if (random.chance(0.2)) descend(pool, outputs, updates);
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

/** Derivatives of one value, as outputs, and as steps of the variables that it depends on. */
function descend(pool: Pool, outputs: Node[], updates: { variable: Variable; value: Node }[]): void {
  const { random } = pool;
  const values = pool.nodes.filter((n) => isFloat(n.dtype) && n.inputs.length > 0 && sizeOf(n.shape) <= 2000);
  if (values.length === 0) return;
  const y = random.pickLate(values);
  const behind = topological([y]);
  const leaves = behind.filter((n) => (n.op === "input" || n.op === "variable") && isFloat(n.dtype));
  const wrt = random.shuffle(leaves).slice(0, 3);
  const gradients = backward([y], [pool.operand(y.shape, y.dtype)], wrt);
  wrt.forEach((leaf, i) => {
    const g = gradients[i];
    if (g === undefined) return;
    if (leaf.op !== "variable" || random.chance(0.3)) outputs.push(g);
    else {
      const variable = leaf.params.variable as Variable;
      if (updates.some((u) => u.variable === variable)) return;
      updates.push({ variable, value: binary("sub", leaf, binary("mul", g, 0.125)) });
    }
  });
}
