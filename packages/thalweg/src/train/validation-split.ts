/** Setting rows aside for validation. */
import { UserError } from "../base/errors.js";
import type { Tensor } from "../tensor/tensor.js";
import { countRows, pickRows, shuffledRows } from "./batches.js";

export interface Split {
  readonly train: readonly [Tensor, Tensor];
  readonly validation: readonly [Tensor, Tensor] | undefined;
}

/** `validation`: data of its own, or the fraction of the rows to set aside. */
export function splitRows(
  all: readonly [Tensor, Tensor],
  validation: number | readonly [Tensor, Tensor] | undefined,
  seed: number,
): Split {
  if (validation === undefined || validation === 0) return { train: all, validation: undefined };
  if (typeof validation !== "number") {
    countRows(validation);
    return { train: all, validation };
  }
  const rows = countRows(all);
  const held = Math.round(rows * validation);
  if (!(validation > 0 && validation < 1) || held < 1 || held >= rows) {
    throw new UserError(
      `fit: a validation fraction of ${validation} of ${rows} rows leaves ${held} and ${rows - held}; both parts need rows`,
    );
  }
  // An order of its own, so that the split does not depend on the number of epochs.
  const order = shuffledRows(rows, seed, -1);
  const pick = (from: number, to: number): readonly [Tensor, Tensor] =>
    pickRows(all, order.slice(from, to).sort()) as [Tensor, Tensor];
  return { train: pick(held, rows), validation: pick(0, held) };
}
