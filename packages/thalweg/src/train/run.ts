/** What a training run leaves behind, and what callbacks see of it. */
import type { Layer } from "../nn/module.js";
import type { Tensor } from "../tensor/tensor.js";
import type { TrainingStep } from "./step.js";

/** One number an epoch in each list. */
export interface History {
  /** Counted from 1. */
  readonly epoch: number[];
  /** The average over the epoch's batches, each measured in training mode before its own step. */
  readonly trainLoss: number[];
  /** After the epoch, in evaluation mode; empty without validation data. */
  readonly validationLoss: number[];
  /** ‖g‖ over all parameters, averaged over the steps; NaN without metrics. */
  readonly gradientNorm: number[];
  /** ‖θ‖ over all parameters before the last step; NaN without metrics. */
  readonly weightNorm: number[];
  /** ‖Δθ‖ / ‖θ‖, averaged over the steps; NaN without metrics. */
  readonly updateRatio: number[];
  /** Of the last step. */
  readonly learningRate: number[];
  /** Since the start. */
  readonly seconds: number[];
}

export interface EpochRecord {
  readonly epoch: number;
  readonly trainLoss: number;
  /** Undefined without validation data. */
  readonly validationLoss: number | undefined;
  readonly gradientNorm: number;
  readonly weightNorm: number;
  readonly updateRatio: number;
  readonly learningRate: number;
  readonly seconds: number;
}

/** How things stand in the middle of training. */
export interface Progress {
  /** Counted from 1. */
  readonly epoch: number;
  readonly epochs: number;
  /** Steps made in this epoch, and how many it has. */
  readonly batch: number;
  readonly batches: number;
  /** Steps since the start. */
  readonly step: number;
  /** Average over the epoch so far. */
  readonly trainLoss: number;
  /** Of the last epoch that ended; undefined before, and without validation data. */
  readonly validationLoss: number | undefined;
  readonly gradientNorm: number;
  readonly learningRate: number;
  readonly seconds: number;
}

/** Why training ended. */
export type Ending =
  | { readonly reason: "finished" }
  | { readonly reason: "aborted" }
  /** A callback asked for it. */
  | { readonly reason: "stopped"; readonly why: string };

export interface Best {
  readonly epoch: number;
  /** Validation loss, or training loss without validation data. */
  readonly loss: number;
}

export interface Run {
  readonly net: Layer;
  readonly history: History;
  /** Epochs that ended. */
  readonly epochs: number;
  readonly steps: number;
  readonly seconds: number;
  /** Undefined when no epoch ended. */
  readonly best: Best | undefined;
  readonly ending: Ending;
  /** The training step, with its optimiser's state: for going on by hand. */
  readonly step: TrainingStep<readonly [Tensor, Tensor, ...Tensor[]]>;
}

export interface EpochEvent extends EpochRecord {
  readonly epochs: number;
  readonly steps: number;
  readonly net: Layer;
  readonly history: History;
  /** Ends training after this epoch. */
  stop(why: string): void;
}

/** Hooks into the loop; each may be asynchronous. */
export interface Callback {
  readonly name: string;
  onStart?(start: { readonly net: Layer; readonly epochs: number }): void | Promise<void>;
  onEpoch?(event: EpochEvent): void | Promise<void>;
  onEnd?(run: Run): void | Promise<void>;
}
