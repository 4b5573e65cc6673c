/**
 * The distribution of Wilcoxon's signed-rank statistic W⁺ under the null hypothesis: each of the ranks 1 … n is in the sum with probability ½.
 *
 * F. Wilcoxon, "Individual comparisons by ranking methods", Biometrics Bulletin 1 (1945).
 */
import { UserError } from "../base/errors.js";

/** Largest n for which the number of sums is counted. */
export const mostExactRanks = 200;

/** P(W⁺ ≤ w) for `n` ranks without ties, by counting the subsets with each sum. */
export function signedRankCdf(w: number, n: number): number {
  if (!Number.isSafeInteger(n) || n < 1 || n > mostExactRanks)
    throw new UserError(`signedRankCdf: n must be a whole number from 1 to ${mostExactRanks}, got ${n}`);
  const most = (n * (n + 1)) / 2;
  if (w < 0) return 0;
  if (w >= most) return 1;
  // chance[s] is the probability that the ranks so far sum to s.
  const chance = new Float64Array(most + 1);
  chance[0] = 1;
  for (let rank = 1; rank <= n; rank += 1) {
    for (let s = (rank * (rank + 1)) / 2; s >= 0; s -= 1) {
      const without = chance[s] ?? 0;
      const before = s >= rank ? (chance[s - rank] ?? 0) : 0;
      chance[s] = (without + before) / 2;
    }
  }
  let sum = 0;
  for (let s = 0; s <= Math.floor(w); s += 1) sum += chance[s] ?? 0;
  return Math.min(1, sum);
}
