/** Runs the expansions of transcendental functions as WebAssembly and measures their errors in ulps. */
import { readFileSync } from "node:fs";
import { addInt, defineFunction, int, load, mulInt } from "../../../src/compiler/builder.js";
import { type Expr, i32, type LoopFunction, scalarBytes, type Type } from "../../../src/compiler/ir.js";
import {
  binaryOps,
  expandBinary,
  expandUnary,
  isTranscendental,
  type TranscendentalBinaryOp,
} from "../../../src/compiler/math/expand.js";
import { type Program, program } from "../../targets/wasm-program.js";

export type Scalar = "f32" | "f64";

export function isBinaryOp(op: string): op is TranscendentalBinaryOp {
  return (binaryOps as readonly string[]).includes(op);
}

const pages = 256;
const bytesPerBlock = 1 << 20;

/** A function of `lanes` elements at a time over n (a multiple of `lanes`) elements: arguments at 64 and after, results at the third block. */
function kernel(op: string, type: Type): LoopFunction {
  return defineFunction(op, [{ name: "n", type: i32 }], (b, [n]) => {
    if (n === undefined) throw new TypeError("n");
    b.for(int(0), n, int(type.lanes), (i) => {
      const at = b.let(addInt(mulInt(i, int(scalarBytes(type.scalar))), int(64)));
      const x = load(type, at);
      let y: Expr;
      if (isTranscendental(op)) y = expandUnary(op, b, x);
      else if (isBinaryOp(op)) y = expandBinary(op, b, x, load(type, at, bytesPerBlock));
      else throw new TypeError(op);
      b.store(at, y, 2 * bytesPerBlock);
    });
  });
}

export class Kernel {
  private readonly op: string;
  private readonly scalar: Scalar;
  private readonly lanes: number;
  private readonly program: Program;

  constructor(op: string, scalar: Scalar, lanes: number, fma: boolean) {
    this.op = op;
    this.scalar = scalar;
    this.lanes = lanes;
    this.program = program([kernel(op, { scalar, lanes })], { fma, pages });
  }

  run(...columns: readonly Float64Array[]): Float64Array {
    const memory = this.scalar === "f32" ? this.program.f32 : this.program.f64;
    const size = this.scalar === "f32" ? 4 : 8;
    const n = columns[0]?.length ?? 0;
    const step = (bytesPerBlock - 128) / size;
    const results = new Float64Array(n);
    for (let from = 0; from < n; from += step) {
      const count = Math.min(step, n - from);
      columns.forEach((column, at) => {
        memory.set(column.subarray(from, from + count), (64 + at * bytesPerBlock) / size);
      });
      this.program.call(this.op, Math.ceil(count / this.lanes) * this.lanes);
      const start = (64 + 2 * bytesPerBlock) / size;
      results.set(memory.subarray(start, start + count), from);
    }
    return results;
  }
}

/** The distance between neighbouring numbers of the format at |y|. */
export function ulp(y: number, scalar: Scalar): number {
  const [least, digits] = scalar === "f32" ? [-126, 23] : [-1022, 52];
  const size = Math.abs(y);
  if (!(size >= 2 ** least)) return 2 ** (least - digits);
  // powers of two above 2^-1022 are found in the exponent field
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, size);
  const exponent = (view.getUint32(0) >>> 20) - 1023;
  return 2 ** (exponent - digits);
}

const greatestF32 = (2 - 2 ** -23) * 2 ** 127;

/** |got - (want + missing·ulp)| in ulps; ∞ where one is NaN, of the wrong sign at 0, or infinite and the other is not even close. */
export function error(got: number, want: number, scalar: Scalar, missing = 0): number {
  if (Number.isNaN(want)) return Number.isNaN(got) ? 0 : Number.POSITIVE_INFINITY;
  if (Object.is(got, want)) return Math.abs(missing);
  if (got === 0 && want === 0) return Number.POSITIVE_INFINITY;
  if (scalar === "f32" && !Number.isFinite(got) && Math.abs(want) > greatestF32) {
    // beyond the largest by half an ulp or more, infinity is right
    const excess = (greatestF32 + 2 ** 103 - Math.abs(want)) / 2 ** 104;
    return Math.sign(got) === Math.sign(want) ? Math.max(0, excess) : Number.POSITIVE_INFINITY;
  }
  const unit = ulp(want, scalar);
  const e = Math.abs((got - want) / unit - missing);
  return Number.isNaN(e) ? Number.POSITIVE_INFINITY : e;
}

export interface Worst {
  readonly ulps: number;
  readonly at: readonly number[];
  readonly got: number;
  readonly want: number;
}

export function worst(
  got: Float64Array,
  want: Float64Array,
  scalar: Scalar,
  columns: readonly Float64Array[],
  missing?: Float64Array,
): Worst {
  let ulps = -1;
  let index = 0;
  for (let i = 0; i < got.length; i += 1) {
    const e = error(got[i] ?? 0, want[i] ?? 0, scalar, missing?.[i] ?? 0);
    if (e > ulps) {
      ulps = e;
      index = i;
    }
  }
  return { ulps, at: columns.map((c) => c[index] ?? 0), got: got[index] ?? 0, want: want[index] ?? 0 };
}

export interface Reference {
  readonly columns: readonly Float64Array[];
  readonly result: Float64Array;
  /** What the exact result has beyond `result`, in ulps. */
  readonly missing: Float64Array;
}

interface Row {
  readonly arguments: readonly string[];
  readonly result: string;
  readonly missing: string;
}

function bytes(text: string): ArrayBuffer {
  return new Uint8Array(Buffer.from(text, "base64")).buffer;
}

/** Reads what tools/reference/transcendental.py wrote. */
export function readReferences(file: string | URL): ReadonlyMap<string, Reference> {
  const json: unknown = JSON.parse(readFileSync(file, "utf8"));
  if (typeof json !== "object" || json === null || !("functions" in json)) throw new TypeError("no references");
  const table = new Map<string, Reference>();
  for (const [name, row] of Object.entries(json.functions as Record<string, Row>)) {
    table.set(name, {
      columns: row.arguments.map((c) => new Float64Array(bytes(c))),
      result: new Float64Array(bytes(row.result)),
      missing: Float64Array.from(new Float32Array(bytes(row.missing))),
    });
  }
  return table;
}

const erfKernel = new Map<string, Kernel>();

function ownF64(op: string, x: Float64Array): Float64Array {
  const kernel = erfKernel.get(op) ?? new Kernel(op, "f64", 1, false);
  erfKernel.set(op, kernel);
  return kernel.run(x);
}

/** f in double precision: JavaScript's Math where it has f, and our own f64 (itself measured against mpmath) for erf and erfc. */
export function doubleReference(op: string, x: Float64Array): Float64Array {
  if (op === "erf" || op === "erfc") return ownF64(op, x);
  const functions: Readonly<Record<string, (x: number) => number>> = {
    ...Object.fromEntries(
      (
        [
          "exp",
          "expm1",
          "log",
          "log1p",
          "sin",
          "cos",
          "tan",
          "asin",
          "acos",
          "atan",
          "sinh",
          "cosh",
          "tanh",
          "asinh",
          "acosh",
          "atanh",
        ] as const
      ).map((name) => [name, Math[name]]),
    ),
    sigmoid: (v) => 1 / (1 + Math.exp(-v)),
    softplus: (v) => (v > 700 ? v : Math.log1p(Math.exp(v))),
  };
  const f = functions[op];
  if (f === undefined) throw new TypeError(op);
  return x.map(f);
}

/** Every `step`-th bit pattern of f32 from `start` on: all exponents, both signs, infinities and NaN. */
export function f32Sweep(start: number, step: number): Float64Array {
  const count = Math.floor((2 ** 32 - start) / step);
  const view = new DataView(new ArrayBuffer(4));
  return Float64Array.from({ length: count }, (_, i) => {
    view.setUint32(0, start + i * step);
    return view.getFloat32(0);
  });
}

/** `count` f32 numbers, evenly spaced from low to high. */
export function f32Between(low: number, high: number, count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => Math.fround(low + ((high - low) * i) / (count - 1)));
}

/** Python's float modulo: the exact remainder, plus y where the signs differ. */
export function pythonModulo(x: number, y: number): number {
  const r = x % y;
  if (r === 0) return Number.isNaN(y) ? y : y < 0 || Object.is(y, -0) ? -0 : 0;
  return r < 0 !== y < 0 ? r + y : r;
}

/** C99's pow: JavaScript's but where the base is 1, or is -1 and the exponent infinite. */
export function standardPower(x: number, y: number): number {
  return x === 1 || (x === -1 && Math.abs(y) === Number.POSITIVE_INFINITY) ? 1 : x ** y;
}

export const doubleBinary: Readonly<Record<TranscendentalBinaryOp, (x: number, y: number) => number>> = {
  pow: standardPower,
  atan2: Math.atan2,
  mod: pythonModulo,
};

/** Pairs of f32 for a binary function, from a linear congruential generator. */
export function f32Pairs(
  op: TranscendentalBinaryOp,
  seed: number,
  count: number,
): readonly [Float64Array, Float64Array] {
  let state = seed >>> 0;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const xs = new Float64Array(count);
  const ys = new Float64Array(count);
  for (let i = 0; i < count; i += 1) {
    const sign = next() < 0.5 ? -1 : 1;
    const wide = sign * 2 ** (next() * 276 - 149);
    const other = (next() < 0.5 ? -1 : 1) * 2 ** (next() * 276 - 149);
    const near = next() * 8 - 4;
    if (op === "pow") {
      xs[i] = Math.fround(i % 2 === 0 ? Math.abs(wide) : 0.5 + next());
      ys[i] = Math.fround(i % 2 === 0 ? near : (next() * 190 - 103) / Math.log(xs[i] ?? 1));
    } else {
      xs[i] = Math.fround(i % 3 === 0 ? wide : near * 1000);
      ys[i] = Math.fround(i % 3 === 1 ? other : next() * 6 - 3);
    }
  }
  return [xs, ys];
}
