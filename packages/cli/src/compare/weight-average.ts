/**
 * The average of the weights after each of the last epochs. At a rate that stays high, weights wander around in a valley of the loss; their average
 * lies nearer to its floor than any of them (B. T. Polyak, A. Juditsky, 1992; P. Izmailov et al., "Averaging weights leads to wider optima
 * and better generalization", UAI 2018).
 */
import { type Tensor, tensor } from "thalweg";
import { type Layer, stateDict } from "thalweg/nn";

export class WeightAverage {
  readonly #sums = new Map<string, { readonly total: Float64Array; readonly shape: readonly number[] }>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(net: Layer): void {
    this.#count += 1;
    for (const [path, value] of Object.entries(stateDict(net))) {
      const data = value.data();
      const sum = this.#sums.get(path);
      if (sum === undefined) this.#sums.set(path, { total: Float64Array.from(data), shape: value.shape });
      else for (let i = 0; i < data.length; i += 1) sum.total[i] = (sum.total[i] ?? 0) + (data[i] ?? 0);
    }
  }

  /** The averages, for `loadStateDict`. */
  weights(): Record<string, Tensor> {
    const entries = [...this.#sums].map(([path, { total, shape }]): [string, Tensor] => [
      path,
      tensor(
        Float32Array.from(total, (x) => x / this.#count),
        { shape },
      ),
    ]);
    return Object.fromEntries(entries);
  }
}
