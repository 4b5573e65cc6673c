/** Why a loss is no longer finite: the run is put back to its last snapshot, brought to the step at fault, and looked at there. */
import { NumericalError } from "../base/errors.js";
import type { Module } from "../nn/module.js";
import { loadStateDict, stateDict } from "../nn/state.js";
import type { Tensor } from "../tensor/tensor.js";
import { describeNonFinite, firstNonFinite, type NonFinite } from "./first-non-finite.js";
import type { TrainingStep } from "./step.js";

type Step = TrainingStep<readonly Tensor[]>;

/** One step to make again. */
export interface PlannedStep {
  /** Counted from 1. */
  readonly epoch: number;
  /** Counted from 1, since the start of training. */
  readonly step: number;
  readonly learningRate: number | undefined;
  batch(): readonly Tensor[];
}

/** Weights and state of a moment of training. */
export class Snapshot {
  readonly #weights: Record<string, Tensor>;
  readonly #state: Record<string, Tensor>;
  readonly #net: Module;
  readonly #step: Step;

  constructor(net: Module, step: Step) {
    this.#net = net;
    this.#step = step;
    this.#weights = stateDict(net);
    this.#state = step.state();
  }

  restore(): void {
    loadStateDict(this.#net, this.#weights);
    this.#step.restore(this.#state);
  }
}

export interface NonFiniteFacts extends Readonly<Record<string, unknown>> {
  readonly epoch: number;
  readonly step: number;
  readonly loss: number;
  readonly learningRate: number;
  readonly cause: string;
  readonly first: NonFinite | undefined;
}

/**
 * Makes the planned steps again from the snapshot, up to the first that gives a loss or a weight that is not finite, and leaves the network as it
 * was before that step. Same programs, same numbers: the result is the same to the bit.
 */
export function explainNonFinite(
  net: Module,
  step: Step,
  snapshot: Snapshot,
  planned: readonly PlannedStep[],
  recentLosses: readonly number[],
): NumericalError {
  const culprit = findCulprit(net, step, snapshot, planned);
  snapshot.restore();
  for (const earlier of planned.slice(0, culprit.index)) run(step, earlier);
  const at = planned[culprit.index];
  const batch = at?.batch() ?? [];
  if (at?.learningRate !== undefined) step.setLearningRate(at.learningRate);
  const { traced, values, origins } = step.trace(...batch);
  const first = firstNonFinite(traced, values, origins);
  const rate = step.learningRate;
  const fault = faultOfData(batch) ?? faultOfWeights(net);
  const cause = fault ?? likelyCause(rate, recentLosses, first);
  const [what, verb] = Number.isFinite(culprit.loss)
    ? ["weights", "are no longer finite"]
    : ["the loss", `is ${culprit.loss}`];
  const lines = [`fit: ${what} ${verb} in epoch ${at?.epoch ?? 0}, step ${at?.step ?? 0}.`];
  if (first !== undefined) lines.push(`First: ${describeNonFinite(first)}.`);
  else if (fault === undefined) {
    lines.push("Loss and gradients of that batch are finite: the optimiser's step is what overflows.");
  }
  lines.push(`Likely cause: ${cause}.`, "The network has the weights from before that step.");
  const facts: NonFiniteFacts = {
    epoch: at?.epoch ?? 0,
    step: at?.step ?? 0,
    loss: culprit.loss,
    learningRate: rate,
    cause,
    first,
  };
  return new NumericalError(lines.join(" "), facts);
}

function run(step: Step, { learningRate, batch }: PlannedStep): number {
  if (learningRate !== undefined) step.setLearningRate(learningRate);
  return step(...batch()).item();
}

function findCulprit(
  net: Module,
  step: Step,
  snapshot: Snapshot,
  planned: readonly PlannedStep[],
): { readonly index: number; readonly loss: number } {
  snapshot.restore();
  let last = { index: Math.max(0, planned.length - 1), loss: Number.NaN };
  for (const [index, one] of planned.entries()) {
    const loss = run(step, one);
    last = { index, loss };
    if (!Number.isFinite(loss) || !hasFiniteWeights(net)) return last;
  }
  return last;
}

export function hasFiniteWeights(net: Module): boolean {
  return Object.values(stateDict(net)).every(isFiniteTensor);
}

function isFiniteTensor(tensor: Tensor): boolean {
  return tensor.storage("fit").every((x: number) => Number.isFinite(x));
}

function faultOfData(batch: readonly Tensor[]): string | undefined {
  const names = ["inputs", "targets"];
  for (const [i, tensor] of batch.entries()) {
    if (isFiniteTensor(tensor)) continue;
    const values = tensor.storage("fit");
    const bad = values.findIndex((x: number) => !Number.isFinite(x));
    const width = tensor.size / (tensor.shape[0] ?? 1);
    const row = Math.floor(bad / width);
    return `the ${names[i] ?? "data"} hold a ${values[bad]} (row ${row} of the batch, element ${bad % width} of the row); clean the data first`;
  }
  return undefined;
}

function faultOfWeights(net: Module): string | undefined {
  const bad = Object.entries(stateDict(net)).filter(([, tensor]) => !isFiniteTensor(tensor));
  if (bad.length === 0) return undefined;
  return `${bad.map(([path]) => path).join(", ")} held values that are not finite before the first step`;
}

function likelyCause(rate: number, losses: readonly number[], first: NonFinite | undefined): string {
  const start = losses[0] ?? Number.NaN;
  const lowest = Math.min(...losses);
  const highest = Math.max(...losses);
  if (highest > 10 * Math.max(lowest, Number.MIN_VALUE) && highest > 2 * start) {
    const smaller = (rate / 10).toPrecision(1);
    return `the learning rate ${rate} is too high: the loss rose from ${lowest.toPrecision(3)} to ${highest.toPrecision(3)} within the last ${losses.length} steps. Try ${Number(smaller)}, or put clipByGlobalNorm(1) in front of the optimiser`;
  }
  if (first?.derivativeOf === "sqrt" || first?.derivativeOf === "log" || first?.derivativeOf === "pow") {
    return `the derivative of ${first.derivativeOf} is not finite at the edge of its domain, where its value may be; keep its operand away from there`;
  }
  if (first?.op === "log" || first?.op === "div" || first?.op === "sqrt") {
    return `${first.op} outside of its domain, without the loss having grown before; look at the operands of that op`;
  }
  if (losses.length < 3) {
    return `the first losses are already not finite: inputs or targets that are not scaled, a first layer too large, or the learning rate ${rate} far too high`;
  }
  return `numbers too large for the dtype, without the loss having grown before; the learning rate is ${rate}`;
}
