/** Axes: linear ones with round ticks, and logarithmic ones, drawn as the logarithm on a linear axis so that ticks stand where they help. */
import { brief, number, rate } from "../../screen/format.js";

export interface Scale {
  /** From data to the axis. */
  readonly map: (value: number) => number;
  readonly low: number;
  readonly high: number;
  /** On the axis. */
  readonly ticks: readonly number[];
  readonly label: (onAxis: number) => string;
}

/** Round steps of 1, 2 or 5 times a power of ten, about `wanted` of them. */
export function linearScale(low: number, high: number, wanted = 5, room = 0.04): Scale {
  const span = high > low ? high - low : Math.abs(low) || 1;
  const [from, to] = [low - room * span, (high > low ? high : low + span) + room * span];
  const raw = (to - from) / wanted;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 5, 10].find((m) => m * power >= raw * 0.999) ?? 10) * power;
  const ticks: number[] = [];
  for (let i = Math.ceil(from / step); i * step <= to + step * 1e-9; i += 1) ticks.push(i * step);
  return { map: (x) => x, low: from, high: to, ticks, label: (x) => brief(Math.abs(x) < step * 1e-9 ? 0 : x) };
}

/** For positive values. */
export function logScale(
  low: number,
  high: number,
  label: (value: number) => string = (x) => number(x, 2),
  roomBelow = 0.1,
): Scale {
  const [from, to] = [Math.log10(low), Math.log10(Math.max(high, low * 1.05))];
  const room = 0.04 * (to - from);
  const below = roomBelow * (to - from);
  const ticks = logTicks(from - below, to + room);
  return { map: Math.log10, low: from - below, high: to + room, ticks, label: (x) => label(10 ** x) };
}

export function rateScale(low: number, high: number): Scale {
  return logScale(low, high, rate, 0.04);
}

/** The coarsest of some sets of leading digits that gives at least four ticks. */
function logTicks(from: number, to: number): number[] {
  const sets = [
    [1],
    [1, 3],
    [1, 2, 5],
    [1, 1.5, 2, 3, 5, 7],
    [1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 9],
  ];
  let ticks: number[] = [];
  for (const set of sets) {
    ticks = [];
    for (let decade = Math.floor(from); decade <= Math.ceil(to); decade += 1)
      for (const digit of set) {
        const at = decade + Math.log10(digit);
        if (at >= from && at <= to) ticks.push(at);
      }
    if (ticks.length >= 4) break;
  }
  const every = Math.ceil(ticks.length / 8);
  return ticks.filter((_, i) => i % every === 0);
}

/** The axis in ECharts' words. */
export function axisOption(scale: Scale, name: string, which: "x" | "y"): Record<string, unknown> {
  const customValues = [...scale.ticks];
  return {
    type: "value",
    min: scale.low,
    max: scale.high,
    name,
    nameLocation: which === "x" ? "middle" : "end",
    nameGap: which === "x" ? 28 : 12,
    nameTextStyle: {
      color: "var(--muted)",
      fontSize: 12,
      align: which === "x" ? "center" : "left",
      padding: which === "x" ? 0 : [0, 0, 0, -44],
    },
    axisLine: { show: which === "x", onZero: false, lineStyle: { color: "var(--axis)" } },
    axisTick: { show: which === "x", customValues, lineStyle: { color: "var(--axis)" }, length: 4 },
    axisLabel: {
      color: "var(--muted)",
      fontSize: 12,
      customValues,
      formatter: scale.label,
      showMinLabel: true,
      showMaxLabel: true,
    },
    splitLine: { show: which === "y", customValues, lineStyle: { color: "var(--grid)" } },
  };
}

/** The least and the greatest finite number; [0, 1] when there is none. */
export function extent(values: Iterable<number>): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const x of values) {
    if (!Number.isFinite(x)) continue;
    if (x < low) low = x;
    if (x > high) high = x;
  }
  return low > high ? [0, 1] : [low, high];
}
