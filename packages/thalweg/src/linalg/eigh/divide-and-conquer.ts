/**
 * Eigenvalues and eigenvectors of a symmetric tridiagonal matrix by divide and conquer. Cut in two, it is
 *
 *   T = (T₁ 0; 0 T₂) + ρ v vᵀ = Q (D + ρ z zᵀ) Qᵀ,   z = Qᵀ v,
 *
 * with the eigenvectors Q of the halves; those of the middle matrix come from its secular equation, and the rest is matrix products. Cuppen 1981; the vectors are
 * orthogonal however close the eigenvalues because they are made for a ẑ near z for which the computed eigenvalues are exact (Gu and Eisenstat 1995).
 */
import type { Matrix, Workspace } from "../../runtime/kernels.js";
import { secularSums, secularVectors } from "../../runtime/spectral-kernels.js";
import { RotationSweeps } from "../plane-rotations.js";
import { type Deflated, deflate } from "./deflation.js";
import { tridiagonalEigenvalues } from "./implicit-ql.js";
import { secularRoot } from "./secular.js";

/** Up to this size by implicit QL. */
export const leafRows = 48;
const eps = 2 ** -53;

/**
 * Of T with diagonal d and off-diagonal e (one more element is spare); both are destroyed: d ← the eigenvalues, in no order, row j of `rows` (n × n) ← the eigenvector of dⱼ.
 * The elements of T must be finite. Returns how many eigenvalues had not converged: 0, but for failure.
 */
export function tridiagonalEigen(w: Workspace, d: Float64Array, e: Float64Array, rows: Matrix): number {
  const n = d.length;
  w.fill(rows, 0, 1);
  // tolerances and ranges are those of a matrix whose largest element is near 1
  const largest = Math.max(
    ...[d, e.subarray(0, Math.max(0, n - 1))].map((x) => x.reduce((m, v) => Math.max(m, Math.abs(v)), 0)),
  );
  if (!Number.isFinite(largest)) return n;
  const scale = largest === 0 ? 1 : 2 ** Math.min(1000, -Math.floor(Math.log2(largest)));
  for (const x of [d, e]) for (let i = 0; i < n; i += 1) x[i] = (x[i] ?? 0) * scale;
  const missing = new Division(w, d, e, rows).solve(0, n);
  for (let i = 0; i < n; i += 1) d[i] = (d[i] ?? 0) / scale;
  return missing;
}

class Division {
  private readonly w: Workspace;
  private readonly d: Float64Array;
  private readonly e: Float64Array;
  private readonly rows: Matrix;

  constructor(w: Workspace, d: Float64Array, e: Float64Array, rows: Matrix) {
    this.w = w;
    this.d = d;
    this.e = e;
    this.rows = rows;
  }

  /** Of `count` rows; how many eigenvalues are missing. */
  solve(start: number, count: number): number {
    const { d, e } = this;
    if (count <= leafRows) return this.leaf(start, count);
    const half = Math.ceil(count / 8) * 4;
    const cut = start + half;
    const coupling = e[cut - 1] ?? 0;
    d[cut - 1] = (d[cut - 1] ?? 0) - Math.abs(coupling);
    d[cut] = (d[cut] ?? 0) - Math.abs(coupling);
    const missing = this.solve(start, half) + this.solve(cut, count - half);
    return missing > 0 ? missing : this.w.inside(() => this.merge(start, count, half, coupling));
  }

  private leaf(start: number, count: number): number {
    const { w, rows } = this;
    const d = this.d.subarray(start, start + count);
    const e = this.e.slice(start, start + count);
    e[count - 1] = 0;
    const sweeps = new RotationSweeps(w, rows.block(start, start, count, count));
    const missing = tridiagonalEigenvalues(d, e, sweeps);
    sweeps.flush();
    return missing;
  }

  private merge(start: number, count: number, half: number, coupling: number): number {
    const { w } = this;
    const rows = this.rows.block(start, start, count, count);
    const d = this.d.subarray(start, start + count);
    const z = this.joint(rows, half, coupling);
    const rho = 2 * Math.abs(coupling);
    const size = d.reduce((most, x) => Math.max(most, Math.abs(x)), rho);
    const deflated = deflate(d, z, rho, ascending(d), half, 8 * eps * size, (x, y, c, s) =>
      w.rotate(rows.row(x), rows.row(y), c, s),
    );
    const { kept, finished } = deflated;
    if (kept.length > 0) {
      const done = w.matrix(finished.length, count);
      finished.forEach((row, i) => {
        w.copy(rows.row(row), done.row(i));
      });
      const finishedValues = finished.map((row) => d[row] ?? 0);
      const values = this.combine(rows, half, deflated, d, z, rho);
      if (values === undefined) return kept.length;
      w.copy(done, rows.block(kept.length, 0, finished.length, count));
      d.set(values);
      d.set(finishedValues, kept.length);
    }
    return 0;
  }

  /** The first rows ← the vectors of what was not deflated; returns the eigenvalues, or undefined where some did not converge. */
  private combine(
    rows: Matrix,
    half: number,
    { kept, kinds }: Deflated,
    d: Float64Array,
    z: Float64Array,
    rho: number,
  ): Float64Array | undefined {
    const { w } = this;
    const n = kept.length;
    const [poles, weights] = [d, z].map((x) => Float64Array.from(kept, (row) => x[row] ?? 0)) as [
      Float64Array,
      Float64Array,
    ];
    const [dk, zk] = [w.load(poles, n, 1), w.load(weights, n, 1)];
    const problem = {
      d: poles,
      z: weights,
      inverse: 1 / rho,
      sums: (split: number, origin: number, tau: number) => secularSums(w, dk, zk, split, origin, tau),
    };
    const [origins, taus] = [new Float64Array(n), new Float64Array(n)];
    for (let i = 0; i < n; i += 1) {
      const root = secularRoot(problem, i);
      if (root === undefined) return undefined;
      origins[i] = root.origin;
      taus[i] = root.tau;
    }
    // zeros are left out of the products: rows that are zero in the second half come first, those that are in the first half last
    const grouped = (["first", "both", "second"] as const).map((kind) => kept.filter((row) => kinds[row] === kind));
    const [one = [], two = [], three = []] = grouped;
    const inverse = new Map(grouped.flat().map((row, i) => [row, i]));
    const place = w.loadIntegers(Int32Array.from(kept, (row) => inverse.get(row) ?? 0));
    const s = w.spread(n, n);
    const roots = { origins: w.load(origins, n, 1), taus: w.load(taus, n, 1) };
    secularVectors(w, { d: dk, z: zk }, roots, place, s);
    const gather = (list: readonly number[], from: number, columns: number): Matrix => {
      const result = w.matrix(list.length, columns);
      list.forEach((row, i) => {
        w.copy(rows.block(row, from, 1, columns), result.row(i));
      });
      return result;
    };
    const rest = rows.rows - half;
    const upper = gather([...one, ...two], 0, half);
    const lower = gather([...two, ...three], half, rest);
    w.gemmInto(1, s.block(0, 0, upper.rows, n).transposed(), upper, rows.block(0, 0, n, half));
    w.gemmInto(1, s.block(one.length, 0, lower.rows, n).transposed(), lower, rows.block(0, half, n, rest));
    return origins.map((origin, i) => origin + (taus[i] ?? 0));
  }

  /** z, of length 1: the last elements of the vectors of the first half and the first elements of those of the second. */
  private joint(rows: Matrix, half: number, coupling: number): Float64Array {
    const { w } = this;
    const z = new Float64Array(rows.rows);
    z.set(w.values(rows.block(0, half - 1, half, 1)));
    z.set(w.values(rows.block(half, half, rows.rows - half, 1)), half);
    const factor = Math.SQRT1_2;
    return z.map((x, i) => (i >= half && coupling < 0 ? -factor : factor) * x);
  }
}

function ascending(d: Float64Array): Int32Array {
  return Int32Array.from(d, (_, i) => i).sort((i, j) => (d[i] ?? 0) - (d[j] ?? 0));
}
