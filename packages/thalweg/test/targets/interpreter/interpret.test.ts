import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { dtypes, type TypedArray } from "../../../src/base/dtype.js";
import { IndexError, InternalError } from "../../../src/base/errors.js";
import { add, cast, mul, reshape } from "../../../src/graph/build.js";
import { make, makeBuffer, makeInput, makeLiteral, makeScalar, type Node, project } from "../../../src/graph/node.js";
import {
  isBinary,
  isCompare,
  isUnary,
  type Primitive,
  type PrimitiveParams,
  type VariableRef,
} from "../../../src/graph/primitives.js";
import { verifyGraph } from "../../../src/graph/verify.js";
import {
  type Environment,
  evaluateNode,
  interpret,
  interpreterRules,
} from "../../../src/targets/interpreter/interpret.js";
import { primitiveCases, type Value } from "../../graph/cases.js";
import { compareValues, interpreterTolerance } from "../../graph/compare.js";

/** The values of inputs and variables by node or by variable. */
class Given implements Environment {
  readonly inputs = new Map<Node, TypedArray>();
  readonly variables = new Map<VariableRef, TypedArray>();
  input(node: Node): TypedArray {
    return this.inputs.get(node) ?? assert.fail("an input without a value");
  }
  variable(ref: VariableRef): TypedArray {
    return this.variables.get(ref) ?? assert.fail("a variable without a value");
  }
}

const nothing = new Given();

type Supply = (value: Value, index: number, given: Given) => Node;

const ways: Readonly<Record<string, Supply>> = {
  inputs: (value, i, given) => {
    const node = makeInput(`x${i}`, value);
    given.inputs.set(node, value.data);
    return node;
  },
  buffers: ({ shape, dtype, data }) => makeBuffer(shape, dtype, data),
  variables: ({ shape, dtype, data }, i, given) => {
    const variable = { id: i, name: `v${i}`, shape, dtype };
    given.variables.set(variable, data);
    return make("variable", [], { variable });
  },
};

const reductionOps: ReadonlySet<Primitive> = new Set([
  "sum",
  "prod",
  "reduceMax",
  "reduceMin",
  "argmax",
  "argmin",
  "cumsum",
  "cumprod",
]);

/** Whether the shape rules take inputs of this number and dtype. */
function accepts(op: Primitive, inputs: readonly Node[]): boolean {
  try {
    make<Primitive>(op, inputs, { axes: [0], axis: 0, reverse: false } as unknown as PrimitiveParams[Primitive]);
    return true;
  } catch {
    return false;
  }
}

describe("interpreter", () => {
  it("has a reference case for every primitive", () => {
    const covered = new Set(primitiveCases.map(({ primitive }) => primitive));
    assert.deepEqual([...covered].sort(), Object.keys(interpreterRules).sort());
  });

  it("has a reference case for every dtype that an elementwise primitive or a reduction takes", () => {
    const covered = new Set(primitiveCases.map(({ primitive, inputs }) => `${primitive} ${inputs.at(-1)?.dtype}`));
    const missing: string[] = [];
    for (const op of Object.keys(interpreterRules) as Primitive[]) {
      for (const dtype of dtypes) {
        const x = makeInput("x", { shape: [2], dtype });
        for (const inputs of [[x], [x, x]]) {
          if (!(isUnary(op) || isBinary(op) || isCompare(op) || reductionOps.has(op))) continue;
          if (accepts(op, inputs) && !covered.has(`${op} ${dtype}`)) missing.push(`${op} ${dtype}`);
        }
      }
    }
    assert.deepEqual(missing, []);
  });

  for (const [way, supply] of Object.entries(ways)) {
    it(`gives the reference values, from ${way}`, () => {
      const failures: string[] = [];
      for (const entry of primitiveCases) {
        const given = new Given();
        const outputs = entry.build(entry.inputs.map((value, i) => supply(value, i, given)));
        verifyGraph(outputs);
        const results = interpret(outputs, given);
        assert.equal(results.length, entry.expected.length, entry.name);
        entry.expected.forEach((expected, i) => {
          assert.deepEqual(outputs[i]?.shape, expected.shape, entry.name);
          assert.equal(outputs[i]?.dtype, expected.dtype, entry.name);
          const tolerance = interpreterTolerance(entry.primitive);
          const problem = compareValues(entry, results[i], expected, tolerance);
          if (problem !== undefined) failures.push(`${entry.name}: ${problem}`);
        });
      }
      assert.deepEqual(failures, []);
    });
  }

  it("leaves its inputs as they were", () => {
    for (const entry of primitiveCases) {
      const before = entry.inputs.map(({ data }) => data.slice());
      interpret(entry.build(entry.inputs.map(({ shape, dtype, data }) => makeBuffer(shape, dtype, data))), nothing);
      entry.inputs.forEach(({ data }, i) => {
        assert.deepEqual(data, before[i], entry.name);
      });
    }
  });

  it("adds up without losing what cancels", () => {
    const x = makeBuffer([2, 4], "float64", Float64Array.of(1e16, 1, -1e16, 1, 1, 1e100, 1, -1e100));
    const one = makeBuffer([4, 1], "float64", new Float64Array(4).fill(1));
    assert.deepEqual(interpret([make("sum", [x], { axes: [1] })], nothing), [Float64Array.of(2, 2)]);
    assert.deepEqual(interpret([make("matmul", [x, one], {})], nothing), [Float64Array.of(2, 2)]);
    const running = interpret([make("cumsum", [x], { axis: 1, reverse: true })], nothing)[0];
    assert.deepEqual(running, Float64Array.of(2, 2 - 1e16, -1e16, 1, 2, 1, -1e100, -1e100));
  });

  it("rounds a float32 result once for each node", () => {
    // 1 + 2⁻²⁴ is halfway between two float32 numbers, and goes to the even one; twice over it would have reached the next.
    const one = makeBuffer([], "float32", Float32Array.of(1));
    const half = makeLiteral(2 ** -24, "float32");
    assert.deepEqual(interpret([add(add(one, half), half)], nothing), [Float32Array.of(1)]);
    const long = makeBuffer([3], "float32", Float32Array.of(1, 2 ** -24, 2 ** -24));
    assert.deepEqual(interpret([make("sum", [long], { axes: [0] })], nothing), [Float32Array.of(1 + 2 ** -23)]);
  });

  it("says which index is out of range", () => {
    const x = makeBuffer([3, 2], "float32", new Float32Array(6));
    const update = makeBuffer([1, 2], "float32", new Float32Array(2));
    for (const bad of [-1, 3, 2147483647]) {
      const i = makeBuffer([1], "int32", Int32Array.of(bad));
      const pattern = new RegExp(`index ${bad} is out of range for an axis of size 3; use 0 to 2`);
      for (const node of [
        make("gather", [x, i], {}),
        make("scatterAdd", [x, i, update], {}),
        make("scatterSet", [x, i, update], {}),
      ]) {
        assert.throws(() => interpret([node], nothing), pattern);
        assert.throws(() => interpret([node], nothing), IndexError);
      }
    }
    const none = makeBuffer([0], "float32", new Float32Array(0));
    const zero = makeBuffer([1], "int32", Int32Array.of(0));
    assert.throws(() => interpret([make("gather", [none, zero], {})], nothing), /axis of size 0/);
  });

  it("gives scalars the value of the moment", () => {
    const s = makeScalar(2, "float32");
    const node = mul(s, makeLiteral(3, "float32"));
    assert.deepEqual(interpret([node], nothing), [Float32Array.of(6)]);
    const env = { input: nothing.input, variable: nothing.variable, scalar: () => 5 };
    assert.deepEqual(interpret([node], env), [Float32Array.of(15)]);
  });

  it("reads variables and scalars inside a body", () => {
    const variable = { id: 1, name: "w", shape: [], dtype: "float32" } as const;
    const s = makeInput("s", variable);
    const next = add(add(s, make("variable", [], { variable })), makeScalar(1, "float32"));
    const params = { body: { inputs: [s], outputs: [next] }, length: 3, reverse: false, constants: 0, carries: 1 };
    const loop = make("scan", [makeLiteral(0, "float32")], params);
    const given = new Given();
    given.variables.set(variable, Float32Array.of(10));
    assert.deepEqual(interpret([project(loop, 0)], given), [Float32Array.of(33)]);
    assert.deepEqual(evaluateNode(loop, [Float32Array.of(0)], given), [Float32Array.of(33)]);
    assert.throws(() => evaluateNode(loop, [Float32Array.of(0)]), /variable w/);
  });

  it("tells of every node once, after its inputs", () => {
    const x = makeBuffer([2], "float32", Float32Array.of(1, 2));
    const y = add(x, x);
    const z = mul(y, x);
    const seen: [Node, readonly TypedArray[]][] = [];
    const env = {
      input: nothing.input,
      variable: nothing.variable,
      onNode: (n: Node, v: readonly TypedArray[]) => seen.push([n, v]),
    };
    interpret([z, y], env);
    assert.deepEqual(
      seen.map(([node]) => node),
      [x, y, z],
    );
    for (const [node, values] of seen) {
      const inputs = node.inputs.map((input) => seen.find(([n]) => n === input)?.[1][0] ?? assert.fail("unseen"));
      assert.deepEqual(evaluateNode(node, inputs), values);
    }
  });

  it("refuses a host op whose result is not what it announced", () => {
    const wrong = { name: "wrong", key: "", outputs: () => [{ shape: [2], dtype: "float32" as const }] };
    const short = make("host", [], { op: { ...wrong, run: () => [new Float32Array(1)] } });
    const wide = make("host", [], { op: { ...wrong, run: () => [new Float64Array(2)] } });
    for (const node of [short, wide]) assert.throws(() => interpret([project(node, 0)], nothing), InternalError);
  });

  it("walks a chain far deeper than the stack", () => {
    let node: Node = makeLiteral(0, "float64");
    const one = makeLiteral(1, "float64");
    for (let i = 0; i < 50_000; i += 1) node = add(node, one);
    assert.deepEqual(interpret([node], nothing), [Float64Array.of(50_000)]);
  });

  it("gives the same array for an output asked for twice", () => {
    const node = reshape(cast(makeBuffer([2], "bool", Uint8Array.of(1, 0)), "int32"), [2, 1]);
    const [a, b] = interpret([node, node], nothing);
    assert.deepEqual(a, Int32Array.of(1, 0));
    assert.equal(a, b);
  });
});
