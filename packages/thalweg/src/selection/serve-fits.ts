/** The inside of a worker that fits for searches. */

import type { RowsInput } from "../preprocessing/columns.js";
import type { FitOptions, Predictor, Targets } from "../preprocessing/estimator.js";
import { setThreads } from "../runtime/device.js";
import { callerPort } from "../runtime/host-worker.js";
import { type AnyEstimatorKind, estimatorFromJSON } from "./estimator-from-json.js";
import { type JobData, runJob } from "./executor.js";
import { type Assignment, errorMessage, type FromWorker, type JobMessage, type ToWorker } from "./fit-messages.js";
import { unpack } from "./packed-data.js";
import { ownScore, type Scorer, scorers } from "./scorers.js";

/**
 * Makes the worker that calls it fit for searches: with estimators of these kinds, and those made of them. For a worker of one's own, where a bundler
 * does not know the library's, or for kinds of one's own:
 *
 *     // fits.js, given to a search as { workers: { url: new URL("./fits.js", import.meta.url) } }
 *     serveFits([standardScaler, ridge]);
 */
export function serveFits(kinds: readonly AnyEstimatorKind[]): void {
  // Other workers have the other cores.
  setThreads(1);
  const port = callerPort();
  const send = (message: FromWorker): void => port.post(message);
  let server: FitServer | undefined;
  port.listen((received) => {
    const message = received as ToWorker;
    if (message.kind === "begin") server = new FitServer(message.assignment, kinds);
    else if (server !== undefined) send(server.fit(message.task));
  });
  send({ kind: "ready", kinds: kinds.map(({ kind }) => kind) });
}

class FitServer {
  readonly #assignment: Assignment;
  readonly #kinds: readonly AnyEstimatorKind[];
  readonly #data: JobData;
  readonly #estimators = new Map<number, Predictor>();

  constructor(assignment: Assignment, kinds: readonly AnyEstimatorKind[]) {
    this.#assignment = assignment;
    this.#kinds = kinds;
    const { x, y, sampleWeight } = assignment;
    const options = sampleWeight === undefined ? {} : { sampleWeight: unpack(sampleWeight) };
    this.#data = { x: unpack(x) as RowsInput, y: unpack(y) as Targets, options: options as FitOptions };
  }

  fit({ job, estimator, fold, scores, trainScores, where }: JobMessage): FromWorker {
    try {
      const part = this.#assignment.folds[fold];
      if (part === undefined) throw new RangeError(`there is no fold ${fold}`);
      const scorerOf = (name: string | undefined): Scorer =>
        name === undefined ? ownScore : scorers[name as keyof typeof scorers];
      const { model: _, ...outcome } = runJob(this.#data, {
        estimator: this.#estimator(estimator),
        fold: part,
        scorers: Object.fromEntries(scores.map(([name, scorer]) => [name, scorerOf(scorer)])),
        trainScores,
        ...(where === undefined ? {} : { where }),
      });
      return { kind: "done", job, outcome };
    } catch (error) {
      return { kind: "failed", job, error: errorMessage(error) };
    }
  }

  #estimator(at: number): Predictor {
    const known = this.#estimators.get(at);
    if (known !== undefined) return known;
    const json = this.#assignment.estimators[at];
    if (json === undefined) throw new RangeError(`there is no estimator ${at}`);
    const estimator = estimatorFromJSON(json, this.#kinds) as Predictor;
    this.#estimators.set(at, estimator);
    return estimator;
  }
}
