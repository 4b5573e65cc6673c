/** Data sets made from a formula and a seed. */
import { UserError } from "../base/errors.js";
import { fold, type Key, key, randomBits } from "../base/random.js";
import { numberColumn, Table } from "./table.js";

export interface NonlinearRegressionOptions {
  /** Default: 1000. */
  readonly rows?: number;
  /** At least 2; all but the first two have no influence on y. Default: 10. */
  readonly features?: number;
  /** The standard deviation of the noise. Default: 0.1. */
  readonly noise?: number;
  /** Default: 42. */
  readonly seed?: number;
}

/**
 * Columns x1, x2, … of standard normal numbers and
 *
 *     y = sin x1 + x2² + noise · ε,   ε standard normal.
 *
 * A straight line explains little of it (x2² is uncorrelated with x2), a small network nearly all.
 */
export function nonlinearRegression(options: NonlinearRegressionOptions = {}): Table {
  const { rows = 1000, features = 10, noise = 0.1, seed = 42 } = options;
  if (!Number.isInteger(rows) || rows < 0)
    throw new UserError(`nonlinearRegression: rows must be a whole number ≥ 0, got ${rows}`);
  if (!Number.isInteger(features) || features < 2)
    throw new UserError(`nonlinearRegression: features must be a whole number ≥ 2, got ${features}`);
  if (!(noise >= 0)) throw new UserError(`nonlinearRegression: noise must be a number ≥ 0, got ${noise}`);
  const root = fold(key(seed), "nonlinearRegression");
  const inputs = Array.from({ length: features }, (_, j) => normals(fold(root, j + 1), rows));
  const errors = normals(fold(root, 0), rows);
  const y = Float64Array.from(errors, (e, i) => Math.sin(inputs[0]?.[i] ?? 0) + (inputs[1]?.[i] ?? 0) ** 2 + noise * e);
  return new Table([...inputs.map((x, j) => numberColumn(`x${j + 1}`, x)), numberColumn("y", y)]);
}

export interface CollinearRegressionOptions {
  /** Default: 100. */
  readonly rows?: number;
  /** Independent features. Default: 5. */
  readonly bases?: number;
  /** Columns of each of them, alike but for `spread`. Default: 10. */
  readonly copies?: number;
  /** The standard deviation by which copies differ: the condition is some 15/spread at the default sizes; 1e-15 makes it singular to working precision. Default: 0.01. */
  readonly spread?: number;
  /** The standard deviation of the noise in y. Default: 0.5. */
  readonly noise?: number;
  /** Default: 42. */
  readonly seed?: number;
}

/**
 * An ill-conditioned design: columns x1, x2, …, of which each `bases`-th is the same standard normal feature plus `spread` times a normal number of its own, and
 *
 *     y = β₁ x1 + … + β_bases x_bases + noise · ε,   β and ε standard normal.
 *
 * At the default sizes 100 rows of 50 columns in five groups of ten.
 */
export function collinearRegression(options: CollinearRegressionOptions = {}): Table {
  const { rows = 100, bases = 5, copies = 10, spread = 0.01, noise = 0.5, seed = 42 } = options;
  for (const [name, value, least] of [
    ["rows", rows, 0],
    ["bases", bases, 1],
    ["copies", copies, 1],
  ] as const)
    if (!Number.isInteger(value) || value < least)
      throw new UserError(`collinearRegression: ${name} must be a whole number ≥ ${least}, got ${value}`);
  for (const [name, value] of [
    ["spread", spread],
    ["noise", noise],
  ] as const)
    if (!(value >= 0)) throw new UserError(`collinearRegression: ${name} must be a number ≥ 0, got ${value}`);
  const root = fold(key(seed), "collinearRegression");
  const features = Array.from({ length: bases }, (_, k) => normals(fold(fold(root, "base"), k), rows));
  const inputs = Array.from({ length: bases * copies }, (_, j) => {
    const own = normals(fold(fold(root, "copy"), j), rows);
    const base = features[j % bases] ?? own;
    return base.map((value, i) => value + spread * (own[i] ?? 0));
  });
  const beta = normals(fold(root, "coefficients"), bases);
  const errors = normals(fold(root, "noise"), rows);
  const y = errors.map((e, i) => beta.reduce((sum, b, j) => sum + b * (inputs[j]?.[i] ?? 0), noise * e));
  return new Table([...inputs.map((x, j) => numberColumn(`x${j + 1}`, x)), numberColumn("y", y)]);
}

/** Standard normal numbers: G. Box and M. Muller, "A note on the generation of random normal deviates", 1958; 53 bits a uniform. */
function normals(key: Key, count: number): Float64Array {
  const bits = randomBits(key, 4 * count);
  const uniform = (at: number): number => {
    const high = (bits[at] ?? 0) >>> 5;
    const low = (bits[at + 1] ?? 0) >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  };
  return Float64Array.from({ length: count }, (_, i) => {
    const radius = Math.sqrt(-2 * Math.log(1 - uniform(4 * i)));
    return radius * Math.cos(2 * Math.PI * uniform(4 * i + 2));
  });
}
