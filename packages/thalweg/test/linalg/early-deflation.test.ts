/** Aggressive early deflation by itself, and general eigenvalues of matrices large enough for it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { diag, type Tensor, tensor } from "../../src/index.js";
import { deflateEarly } from "../../src/linalg/eig/early-deflation.js";
import { schurForm } from "../../src/linalg/eig/francis.js";
import { eig, eigh, eigvals, graded, kahan, toeplitz } from "../../src/linalg/index.js";
import { withWorkspace } from "../../src/runtime/kernels.js";
import { gaussian } from "./matrices.js";
import { at, build, type Dense, dense, eps, multiply, norm, subtract, transpose } from "./measure.js";

/** Hessenberg; the last `converging` subdiagonal elements are small, as they are when eigenvalues are about to be found. */
function hessenberg(n: number, converging: number, size: number, seed: number): Dense {
  const g = dense(gaussian(n, n, seed));
  return build(n, n, (i, j) => (i > j + 1 ? 0 : i === j + 1 && i >= n - converging ? size * at(g, i, j) : at(g, i, j)));
}

function identity(n: number): Dense {
  return build(n, n, (i, j) => (i === j ? 1 : 0));
}

test("a window is turned by an orthogonal similarity, what is deflated is in Schur form, the rest Hessenberg", () => {
  const n = 40;
  let found = 0;
  for (let seed = 1; seed <= 30; seed += 1) {
    const count = [5, 12, 20][seed % 3] ?? 5;
    // rows after the block, which only the turning reaches
    const beyond = seed % 4 === 0 ? 6 : 0;
    const end = n - 1 - beyond;
    const start = seed % 2 === 0 ? 3 : 0;
    const a = hessenberg(n, beyond + 6, 10 ** -(seed % 7), seed);
    const data = Float64Array.from(a.data);
    if (beyond > 0) data[(end + 1) * n + end] = 0;
    if (start > 0) data[start * n + start - 1] = 0;
    const before: Dense = { rows: n, columns: n, data };
    const name = `seed ${seed}: window ${count}, block ${start} to ${end}`;
    const { after, alone, turned, early } = withWorkspace("float64", (w) => {
      const [h, z, block] = [w.load(data, n, n), w.load(Float64Array.from(identity(n).data), n, n), w.load(data, n, n)];
      const result = deflateEarly(w, h, z, start, end, count, schurForm);
      deflateEarly(w, block, undefined, start, end, count, schurForm);
      return { after: w.read(h), alone: w.read(block), turned: w.read(z), early: result };
    });
    assert.ok(early !== undefined, name);
    const [H, Z]: readonly [Dense, Dense] = [
      { rows: n, columns: n, data: after },
      { rows: n, columns: n, data: turned },
    ];
    const similar = norm(subtract(multiply(multiply(Z, before), transpose(Z)), H)) / norm(before);
    assert.ok(similar <= 20 * n * eps, `${name}: off by ${similar / eps} eps`);
    assert.ok(norm(subtract(multiply(Z, transpose(Z)), identity(n))) <= 20 * n * eps, name);
    found += early.deflated;
    const left = end + 1 - early.deflated;
    for (let i = 0; i < n; i += 1)
      for (let j = 0; j < n; j += 1) {
        const inside = i >= start && i <= end && j >= start && j <= end;
        if (inside && i > j + 1) assert.equal(at(H, i, j), 0, `${name}: element ${i}, ${j}`);
        if (inside)
          assert.ok(Math.abs((alone[i * n + j] ?? Number.NaN) - at(H, i, j)) <= 1e-12, `${name}: block alone`);
        else assert.ok(i >= start || j >= start || at(H, i, j) === at(before, i, j), `${name}: ${i}, ${j} was touched`);
      }
    if (early.deflated > 0 && left > start) assert.equal(at(H, left, left - 1), 0, `${name}: still coupled`);
    for (let i = left + 1; i <= end; i += 1)
      if (at(H, i, i - 1) !== 0) {
        assert.ok(
          at(H, i, i) === at(H, i - 1, i - 1) && at(H, i, i - 1) * at(H, i - 1, i) < 0,
          `${name}: pair at ${i}`,
        );
        assert.ok(i === end || at(H, i + 1, i) === 0, `${name}: blocks of 2 overlap at ${i}`);
      }
    for (const { re1, im1, re2, im2 } of early.shifts) assert.ok(im1 === -im2 && (im1 === 0 || re1 === re2), name);
    assert.ok(2 * early.shifts.length <= count - early.deflated, name);
  }
  assert.ok(found >= 20, `only ${found} eigenvalues were deflated`);
});

test("nothing is deflated where nothing has converged, and a window that does not converge changes nothing", () => {
  const n = 20;
  const data = Float64Array.from(hessenberg(n, 0, 1, 3).data);
  for (const schur of [schurForm, () => 1]) {
    const { after, early } = withWorkspace("float64", (w) => {
      const h = w.load(data, n, n);
      const result = deflateEarly(w, h, undefined, 0, n - 1, 4, schur);
      return { after: w.read(h), early: result };
    });
    assert.deepEqual(after, data);
    if (schur === schurForm) assert.ok(early?.deflated === 0 && early.shifts.length >= 1);
    else assert.equal(early, undefined);
  }
});

function companion(n: number, coefficients: ArrayLike<number>): Tensor {
  const data = new Float64Array(n * n);
  for (let i = 1; i < n; i += 1) data[i * n + i - 1] = 1;
  for (let i = 0; i < n; i += 1) data[i * n + n - 1] = coefficients[i] ?? 0;
  return tensor(data).reshape([n, n]);
}

function large(): readonly (readonly [string, Tensor])[] {
  const n = 210;
  const g = gaussian(n, n, 4);
  const ones = new Float64Array(n).fill(1);
  const column = Float64Array.from({ length: n }, (_, i) => (i === 0 ? 1 : i === 1 ? -1 : 0));
  const row = Float64Array.from({ length: n }, (_, i) => (i <= 3 ? 1 : 0));
  return [
    ...[199, 200, 201, 233].map((m) => [`gaussian ${m}`, gaussian(m, m, m)] as const),
    ["gaussian 401", gaussian(401, 401, 5)],
    ["cyclic", companion(n, [1])],
    ["companion", companion(n, gaussian(n, 1, 6).data())],
    ["skew", g.sub(g.transpose())],
    ["rank 5", gaussian(n, 5, 7).matmul(gaussian(5, n, 8))],
    ["defective", diag(tensor(ones.map(() => 3))).add(diag(tensor(ones.slice(1)), { offset: 1 }))],
    ["grcar", toeplitz([...column], [...row])],
    ["upper triangular", kahan(n)],
    ["graded", graded(n, n)],
    ["zeros", g.mul(0)],
    ["identity and noise", diag(tensor(ones)).add(g.mul(1e-14))],
    ["badly balanced", g.mul(tensor(Float64Array.from({ length: n }, (_, i) => 10 ** ((i % 15) - 7))))],
  ];
}

test("A V = V Λ of large matrices of all kinds", () => {
  for (const [name, a] of large()) {
    const { values, vectors } = eig(a);
    const A = dense(a);
    const n = A.rows;
    const [re, im, X, Y] = [values.re.data(), values.im.data(), dense(vectors.re), dense(vectors.im)];
    const largest = Math.max(norm(A), Number.MIN_VALUE);
    const relative = build(n, n, (i, j) => at(A, i, j) / largest);
    const [lr, li] = [re, im].map((x) => Float64Array.from(x, (v) => v / largest)) as [Float64Array, Float64Array];
    const scaled = (P: Dense, Q: Dense, sign: number): Dense =>
      build(n, n, (i, j) => at(P, i, j) * (lr[j] ?? 0) + sign * at(Q, i, j) * (li[j] ?? 0));
    const real = norm(subtract(multiply(relative, X), scaled(X, Y, -1)));
    const imaginary = norm(subtract(multiply(relative, Y), scaled(Y, X, 1)));
    const residual = Math.max(real, imaginary) / (n * eps);
    assert.ok(residual <= 50, `${name}: ‖AV − VΛ‖ is ${residual} n·eps`);
    const alone = eigvals(a);
    assert.equal(alone.re.shape[0], n, name);
    const trace = (x: ArrayLike<number>): number => Array.from(x).reduce((sum, v) => sum + v, 0) / largest;
    assert.ok(Math.abs(trace(alone.re.data()) - trace(re)) <= 20 * n * eps * n, `${name}: traces differ`);
  }
});

test("of a large symmetric matrix they are those of eigh, and the same bits each time", () => {
  const n = 220;
  const g = gaussian(n, n, 9);
  const a = g.add(g.transpose());
  const { values } = eig(a);
  const mine = [...values.re.data()].sort((x, y) => x - y);
  const limit = 20 * n * eps * norm(dense(a));
  eigh(a)
    .values.data()
    .forEach((x: number, i: number) => {
      assert.ok(Math.abs(x - (mine[i] ?? Number.NaN)) <= limit, `eigenvalue ${i}`);
    });
  assert.deepEqual(eig(a).values.re.data(), values.re.data());
});
