/** The inverse of a distribution function, by bracketing and bisection with secant steps (Dekker's method with Illinois weights). */
import { NumericalError } from "../base/errors.js";

/**
 * x with f(x) = 0 for an ascending f that changes sign between `low` and `high`, to the last bits of x.
 */
export function ascendingRoot(f: (x: number) => number, low: number, high: number): number {
  let [a, b] = [low, high];
  let [fa, fb] = [f(a), f(b)];
  if (fa === 0) return a;
  if (fb === 0) return b;
  if (fa > 0 || fb < 0) throw new NumericalError("the root is not in the bracket", { low, high });
  for (let step = 0; step < 400; step += 1) {
    if (b - a <= 2 ** -52 * Math.max(Math.abs(a), Math.abs(b))) break;
    const secant = b - (fb * (b - a)) / (fb - fa);
    // Every third step halves the bracket, so that it always shrinks.
    const inside = step % 3 !== 2 && secant > a && secant < b;
    const x = inside ? secant : a + (b - a) / 2;
    if (x === a || x === b) break;
    const fx = f(x);
    if (fx === 0) return x;
    if (fx < 0) {
      [a, fa] = [x, fx];
      if (inside) fb /= 2;
    } else {
      [b, fb] = [x, fx];
      if (inside) fa /= 2;
    }
  }
  return a + (b - a) / 2;
}
