/** Which primitives are approximated, and which leave the sign of a zero open. */
import type { Primitive } from "../graph/primitives.js";

/** Approximated, where all else is exact or rounded correctly. */
export const elementary: ReadonlySet<Primitive> = new Set([
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
  "erf",
  "erfc",
  "sigmoid",
  "softplus",
  "pow",
  "integerPow",
  "atan2",
]);

/** Zeros of either sign count as equal where standards and processors differ on the sign. */
export const zeroSignFree: ReadonlySet<Primitive> = new Set([
  "sign",
  "relu",
  "max",
  "min",
  "reduceMax",
  "reduceMin",
  "sum",
  "cumsum",
  "matmul",
  "scatterAdd",
  "scan",
]);
