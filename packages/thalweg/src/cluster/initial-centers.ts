/**
 * Where k-means begins. k-means++ draws each centre among the rows with a chance in proportion to the squared distance from those drawn before; of
 * 2 + log k draws the one that leaves the least is kept. Arthur and Vassilvitskii, SODA 2007.
 */
import { UserError } from "../base/errors.js";
import { fold, type Key } from "../base/random.js";
import { type MatrixInput, readMatrix } from "../data/matrix.js";
import type { Rows } from "./assign.js";
import { uniforms, weightedPosition } from "./draws.js";

/** A way to choose, or the centres themselves. */
export type InitialCenters = "k-means++" | "random" | readonly (readonly number[])[];

/** Centres, centred like the rows. */
export function initialCenters(
  rows: Rows,
  weights: Float64Array,
  k: number,
  choice: "k-means++" | "random",
  key: Key,
): Float64Array {
  const chosen = choice === "random" ? differentRows(weights, k, key) : plusPlus(rows, weights, k, key);
  const { columns, data } = rows;
  const centers = new Float64Array(k * columns);
  chosen.forEach((i, c) => {
    centers.set(data.subarray(i * columns, (i + 1) * columns), c * columns);
  });
  return centers;
}

function plusPlus(rows: Rows, weights: Float64Array, k: number, key: Key): number[] {
  const trials = 2 + Math.floor(Math.log(k));
  const first = weightedPosition(weights, total(weights), uniforms(fold(key, 0), 1)[0] ?? 0);
  const chosen = [first];
  let nearest = rows.distancesTo(first);
  for (let c = 1; c < k; c += 1) {
    const chances = nearest.map((d, i) => d * (weights[i] ?? 0));
    const sum = total(chances);
    // Rows that all coincide with centres: any will do.
    const draw = sum > 0 ? chances : weights;
    let best: { readonly row: number; readonly nearest: Float64Array; readonly left: number } | undefined;
    for (const part of uniforms(fold(key, c), trials)) {
      const row = weightedPosition(draw, sum > 0 ? sum : total(weights), part);
      const reduced = rows.distancesTo(row);
      let left = 0;
      for (let i = 0; i < reduced.length; i += 1) {
        reduced[i] = Math.min(reduced[i] ?? 0, nearest[i] ?? 0);
        left += (reduced[i] ?? 0) * (weights[i] ?? 0);
      }
      if (best === undefined || left < best.left) best = { row, nearest: reduced, left };
    }
    chosen.push(best?.row ?? first);
    nearest = best?.nearest ?? nearest;
  }
  return chosen;
}

/** k different rows, each drawn with a chance in proportion to its weight. */
function differentRows(weights: Float64Array, k: number, key: Key): number[] {
  const left = weights.slice();
  return Array.from(uniforms(key, k), (part) => {
    const i = weightedPosition(left, total(left), part);
    left[i] = 0;
    return i;
  });
}

/** @throws ShapeError, UserError unless there are k centres of as many columns as the rows have. */
export function givenCenters(op: string, centers: MatrixInput, k: number, columns: number): Float64Array {
  const matrix = readMatrix(op, "init", centers);
  if (matrix.rows !== k || matrix.columns !== columns)
    throw new UserError(
      `${op}: init must hold ${k} centres (clusters) of ${columns} columns, got ${matrix.rows} of ${matrix.columns}`,
    );
  return matrix.data;
}

function total(values: Float64Array): number {
  return values.reduce((a, b) => a + b, 0);
}
