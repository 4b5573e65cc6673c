/** The whole job, from the table to the results; the report is drawn from what it returns. */

import { UserError } from "thalweg";
import { applyScaling } from "thalweg/data";
import { count, fixed, number, rate, seconds } from "../screen/format.js";
import type { Screen } from "../screen/screen.js";
import { columnsTable } from "../screen/tables.js";
import { errorDifference, type Interval, r2Interval } from "./bootstrap.js";
import { type Candidate, chooseCandidates } from "./candidates.js";
import { type Loaded, load } from "./load.js";
import { type Prepared, prepare } from "./prepare.js";
import { type CompareSettings, chooseEpochs } from "./settings.js";
import { type Sweep, sweep } from "./sweep.js";
import { type Outcome, type Plan, type Trained, trainCandidate } from "./train.js";

export interface Comparison {
  readonly settings: CompareSettings;
  readonly loaded: Loaded;
  readonly prepared: Prepared;
  readonly plan: Plan;
  readonly outcomes: readonly Outcome[];
  /** The one with the lowest validation loss; undefined when all diverged. */
  readonly winner: Winner | undefined;
  readonly sweep: Sweep | undefined;
  readonly seconds: number;
}

export interface Winner {
  readonly candidate: Candidate;
  readonly outcome: Trained;
  /** 95 % interval of the test R²; undefined where there are too few rows to say. */
  readonly r2: Interval | undefined;
  /** The second, and the 95 % interval of its mean squared test error (standardised target) less the winner's: above 0 where the winner is really better. */
  readonly runnerUp: { readonly outcome: Trained; readonly difference: Interval | undefined } | undefined;
}

export async function compare(settings: CompareSettings, screen: Screen, signal: AbortSignal): Promise<Comparison> {
  const started = performance.now();
  const chosen = chooseCandidates(settings.optimizers);

  const loaded = await load(settings, { onStep: (what) => screen.line(what), signal });
  if (loaded.standIn !== undefined) {
    screen.line("California Housing could not be had, so this runs on GENERATED DATA in its place:");
    for (const reason of loaded.standIn) screen.line(`  ${reason}`);
    screen.line();
  }
  screen.line(loaded.title);
  screen.line(loaded.origin);
  screen.line();

  const prepared = prepare(loaded, settings);
  const { train, validation, test } = prepared;
  const plan: Plan = {
    epochs: chooseEpochs(settings, train.rows),
    batchSize: settings.batchSize,
    seed: settings.seed,
    hidden: settings.hidden,
  };
  checkSize(prepared, plan);
  screen.line(columnsTable(prepared.summaries, prepared.target));
  screen.line();
  for (const treatment of prepared.treatments) screen.line(`- ${treatment}`);
  for (const warning of prepared.warnings) screen.line(`! ${warning}`);
  screen.line();
  screen.line(
    `${count(train.rows, "row")} to train on, ${count(validation.rows, "row")} to validate, ${count(test.rows, "row")} to test; seed ${settings.seed}.`,
  );
  screen.line(
    `Network ${networkText(prepared, plan)}, ReLU; ${count(plan.epochs, "epoch")} in batches of ${plan.batchSize}; rates climb for a twentieth of the steps, then stay; weights of the last half are averaged.`,
  );
  screen.line();

  const outcomes: Outcome[] = [];
  for (const candidate of chosen) outcomes.push(await trainShown(prepared, candidate, plan, screen, signal));
  screen.line();
  const winner = findWinner(outcomes, prepared, settings.seed);
  const swept = settings.sweep ? await sweepShown(prepared, chosen, plan, settings.quick, screen, signal) : undefined;
  signal.throwIfAborted();
  return {
    settings,
    loaded,
    prepared,
    plan,
    outcomes,
    winner,
    sweep: swept,
    seconds: (performance.now() - started) / 1000,
  };
}

/** A training holds the weights six times (gradients, two moments, averages): 1.2 GB at this many. */
const mostWeights = 50e6;

/** @throws UserError for a network that would not fit into memory, which else shows after minutes. */
export function checkSize(prepared: Prepared, plan: Pick<Plan, "hidden">): void {
  const widths = [prepared.encoding.names.length, ...plan.hidden, 1];
  const weights = widths.slice(1).reduce((sum, width, i) => sum + width * ((widths[i] ?? 0) + 1), 0);
  if (weights > mostWeights)
    throw new UserError(
      `the network ${networkText(prepared, plan)} has ${weights.toLocaleString("en")} weights, and ${mostWeights.toLocaleString("en")} are the most that memory is sure to hold; choose narrower layers with --hidden`,
    );
}

export function networkText({ encoding }: Prepared, plan: Pick<Plan, "hidden">): string {
  return [encoding.names.length, ...plan.hidden, 1].join("-");
}

/** Which weights were kept. */
export function keptText({ kept, bestEpoch, averaged }: Trained): string {
  return kept === "average"
    ? `average of epochs ${averaged.epoch[0]} to ${averaged.epoch.at(-1)}`
    : `epoch ${bestEpoch}`;
}

async function trainShown(
  prepared: Prepared,
  candidate: Candidate,
  plan: Plan,
  screen: Screen,
  signal: AbortSignal,
): Promise<Outcome> {
  const bar = screen.bar(candidate.name, plan.epochs);
  const width = `${plan.epochs}`.length;
  const outcome = await trainCandidate(prepared, candidate, plan, {
    signal,
    onProgress: (p) => {
      const validation = p.validationLoss === undefined ? "–" : fixed(p.validationLoss);
      bar.update(
        p.epoch - 1 + p.batch / p.batches,
        `epoch ${`${p.epoch}`.padStart(width)}/${p.epochs}  train ${fixed(p.trainLoss)}  validation ${validation}  rate ${rate(p.learningRate)}  ${seconds(p.seconds)}`,
      );
    },
  });
  bar.end(
    outcome.kind === "trained"
      ? `validation ${fixed(outcome.validation.loss)} (${keptText(outcome)})  test R² ${fixed(outcome.test.r2)}  ${seconds(outcome.seconds)}`
      : `diverged: ${outcome.message}`,
  );
  return outcome;
}

async function sweepShown(
  prepared: Prepared,
  chosen: readonly Candidate[],
  plan: Plan,
  quick: boolean,
  screen: Screen,
  signal: AbortSignal,
): Promise<Sweep> {
  const bar = screen.bar("Rates", 100);
  const result = await sweep(prepared, chosen, plan, quick, {
    signal,
    onPoint: (done, of, name, learningRate) =>
      bar.update((100 * done) / of, `training ${done + 1}/${of}  ${name} at rate ${rate(learningRate)}`),
  });
  const diverged = result.curves.flatMap((c) => c.points).filter((p) => p.loss === undefined).length;
  bar.end(
    `${result.rates.length} learning rates × ${chosen.length} optimisers, ${count(result.epochs, "epoch")} each${diverged > 0 ? `; ${diverged} diverged` : ""}`,
  );
  for (const { candidate, points } of result.curves) {
    const good = points.filter((p) => p.loss !== undefined);
    const best = good.toSorted((a, b) => (a.loss ?? 0) - (b.loss ?? 0))[0];
    if (best?.loss !== undefined)
      screen.line(
        `${candidate.name.padEnd(10)} best at ${rate(best.learningRate)} (validation ${number(best.loss)}); used above: ${rate(candidate.learningRate)}`,
      );
  }
  screen.line();
  return result;
}

/** Resampling fewer rows than this says little. */
const fewestForIntervals = 30;

function findWinner(outcomes: readonly Outcome[], prepared: Prepared, seed: number): Winner | undefined {
  const trained = outcomes
    .filter((o) => o.kind === "trained")
    .toSorted((a, b) => a.validation.loss - b.validation.loss);
  const [first, second] = trained;
  if (first === undefined) return undefined;
  // Standardised, so that squares stay within the range of numbers; neither interval depends on it otherwise.
  const standard = (values: Float64Array): Float64Array => applyScaling(prepared.targetScaling, values);
  const truth = standard(prepared.test.truth);
  const best = standard(first.predictions);
  const enough = truth.length >= fewestForIntervals;
  return {
    candidate: first.candidate,
    outcome: first,
    r2: enough ? r2Interval(truth, best, seed) : undefined,
    runnerUp:
      second === undefined
        ? undefined
        : {
            outcome: second,
            difference: enough ? errorDifference(truth, standard(second.predictions), best, seed) : undefined,
          },
  };
}
