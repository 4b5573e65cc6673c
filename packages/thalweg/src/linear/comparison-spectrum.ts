/**
 * The singular value decomposition of a system, from which everything else is had in one go: ridge for any number of penalties and truncations of every rank,
 *
 *   β(α) = Σ σᵢ/(σᵢ² + α) (uᵢᵀb) vᵢ,   β_k = Σ_{i ≤ k} (uᵢᵀb)/σᵢ vᵢ
 *
 * (Golub and Van Loan, Matrix Computations, 4th ed., 5.5 and 6.1.4).
 */
import { runSvd } from "../linalg/svd/svd.js";
import type { LinearSystem } from "./comparison-system.js";

export interface Spectrum {
  /** min(rows, columns), descending. */
  readonly values: Float64Array;
  /** Right singular vectors in rows, values.length × columns. */
  readonly vt: Float64Array;
  /** uᵢᵀ b */
  readonly coordinates: Float64Array;
  readonly columns: number;
  /** How many exceed max(rows, columns)·ε·σ₁. */
  readonly rank: number;
}

export function spectrumOf(op: string, { a, b, rows, columns }: LinearSystem): Spectrum {
  const { u, values, vt } = runSvd(op, a, rows, columns, "thin");
  const count = values.length;
  const coordinates = new Float64Array(count);
  for (let i = 0; i < rows; i += 1) {
    const target = b[i] ?? 0;
    for (let k = 0; k < count; k += 1) coordinates[k] = (coordinates[k] ?? 0) + (u[i * count + k] ?? 0) * target;
  }
  const limit = Math.max(rows, columns) * Number.EPSILON * (values[0] ?? 0);
  return { values, vt, coordinates, columns, rank: values.filter((s) => s > limit).length };
}

/** V times the coordinates. */
export function fromCoordinates({ vt, columns }: Spectrum, parts: Float64Array): Float64Array {
  const beta = new Float64Array(columns);
  for (let k = 0; k < parts.length; k += 1)
    for (let j = 0; j < columns; j += 1) beta[j] = (beta[j] ?? 0) + (vt[k * columns + j] ?? 0) * (parts[k] ?? 0);
  return beta;
}

/** Ridge in the coordinates of the right singular vectors; α > 0. */
export function ridgeParts({ values, coordinates }: Spectrum, alpha: number): Float64Array {
  // c/(σ + α/σ): the square of σ may leave the range where this does not
  return coordinates.map((c, k) => {
    const s = values[k] ?? 0;
    return s === 0 ? 0 : c / (s + alpha / s);
  });
}

/** Vᵀ x */
export function toCoordinates({ vt, values, columns }: Spectrum, x: ArrayLike<number>): Float64Array {
  return values.map((_, k) => {
    let sum = 0;
    for (let j = 0; j < columns; j += 1) sum += (vt[k * columns + j] ?? 0) * (x[j] ?? 0);
    return sum;
  });
}
