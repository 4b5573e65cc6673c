/** Scalers: columns brought to comparable size. Missing numbers are left out of the statistics and stay missing. */
import { UserError } from "../base/errors.js";
import { type Constraint, flag, satisfies } from "../base/settings.js";
import { type Matrix, readWeights } from "../data/matrix.js";
import { columnMoments, presentColumn } from "./column-moments.js";
import { readNumbers } from "./columns.js";
import { FittedScaler, readScaler } from "./linear-scaler.js";
import { type TransformerKind, transformerKind } from "./transformer-kind.js";
import { sortedColumn, weightedQuantile } from "./weighted-quantile.js";

export interface StandardScalerSettings {
  /** Subtract the mean. Default: true. */
  readonly center: boolean;
  /** Divide by the standard deviation (n in the denominator). Default: true. */
  readonly scale: boolean;
}

/** To mean 0 and standard deviation 1; a column that does not vary becomes 0. Takes sample weights. */
export const standardScaler: TransformerKind<StandardScalerSettings, FittedScaler> = transformerKind<
  StandardScalerSettings,
  FittedScaler
>({
  kind: "standardScaler",
  defaults: { center: true, scale: true },
  constraints: { center: flag(), scale: flag() },
  fit(settings, x, _y, { sampleWeight }) {
    const matrix = readNumbers("standardScaler.fit", "x", x, { missing: true, borrow: true });
    const weights = readWeights("standardScaler.fit", sampleWeight, matrix.rows);
    const { mean, variance, deviation, constant } = columnMoments(matrix, weights);
    const large = variance.findIndex((v) => !Number.isFinite(v));
    if (large >= 0)
      throw new UserError(
        `standardScaler.fit: the numbers in column ${large} of x are too large for their squares (beyond 1e154); divide them first`,
      );
    const scale = deviation.map((d, j) => (settings.scale && !constant[j] ? d : 1));
    return new FittedScaler(
      "standardScaler",
      settings,
      settings.center ? mean : new Float64Array(matrix.columns),
      scale,
    );
  },
  read: (settings, state) => readScaler("standardScaler", settings, state),
});

export interface MinMaxScalerSettings {
  /** The range of the result: [low, high]. Default: [0, 1]. */
  readonly range: readonly [number, number];
  /** Limit later rows to the range too. Default: false. */
  readonly clip: boolean;
}

/** To a range: the least number of each column becomes its lower end, the greatest its upper. Rows of sample weight 0 do not count. */
export const minMaxScaler: TransformerKind<MinMaxScalerSettings, FittedScaler> = transformerKind<
  MinMaxScalerSettings,
  FittedScaler
>({
  kind: "minMaxScaler",
  defaults: { range: [0, 1], clip: false },
  constraints: { range: pair("[low, high] with low < high", (low, high) => low < high), clip: flag() },
  fit(settings, x, _y, { sampleWeight }) {
    const matrix = readNumbers("minMaxScaler.fit", "x", x, { missing: true, borrow: true });
    const weights = readWeights("minMaxScaler.fit", sampleWeight, matrix.rows);
    const [low, high] = settings.range;
    const bounds = columnsOf(matrix, (j): readonly [number, number] => {
      const column = presentColumn(matrix, j, weights);
      return [column.reduce((a, b) => Math.min(a, b), Infinity), column.reduce((a, b) => Math.max(a, b), -Infinity)];
    });
    const scale = Float64Array.from(bounds, ([least, most]) =>
      most > least ? (most - least) / (high - low) : 1 / (high - low),
    );
    const shift = Float64Array.from(bounds, ([least], j) =>
      Number.isFinite(least) ? least - low * (scale[j] ?? 1) : 0,
    );
    return new FittedScaler("minMaxScaler", settings, shift, scale, settings.clip ? settings.range : undefined);
  },
  read: (settings, state) => readScaler("minMaxScaler", settings, state, settings.clip ? settings.range : undefined),
});

export interface RobustScalerSettings {
  /** Subtract the median. Default: true. */
  readonly center: boolean;
  /** Divide by the difference of the two quantiles. Default: true. */
  readonly scale: boolean;
  /** Between 0 and 1. Default: [0.25, 0.75]. */
  readonly quantiles: readonly [number, number];
}

/** To median 0 and interquartile range 1, which outliers hardly move. Takes sample weights. */
export const robustScaler: TransformerKind<RobustScalerSettings, FittedScaler> = transformerKind<
  RobustScalerSettings,
  FittedScaler
>({
  kind: "robustScaler",
  defaults: { center: true, scale: true, quantiles: [0.25, 0.75] },
  constraints: {
    center: flag(),
    scale: flag(),
    quantiles: pair("[low, high] with 0 ≤ low < high ≤ 1", (low, high) => low >= 0 && low < high && high <= 1),
  },
  fit({ center, scale, quantiles: [low, high], ...rest }, x, _y, { sampleWeight }) {
    const matrix = readNumbers("robustScaler.fit", "x", x, { missing: true, borrow: true });
    const weights = readWeights("robustScaler.fit", sampleWeight, matrix.rows);
    const learnt = columnsOf(matrix, (j): readonly [number, number] => {
      const sorted = sortedColumn(matrix, j, weights);
      const range = weightedQuantile(sorted, high) - weightedQuantile(sorted, low);
      return [center ? weightedQuantile(sorted, 0.5) || 0 : 0, scale && range > 0 ? range : 1];
    });
    const shift = Float64Array.from(learnt, ([median]) => median);
    const width = Float64Array.from(learnt, ([, range]) => range);
    return new FittedScaler("robustScaler", { center, scale, quantiles: [low, high], ...rest }, shift, width);
  },
  read: (settings, state) => readScaler("robustScaler", settings, state),
});

/** Divides by the greatest size, to −1 … 1; zeros stay zeros. Rows of sample weight 0 do not count. */
export const maxAbsScaler: TransformerKind<Record<never, never>, FittedScaler> = transformerKind<
  Record<never, never>,
  FittedScaler
>({
  kind: "maxAbsScaler",
  defaults: {},
  constraints: {},
  fit(settings, x, _y, { sampleWeight }) {
    const matrix = readNumbers("maxAbsScaler.fit", "x", x, { missing: true, borrow: true });
    const weights = readWeights("maxAbsScaler.fit", sampleWeight, matrix.rows);
    const most = columnsOf(
      matrix,
      (j) => presentColumn(matrix, j, weights).reduce((a, b) => Math.max(a, Math.abs(b)), 0) || 1,
    );
    return new FittedScaler("maxAbsScaler", settings, new Float64Array(matrix.columns), Float64Array.from(most));
  },
  read: (settings, state) => readScaler("maxAbsScaler", settings, state),
});

function pair(allowed: string, test: (low: number, high: number) => boolean): Constraint {
  return satisfies(allowed, (v) => {
    if (!Array.isArray(v) || v.length !== 2) return false;
    const [low, high]: unknown[] = v;
    return (
      typeof low === "number" &&
      typeof high === "number" &&
      Number.isFinite(low) &&
      Number.isFinite(high) &&
      test(low, high)
    );
  });
}

function columnsOf<T>(matrix: Matrix, value: (j: number) => T): T[] {
  if (matrix.columns === 0) throw new UserError("a scaler needs at least one column");
  return Array.from({ length: matrix.columns }, (_, j) => value(j));
}
