/** Charts of single predictions: against the truth, their residuals, and how the residuals are spread. */
import { quantileSorted } from "thalweg/data";
import { brief, count, number } from "../../screen/format.js";
import type { Html } from "../html.js";
import { axisOption, extent, linearScale } from "./axes.js";
import { renderChart, usualSize } from "./render.js";

/** More points than this are thinned: they would hide each other, and make the file heavy. */
const mostPoints = 1500;

/** Every k-th row, the same ones each time. */
export function thin(length: number): number[] {
  const every = Math.ceil(length / mostPoints);
  return Array.from({ length: Math.ceil(length / every) }, (_, i) => i * every);
}

/** A sentence for captions; empty when all are shown. */
export function thinned(length: number): string {
  const shown = thin(length).length;
  return shown === length ? "" : ` ${count(shown, "row")} of ${length.toLocaleString("en")} are drawn, evenly chosen.`;
}

const grid = { left: 56, right: 20, top: 34, bottom: 46 };
const dots = { symbolSize: 4, itemStyle: { color: "var(--dots)", opacity: 0.45 } };

export function predictionChart(truth: Float64Array, predictions: Float64Array, target: string): Html {
  const rows = thin(truth.length);
  const all = extent([...truth, ...predictions]);
  const scale = linearScale(...all);
  const option = {
    grid,
    xAxis: axisOption(scale, `true ${target}`, "x"),
    yAxis: axisOption(scale, "predicted", "y"),
    series: [
      {
        type: "scatter",
        data: rows.map((i) => [scale.position(truth[i] ?? 0), scale.position(predictions[i] ?? 0)]),
        ...dots,
      },
      straight([
        [0, 0],
        [1, 1],
      ]),
    ],
  };
  return renderChart(option, `Predicted against true ${target} of the test rows, with the line of equality.`, {
    ...usualSize,
    height: 400,
  });
}

export function residualChart(truth: Float64Array, predictions: Float64Array, target: string): Html {
  const residuals = truth.map((y, i) => y - (predictions[i] ?? Number.NaN));
  const rows = thin(truth.length);
  const x = linearScale(...extent(predictions));
  const y = linearScale(...extent(residuals));
  const option = {
    grid,
    xAxis: axisOption(x, `predicted ${target}`, "x"),
    yAxis: axisOption(y, "truth − prediction", "y"),
    series: [
      {
        type: "scatter",
        data: rows.map((i) => [x.position(predictions[i] ?? 0), y.position(residuals[i] ?? 0)]),
        ...dots,
      },
      straight([
        [0, y.position(0)],
        [1, y.position(0)],
      ]),
      {
        type: "line",
        data: runningMedian(predictions, residuals).map(([a, b]) => [x.position(a), y.position(b)]),
        symbol: "none",
        lineStyle: { color: "var(--accent)", width: 2.5 },
        z: 4,
      },
    ],
  };
  return renderChart(option, `Residuals against predicted ${target}, with their running median.`, {
    ...usualSize,
    height: 400,
  });
}

export function residualHistogram(truth: Float64Array, predictions: Float64Array, target: string): Html {
  const residuals = truth.map((y, i) => y - (predictions[i] ?? Number.NaN)).sort();
  const [low, high] = histogramRange(residuals);
  const bins = 40;
  const { counts, width } = histogram(residuals, low, high, bins);
  const x = linearScale(low, high, 6, [0.01, 0.01]);
  const y = linearScale(0, Math.max(...counts), 4, [0, 0.02]);
  const option = {
    grid,
    xAxis: axisOption(x, `truth − prediction of ${target}`, "x"),
    yAxis: axisOption(y, "test rows", "y"),
    series: [
      {
        type: "bar",
        data: counts.map((n, i) => [x.position(low + (i + 0.5) * width), y.position(n)]),
        barWidth: (0.92 * (usualSize.width - grid.left - grid.right) * width) / (x.high - x.low),
        itemStyle: { color: "var(--bars)" },
      },
      straight([
        [x.position(0), 0],
        [x.position(0), 1],
      ]),
    ],
  };
  return renderChart(option, `How often residuals of each size occur among the test rows.`);
}

/** Where the error is: groups of equally many rows by their truth. */
export function errorBySizeChart(truth: Float64Array, predictions: Float64Array, target: string): Html {
  const order = [...truth.keys()].sort((a, b) => (truth[a] ?? 0) - (truth[b] ?? 0));
  const groups = Math.min(10, order.length);
  const names: string[] = [];
  const errors = Array.from({ length: groups }, (_, g) => {
    const rows = order.slice(Math.floor((g * order.length) / groups), Math.floor(((g + 1) * order.length) / groups));
    names.push(
      brief(
        quantileSorted(
          Float64Array.from(rows, (i) => truth[i] ?? Number.NaN),
          0.5,
        ),
      ),
    );
    return rows.reduce((sum, i) => sum + Math.abs((truth[i] ?? 0) - (predictions[i] ?? 0)), 0) / rows.length;
  });
  const y = linearScale(0, Math.max(...errors), 4, [0, 0.02]);
  const x = linearScale(0, 1);
  const option = {
    grid,
    xAxis: {
      ...axisOption(x, `true ${target}`, "x"),
      type: "category",
      data: names,
      min: null,
      max: null,
      axisTick: { show: false },
      axisLabel: { color: "var(--muted)", fontSize: 12, interval: 0 },
    },
    yAxis: axisOption(y, "mean absolute error", "y"),
    series: [{ type: "bar", data: errors.map(y.position), barWidth: "82%", itemStyle: { color: "var(--bars)" } }],
  };
  return renderChart(option, `Mean absolute error in ten groups of test rows by true ${target}.`);
}

/** What the histogram leaves out, and the middle of the residuals, for its caption. */
export function residualFacts(truth: Float64Array, predictions: Float64Array): string {
  const residuals = truth.map((y, i) => y - (predictions[i] ?? Number.NaN)).sort();
  const [low, high] = histogramRange(residuals);
  const outside = residuals.filter((r) => r < low || r > high).length;
  const q = (p: number): string => number(quantileSorted(residuals, p), 3);
  const left = outside > 0 ? ` ${count(outside, "row")} further out are not drawn.` : "";
  return `Median ${q(0.5)}; half of the rows lie between ${q(0.25)} and ${q(0.75)}, nine tenths between ${q(0.05)} and ${q(0.95)}.${left}`;
}

/** Within four times the spread of the middle, so that single rows do not flatten the picture. */
function histogramRange(sorted: Float64Array): [number, number] {
  const [low, high] = extent(sorted);
  const [q1, q3] = [quantileSorted(sorted, 0.25), quantileSorted(sorted, 0.75)];
  const reach = 4 * (q3 - q1);
  if (reach === 0) return high > low ? [low, high] : [low - 0.5, low + 0.5];
  return [Math.max(low, q1 - reach), Math.min(high, q3 + reach)];
}

export function histogram(
  values: Float64Array,
  low: number,
  high: number,
  bins: number,
): { readonly counts: number[]; readonly width: number } {
  const counts = new Array<number>(bins).fill(0);
  const width = (high - low) / bins;
  for (const value of values) {
    if (!(value >= low && value <= high)) continue;
    const bin = width === 0 ? 0 : Math.min(bins - 1, Math.floor((value - low) / width));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return { counts, width };
}

/** Medians of equally large groups of neighbours. */
function runningMedian(predictions: Float64Array, residuals: Float64Array): [number, number][] {
  const order = [...predictions.keys()].sort((a, b) => (predictions[a] ?? 0) - (predictions[b] ?? 0));
  const groups = Math.max(1, Math.min(20, Math.floor(order.length / 20)));
  return Array.from({ length: groups }, (_, g) => {
    const rows = order.slice(Math.floor((g * order.length) / groups), Math.floor(((g + 1) * order.length) / groups));
    const middle = (of: Float64Array): number =>
      quantileSorted(Float64Array.from(rows, (i) => of[i] ?? Number.NaN).sort(), 0.5);
    return [middle(predictions), middle(residuals)];
  });
}

function straight(data: [number, number][]): Record<string, unknown> {
  return { type: "line", data, symbol: "none", lineStyle: { color: "var(--ink)", width: 1, type: "dashed" }, z: 3 };
}
