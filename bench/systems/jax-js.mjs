/** jax-js on its WebAssembly backend. Its arrays have owners: an argument is used up unless it is passed as `.ref`. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { batchOf, comparedSteps, many, meanMagnitude, networks, values, values32, weightsOf } from "../values.mjs";

/** @typedef {import("@jax-js/jax")} Jax */
/** @typedef {import("@jax-js/jax").Array} JaxArray */

/** @param {string} workload @param {number} threads */
export async function prepare(workload, threads) {
  if (threads !== 1) return undefined;
  const jax = await import("@jax-js/jax");
  await jax.init("wasm");
  jax.defaultDevice("wasm");
  const prepared = workloadOf(jax, workload);
  if (prepared === undefined) return undefined;
  const folder = dirname(createRequire(import.meta.url).resolve("@jax-js/jax"));
  const { version } = JSON.parse(readFileSync(join(folder, "../package.json"), "utf8"));
  return { version: `jax-js ${version} (wasm)`, ...prepared };
}

/** @param {Jax} jax @param {string} workload */
function workloadOf(jax, workload) {
  const { numpy: np, nn } = jax;
  if (workload.startsWith("gemm_")) {
    const [, scalar, size] = workload.split("_");
    const n = Number(size);
    const numbers = scalar === "f64" ? values : values32;
    const [a, b] = [1, 2].map((seed) => np.array(numbers(n * n, seed)).reshape([n, n]));
    const product = jax.jit((/** @type {JaxArray} */ p, /** @type {JaxArray} */ q) => np.matmul(p, q));
    return repeated(() => product(a.ref, b.ref));
  }
  switch (workload) {
    case "mlp_small_b32":
    case "mlp_large_b128":
      return network(jax, workload);
    case "gelu_4M": {
      const x = np.array(values32(many, 1, 6));
      const f = jax.jit((/** @type {JaxArray} */ v) => nn.gelu(v, { approximate: false }));
      return repeated(() => f(x.ref));
    }
    case "sum_4M": {
      const x = np.array(values32(many, 1).map((v) => v + 0.5));
      const f = jax.jit((/** @type {JaxArray} */ v) => np.sum(v));
      return repeated(() => f(x.ref));
    }
    case "softmax_4096x1024": {
      const x = np.array(values32(many, 1, 6)).reshape([4096, 1024]);
      const f = jax.jit((/** @type {JaxArray} */ v) => nn.softmax(v, 1));
      return repeated(() => f(x.ref));
    }
    default:
      return undefined;
  }
}

/** @param {() => JaxArray} make */
function repeated(make) {
  return {
    call: async () => (await make().blockUntilReady()).dispose(),
    check: () => meanMagnitude(make().dataSync()),
  };
}

/** @param {Jax} jax @param {import("../values.mjs").NetworkName} name */
function network({ numpy: np, nn, jit, valueAndGrad }, name) {
  const { widths, batch, loss, learningRate } = networks[name];
  const outputs = widths.at(-1) ?? 0;
  const { x, y } = batchOf(name);
  const input = np.array(x).reshape([batch, widths[0] ?? 0]);
  const target = loss === "crossEntropy" ? nn.oneHot(np.array(y), outputs) : np.array(y).reshape([batch, outputs]);

  /** Weights and biases in turn. @type {JaxArray[]} */
  let parameters = weightsOf(widths).flatMap((l) => [
    np.array(l.weight).reshape([l.inputs, l.outputs]),
    np.zeros([l.outputs]),
  ]);
  let first = parameters.map((p) => np.zeros(p.shape));
  let second = parameters.map((p) => np.zeros(p.shape));

  const lossOf = (/** @type {JaxArray[]} */ ps, /** @type {JaxArray} */ v, /** @type {JaxArray} */ t) => {
    let h = v;
    for (let i = 0; i < ps.length; i += 2) {
      const z = np.matmul(h, ps[i]).add(ps[i + 1]);
      h = i + 2 < ps.length ? nn.relu(z) : z;
    }
    return loss === "crossEntropy" ? np.sum(nn.logSoftmax(h, 1).mul(t)).mul(-1 / batch) : np.mean(np.square(h.sub(t)));
  };

  // Adam, with the powers of its betas as arguments.
  const step = jit((ps, ms, vs, firstPower, secondPower, v, t) => {
    const [value, gradients] = valueAndGrad(lossOf)(
      ps.map((/** @type {JaxArray} */ p) => p.ref),
      v,
      t,
    );
    const [nextPs, nextMs, nextVs] = [[], [], []];
    for (const [i, g] of gradients.entries()) {
      const m = ms[i].mul(0.9).add(g.ref.mul(0.1));
      const s = vs[i].mul(0.999).add(np.square(g).mul(0.001));
      const rate = np.sqrt(s.ref.div(secondPower.ref.mul(-1).add(1))).add(1e-8);
      nextPs.push(ps[i].sub(m.ref.div(firstPower.ref.mul(-1).add(1)).div(rate).mul(learningRate)));
      nextMs.push(m);
      nextVs.push(s);
    }
    firstPower.dispose();
    secondPower.dispose();
    return [value, nextPs, nextMs, nextVs];
  });

  let steps = 0;
  const call = () => {
    steps += 1;
    const powers = [np.array(0.9 ** steps), np.array(0.999 ** steps)];
    const [value, ...state] = step(parameters, first, second, ...powers, input.ref, target.ref);
    [parameters, first, second] = state;
    return value.dataSync()[0];
  };
  let last = Number.NaN;
  for (let i = 0; i < comparedSteps; i += 1) last = call();
  return { call, check: () => last };
}
