/**
 * Whether one model is better than another beyond chance.
 *
 * Corrected resampled t-test: C. Nadeau and Y. Bengio, "Inference for the generalization error", Machine Learning 52 (2003). McNemar's test for
 * classifiers on one test set: T. Dietterich, Neural Computation 10 (1998). Wilcoxon's signed ranks over data sets: J. Demšar, JMLR 7 (2006).
 */
import { UserError } from "../base/errors.js";
import { above, checkSettings, flag, oneOf } from "../base/settings.js";
import { type LabelsInput, readLabelPair, readLabels } from "../data/labels.js";
import { readVector, type VectorInput } from "../data/matrix.js";
import { sum } from "../data/statistics.js";
import { binomial, chiSquared, normal, studentT } from "../stats/distributions.js";
import { averageRanks } from "../stats/ranks.js";
import { mostExactRanks, signedRankCdf } from "../stats/signed-rank.js";

export type Alternative = "two-sided" | "greater" | "less";

export interface TestOptions {
  /** "greater": the first is better than the second. Default: "two-sided". */
  readonly alternative?: Alternative;
}

export interface ComparisonTest {
  readonly statistic: number;
  readonly pValue: number;
}

export interface TTest extends ComparisonTest {
  readonly degreesOfFreedom: number;
  /** The mean of first − second. */
  readonly meanDifference: number;
  readonly standardError: number;
}

const alternatives = oneOf("two-sided", "greater", "less");

/**
 * Student's t-test of the differences of pairs, which must be independent of each other: scores on different data sets, not on folds that
 * share training rows (see `correctedTTest`).
 */
export function pairedTTest(first: VectorInput, second: VectorInput, options: TestOptions = {}): TTest {
  const op = "pairedTTest";
  const { alternative } = checkSettings<Required<TestOptions>>(
    op,
    options,
    { alternative: "two-sided" },
    { alternative: alternatives },
  );
  return tTest(differencesOf(op, first, second), alternative, (n) => 1 / n);
}

export interface CorrectedOptions extends TestOptions {
  /** Test rows over training rows of each fold: 1/9 for ten folds. */
  readonly testToTrain: number;
}

/**
 * The t-test for scores of folds or random splits. They share training rows, so that the plain test finds differences where there are none; the
 * variance of the mean is taken as (1/n + test/train) s² in place of s²/n.
 */
export function correctedTTest(first: VectorInput, second: VectorInput, options: CorrectedOptions): TTest {
  const op = "correctedTTest";
  const { alternative, testToTrain } = checkSettings<Required<CorrectedOptions>>(
    op,
    options,
    { alternative: "two-sided", testToTrain: Number.NaN },
    { alternative: alternatives, testToTrain: above(0) },
  );
  return tTest(differencesOf(op, first, second), alternative, (n) => 1 / n + testToTrain);
}

function tTest(differences: Float64Array, alternative: Alternative, factor: (n: number) => number): TTest {
  const n = differences.length;
  const meanDifference = sum(differences) / n;
  const variance = sum(differences.map((d) => (d - meanDifference) ** 2)) / (n - 1);
  const standardError = Math.sqrt(variance * factor(n));
  // Equal differences throughout: infinitely sure of a difference, and of none where they are 0.
  const statistic = meanDifference === 0 ? 0 : meanDifference / standardError;
  const { cdf, survival } = studentT(n - 1);
  return {
    statistic,
    pValue: pValueOf(statistic, alternative, cdf, survival),
    degreesOfFreedom: n - 1,
    meanDifference,
    standardError,
  };
}

function pValueOf(
  z: number,
  alternative: Alternative,
  cdf: (x: number) => number,
  survival: (x: number) => number,
): number {
  if (alternative === "greater") return survival(z);
  return alternative === "less" ? cdf(z) : Math.min(1, 2 * survival(Math.abs(z)));
}

function differencesOf(op: string, first: VectorInput, second: VectorInput): Float64Array {
  const a = readVector(op, "first", first);
  const b = readVector(op, "second", second, { rows: { count: a.length, of: "first" } });
  if (a.length < 2) throw new UserError(`${op}: needs at least 2 pairs, got ${a.length}`);
  return a.map((x, i) => x - (b[i] ?? 0));
}

export interface WilcoxonOptions extends TestOptions {
  /** Count all orders, or take the normal approximation. Default: "auto": counted up to 50 pairs without ties and zeros. */
  readonly method?: "auto" | "exact" | "approximate";
}

export interface WilcoxonTest extends ComparisonTest {
  /** The sums of the ranks of positive and of negative differences; the statistic is the smaller (two-sided) or the positive one. */
  readonly positive: number;
  readonly negative: number;
  readonly method: "exact" | "approximate";
}

/** Wilcoxon's signed-rank test of the differences of pairs; differences of 0 are left out. It assumes no normal distribution. */
export function wilcoxonSignedRank(
  first: VectorInput,
  second: VectorInput,
  options: WilcoxonOptions = {},
): WilcoxonTest {
  const op = "wilcoxonSignedRank";
  const settings = checkSettings<Required<WilcoxonOptions>>(
    op,
    options,
    { alternative: "two-sided", method: "auto" },
    { alternative: alternatives, method: oneOf("auto", "exact", "approximate") },
  );
  const all = differencesOf(op, first, second);
  const differences = all.filter((d) => d !== 0);
  const n = differences.length;
  if (n === 0) throw new UserError(`${op}: all differences are 0, so that there is nothing to rank`);
  const { ranks, tied } = averageRanks(differences.map(Math.abs));
  const positive = ranks.reduce((s, r, i) => s + ((differences[i] ?? 0) > 0 ? r : 0), 0);
  const negative = (n * (n + 1)) / 2 - positive;
  const plain = tied.every((size) => size === 1) && n === all.length;
  if (settings.method === "exact" && (!plain || n > mostExactRanks))
    throw new UserError(
      `${op}: method "exact" needs at most ${mostExactRanks} pairs without ties and differences of 0; use "approximate"`,
    );
  const exact = settings.method === "exact" || (settings.method === "auto" && plain && n <= 50);
  const { alternative } = settings;
  const statistic = alternative === "two-sided" ? Math.min(positive, negative) : positive;
  const shared = { positive, negative, statistic };
  if (exact) {
    // The distribution is symmetric: P(W ≥ w) = P(W ≤ total − w).
    const [below, above_] = [signedRankCdf(positive, n), signedRankCdf(negative, n)];
    const pValue =
      alternative === "greater" ? above_ : alternative === "less" ? below : Math.min(1, 2 * Math.min(below, above_));
    return { ...shared, pValue, method: "exact" };
  }
  const variance = (n * (n + 1) * (2 * n + 1)) / 24 - tied.reduce((s, t) => s + t ** 3 - t, 0) / 48;
  const z = (positive - (n * (n + 1)) / 4) / Math.sqrt(variance);
  const { cdf, survival } = normal();
  return { ...shared, pValue: pValueOf(z, alternative, cdf, survival), method: "approximate" };
}

export interface McNemarOptions {
  /** The binomial distribution in place of chi-squared. Default: true below 25 disagreements. */
  readonly exact?: boolean;
  /** Of the chi-squared form. Default: true. */
  readonly continuity?: boolean;
}

export interface McNemarTest extends ComparisonTest {
  /** Rows that only the first, and only the second, got right. */
  readonly onlyFirst: number;
  readonly onlySecond: number;
  readonly method: "exact" | "approximate";
}

/** Whether two classifiers err equally often on the same rows: only those count that one got right and the other wrong. */
export function mcnemar(
  yTrue: LabelsInput,
  first: LabelsInput,
  second: LabelsInput,
  options: McNemarOptions = {},
): McNemarTest {
  const op = "mcnemar";
  const [truth, a] = readLabelPair(op, yTrue, first);
  const b = readLabels(op, "second", second);
  readLabelPair(op, yTrue, second);
  let [onlyFirst, onlySecond] = [0, 0];
  truth.forEach((label, i) => {
    const [right, other] = [a[i] === label, b[i] === label];
    if (right && !other) onlyFirst += 1;
    if (other && !right) onlySecond += 1;
  });
  const n = onlyFirst + onlySecond;
  const { exact, continuity } = checkSettings<Required<McNemarOptions>>(
    op,
    options,
    { exact: n < 25, continuity: true },
    {
      exact: flag(),
      continuity: flag(),
    },
  );
  if (exact || n === 0) {
    const statistic = Math.min(onlyFirst, onlySecond);
    const pValue = n === 0 ? 1 : Math.min(1, 2 * binomial(n, 0.5).cdf(statistic));
    return { statistic, pValue, onlyFirst, onlySecond, method: "exact" };
  }
  const gap = Math.max(0, Math.abs(onlyFirst - onlySecond) - (continuity ? 1 : 0));
  const statistic = (gap * gap) / n;
  return { statistic, pValue: chiSquared(1).survival(statistic), onlyFirst, onlySecond, method: "approximate" };
}
