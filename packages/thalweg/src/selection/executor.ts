/**
 * Where fits are carried out. The one here does them in turn on this thread, giving way to the event loop between them; one that sends
 * `estimator.toJSON()` and the rows to workers fits behind the same interface.
 */

import type { RowsInput } from "../preprocessing/columns.js";
import type { FitOptions, Model, Predictor, Targets } from "../preprocessing/estimator.js";
import { takeOptions, takeRowsOf, takeTargets } from "./rows.js";
import { checkScore, type Scorer } from "./scorers.js";
import type { Fold } from "./splitter.js";

/** The data that all jobs of one call share. */
export interface JobData {
  readonly x: RowsInput;
  readonly y: Targets;
  readonly options: FitOptions;
}

/** One fit on some rows, scored on others. */
export interface FitJob {
  readonly estimator: Predictor;
  readonly fold: Fold;
  readonly scorers: Readonly<Record<string, Scorer>>;
  /** Whether to score the rows trained on too. */
  readonly trainScores: boolean;
}

export interface FitOutcome {
  readonly test: Readonly<Record<string, number>>;
  readonly train: Readonly<Record<string, number>> | undefined;
  /** Milliseconds. */
  readonly fitTime: number;
  readonly scoreTime: number;
  /** Left out by executors that fit elsewhere. */
  readonly model?: Model;
}

export interface Progress {
  readonly done: number;
  readonly total: number;
}

/** What of an AbortSignal is used. */
export interface AbortLike {
  readonly aborted: boolean;
  readonly reason?: unknown;
}

export interface RunOptions {
  /** Ends the work before the next fit; the promise is then rejected with the signal's reason. */
  readonly signal?: AbortLike;
  /** Called after every fit. */
  readonly onProgress?: (progress: Progress) => void;
  /** Where the fits are done. Default: in turn, here. */
  readonly executor?: Executor;
}

/** Carries out jobs in any order; the outcomes come in the order of the jobs. */
export type Executor = (
  data: JobData,
  jobs: readonly FitJob[],
  report: (done: number) => void,
  signal: AbortLike | undefined,
) => Promise<FitOutcome[]>;

/** One after the other on this thread. */
export const inTurn: Executor = async (data, jobs, report, signal) => {
  const outcomes: FitOutcome[] = [];
  for (const job of jobs) {
    await pause();
    throwIfAborted(signal);
    outcomes.push(runJob(data, job));
    report(outcomes.length);
  }
  return outcomes;
};

/** Runs the jobs with the caller's options. */
export function runJobs(
  data: JobData,
  jobs: readonly FitJob[],
  { signal, onProgress, executor = inTurn }: RunOptions,
): Promise<FitOutcome[]> {
  return executor(data, jobs, (done) => onProgress?.({ done, total: jobs.length }), signal);
}

export function throwIfAborted(signal: AbortLike | undefined): void {
  if (signal?.aborted !== true) return;
  throw signal.reason ?? new Error("aborted");
}

/** Fits and scores here and now. */
export function runJob({ x, y, options }: JobData, { estimator, fold, scorers, trainScores }: FitJob): FitOutcome {
  const op = "fit";
  const part = (rows: Int32Array) => ({
    x: takeRowsOf(op, x, rows),
    y: takeTargets(op, y, rows),
    options: takeOptions(op, options, rows),
  });
  const [train, test] = [part(fold.train), part(fold.test)];
  const start = performance.now();
  const model = estimator.fit(train.x, train.y, train.options);
  const fitted = performance.now();
  const scoresOf = (rows: typeof train): Record<string, number> =>
    Object.fromEntries(
      Object.entries(scorers).map(([name, scorer]) => [
        name,
        checkScore(name, scorer(model, rows.x, rows.y, rows.options)),
      ]),
    );
  const outcome = { test: scoresOf(test), train: trainScores ? scoresOf(train) : undefined };
  return { ...outcome, fitTime: fitted - start, scoreTime: performance.now() - fitted, model };
}

interface Loop {
  readonly setImmediate?: (then: () => void) => unknown;
}

/** Lets waiting tasks run, so that signals and timers come through. */
function pause(): Promise<void> {
  const loop = globalThis as Loop;
  return new Promise((resolve) => {
    if (loop.setImmediate !== undefined) loop.setImmediate(resolve);
    else setTimeout(resolve, 0);
  });
}
