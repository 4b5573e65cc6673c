/** The loop that all line-search methods share: direction, line search, step. */
import type { VectorInput } from "../data/matrix.js";
import { type Accepted, armijoSearch, type LineSearchSettings, strongWolfeSearch } from "./line-search.js";
import { Evaluator, type Point, type Problem } from "./problem.js";
import { type Iteration, type MinimizeResult, Progress, type Reason, type StopSettings } from "./result.js";
import { along, dot, negated } from "./vectors.js";

/** How a method chooses where to go. */
export interface Direction {
  /** A direction at the point, which need not go down: steepest descent takes its place then. Undefined where second derivatives are not finite. */
  at(point: Point): Float64Array | undefined;
  /** Learns from a step. */
  update(from: Point, to: Point, direction: Float64Array): void;
  /** Forgets what it learnt. */
  reset(): void;
  /** Whether a step of 1 is the natural one, as with Newton's. */
  readonly unitStep: boolean;
}

/** A fixed step, or a search. */
export type StepRule = number | "armijo" | "strong Wolfe";

export function descend(
  op: string,
  problem: Problem,
  start: VectorInput,
  settings: StopSettings,
  step: StepRule,
  search: LineSearchSettings,
  makeDirection: (progress: Progress) => Direction,
): MinimizeResult {
  const evaluate = new Evaluator(problem.objective);
  const progress = new Progress(settings, evaluate.start(op, start));
  const direction = makeDirection(progress);
  /** The decrease that the last step was expected to give, to first order. */
  let expected: number | undefined;
  let learnt = false;
  const finish = (reason: Reason): MinimizeResult =>
    progress.finish(reason, typeof step === "number" ? noteOnStep(step, reason, progress.history) : "");
  for (;;) {
    const halt = progress.before();
    if (halt !== undefined) return finish(halt);
    const { point } = progress;
    let d = direction.at(point);
    if (d === undefined) return finish("hessian");
    let slope = dot(point.gradient, d);
    if (!(slope < 0) || !Number.isFinite(slope)) {
      direction.reset();
      learnt = false;
      d = negated(point.gradient);
      slope = -dot(point.gradient, point.gradient);
    }
    const first = direction.unitStep && learnt ? 1 : firstStep(slope, expected, search.initialStep);
    const accepted = takeStep(evaluate, point, d, step, { ...search, initialStep: first });
    if (accepted === undefined) {
      if (typeof step === "number") return finish("diverged");
      // What was learnt may mislead; steepest descent gets one more chance.
      if (!learnt) return finish("line search");
      direction.reset();
      learnt = false;
      expected = undefined;
      continue;
    }
    direction.update(point, accepted.point, d);
    learnt = true;
    expected = accepted.step * slope;
    const stop = progress.advance(accepted.point, accepted.step, evaluate.count);
    if (stop !== undefined) return finish(stop);
  }
}

/** What a fixed step did where it did not lead down. */
function noteOnStep(step: number, reason: Reason, history: readonly Iteration[]): string {
  const [first, last] = [history[0]?.value ?? 0, history.at(-1)?.value ?? 0];
  const remedy = `take a shorter step, or step "strong Wolfe"`;
  const way = `from ${first.toPrecision(4)} to ${last.toPrecision(4)} in ${history.length - 1} iterations`;
  if (last > first && reason !== "gradient" && reason !== "value")
    return `; the value rose ${way}: the fixed step ${step} is too large, so that the descent diverges; ${remedy}`;
  if (reason === "diverged")
    return `; the fixed step ${step} is too large here, or leads out of the domain (the value went ${way}); ${remedy}`;
  return "";
}

/** The step with the same first-order decrease as the last one had (Nocedal and Wright, 3.5); at first one of length at most `initial`. */
function firstStep(slope: number, expected: number | undefined, initial: number): number {
  return expected === undefined ? Math.min(initial, initial / Math.sqrt(-slope)) : Math.max(expected / slope, 1e-300);
}

function takeStep(
  evaluate: Evaluator,
  from: Point,
  d: Float64Array,
  rule: StepRule,
  search: LineSearchSettings,
): Accepted | undefined {
  if (rule === "armijo") return armijoSearch(evaluate, from, d, search);
  if (rule === "strong Wolfe") return strongWolfeSearch(evaluate, from, d, search);
  const point = evaluate.at(along(from.x, rule, d));
  return Number.isFinite(point.value) && point.gradient.every(Number.isFinite) ? { step: rule, point } : undefined;
}
