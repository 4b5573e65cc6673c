import assert from "node:assert/strict";
import { test } from "node:test";
import * as b from "../../src/compiler/builder.js";
import { type Expr, f32, i32, type LoopFunction, vector } from "../../src/compiler/ir.js";
import { printFunction } from "../../src/compiler/print.js";
import { verifyFunctions } from "../../src/compiler/verify-ir.js";

const define = (body: (builder: b.Builder, p: Expr) => void): LoopFunction =>
  b.defineFunction("f", [{ name: "p", type: i32 }], (builder, [p = b.int(0)]) => body(builder, p));

test("a well-formed function passes and prints", () => {
  const f = define((builder, p) => {
    const v = builder.let(b.load(vector("f32", 4), p, 16), "v");
    builder.for(b.int(0), p, b.int(4), (i) => {
      builder.store(b.addInt(p, b.mulInt(i, b.int(4))), b.fma(v, v, b.splat(b.load(f32, p), 4)));
    });
    builder.if(
      b.binary("lt", p, b.int(3)),
      () => builder.call("f", [p]),
      () => builder.comment("nothing to do"),
    );
  });
  verifyFunctions([f]);
  assert.equal(
    printFunction(f),
    [
      "fn f(p: i32)",
      "  v1 = f32x4[p + 16]",
      "  for i2 in 0..p step 4",
      "    f32x4[p + (i2 * 4)] = fma(v1, v1, splat(f32[p]))",
      "  if p < 3",
      "    f(p)",
      "  else",
      "    // nothing to do",
    ].join("\n"),
  );
});

test("what is wrong is found", () => {
  const bad: [RegExp, (builder: b.Builder, p: Expr) => void][] = [
    [/read before it is set/, (builder, p) => builder.store(p, b.local(builder.declare(f32)))],
    [/f32 where i32/, (builder) => builder.store(b.constant(f32, 1), b.int(1))],
    [/byte offset -4/, (builder, p) => builder.store(p, b.load(i32, p, -4))],
    [/fma of integers/, (builder, p) => builder.store(p, b.fma(p, p, p))],
    [
      /f32 where i32/,
      (builder, p) => builder.store(p, { kind: "binary", type: i32, op: "add", a: p, b: b.constant(f32, 1) }),
    ],
    [/lane 4 of 4/, (builder, p) => builder.store(p, b.lane(b.load(vector("f32", 4), p), 4))],
    [/no vector holds f64x4/, (builder, p) => builder.store(p, b.load(vector("f64", 4), p))],
    [/not there/, (builder, p) => builder.call("g", [p])],
    [/1 arguments for 2|2 arguments for 1/, (builder, p) => builder.call("f", [p, p])],
    [/mask/, (builder, p) => builder.store(p, b.binary("lt", p, p))],
    [/mask of type/, (builder, p) => builder.store(p, b.select(p, p, p))],
    [/step that is not positive/, (builder, p) => builder.for(p, p, b.int(0), () => {})],
    [/sqrt of i32/, (builder, p) => builder.store(p, b.unary("sqrt", p))],
    [/not the same bits/, (builder, p) => builder.store(p, b.bitcast({ scalar: "f64", lanes: 1 }, p))],
  ];
  for (const [message, body] of bad) assert.throws(() => verifyFunctions([define(body)]), message);
});
