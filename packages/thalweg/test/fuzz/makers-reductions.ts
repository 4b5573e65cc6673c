/** Makers of reductions, running totals and products. */
import { type DType, isFloat } from "../../src/base/dtype.js";
import { sizeOf } from "../../src/base/shape.js";
import { binary, broadcastTo, reshape, swapLast, unary } from "../../src/graph/build.js";
import { make, type Node } from "../../src/graph/node.js";
import type { UnaryPrimitive } from "../../src/graph/primitives.js";
import type { Maker } from "./maker.js";
import { numeric, type Pool } from "./pool.js";
import type { Random } from "./random.js";

function axesOf(random: Random, x: Node): number[] {
  const axes = x.shape.map((_, i) => i);
  const mode = random.uniform();
  if (mode < 0.2) return axes;
  if (mode < 0.6 && axes.length > 0) return [random.pick(axes)];
  return random.subset(axes, 0.5);
}

export const reduction: Maker = (pool) => {
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

/** Two reductions of one shape, along the same axes or others, and what they have in common. */
export const pairOfReductions: Maker = (pool) => {
  const { random } = pool;
  const x = pool.some(isFloat, (n) => n.shape.length > 0 && sizeOf(n.shape) > 0);
  const square = random.chance(0.5)
    ? pool.operand(
        random.pick([
          [3, 3],
          [9, 9],
          [2, 5, 5],
        ]),
        x.dtype,
      )
    : x;
  const reduce = (): Node => {
    const op = random.pick<"sum" | "prod" | "reduceMax" | "reduceMin">([
      "sum",
      "sum",
      "prod",
      "reduceMax",
      "reduceMin",
    ]);
    const operand = random.chance(0.6) ? square : unary("abs", square);
    return make(op, [operand], { axes: [random.below(square.shape.length)] });
  };
  const [a, b] = [reduce(), reduce()];
  if (a.shape.join() === b.shape.join()) return binary("add", a, b);
  pool.add(a);
  return b;
};

/** Reductions that one kernel may share, and arithmetic on their results. */
export const statistics: Maker = (pool) => {
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

export const softmax: Maker = (pool) => {
  const x = pool.some(isFloat, (n) => n.shape.length > 0 && sizeOf(n.shape) > 0);
  const axis = pool.random.below(x.shape.length);
  const kept = x.shape.map((d, i) => (i === axis ? 1 : d));
  const spread = (y: Node): Node => broadcastTo(reshape(y, kept), x.shape);
  const e = unary("exp", binary("sub", x, spread(make("reduceMax", [x], { axes: [axis] }))));
  return binary("div", e, spread(make("sum", [e], { axes: [axis] })));
};

export const position: Maker = (pool) => {
  const { random } = pool;
  const x = pool.some(
    () => true,
    (n) => n.shape.length > 0 && sizeOf(n.shape) > 0,
  );
  return make(random.chance(0.5) ? "argmax" : "argmin", [x], { axis: random.below(x.shape.length) });
};

export const running: Maker = (pool) => {
  const { random } = pool;
  const x = pool.some(numeric, (n) => n.shape.length > 0);
  const op = random.chance(0.65) ? "cumsum" : "cumprod";
  return make(op, [x], { axis: random.below(x.shape.length), reverse: random.chance(0.4) });
};

const extents = [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 15, 16, 17, 20, 24, 25, 31, 32, 33, 37, 40];

const largeProducts: readonly (readonly [number, number, number])[] = [
  [301, 203, 307],
  [130, 4097, 9],
  [257, 129, 65],
  [1, 5000, 60],
  [2000, 17, 33],
  [3001, 65, 1],
];

export const product: Maker = (pool) => {
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
  if (pool.large && pool.outer === undefined) [m, k, n] = random.pick(largeProducts);
  const most = pool.large ? 400_000 : 12_000;
  const batch = random.pick<readonly number[]>([[], [], [], [2], [3], [1], [2, 3], [0]]);
  const size = sizeOf(batch);
  if (size * m * n > most || size * m * k > most || size * k * n > most) return undefined;
  let a: Node;
  const existing = pool.nodes.filter((x) => x.dtype === dtype && x.shape.length >= 2 && sizeOf(x.shape) <= most / 3);
  if (existing.length > 0 && random.chance(0.5)) a = random.pickLate(existing);
  else a = operandOf(pool, [...batch, m, k], dtype);
  const lead = a.shape.slice(0, -2);
  const inner = a.shape.at(-1) ?? 0;
  if (sizeOf(lead) * inner * n > most || sizeOf(lead) * (a.shape.at(-2) ?? 0) * n > most) return undefined;
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
