/** Tensors as text, laid out as NumPy does it: common width, as few digits as tell the numbers apart, large arrays cut in the middle. */
import type { DType, TypedArray } from "../base/dtype.js";
import { UserError } from "../base/errors.js";
import { contiguousStrides, formatShape, type Shape, sizeOf } from "../base/shape.js";

export interface PrintOptions {
  /** Digits after the point at most. Default: 8. */
  readonly precision?: number;
  /** Arrays of more elements are cut. Default: 1000. */
  readonly threshold?: number;
  /** Elements that a cut leaves at each end of an axis. Default: 3. */
  readonly edgeItems?: number;
  /** Characters. Default: 75. */
  readonly lineWidth?: number;
}

/** `tensor<float32[2, 3]>`. */
export function header(shape: Shape, dtype: DType): string {
  return `tensor<${dtype}${formatShape(shape)}>`;
}

/** The elements, without a header. */
export function formatArray(data: TypedArray, shape: Shape, dtype: DType, options: PrintOptions = {}): string {
  const { precision = 8, threshold = 1000, edgeItems = 3, lineWidth = 75 } = options;
  // What JavaScript can print; the other settings take any size.
  checkCount("precision", precision, 100);
  checkCount("edgeItems", edgeItems);
  for (const [name, value] of Object.entries({ threshold, lineWidth })) {
    if (!(value >= 0)) throw new UserError(`toString: ${name} must be a number ≥ 0, got ${String(value)}`);
  }
  if (data.length === 0) return "[]";
  const cut = sizeOf(shape) > threshold;
  /** Positions along an axis; −1 stands for those left out. */
  const positions = (n: number): number[] => {
    const all = Array.from({ length: cut && n > 2 * edgeItems ? 2 * edgeItems + 1 : n }, (_, i) => i);
    if (all.length === n) return all;
    return all.map((i) => (i < edgeItems ? i : i === edgeItems ? -1 : n - 2 * edgeItems - 1 + i));
  };
  const strides = contiguousStrides(shape);
  const shown: number[] = [];
  const collect = (axis: number, offset: number): void => {
    if (axis === shape.length) {
      shown.push(data[offset] ?? Number.NaN);
      return;
    }
    for (const i of positions(shape[axis] ?? 0)) if (i >= 0) collect(axis + 1, offset + i * (strides[axis] ?? 0));
  };
  collect(0, 0);
  const words = formatNumbers(shown, dtype, precision, shape.length === 0);
  let next = 0;
  const word = (): string => words[next++] ?? "";
  const level = (axis: number): string => {
    const indent = " ".repeat(axis + 1);
    const items = positions(shape[axis] ?? 0);
    if (axis === shape.length - 1) {
      const row = items.map((i) => (i < 0 ? "..." : word()));
      return `[${wrap(row, indent, lineWidth - axis - 1).slice(indent.length)}]`;
    }
    const gap = "\n".repeat(shape.length - axis - 1) + indent;
    return `[${items.map((i) => (i < 0 ? "..." : level(axis + 1))).join(gap)}]`;
  };
  return shape.length === 0 ? word() : level(0);
}

function checkCount(name: string, value: number, most = Number.MAX_SAFE_INTEGER): void {
  if (Number.isInteger(value) && value >= 0 && value <= most) return;
  const limit = most === 100 ? "from 0 to 100" : "≥ 0";
  throw new UserError(`toString: ${name} must be a whole number ${limit}, got ${String(value)}`);
}

/** Words in lines of at most `width` characters, each begun with `indent`. */
function wrap(words: readonly string[], indent: string, width: number): string {
  const lines: string[] = [];
  let line = indent;
  words.forEach((word, i) => {
    if (line.length + word.length > width && line.length > indent.length) {
      lines.push(line.trimEnd());
      line = indent;
    }
    line += i === words.length - 1 ? word : `${word} `;
  });
  return [...lines, line].join("\n");
}

/** All of one width. */
function formatNumbers(numbers: readonly number[], dtype: DType, precision: number, alone: boolean): string[] {
  switch (dtype) {
    case "bool":
      return numbers.map((x) => (x === 0 ? "false" : alone ? "true" : " true"));
    case "int32":
      return padded(numbers.map(String));
    default:
      return formatFloats(numbers, dtype === "float32", precision);
  }
}

function padded(words: readonly string[]): string[] {
  const width = Math.max(...words.map((w) => w.length));
  return words.map((w) => w.padStart(width));
}

function formatFloats(numbers: readonly number[], single: boolean, precision: number): string[] {
  const sizes = numbers.filter((x) => Number.isFinite(x) && x !== 0).map(Math.abs);
  const [largest, smallest] = [Math.max(...sizes), Math.min(...sizes)];
  // Float32 has six sure digits, float64 more than eight. Limits are compared in the precision of the numbers: 1e-4 is not below 1e-4.
  const [longest, shortest] = single ? [1e6, Math.fround(1e-4)] : [1e8, 1e-4];
  const ratio = single ? Math.fround(largest / smallest) : largest / smallest;
  const scientific = sizes.length > 0 && (largest >= longest || smallest < shortest || ratio > 1000);
  const parts = numbers.map((x) => (Number.isFinite(x) ? split(x, single, precision, scientific) : undefined));
  const fraction = Math.max(0, ...parts.map((p) => p?.fraction.length ?? 0));
  const digits = Math.max(0, ...parts.map((p) => p?.exponent.length ?? 0));
  return padded(
    numbers.map((x, i) => {
      const p = parts[i];
      if (p === undefined) return Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "-inf";
      if (!scientific) return `${p.whole}.${p.fraction.padEnd(fraction)}`;
      // Places that others need are filled with the digits of the number itself.
      const mantissa = x.toExponential(fraction).split("e")[0] ?? "";
      const point = fraction === 0 ? "." : "";
      return `${Object.is(x, -0) ? "-" : ""}${mantissa}${point}e${p.sign}${p.exponent.padStart(digits, "0")}`;
    }),
  );
}

interface Digits {
  readonly whole: string;
  readonly fraction: string;
  /** Of the exponent; it and `exponent` are empty without one. */
  readonly sign: string;
  readonly exponent: string;
}

/** The shortest digits that give `x` back, or `precision` of them after the point. */
function split(x: number, single: boolean, precision: number, scientific: boolean): Digits {
  const shortest = single ? shortestSingle(x) : x;
  let text: string;
  if (scientific) {
    text = shortest.toExponential();
    if ((text.split("e")[0]?.split(".")[1]?.length ?? 0) > precision) text = x.toExponential(precision);
  } else {
    // 0, or between 1e-4 and 1e8: never with an exponent.
    text = String(shortest);
    if ((text.split(".")[1]?.length ?? 0) > precision) text = x.toFixed(precision);
  }
  const [mantissa = "", exponent = ""] = text.split("e");
  const [whole = "", fraction = ""] = mantissa.split(".");
  return {
    whole: Object.is(x, -0) ? "-0" : whole,
    fraction: fraction.replace(/0+$/, ""),
    sign: exponent.slice(0, 1),
    exponent: exponent === "" ? "" : exponent.slice(1).padStart(2, "0"),
  };
}

/** Of the decimal numbers that round to the float32 `x`, one with fewest digits. */
function shortestSingle(x: number): number {
  for (let digits = 1; digits < 9; digits += 1) {
    const candidate = Number(x.toPrecision(digits));
    if (Math.fround(candidate) === x) return candidate;
  }
  return Number(x.toPrecision(9));
}
