/** Makers of views, of indexed nodes and of random bits. */
import { isFloat } from "../../src/base/dtype.js";
import { sizeOf } from "../../src/base/shape.js";
import { binary, broadcastTo, cast, permute, reshape } from "../../src/graph/build.js";
import { make, type Node } from "../../src/graph/node.js";
import type { Maker } from "./maker.js";
import { numeric, type Pool, randomShape, sliceTo } from "./pool.js";
import type { Random } from "./random.js";

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

export const reshaped: Maker = (pool) => {
  const x = pool.some();
  const size = sizeOf(x.shape);
  if (size === 0) return reshape(x, pool.random.pick([[0], [0, 3], [2, 0], x.shape]));
  return make("reshape", [x], {
    shape: size === 1 ? pool.random.pick([[], [1], [1, 1, 1]]) : factors(pool.random, size),
  });
};

export const permuted: Maker = (pool) => {
  const x = pool.some(
    () => true,
    (n) => n.shape.length >= 2,
  );
  return permute(x, pool.random.shuffle(x.shape.map((_, i) => i)));
};

export const stretched: Maker = (pool) => {
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

export const sliced: Maker = (pool) => {
  const { random } = pool;
  const x = pool.some(
    () => true,
    (n) => n.shape.length > 0,
  );
  const size = x.shape.map((d) => (d === 0 || random.chance(0.03) ? 0 : random.chance(0.4) ? d : random.between(1, d)));
  return sliceTo(random, x, size);
};

export const padded: Maker = (pool) => {
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

export const joined: Maker = (pool) => {
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

/** Indices in [0, rows): of integers of the graph, or fresh. */
function indicesOf(pool: Pool, shape: readonly number[], rows: number): Node {
  return binary("mod", pool.operand(shape, "int32"), rows);
}

export const gathered: Maker = (pool) => {
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

export const scattered: Maker = (pool) => {
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

export const randomBits: Maker = (pool) => {
  const shape = randomShape(pool.random);
  const bits = make("threefry", [pool.operand([2], "int32")], { shape });
  if (pool.random.chance(0.3)) return bits;
  return binary(
    "mul",
    cast(make("shiftRight", [bits, broadcastTo(pool.constant([], "int32"), shape)], {}), "float32"),
    2 ** -32,
  );
};
