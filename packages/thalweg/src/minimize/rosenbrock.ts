/**
 * Rosenbrock's valley in n dimensions and the comparison of BFGS with L-BFGS along it.
 *
 *   chain   Σᵢ 100 (xᵢ₊₁ − xᵢ²)² + (1 − xᵢ)²,  i = 1 … n − 1      one valley through all coordinates: iterations grow with n
 *   pairs   the same over i = 1, 3, 5, …                          n/2 valleys of two dimensions: iterations hardly depend on n
 *
 * H. Rosenbrock, Computer Journal 3 (1960); Moré, Garbow and Hillstrom, ACM TOMS 7 (1981), problems 1 and 21.
 */
import { UserError } from "../base/errors.js";
import { above, atLeast, checkSettings, listOf, oneOf, satisfies, show, wholeAtLeast } from "../base/settings.js";
import type { Objective } from "./problem.js";
import { bfgs, lbfgs } from "./quasi-newton.js";
import { type MinimizeResult, type StopOptions, stopConstraints } from "./result.js";

export type RosenbrockForm = "chain" | "pairs";

const formConstraint = oneOf("chain", "pairs");

/** Value and gradient; the minimum is 0, where all coordinates are 1. */
export function rosenbrock(form: RosenbrockForm = "chain"): Objective {
  checkSettings("rosenbrock", { form }, { form }, { form: formConstraint });
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
  if (!Number.isSafeInteger(dimensions) || dimensions < 1)
    throw new UserError(`rosenbrockStart: dimensions must be a whole number ≥ 1, got ${show(dimensions)}`);
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

export interface QuasiNewtonComparison extends Pick<StopOptions, "gradientTolerance"> {
  /** Even numbers. Default: 2, 10, 100, 1000, 10000. */
  readonly dimensions?: readonly number[];
  /** Default: "chain". */
  readonly form?: RosenbrockForm;
  /** Pairs that L-BFGS keeps. Default: 10. */
  readonly memory?: number;
  /** Bytes; a method that needs more is left out and said to be so. Default: 1e9. */
  readonly memoryLimit?: number;
  /** Milliseconds for each row; a run that is not done by then ends with the reason "stopped". Default: 5000. */
  readonly timeLimit?: number;
  /** Default: 100000. */
  readonly maxIterations?: number;
  /** The clock, in milliseconds. Default: performance.now. */
  readonly clock?: () => number;
}

/**
 * Both methods from the same start with the same settings, dimension by dimension. With the default form both need about as many iterations more as
 * there are dimensions more, so that the largest end at `timeLimit`; with "pairs" each takes about as many at any dimension, and memory and time alone
 * are compared.
 */
export function compareQuasiNewton(options: QuasiNewtonComparison = {}): QuasiNewtonRow[] {
  const settings = checkSettings<Required<QuasiNewtonComparison>>(
    "compareQuasiNewton",
    options,
    {
      dimensions: [2, 10, 100, 1000, 10000],
      form: "chain",
      memory: 10,
      memoryLimit: 1e9,
      timeLimit: 5000,
      gradientTolerance: 1e-6,
      maxIterations: 100000,
      clock: () => performance.now(),
    },
    {
      dimensions: listOf(
        satisfies("an even whole number ≥ 2", (n) => Number.isSafeInteger(n) && Number(n) >= 2 && Number(n) % 2 === 0),
      ),
      form: formConstraint,
      memory: wholeAtLeast(1),
      memoryLimit: atLeast(0),
      timeLimit: above(0),
      gradientTolerance: stopConstraints.gradientTolerance,
      maxIterations: stopConstraints.maxIterations,
      clock: satisfies("a function", (v) => typeof v === "function"),
    },
  );
  const { form, memory } = settings;
  return settings.dimensions.flatMap((n) => [
    rowOf(settings, "bfgs", n, 8 * n * n, (stop) => bfgs(rosenbrock(form), rosenbrockStart(n), stop)),
    rowOf(settings, "lbfgs", n, 16 * memory * n, (stop) =>
      lbfgs(rosenbrock(form), rosenbrockStart(n), { ...stop, memory }),
    ),
  ]);
}

function rowOf(
  { gradientTolerance, maxIterations, memoryLimit, timeLimit, clock }: Required<QuasiNewtonComparison>,
  method: "bfgs" | "lbfgs",
  dimensions: number,
  memory: number,
  minimize: (stop: StopOptions) => MinimizeResult,
): QuasiNewtonRow {
  if (memory > memoryLimit) return { dimensions, method, memory };
  const begin = clock();
  const onIteration = (): boolean => clock() - begin < timeLimit;
  const found = minimize({ gradientTolerance, maxIterations, onIteration });
  const time = clock() - begin;
  const words = `not converged within timeLimit ${timeLimit} ms: the largest element of the gradient is ${found.gradientNorm.toExponential(2)}`;
  const result = found.reason === "stopped" ? { ...found, message: words } : found;
  const error = found.x.reduce((most, v) => Math.max(most, Math.abs(v - 1)), 0);
  return { dimensions, method, memory, result, time, error };
}
