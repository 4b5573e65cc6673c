/**
 * Fits side by side in workers, each with one engine thread. The data are sent once to each worker, on shared memory where there is such; estimators travel as
 * JSON. Outcomes do not depend on the number of workers, and the error told is that of the first job that failed, as if they had been done in turn.
 */
import { UserError } from "../base/errors.js";
import { checkSettings, optional, satisfies } from "../base/settings.js";
import type { EstimatorJSON } from "../preprocessing/estimator.js";
import { travels } from "../preprocessing/travelling.js";
import { type HostWorker, startHostWorker } from "../runtime/host-worker.js";
import type { AbortLike, FitJob, FitOutcome, JobData } from "./executor.js";
import { type Assignment, errorOf, type FromWorker, isPlain, type JobMessage, type ToWorker } from "./fit-messages.js";
import { pack, shared } from "./packed-data.js";
import { scorerNames } from "./scorers.js";

export interface WorkerSettings {
  /** Default: "auto", one for each core, 8 at most. */
  readonly count?: number | "auto";
  /** The address of a module that calls `serveFits`; absolute. Default: the library's own. */
  readonly url?: string | { readonly href: string };
}

/** How many workers; 0 is none: in turn on the caller's thread. */
export type Workers = number | "auto" | WorkerSettings;

const most = 64;

/** @throws UserError unless it is a setting of workers. */
export function readWorkers(workers: Workers): { readonly count: number | "auto"; readonly url: string | undefined } {
  const anything = optional(satisfies("anything", () => true));
  const given: WorkerSettings = typeof workers === "object" ? workers : { count: workers };
  const { count = "auto", url } = checkSettings<WorkerSettings>(
    "workers",
    given,
    {},
    { count: anything, url: anything },
  );
  if (count !== "auto" && !(Number.isInteger(count) && count >= 0 && count <= most))
    throw new UserError(`workers must be "auto" or a whole number from 0 to ${most}, got ${String(count)}`);
  const address: unknown = typeof url === "object" && url !== null ? url.href : url;
  if (address !== undefined && typeof address !== "string")
    throw new UserError(
      "workers: url must be the address of a module that calls serveFits, as an absolute text or a URL",
    );
  return { count, url: address };
}

/** What workers are to do. */
export interface Plan {
  readonly assignment: Assignment;
  readonly tasks: readonly JobMessage[];
  /** Kinds of estimators that a worker must know. */
  readonly kinds: ReadonlySet<string>;
}

/**
 * The jobs as messages; or why they cannot be sent.
 *
 * @param own with a worker of the caller's, that also knows kinds of the caller's.
 */
export function planOf(data: JobData, jobs: readonly FitJob[], own: boolean): Plan | string {
  const estimators = new Numbering<FitJob["estimator"]>();
  const folds = new Numbering<FitJob["fold"]>();
  const names = scorerNames();
  const tasks: JobMessage[] = [];
  for (const [job, { estimator, fold, scorers, trainScores, where }] of jobs.entries()) {
    if (!travels(estimator) && !own)
      return `${describe(estimator)} is no estimator of the library's own, so that a worker could not make it again`;
    const scores: [string, string | undefined][] = [];
    for (const [name, scorer] of Object.entries(scorers)) {
      if (!names.has(scorer))
        return `the score ${name} is a function of the caller's, which cannot be sent to a worker`;
      scores.push([name, names.get(scorer)]);
    }
    tasks.push({ job, estimator: estimators.of(estimator), fold: folds.of(fold), scores, trainScores, where });
  }
  const kinds = new Set<string>();
  const travelling: EstimatorJSON[] = [];
  for (const estimator of estimators.all) {
    const json = estimator.toJSON();
    if (!isPlain(json)) return `settings of ${describe(estimator)} hold more than numbers, texts and lists`;
    collectKinds(json, kinds);
    travelling.push(json);
  }
  const { sampleWeight } = data.options;
  const assignment: Assignment = {
    x: pack(data.x),
    y: pack(data.y),
    sampleWeight: sampleWeight === undefined ? undefined : pack(sampleWeight),
    estimators: travelling,
    folds: folds.all.map(({ train, test }) => ({ train: shared(train), test: shared(test) })),
  };
  return { assignment, tasks, kinds };
}

/** Numbers objects in the order in which they come. */
class Numbering<T> {
  readonly all: T[] = [];
  readonly #places = new Map<T, number>();

  of(item: T): number {
    const known = this.#places.get(item);
    if (known !== undefined) return known;
    this.#places.set(item, this.all.length);
    return this.all.push(item) - 1;
  }
}

function describe(estimator: FitJob["estimator"]): string {
  return `a ${String(estimator.kind)}`;
}

/** Kinds of all estimators without parts in it. */
function collectKinds(json: unknown, kinds: Set<string>): void {
  if (typeof json !== "object" || json === null || ArrayBuffer.isView(json)) return;
  const before = kinds.size;
  const { kind, settings } = json as Partial<EstimatorJSON>;
  if (typeof kind === "string" && typeof settings === "object" && settings !== null) {
    const inside = new Set<string>();
    collectKinds(settings, inside);
    for (const part of inside.size > 0 ? inside : [kind]) kinds.add(part);
  } else if (kinds.size === before) for (const value of Object.values(json)) collectKinds(value, kinds);
}

/** No worker could be started; nothing has been done. */
export class NoWorkersError extends Error {
  override name = "NoWorkersError";
}

/** A worker ended in the middle of a fit: for want of memory, in most cases. */
export class WorkerLostError extends Error {
  override name = "WorkerLostError";
}

/** Milliseconds in which the first worker must have loaded its code. */
const patience = 60_000;

/** Milliseconds between looks at signals that do not call. */
const look = 50;

/**
 * Carries out a plan on `count` workers, which have ended when the promise is settled.
 *
 * @throws NoWorkersError where none could be started; the signal's reason; the error of the first job that failed; WorkerLostError for a worker that ended.
 */
export function fitInWorkers(
  plan: Plan,
  { count, url }: { readonly count: number; readonly url: string | undefined },
  report: (done: number) => void,
  signal: AbortLike | undefined,
): Promise<FitOutcome[]> {
  return new Promise((resolve, reject) => {
    const team = new Team(plan, report, (end) => {
      stopWatching();
      // Whatever became of the work, no worker outlives it.
      void Promise.all(team.workers.map((worker) => worker.stop())).then(end, end);
    });
    team.settle = { resolve, reject };
    const stopWatching = watch(signal, () => team.fail(signal?.reason ?? new Error("aborted")));
    team.start(count, url);
  });
}

/** Calls back when the signal is given; returns what ends the watch. */
function watch(signal: AbortLike | undefined, aborted: () => void): () => void {
  if (signal === undefined) return () => undefined;
  if (signal.addEventListener !== undefined && signal.removeEventListener !== undefined) {
    signal.addEventListener("abort", aborted);
    return () => signal.removeEventListener?.("abort", aborted);
  }
  let timer = setTimeout(check, look);
  function check(): void {
    if (signal?.aborted === true) aborted();
    else timer = setTimeout(check, look);
  }
  return () => clearTimeout(timer);
}

interface Settle {
  resolve(outcomes: FitOutcome[]): void;
  reject(error: unknown): void;
}

class Team {
  readonly workers: HostWorker[] = [];
  settle: Settle | undefined;
  readonly #plan: Plan;
  readonly #report: (done: number) => void;
  readonly #end: (then: () => void) => void;
  readonly #outcomes: FitOutcome[] = [];
  /** Jobs at hand. */
  readonly #running = new Set<number>();
  #failure: { readonly job: number; readonly error: Error } | undefined;
  #next = 0;
  #done = 0;
  #starting = 0;
  #ready = 0;
  #over = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(plan: Plan, report: (done: number) => void, end: (then: () => void) => void) {
    this.#plan = plan;
    this.#report = report;
    this.#end = end;
  }

  start(count: number, url: string | undefined): void {
    this.#starting = count;
    this.#timer = setTimeout(() => this.fail(new NoWorkersError("none was ready after a minute")), patience);
    for (let i = 0; i < count && !this.#over; i += 1) {
      let job: number | undefined;
      let worker: HostWorker | undefined;
      const give = (): void => {
        job = worker === undefined ? undefined : this.#give(worker);
      };
      const lost = (why: string): void => this.#lost(why, job);
      try {
        worker = startFitWorker(url, {
          message: (data) => this.#guard(() => this.#receive(data as FromWorker, worker, give)),
          lost,
        });
      } catch (error) {
        lost(error instanceof Error ? error.message : String(error));
        continue;
      }
      if (worker === undefined) lost("there are none here");
      else this.workers.push(worker);
    }
  }

  fail(error: unknown): void {
    this.#finish(() => this.settle?.reject(error));
  }

  #finish(then: () => void): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#end(then);
  }

  /** What goes wrong here, in a progress callback say, ends the work like anything else. */
  #guard(body: () => void): void {
    if (this.#over) return;
    try {
      body();
    } catch (error) {
      this.fail(error);
    }
  }

  #receive(message: FromWorker, worker: HostWorker | undefined, give: () => void): void {
    if (message.kind === "ready") {
      const unknown = [...this.#plan.kinds].find((kind) => !message.kinds.includes(kind));
      if (unknown !== undefined) throw new NoWorkersError(`they do not know the estimator ${unknown}`);
      clearTimeout(this.#timer);
      this.#ready += 1;
      worker?.post({ kind: "begin", assignment: this.#plan.assignment } satisfies ToWorker);
      give();
      return;
    }
    this.#running.delete(message.job);
    if (message.kind === "done") {
      this.#outcomes[message.job] = message.outcome;
      this.#done += 1;
      this.#report(this.#done);
    } else if (this.#failure === undefined || message.job < this.#failure.job)
      this.#failure = { job: message.job, error: errorOf(message.error) };
    give();
    this.#conclude();
  }

  /** Hands out the next job, unless one has failed: jobs are handed out in order, so that all before it are under way. */
  #give(worker: HostWorker): number | undefined {
    const task = this.#failure === undefined ? this.#plan.tasks[this.#next] : undefined;
    if (task === undefined) return undefined;
    this.#next += 1;
    this.#running.add(task.job);
    worker.post({ kind: "fit", task } satisfies ToWorker);
    return task.job;
  }

  #conclude(): void {
    const failure = this.#failure;
    if (failure !== undefined) {
      if (![...this.#running].some((job) => job < failure.job)) this.fail(failure.error);
    } else if (this.#done === this.#plan.tasks.length) this.#finish(() => this.settle?.resolve(this.#outcomes));
  }

  #lost(why: string, job: number | undefined): void {
    if (this.#ready > 0 && job === undefined) return;
    this.#starting -= 1;
    if (job !== undefined) {
      const where = this.#plan.tasks[job]?.where ?? `fit ${job}`;
      this.fail(new WorkerLostError(`${where}: the worker that fitted ended: ${why}`));
    } else if (this.#starting === 0) this.fail(new NoWorkersError(why));
  }
}

function startFitWorker(
  url: string | undefined,
  events: Parameters<typeof startHostWorker>[1],
): HostWorker | undefined {
  if (url !== undefined) {
    const address = new URL(url);
    return startHostWorker((Worker) => new Worker(address, { name: "thalweg", type: "module", execArgv: [] }), events);
  }
  return startHostWorker(
    (Worker) =>
      new Worker(new URL("./fit-worker.js", import.meta.url), { name: "thalweg", type: "module", execArgv: [] }),
    events,
  );
}
