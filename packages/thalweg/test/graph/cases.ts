/**
 * The reference cases of all primitives, for every way of running a graph: give each input to `build` in whatever form the runner under test
 * takes it (an `input` node, a `buffer`, a `variable`), run the outputs, and hold them against `expected` with `compareValues`.
 */
import { allocate, checkDType, type DType, type TypedArray } from "../../src/base/dtype.js";
import { add, mul, sub } from "../../src/graph/build.js";
import { make, makeInput, makeLiteral, makeScalar, type Node, project } from "../../src/graph/node.js";
import type { HostOp, Primitive, PrimitiveParams } from "../../src/graph/primitives.js";
import { isBinary, isCompare, isUnary } from "../../src/graph/primitives.js";
import arrays from "../references/primitives-arrays.json" with { type: "json" };
import elementary from "../references/primitives-elementary.json" with { type: "json" };
import elementwise from "../references/primitives-elementwise.json" with { type: "json" };

export interface Value {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly data: TypedArray;
}

export interface PrimitiveCase {
  readonly name: string;
  readonly primitive: Primitive;
  readonly inputs: readonly Value[];
  readonly params: Readonly<Record<string, unknown>>;
  /** The graph over nodes that stand for `inputs`. Each call makes new nodes. */
  build(inputs: readonly Node[]): readonly Node[];
  readonly expected: readonly Value[];
}

interface WrittenValue {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly data: readonly (number | string)[];
}

interface WrittenCase {
  readonly name: string;
  readonly primitive: string;
  readonly graph?: string;
  readonly inputs: readonly WrittenValue[];
  readonly params: Readonly<Record<string, unknown>>;
  readonly expected: readonly WrittenValue[];
}

const specials: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  "-inf": Number.NEGATIVE_INFINITY,
  "-0": -0,
};

function read({ shape, dtype: name, data }: WrittenValue): Value {
  const dtype = checkDType("a reference value", name);
  const values = allocate(dtype, data.length);
  data.forEach((x, i) => {
    const value = typeof x === "number" ? x : specials[x];
    if (value === undefined) throw new Error(`the references hold "${x}"`);
    values[i] = value;
  });
  return { shape, dtype, data: values };
}

type Build = (inputs: readonly Node[], params: Readonly<Record<string, unknown>>) => readonly Node[];

function at<T>(list: readonly T[], i: number): T {
  const item = list[i];
  if (item === undefined) throw new Error(`there is no item ${i} of ${list.length}`);
  return item;
}

const scalarAval = (node: Node) => ({ shape: [], dtype: node.dtype });

/** Ascending, with the order that it took. */
export const sortOp: HostOp = {
  name: "sort",
  key: "",
  outputs: ([x]) => [x ?? { shape: [], dtype: "float64" }, { shape: x?.shape ?? [], dtype: "int32" }],
  run: ([x]) => {
    const values = Float64Array.from(x ?? []);
    const order = Int32Array.from(values.keys()).sort((i, j) => (values[i] ?? 0) - (values[j] ?? 0));
    return [values.sort(), order];
  },
};

function sumAndDifference(inputs: readonly Node[]): Node {
  const [a, b] = [makeInput("a", scalarAval(at(inputs, 0))), makeInput("b", scalarAval(at(inputs, 1)))];
  const body = { inputs: [a, b], outputs: [add(a, b), sub(a, b)] };
  return make("custom", inputs, { body, rule: { name: "sumAndDifference" } });
}

/** The graphs that the references name, for primitives whose parameters are more than data. */
const builders: Readonly<Record<string, Build>> = {
  literal: (_, { value, dtype }) => [makeLiteral(Number(value), checkDType("literal", dtype))],
  scalar: (_, { value, dtype }) => [makeScalar(Number(value), checkDType("scalar", dtype))],
  recurrence: (inputs, { length, reverse }) => {
    const [factor, start] = [at(inputs, 0), at(inputs, 1)];
    const [c, s] = [makeInput("c", factor), makeInput("s", start)];
    const x = makeInput("x", start);
    const stretched = make("broadcast", [make("reshape", [c], { shape: [1] })], { shape: start.shape });
    const next = add(mul(stretched, s), x);
    const body = { inputs: [c, s, x], outputs: [next, mul(next, x)] };
    const params = { body, length: Number(length), reverse: reverse === true, constants: 1, carries: 1 };
    const node = make("scan", inputs, params);
    return [project(node, 0), project(node, 1)];
  },
  fibonacci: (inputs, { length }) => {
    const [a, b] = [makeInput("a", at(inputs, 0)), makeInput("b", at(inputs, 1))];
    const body = { inputs: [a, b], outputs: [b, add(a, b), b] };
    const node = make("scan", inputs, { body, length: Number(length), reverse: false, constants: 0, carries: 2 });
    return [project(node, 0), project(node, 1), project(node, 2)];
  },
  sort: (inputs) => {
    const node = make("host", inputs, { op: sortOp });
    return [project(node, 0), project(node, 1)];
  },
  sumAndDifference: (inputs) => {
    const node = sumAndDifference(inputs);
    return [project(node, 0), project(node, 1)];
  },
  difference: (inputs) => [project(sumAndDifference(inputs), 1)],
};

/** Leaves are what the runner makes of the input itself. */
const leaves: ReadonlySet<string> = new Set(["input", "buffer", "variable"]);

function builderOf({ primitive, graph, params }: WrittenCase): (inputs: readonly Node[]) => readonly Node[] {
  if (graph !== undefined) {
    const build = builders[graph];
    if (build === undefined) throw new Error(`the references name a graph "${graph}"`);
    return (inputs) => build(inputs, params);
  }
  if (leaves.has(primitive)) return (inputs) => inputs;
  // The references are written for these parameters; a misfit fails when the shape is inferred.
  return (inputs) => [make(primitive as Primitive, inputs, params as unknown as PrimitiveParams[Primitive])];
}

function readCase(written: WrittenCase): PrimitiveCase {
  return {
    name: written.name,
    primitive: written.primitive as Primitive,
    inputs: written.inputs.map(read),
    params: written.params,
    build: builderOf(written),
    expected: written.expected.map(read),
  };
}

const written: readonly (readonly WrittenCase[])[] = [elementary, elementwise, arrays];

export const primitiveCases: readonly PrimitiveCase[] = written.flat().map(readCase);

/** Elementwise cases of one dtype, for properties that should hold of any of them. */
export function isElementwiseCase({ primitive }: PrimitiveCase): boolean {
  return isUnary(primitive) || isBinary(primitive) || isCompare(primitive);
}
