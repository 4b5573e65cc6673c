/** Matrix products on resident operands: states of no module, so that nothing is copied in or out. */
import { compile, tensor } from "thalweg";
import { State, zeros } from "thalweg/nn";
import { meanMagnitude, values } from "../../values.mjs";

/** @param {string} workload */
export function prepare(workload) {
  const [, scalar, size] = workload.split("_");
  const n = Number(size);
  const dtype = scalar === "f64" ? "float64" : "float32";
  /** @param {number} seed */
  const operand = (seed) => {
    const state = new State([n, n], zeros(), { dtype });
    state.assign(tensor(values(n * n, seed)).reshape([n, n]));
    return state;
  };
  const [a, b, c] = [operand(1), operand(2), new State([n, n], zeros(), { dtype })];
  const call = compile(() => {
    c.assign(a.value.matmul(b.value));
  });
  return { call, check: () => meanMagnitude(c.value.data()) };
}
