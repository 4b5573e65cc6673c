/**
 * Where fits are carried out: side by side in workers where everything can be sent there and it is worth it, else in turn on this thread, giving way to
 * the event loop between them.
 */
import { UserError } from "../base/errors.js";
import type { RowsInput } from "../preprocessing/columns.js";
import type { FitOptions, Model, Predictor, Targets } from "../preprocessing/estimator.js";
import { machineThreads } from "../runtime/threads.js";
import { fitInWorkers, NoWorkersError, planOf, readWorkers, type Workers } from "./in-workers.js";
import { onRows, told } from "./places.js";
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
  /** What errors begin with: whose fit it is. */
  readonly where?: string;
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
  readonly addEventListener?: (type: "abort", listener: () => void) => void;
  readonly removeEventListener?: (type: "abort", listener: () => void) => void;
}

export interface RunOptions {
  /** Ends the work before the next fit, and workers at once; the promise is then rejected with the signal's reason. */
  readonly signal?: AbortLike;
  /** Called after every fit. */
  readonly onProgress?: (progress: Progress) => void;
  /**
   * How many workers fit side by side, each on one thread, to the same bits; 0 fits in turn on this thread. "auto" begins in turn, and starts a worker for each
   * core (8 at most) when what is left would take more than two seconds. Estimators and scores of one's own cannot be sent to workers: their fits are done in turn.
   * Default: "auto" for searches and curves, 0 for `crossValidate`, which gives back the models.
   */
  readonly workers?: Workers;
  /** Carries out the fits instead. */
  readonly executor?: Executor;
}

/** How the fits were carried out. */
export interface Execution {
  /** 0: in turn on the caller's thread. */
  readonly workers: number;
  /** Why so, in words. */
  readonly reason: string;
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
  await continueInTurn(data, jobs, outcomes, report, signal);
  return outcomes;
};

/** Adds outcomes in turn, until they are complete or `enough` says so. */
async function continueInTurn(
  data: JobData,
  jobs: readonly FitJob[],
  outcomes: FitOutcome[],
  report: (done: number) => void,
  signal: AbortLike | undefined,
  enough: (milliseconds: number) => boolean = () => false,
): Promise<void> {
  for (const job of jobs.slice(outcomes.length)) {
    await pause();
    throwIfAborted(signal);
    const start = performance.now();
    outcomes.push(runJob(data, job));
    report(outcomes.length);
    if (enough(performance.now() - start)) return;
  }
}

/** Milliseconds that work must take for workers to be started. */
const worthWhile = 2_000;
/** A first fit that takes as long does so for more reasons than that code is compiled. */
const beyondWarmUp = 250;
const mostAutomatic = 8;

/** Runs the jobs with the caller's options. `workers` is what holds where they name none. */
export async function runJobs(
  data: JobData,
  jobs: readonly FitJob[],
  { signal, onProgress, executor, workers: asked }: RunOptions,
  workers: "auto" | 0,
): Promise<{ readonly outcomes: readonly FitOutcome[]; readonly execution: Execution }> {
  const total = jobs.length;
  const report = (done: number): void => onProgress?.({ done, total });
  if (executor !== undefined) {
    if (asked !== undefined) throw new UserError("workers and executor cannot both be given: the executor decides");
    const outcomes = await executor(data, jobs, report, signal);
    return { outcomes, execution: { workers: 0, reason: "the caller's executor did it" } };
  }
  const { count, url } = readWorkers(asked ?? workers);
  throwIfAborted(signal);
  const outcomes: FitOutcome[] = [];
  const inTurnFor = async (reason: string) => {
    await continueInTurn(data, jobs, outcomes, report, signal);
    return { outcomes, execution: { workers: 0, reason } };
  };
  if (count === 0) return inTurnFor("no workers were asked for");
  if (count === "auto") {
    const cores = machineThreads();
    if (cores === 1) return inTurnFor("this machine has one core");
    let before = Infinity;
    await continueInTurn(data, jobs, outcomes, report, signal, (time) => {
      const typical = time > beyondWarmUp ? time : Math.min(time, before);
      const enough = outcomes.length >= 2 || time > beyondWarmUp;
      before = time;
      return enough && total - outcomes.length >= 2 && typical * (total - outcomes.length) > worthWhile;
    });
    if (outcomes.length === total)
      return {
        outcomes,
        execution: { workers: 0, reason: "the fits were too short for workers to be worth their start" },
      };
  }
  const first = outcomes.length;
  const plan = planOf(data, jobs.slice(first), url !== undefined);
  if (typeof plan === "string") return inTurnFor(plan);
  const team = Math.min(count === "auto" ? Math.min(mostAutomatic, machineThreads()) : count, total - first);
  try {
    const rest = await fitInWorkers(plan, { count: team, url }, (done) => report(first + done), signal);
    const reason = `${rest.length} fits of estimators that travel as JSON`;
    return { outcomes: [...outcomes, ...rest], execution: { workers: team, reason } };
  } catch (error) {
    if (!(error instanceof NoWorkersError)) throw error;
    return inTurnFor(`workers could not be started: ${error.message}`);
  }
}

export function throwIfAborted(signal: AbortLike | undefined): void {
  if (signal?.aborted !== true) return;
  throw signal.reason ?? new Error("aborted");
}

/** Fits and scores here and now. */
export function runJob(
  { x, y, options }: JobData,
  { estimator, fold, scorers, trainScores, where }: FitJob,
): FitOutcome {
  const op = "fit";
  const part = (rows: Int32Array) => ({
    rows,
    x: takeRowsOf(op, x, rows),
    y: takeTargets(op, y, rows),
    options: takeOptions(op, options, rows),
  });
  return told(where, () => {
    const [train, test] = [part(fold.train), part(fold.test)];
    const start = performance.now();
    const model = onRows(fold.train, () => estimator.fit(train.x, train.y, train.options));
    const fitted = performance.now();
    const scoresOf = (side: typeof train): Record<string, number> =>
      onRows(side.rows, () =>
        Object.fromEntries(
          Object.entries(scorers).map(([name, scorer]) => [
            name,
            checkScore(name, scorer(model, side.x, side.y, side.options)),
          ]),
        ),
      );
    const outcome = { test: scoresOf(test), train: trainScores ? scoresOf(train) : undefined };
    return { ...outcome, fitTime: fitted - start, scoreTime: performance.now() - fitted, model };
  });
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
