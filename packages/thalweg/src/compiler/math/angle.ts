/**
 * Angles modulo π/2: x = k·π/2 + r, |r| ≤ π/4 (and a little), with r in two floats, accurate to about an ulp of its low part.
 *
 * Up to k = 2¹² (f32) or 2²⁰ (f64): Cody and Waite's reduction; π/2 is cut into parts whose products with k are exact, and the rounding
 * error of each subtraction from the second on is kept (in the others there is none).
 *
 * Beyond, in a branch that is taken when any lane needs it: Payne and Hanek, "Radian reduction for trigonometric functions", SIGNUM
 * Newsletter 18 (1983). Of x·2/π only the bits below 4 matter, so with x = m·2ᴱ the bits of 2/π before 2^(2-E) are skipped, and 192 bits of
 * it times m leave 126 bits of fraction; the nearest a double comes to a multiple of π/2 is about 2⁻⁶¹. It runs lane by lane in f64 and
 * i64 scalars, also for f32.
 */
import { type Builder, binary, bitcast, cast, constant, int, lane, local, select, withLane } from "../builder.js";
import { type Expr, f64, i64, type Local } from "../ir.js";
import {
  abs,
  add,
  and,
  bitsOf,
  choose,
  eq,
  formatOf,
  lt,
  mul,
  mulAdd,
  neg,
  or,
  shiftLeft,
  shiftRight,
  sub,
} from "./arithmetic.js";
import { halfPiParts, twoOverPiWords } from "./coefficients.js";
import { fastTwoSum, twoProduct } from "./exact.js";
import { anyLane, rotateLanes } from "./lanes.js";

export interface Angle {
  /** Its two lowest bits hold k modulo 4. */
  readonly n: Expr;
  readonly r: Expr;
  readonly low: Expr;
}

function product(a: Expr, b: Expr): Expr {
  return binary("mul", a, b);
}

function wide(value: bigint): Expr {
  return constant(i64, BigInt.asIntN(64, value));
}

const low32 = 0xffffffffn;

/** The upper 64 bits of an unsigned 128-bit product. */
function mulHigh(b: Builder, x: Expr, y: Expr): Expr {
  const x0 = b.let(and(x, wide(low32)), "mul");
  const x1 = b.let(shiftRight(x, 32), "mul");
  const y0 = b.let(and(y, wide(low32)), "mul");
  const y1 = b.let(shiftRight(y, 32), "mul");
  const cross = b.let(add(product(x1, y0), shiftRight(product(x0, y0), 32)), "mul");
  const other = add(product(x0, y1), and(cross, wide(low32)));
  return add(add(product(x1, y1), shiftRight(cross, 32)), shiftRight(b.let(other, "mul"), 32));
}

/** 64 bits from `high` ‖ `next`, after skipping `count` < 64. */
function window(high: Expr, next: Expr, count: Expr): Expr {
  const rest = binary("shrU", shiftRight(next, 1), binary("sub", int(63), count));
  return or(binary("shl", high, count), rest);
}

/** Reduces a finite x ≥ 2¹², a scalar f64. The low bits of n are right also for ∞ and NaN, where r is NaN. */
function reduceLarge(b: Builder, x: Expr): Angle {
  const bits = b.let(bitcast(i64, x), "large");
  const m = b.let(or(and(bits, wide((1n << 52n) - 1n)), wide(1n << 52n)), "large");
  // E + 62 bits are skipped of 64 zeros ‖ 2/π
  const skip = b.let(binary("sub", cast({ scalar: "i32", lanes: 1 }, shiftRight(bits, 52)), int(1075 - 62)), "skip");
  const count = b.let(binary("and", skip, int(63)), "skip");
  const first = b.let(binary("shrU", skip, int(6)), "skip");

  // four words of the table from `first` on, each found by comparing: there is no memory to keep a table in
  const words: Local[] = [0, 1, 2, 3].map(() => b.declare(i64, "word"));
  const [w0, w1, w2, w3] = words.map(local);
  if (w0 === undefined || w1 === undefined || w2 === undefined || w3 === undefined) throw new TypeError("four words");
  for (const w of words) b.set(w, wide(0n));
  b.for(first, binary("add", first, int(4)), int(1), (i) => {
    let word = wide(0n);
    twoOverPiWords.forEach((value, at) => {
      word = select(eq(i, int(at + 1)), wide(value), word);
    });
    const found = b.let(word, "word");
    words.forEach((w, at) => {
      const next = words[at + 1];
      b.set(w, next === undefined ? found : local(next));
    });
  });
  const high = b.let(window(w0, w1, count), "window");
  const middle = b.let(window(w1, w2, count), "window");
  const lowest = b.let(window(w2, w3, count), "window");

  // m·(high ‖ middle ‖ lowest) modulo 2¹⁹², without its last 64 bits
  const lower = b.let(product(m, middle), "fraction");
  const low = b.let(add(lower, mulHigh(b, m, lowest)), "fraction");
  const carry = cast(i64, binary("ltU", low, lower));
  const top = b.let(add(add(product(m, high), mulHigh(b, m, middle)), carry), "fraction");
  const n = b.let(shiftRight(add(top, wide(1n << 61n)), 62), "quadrant");
  const signed = b.let(sub(top, shiftLeft(n, 62)), "fraction");

  const part = (v: Expr, exponent: number): Expr => mul(cast(f64, v), 2 ** exponent);
  const upper = fastTwoSum(
    b,
    b.let(part(binary("shrS", signed, int(32)), -30), "fraction"),
    b.let(part(and(signed, wide(low32)), -62), "fraction"),
  );
  const rest = add(part(shiftRight(low, 32), -94), part(and(low, wide(low32)), -126));
  const fraction = fastTwoSum(b, upper.high, b.let(add(upper.low, rest), "fraction"));

  const halfPi = halfPiInTwo();
  const p = twoProduct(b, fraction.high, constant(f64, halfPi.high));
  const correction = mulAdd(fraction.high, halfPi.low, mulAdd(fraction.low, halfPi.high, p.low));
  const r = fastTwoSum(b, p.high, b.let(correction, "angle"));
  const finite = b.let(lt(x, Number.POSITIVE_INFINITY), "finite");
  return {
    n,
    r: b.let(choose(finite, r.high, Number.NaN), "angle"),
    low: b.let(choose(finite, r.low, Number.NaN), "angle"),
  };
}

/** π/2 rounded to a double, and what is missing. */
function halfPiInTwo(): { high: number; low: number } {
  const [a = 0, c = 0, d = 0] = halfPiParts.f64;
  const high = a + c;
  return { high, low: c - (high - a) + d };
}

export function reduceAngle(b: Builder, x: Expr): Angle {
  const format = formatOf(x.type);
  const parts = format.wide ? halfPiParts.f64 : halfPiParts.f32;
  const [second = 0, third = 0, last = 0] = parts.slice(-3);
  const shifted = b.let(mulAdd(x, 2 / Math.PI, format.magic), "angle");
  const k = b.let(sub(shifted, format.magic), "angle");
  let r0 = x;
  for (const part of parts.slice(0, -3)) r0 = b.let(mulAdd(k, -part, r0), "angle");
  const r1 = b.let(mulAdd(k, -second, r0), "angle");
  const lost1 = b.let(mulAdd(k, -second, sub(r0, r1)), "angle");
  const r2 = b.let(mulAdd(k, -third, r1), "angle");
  const lost2 = mulAdd(k, -third, sub(r1, r2));
  const rest = b.let(mulAdd(k, -last, add(lost1, lost2)), "angle");

  const n = b.declare(format.integer, "quadrant");
  const r = b.declare(format.type, "angle");
  const low = b.declare(format.type, "angle");
  b.set(n, bitsOf(format, shifted));
  b.set(r, add(r2, rest));
  b.set(low, add(sub(r2, local(r)), rest));

  const limit = format.wide ? 2 ** 20 * 1.5 : 2 ** 12 * 1.5;
  const small = b.let(lt(abs(x), limit), "small");
  b.if(anyLane(b, { kind: "unary", type: small.type, op: "not", a: small }), () => {
    const turning = b.declare(format.type, "large");
    b.set(turning, x);
    b.for(int(0), int(format.type.lanes), int(1), () => {
      const one = b.let(lane(local(turning), 0), "large");
      const size = b.let(abs(one), "large");
      b.if({ kind: "unary", type: { scalar: "bool", lanes: 1 }, op: "not", a: lt(size, limit) }, () => {
        const angle = reduceLarge(b, b.let(cast(f64, size), "large"));
        const negative = b.let(lt(one, 0), "large");
        const narrow = { ...format.type, lanes: 1 };
        const signedR = b.let(choose(negative, neg(angle.r), angle.r), "large");
        const signedLow = choose(negative, neg(angle.low), angle.low);
        const signedN = b.let(choose(negative, sub(wide(0n), angle.n), angle.n), "large");
        const head = b.let(cast(narrow, signedR), "large");
        const tail = format.wide ? signedLow : cast(narrow, sub(signedR, cast(f64, head)));
        replaceFirst(b, r, head);
        replaceFirst(b, low, tail);
        replaceFirst(b, n, format.wide ? signedN : cast({ scalar: "i32", lanes: 1 }, signedN));
      });
      for (const v of [turning, r, low, n]) if (v.type.lanes > 1) b.set(v, rotateLanes(local(v)));
    });
  });
  return { n: local(n), r: local(r), low: local(low) };
}

function replaceFirst(b: Builder, v: Local, value: Expr): void {
  b.set(v, v.type.lanes === 1 ? value : withLane(local(v), 0, value));
}
