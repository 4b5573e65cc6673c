/** Callbacks of `fit`. */
import { UserError } from "../base/errors.js";
import type { Module } from "../nn/module.js";
import { loadStateDict, stateDict } from "../nn/state.js";
import type { Tensor } from "../tensor/tensor.js";
import type { Best, Callback } from "./run.js";

/** Keeps the weights of the epoch with the lowest loss. */
export class BestWeights {
  #best: Best | undefined;
  #weights: Record<string, Tensor> | undefined;
  readonly #keep: boolean;

  constructor(keepWeights: boolean) {
    this.#keep = keepWeights;
  }

  get best(): Best | undefined {
    return this.#best;
  }

  /** Whether this loss is lower than all before by more than `minDelta`. */
  offer(net: Module, epoch: number, loss: number, minDelta = 0): boolean {
    if (this.#best !== undefined && !(loss < this.#best.loss - minDelta)) return false;
    this.#best = { epoch, loss };
    if (this.#keep) this.#weights = stateDict(net);
    return true;
  }

  restore(net: Module): void {
    if (this.#weights !== undefined) loadStateDict(net, this.#weights);
  }
}

export interface EarlyStoppingOptions {
  /** How many epochs without improvement to wait. Default: 10. */
  readonly patience?: number;
  /** By how much a loss must be lower to count as improvement. Default: 0. */
  readonly minDelta?: number;
  /** Whether the network ends with the weights of its best epoch. Default: true. */
  readonly restoreBest?: boolean;
}

/** Stops when the validation loss (without validation data: the training loss) has not improved for `patience` epochs. */
export function earlyStopping({
  patience = 10,
  minDelta = 0,
  restoreBest = true,
}: EarlyStoppingOptions = {}): Callback {
  if (!Number.isInteger(patience) || patience < 1)
    throw new UserError(`earlyStopping: patience must be a whole number ≥ 1, got ${patience}`);
  if (!(minDelta >= 0)) throw new UserError(`earlyStopping: minDelta must be ≥ 0, got ${minDelta}`);
  let tracker = new BestWeights(restoreBest);
  let waited = 0;
  return {
    name: "earlyStopping",
    onStart() {
      tracker = new BestWeights(restoreBest);
      waited = 0;
    },
    onEpoch(event) {
      const watched = event.validationLoss === undefined ? "training loss" : "validation loss";
      if (tracker.offer(event.net, event.epoch, event.validationLoss ?? event.trainLoss, minDelta)) {
        waited = 0;
        return;
      }
      waited += 1;
      if (waited < patience || tracker.best === undefined) return;
      event.stop(
        `the ${watched} has not improved for ${patience} epochs; the best was ${tracker.best.loss} after epoch ${tracker.best.epoch}`,
      );
    },
    onEnd(run) {
      tracker.restore(run.net);
    },
  };
}
