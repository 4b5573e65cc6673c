/** Ops on rows of operands, run as WebAssembly: what the tests of the emitter share. */
import assert from "node:assert/strict";
import * as b from "../../src/compiler/builder.js";
import { type Expr, i32, type Scalar, scalarBytes } from "../../src/compiler/ir.js";
import { hasFma, program } from "./wasm-program.js";

export type Num = number | bigint;

export const specials: Record<"i32" | "i64" | "f32" | "f64", readonly Num[]> = {
  i32: [0, 1, -1, 2, 3, -7, 31, 100, 2 ** 31 - 1, -(2 ** 31), 123456789, -987654321],
  i64: [0n, 1n, -1n, 5n, -9n, 2n ** 31n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 40n + 3n, -(2n ** 52n)],
  f32: [
    0,
    -0,
    1,
    -1,
    0.5,
    1.5,
    -2.5,
    3.7,
    Infinity,
    -Infinity,
    Number.NaN,
    1e-45,
    3e38,
    -1.25e9,
    16777217,
    2.9999998,
  ].map(Math.fround),
  f64: [
    0,
    -0,
    1,
    -1,
    0.5,
    1.5,
    -2.5,
    3.7,
    Infinity,
    -Infinity,
    Number.NaN,
    5e-324,
    1.7e308,
    -1.25e19,
    0.1,
    2251799813685248.5,
  ],
};

export const fullLanes = (s: Scalar): number => 16 / scalarBytes(s);

export function lanesOf(s: Scalar): readonly number[] {
  return scalarBytes(s) === 4 ? [1, 2, 4] : [1, 2];
}

export function store(view: DataView, s: Scalar, at: number, value: Num): void {
  if (s === "i32") view.setInt32(at, Number(value), true);
  else if (s === "f32") view.setFloat32(at, Number(value), true);
  else if (s === "f64") view.setFloat64(at, Number(value), true);
  else view.setBigInt64(at, BigInt.asIntN(64, BigInt(value)), true);
}

export function read(view: DataView, s: Scalar, at: number): Num {
  if (s === "i32") return view.getInt32(at, true);
  if (s === "f32") return view.getFloat32(at, true);
  if (s === "f64") return view.getFloat64(at, true);
  return view.getBigInt64(at, true);
}

/** Applies `op` to rows of operands (each a list over elements), vector by vector, and returns the results. */
export function apply(
  inputs: readonly { scalar: Scalar; values: readonly Num[] }[],
  output: Scalar,
  lanes: number,
  op: (operands: readonly Expr[]) => Expr,
  fma = hasFma,
): Num[] {
  const count = Math.ceil((inputs[0]?.values.length ?? 0) / lanes) * lanes;
  const region = 16384;
  const f = b.defineFunction("f", [{ name: "n", type: i32 }], (builder, [n = b.int(0)]) => {
    builder.for(b.int(0), n, b.int(lanes), (i) => {
      const operands = inputs.map((input, k) =>
        builder.let(b.load({ scalar: input.scalar, lanes }, b.mulInt(i, b.int(scalarBytes(input.scalar))), k * region)),
      );
      builder.store(b.mulInt(i, b.int(scalarBytes(output))), op(operands), inputs.length * region);
    });
  });
  const p = program([f], { fma });
  const view = new DataView(p.memory.buffer);
  for (const [k, input] of inputs.entries()) {
    for (const [i, value] of input.values.entries())
      store(view, input.scalar, k * region + i * scalarBytes(input.scalar), value);
  }
  p.call("f", count);
  const values = inputs[0]?.values ?? [];
  return values.map((_, i) => read(view, output, inputs.length * region + i * scalarBytes(output)));
}

export function assertSame(
  actual: readonly Num[],
  expected: readonly Num[],
  what: string,
  inputs: readonly (readonly Num[])[],
): void {
  for (const [i, value] of expected.entries()) {
    assert.ok(
      Object.is(actual[i], value),
      `${what}(${inputs.map((x) => String(x[i])).join(", ")}): ${String(actual[i])}, expected ${String(value)}`,
    );
  }
}

export const wrap = (s: Scalar, x: Num): Num => {
  if (s === "i32") return Number(BigInt.asIntN(32, BigInt(x)));
  if (s === "i64") return BigInt.asIntN(64, BigInt(x));
  return s === "f32" ? Math.fround(Number(x)) : Number(x);
};
