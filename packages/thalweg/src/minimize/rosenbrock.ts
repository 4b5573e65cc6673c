/**
 * Rosenbrock's valley in n dimensions and the comparison of BFGS with L-BFGS along it.
 *
 *   chain   Σᵢ 100 (xᵢ₊₁ − xᵢ²)² + (1 − xᵢ)²,  i = 1 … n − 1      one valley through all coordinates: iterations grow with n
 *   pairs   the same over i = 1, 3, 5, …                          n/2 valleys of two dimensions: iterations hardly depend on n
 *
 * H. Rosenbrock, Computer Journal 3 (1960); Moré, Garbow and Hillstrom, ACM TOMS 7 (1981), problems 1 and 21.
 */
import { UserError } from "../base/errors.js";
import type { Objective } from "./problem.js";
import { bfgs, lbfgs } from "./quasi-newton.js";
import type { MinimizeResult, StopOptions } from "./result.js";

export type RosenbrockForm = "chain" | "pairs";

/** Value and gradient; the minimum is 0, where all coordinates are 1. */
export function rosenbrock(form: RosenbrockForm = "chain"): Objective {
  const by = form === "pairs" ? 2 : 1;
  return (x, gradient) => {
    gradient.fill(0);
    let sum = 0;
    for (let i = 0; i + 1 < x.length; i += by) {
      const [a, b] = [x[i] ?? 0, x[i + 1] ?? 0];
      const [bend, away] = [b - a * a, 1 - a];
      sum += 100 * bend * bend + away * away;
      gradient[i] = (gradient[i] ?? 0) - 400 * a * bend - 2 * away;
      gradient[i + 1] = (gradient[i + 1] ?? 0) + 200 * bend;
    }
    return sum;
  };
}

/** The usual start: −1.2, 1, −1.2, 1, … */
export function rosenbrockStart(dimensions: number): Float64Array {
  return Float64Array.from({ length: dimensions }, (_, i) => (i % 2 === 0 ? -1.2 : 1));
}

export interface QuasiNewtonRow {
  readonly dimensions: number;
  readonly method: "bfgs" | "lbfgs";
  /** What the method keeps besides the points, in bytes. */
  readonly memory: number;
  /** Undefined where the memory was above the limit. */
  readonly result?: MinimizeResult;
  /** Milliseconds. */
  readonly time?: number;
  /** Largest distance of a coordinate from 1. */
  readonly error?: number;
}

export interface QuasiNewtonComparison extends Pick<StopOptions, "gradientTolerance" | "maxIterations"> {
  /** Even numbers. Default: 2, 10, 100, 1000, 10000. */
  readonly dimensions?: readonly number[];
  /** Default: "pairs". */
  readonly form?: RosenbrockForm;
  /** Pairs that L-BFGS keeps. Default: 10. */
  readonly memory?: number;
  /** Bytes; a method that needs more is left out and said to be so. Default: 1e9. */
  readonly memoryLimit?: number;
  /** The clock, in milliseconds. Default: Date.now. */
  readonly clock?: () => number;
}

/** Both methods from the same start with the same settings, dimension by dimension. */
export function compareQuasiNewton(options: QuasiNewtonComparison = {}): QuasiNewtonRow[] {
  const { dimensions = [2, 10, 100, 1000, 10000], form = "pairs", memory = 10, memoryLimit = 1e9 } = options;
  const { clock = Date.now, gradientTolerance = 1e-6, maxIterations = 20000 } = options;
  const wrong = dimensions.find((n) => !(Number.isSafeInteger(n) && n >= 2 && n % 2 === 0));
  if (wrong !== undefined)
    throw new UserError(`compareQuasiNewton: dimensions must be even whole numbers ≥ 2, got ${wrong}`);
  const stop = { gradientTolerance, maxIterations };
  return dimensions.flatMap((n) => {
    const run = (method: "bfgs" | "lbfgs", bytes: number, minimize: () => MinimizeResult): QuasiNewtonRow => {
      if (bytes > memoryLimit) return { dimensions: n, method, memory: bytes };
      const begin = clock();
      const result = minimize();
      const time = clock() - begin;
      const error = result.x.reduce((most, v) => Math.max(most, Math.abs(v - 1)), 0);
      return { dimensions: n, method, memory: bytes, result, time, error };
    };
    const start = rosenbrockStart(n);
    return [
      run("bfgs", 8 * n * n, () => bfgs(rosenbrock(form), start, stop)),
      run("lbfgs", 16 * memory * n, () => lbfgs(rosenbrock(form), start, { ...stop, memory })),
    ];
  });
}
