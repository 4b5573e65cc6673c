/** The run-time-size kernels on several threads: the bits of one, whatever the number. */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { eye, tensor } from "../../src/index.js";
import { cholesky, eig, eigh, inverse, lstsq, lu, qr, solve, svd } from "../../src/linalg/index.js";
import { setDevice } from "../../src/runtime/device.js";
import { type Matrix, withWorkspace } from "../../src/runtime/kernels.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { fingerprint, noise, useTeam, withAll } from "./teams.js";

function matrix(rows: number, columns: number, seed: number, dtype: "float32" | "float64"): Tensor {
  return tensor(Float64Array.from(noise(rows * columns, seed)))
    .cast(dtype)
    .reshape([rows, columns]);
}

/** Everything that the factorisations give for one matrix, tall, and one that is square. */
function all(dtype: "float32" | "float64"): string {
  const tall = matrix(173, 61, 1, dtype);
  const square = matrix(97, 97, 2, dtype);
  const right = matrix(97, 41, 3, dtype);
  const definite = square.matmul(square.transpose()).add(eye(97, { dtype }));
  const { q, r } = qr(tall);
  const { u, s, vt } = svd(tall);
  const symmetric = eigh(definite);
  const general = eig(square);
  const factors = lu(square);
  return fingerprint(
    ...[q, r, u, s, vt, symmetric.values, symmetric.vectors],
    ...[general.values.re, general.values.im, general.vectors.re],
    ...[factors.l, factors.u, cholesky(definite), solve(square, right).x, inverse(square)],
    lstsq(tall, matrix(173, 5, 4, dtype)).x,
  );
}

/** The level-2 and level-3 kernels on views of every layout, some shorter than a part. */
function products(): string {
  return withWorkspace("float64", (w) => {
    const results: number[] = [];
    const keep = (m: Matrix): void => {
      for (const value of w.read(m)) results.push(value);
    };
    for (const [m, n, k] of [
      [40, 17, 300],
      [17, 40, 3],
      [15, 15, 15],
      [130, 1, 70],
      [1, 130, 70],
    ] as const) {
      const a = w.load(noise(m * k, 5), m, k);
      const b = w.load(noise(k * n, 6), k, n);
      const at = w.load(noise(m * k, 7), k, m).transposed();
      const c = w.load(noise(m * n, 8), m, n);
      w.gemm(0.5, a, b, c);
      w.gemm(-1, at, b, c);
      keep(c);
      const ct = w.load(noise(m * n, 9), n, m).transposed();
      w.gemmInto(2, at, b, ct);
      keep(ct);
      w.ger(1.5, a.column(0), b.row(0), c);
      w.ger(1.5, a.column(0), b.row(0), ct);
      keep(c);
      keep(ct);
      const v = w.load(noise(m, 10), m, 1);
      w.applyReflector(v, 0.25, c);
      w.applyReflector(v, 0.25, ct);
      keep(c);
      keep(ct);
    }
    return fingerprint(tensor(Float64Array.from(results)));
  });
}

describe("kernels on several threads", () => {
  afterEach(() => {
    setDevice(undefined);
  });

  it("give the bits of one thread", async () => {
    useTeam(1);
    const expected = [all("float64"), all("float32"), products()];
    for (const threads of [2, 3, 7]) {
      const device = useTeam(threads, false);
      try {
        const found = [
          await withAll(device, () => all("float64")),
          await withAll(device, () => all("float32")),
          await withAll(device, products),
        ];
        assert.deepEqual(found, expected, `${threads} threads`);
      } finally {
        device.threads.stop();
      }
    }
  });
});
