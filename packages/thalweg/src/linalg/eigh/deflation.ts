/**
 * What need not be solved of D + ρ z zᵀ: where zⱼ is negligible dⱼ is an eigenvalue already, and of two nearly equal dⱼ a rotation makes one zⱼ vanish
 * (Cuppen 1981; Dongarra and Sorensen 1987).
 */
import { safeLength } from "../plane-rotations.js";

/** Which half of a row of vectors is not zero. */
export type RowKind = "first" | "both" | "second";

export interface Deflated {
  /** Rows that stay in the problem, by ascending d. */
  readonly kept: readonly number[];
  /** Rows that are eigenvectors already. */
  readonly finished: readonly number[];
  readonly kinds: readonly RowKind[];
}

/**
 * `order` lists the rows by ascending d. d and z are changed, and `rotate` is called for the rows x and y that become c x + s y and c y − s x. The errors
 * made are of the order of `tolerance`.
 */
export function deflate(
  d: Float64Array,
  z: Float64Array,
  rho: number,
  order: ArrayLike<number>,
  half: number,
  tolerance: number,
  rotate: (x: number, y: number, c: number, s: number) => void,
): Deflated {
  const kinds: RowKind[] = Array.from(d, (_, i) => (i < half ? "first" : "second"));
  const kept: number[] = [];
  const finished: number[] = [];
  let before = -1;
  for (let k = 0; k < d.length; k += 1) {
    const row = order[k] ?? 0;
    if (rho * Math.abs(z[row] ?? 0) <= tolerance) {
      finished.push(row);
      continue;
    }
    if (before >= 0) {
      const [zb, zr, db, dr] = [z[before] ?? 0, z[row] ?? 0, d[before] ?? 0, d[row] ?? 0];
      const length = safeLength(zr, zb);
      const [c, s] = [zr / length, -zb / length];
      if (Math.abs((dr - db) * c * s) <= tolerance) {
        rotate(before, row, c, s);
        z[row] = length;
        z[before] = 0;
        d[before] = db * c * c + dr * s * s;
        d[row] = db * s * s + dr * c * c;
        if (kinds[before] !== kinds[row]) {
          kinds[before] = "both";
          kinds[row] = "both";
        }
        finished.push(before);
      } else kept.push(before);
    }
    before = row;
  }
  if (before >= 0) kept.push(before);
  return { kept, finished, kinds };
}
