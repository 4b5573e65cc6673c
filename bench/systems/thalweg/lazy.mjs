/** Expressions without `compile`: built, looked up or compiled, run and read. */
import { tensor } from "thalweg";
import { meanMagnitude, values32 } from "../../values.mjs";

const shape = [32, 64];

/** @param {number} seed */
function operand(seed) {
  const result = tensor(values32(32 * 64, seed, 2)).reshape(shape);
  result.data();
  return result;
}

/** @typedef {import("thalweg").Tensor} Tensor */

/** The expression of ten ops. @param {Tensor} x @param {Tensor} y */
const expression = (x, y) => x.mul(y).add(1).tanh().sub(y).mul(0.5).add(x).abs().sqrt().sub(1).maximum(y);

/** Steps from which expressions are made that were not seen before. @type {((z: Tensor, x: Tensor, y: Tensor) => Tensor)[]} */
const steps = [
  (z, x) => z.mul(x),
  (z) => z.add(1),
  (z) => z.tanh(),
  (z, _, y) => z.sub(y),
  (z) => z.abs(),
  (z) => z.relu(),
  (z, x) => z.maximum(x),
  (z) => z.square(),
  (z) => z.sigmoid(),
  (z, _, y) => z.minimum(y),
];

/**
 * Ten ops chosen by the digits of `serial`, the last digit in front, so that consecutive expressions differ everywhere.
 * @param {number} serial @param {Tensor} x @param {Tensor} y
 */
function unseen(serial, x, y) {
  let z = x;
  let rest = serial;
  for (let i = 0; i < 10; i += 1) {
    z = steps[(rest + i * 3) % steps.length]?.(z, x, y) ?? z;
    rest = i === 4 ? serial : Math.floor(rest / steps.length);
  }
  return z;
}

/** @param {string} workload */
export function prepare(workload) {
  const [x, y] = [operand(1), operand(2)];
  let serial = 0;
  switch (workload) {
    case "lazy_cached":
      return { call: () => expression(x, y).data(), check: () => meanMagnitude(expression(x, y).data()) };
    case "lazy_cold":
      return {
        call: () => {
          serial += 1;
          return unseen(serial, x, y).data();
        },
      };
    case "lazy_first":
      return {
        once: () => {
          const start = performance.now();
          expression(x, y).data();
          return (performance.now() - start) / 1000;
        },
      };
    default:
      return undefined;
  }
}
