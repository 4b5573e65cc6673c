/**
 * Gradients checked against differences. Element by element: central differences and the relative error |a − n| / (|a| + |n|). Along one random
 * direction through all arguments at once. And reverse against forward mode: ⟨w, J v⟩ = ⟨Jᵀ w, v⟩, which needs no differences and so is sharp.
 */
import { type DType, epsilon, type FloatDType, isFloat, type TypedArray } from "../base/dtype.js";
import { DTypeError, InternalError, NumericalError, UserError } from "../base/errors.js";
import { fold, key, randomBits } from "../base/random.js";
import { makeBuffer } from "../graph/node.js";
import { jvp, vjp } from "./derivatives.js";
import { Tensor } from "./tensor.js";
import { flattenTensors } from "./transform.js";

export interface CheckGradientsOptions {
  /** Step of the differences, times max(1, |x|). Default: the cube root of the dtype's epsilon (6e-6 for float64, 5e-3 for float32). */
  readonly step?: number;
  /** Largest relative error allowed to differences. Default: 1e-4 for float64, 1e-2 for float32. */
  readonly tolerance?: number;
  /** Elements to check at most, chosen at random when there are more. Default: 200. */
  readonly maxElements?: number;
  /** Of the weights of the results, the direction, and the choice of elements. Default: 0. */
  readonly seed?: number;
  /** What a failed check does: throws, or only says so in the report. Default: "throw". */
  readonly onFailure?: "throw" | "report";
}

export interface Comparison {
  readonly analytic: number;
  readonly numeric: number;
  /** |analytic − numeric| / max(|analytic| + |numeric|, what rounding alone can make). */
  readonly relativeError: number;
}

export interface ElementComparison extends Comparison {
  /** Which argument, and where in its tree: "0.weight". */
  readonly path: string;
  readonly index: readonly number[];
}

export interface GradientReport {
  readonly ok: boolean;
  readonly tolerance: number;
  readonly checkedElements: number;
  /** The element with the largest relative error. */
  readonly worst: ElementComparison | undefined;
  /** The derivative along a random direction. */
  readonly direction: Comparison;
  /** ⟨Jᵀ w, v⟩ by reverse mode (analytic) and ⟨w, J v⟩ by forward mode (numeric). */
  readonly transpose: Comparison;
}

/**
 * Checks the derivatives of `fn` at `args` (a list of its arguments: trees of tensors; leaves that are no floats stay fixed). Results may have any shape: their
 * sum with random weights is checked. Use float64 where you can: in float32 only gross mistakes show. Stay away from points where there is no
 * derivative (0 for abs and relu, equals for max): differences see both sides.
 *
 *     checkGradients((x: Tensor, w: Tensor) => x.matmul(w).tanh(), [x, w]);
 *
 * @throws NumericalError naming the worst element when the check fails (unless `onFailure` is "report"); its `facts` hold the report.
 */
export function checkGradients<A extends readonly unknown[]>(
  fn: (...args: A) => unknown,
  args: A,
  options: CheckGradientsOptions = {},
): GradientReport {
  if (typeof fn !== "function") throw new UserError(`checkGradients: expected a function, got ${String(fn)}`);
  if (!Array.isArray(args)) {
    throw new UserError("checkGradients: give the arguments as a list of tensors: checkGradients(fn, [x])");
  }
  const given = flattenTensors(args);
  const base = given.leaves.map((t) => t.data());
  const moving = given.leaves.flatMap((t, i) => (isFloat(t.dtype) ? [i] : []));
  if (moving.length === 0) throw new UserError("checkGradients: the arguments hold no float tensors");
  const random = uniform(options.seed ?? 0);

  const build = (data: readonly TypedArray[]): A =>
    given.rebuild(
      given.leaves.map((t, i) => new Tensor(makeBuffer(t.shape, t.dtype, data[i] ?? new Float64Array()))),
    ) as unknown as A;
  const [value, pullBack] = vjp(fn, ...build(base));
  const results = flattenTensors(value);
  const coarse = [...results.leaves, ...moving.map((i) => at(given.leaves, i))].some((t) => t.dtype === "float32");
  const dtype: FloatDType = coarse ? "float32" : "float64";
  if (!results.leaves.some((y) => isFloat(y.dtype)))
    throw new DTypeError("checkGradients: the function returned no float tensor");
  const weights = results.leaves.map((y) => directionLike(y, random));

  /** Σ w · y in float64, and Σ |w · y|: what rounding is relative to. */
  const weighted = (tree: unknown): { total: number; size: number } => {
    let [total, size] = [0, 0];
    flattenTensors(tree).leaves.forEach((y, k) => {
      if (!isFloat(y.dtype)) return;
      y.data().forEach((v: number, i: number) => {
        const term = v * at(at(weights, k), i);
        total += term;
        size += Math.abs(term);
      });
    });
    return { total, size };
  };
  const step = options.step ?? Math.cbrt(epsilon(dtype));
  const tolerance = options.tolerance ?? (coarse ? 1e-2 : 1e-4);
  const noise = (epsilon(dtype) * weighted(value).size) / step;
  const compare = (analytic: number, numeric: number, floor: number): Comparison => {
    const error =
      Math.abs(analytic - numeric) / Math.max(Math.abs(analytic) + Math.abs(numeric), floor, Number.MIN_VALUE);
    return { analytic, numeric, relativeError: Number.isNaN(error) ? Number.POSITIVE_INFINITY : error };
  };

  const weightTree = results.rebuild(
    results.leaves.map((y, k) => new Tensor(makeBuffer(y.shape, y.dtype, at(weights, k)))),
  );
  const gradient = flattenTensors(pullBack(weightTree)).leaves.map((g) => g.data());

  const elements = moving.flatMap((i) => Array.from(at(base, i), (_, k) => [i, k] as const));
  const chosen = sample(elements, options.maxElements ?? 200, random);
  let worst: ElementComparison | undefined;
  for (const [leaf, k] of chosen) {
    const around = (sign: number): { x: number; total: number } => {
      const changed = at(base, leaf).slice();
      const x = at(changed, k);
      changed[k] = x + sign * step * Math.max(1, Math.abs(x));
      const data = base.map((array, i) => (i === leaf ? changed : array));
      return { x: at(changed, k), total: weighted(fn(...build(data))).total };
    };
    const [above, below] = [around(1), around(-1)];
    const numeric = (above.total - below.total) / (above.x - below.x);
    const found = compare(at(at(gradient, leaf), k), numeric, noise / tolerance);
    if (worst === undefined || found.relativeError > worst.relativeError) {
      worst = { ...found, path: given.paths[leaf] ?? "", index: indexOf(k, at(given.leaves, leaf).shape) };
    }
  }

  const along = given.leaves.map((t) => directionLike(t, random));
  const moved = (h: number): number =>
    weighted(
      fn(
        ...build(
          base.map((array, i) => (moving.includes(i) ? array.map((x, k) => x + h * at(at(along, i), k)) : array)),
        ),
      ),
    ).total;
  const pulled = moving.reduce((sum, i) => sum + dot(at(gradient, i), at(along, i)), 0);
  const direction = compare(pulled, (moved(step) - moved(-step)) / (2 * step), noise / tolerance);

  const tangents = given.leaves.map((t, i) => new Tensor(makeBuffer(t.shape, t.dtype, at(along, i))));
  const pushed = weighted(jvp(fn, build(base), given.rebuild(tangents) as unknown as A)[1]);
  const sharp = coarse ? 1e-3 : 1e-9;
  const transpose = compare(
    pulled,
    pushed.total,
    Math.max(pushed.size, (epsilon(dtype) * weighted(value).size) / sharp),
  );

  const worstError = Math.max(worst?.relativeError ?? 0, direction.relativeError);
  const ok = worstError <= tolerance && transpose.relativeError <= sharp;
  const report: GradientReport = { ok, tolerance, checkedElements: chosen.length, worst, direction, transpose };
  if (!ok && options.onFailure !== "report") throw new NumericalError(describe(report, sharp), { report });
  return report;
}

function describe({ worst, direction, transpose, tolerance }: GradientReport, sharp: number): string {
  const show = (c: Comparison, names: readonly [string, string]): string =>
    `${names[0]} ${c.analytic}, ${names[1]} ${c.numeric}, relative error ${c.relativeError.toExponential(1)}`;
  if (worst !== undefined && worst.relativeError > tolerance) {
    const place = `argument ${worst.path} at [${worst.index.join(", ")}]`;
    return `checkGradients: the gradient of ${place} is wrong: ${show(worst, ["derivative", "difference"])}, allowed ${tolerance}`;
  }
  if (direction.relativeError > tolerance) {
    return `checkGradients: the derivative along a random direction is wrong: ${show(direction, ["derivative", "difference"])}, allowed ${tolerance}`;
  }
  return `checkGradients: forward and reverse mode differ: ${show(transpose, ["reverse", "forward"])}, allowed ${sharp}`;
}

function at(list: ArrayLike<number>, i: number): number;
function at<T>(list: readonly T[], i: number): T;
function at(list: ArrayLike<unknown>, i: number): unknown {
  const item = list[i];
  if (item === undefined) throw new InternalError(`checkGradients has no item ${i}`);
  return item;
}

const dot = (a: TypedArray, b: TypedArray): number => {
  let total = 0;
  for (let i = 0; i < a.length; i += 1) total += at(a, i) * at(b, i);
  return total;
};

/** Elements between −1 and 1, none near 0; nothing for what cannot move. */
function directionLike(t: { readonly dtype: DType; readonly size: number }, random: () => number): TypedArray {
  const draw = (): number => {
    const u = 2 * random() - 1;
    return u < 0 ? u * 0.9 - 0.1 : u * 0.9 + 0.1;
  };
  if (t.dtype === "float64") return Float64Array.from({ length: t.size }, draw);
  if (t.dtype === "float32") return Float32Array.from({ length: t.size }, draw);
  return t.dtype === "int32" ? new Int32Array(t.size) : new Uint8Array(t.size);
}

function uniform(seed: number): () => number {
  const secret = key(seed);
  const block = 256;
  let bits: Int32Array = new Int32Array();
  let used = 0;
  return () => {
    if (used % block === 0) bits = randomBits(fold(secret, used / block), block);
    used += 1;
    return (at(bits, (used - 1) % block) >>> 0) / 2 ** 32;
  };
}

/** At most `count` of the list, without order. */
function sample<T>(list: readonly T[], count: number, random: () => number): readonly T[] {
  if (list.length <= count) return list;
  const pool = [...list];
  for (let i = 0; i < count; i += 1) {
    const j = i + Math.floor(random() * (pool.length - i));
    const [a, b] = [at(pool, i), at(pool, j)];
    pool[i] = b;
    pool[j] = a;
  }
  return pool.slice(0, count);
}

function indexOf(flat: number, shape: readonly number[]): number[] {
  const index: number[] = [];
  let rest = flat;
  for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
    const d = at(shape, axis);
    index.unshift(rest % d);
    rest = Math.floor(rest / d);
  }
  return index;
}
