/** What the ways to least squares share: the problem, and what makes each of them ready for right-hand sides. */
import type { FloatDType, TypedArray } from "../../base/dtype.js";
import type { Matrix, Workspace } from "../../runtime/kernels.js";

export type LstsqMethod = "normal equations" | "qr" | "pivoted qr" | "truncated svd";

export interface Problem {
  readonly w: Workspace;
  readonly dtype: FloatDType;
  readonly a: TypedArray;
  readonly b: TypedArray;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Powers of two by which A is scaled. */
  readonly scale: number;
}

/** A way to solve, ready for more right-hand sides: m × k in (overwritten), n × k out, for the scaled matrix. */
export interface Way {
  readonly method: LstsqMethod;
  readonly rank: number;
  /** Infinite when the rank is deficient. */
  readonly condition: number;
  /** Of the part of A that counts. */
  readonly effectiveCondition: number;
  readonly solve: (b: Matrix) => Matrix;
  /** Corrections that are part of the method: the most of them. They end when one no longer gains a factor of 2. */
  readonly corrections: number;
}

/** The scaled matrix on the workspace. */
export function scaled({ w, a, m, n, scale }: Problem): Matrix {
  const matrix = w.load(a, m, n);
  if (scale !== 1) w.scale(scale, matrix);
  return matrix;
}
