import assert from "node:assert/strict";
import { it } from "node:test";
import { randomBits } from "../../../src/base/random.js";
import { sizeOf } from "../../../src/base/shape.js";
import { make, makeBuffer, type Node } from "../../../src/graph/node.js";
import { evaluateNode } from "../../../src/targets/interpreter/interpret.js";

const seed = 20261121;

/** Whole numbers from 0 to below a limit, from one stream. */
function stream(): (limit: number) => number {
  const bits = randomBits(Int32Array.of(seed, 0), 100_000);
  let next = 0;
  return (limit) => {
    next += 1;
    return ((bits[next - 1] ?? assert.fail("the stream has ended")) >>> 8) % limit;
  };
}

/** Every index of a shape, row-major, by counting. */
function* indices(shape: readonly number[]): Generator<number[]> {
  for (let i = 0; i < sizeOf(shape); i += 1) {
    let rest = i;
    const index = [...shape];
    for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
      const size = shape[axis] ?? 1;
      index[axis] = rest % size;
      rest = Math.floor(rest / size);
    }
    yield index;
  }
}

function place(index: readonly number[], shape: readonly number[]): number {
  return index.reduce((at, i, axis) => at * (shape[axis] ?? 1) + i, 0);
}

/** Checks the node against its definition: the place in its first input, or undefined for `fill`, of each index of its result. */
function check(node: Node, source: (index: readonly number[]) => readonly number[] | undefined, fill = 0): void {
  const x = node.inputs[0] ?? assert.fail("no input");
  const storage = x.storage ?? assert.fail("no value");
  const expected = Float32Array.from(indices(node.shape), (index) => {
    const from = source(index);
    return from === undefined ? fill : (storage[place(from, x.shape)] ?? Number.NaN);
  });
  const message = `${node.op} ${JSON.stringify(node.params)} of [${x.shape}], seed ${seed}`;
  assert.deepEqual(evaluateNode(node, [storage])[0], expected, message);
}

it("views of random shapes follow their definitions", () => {
  const below = stream();
  for (let round = 0; round < 300; round += 1) {
    const shape = Array.from({ length: below(5) }, () => below(4) + (below(8) === 0 ? 0 : 1));
    const x = makeBuffer(
      shape,
      "float32",
      Float32Array.from({ length: sizeOf(shape) }, (_, i) => i + 1),
    );
    const axes = shape.map((_, i) => i);

    const permutation = [...axes].sort(() => below(2) - 0.5);
    check(make("permute", [x], { permutation }), (index) => axes.map((axis) => index[permutation.indexOf(axis)] ?? 0));

    const stretched = shape.map((d) => (d === 1 ? below(4) : d));
    check(make("broadcast", [x], { shape: stretched }), (index) => index.map((i, axis) => (shape[axis] === 1 ? 0 : i)));

    const step = axes.map(() => (below(3) + 1) * (below(2) === 0 ? 1 : -1));
    const start = shape.map((d) => (d === 0 ? 0 : below(d)));
    const size = shape.map((d, axis) => {
      const [first, by] = [start[axis] ?? 0, step[axis] ?? 1];
      return d === 0 ? 0 : below(Math.floor(by > 0 ? (d - 1 - first) / by : first / -by) + 2);
    });
    check(make("slice", [x], { start, size, step }), (index) =>
      index.map((i, axis) => (start[axis] ?? 0) + i * (step[axis] ?? 1)),
    );

    const [low, high, interior] = [axes.map(() => below(3)), axes.map(() => below(3)), axes.map(() => below(3))];
    const padded = make("pad", [x], { low, high, interior, value: -7 });
    const unpadded = (index: readonly number[]) => {
      const from = index.map((i, axis) => (i - (low[axis] ?? 0)) / (1 + (interior[axis] ?? 0)));
      return from.every((i, axis) => Number.isInteger(i) && i >= 0 && i < (shape[axis] ?? 0)) ? from : undefined;
    };
    check(padded, unpadded, -7);
  }
});
