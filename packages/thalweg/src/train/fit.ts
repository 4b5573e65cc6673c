/** The training loop. */

import { NumericalError, UserError } from "../base/errors.js";
import { topological } from "../graph/node.js";
import { type Layer, Module } from "../nn/module.js";
import { checkOptimizer, type Optimizer } from "../optim/optimizer.js";
import { Tensor } from "../tensor/tensor.js";
import { BatchCutter, countRows, type LastBatch } from "./batches.js";
import { BestWeights } from "./callbacks.js";
import { explainNonFinite, hasFiniteWeights, type PlannedStep, Snapshot } from "./diagnosis.js";
import { evaluator, type FitLoss } from "./evaluate.js";
import { pause } from "./pause.js";
import type { Callback, Ending, EpochRecord, History, Progress, Run } from "./run.js";
import { type TrainingStep, trainingStep } from "./step.js";
import { splitRows } from "./validation-split.js";

/** What `fit` needs of an AbortSignal. */
export interface AbortLike {
  readonly aborted: boolean;
}

export interface FitOptions {
  /** Inputs and targets, with equally many rows. */
  readonly train: readonly [inputs: Tensor, targets: Tensor];
  /** Data of its own, or the fraction of the training rows to set aside, chosen by the seed. Default: none. */
  readonly validation?: number | readonly [inputs: Tensor, targets: Tensor];
  readonly loss: FitLoss;
  readonly optimizer: Optimizer;
  /** In place of the optimiser's own. */
  readonly learningRate?: number;
  /** The learning rate of each step, counted from 0. Default: it stays. */
  readonly schedule?: (step: number) => number;
  /** Passes over the training data. Default: 10. */
  readonly epochs?: number;
  /** Rows a step. Default: 32. */
  readonly batchSize?: number;
  /** Whether each epoch has another order. Default: true. */
  readonly shuffle?: boolean;
  /** What happens to the last batch of an epoch; "pad" needs a loss that takes weights. Default: "keep". */
  readonly last?: LastBatch;
  /** Of the order of rows, the validation split, and dropout. Default: the network's seed. */
  readonly seed?: number;
  /** Whether the network ends with the weights of the epoch with the lowest validation (without it: training) loss. Default: false. */
  readonly restoreBest?: boolean;
  /** Whether to measure norms at every step, for the history. Default: true. */
  readonly metrics?: boolean;
  /** Ends training after the current step. */
  readonly signal?: AbortLike;
  readonly callbacks?: readonly Callback[];
  /** Called some 20 times a second and after each epoch: for progress bars. */
  readonly onProgress?: (progress: Progress) => void;
}

/** Milliseconds between pauses for the event loop, and between reports of progress. */
const pauseEvery = 16;
const reportEvery = 50;
/** Milliseconds of training that a diagnosis has to make again at most. */
const snapshotEvery = 2000;
const recentSteps = 50;

/**
 * Trains a network: all the steps of all the epochs, with validation and history. Gives way to the event loop all the time, so that a
 * page stays responsive. The same seed, data and settings give the same bits.
 *
 *     const run = await fit(net, { train: [x, y], validation: 0.1, loss: meanSquaredError, optimizer: adam(), epochs: 50 });
 *     run.history.validationLoss
 *
 * Aborted by its signal, or stopped by a callback, it resolves with what there is; `run.ending` says why.
 *
 * @throws NumericalError as soon as the loss is not finite: it names epoch, step, the first op and layer at fault and the likely cause;
 * the network is left with the weights from before that step.
 */
export async function fit(net: Layer, options: FitOptions): Promise<Run> {
  checkOptions(net, options);
  const {
    loss,
    optimizer,
    schedule,
    epochs = 10,
    callbacks = [],
    signal,
    onProgress,
    metrics = true,
    last = "keep",
  } = options;
  const seed = options.seed ?? net.moduleOptions.seed ?? 0;
  const { train, validation } = splitRows(options.train, options.validation, seed);
  const cutter = new BatchCutter(train, {
    batchSize: options.batchSize ?? 32,
    shuffle: options.shuffle ?? true,
    seed,
    last,
  });
  const step: TrainingStep<Readonly<Batch>> = trainingStep(
    net,
    (x: Tensor, y: Tensor, weights?: Tensor) => {
      if (weights === undefined) return loss(net.forward(x), y);
      const value = loss(net.forward(x), y, { weights });
      checkWeightsUsed(value, weights);
      return value;
    },
    optimizer,
    { seed, metrics, ...(options.learningRate === undefined ? {} : { learningRate: options.learningRate }) },
  );
  const validate = validation === undefined ? undefined : evaluator(net, loss);
  const best = new BestWeights(options.restoreBest ?? false);
  const history: History = {
    epoch: [],
    trainLoss: [],
    validationLoss: [],
    gradientNorm: [],
    weightNorm: [],
    updateRatio: [],
    learningRate: [],
    seconds: [],
  };
  const started = Date.now();
  const seconds = (): number => (Date.now() - started) / 1000;
  let [paused, reported, snapped] = [started, started, started];
  let snapshot = new Snapshot(net, step);
  /** The step that the snapshot stands before. */
  let resume = { epoch: 1, batch: 0, steps: 0 };
  const recent: number[] = [];
  let ending: Ending = { reason: "finished" };
  let steps = 0;

  const explain = (): NumericalError => {
    const planned = planFrom(resume, steps, cutter, schedule);
    return explainNonFinite(net, step as unknown as TrainingStep<readonly Tensor[]>, snapshot, planned, recent);
  };

  for (const callback of callbacks) await callback.onStart?.({ net, epochs });

  training: for (let epoch = 1; epoch <= epochs; epoch += 1) {
    const order = cutter.order(epoch - 1);
    let [lossSum, rows, normSum, ratioSum, weightNorm] = [0, 0, 0, 0, Number.NaN];
    const report = (batch: number): void => {
      onProgress?.({
        epoch,
        epochs,
        batch,
        batches: cutter.count,
        step: steps,
        trainLoss: lossSum / rows,
        validationLoss: history.validationLoss.at(-1),
        gradientNorm: metrics ? normSum / batch : Number.NaN,
        learningRate: step.learningRate,
        seconds: seconds(),
      });
    };

    for (let i = 0; i < cutter.count; i += 1) {
      if (signal?.aborted === true) {
        ending = { reason: "aborted" };
        break training;
      }
      const now = Date.now();
      if (now - snapped >= snapshotEvery) {
        snapped = now;
        snapshot = new Snapshot(net, step);
        resume = { epoch, batch: i, steps };
      }
      if (schedule !== undefined) step.setLearningRate(schedule(steps));
      steps += 1;
      const value = step(...(cutter.batch(order, i) as Batch)).item();
      if (!Number.isFinite(value)) throw explain();
      recent.push(value);
      if (recent.length > recentSteps) recent.shift();
      const size = cutter.sizeOf(i);
      lossSum += value * size;
      rows += size;
      if (metrics) {
        const measured = step.metrics();
        normSum += measured.gradientNorm;
        ratioSum += measured.updateRatio;
        weightNorm = measured.weightNorm;
      }
      if (now - reported >= reportEvery && i + 1 < cutter.count) {
        reported = now;
        report(i + 1);
      }
      if (now - paused >= pauseEvery) {
        await pause();
        paused = Date.now();
      }
    }

    const record: EpochRecord = {
      epoch,
      trainLoss: lossSum / rows,
      validationLoss: validation === undefined ? undefined : validate?.(validation),
      gradientNorm: metrics ? normSum / cutter.count : Number.NaN,
      weightNorm,
      updateRatio: metrics ? ratioSum / cutter.count : Number.NaN,
      learningRate: step.learningRate,
      seconds: seconds(),
    };
    if (record.validationLoss !== undefined && !Number.isFinite(record.validationLoss)) {
      if (!hasFiniteWeights(net)) throw explain();
      throw new NumericalError(
        `fit: the validation loss is ${record.validationLoss} after epoch ${epoch}, with finite weights and training losses: look for NaN and extreme values in the validation data`,
        { epoch, validationLoss: record.validationLoss },
      );
    }
    append(history, record);
    best.offer(net, epoch, record.validationLoss ?? record.trainLoss);
    report(cutter.count);
    let why: string | undefined;
    for (const callback of callbacks) {
      await callback.onEpoch?.({
        ...record,
        epochs,
        steps,
        net,
        history,
        stop: (reason) => {
          why ??= reason;
        },
      });
    }
    if (why !== undefined) {
      ending = { reason: "stopped", why };
      break;
    }
  }

  if (!hasFiniteWeights(net)) throw explain();
  if (options.restoreBest === true) best.restore(net);
  const run: Run = {
    net,
    history,
    epochs: history.epoch.length,
    steps,
    seconds: seconds(),
    best: best.best,
    ending,
    step,
  };
  for (const callback of callbacks) await callback.onEnd?.(run);
  return run;
}

type Batch = [Tensor, Tensor, ...Tensor[]];

/** The steps from `resume` up to step `until`, to be made again. */
function planFrom(
  resume: { readonly epoch: number; readonly batch: number; readonly steps: number },
  until: number,
  cutter: BatchCutter,
  schedule: FitOptions["schedule"],
): PlannedStep[] {
  const planned: PlannedStep[] = [];
  let { epoch, batch: i } = resume;
  let order = cutter.order(epoch - 1);
  for (let done = resume.steps; done < until; done += 1) {
    if (i === cutter.count) {
      epoch += 1;
      i = 0;
      order = cutter.order(epoch - 1);
    }
    const [rows, at] = [order, i];
    planned.push({ epoch, step: done + 1, learningRate: schedule?.(done), batch: () => cutter.batch(rows, at) });
    i += 1;
  }
  return planned;
}

/** Inside a trace: a loss that ignores the weights of a padded batch would take the filling for data. */
function checkWeightsUsed(value: unknown, weights: Tensor): void {
  if (!(value instanceof Tensor) || topological([value.node]).includes(weights.node)) return;
  throw new UserError(
    'fit: with last: "pad" the loss is given { weights } as its third argument, 0 for the rows that only fill up the batch, and this loss does not ' +
      'use them: it would train on the filling. Pass them on, as in (p, y, options) => meanSquaredError(p, y, options), or take last: "keep" or "drop"',
  );
}

function append(history: History, record: EpochRecord): void {
  history.epoch.push(record.epoch);
  history.trainLoss.push(record.trainLoss);
  if (record.validationLoss !== undefined) history.validationLoss.push(record.validationLoss);
  history.gradientNorm.push(record.gradientNorm);
  history.weightNorm.push(record.weightNorm);
  history.updateRatio.push(record.updateRatio);
  history.learningRate.push(record.learningRate);
  history.seconds.push(record.seconds);
}

function checkOptions(net: unknown, options: FitOptions): void {
  if (!(net instanceof Module && "forward" in net && typeof net.forward === "function"))
    throw new UserError(`fit: the network must be a module with a forward method, got ${String(net)}`);
  if (typeof options !== "object" || options === null)
    throw new UserError("fit: the second argument must be { train, loss, optimizer, … }");
  const { train, epochs = 10, loss, optimizer } = options;
  if (!Number.isInteger(epochs) || epochs < 1)
    throw new UserError(`fit: epochs must be a whole number ≥ 1, got ${epochs}`);
  if (!Array.isArray(train) || train.length !== 2) throw new UserError("fit: train must be [inputs, targets]");
  if (typeof loss !== "function")
    throw new UserError("fit: loss must be a function of predictions and targets, such as losses.meanSquaredError");
  checkOptimizer("fit", optimizer);
  countRows(train);
}
