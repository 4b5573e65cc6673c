/** Random shapes against loops that follow the definition. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { einsum, type Tensor, tensor, where } from "../../src/index.js";
import { useDevice } from "../device.js";

useDevice();

/** A small generator (mulberry32), so that a seed reproduces a case anywhere. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Small whole numbers, so that every order of summation gives the same float. */
function numbers(below: (n: number) => number, shape: readonly number[]): Float64Array {
  return Float64Array.from({ length: size(shape) }, () => below(9) - 4);
}

/** All index tuples below `shape`, row-major. */
function* positions(shape: readonly number[]): Generator<number[]> {
  const n = size(shape);
  for (let i = 0; i < n; i += 1) {
    const at: number[] = [];
    let rest = i;
    for (const d of [...shape].reverse()) {
      at.unshift(rest % d);
      rest = Math.floor(rest / d);
    }
    yield at;
  }
}

/** The element of an array at `at`, where axes of size 1 stretch and missing leading axes do not matter. */
function element(data: ArrayLike<number>, shape: readonly number[], at: readonly number[]): number {
  const extra = at.length - shape.length;
  let place = 0;
  shape.forEach((d, i) => {
    place = place * d + (d === 1 ? 0 : (at[i + extra] ?? 0));
  });
  return data[place] ?? Number.NaN;
}

function assertSame(actual: Tensor, shape: readonly number[], expected: readonly number[], label: string): void {
  assert.deepEqual([...actual.shape], [...shape], label);
  // −0 and 0 are the same number here.
  assert.deepEqual(
    [...actual.data()].map((x) => x + 0),
    expected.map((x) => x + 0),
    label,
  );
}

const cases = 150;

describe("fuzz", () => {
  test("broadcasting", () => {
    for (let seed = 1; seed <= cases; seed += 1) {
      const below = generator(seed);
      const full = Array.from({ length: below(4) }, () => [0, 1, 2, 3][below(4)] ?? 1);
      const part = (): number[] => full.slice(below(full.length + 1)).map((d) => (below(3) === 0 ? 1 : d));
      const [a, b, c] = [part(), part(), part()];
      const [x, y] = [numbers(below, a), numbers(below, b)];
      const mask = Uint8Array.from({ length: size(c) }, () => below(2));
      const rank = Math.max(a.length, b.length, c.length);
      const common = (shapes: readonly (readonly number[])[], axes: number): number[] =>
        Array.from(
          { length: axes },
          (_, i) => shapes.map((s) => s[s.length - axes + i] ?? 1).find((d) => d !== 1) ?? 1,
        );
      const pair = common([a, b], Math.max(a.length, b.length));
      const tx = tensor(x, { shape: a });
      const ty = tensor(y, { shape: b });
      const label = `seed ${seed}: [${a}] with [${b}] and [${c}]`;
      assertSame(
        tx.sub(ty),
        pair,
        [...positions(pair)].map((at) => element(x, a, at) - element(y, b, at)),
        label,
      );
      const all = common([a, b, c], rank);
      const chosen = [...positions(all)].map((at) =>
        element(element(mask, c, at) === 1 ? x : y, element(mask, c, at) === 1 ? a : b, at),
      );
      assertSame(where(tensor(mask, { dtype: "bool", shape: c }), tx, ty), all, chosen, label);
    }
  });
  test("reductions", () => {
    for (let seed = 1; seed <= cases; seed += 1) {
      const below = generator(seed);
      const shape = Array.from({ length: below(5) }, () => [0, 1, 2, 3, 5][below(5)] ?? 1);
      const axis = shape.map((_, i) => i).filter(() => below(2) === 0);
      const keepDims = below(2) === 0;
      const data = numbers(below, shape);
      const kept = shape.map((d, i) => (axis.includes(i) ? 1 : d));
      const sums = new Array<number>(size(kept)).fill(0);
      const largest = new Array<number>(size(kept)).fill(Number.NEGATIVE_INFINITY);
      for (const at of positions(shape)) {
        let place = 0;
        kept.forEach((d, i) => {
          place = place * d + (d === 1 ? 0 : (at[i] ?? 0));
        });
        const x = element(data, shape, at);
        sums[place] = (sums[place] ?? 0) + x;
        largest[place] = Math.max(largest[place] ?? 0, x);
      }
      const result = keepDims ? kept : shape.filter((_, i) => !axis.includes(i));
      const signed = axis.map((i) => (below(2) === 0 ? i : i - shape.length));
      const x = tensor(data, { shape });
      const label = `seed ${seed}: [${shape}] along [${signed}]`;
      assertSame(x.sum({ axis: signed, keepDims }), result, sums, label);
      if (axis.every((i) => (shape[i] ?? 0) > 0)) assertSame(x.max({ axis: signed, keepDims }), result, largest, label);
    }
  });
  test("einsum", () => {
    for (let seed = 1; seed <= cases; seed += 1) {
      const below = generator(seed);
      const sizes = new Map(["a", "b", "c", "d", "E"].map((label) => [label, [1, 2, 3, 4][below(4)] ?? 1]));
      if (below(10) === 0) sizes.set("b", 0);
      const labels = [...sizes.keys()];
      const inputs = Array.from({ length: 1 + below(3) }, () =>
        Array.from({ length: below(4) }, () => labels[below(5)] ?? "a"),
      );
      const used = [...new Set(inputs.flat())].sort(() => below(3) - 1);
      const output = used.filter(() => below(2) === 0);
      const equation = `${inputs.map((i) => i.join("")).join(",")}->${output.join("")}`;
      const shapes = inputs.map((names) => names.map((label) => sizes.get(label) ?? 1));
      const arrays = shapes.map((shape) => numbers(below, shape));
      const result = output.map((label) => sizes.get(label) ?? 1);
      const inner = used.filter((label) => !output.includes(label));
      const expected = [...positions(result)].map((outer) => {
        let sum = 0;
        for (const at of positions(inner.map((label) => sizes.get(label) ?? 1))) {
          const value = new Map([
            ...output.map((l, i): [string, number] => [l, outer[i] ?? 0]),
            ...inner.map((l, i): [string, number] => [l, at[i] ?? 0]),
          ]);
          sum += inputs.reduce(
            (p, names, i) =>
              p *
              element(
                arrays[i] ?? [],
                shapes[i] ?? [],
                names.map((l) => value.get(l) ?? 0),
              ),
            1,
          );
        }
        return sum;
      });
      const tensors = arrays.map((data, i) => tensor(data, { shape: shapes[i] ?? [] }));
      assertSame(einsum(equation, ...tensors), result, expected, `seed ${seed}: ${equation} [${shapes.join("] [")}]`);
    }
  });
});
