/** Powers of a square matrix by repeated squaring. */
import { UserError } from "../base/errors.js";
import { eye } from "../tensor/creation.js";
import type { Tensor } from "../tensor/tensor.js";
import { type Numbers, toSquare } from "./arguments.js";
import { inverseFor } from "./inverse.js";

const inverse = inverseFor("matrixPower", "Negative powers do not exist");

/**
 * Aⁿ for a whole number n, in about 1.5·log₂|n| products; A⁰ is the identity, negative powers are those of the inverse. Differentiable.
 *
 * @throws NumericalError (singular) for a negative power of a singular matrix.
 */
export function matrixPower(a: Numbers, exponent: number): Tensor {
  const t = toSquare("matrixPower", a);
  if (!Number.isSafeInteger(exponent))
    throw new UserError(`matrixPower: the exponent must be a whole number, got ${exponent}`);
  let square = exponent < 0 ? inverse(t) : t;
  let result: Tensor | undefined;
  for (let left = Math.abs(exponent); left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = result === undefined ? square : result.matmul(square);
    if (left > 1) square = square.matmul(square);
  }
  return result ?? eye(t.shape[0] ?? 0, { dtype: t.dtype });
}
