/**
 * How far to go along a direction of descent d: φ(α) = f(x + α d).
 *
 *   Armijo         φ(α) ≤ φ(0) + c₁ α φ'(0)
 *   strong Wolfe   Armijo, and |φ'(α)| ≤ c₂ |φ'(0)|
 *
 * Nocedal and Wright, Numerical Optimization (2nd ed.), 3.1 and algorithms 3.5 and 3.6, with cubic interpolation. Where φ changes by less than
 * rounding, the Armijo condition is replaced by φ'(α) ≤ (2c₁ − 1) φ'(0), which says the same of a parabola (Hager and Zhang, SIAM J. Optim. 16, 2005).
 */
import { UserError } from "../base/errors.js";
import { type Constraints, checkSettings, oneOf, strictlyBetween, wholeAtLeast } from "../base/settings.js";
import { Evaluator, type Objective, type Point } from "./problem.js";
import { positive } from "./result.js";
import { along, dot } from "./vectors.js";

export interface LineSearchOptions {
  /** c₁. Default: 1e-4. */
  readonly decrease?: number;
  /** c₂, above c₁. Default: 0.9; methods that need better steps (gradient descent, conjugate gradients) set 0.1. */
  readonly curvature?: number;
  /** Default: 40. */
  readonly maxTrials?: number;
  /** The first step that is tried. Default: 1. */
  readonly initialStep?: number;
}

export type LineSearchSettings = Required<LineSearchOptions>;

const defaults: LineSearchSettings = { decrease: 1e-4, curvature: 0.9, maxTrials: 40, initialStep: 1 };

const constraints: Constraints<LineSearchSettings> = {
  decrease: strictlyBetween(0, 1),
  curvature: strictlyBetween(0, 1),
  maxTrials: wholeAtLeast(1),
  initialStep: positive,
};

export function settleLineSearch(
  op: string,
  given: LineSearchOptions,
  over: LineSearchOptions = {},
): LineSearchSettings {
  return inOrder(op, checkSettings<LineSearchSettings>(op, given, { ...defaults, ...over }, constraints));
}

function inOrder<S extends LineSearchSettings>(op: string, settings: S): S {
  if (settings.curvature <= settings.decrease)
    throw new UserError(
      `${op}: curvature must be above decrease, got curvature ${settings.curvature} and decrease ${settings.decrease}`,
    );
  return settings;
}

/** A point that a search accepted. */
export interface Accepted {
  readonly step: number;
  readonly point: Point;
}

/** A trial: its step, its point, the slope along the direction there. */
interface Trial extends Accepted {
  readonly slope: number;
}

/** φ, with what both searches ask of it. */
class Line {
  readonly start: Trial;
  readonly #evaluate: Evaluator;
  readonly #direction: Float64Array;
  readonly #settings: LineSearchSettings;
  /** Differences of φ below this are rounding. */
  readonly noise: number;

  constructor(evaluate: Evaluator, from: Point, direction: Float64Array, settings: LineSearchSettings) {
    this.#evaluate = evaluate;
    this.#direction = direction;
    this.#settings = settings;
    this.start = { step: 0, point: from, slope: dot(from.gradient, direction) };
    this.noise = 1e-14 * Math.abs(from.value);
  }

  at(step: number): Trial {
    const point = this.#evaluate.at(along(this.start.point.x, step, this.#direction));
    return { step, point, slope: dot(point.gradient, this.#direction) };
  }

  /** The Armijo condition, or what stands for it within rounding. False for what is not finite. */
  lowers({ step, point: { value }, slope }: Trial): boolean {
    const { decrease } = this.#settings;
    const { point: from, slope: first } = this.start;
    if (!Number.isFinite(value) || !Number.isFinite(slope)) return false;
    if (value <= from.value + decrease * step * first) return true;
    return Math.abs(value - from.value) <= this.noise && slope <= (2 * decrease - 1) * first;
  }

  /** The trial, if its value is below that of the start by more than nothing. */
  better(trial: Trial): Trial | undefined {
    return trial.step > 0 && trial.point.value < this.start.point.value ? trial : undefined;
  }

  flat({ slope }: Trial): boolean {
    return Math.abs(slope) <= -this.#settings.curvature * this.start.slope;
  }
}

/** Shortens the step until it lowers the value enough. Undefined when no step does. */
export function armijoSearch(
  evaluate: Evaluator,
  from: Point,
  direction: Float64Array,
  settings: LineSearchSettings,
): Accepted | undefined {
  const line = new Line(evaluate, from, direction, settings);
  if (!(line.start.slope < 0)) return undefined;
  let step = settings.initialStep;
  for (let trials = 0; trials < settings.maxTrials; trials += 1) {
    const trial = line.at(step);
    // Within rounding a very short step always seems to do; it must have changed the slope too.
    if (line.lowers(trial) && (trial.point.value < from.value || line.flat(trial))) return trial;
    step = backtrack(line.start, trial);
  }
  return undefined;
}

/** The minimum of the parabola through φ(0), φ'(0) and φ(α), kept within a tenth and a half of α. */
function backtrack({ point: from, slope }: Trial, { step, point: { value } }: Trial): number {
  const minimum = (-slope * step * step) / (2 * (value - from.value - slope * step));
  return Number.isFinite(minimum) ? Math.min(Math.max(minimum, step / 10), step / 2) : step / 10;
}

/** Finds a step that meets the strong Wolfe conditions; if trials run out, the best that lowers the value. Undefined when none does. */
export function strongWolfeSearch(
  evaluate: Evaluator,
  from: Point,
  direction: Float64Array,
  settings: LineSearchSettings,
): Accepted | undefined {
  const line = new Line(evaluate, from, direction, settings);
  if (!(line.start.slope < 0)) return undefined;
  let low = line.start;
  let step = settings.initialStep;
  for (let trials = 1; trials <= settings.maxTrials; trials += 1) {
    const trial = line.at(step);
    if (!line.lowers(trial) || (low.step > 0 && trial.point.value > low.point.value + line.noise))
      return zoom(line, low, trial, settings.maxTrials - trials);
    if (line.flat(trial)) return trial;
    if (trial.slope >= 0) return zoom(line, trial, low, settings.maxTrials - trials);
    const beyond = cubicMinimum(low, trial);
    low = trial;
    step = Math.min(Math.max(Number.isFinite(beyond) ? beyond : 0, 2 * step), 10 * step);
  }
  return line.better(low);
}

/** `low` lowers the value enough and slopes towards `high`; between them is a step that meets both conditions. */
function zoom(line: Line, low: Trial, high: Trial, trials: number): Accepted | undefined {
  /** Of the bracket, two trials ago and one. */
  let [older, old] = [Infinity, Infinity];
  for (let left = trials; left > 0; left -= 1) {
    const width = high.step - low.step;
    if (Math.abs(width) <= 1e-16 * Math.max(low.step, high.step)) break;
    // Where two cubics have not shortened the bracket by a third, halve it.
    const slow = Math.abs(width) > 0.66 * older;
    [older, old] = [old, Math.abs(width)];
    const guess = cubicMinimum(low, high);
    const margin = 1e-3 * Math.abs(width);
    const [least, most] = [Math.min(low.step, high.step) + margin, Math.max(low.step, high.step) - margin];
    const between = Number.isFinite(guess) && !slow;
    const trial = line.at(between ? Math.min(Math.max(guess, least), most) : low.step + width / 2);
    if (!line.lowers(trial) || trial.point.value > low.point.value + line.noise) {
      high = trial;
      continue;
    }
    if (line.flat(trial)) return trial;
    if (trial.slope * width >= 0) high = low;
    low = trial;
  }
  return line.better(low);
}

/** The minimum of the cubic with the values and slopes of both trials (Nocedal and Wright, 3.59); NaN where there is none. */
function cubicMinimum(a: Trial, b: Trial): number {
  const width = b.step - a.step;
  const d1 = a.slope + b.slope - (3 * (b.point.value - a.point.value)) / width;
  const inside = d1 * d1 - a.slope * b.slope;
  if (!(inside >= 0)) return Number.NaN;
  const d2 = Math.sign(width) * Math.sqrt(inside);
  return b.step - (width * (b.slope + d2 - d1)) / (b.slope - a.slope + 2 * d2);
}

export interface LineSearchResult {
  /** Whether a step was found. */
  readonly found: boolean;
  /** 0 if none was found. */
  readonly step: number;
  readonly x: Float64Array;
  readonly value: number;
  readonly gradient: Float64Array;
  readonly evaluations: number;
}

export interface LineSearchChoice extends LineSearchOptions {
  /** Default: "strong Wolfe". */
  readonly method?: "strong Wolfe" | "armijo";
}

/**
 * One line search from x along `direction`.
 *
 * @throws UserError when `direction` does not go down.
 */
export function lineSearch(
  objective: Objective,
  x: Float64Array,
  direction: Float64Array,
  options: LineSearchChoice = {},
): LineSearchResult {
  const op = "lineSearch";
  const { method, ...settings } = inOrder(
    op,
    checkSettings<Required<LineSearchChoice>>(
      op,
      options,
      { ...defaults, method: "strong Wolfe" },
      { ...constraints, method: oneOf("strong Wolfe", "armijo") },
    ),
  );
  if (direction.length !== x.length)
    throw new UserError(`${op}: direction has ${direction.length} elements, x has ${x.length}`);
  const evaluate = new Evaluator(objective);
  const from = evaluate.start(op, x);
  const slope = dot(from.gradient, direction);
  if (!(slope < 0)) throw new UserError(`${op}: the direction must go down; the slope along it is ${slope}`);
  const search = method === "armijo" ? armijoSearch : strongWolfeSearch;
  const accepted = search(evaluate, from, direction, settings);
  const { step, point } = accepted ?? { step: 0, point: from };
  return { found: accepted !== undefined, step, ...point, evaluations: evaluate.count };
}
