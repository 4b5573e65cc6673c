/** The ways to solve a linear system in the least-squares sense, each with what came of it. A way that the numbers refuse is an outcome here, not an error. */
import { factorCholesky, solveCholesky } from "../linalg/cholesky/compute.js";
import { attempt, conjugateGradient, type LstsqMethod, lstsq } from "../linalg/index.js";
import { withWorkspace } from "../runtime/kernels.js";
import { fromData } from "../tensor/creation.js";
import type { Tensor } from "../tensor/tensor.js";
import {
  type Digits,
  digitsOf,
  normalAmplification,
  remainingError,
  ridgeAmplification,
  type Sizes,
  stableAmplification,
  unit,
} from "./comparison-digits.js";
import { fromCoordinates, ridgeParts, type Spectrum, spectrumOf, toCoordinates } from "./comparison-spectrum.js";
import type { LinearSystem } from "./comparison-system.js";

export type LinearSolver =
  | "normal equations"
  | "qr"
  | "pivoted qr"
  | "svd"
  | "truncated svd"
  | "ridge"
  | "conjugate gradient";

/** A solution of the system, or none and why. */
export interface Solved {
  readonly solver: LinearSolver;
  /** Of ridge. */
  readonly alpha: number | undefined;
  readonly beta: Float64Array | undefined;
  /** Why there is no solution, or why it is not what was asked for. */
  readonly failure: string | undefined;
  /** Of A as the method had it; undefined where it does not tell. */
  readonly rank: number | undefined;
  readonly sizes: Sizes;
  readonly digits: Digits;
  /** Median of the repeats. */
  readonly milliseconds: number;
  /** Of conjugate gradients: ‖Aᵀ(b − Aβ)‖/‖Aᵀb‖ at the start and after each iteration. */
  readonly history: readonly number[];
}

export interface SolverChoices {
  /** Of conjugate gradients. */
  readonly tolerance: number;
  readonly maxIterations: number | undefined;
  readonly repeats: number;
}

export interface SolverInput {
  readonly system: LinearSystem;
  readonly spectrum: Spectrum;
  readonly choices: SolverChoices;
}

const noDigits: Digits = { lost: Number.POSITIVE_INFINITY, trusted: 0 };

/** By Cholesky on AᵀA, as it stands in most textbooks: no correction. */
export function normalEquations({ system, spectrum, choices }: SolverInput): Solved {
  const { a, b, rows, columns } = system;
  const [result, milliseconds] = timed(choices.repeats, () =>
    withWorkspace("float64", (w) => {
      const matrix = w.load(a, rows, columns);
      const gram = w.zeros(columns, columns);
      w.syrk(1, matrix.transposed(), gram);
      const failed = factorCholesky(w, gram);
      if (failed !== undefined) return failed;
      const x = w.matrix(columns, 1);
      w.gemmInto(1, matrix.transposed(), w.load(b, rows, 1), x);
      solveCholesky(w, gram, x);
      return { beta: w.read(x) as Float64Array };
    }),
  );
  if ("beta" in result) {
    const sizes = sizesOf(system, result.beta);
    const digits = digitsOf(normalAmplification(spectrum, sizes));
    return finished("normal equations", system, result.beta, { digits, milliseconds });
  }
  const digits = digitsOf(
    normalAmplification(spectrum, { ...sizesOf(system, undefined), norm: Number.POSITIVE_INFINITY }),
  );
  return {
    ...finished("normal equations", system, undefined, { digits: { ...digits, trusted: 0 }, milliseconds }),
    failure: `AᵀA is not positive definite to working precision: Cholesky breaks down at column ${result.minor} of ${columns}`,
  };
}

/** By `lstsq`; `tolerance` decides the rank of those methods that have one. */
export function direct(
  solver: "qr" | "pivoted qr" | "svd" | "truncated svd",
  { system, spectrum, choices }: SolverInput,
  tolerance?: number,
): Solved {
  const { a, b, rows, columns } = system;
  const method: LstsqMethod = solver === "svd" ? "truncated svd" : solver;
  const [matrix, right] = [fromData(a, [rows, columns]), fromData(b, [rows])];
  const options = { method, ...(tolerance === undefined ? {} : { tolerance }) };
  const [result, milliseconds] = timed(choices.repeats, () => lstsq(matrix, right, options));
  const beta = result.x.data() as Float64Array;
  const rank = result.rank ?? 0;
  if (!beta.every(Number.isFinite))
    return {
      ...finished(solver, system, undefined, { digits: noDigits, milliseconds }),
      failure: "R is singular: substitution divides by 0",
    };
  const digits = digitsOf(stableAmplification(spectrum, rank, sizesOf(system, beta)));
  return { ...finished(solver, system, beta, { digits, milliseconds }), rank };
}

/** All penalties from one SVD; the time of each row is that of the SVD and its own. */
export function ridgeAll(op: string, { system, spectrum, choices }: SolverInput, alphas: readonly number[]): Solved[] {
  const [, shared] = timed(choices.repeats, () => spectrumOf(op, system));
  return alphas.map((alpha) => {
    const [beta, own] = timed(choices.repeats, () => fromCoordinates(spectrum, ridgeParts(spectrum, alpha)));
    const digits = digitsOf(ridgeAmplification(spectrum, alpha, sizesOf(system, beta)));
    return { ...finished("ridge", system, beta, { digits, milliseconds: shared + own }), alpha };
  });
}

/** On AᵀA β = Aᵀb, which is never formed: each iteration multiplies by A and by Aᵀ. */
export function byConjugateGradient({ system, spectrum, choices }: SolverInput): Solved {
  const { a, b, rows, columns } = system;
  const matrix = fromData(a, [rows, columns]);
  const transposed = matrix.transpose();
  const right = transposed.matmul(fromData(b, [rows]));
  const options = {
    tolerance: choices.tolerance,
    ...(choices.maxIterations === undefined ? {} : { maxIterations: choices.maxIterations }),
  };
  // Hundreds of iterations need no repeats, but their programs are compiled first.
  transposed.matmul(matrix.matmul(right)).data();
  const start = performance.now();
  const history: number[] = [1];
  let last: Tensor | undefined;
  const outcome = attempt(() =>
    conjugateGradient((x: Tensor) => transposed.matmul(matrix.matmul(x)), right, {
      ...options,
      onIteration: ({ relativeResidual, x }) => {
        history.push(relativeResidual);
        last = x();
      },
    }),
  );
  const milliseconds = performance.now() - start;
  const found = outcome.ok ? outcome.value.x : (bestOf(outcome.failure) ?? last);
  const beta = found === undefined ? undefined : (found.data() as Float64Array);
  const solved = finished("conjugate gradient", system, beta, { digits: noDigits, milliseconds });
  const failure = outcome.ok ? undefined : whyNot(outcome.failure.reason, history.length - 1, history.at(-1) ?? 1);
  if (beta === undefined) return { ...solved, failure, history };
  const { norm } = solved.sizes;
  const gradient = transposed.matmul(fromData(residualOf(system, beta), [rows])).data() as Float64Array;
  const error = remainingError(spectrum, spectrum.rank, toCoordinates(spectrum, gradient), norm);
  const rounding = unit * stableAmplification(spectrum, spectrum.rank, solved.sizes);
  return { ...solved, failure, history, digits: digitsOf((error + rounding) / unit) };
}

function bestOf(failure: object): Tensor | undefined {
  return "best" in failure ? (failure.best as Tensor | undefined) : undefined;
}

function whyNot(reason: string, iterations: number, residual: number): string {
  const where = `after ${iterations} iterations, at a relative residual of ${residual.toExponential(1)}`;
  if (reason === "not converged") return `not converged ${where}`;
  if (reason === "negative curvature") return `rounding errors make AᵀA indefinite ${where}`;
  return `${reason} ${where}`;
}

function finished(
  solver: LinearSolver,
  system: LinearSystem,
  beta: Float64Array | undefined,
  { digits, milliseconds }: Pick<Solved, "digits" | "milliseconds">,
): Solved {
  const sizes = sizesOf(system, beta);
  const rest = { alpha: undefined, failure: undefined, rank: undefined, history: [] };
  return { solver, beta, sizes, digits, milliseconds, ...rest };
}

function residualOf({ a, b, rows, columns }: LinearSystem, beta: Float64Array): Float64Array {
  return Float64Array.from({ length: rows }, (_, i) => {
    let sum = b[i] ?? 0;
    for (let j = 0; j < columns; j += 1) sum -= (a[i * columns + j] ?? 0) * (beta[j] ?? 0);
    return sum;
  });
}

function sizesOf(system: LinearSystem, beta: Float64Array | undefined): Sizes {
  const right = Math.hypot(...chunks(system.b));
  if (beta === undefined) return { norm: Number.NaN, residual: Number.NaN, right };
  return { norm: Math.hypot(...chunks(beta)), residual: Math.hypot(...chunks(residualOf(system, beta))), right };
}

/** Norms of stretches short enough to be arguments. */
function chunks(values: Float64Array): number[] {
  const size = 4096;
  return Array.from({ length: Math.ceil(values.length / size) }, (_, k) =>
    Math.hypot(...values.subarray(k * size, (k + 1) * size)),
  );
}

/** The last result and the median time; the first run warms up. */
function timed<T>(repeats: number, run: () => T): readonly [T, number] {
  const times: number[] = [];
  run();
  for (;;) {
    const start = performance.now();
    const result = run();
    times.push(performance.now() - start);
    if (times.length < repeats) continue;
    times.sort((a, b) => a - b);
    const middle = times.length >> 1;
    return [
      result,
      times.length % 2 === 1 ? (times[middle] ?? 0) : ((times[middle - 1] ?? 0) + (times[middle] ?? 0)) / 2,
    ];
  }
}
