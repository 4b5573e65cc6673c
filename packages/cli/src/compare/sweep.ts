/** How much the result of each optimiser depends on its learning rate: short trainings over rates spaced evenly in the logarithm. */
import { NumericalError, type Tensor } from "thalweg";
import { meanSquaredError } from "thalweg/losses";
import { fit } from "thalweg/train";
import type { Candidate } from "./candidates.js";
import type { Prepared } from "./prepare.js";
import { makeNetwork, type Plan } from "./train.js";

export interface SweepPoint {
  readonly learningRate: number;
  /** Validation loss of the standardised target; undefined when training diverged. */
  readonly loss: number | undefined;
}

export interface Sweep {
  readonly epochs: number;
  /** Training rows used. */
  readonly rows: number;
  readonly rates: readonly number[];
  readonly curves: readonly { readonly candidate: Candidate; readonly points: readonly SweepPoint[] }[];
}

/** A loss this many times that of predicting the mean counts as diverged, though it may be a number still. */
const hopeless = 10;
const mostRows = 10_000;
/** Of each short training. */
const wantedSteps = 1200;
const mostEpochs = 60;

/** From 1e-4 to 1: two rates a decade, or one with `quick`. */
export function sweepRates(quick: boolean): number[] {
  const perDecade = quick ? 1 : 2;
  return Array.from({ length: 4 * perDecade + 1 }, (_, i) => 10 ** (-4 + i / perDecade));
}

export async function sweep(
  prepared: Prepared,
  candidates: readonly Candidate[],
  plan: Plan,
  quick: boolean,
  hooks: {
    readonly signal: AbortSignal;
    readonly onPoint: (done: number, of: number, name: string, rate: number) => void;
  },
): Promise<Sweep> {
  const rates = sweepRates(quick);
  const rows = Math.min(mostRows, prepared.train.rows);
  const steps = Math.ceil(rows / plan.batchSize);
  const epochs = Math.min(
    plan.epochs,
    mostEpochs,
    Math.max(1, Math.round((quick ? wantedSteps / 3 : wantedSteps) / steps)),
  );
  const { inputs, targets } = prepared.train;
  // The rows of the training part stand in random order already.
  const first = (x: Tensor): Tensor => (rows === prepared.train.rows ? x : x.slice([0, rows]));
  const data = [first(inputs), first(targets)] as const;
  const curves: { candidate: Candidate; points: SweepPoint[] }[] = [];
  let done = 0;
  for (const candidate of candidates) {
    const points: SweepPoint[] = [];
    for (const learningRate of rates) {
      hooks.onPoint(done, rates.length * candidates.length, candidate.name, learningRate);
      points.push({ learningRate, loss: await shortTraining(learningRate, candidate) });
      done += 1;
    }
    curves.push({ candidate, points });
  }
  return { epochs, rows, rates, curves };

  async function shortTraining(learningRate: number, candidate: Candidate): Promise<number | undefined> {
    try {
      const run = await fit(makeNetwork(prepared.encoding.names.length, plan), {
        train: data,
        validation: [prepared.validation.inputs, prepared.validation.targets],
        loss: meanSquaredError,
        optimizer: candidate.make(learningRate),
        epochs,
        batchSize: plan.batchSize,
        seed: plan.seed,
        metrics: false,
        signal: hooks.signal,
      });
      hooks.signal.throwIfAborted();
      const loss = run.history.validationLoss.at(-1);
      return loss === undefined || loss > hopeless ? undefined : loss;
    } catch (error) {
      if (error instanceof NumericalError) return undefined;
      throw error;
    }
  }
}
