/** Every derivative rule against differences and against its transpose, for first and second derivatives in every nesting of the modes. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { forward, jvpRules } from "../../src/autodiff/jvp.js";
import { backward, vjpRules } from "../../src/autodiff/vjp.js";
import { batchRules } from "../../src/autodiff/vmap.js";
import type { TypedArray } from "../../src/base/dtype.js";
import { UserError } from "../../src/base/errors.js";
import { sizeOf } from "../../src/base/shape.js";
import { cast, mul } from "../../src/graph/build.js";
import { loop } from "../../src/graph/loop.js";
import { make, makeBuffer, makeInput, type Node, project, topological } from "../../src/graph/node.js";
import type { HostOp } from "../../src/graph/primitives.js";
import { derivativeTolerances as tolerances } from "../tolerances.js";
import { cases } from "./cases.js";
import { direction, draw, evaluate, generator, placeholders } from "./evaluate.js";

const dot = (a: TypedArray, b: TypedArray): number =>
  Array.from(a).reduce((total, x, i) => total + x * (b[i] ?? Number.NaN), 0);
const defined = (nodes: readonly (Node | undefined)[]): Node[] => nodes.filter((n) => n !== undefined);

/** (8 (f(h) − f(−h)) − (f(2h) − f(−2h))) / 12h: wrong by h⁴/30 of the fifth derivative. */
function difference(f: (h: number) => readonly TypedArray[], h: number): Float64Array[] {
  const [near, far] = [
    [f(h), f(-h)],
    [f(2 * h), f(-2 * h)],
  ] as const;
  return near[0].map((value, k) =>
    Float64Array.from(value, (_, i) => {
      const at = (arrays: readonly TypedArray[]): number => arrays[k]?.[i] ?? Number.NaN;
      return (8 * (at(near[0]) - at(near[1])) - (at(far[0]) - at(far[1]))) / (12 * h);
    }),
  );
}

interface Function {
  readonly outputs: readonly Node[];
  readonly wrt: readonly Node[];
  readonly values: Map<Node, TypedArray>;
}

/** Checks the derivatives of `f` and returns its cotangents and tangents as functions of the same inputs. */
function check(
  f: Function,
  random: () => number,
  label: string,
): { readonly reverse: Function; readonly forwards: Function } {
  const { wrt, values } = f;
  const outputs = f.outputs.filter((y) => y.dtype === "float64");
  const t = wrt.map((x) => makeBuffer(x.shape, "float64", direction(sizeOf(x.shape), random)));
  const w = outputs.map((y) => makeBuffer(y.shape, "float64", direction(sizeOf(y.shape), random)));
  const tangents = forward(outputs, wrt, t);
  const cotangents = backward(outputs, w, wrt);
  const moved = (h: number): TypedArray[] => {
    const at = new Map(values);
    wrt.forEach((x, i) => {
      const [base, along] = [values.get(x), t[i]?.storage];
      if (base !== undefined && along !== undefined)
        at.set(
          x,
          Float64Array.from(base, (v, k) => v + h * (along[k] ?? 0)),
        );
    });
    return evaluate(outputs, at);
  };
  const expected = difference(moved, 1e-3);
  const found = evaluate(defined(tangents), values);
  let next = 0;
  let pushed = 0;
  let scale = 1;
  outputs.forEach((y, k) => {
    const analytic = tangents[k] === undefined ? new Float64Array(sizeOf(y.shape)) : found[next++];
    const numeric = expected[k];
    assert.ok(analytic !== undefined && numeric !== undefined);
    analytic.forEach((a, i) => {
      const n = numeric[i] ?? Number.NaN;
      assert.ok(
        Math.abs(a - n) <= tolerances.difference * Math.max(1, Math.abs(a), Math.abs(n)),
        `${label}: output ${k}, element ${i}: tangent ${a}, difference ${n}`,
      );
    });
    const weights = w[k]?.storage;
    assert.ok(weights !== undefined);
    pushed += dot(weights, analytic);
    scale = Math.max(scale, ...Array.from(analytic, Math.abs));
  });
  const pulledArrays = evaluate(defined(cotangents), values);
  next = 0;
  let pulled = 0;
  wrt.forEach((x, i) => {
    const cotangent = cotangents[i];
    if (cotangent === undefined) return;
    assert.equal(cotangent.dtype, x.dtype);
    assert.deepEqual(cotangent.shape, x.shape);
    const [array, along] = [pulledArrays[next++], t[i]?.storage];
    assert.ok(array !== undefined && along !== undefined);
    pulled += dot(array, along);
    scale = Math.max(scale, ...Array.from(array, Math.abs));
  });
  assert.ok(
    Math.abs(pushed - pulled) <= tolerances.innerProduct * scale,
    `${label}: ⟨w, J t⟩ = ${pushed}, ⟨Jᵀ w, t⟩ = ${pulled}`,
  );
  return {
    reverse: { outputs: defined(cotangents), wrt, values },
    forwards: { outputs: defined(tangents), wrt, values },
  };
}

describe("derivative rules", () => {
  test("every primitive has a row, and a rule in each table", () => {
    const named = new Set(cases.map((c) => c.primitive));
    for (const table of [vjpRules, jvpRules, batchRules])
      assert.deepEqual([...named].sort(), Object.keys(table).sort());
    assert.equal(new Set(cases.map((c) => c.label)).size, cases.length, "labels are unique");
    for (const c of cases) {
      const outputs = c.build(...placeholders(c.inputs));
      assert.ok(
        topological(outputs).some((n) => n.op === c.primitive),
        `the row ${c.label} uses ${c.primitive}`,
      );
    }
  });

  cases.forEach((c, index) => {
    if (!c.inputs.some((i) => i.dtype === "float64")) return;
    test(c.label, () => {
      const random = generator(index + 1);
      const inputs = placeholders(c.inputs);
      const values = new Map<Node, TypedArray>();
      inputs.forEach((x, i) => {
        const input = c.inputs[i];
        if (input !== undefined) values.set(x, draw(input, random));
      });
      const outputs = c.build(...inputs);
      const wrt = inputs.filter((x) => x.dtype === "float64");
      const label = `${c.label} (seed ${index + 1})`;
      const first = check({ outputs, wrt, values }, random, label);
      const second = check(first.reverse, random, `${label}, of the cotangents`);
      check(first.forwards, random, `${label}, of the tangents`);
      // Third order once more through reverse mode, where it is cheap.
      if (!["scan", "host", "custom", "cumprod", "prod"].includes(c.primitive)) {
        check(second.forwards, random, `${label}, third order`);
      }
    });
  });

  test("nothing flows through stopGradient and casts to int32, in neither mode", () => {
    const x = makeInput("x", { shape: [2], dtype: "float64" });
    const one = makeBuffer([2], "float64", Float64Array.of(1, 1));
    const stopped = [make("stopGradient", [x], {}), cast(cast(x, "int32"), "float64")];
    for (const y of stopped) {
      assert.deepEqual(backward([y], [one], [x]), [undefined]);
      assert.deepEqual(forward([y], [x], [one]), [undefined]);
      const [g] = backward([mul(x, y)], [one], [x]);
      assert.ok(g !== undefined);
      assert.deepEqual(evaluate([g], new Map([[x, Float64Array.of(3, 5)]])), [Float64Array.of(3, 5)]);
    }
  });

  test("a host op without a rule is an error that names it, only when a derivative is due", () => {
    const x = makeInput("x", { shape: [2], dtype: "float64" });
    const one = makeBuffer([2], "float64", Float64Array.of(1, 1));
    const op: HostOp = { name: "opaque", key: "", outputs: (avals) => avals, run: (arrays) => arrays };
    const y = project(make("host", [x], { op }), 0);
    const named = (e: unknown): boolean =>
      e instanceof UserError && /opaque has no derivative.*customDerivative/.test(e.message);
    assert.throws(() => backward([y], [one], [x]), named);
    assert.throws(() => forward([y], [x], [one]), named);
    assert.deepEqual(backward([make("stopGradient", [y], {})], [one], [x]), [undefined]);
  });

  test("a scan keeps the carries for reverse mode: none of its rounds runs again to find them", () => {
    const [h, x] = [makeInput("h", { shape: [], dtype: "float64" }), makeInput("x", { shape: [4], dtype: "float64" })];
    const result = loop({ constants: [], carries: [h], stacked: [x], length: 4, reverse: false }, (_, [c], [xi]) => ({
      carries: [mul(c ?? h, xi ?? h)],
      stacked: [],
    }));
    const [y] = result.carries;
    assert.ok(y !== undefined);
    const grads = defined(backward([y], [makeBuffer([], "float64", Float64Array.of(1))], [h, x]));
    assert.equal(topological([y, ...grads]).filter((n) => n.op === "scan").length, 2);
  });

  test("what no gradient reaches has none, not a zero", () => {
    const [x, y, n] = [
      makeInput("x", { shape: [2], dtype: "float64" }),
      makeInput("y", { shape: [2], dtype: "float64" }),
      makeInput("n", { shape: [2], dtype: "int32" }),
    ];
    const one = makeBuffer([2], "float64", Float64Array.of(1, 1));
    assert.deepEqual(backward([x], [one], [y, n]), [undefined, undefined]);
    assert.deepEqual(backward([x], [undefined], [x]), [undefined]);
    assert.deepEqual(forward([x], [y, n], [one, undefined]), [undefined]);
  });
});
