/** Derivatives of factorisations and solutions, against differences, forward against reverse, and of second order. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkGradients, compile, grad, NumericalError, type Tensor, tensor } from "../../src/index.js";
import {
  cholesky,
  determinant,
  inverse,
  logDeterminant,
  lstsq,
  lu,
  matrixPower,
  pivotedQr,
  qr,
  solve,
  solveTriangular,
} from "../../src/linalg/index.js";
import { gaussian } from "./matrices.js";

const identity = (n: number): Tensor =>
  tensor(
    Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0)),
    { shape: [n, n] },
  );
const a = gaussian(5, 5, 1).add(identity(5).mul(2));
const tall = gaussian(7, 4, 2);
const wide = gaussian(4, 7, 3);
const b = gaussian(5, 3, 4);
const v = gaussian(5, 1, 5).reshape([5]);

type Case = readonly [string, (...args: Tensor[]) => unknown, Tensor[]];

const cases: readonly Case[] = [
  ["solve", (x, y) => solve(x as Tensor, y as Tensor).x, [a, b]],
  ["solve with a vector", (x, y) => solve(x as Tensor, y as Tensor).x, [a, v]],
  ["inverse", (x) => inverse(x as Tensor), [a]],
  ["determinant", (x) => determinant(x as Tensor), [a]],
  ["log determinant", (x) => logDeterminant(x as Tensor).logAbs, [a]],
  ["cholesky", (x) => cholesky((x as Tensor).matmul((x as Tensor).transpose()).add(identity(5))), [a]],
  ["cholesky of the lower triangle", (x) => cholesky((x as Tensor).add(identity(5).mul(9))), [a]],
  ["qr, tall", (x) => Object.values(qr(x as Tensor)), [tall]],
  ["qr, square", (x) => Object.values(qr(x as Tensor, { mode: "complete" })), [a]],
  ["qr, wide", (x) => Object.values(qr(x as Tensor)), [wide]],
  ["pivoted qr", (x) => [pivotedQr(x as Tensor).q, pivotedQr(x as Tensor).r], [tall]],
  ["lu", (x) => [lu(x as Tensor).l, lu(x as Tensor).u], [a]],
  ["lstsq, tall", (x, y) => lstsq(x as Tensor, y as Tensor).x, [tall, gaussian(7, 2, 6)]],
  ["lstsq, wide", (x, y) => lstsq(x as Tensor, y as Tensor).x, [wide, gaussian(4, 2, 7)]],
  ["matrix power", (x) => matrixPower(x as Tensor, -3), [a]],
  ...(["lower", "upper"] as const).flatMap((triangle) =>
    [false, true].flatMap((transposed) =>
      [false, true].map(
        (unit): Case => [
          `triangular ${triangle} ${transposed} ${unit}`,
          (t, y) => solveTriangular(t as Tensor, y as Tensor, { triangle, transposed, unit }),
          [a, b],
        ],
      ),
    ),
  ),
];

test("first derivatives", () => {
  for (const [name, fn, args] of cases) {
    const report = checkGradients(fn, args, { onFailure: "report", tolerance: 1e-5 });
    assert.ok(report.ok, `${name}: ${JSON.stringify(report.worst)} ${JSON.stringify(report.transpose)}`);
  }
});

test("second derivatives", () => {
  const second: readonly Case[] = cases.filter(([name]) =>
    ["solve", "determinant", "log determinant", "cholesky", "qr, tall", "lstsq, tall"].includes(name),
  );
  for (const [name, fn, args] of second) {
    const sum = (...xs: Tensor[]): Tensor => {
      const results = [fn(...xs)].flat() as Tensor[];
      return results.map((r) => r.square().mul(0.1).add(r.sin()).sum()).reduce((p, q) => p.add(q));
    };
    const report = checkGradients((...xs: Tensor[]) => grad(sum)(...(xs as [Tensor])), args, {
      onFailure: "report",
      tolerance: 1e-4,
    });
    assert.ok(report.ok, `${name}: ${JSON.stringify(report.worst)}`);
  }
});

test("only one side moves", () => {
  for (const [fn, x] of [
    [(y: Tensor) => solve(a, y).x, b],
    [(m: Tensor) => solve(m, b).x, a],
    [(y: Tensor) => solveTriangular(a, y), b],
    [(y: Tensor) => lstsq(tall, y).x, gaussian(7, 1, 1)],
  ] as const)
    assert.ok(checkGradients(fn, [x], { tolerance: 1e-5 }).ok);
});

test("a compiled gradient", () => {
  const loss = (x: Tensor): Tensor => logDeterminant(x).logAbs;
  const [compiled, direct] = [compile(grad(loss))(a).data(), inverse(a).transpose().data()];
  direct.forEach((x, i) => {
    assert.ok(Math.abs(x - (compiled[i] ?? 0)) < 1e-13);
  });
});

test("where there is no derivative the error says why", () => {
  assert.throws(
    () => grad((x: Tensor) => qr(x, { mode: "complete" }).q.sum())(tall),
    /extra columns of Q have no derivative/,
  );
  assert.throws(() => grad((x: Tensor) => logDeterminant(x).logAbs)(a.mul(0)), NumericalError);
  assert.throws(() => grad((x: Tensor) => qr(x).q.sum())(tall.mul(0)), NumericalError);
});
