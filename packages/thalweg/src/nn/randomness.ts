/**
 * Ambient randomness. A training step, or `inTraining`, provides a source; each layer that draws takes the next key of it. The i-th key of
 * step t is fold(fold(key, t), i), so what a layer draws depends on the seed, the number of the step and its place in the order of
 * calls, and on nothing else.
 */
import { UserError } from "../base/errors.js";
import { fold, key } from "../tensor/random.js";
import type { Tensor } from "../tensor/tensor.js";
import { isTraining, withMode } from "../tensor/trace.js";

/** Gives a new key (int32, of shape [2]) at every call. */
export type KeySource = () => Tensor;

let source: KeySource | undefined;

/** Runs `body` with keys from `keys`. */
export function withKeys<T>(keys: KeySource, body: () => T): T {
  const outer = source;
  source = keys;
  try {
    return body();
  } finally {
    source = outer;
  }
}

/** The next key, for the layer `user`. */
export function nextKey(user: string): Tensor {
  if (source === undefined) {
    throw new UserError(
      `${user} needs random numbers here, but there is no random state: train with trainingStep or fit, or run the call in nn.inTraining({ seed }, () => …)`,
    );
  }
  return source();
}

/** The keys fold(base, 0), fold(base, 1), … */
export function keysFrom(base: Tensor): KeySource {
  let index = -1;
  return () => {
    index += 1;
    return fold(base, index);
  };
}

/** Runs `body` in training mode: dropout drops, and the like. The same seed draws the same. */
export function inTraining<T>(options: { readonly seed?: number }, body: () => T): T {
  if (typeof options !== "object" || options === null || typeof body !== "function") {
    throw new UserError("inTraining: takes options and a function: nn.inTraining({ seed: 0 }, () => …)");
  }
  const { seed = 0 } = options;
  const keys = keysFrom(key(seed));
  return withMode({ training: true }, () => withKeys(keys, body));
}

/** Runs `body` in evaluation mode, the mode outside of training steps. */
export function inEvaluation<T>(body: () => T): T {
  if (typeof body !== "function") throw new UserError("inEvaluation: takes a function: nn.inEvaluation(() => …)");
  return withMode({ training: false }, body);
}

export { isTraining };
