/** Products and norms in plain loops, so that factorisations are not measured by the code under test. */
import type { Tensor } from "../../src/index.js";

export interface Dense {
  readonly rows: number;
  readonly columns: number;
  readonly data: ArrayLike<number>;
}

export const eps = 2 ** -52;

export function dense(t: Tensor): Dense {
  return { rows: t.shape[0] ?? 0, columns: t.shape[1] ?? 0, data: t.data() };
}

export function at(m: Dense, i: number, j: number): number {
  return m.data[i * m.columns + j] ?? Number.NaN;
}

export function build(rows: number, columns: number, element: (i: number, j: number) => number): Dense {
  const data = Float64Array.from({ length: rows * columns }, (_, k) => element(Math.floor(k / columns), k % columns));
  return { rows, columns, data };
}

export function multiply(a: Dense, b: Dense): Dense {
  const data = new Float64Array(a.rows * b.columns);
  for (let i = 0; i < a.rows; i += 1)
    for (let k = 0; k < a.columns; k += 1) {
      const x = at(a, i, k);
      if (x === 0) continue;
      for (let j = 0; j < b.columns; j += 1) data[i * b.columns + j] = (data[i * b.columns + j] ?? 0) + x * at(b, k, j);
    }
  return { rows: a.rows, columns: b.columns, data };
}

export function transpose(a: Dense): Dense {
  return build(a.columns, a.rows, (i, j) => at(a, j, i));
}

export function subtract(a: Dense, b: Dense): Dense {
  return build(a.rows, a.columns, (i, j) => at(a, i, j) - at(b, i, j));
}

export function absolute(a: Dense): Dense {
  return build(a.rows, a.columns, (i, j) => Math.abs(at(a, i, j)));
}

/** The largest sum of sizes in a row: no squares, so nothing overflows before its time. */
export function norm(a: Dense): number {
  let most = 0;
  for (let i = 0; i < a.rows; i += 1) {
    let sum = 0;
    for (let j = 0; j < a.columns; j += 1) sum += Math.abs(at(a, i, j));
    if (!(sum <= most)) most = sum;
  }
  return most;
}

/** ‖a − b‖ in units of n·eps·scale. */
export function distance(a: Dense, b: Dense, scale = norm(b), unit = eps): number {
  const n = Math.max(a.rows, a.columns, 1);
  const difference = norm(subtract(a, b));
  return difference === 0 ? 0 : difference / (n * unit * scale);
}

/** ‖QᵀQ − I‖ in units of n·eps. */
export function orthogonality(q: Dense, unit = eps): number {
  const identity = build(q.columns, q.columns, (i, j) => (i === j ? 1 : 0));
  return norm(subtract(multiply(transpose(q), q), identity)) / (Math.max(q.rows, q.columns, 1) * unit);
}
