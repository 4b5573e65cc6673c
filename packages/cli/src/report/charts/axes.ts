/**
 * Axes. Whatever the values are, ECharts sees positions from 0 to 1: no range is too small or too large for it, and logarithmic axes have ticks where
 * they help.
 */
import { brief, number, rate } from "../../screen/format.js";

export interface Tick {
  readonly position: number;
  readonly label: string;
}

export interface Scale {
  /** From a value to its position: 0 and 1 are the ends of the axis. */
  readonly position: (value: number) => number;
  /** The values at the ends. */
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly Tick[];
}

/** Round steps of 1, 2 or 5 times a power of ten, about `wanted` of them; `room` is left below and above, as a part of the range. */
export function linearScale(
  low: number,
  high: number,
  wanted = 5,
  room: readonly [number, number] = [0.04, 0.04],
): Scale {
  if (!(Number.isFinite(low) && Number.isFinite(high))) return linearScale(0, 1, wanted, room);
  const span = high > low ? high - low : Math.abs(low) || 1;
  const [from, to] = [low - room[0] * span, (high > low ? high : low + span) + room[1] * span];
  const position = (value: number): number => (value - from) / (to - from);
  const ticks = roundTicks(from, to, wanted).map((t) => ({ position: position(t), label: brief(t) }));
  return { position, low: from, high: to, ticks };
}

function roundTicks(from: number, to: number, wanted = 5): number[] {
  const raw = (to - from) / wanted;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 5, 10].find((m) => m * power >= raw * 0.999) ?? 10) * power;
  const ticks: number[] = [];
  for (let i = Math.ceil(from / step); i * step <= to + step * 1e-9 && ticks.length < 50; i += 1) ticks.push(i * step);
  return ticks;
}

/** For positive values; from 0.1 to 1 where there are none. `roomBelow` is a part of the range. */
export function logScale(
  low: number,
  high: number,
  label: (value: number) => string = (x) => number(x, 3),
  roomBelow = 0.1,
): Scale {
  if (!(low > 0 && Number.isFinite(high))) return logScale(0.1, 1, label, roomBelow);
  const [first, last] = [Math.log10(low), Math.log10(Math.max(high, low * 1.05))];
  const [from, to] = [first - roomBelow * (last - first), last + 0.04 * (last - first)];
  const along = (logarithm: number): number => (logarithm - from) / (to - from);
  return {
    position: (value) => along(Math.log10(value)),
    low: 10 ** from,
    high: 10 ** to,
    ticks: (to - from < Math.log10(2) ? roundTicks(10 ** from, 10 ** to).map(Math.log10) : logTicks(from, to)).map(
      (t) => ({ position: along(t), label: label(10 ** t) }),
    ),
  };
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
export function axisOption({ ticks }: Scale, name: string, which: "x" | "y"): Record<string, unknown> {
  const customValues = ticks.map((t) => t.position);
  const labelAt = (position: number): string => ticks.find((t) => Math.abs(t.position - position) < 1e-6)?.label ?? "";
  const line = { lineStyle: { color: "var(--axis)" } };
  return {
    type: "value",
    min: 0,
    max: 1,
    name,
    nameLocation: which === "x" ? "middle" : "end",
    nameGap: which === "x" ? 28 : 12,
    nameTextStyle: {
      color: "var(--muted)",
      fontSize: 12,
      ...(which === "x" ? { align: "center" } : { align: "left", padding: [0, 0, 0, -44] }),
    },
    axisLine: { show: which === "x", onZero: false, ...line },
    axisTick: { show: which === "x", customValues, length: 4, ...line },
    axisLabel: {
      color: "var(--muted)",
      fontSize: 12,
      customValues,
      formatter: labelAt,
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
