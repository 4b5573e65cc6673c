/**
 * Transcendental functions in the loop IR: range reduction and a minimax polynomial, the same operations for scalars and vectors, so
 * the same bits. `x.type` decides precision and lanes.
 */
import type { Builder } from "../builder.js";
import type { Expr } from "../ir.js";
import { erf, erfc } from "./error-function.js";
import { exp, expm1, sigmoid } from "./exponential.js";
import { cosh, sinh, tanh } from "./hyperbolic.js";
import { acosh, asinh, atanh } from "./inverse-hyperbolic.js";
import { acos, asin, atan, atan2 } from "./inverse-trigonometric.js";
import { log, log1p, softplus } from "./logarithm.js";
import { pow } from "./power.js";
import { mod } from "./remainder.js";
import { cos, sin, tan } from "./trigonometric.js";

const unaryExpansions = {
  exp: (b: Builder, x: Expr) => exp(b, x),
  expm1,
  log,
  log1p,
  sin,
  cos,
  tan,
  asin,
  acos,
  atan,
  sinh,
  cosh,
  tanh,
  asinh,
  acosh,
  atanh,
  erf,
  erfc,
  sigmoid,
  softplus,
} satisfies Record<string, (b: Builder, x: Expr) => Expr>;

const binaryExpansions = { pow, atan2, mod } satisfies Record<string, (b: Builder, x: Expr, y: Expr) => Expr>;

export type TranscendentalOp = keyof typeof unaryExpansions;
export type TranscendentalBinaryOp = keyof typeof binaryExpansions;

export const unaryOps = Object.keys(unaryExpansions) as readonly TranscendentalOp[];
export const binaryOps = Object.keys(binaryExpansions) as readonly TranscendentalBinaryOp[];

export function isTranscendental(op: string): op is TranscendentalOp {
  return Object.hasOwn(unaryExpansions, op);
}

/** Emits what f(x) needs and returns its value. */
export function expandUnary(op: TranscendentalOp, b: Builder, x: Expr): Expr {
  return b.let(unaryExpansions[op](b, b.let(x, "x")), op);
}

/** pow(x, y), atan2(y, x) (the ordinate first), or mod(x, y) with the sign of the divisor. */
export function expandBinary(op: TranscendentalBinaryOp, b: Builder, x: Expr, y: Expr): Expr {
  return b.let(binaryExpansions[op](b, b.let(x, "x"), b.let(y, "y")), op);
}
