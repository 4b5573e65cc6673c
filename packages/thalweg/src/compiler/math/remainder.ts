/**
 * x mod y with the sign of y, x - y·⌊x/y⌋: for operands of one sign exact, otherwise the exact remainder plus y, rounded once.
 *
 * With q = trunc(x/y) rounded, x - q·y is representable: it is a multiple of ulp(q)·ulp(y) and at most y·ulp(q)/2 (and a quotient below
 * 2^digits is at most one too great). q·y is had exactly in two floats. A remainder that is still too great, or below 0, goes round again;
 * a round takes off as many bits as the format has digits.
 */
import { type Builder, binary, local, unary } from "../builder.js";
import type { Expr } from "../ir.js";
import { abs, add, choose, copysign, div, eq, filled, formatOf, ge, gt, lt, mul, sub } from "./arithmetic.js";
import { twoProduct } from "./exact.js";
import { anyLane } from "./lanes.js";

export function mod(b: Builder, x: Expr, y: Expr): Expr {
  const { type, wide } = formatOf(x.type);
  const power = wide ? 1000 : 100;
  const great = 2 ** power;
  const d = b.let(abs(y), "mod");
  const r = b.declare(type, "mod");
  b.set(r, abs(x));
  const left = (): Expr => ge(abs(local(r)), d);
  const again = b.declare({ scalar: "bool", lanes: 1 }, "again");
  b.set(again, anyLane(b, left()));
  b.while(local(again), () => {
    const divisor = b.declare(type, "mod");
    const quotient = b.declare(type, "mod");
    b.set(divisor, d);
    b.set(quotient, div(local(r), d));
    // a quotient that overflows, or nearly: by a multiple of y first
    const over = (): Expr => ge(abs(local(quotient)), great);
    b.if(anyLane(b, over()), () => {
      for (let i = 0; i < 2; i += 1) {
        b.set(divisor, choose(over(), mul(local(divisor), great), local(divisor)));
        b.set(quotient, div(local(r), local(divisor)));
      }
    });
    // near the largest number q·y could overflow: a sixteenth of everything
    const huge = b.let(gt(abs(local(r)), great), "mod");
    const scale = b.let(choose(huge, filled(x, 2 ** -4), 1), "mod");
    const q = b.let(mul(unary("trunc", local(quotient)), scale), "mod");
    const p = twoProduct(b, q, local(divisor));
    const reduced = sub(sub(mul(local(r), scale), p.high), p.low);
    const whole = mul(reduced, choose(huge, filled(x, 2 ** 4), 1));
    b.set(r, choose(left(), whole, local(r)));
    b.set(again, anyLane(b, left()));
  });
  const rest = b.let(choose(lt(local(r), 0), add(local(r), d), local(r)), "mod");
  const opposite = binary("xor", lt(x, 0), lt(y, 0));
  const turn = binary("and", opposite, unary("not", eq(rest, 0)));
  return choose(eq(y, y), copysign(choose(turn, sub(d, rest), rest), y), y);
}
