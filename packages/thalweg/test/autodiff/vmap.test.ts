/** Every batching rule against a loop over the examples, for every choice of operands that are batched; nested, and beside derivatives. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Batched } from "../../src/autodiff/rule.js";
import { backward } from "../../src/autodiff/vjp.js";
import { vectorize } from "../../src/autodiff/vmap.js";
import type { TypedArray } from "../../src/base/dtype.js";
import { sizeOf } from "../../src/base/shape.js";
import { make, makeBuffer, makeInput, type Node, topological } from "../../src/graph/node.js";
import { derivativeTolerances as tolerances } from "../tolerances.js";
import { type Case, cases } from "./cases.js";
import { direction, draw, evaluate, generator, placeholders } from "./evaluate.js";

function close(actual: TypedArray, expected: TypedArray, label: string): void {
  assert.equal(actual.length, expected.length, label);
  const scale = Math.max(1, ...Array.from(expected, Math.abs).filter(Number.isFinite));
  actual.forEach((a: number, i: number) => {
    const e = expected[i] ?? Number.NaN;
    assert.ok(
      Object.is(a, e) || Math.abs(a - e) <= tolerances.batch * scale,
      `${label}: element ${i} is ${a}, not ${e}`,
    );
  });
}

interface Batches {
  readonly inputs: readonly Node[];
  readonly replacement: Map<Node, Batched>;
  /** Values of the replacements. */
  readonly values: Map<Node, TypedArray>;
  /** Values of the inputs for one example. */
  example(index: number): Map<Node, TypedArray>;
}

function batches(c: Case, mask: number, size: number, random: () => number): Batches {
  const inputs = placeholders(c.inputs);
  const replacement = new Map<Node, Batched>();
  const values = new Map<Node, TypedArray>();
  inputs.forEach((x, i) => {
    const input = c.inputs[i];
    if (input === undefined) return;
    const batched = (mask & (1 << i)) !== 0;
    const node = batched ? makeInput(`batch ${i}`, { shape: [size, ...x.shape], dtype: x.dtype }) : x;
    values.set(node, draw(input, random, batched ? size : 1));
    if (batched) replacement.set(x, { node, batched });
  });
  const example = (index: number): Map<Node, TypedArray> =>
    new Map(
      inputs.map((x) => {
        const batch = replacement.get(x)?.node;
        const all = values.get(batch ?? x) ?? new Float64Array();
        const n = sizeOf(x.shape);
        return [x, batch === undefined ? all : all.slice(index * n, (index + 1) * n)];
      }),
    );
  return { inputs, replacement, values, example };
}

/** Compares `outputs` vectorised with `outputs` for each example. */
function compare(outputs: readonly Node[], b: Batches, size: number, label: string): void {
  const wide = vectorize(outputs, b.replacement, size);
  const arrays = evaluate(
    wide.map((y) => y.node),
    b.values,
  );
  for (let e = 0; e < size; e += 1) {
    const expected = evaluate(outputs, b.example(e));
    outputs.forEach((y, k) => {
      const [found, result, one] = [arrays[k], wide[k], expected[k]];
      assert.ok(found !== undefined && result !== undefined && one !== undefined);
      assert.equal(result.node.dtype, y.dtype);
      assert.deepEqual(result.node.shape, result.batched ? [size, ...y.shape] : y.shape);
      const n = sizeOf(y.shape);
      close(result.batched ? found.slice(e * n, (e + 1) * n) : found, one, `${label}, output ${k}, example ${e}`);
    });
  }
}

const defined = (nodes: readonly (Node | undefined)[]): Node[] => nodes.filter((n) => n !== undefined);

/** Cotangents of the float inputs for weights that are the same in every call. */
function gradients(outputs: readonly Node[], inputs: readonly Node[]): Node[] {
  const random = generator(99);
  const floats = outputs.filter((y) => y.dtype === "float64");
  const weights = floats.map((y) => makeBuffer(y.shape, "float64", direction(sizeOf(y.shape), random)));
  return defined(
    backward(
      floats,
      weights,
      inputs.filter((x) => x.dtype === "float64"),
    ),
  );
}

describe("vmap", () => {
  cases.forEach((c, index) => {
    test(c.label, () => {
      for (let mask = 1; mask < 1 << c.inputs.length; mask += 1) {
        const random = generator(index + 1);
        const label = `${c.label}, batched ${mask.toString(2)} (seed ${index + 1})`;
        const b = batches(c, mask, 3, random);
        const outputs = c.build(...b.inputs);
        compare(outputs, b, 3, label);
        // vmap of grad
        const grads = gradients(outputs, b.inputs);
        compare(grads, b, 3, `${label}, gradients`);
      }
    });
  });

  test("nested, every row", () => {
    cases.forEach((c, index) => {
      const random = generator(index + 1);
      const [outer, inner] = [2, 3];
      const all = (1 << c.inputs.length) - 1;
      const b = batches(c, all, inner, random);
      const outputs = vectorize(c.build(...b.inputs), b.replacement, inner).map((y) => y.node);
      const middle = [...b.values.keys()];
      const replacement = new Map<Node, Batched>();
      const values = new Map<Node, TypedArray>();
      middle.forEach((x, i) => {
        const input = c.inputs[i];
        if (input === undefined) return;
        const node = makeInput(`outer ${i}`, { shape: [outer, ...x.shape], dtype: x.dtype });
        replacement.set(x, { node, batched: true });
        values.set(node, draw(input, random, outer * inner));
      });
      const example = (e: number): Map<Node, TypedArray> =>
        new Map(
          middle.map((x) => {
            const n = sizeOf(x.shape);
            return [x, values.get(replacement.get(x)?.node ?? x)?.slice(e * n, (e + 1) * n) ?? new Float64Array()];
          }),
        );
      compare(
        outputs,
        { inputs: middle, replacement, values, example },
        outer,
        `${c.label} nested (seed ${index + 1})`,
      );
    });
  });

  test("grad of vmap is vmap of grad, every row; common operands get the sum", () => {
    cases.forEach((c, index) => {
      if (!c.inputs.some((i) => i.dtype === "float64")) return;
      for (let mask = 1; mask < 1 << c.inputs.length; mask += 1) {
        const size = 3;
        const b = batches(c, mask, size, generator(index + 1));
        const outputs = c.build(...b.inputs).filter((y) => y.dtype === "float64");
        const random = generator(7);
        const weights = outputs.map((y) => makeBuffer(y.shape, "float64", direction(sizeOf(y.shape), random)));
        const wide = vectorize(outputs, b.replacement, size);
        // The same weights for each example; an output common to all counts once an example.
        const wideWeights = weights.map((w, k) =>
          wide[k]?.batched === true ? repeatWeights(w, size) : scaleWeights(w, size),
        );
        const floats = b.inputs.filter((x) => x.dtype === "float64");
        const targets = floats.map((x) => b.replacement.get(x)?.node ?? x);
        const found = backward(
          wide.map((y) => y.node),
          wideWeights,
          targets,
        );
        const single = backward(outputs, weights, floats);
        floats.forEach((x, i) => {
          const [g, h] = [found[i], single[i]];
          const target = targets[i];
          assert.ok(target !== undefined);
          const size0 = sizeOf(target.shape);
          const actual = g === undefined ? new Float64Array(size0) : evaluate([g], b.values)[0];
          assert.ok(actual !== undefined);
          const n = sizeOf(x.shape);
          const expected = new Float64Array(size0);
          for (let e = 0; e < size; e += 1) {
            const part = h === undefined ? new Float64Array(n) : evaluate([h], b.example(e))[0];
            const offset = target === x ? 0 : e * n;
            part?.forEach((v: number, k: number) => {
              expected[offset + k] = (expected[offset + k] ?? 0) + v;
            });
          }
          const scale = Math.max(1, ...expected.map(Math.abs));
          actual.forEach((a: number, k: number) => {
            const v = expected[k] ?? Number.NaN;
            const label = `${c.label}, batched ${mask.toString(2)}, input ${i}, element ${k} (seed ${index + 1})`;
            assert.ok(Math.abs(a - v) <= tolerances.innerProduct * scale, `${label}: ${a}, not ${v}`);
          });
        });
      }
    });
  });

  test("a common matrix takes the batch as rows: no copy of it along the batch", () => {
    const [a, x] = [
      makeInput("a", { shape: [5, 4], dtype: "float64" }),
      makeInput("x", { shape: [4, 1], dtype: "float64" }),
    ];
    const many = makeInput("many", { shape: [7, 4, 1], dtype: "float64" });
    const [y] = vectorize([make("matmul", [a, x], {})], new Map([[x, { node: many, batched: true }]]), 7);
    assert.ok(y !== undefined);
    assert.ok(topological([y.node]).every((n) => n.op !== "broadcast"));
    assert.deepEqual(
      topological([y.node])
        .filter((n) => n.op === "matmul")
        .map((n) => n.shape),
      [[7, 5]],
    );
  });

  test("what does not depend on the batch is neither copied nor batched", () => {
    const [x, c] = [makeInput("x", { shape: [2], dtype: "float64" }), makeInput("c", { shape: [2], dtype: "float64" })];
    const many = makeInput("many", { shape: [3, 2], dtype: "float64" });
    const alone = make("exp", [c], {});
    const [y, z] = vectorize([alone, make("mul", [x, alone], {})], new Map([[x, { node: many, batched: true }]]), 3);
    assert.equal(y?.node, alone);
    assert.equal(y?.batched, false);
    assert.equal(z?.batched, true);
  });

  test("an index out of range of its own example is not a row of the next", () => {
    const [x, i] = [makeInput("x", { shape: [2], dtype: "float64" }), makeInput("i", { shape: [1], dtype: "int32" })];
    const [xs, is] = [
      makeInput("xs", { shape: [3, 2], dtype: "float64" }),
      makeInput("is", { shape: [3, 1], dtype: "int32" }),
    ];
    const [y] = vectorize(
      [make("gather", [x, i], {})],
      new Map([
        [x, { node: xs, batched: true }],
        [i, { node: is, batched: true }],
      ]),
      3,
    );
    assert.ok(y !== undefined);
    const run = (...indices: number[]): TypedArray[] =>
      evaluate(
        [y.node],
        new Map<Node, TypedArray>([
          [xs, Float64Array.of(1, 2, 3, 4, 5, 6)],
          [is, Int32Array.from(indices)],
        ]),
      );
    assert.deepEqual(run(1, 0, 1), [Float64Array.of(2, 3, 6)]);
    assert.throws(() => run(2, 0, 0), { name: "IndexError" });
    assert.throws(() => run(0, -1, 0), { name: "IndexError" });
  });
});

function scaleWeights(w: Node, by: number): Node {
  return makeBuffer(
    w.shape,
    "float64",
    Float64Array.from(w.storage ?? [], (v) => v * by),
  );
}

function repeatWeights(w: Node, times: number): Node {
  const copies = Array.from({ length: times }, () => Array.from(w.storage ?? []));
  return makeBuffer([times, ...w.shape], "float64", Float64Array.from(copies.flat()));
}
