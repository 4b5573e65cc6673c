/** Curves over epochs or learning rates, one for each optimiser, with its name at the end. */
import { quantileSorted } from "thalweg/data";
import type { Html } from "../html.js";
import { axisOption, extent, linearScale, logScale, rateScale, type Scale } from "./axes.js";
import { renderChart } from "./render.js";

export interface Curve {
  readonly name: string;
  readonly color: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Drawn thinner and paler, without a name. */
  readonly faint?: boolean;
  readonly markers?: boolean;
  /** Without its name at its end: where curves end in different places. */
  readonly nameless?: boolean;
  /** Points that are not on the scale: crosses along the upper edge. */
  readonly lost?: readonly number[];
}

export interface LineChartOptions {
  readonly label: string;
  readonly x: { readonly name: string; readonly kind: "linear" | "rate" };
  readonly y: { readonly name: string; readonly kind: "log" | "linear" };
  /** A horizontal line, such as zero. */
  readonly line?: number;
  /** Leave out of the scale what only one value in a hundred reaches: single spikes would flatten everything else. */
  readonly cutSpikes?: boolean;
}

export function lineChart(curves: readonly Curve[], options: LineChartOptions): Html {
  const xs = extent([...curves.flatMap((c) => c.points.map(([x]) => x)), ...curves.flatMap((c) => c.lost ?? [])]);
  const y = yScale(curves, options);
  const x = options.x.kind === "rate" ? rateScale(...xs) : linearScale(xs[0], xs[1], 6, [0, 0]);
  const at = ([a, b]: readonly [number, number]): [number, number] => [x.position(a), y.position(b)];
  const drawable = ([, b]: readonly [number, number]): boolean =>
    Number.isFinite(b) && (options.y.kind === "linear" || b > 0);
  const series: Record<string, unknown>[] = curves.map((curve) => ({
    type: "line",
    name: curve.name,
    data: curve.points.filter(drawable).map(at),
    symbol: curve.markers === true ? "circle" : "none",
    symbolSize: 5,
    itemStyle: { color: curve.color },
    lineStyle: { color: curve.color, width: curve.faint === true ? 1 : 2, opacity: curve.faint === true ? 0.45 : 1 },
    endLabel: {
      show: curve.faint !== true && curve.nameless !== true,
      formatter: "{a}",
      color: curve.color,
      fontSize: 12,
      fontWeight: 600,
      distance: 6,
    },
    labelLayout: { moveOverlap: "shiftY" },
  }));
  for (const curve of curves) {
    if (curve.lost !== undefined && curve.lost.length > 0)
      series.push(
        marks(
          curve,
          curve.lost.map((a) => [x.position(a), 1]),
          cross,
        ),
      );
  }
  if (options.line !== undefined) {
    series.push({
      type: "line",
      data: [
        [0, y.position(options.line)],
        [1, y.position(options.line)],
      ],
      symbol: "none",
      lineStyle: { color: "var(--axis)", width: 1, type: "dashed" },
      z: 1,
    });
  }
  const option = {
    grid: { left: 50, right: 84, top: 34, bottom: 44 },
    xAxis: axisOption(x, options.x.name, "x"),
    yAxis: axisOption(y, options.y.name, "y"),
    series,
  };
  return renderChart(option, options.label);
}

const cross = { symbol: "path://M0,0L10,10M10,0L0,10", symbolSize: 9, itemStyle: { color: "none", borderWidth: 2 } };

function marks(curve: Curve, data: (readonly [number, number])[], look: typeof cross): Record<string, unknown> {
  const itemStyle = { ...look.itemStyle, borderColor: curve.color };
  return { type: "scatter", data, ...look, itemStyle, clip: false, z: 5 };
}

function yScale(curves: readonly Curve[], options: LineChartOptions): Scale {
  const values = curves.flatMap((c) => c.points.map(([, b]) => b)).filter(Number.isFinite);
  const usual = options.y.kind === "log" ? values.filter((b) => b > 0) : values;
  let [low, high] = extent(usual);
  if (options.cutSpikes === true && usual.length > 0) {
    const sorted = Float64Array.from(usual).sort();
    const ends = curves.map((c) => c.points.at(-1)?.[1] ?? low).filter(Number.isFinite);
    high = Math.max(quantileSorted(sorted, 0.985), ...ends);
    if (options.y.kind === "linear") low = quantileSorted(sorted, 0.005);
  }
  if (options.line !== undefined) [low, high] = [Math.min(low, options.line), Math.max(high, options.line)];
  return options.y.kind === "linear" ? linearScale(low, high) : logScale(low, high);
}
