/** Rows without their means in the program memory, where all algorithms of principal components find them. */
import type { Matrix } from "../data/matrix.js";
import type { Matrix as Block, Workspace } from "../runtime/kernels.js";

/** Beyond 2 to ± this the elements are brought near 1, so that squares of squares stay in range. */
const largestExponent = 50;

export interface CenteredRows {
  readonly rows: number;
  readonly columns: number;
  /** √weight · (row − means) · scale. */
  readonly x: Block;
  readonly means: Float64Array;
  /** The number of rows, or the sum of their weights. */
  readonly weight: number;
  /** A power of two. */
  readonly scale: number;
  /** Sum of the squares of the elements of x. */
  readonly squares: number;
}

/**
 * `size` is that of numbers which the rows will be joined with, for the scale. The means are taken twice: what the first left over is taken from the second's differences, which have no large common part.
 */
export function centerRows(
  w: Workspace,
  { rows, columns, data }: Matrix,
  weights: Float64Array | undefined,
  size = 0,
): CenteredRows {
  const x = w.load(data, rows, columns);
  const all = x.reshaped(rows * columns, 1);
  const exponent = Math.floor(Math.log2(Math.max(size, w.maxAbs(x).value) || 1));
  const scale = Math.abs(exponent) <= largestExponent ? 1 : 2 ** Math.max(-1000, Math.min(1000, -exponent));
  if (scale !== 1) w.scale(scale, all);
  const weight = weights?.reduce((a, b) => a + b, 0) ?? rows;
  const means = new Float64Array(columns);
  w.inside(() => {
    const shares = w.load(weights ?? new Float64Array(rows).fill(1), rows, 1);
    const ones = w.load(new Float64Array(rows).fill(1), rows, 1);
    for (let pass = 0; pass < 2; pass += 1) {
      const sums = w.zeros(columns, 1);
      w.gemv(1 / weight, x.transposed(), shares, sums);
      w.ger(-1, ones, sums, x);
      w.values(sums).forEach((mean, j) => {
        means[j] = (means[j] ?? 0) + mean / scale;
      });
    }
  });
  weights?.forEach((share, i) => {
    w.scale(Math.sqrt(share), x.block(i, 0, 1, columns).transposed());
  });
  return { rows, columns, x, means, weight, scale, squares: w.dot(all, all) };
}
