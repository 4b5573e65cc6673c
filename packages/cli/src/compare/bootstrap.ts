/** How certain a test result is: resampling the test rows with replacement (B. Efron, 1979), percentile intervals. */
import { random } from "thalweg";
import { quantileSorted } from "thalweg/data";

export interface Interval {
  readonly low: number;
  readonly high: number;
}

const resamples = 500;

/** The 95 % interval of R² on rows like these. */
export function r2Interval(truth: Float64Array, predictions: Float64Array, seed: number): Interval {
  return interval(truth.length, seed, (rows) => {
    let [n, mean, square, residual] = [0, 0, 0, 0];
    for (let i = 0; i < rows.length; i += 1) {
      const row = rows[i] ?? 0;
      const y = truth[row] ?? 0;
      n += 1;
      const before = y - mean;
      mean += before / n;
      square += before * (y - mean);
      residual += (y - (predictions[row] ?? 0)) ** 2;
    }
    return 1 - residual / square;
  });
}

/** The 95 % interval of the difference in mean squared error, first less second, on the same rows. */
export function errorDifference(
  truth: Float64Array,
  first: Float64Array,
  second: Float64Array,
  seed: number,
): Interval {
  const differences = truth.map((y, i) => (y - (first[i] ?? 0)) ** 2 - (y - (second[i] ?? 0)) ** 2);
  return interval(truth.length, seed, (rows) => {
    let sum = 0;
    for (let i = 0; i < rows.length; i += 1) sum += differences[rows[i] ?? 0] ?? 0;
    return sum / rows.length;
  });
}

function interval(count: number, seed: number, statistic: (rows: ArrayLike<number>) => number): Interval {
  const keys = random.split(random.fold(random.key(seed), "bootstrap"), resamples);
  const values = Float64Array.from(keys, (key) => statistic(random.integers([count], { key, high: count }).data()));
  values.sort();
  return { low: quantileSorted(values, 0.025), high: quantileSorted(values, 0.975) };
}
