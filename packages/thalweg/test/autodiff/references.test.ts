/** Gradients and second derivatives against PyTorch's, in float64, at ordinary points and at those where conventions decide. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { forward } from "../../src/autodiff/jvp.js";
import { backward } from "../../src/autodiff/vjp.js";
import type { TypedArray } from "../../src/base/dtype.js";
import { isFloat } from "../../src/base/dtype.js";
import { sizeOf } from "../../src/base/shape.js";
import { full } from "../../src/graph/build.js";
import { makeBuffer, makeInput, type Node } from "../../src/graph/node.js";
import json from "../references/gradients.json" with { type: "json" };
import { derivativeTolerances as tolerances } from "../tolerances.js";
import { type Case, type CaseInput, cases } from "./cases.js";
import { evaluate } from "./evaluate.js";

type Numbers = readonly (number | string)[];
interface ElementwiseRow {
  readonly points: readonly Numbers[];
  readonly value: Numbers;
  readonly first: readonly Numbers[];
  readonly second: readonly (readonly Numbers[])[];
}
interface StructuredRow {
  readonly inputs: readonly { readonly shape: readonly number[]; readonly data: Numbers }[];
  readonly weights: readonly Numbers[];
  readonly vectors: readonly Numbers[];
  readonly value: readonly Numbers[];
  readonly first: readonly Numbers[];
  readonly second: readonly Numbers[];
}
const elementwise = json.elementwise as unknown as Readonly<Record<string, ElementwiseRow>>;
const structured = json.structured as unknown as Readonly<Record<string, StructuredRow>>;

const numbers = (list: Numbers): Float64Array => Float64Array.from(list, Number);

/** Where we differ on purpose: in second derivatives at points that have none, or where the reference is NaN without need. */
interface Deviation {
  readonly label: string;
  readonly points: readonly number[];
  /** The operands by which it is derived. */
  readonly by: readonly [number, number];
  readonly ours: number;
  readonly why: string;
}
const endpoint =
  "1 − x² as a product keeps its digits beside ±1, and gives 0 · ∞ where the second derivative is infinite";
const flat = "xᵖ log x and all its derivatives by p vanish as x goes to 0 with p > 0; at p = 0 they follow";
const corner = "no limit, but a finite value keeps a sum of derivatives finite";
const deviations: readonly Deviation[] = [
  ...["asin", "acos", "atanh", "acosh"].flatMap((label) =>
    [1, -1].map((x): Deviation => ({ label, points: [x], by: [0, 0], ours: Number.NaN, why: endpoint })),
  ),
  { label: "pow", points: [0, 0], by: [0, 0], ours: 0, why: "x⁰ is constant in x" },
  { label: "pow", points: [1.3, 0], by: [0, 1], ours: 1 / 1.3, why: "the reference masks p = 0 and so loses 1/x" },
  { label: "pow", points: [0, 0], by: [0, 1], ours: 1, why: corner },
  { label: "pow", points: [0, 0], by: [1, 0], ours: 0, why: corner },
  ...[1, 2, 3].map((p): Deviation => ({ label: "pow", points: [0, p], by: [1, 0], ours: 0, why: flat })),
  ...[0, 0.5, 1, 2, 3].map((p): Deviation => ({ label: "pow", points: [0, p], by: [1, 1], ours: 0, why: flat })),
  ...[0, 1].flatMap((i) =>
    [0, 1].map(
      (j): Deviation => ({ label: "atan2", points: [0, 0], by: [i, j], ours: 0, why: "0 as the first derivative" }),
    ),
  ),
];

function compare(
  found: TypedArray,
  expected: Numbers,
  label: string,
  at?: (i: number) => string,
  row?: { readonly points: readonly Numbers[]; readonly name: string; readonly by: readonly [number, number] },
): void {
  assert.equal(found.length, expected.length, label);
  numbers(expected).forEach((reference, i) => {
    const actual = found[i] ?? Number.NaN;
    const point = row?.points.map((column) => Number(column[i]));
    const known = deviations.find(
      (d) =>
        d.label === row?.name && d.by.join() === row.by.join() && d.points.every((x, k) => Object.is(x, point?.[k])),
    );
    const e = known === undefined ? reference : known.ours;
    const relative = found instanceof Float32Array ? tolerances.reference32 : tolerances.reference;
    const near = Math.abs(actual - e) <= relative * Math.max(Math.abs(e), 1e-3);
    assert.ok(
      Object.is(actual, e) || near,
      `${label}, element ${i}${at === undefined ? "" : ` at (${at(i)})`}: ${actual}, not ${e}`,
    );
  });
}

const ones = (x: Node): Node => full(x.shape, 1, x.dtype);

function only(outputs: readonly Node[]): Node {
  const [y] = outputs;
  assert.ok(y !== undefined && outputs.length === 1);
  return y;
}

const onlyFloats = (c: Case): boolean => c.inputs.every((i) => isFloat(i.dtype));

describe("derivatives as PyTorch gives them", () => {
  test("every primitive with a float operand and a float result has a row", () => {
    const held = new Set([...Object.keys(elementwise), ...Object.keys(structured)]);
    const covered = new Set(cases.filter((c) => held.has(c.label)).map((c) => c.primitive));
    const outside = new Set([
      "input",
      "buffer",
      "variable",
      "literal",
      "scalar",
      "iota",
      "argmax",
      "argmin",
      "project",
      "stopGradient",
    ]);
    for (const c of cases) {
      if (c.inputs.some((i) => isFloat(i.dtype)) && !outside.has(c.primitive))
        assert.ok(covered.has(c.primitive), c.primitive);
    }
    for (const label of held)
      assert.ok(label.includes(": ties") || cases.some((c) => c.label === label), `${label} is a row`);
  });

  for (const [label, row] of Object.entries(elementwise)) {
    test(label, () => {
      const c = cases.find((one) => one.label === label && onlyFloats(one));
      assert.ok(c !== undefined);
      const wrt = row.points.map((p, i) => makeInput(`x${i}`, { shape: [p.length], dtype: "float64" }));
      const values = new Map<Node, TypedArray>(row.points.map((p, i) => [wrt[i] as Node, numbers(p)]));
      const y = only(c.build(...wrt));
      const at = (i: number): string => row.points.map((p) => p[i]).join(", ");
      const value = (node: Node | undefined): TypedArray => {
        const [found] = node === undefined ? [] : evaluate([node], values);
        return found ?? new Float64Array(row.value.length);
      };
      compare(value(y), row.value, `${label}, value`, at);
      const first = backward([y], [ones(y)], wrt);
      row.first.forEach((expected, i) => {
        compare(value(first[i]), expected, `${label}, derivative by operand ${i}`, at);
        // The same by forward mode
        const pushed = forward(
          [y],
          wrt,
          wrt.map((x, k) => (k === i ? ones(x) : undefined)),
        )[0];
        compare(value(pushed), expected, `${label}, tangent of operand ${i}`, at);
        const g = first[i];
        const second = g === undefined ? [] : backward([g], [ones(g)], wrt);
        row.second[i]?.forEach((expectedSecond, j) => {
          const meta2 = { points: row.points, name: label, by: [i, j] } as const;
          compare(value(second[j]), expectedSecond, `${label}, second derivative by ${i} and ${j}`, at, meta2);
        });
      });
    });
  }

  for (const [label, row] of Object.entries(structured)) {
    test(label, () => {
      const name = label.replace(": ties", "");
      const c = cases.find((one) => one.label === name);
      assert.ok(c !== undefined);
      const values = new Map<Node, TypedArray>();
      const inputs = row.inputs.map((input, i) => {
        const declared = c.inputs[i] as CaseInput;
        const x = makeInput(`x${i}`, { shape: input.shape, dtype: declared.dtype });
        const all = numbers(input.data);
        const arrays = {
          float64: all,
          float32: Float32Array.from(all),
          int32: Int32Array.from(all),
          bool: Uint8Array.from(all),
        };
        values.set(x, arrays[declared.dtype]);
        return x;
      });
      const constant = (like: Node, list: Numbers | undefined): Node => {
        const all = numbers(list ?? []);
        assert.equal(all.length, sizeOf(like.shape));
        return makeBuffer(like.shape, like.dtype, like.dtype === "float32" ? Float32Array.from(all) : all);
      };
      const outputs = c.build(...inputs).filter((y) => y.dtype === "float64");
      const kept = outputs.filter((_, i) => label !== "scan: counter" || i !== 1);
      const wrt = inputs.filter((x) => isFloat(x.dtype));
      const value = (node: Node | undefined, like: Node): TypedArray => {
        const [found] = node === undefined ? [] : evaluate([node], values);
        return found ?? new Float64Array(sizeOf(like.shape));
      };
      kept.forEach((y, k) => {
        compare(value(y, y), row.value[k] ?? [], `${label}, value ${k}`);
      });
      const first = backward(
        kept,
        kept.map((y, k) => constant(y, row.weights[k])),
        wrt,
      );
      wrt.forEach((x, i) => {
        assert.equal(first[i]?.dtype ?? x.dtype, x.dtype);
        compare(value(first[i], x), row.first[i] ?? [], `${label}, gradient ${i}`);
      });
      const second = backward(
        first.filter((g) => g !== undefined),
        wrt.flatMap((x, i) => (first[i] === undefined ? [] : [constant(x, row.vectors[i])])),
        wrt,
      );
      wrt.forEach((x, i) => {
        compare(value(second[i], x), row.second[i] ?? [], `${label}, second derivative ${i}`);
      });
    });
  }
});
