/** Work on single lanes of a vector. */
import { type Builder, binary, lane, shuffle } from "../builder.js";
import type { Expr } from "../ir.js";

function rotation(lanes: number, by: number): readonly number[] {
  return Array.from({ length: lanes }, (_, i) => (i + by) % lanes);
}

/** Each lane takes the value of the next; the last that of the first. */
export function rotateLanes(v: Expr): Expr {
  return v.type.lanes === 1 ? v : shuffle(v, v, rotation(v.type.lanes, 1));
}

/** Is any lane of a mask set? */
export function anyLane(b: Builder, mask: Expr): Expr {
  let m = mask;
  for (let half = m.type.lanes >> 1; half >= 1; half >>= 1) {
    const whole = b.let(m, "any");
    m = binary("or", whole, shuffle(whole, whole, rotation(whole.type.lanes, half)));
  }
  return mask.type.lanes === 1 ? mask : lane(m, 0);
}
