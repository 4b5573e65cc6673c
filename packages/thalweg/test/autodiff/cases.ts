/** A row for every primitive, with inputs from its domain away from points where it has no derivative. */
import type { DType } from "../../src/base/dtype.js";
import { type Shape, sizeOf } from "../../src/base/shape.js";
import { add, binary, cast, full, mul, permute, reshape, sub, sum, unary } from "../../src/graph/build.js";
import { loop } from "../../src/graph/loop.js";
import { make, makeBuffer, makeInput, makeLiteral, makeScalar, type Node, project } from "../../src/graph/node.js";
import type {
  BinaryPrimitive,
  ComparePrimitive,
  HostOp,
  Primitive,
  UnaryPrimitive,
} from "../../src/graph/primitives.js";

/** Uniform between `low` and `high` (both ends included for int32), or `values` in some order. */
export type CaseInput = { readonly shape: Shape; readonly dtype: DType } & (
  | { readonly low: number; readonly high: number }
  | { readonly values: readonly number[] }
);

export interface Case {
  readonly primitive: Primitive;
  readonly label: string;
  readonly inputs: readonly CaseInput[];
  readonly build: (...inputs: readonly Node[]) => readonly Node[];
}

const float = (shape: Shape, low: number, high: number): CaseInput => ({ shape, dtype: "float64", low, high });
const whole = (shape: Shape, low: number, high: number): CaseInput => ({ shape, dtype: "int32", low, high });
const truth = (shape: Shape): CaseInput => ({
  shape,
  dtype: "bool",
  values: Array.from({ length: sizeOf(shape) }, (_, i) => (i % 3 === 0 ? 0 : 1)),
});
const listed = (dtype: DType, shape: Shape, values: readonly number[]): CaseInput => ({ shape, dtype, values });

function row(
  primitive: Primitive,
  variant: string,
  inputs: readonly CaseInput[],
  build: (...inputs: readonly [Node, Node, Node, Node]) => Node | readonly Node[],
): Case {
  return {
    primitive,
    label: variant === "" ? primitive : `${primitive}: ${variant}`,
    inputs,
    build: (...nodes) => {
      const made = build(...(nodes as unknown as [Node, Node, Node, Node]));
      return Array.isArray(made) ? (made as readonly Node[]) : [made as Node];
    },
  };
}

const wide: Shape = [3, 4];

const unaryDomains: readonly [UnaryPrimitive, number, number][] = [
  ["neg", -2, 2],
  ["abs", 0.1, 2],
  ["sign", 0.1, 2],
  ["floor", 0.1, 0.9],
  ["ceil", 0.1, 0.9],
  ["round", 0.6, 1.4],
  ["trunc", -1.9, -1.1],
  ["sqrt", 0.2, 3],
  ["exp", -2, 2],
  ["expm1", -2, 2],
  ["log", 0.2, 3],
  ["log1p", -0.6, 3],
  ["sin", -4, 4],
  ["cos", -4, 4],
  ["tan", -1.2, 1.2],
  ["asin", -0.9, 0.9],
  ["acos", -0.9, 0.9],
  ["atan", -3, 3],
  ["sinh", -2, 2],
  ["cosh", -2, 2],
  ["tanh", -2, 2],
  ["asinh", -3, 3],
  ["acosh", 1.2, 4],
  ["atanh", -0.9, 0.9],
  ["erf", -2, 2],
  ["erfc", -2, 2],
  ["sigmoid", -4, 4],
  ["softplus", -4, 4],
  ["relu", 0.1, 2],
];

const floatPairs: readonly [BinaryPrimitive, CaseInput, CaseInput][] = [
  ["add", float(wide, -2, 2), float(wide, -2, 2)],
  ["sub", float(wide, -2, 2), float(wide, -2, 2)],
  ["mul", float(wide, -2, 2), float(wide, -2, 2)],
  ["div", float(wide, -2, 2), float(wide, 0.5, 2)],
  ["mod", float(wide, 3.1, 3.9), float(wide, 0.97, 1.03)],
  ["pow", float(wide, 0.3, 2), float(wide, -2, 3)],
  ["max", float(wide, -2, 2), float(wide, -2, 2)],
  ["min", float(wide, -2, 2), float(wide, -2, 2)],
  ["atan2", float(wide, 0.3, 2), float(wide, -2, 2)],
];

const wholePairs: readonly [BinaryPrimitive, CaseInput, CaseInput][] = [
  ["add", whole(wide, -9, 9), whole(wide, -9, 9)],
  ["floorDiv", whole(wide, -9, 9), whole(wide, -3, 3)],
  ["mod", whole(wide, -9, 9), whole(wide, -3, 3)],
  ["and", whole(wide, -9, 9), whole(wide, -9, 9)],
  ["or", whole(wide, -9, 9), whole(wide, -9, 9)],
  ["xor", whole(wide, -9, 9), whole(wide, -9, 9)],
  ["shiftLeft", whole(wide, -9, 9), whole(wide, 0, 31)],
  ["shiftRight", whole(wide, -9, 9), whole(wide, 0, 31)],
];

const comparisons: readonly ComparePrimitive[] = ["eq", "ne", "lt", "le"];

/** x ↦ x³ and x ↦ 3x² beside it, outside the graph. */
function cubeOp(rules: Pick<HostOp, "vjp" | "jvp">, name: string, batched: boolean): HostOp {
  const slope = (x: Node): Node => mul(make("integerPow", [x], { exponent: 2 }), 3);
  const curvature = (x: Node): Node => mul(x, 6);
  const [first, second] = [0, 1];
  const vjp: HostOp["vjp"] = ([x], _, [g, h]) => {
    if (x === undefined) return [];
    const a = g && mul(g, slope(x));
    const b = h && mul(h, curvature(x));
    return [a && b ? add(a, b) : (a ?? b)];
  };
  const jvp: HostOp["jvp"] = ([x], _, [t]) => {
    const moved = [t && x && mul(t, slope(x)), t && x && mul(t, curvature(x))];
    return [moved[first], moved[second]];
  };
  const op: HostOp = {
    name,
    key: "",
    outputs: ([x]) => (x === undefined ? [] : [x, x].map(({ shape, dtype }) => ({ shape, dtype }))),
    run: ([x]) => [Float64Array.from(x ?? [], (v) => v ** 3), Float64Array.from(x ?? [], (v) => 3 * v ** 2)],
    ...("vjp" in rules ? { vjp } : {}),
    ...("jvp" in rules ? { jvp } : {}),
  };
  return batched ? { ...op, batch: () => ({ ...op, key: "batched" }) } : op;
}

/** A choice of rules to give; the functions themselves are `cubeOp`'s. */
const withVjp = { vjp: () => [] };
const withJvp = { jvp: () => [] };

const both = (node: Node): readonly Node[] => (node.outputs ?? []).map((_, i) => project(node, i));

function squareSum(x: Node, y: Node, rule: "none" | "vjp" | "jvp"): readonly Node[] {
  const [a, b] = [makeInput("a", x), makeInput("b", y)];
  const body = { inputs: [a, b], outputs: [sum(mul(mul(a, a), b), [0]), unary("sin", b)] };
  const vjp: HostOp["vjp"] = ([p, q], _, [g, h]) => {
    if (p === undefined || q === undefined) return [];
    const wideG = g && mul(full(p.shape, 1, p.dtype), g);
    const first = wideG && mul(wideG, mul(p, q));
    const second = wideG && mul(wideG, mul(p, p));
    const third = h && mul(h, unary("cos", q));
    return [first && mul(first, 2), second && third ? add(second, third) : (second ?? third)];
  };
  const jvp: HostOp["jvp"] = ([p, q], _, [t, u]) => {
    if (p === undefined || q === undefined) return [];
    const one = t && mul(mul(t, mul(p, q)), 2);
    const two = u && mul(u, mul(p, p));
    const total = one && two ? add(one, two) : (one ?? two);
    return [total && sum(total, [0]), u && mul(u, unary("cos", q))];
  };
  const rules = { none: {}, vjp: { vjp }, jvp: { jvp } }[rule];
  return both(make("custom", [x, y], { body, rule: { name: "square sum", ...rules } }));
}

/** hₜ = tanh(W hₜ₋₁ + xₜ + b), everything stacked; `b` is closed over. */
function recurrence(w: Node, h: Node, x: Node, b: Node, reverse: boolean): readonly Node[] {
  const result = loop(
    { constants: [w], carries: [h], stacked: [x], length: x.shape[0] ?? 0, reverse },
    ([wi], [hi], [xi]) => {
      if (wi === undefined || hi === undefined || xi === undefined) throw new Error("missing operand");
      const product = reshape(make("matmul", [wi, reshape(hi, [3, 1])], {}), [3]);
      const next = unary("tanh", add(add(product, xi), b));
      return { carries: [next], stacked: [mul(next, next)] };
    },
  );
  return [...result.carries, ...result.stacked];
}

/** Two carries, one an integer counter, the other a product that only later rounds make depend on the inputs. */
function counting(x: Node): readonly Node[] {
  const result = loop(
    {
      constants: [],
      carries: [makeLiteral(1, "float64"), makeLiteral(0, "int32")],
      stacked: [x],
      length: x.shape[0] ?? 0,
      reverse: false,
    },
    (_, [p, n], [xi]) => {
      if (p === undefined || n === undefined || xi === undefined) throw new Error("missing operand");
      const factor = add(xi, cast(n, "float64"));
      return { carries: [mul(p, factor), add(n, 1)], stacked: [cast(n, "float64"), sub(p, xi)] };
    },
  );
  return [...result.carries, ...result.stacked];
}

function nested(x: Node): readonly Node[] {
  const outer = loop(
    { constants: [], carries: [makeLiteral(0.5, "float64")], stacked: [x], length: x.shape[0] ?? 0, reverse: false },
    (_, [h], [line]) => {
      if (h === undefined || line === undefined) throw new Error("missing operand");
      const inner = loop(
        { constants: [], carries: [h], stacked: [line], length: line.shape[0] ?? 0, reverse: true },
        (__, [k], [v]) => {
          if (k === undefined || v === undefined) throw new Error("missing operand");
          const next = unary("sin", add(mul(k, v), h));
          return { carries: [next], stacked: [next] };
        },
      );
      return { carries: inner.carries, stacked: [...inner.stacked] };
    },
  );
  return [...outer.carries, ...outer.stacked];
}

const cube = (x: Node, rules: Pick<HostOp, "vjp" | "jvp">, name: string, batched = false): readonly Node[] =>
  both(make("host", [x], { op: cubeOp(rules, name, batched) }));

/** A variable for the row of that name: whoever evaluates cases gives it the value 1.5, 1.5. */
export const caseVariable = { id: -1, name: "case variable", shape: [2] as Shape, dtype: "float64" as DType };

export const cases: readonly Case[] = [
  row("input", "", [float([2], -1, 1)], (x) => mul(x, x)),
  row("buffer", "", [float([2], -1, 1)], (x) => mul(x, makeBuffer([2], "float64", Float64Array.of(2, -3)))),
  row("variable", "", [float([2], -1, 1)], (x) => mul(x, make("variable", [], { variable: caseVariable }))),
  row("literal", "", [float([2], -1, 1)], (x) => mul(x, makeLiteral(2.5, "float64"))),
  row("scalar", "", [float([2], -1, 1)], (x) => mul(x, makeScalar(2.5, "float64"))),
  row("iota", "", [float([2, 3], -1, 1)], (x) =>
    mul(x, make("iota", [], { shape: [2, 3], dtype: "float64", axis: 1 })),
  ),

  ...unaryDomains.map(([op, low, high]) => row(op, "", [float(wide, low, high)], (x) => unary(op, x))),
  row("not", "bool", [truth(wide)], (x) => unary("not", x)),
  row("not", "int32", [whole(wide, -9, 9)], (x) => unary("not", x)),
  ...floatPairs.map(([op, a, b]) => row(op, "", [a, b], (x, y) => binary(op, x, y))),
  ...wholePairs.map(([op, a, b]) => row(op, "int32", [a, b], (x, y) => binary(op, x, y))),
  ...comparisons.map((op) => row(op, "", [whole(wide, -2, 2), whole(wide, -2, 2)], (x, y) => binary(op, x, y))),

  row("cast", "to float64", [{ ...float(wide, -2, 2), dtype: "float32" }, float(wide, -2, 2)], (x, y) =>
    mul(cast(mul(x, x), "float64"), y),
  ),
  row("cast", "to int32", [float(wide, -2, 2)], (x) => mul(cast(cast(x, "int32"), "float64"), x)),
  ...[0, 1, 2, 3, 5, -1, -2].map((exponent) =>
    row("integerPow", `${exponent}`, [float(wide, 0.4, 1.6)], (x) => make("integerPow", [x], { exponent })),
  ),
  row("select", "", [truth(wide), float(wide, -2, 2), float(wide, -2, 2)], (m, x, y) => make("select", [m, x, y], {})),
  row("threefry", "", [whole([2], -2000000000, 2000000000)], (k) => make("threefry", [k], { shape: [2, 3] })),

  row("reshape", "", [float([2, 6], -2, 2)], (x) => make("reshape", [x], { shape: [3, 4] })),
  row("permute", "", [float([2, 3, 4], -2, 2)], (x) => make("permute", [x], { permutation: [2, 0, 1] })),
  row("broadcast", "", [float([1, 3, 1], -2, 2)], (x) => make("broadcast", [x], { shape: [2, 3, 4] })),
  row("slice", "forwards", [float([5, 4], -2, 2)], (x) =>
    make("slice", [x], { start: [1, 0], size: [3, 4], step: [1, 1] }),
  ),
  row("slice", "with steps", [float([8, 5], -2, 2)], (x) =>
    make("slice", [x], { start: [1, 0], size: [3, 2], step: [2, 4] }),
  ),
  row("slice", "backwards", [float([8, 5], -2, 2)], (x) =>
    make("slice", [x], { start: [6, 4], size: [3, 5], step: [-2, -1] }),
  ),
  row("slice", "backwards, one element", [float([4], -2, 2)], (x) =>
    make("slice", [x], { start: [2], size: [1], step: [-3] }),
  ),
  row("slice", "nothing", [float([4], -2, 2)], (x) => make("slice", [x], { start: [2], size: [0], step: [1] })),
  row("pad", "", [float([3, 2], -2, 2)], (x) =>
    make("pad", [x], { low: [1, 0], high: [0, 2], interior: [2, 1], value: 7 }),
  ),
  row("pad", "of nothing", [float([0, 2], -2, 2)], (x) =>
    make("pad", [x], { low: [1, 0], high: [2, 1], interior: [1, 0], value: 7 }),
  ),
  row("concat", "", [float([2, 1], -2, 2), float([2, 3], -2, 2), float([2, 0], -2, 2)], (x, y, z) =>
    make("concat", [x, y, z, x], { axis: 1 }),
  ),

  row("sum", "", [float([2, 3, 4], -2, 2)], (x) => make("sum", [x], { axes: [0, 2] })),
  row("sum", "of nothing", [float([2, 0], -2, 2)], (x) => make("sum", [x], { axes: [1] })),
  row("prod", "one axis", [float([3, 4], -2, 2)], (x) => make("prod", [x], { axes: [1] })),
  row("prod", "two axes", [float([2, 3, 4], 0.4, 1.6)], (x) => make("prod", [x], { axes: [0, 2] })),
  row("prod", "one zero", [listed("float64", [4], [2, 0, -3, 5])], (x) => make("prod", [x], { axes: [0] })),
  row("prod", "two zeros", [listed("float64", [4], [2, 0, 0, 5])], (x) => make("prod", [x], { axes: [0] })),
  row("prod", "three zeros", [listed("float64", [4], [0, 0, 0, 5])], (x) => make("prod", [x], { axes: [0] })),
  row("prod", "one factor", [float([3, 1], -2, 2)], (x) => make("prod", [x], { axes: [1] })),
  row("prod", "no factor", [float([3, 0], -2, 2)], (x) => make("prod", [x], { axes: [1] })),
  row("reduceMax", "", [float([2, 3, 4], -2, 2)], (x) => make("reduceMax", [x], { axes: [0, 2] })),
  row("reduceMin", "", [float([2, 3, 4], -2, 2)], (x) => make("reduceMin", [x], { axes: [1] })),
  row("reduceMax", "bool", [truth([3, 4])], (x) => make("reduceMax", [x], { axes: [1] })),
  row("argmax", "", [float([3, 4], -2, 2)], (x) => make("argmax", [x], { axis: 1 })),
  row("argmin", "", [float([3, 4], -2, 2)], (x) => make("argmin", [x], { axis: 0 })),
  row("cumsum", "", [float([3, 4], -2, 2)], (x) => make("cumsum", [x], { axis: 1, reverse: false })),
  row("cumsum", "reverse", [float([3, 4], -2, 2)], (x) => make("cumsum", [x], { axis: 0, reverse: true })),
  row("cumprod", "", [float([3, 4], -2, 2)], (x) => make("cumprod", [x], { axis: 1, reverse: false })),
  row("cumprod", "reverse", [float([4, 3], -2, 2)], (x) => make("cumprod", [x], { axis: 0, reverse: true })),
  row("cumprod", "zeros", [listed("float64", [5], [2, 0, -3, 0, 5])], (x) =>
    make("cumprod", [x], { axis: 0, reverse: false }),
  ),
  row("cumprod", "one factor", [float([1, 3], -2, 2)], (x) => make("cumprod", [x], { axis: 0, reverse: false })),

  row("matmul", "", [float([3, 4], -2, 2), float([4, 2], -2, 2)], (x, y) => make("matmul", [x, y], {})),
  row("matmul", "batched", [float([2, 2, 3], -2, 2), float([2, 3, 2], -2, 2)], (x, y) => make("matmul", [x, y], {})),
  row("matmul", "of nothing", [float([2, 0], -2, 2), float([0, 3], -2, 2)], (x, y) => make("matmul", [x, y], {})),
  row("matmul", "with itself", [float([3, 3], -2, 2)], (x) => make("matmul", [x, permute(x, [1, 0])], {})),

  row("gather", "", [float([4, 2], -2, 2), listed("int32", [3, 2], [0, 3, 3, 1, 0, 3])], (x, i) =>
    make("gather", [x, i], {}),
  ),
  row("gather", "one row", [float([4, 2], -2, 2), listed("int32", [], [2])], (x, i) => make("gather", [x, i], {})),
  row("scatterAdd", "", [float([4, 2], -2, 2), listed("int32", [3], [3, 0, 3]), float([3, 2], -2, 2)], (x, i, u) =>
    make("scatterAdd", [x, i, u], {}),
  ),
  row(
    "scatterSet",
    "repeated indices",
    [float([4, 2], -2, 2), listed("int32", [5], [3, 0, 3, 1, 0]), float([5, 2], -2, 2)],
    (x, i, u) => make("scatterSet", [x, i, u], {}),
  ),
  row("scatterSet", "rank 1", [float([4], -2, 2), listed("int32", [3], [2, 2, 2]), float([3], -2, 2)], (x, i, u) =>
    make("scatterSet", [x, i, u], {}),
  ),

  row("identity", "", [float(wide, -2, 2)], (x) => make("identity", [x], {})),
  row("stopGradient", "", [whole(wide, -2, 2)], (x) => make("stopGradient", [x], {})),
  row("project", "", [float([3], -2, 2)], (x) => {
    const [first] = cube(x, { ...withVjp, ...withJvp }, "cube");
    return first ?? x;
  }),
  row(
    "scan",
    "recurrence",
    [float([3, 3], -1, 1), float([3], -1, 1), float([4, 3], -1, 1), float([3], -1, 1)],
    (w, h, x, b) => recurrence(w, h, x, b, false),
  ),
  row(
    "scan",
    "reverse",
    [float([3, 3], -1, 1), float([3], -1, 1), float([4, 3], -1, 1), float([3], -1, 1)],
    (w, h, x, b) => recurrence(w, h, x, b, true),
  ),
  row(
    "scan",
    "length 0",
    [float([3, 3], -1, 1), float([3], -1, 1), float([0, 3], -1, 1), float([3], -1, 1)],
    (w, h, x, b) => recurrence(w, h, x, b, false),
  ),
  row("scan", "counter", [float([5], -1, 1)], counting),
  row("scan", "nested", [float([2, 3], -1, 1)], nested),
  row("host", "both rules", [float([3], -2, 2)], (x) => cube(x, { ...withVjp, ...withJvp }, "cube")),
  row("host", "vjp only", [float([3], -2, 2)], (x) => cube(x, withVjp, "cube vjp")),
  row("host", "jvp only", [float([3], -2, 2)], (x) => cube(x, withJvp, "cube jvp")),
  row("host", "batched", [float([3], -2, 2)], (x) => cube(x, { ...withVjp, ...withJvp }, "cube batched", true)),
  row("custom", "no rule", [float([3], -2, 2), float([3], -2, 2)], (x, y) => squareSum(x, y, "none")),
  row("custom", "vjp only", [float([3], -2, 2), float([3], -2, 2)], (x, y) => squareSum(x, y, "vjp")),
  row("custom", "jvp only", [float([3], -2, 2), float([3], -2, 2)], (x, y) => squareSum(x, y, "jvp")),
];
