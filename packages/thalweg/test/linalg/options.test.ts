/** Options that do not exist are refused by every function that takes some, with the name that was meant. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { UserError } from "../../src/index.js";
import * as linalg from "../../src/linalg/index.js";

const a = [
  [4, 1],
  [1, 3],
];
const b = [1, 2];

/** Calls with any options at all, which the types would refuse. */
const calls: Readonly<Record<string, (options: never) => unknown>> = {
  solve: (o) => linalg.solve(a, b, o),
  solveTriangular: (o) => linalg.solveTriangular(a, b, o),
  lstsq: (o) => linalg.lstsq(a, b, o),
  pseudoInverse: (o) => linalg.pseudoInverse(a, o),
  rankBySvd: (o) => linalg.rankBySvd(a, o),
  nullSpaceBySvd: (o) => linalg.nullSpaceBySvd(a, o),
  rangeBasisBySvd: (o) => linalg.rangeBasisBySvd(a, o),
  matrixRank: (o) => linalg.matrixRank(a, o),
  nullSpace: (o) => linalg.nullSpace(a, o),
  rangeBasis: (o) => linalg.rangeBasis(a, o),
  project: (o) => linalg.project(a, b, o),
  qr: (o) => linalg.qr(a, o),
  svd: (o) => linalg.svd(a, o),
  gramSchmidt: (o) => linalg.gramSchmidt(a, o),
  accurateSum: (o) => linalg.accurateSum(b, o),
  graded: (o) => linalg.graded(2, 2, o),
  conjugateGradient: (o) => linalg.conjugateGradient(a, b, o),
  lsqr: (o) => linalg.lsqr(a, b, o),
  powerIteration: (o) => linalg.powerIteration(a, o),
  inverseIteration: (o) => linalg.inverseIteration(a, o),
  subspaceIteration: (o) => linalg.subspaceIteration(a, 1, o),
  lanczosEigen: (o) => linalg.lanczosEigen(a, 1, o),
  lanczosSvd: (o) => linalg.lanczosSvd(a, 1, o),
  randomizedSvd: (o) => linalg.randomizedSvd(a, 1, o),
};

const refused = (name: string, options: unknown, pattern: RegExp): void => {
  assert.throws(
    () => calls[name]?.(options as never),
    (error: unknown) =>
      error instanceof UserError && error.message.startsWith(`${name}: `) && pattern.test(error.message),
    `${name} ${JSON.stringify(options)}`,
  );
};

test("every function refuses an option that it does not have", () => {
  for (const [name, call] of Object.entries(calls)) {
    refused(name, { zzz: 1 }, /there is no option zzz; the options are [a-z]/);
    refused(name, { toString: 1 }, /there is no option toString/);
    refused(name, 1e-9, /options must be one object/);
    refused(name, null, /options must be one object/);
    call({} as never);
    call(undefined as never);
  }
});

test("the name that was meant is suggested", () => {
  refused("solve", { refin: 1 }, /did you mean refine\?$/);
  for (const name of ["lstsq", "pseudoInverse", "matrixRank", "project"])
    refused(name, { rcond: 1e-9 }, /there is no option rcond; .*did you mean tolerance\?$/);
  refused("conjugateGradient", { tol: 1e-3 }, /did you mean tolerance\?$/);
  refused("lanczosEigen", { maxIteration: 5 }, /did you mean maxIterations\?$/);
  refused("lanczosEigen", { ncv: 30 }, /did you mean basis\?$/);
  refused("inverseIteration", { sigma: 3 }, /did you mean shift\?$/);
  refused("lsqr", { damp: 3 }, /did you mean damping\?$/);
});
