/**
 * Agreement of two groupings of the same rows, whatever the groups are called.
 *
 * Rand indices: L. Hubert and P. Arabie, "Comparing partitions", 1985. Mutual information adjusted for chance: N. X. Vinh, J. Epps and
 * J. Bailey, "Information theoretic measures for clusterings comparison", JMLR 11 (2010). V-measure: A. Rosenberg and J. Hirschberg, 2007.
 */
import type { LabelsInput } from "../data/labels.js";
import { logGamma } from "../stats/gamma.js";
import { type Contingency, contingency } from "./contingency.js";

/** The share of the pairs of rows on which both groupings agree: together in both, or apart in both. */
export function randIndex(labelsTrue: LabelsInput, labelsPredicted: LabelsInput): number {
  const { both, first, second, all } = pairs(contingency("randIndex", labelsTrue, labelsPredicted));
  return all === 0 ? 1 : (all + 2 * both - first - second) / all;
}

/** The Rand index shifted and scaled so that chance is 0 and equality 1; below 0 is worse than chance. */
export function adjustedRand(labelsTrue: LabelsInput, labelsPredicted: LabelsInput): number {
  const { both, first, second, all } = pairs(contingency("adjustedRand", labelsTrue, labelsPredicted));
  // Pairs together in both, in the first alone, in the second alone, in neither.
  const [onlyFirst, onlySecond] = [first - both, second - both];
  if (onlyFirst === 0 && onlySecond === 0) return 1;
  const neither = all - both - onlyFirst - onlySecond;
  const spread = (both + onlyFirst) * (onlyFirst + neither) + (both + onlySecond) * (onlySecond + neither);
  return (2 * (both * neither - onlyFirst * onlySecond)) / spread;
}

/** The information, in nats, that one grouping gives about the other. */
export function mutualInformation(labelsTrue: LabelsInput, labelsPredicted: LabelsInput): number {
  return information(contingency("mutualInformation", labelsTrue, labelsPredicted));
}

/** Mutual information over the mean of the entropies: 0 for independent, 1 for equal groupings. Also called V-measure. */
export function normalizedMutualInformation(labelsTrue: LabelsInput, labelsPredicted: LabelsInput): number {
  const table = contingency("normalizedMutualInformation", labelsTrue, labelsPredicted);
  const mean = (entropy(table.first, table.total) + entropy(table.second, table.total)) / 2;
  return mean === 0 ? 1 : information(table) / mean;
}

/** Mutual information less what chance gives, over the most that there could be: about 0 for chance, 1 for equal groupings. */
export function adjustedMutualInformation(labelsTrue: LabelsInput, labelsPredicted: LabelsInput): number {
  const table = contingency("adjustedMutualInformation", labelsTrue, labelsPredicted);
  const { first, second, total } = table;
  const [a, b] = [first.length, second.length];
  // One group each, or each row its own group in both: equal.
  if (a === b && (a === 1 || a === total)) return 1;
  const expected = expectedInformation(table);
  const mean = (entropy(first, total) + entropy(second, total)) / 2;
  const rest = mean - expected;
  return (
    (information(table) - expected) / (Math.abs(rest) < Number.EPSILON ? Number.EPSILON * Math.sign(rest || 1) : rest)
  );
}

/** How far each found group holds rows of one true class only, from 0 to 1. */
export function homogeneity(labelsTrue: LabelsInput, labelsPredicted: LabelsInput): number {
  const table = contingency("homogeneity", labelsTrue, labelsPredicted);
  const h = entropy(table.first, table.total);
  return h === 0 ? 1 : information(table) / h;
}

/** How far each true class lies in one found group only, from 0 to 1. */
export function completeness(labelsTrue: LabelsInput, labelsPredicted: LabelsInput): number {
  const table = contingency("completeness", labelsTrue, labelsPredicted);
  const h = entropy(table.second, table.total);
  return h === 0 ? 1 : information(table) / h;
}

function pairs({ counts, first, second, total }: Contingency) {
  const choose = (n: number): number => (n * (n - 1)) / 2;
  const sumPairs = (sizes: Iterable<number>): number => [...sizes].reduce((sum, n) => sum + choose(n), 0);
  return {
    both: sumPairs(counts.flatMap((row) => [...row])),
    first: sumPairs(first),
    second: sumPairs(second),
    all: choose(total),
  };
}

function information({ counts, first, second, total }: Contingency): number {
  let sum = 0;
  counts.forEach((row, i) => {
    row.forEach((n, j) => {
      if (n > 0)
        sum += (n / total) * (Math.log(n) + Math.log(total) - Math.log(first[i] ?? 1) - Math.log(second[j] ?? 1));
    });
  });
  // Rounding may leave a trifle below 0, or anything as small in place of 0.
  return Math.abs(sum) < 4 * Number.EPSILON ? 0 : Math.max(0, sum);
}

function entropy(sizes: Float64Array, total: number): number {
  if (sizes.length === 1) return 0;
  return -sizes.reduce((sum, n) => sum + (n / total) * (Math.log(n) - Math.log(total)), 0);
}

/** The mean of the mutual information over all groupings with groups of these sizes (equation 24a of Vinh et al.). */
function expectedInformation({ first, second, total }: Contingency): number {
  const logFactorial = (n: number): number => logGamma(n + 1);
  let expected = 0;
  for (const a of first) {
    for (const b of second) {
      const fixed =
        logFactorial(a) + logFactorial(b) + logFactorial(total - a) + logFactorial(total - b) - logFactorial(total);
      for (let n = Math.max(1, a + b - total); n <= Math.min(a, b); n += 1) {
        const chance =
          fixed - logFactorial(n) - logFactorial(a - n) - logFactorial(b - n) - logFactorial(total - a - b + n);
        expected += (n / total) * Math.log((total * n) / (a * b)) * Math.exp(chance);
      }
    }
  }
  return expected;
}
