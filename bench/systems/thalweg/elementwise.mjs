/** Elementwise functions and reductions of a large resident array; the result stays too. */
import { compile, tensor } from "thalweg";
import { gelu, State, softmax, zeros } from "thalweg/nn";
import { many, meanMagnitude, values32 } from "../../values.mjs";

/** @param {string} workload */
export function prepare(workload) {
  const shape = workload === "softmax_4096x1024" ? [4096, 1024] : [many];
  const x = new State(shape, zeros(), { dtype: "float32" });
  // A sum of what is around zero would be all rounding.
  x.assign(tensor(values32(many, 1, workload === "sum_4M" ? 1 : 6)).reshape(shape));
  if (workload === "sum_4M") x.assign(x.value.add(0.5));
  const y = new State(workload === "sum_4M" ? [] : shape, zeros(), { dtype: "float32" });
  const call = compile(() => {
    y.assign(apply(workload, x.value));
  });
  return { call, check: () => meanMagnitude(y.value.data()) };
}

/** @param {string} workload @param {import("thalweg").Tensor} x */
function apply(workload, x) {
  switch (workload) {
    case "gelu_4M":
      return gelu(x);
    case "sum_4M":
      return x.sum();
    case "softmax_4096x1024":
      return softmax(x);
    default:
      throw new Error(`no workload ${workload}`);
  }
}
