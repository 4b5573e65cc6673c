/** The optimisers that are compared, with the learning rates that serve standardised data and this size of network well. */

import { UserError } from "thalweg";
import { suggestNames } from "thalweg/data";
import { adam, adamW, momentum, type Optimizer, rmsprop, sgd } from "thalweg/optim";

export interface Candidate {
  readonly name: string;
  /** After the warm-up. */
  readonly learningRate: number;
  /** Everything else that is set, for the report. */
  readonly settings: string;
  /** The rule in formulas, for the report. */
  readonly rule: string;
  make(learningRate: number): Optimizer;
}

export const candidates: readonly Candidate[] = [
  {
    name: "SGD",
    learningRate: 0.1,
    settings: "no momentum",
    rule: "θ ← θ − ηg",
    make: (learningRate) => sgd({ learningRate }),
  },
  {
    name: "Momentum",
    learningRate: 0.02,
    settings: "μ = 0.9, classical form",
    rule: "v ← μv + g, θ ← θ − ηv",
    make: (learningRate) => momentum({ learningRate, momentum: 0.9 }),
  },
  {
    name: "RMSprop",
    learningRate: 0.002,
    settings: "α = 0.99, ε = 1e-8",
    rule: "v ← αv + (1 − α)g², θ ← θ − ηg / (√v + ε)",
    make: (learningRate) => rmsprop({ learningRate, smoothing: 0.99, epsilon: 1e-8 }),
  },
  {
    name: "Adam",
    learningRate: 0.006,
    settings: "β₁ = 0.9, β₂ = 0.999, ε = 1e-8",
    rule: "θ ← θ − η m̂ / (√v̂ + ε)",
    make: (learningRate) => adam({ learningRate }),
  },
  {
    name: "AdamW",
    learningRate: 0.006,
    settings: "as Adam, decoupled weight decay λ = 0.01",
    rule: "θ ← θ − η(m̂ / (√v̂ + ε) + λθ)",
    make: (learningRate) => adamW({ learningRate, weightDecay: 0.01 }),
  },
];

/** The candidates of the given names (in any case), in their usual order. */
export function chooseCandidates(names: readonly string[] | undefined): readonly Candidate[] {
  if (names === undefined) return candidates;
  if (names.length === 0)
    throw new UserError(`--optimizers needs at least one name of ${candidates.map((c) => c.name).join(", ")}`);
  const known = new Map(candidates.map((c) => [c.name.toLowerCase(), c]));
  const chosen = new Set<Candidate>();
  for (const name of names) {
    const candidate = known.get(name.toLowerCase());
    if (candidate === undefined) {
      const all = candidates.map((c) => c.name);
      throw new UserError(`there is no optimiser "${name}" to compare; ${suggestNames(name, all, "optimisers")}`);
    }
    chosen.add(candidate);
  }
  return candidates.filter((c) => chosen.has(c));
}
