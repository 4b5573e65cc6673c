/** One training of the network with one optimiser, and how good the result is. */
import { compile, NumericalError, type Tensor } from "thalweg";
import { applyScaling, invertScaling } from "thalweg/data";
import { meanSquaredError } from "thalweg/losses";
import { type Layer, Linear, loadStateDict, ReLU, sequential } from "thalweg/nn";
import { evaluator, fit, type History, type Progress } from "thalweg/train";
import type { Candidate } from "./candidates.js";
import type { Part, Prepared } from "./prepare.js";
import { WeightAverage } from "./weight-average.js";

/** How well one part of the data is predicted. */
export interface Scores {
  /** Mean squared error of the standardised target: what is minimised. 1 is what the training mean reaches. */
  readonly loss: number;
  /** In the unit of the target. */
  readonly rmse: number;
  /** 1 − Σ(y − ŷ)² / Σ(y − ȳ)², with ȳ the mean of this part. */
  readonly r2: number;
}

export interface Trained {
  readonly kind: "trained";
  readonly candidate: Candidate;
  readonly history: History;
  /** The epoch with the lowest validation loss. */
  readonly bestEpoch: number;
  /** Validation loss of the average of the weights up to each epoch of the last half. */
  readonly averaged: { readonly epoch: number[]; readonly validationLoss: number[] };
  /** Which weights are the result: the average, or those of the best epoch where its validation loss is lower. */
  readonly kept: "average" | "best epoch";
  readonly steps: number;
  readonly seconds: number;
  readonly train: Scores;
  readonly validation: Scores;
  readonly test: Scores;
  /** Of the test rows, in the unit of the target. */
  readonly predictions: Float64Array;
  readonly meanAbsoluteError: number;
}

/** The loss left the numbers, or grew without bound. */
export interface Diverged {
  readonly kind: "diverged";
  readonly candidate: Candidate;
  readonly history: History | undefined;
  readonly seconds: number;
  readonly message: string;
}

export type Outcome = Trained | Diverged;

export interface Plan {
  readonly epochs: number;
  readonly batchSize: number;
  readonly seed: number;
  readonly hidden: readonly number[];
}

export function makeNetwork(inputs: number, { hidden, seed }: Pick<Plan, "hidden" | "seed">): Layer {
  const stages: Layer[] = [];
  let width = inputs;
  for (const next of hidden) {
    stages.push(new Linear(width, next), new ReLU());
    width = next;
  }
  return sequential({ seed }, ...stages, new Linear(width, 1));
}

/** The rate climbs to its value over the first twentieth of the steps (P. Goyal et al., 2017) and stays there. */
export function warmUp(learningRate: number, steps: number): (step: number) => number {
  const climb = Math.max(1, Math.floor(steps / 20));
  return (step) => (step < climb ? (learningRate * (step + 1)) / climb : learningRate);
}

/**
 * Trains at a constant rate, averages the weights of the last half of the epochs, and keeps the average or the best single epoch, whichever has the
 * lower validation loss. Every optimiser starts from the same weights and sees the same batches.
 */
export async function trainCandidate(
  prepared: Prepared,
  candidate: Candidate,
  plan: Plan,
  hooks: { readonly signal: AbortSignal; readonly onProgress: (progress: Progress) => void },
): Promise<Outcome> {
  const { train, validation } = prepared;
  const net = makeNetwork(prepared.encoding.names.length, plan);
  const steps = plan.epochs * Math.ceil(train.rows / plan.batchSize);
  const started = performance.now();
  const validationData = [validation.inputs, validation.targets] as const;
  const averageFrom = Math.floor(plan.epochs / 2) + 1;
  const average = new WeightAverage();
  const averagedNet = makeNetwork(prepared.encoding.names.length, plan);
  const averagedLoss = evaluator(averagedNet, meanSquaredError);
  const averaged: Trained["averaged"] = { epoch: [], validationLoss: [] };
  let history: History | undefined;
  try {
    const run = await fit(net, {
      train: [train.inputs, train.targets],
      validation: validationData,
      loss: meanSquaredError,
      optimizer: candidate.make(candidate.learningRate),
      schedule: warmUp(candidate.learningRate, steps),
      epochs: plan.epochs,
      batchSize: plan.batchSize,
      seed: plan.seed,
      restoreBest: true,
      signal: hooks.signal,
      onProgress: hooks.onProgress,
      callbacks: [
        {
          name: "average",
          onEpoch: ({ history: soFar, epoch }) => {
            history = soFar;
            if (epoch < averageFrom) return;
            average.add(net);
            loadStateDict(averagedNet, average.weights());
            averaged.epoch.push(epoch);
            averaged.validationLoss.push(averagedLoss(validationData));
          },
        },
      ],
    });
    hooks.signal.throwIfAborted();
    const seconds = (performance.now() - started) / 1000;
    const averageWins = (averaged.validationLoss.at(-1) ?? Number.POSITIVE_INFINITY) <= (run.best?.loss ?? 0);
    const result = averageWins ? averagedNet : net;
    const loss = averageWins ? averagedLoss : evaluator(net, meanSquaredError);
    const predictions = predict(result, prepared.test, prepared);
    return {
      kind: "trained",
      candidate,
      history: run.history,
      bestEpoch: run.best?.epoch ?? run.epochs,
      averaged,
      kept: averageWins ? "average" : "best epoch",
      steps: run.steps,
      seconds,
      train: score(loss, train, prepared),
      validation: score(loss, validation, prepared),
      test: score(loss, prepared.test, prepared),
      predictions,
      meanAbsoluteError: meanAbsolute(prepared.test.truth, predictions),
    };
  } catch (error) {
    if (!(error instanceof NumericalError)) throw error;
    const seconds = (performance.now() - started) / 1000;
    return { kind: "diverged", candidate, history, seconds, message: error.message };
  }
}

function score(evaluate: ReturnType<typeof evaluator>, part: Part, { targetScaling }: Prepared): Scores {
  const loss = evaluate([part.inputs, part.targets]);
  const scale = targetScaling.scale[0] ?? 1;
  const standardised = applyScaling(targetScaling, part.truth);
  const mean = standardised.reduce((a, b) => a + b, 0) / part.rows;
  const variance = standardised.reduce((a, b) => a + (b - mean) ** 2, 0) / part.rows;
  return { loss, rmse: scale * Math.sqrt(loss), r2: 1 - loss / variance };
}

function predict(net: Layer, part: Part, { targetScaling }: Prepared): Float64Array {
  const program = compile((x: Tensor) => net.forward(x), { name: "predict" });
  return invertScaling(targetScaling, Float64Array.from(program(part.inputs).data()));
}

function meanAbsolute(truth: Float64Array, predictions: Float64Array): number {
  return truth.reduce((sum, y, i) => sum + Math.abs(y - (predictions[i] ?? Number.NaN)), 0) / truth.length;
}
