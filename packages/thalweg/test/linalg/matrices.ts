/** The matrices on which every factorisation is held to its bars. */

import { random, type Tensor, zeros } from "../../src/index.js";
import {
  graded,
  hilbert,
  kahan,
  toeplitz,
  vandermonde,
  wilkinsonGrowth,
  withSingularValues,
} from "../../src/linalg/index.js";

export function gaussian(rows: number, columns: number, seed = 1): Tensor {
  return random.normal([rows, columns], { seed, dtype: "float64" });
}

/** Sizes below, at and above the edges of panels (8), blocks (24, 32) and their halves. */
export const sizes: readonly number[] = [
  0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 23, 24, 25, 31, 32, 33, 40, 47, 49, 63, 64, 65, 70,
];

export function hostile(): readonly (readonly [string, Tensor])[] {
  const decay = Array.from({ length: 20 }, (_, i) => 10 ** -i);
  return [
    ["hilbert 5", hilbert(5)],
    ["hilbert 15", hilbert(15)],
    ["kahan 60", kahan(60)],
    ["wilkinson growth 50", wilkinsonGrowth(50)],
    ["graded rows", graded(30, 30)],
    ["graded columns", graded(30, 30).transpose()],
    ["graded tall", graded(50, 12)],
    ["graded wide", graded(12, 50).transpose().transpose()],
    ["toeplitz", toeplitz([4, 1, 0.5, 0.25, 0, 0, 1], [4, -1, 2, 0, 0, 0, 3])],
    ["vandermonde", vandermonde(Array.from({ length: 12 }, (_, i) => i / 11))],
    ["decaying singular values", withSingularValues(decay, 45, 20, 3)],
    ["rank 3 of 12", gaussian(40, 3, 5).matmul(gaussian(3, 12, 6))],
    ["rank 2, wide", gaussian(9, 2, 7).matmul(gaussian(2, 30, 8))],
    ["zeros", zeros([9, 5], { dtype: "float64" })],
    ["tiny", gaussian(10, 10, 9).mul(1e-300)],
    ["huge", gaussian(10, 10, 10).mul(1e300)],
    ["one column of zeros", gaussian(12, 12, 11).mul(random.normal([12], { seed: 1, dtype: "float64" }).gt(0))],
    ["tall", gaussian(200, 9, 12)],
    ["wide", gaussian(9, 200, 13)],
  ];
}
