/** `trainingStep`: forward, backward and update as one program. */
import type { TypedArray } from "../base/dtype.js";
import { TraceError, UserError } from "../base/errors.js";
import { flatten } from "../base/trees.js";
import { makeInput } from "../graph/node.js";
import type { Origins } from "../graph/origins.js";
import { trackLayers } from "../nn/layer-tracking.js";
import { Module } from "../nn/module.js";
import { checkOptimizer, type Optimizer } from "../optim/optimizer.js";
import { globalNorm, mapTensors } from "../optim/slots.js";
import type { Traced } from "../runtime/device.js";
import type { Variable } from "../runtime/variable.js";
import { type Argument, compile, setTracer, traceCall } from "../tensor/compile.js";
import { Tensor } from "../tensor/tensor.js";
import { traceProgram, tracing, withMode } from "../tensor/trace.js";
import { StepState } from "./step-state.js";

export interface TrainingStepOptions {
  /** Of dropout and the like. Default: the network's seed. */
  readonly seed?: number;
  /** In place of the optimiser's own. */
  readonly learningRate?: number;
  /** Whether each step also measures norms, for `metrics()`. Default: false. */
  readonly metrics?: boolean;
}

export interface StepMetrics {
  readonly loss: number;
  /** ‖g‖ over all parameters, before the optimiser (and its clipping) has seen the gradients. */
  readonly gradientNorm: number;
  /** ‖θ‖ over all parameters, before the step. */
  readonly weightNorm: number;
  /** ‖Δθ‖ / ‖θ‖: about 1e-3 is usual, 1e-1 is much too long a step. */
  readonly updateRatio: number;
}

/** See `trainingStep`. */
export interface TrainingStep<B extends readonly unknown[]> {
  /** One step on a batch. Returns the loss before the step. */
  (...batch: { [K in keyof B]: Argument<B[K]> }): Tensor;
  readonly net: Module;
  readonly optimizer: Optimizer;
  /** How many updates were made. */
  readonly steps: number;
  /** NaN if the optimiser has none. */
  readonly learningRate: number;
  /** From the next step on; nothing is compiled anew. */
  setLearningRate(learningRate: number): void;
  /** All settings of the optimiser, by name. */
  readonly settings: Readonly<Record<string, number>>;
  /** Changes some of them, from the next step on. */
  set(settings: Readonly<Record<string, number>>): void;
  /** The first half of a step: computes all gradients and keeps them, without changing parameters. Returns the loss. */
  gradients(...batch: { [K in keyof B]: Argument<B[K]> }): Tensor;
  /** Like `gradients`, adding to what is kept. */
  accumulate(...batch: { [K in keyof B]: Argument<B[K]> }): Tensor;
  /**
   * The second half: updates the parameters by the gradients that are kept, times `scale` (1 / k after k accumulated batches). Default: 1. The
   * gradients stay until `gradients` replaces them.
   *
   * @throws UserError when there are none yet.
   */
  apply(scale?: number): void;
  /** The gradients that are kept, by path of the parameter. @throws UserError when there are none yet. */
  keptGradients(): Record<string, Tensor>;
  /** The blocks behind them, one a dtype, zeros at first: for exchange and scaling. Who takes them answers for what `apply` finds there. */
  readonly gradientBlocks: readonly Variable[];
  /** Of the last step; needs the option `metrics`. */
  metrics(): StepMetrics;
  /** All that the step itself keeps (optimiser, random state), by name: with the network's `stateDict`, what to keep to resume to the bit. */
  state(): Record<string, Tensor>;
  /** Puts back what `state` gave. */
  restore(state: Readonly<Record<string, Tensor>>): void;
  /** The graph of loss and gradients (outputs: the loss, then the gradients), not compiled: for looking into it. */
  trace(...batch: { [K in keyof B]: Argument<B[K]> }): {
    readonly traced: Traced;
    readonly values: readonly (TypedArray | number)[];
    /** Which layer's code made which node. */
    readonly origins: Origins;
  };
}

/**
 * One step of training as a function of the batch: forward, backward and update are one program, compiled at the first call for each
 * combination of shapes. Parameters and the optimiser's state stay with the program between calls; programs made with `compile` from the
 * same network see the new parameters. Inside, the network is in training mode.
 *
 *     const step = trainingStep(net, (x, y) => meanSquaredError(net.forward(x), y), adam({ learningRate: 1e-3 }));
 *     step(x, y).item();
 *
 * @throws UserError when the network has no parameters or something is not what it should be; TraceError when the step is called inside compile,
 * grad and the like; at the first call when `loss` uses a parameter that the network does not reach,
 * and ShapeError when it gives more than one number.
 */
export function trainingStep<B extends readonly unknown[]>(
  net: Module,
  loss: (...batch: B) => Tensor,
  optimizer: Optimizer,
  options: TrainingStepOptions = {},
): TrainingStep<B> {
  if (!(net instanceof Module)) {
    throw new UserError(`trainingStep: net must be a module (a class that extends nn.Module), got ${String(net)}`);
  }
  if (typeof loss !== "function") {
    throw new UserError(
      `trainingStep: loss must be a function of the batch that returns a number's tensor, got ${String(loss)}`,
    );
  }
  checkOptimizer("trainingStep", optimizer);
  const state = new StepState(net, optimizer, options);
  const { metrics = false } = options;
  let gradientsKept = false;
  let measured: StepResult | undefined;

  const whole = compile(
    (numbers: readonly Tensor[], ...batch: B): StepResult => {
      const { loss: value, gradients } = state.differentiate(() => loss(...batch));
      const { old, updates } = state.update(gradients, numbers);
      if (!metrics) return { loss: value };
      const weightNorm = globalNorm(old);
      return {
        loss: value,
        gradientNorm: globalNorm(gradients),
        weightNorm,
        updateRatio: globalNorm(updates).div(weightNorm),
      };
    },
    { training: true, name: "trainingStep" },
  );
  const half = (accumulate: boolean) =>
    compile(
      (...batch: B): Tensor => {
        const { loss: value, gradients } = state.differentiate(() => loss(...batch));
        state.block.write(gradients, accumulate);
        return value;
      },
      { training: true, name: accumulate ? "accumulate" : "gradients" },
    );
  let replace: ReturnType<typeof half> | undefined;
  let add: ReturnType<typeof half> | undefined;
  const apply = compile(
    (numbers: readonly Tensor[], scale: Tensor): void => {
      state.update(
        mapTensors(state.block.read(), (g) => g.mul(scale)),
        numbers,
      );
    },
    { training: true, name: "apply" },
  );

  const step = (...batch: { [K in keyof B]: Argument<B[K]> }): Tensor => {
    checkOutside("a training step");
    measured = whole(state.numbers, ...batch);
    state.steps += 1;
    return measured.loss;
  };
  const methods = {
    net,
    optimizer,
    setLearningRate: (learningRate: number) => state.setLearningRate(learningRate),
    set: (settings: Readonly<Record<string, number>>) => state.set(settings),
    gradients(...batch: { [K in keyof B]: Argument<B[K]> }): Tensor {
      checkOutside("gradients");
      replace ??= half(false);
      const value = replace(...batch);
      gradientsKept = true;
      return value;
    },
    accumulate(...batch: { [K in keyof B]: Argument<B[K]> }): Tensor {
      checkOutside("accumulate");
      add ??= half(true);
      const value = add(...batch);
      gradientsKept = true;
      return value;
    },
    apply(scale = 1): void {
      checkOutside("apply");
      if (!gradientsKept) throw noGradients("apply");
      if (typeof scale !== "number" || !Number.isFinite(scale)) {
        throw new UserError(`apply: the scale must be a finite number, got ${String(scale)}`);
      }
      apply(state.numbers, scale);
      state.steps += 1;
    },
    keptGradients() {
      if (!gradientsKept) throw noGradients("keptGradients");
      return state.block.read();
    },
    metrics: () => readMetrics(measured),
    trace(...batch: { [K in keyof B]: Argument<B[K]> }) {
      const flat = flatten(batch, (x): x is Tensor | number => x instanceof Tensor || typeof x === "number");
      const inputs = flat.leaves.map((x, i) =>
        x instanceof Tensor
          ? makeInput(`argument ${i}`, x.node)
          : makeInput(`argument ${i}`, { shape: [], dtype: "float64" }),
      );
      const symbols = flat.rebuild(inputs.map((node, i) => new Tensor(node, typeof flat.leaves[i] === "number"))) as B;
      const {
        result: { result, trace },
        origins,
      } = trackLayers(
        () => traceProgram(() => withMode({ training: true }, () => state.differentiate(() => loss(...symbols)))),
        net,
      );
      const outputs = [result.loss.node, ...Object.values(result.gradients).map((g) => g.node)];
      const updates = [...trace.updates].map(([variable, value]) => ({ variable, value }));
      return {
        traced: { inputs, outputs, updates },
        values: flat.leaves.map((x) => (x instanceof Tensor ? x.storage("trace") : x)),
        origins,
      };
    },
    state: () => state.save(),
    restore: (saved: Readonly<Record<string, Tensor>>) => state.restore(saved),
  };
  Object.assign(step, methods);
  setTracer(step, (batch) => traceCall(whole as (...args: readonly unknown[]) => unknown, [state.numbers, ...batch]));
  Object.defineProperties(step, {
    steps: { get: () => state.steps },
    learningRate: { get: () => state.learningRate },
    settings: { get: () => state.settings },
    gradientBlocks: {
      get: () => {
        // Whoever takes the blocks may write gradients of another process into them.
        gradientsKept = true;
        return state.block.variables;
      },
    },
  });
  return step as unknown as TrainingStep<B>;
}

function noGradients(op: string): UserError {
  return new UserError(`${op}: there are no gradients yet; call step.gradients(...) or step.accumulate(...) first`);
}

/** A step writes parameters when its program has run: it is no part of other programs, and has no derivative. */
function checkOutside(what: string): void {
  if (!tracing()) return;
  throw new TraceError(
    `${what} cannot be called inside compile, grad, vmap or scan: it is a program of its own, which changes the network when it has run. ` +
      "Call it outside; to compile or differentiate the loss, use the loss function",
  );
}

interface StepResult {
  readonly loss: Tensor;
  readonly gradientNorm?: Tensor;
  readonly weightNorm?: Tensor;
  readonly updateRatio?: Tensor;
}

function readMetrics(measured: StepResult | undefined): StepMetrics {
  if (measured === undefined) throw new UserError("metrics: no step was made yet");
  const { loss, gradientNorm, weightNorm, updateRatio } = measured;
  if (gradientNorm === undefined || weightNorm === undefined || updateRatio === undefined) {
    throw new UserError("metrics: make the step with { metrics: true }");
  }
  return {
    loss: loss.item(),
    gradientNorm: gradientNorm.item(),
    weightNorm: weightNorm.item(),
    updateRatio: updateRatio.item(),
  };
}
