/**
 * What can be measured. A *rate* is measured block by block in processes that stay; a *once* is measured in a fresh process each time.
 *
 * @typedef {object} Bar
 * @property {"share" | "ratio" | "speedup" | "value"} of `share`: of the yardstick; `ratio`: how many times as fast as `peer`; `speedup`: as
 * on one thread; `value`: in the row's unit
 * @property {string} [peer]
 * @property {number} [atLeast]
 * @property {number} [atMost]
 * @property {number} [threads] holds for so many threads (default 1)
 * @property {number} [fromNode] holds from this major version of Node on
 * @property {number} [beforeNode] holds before this major version of Node
 *
 * @typedef {object} Workload
 * @property {string} name
 * @property {"rate" | "once"} kind
 * @property {string} what
 * @property {string} unit
 * @property {"call" | "seconds"} [per] what the unit counts: work per second (the default), or seconds per call
 * @property {number} scale from calls (or work) per second, or from seconds, to the unit
 * @property {number} [work] FLOP or bytes a call, as in the design's table
 * @property {boolean} [countsWork] whether the unit counts work rather than calls
 * @property {string} [yardstick] the workload whose rate of work is the most that can be had
 * @property {readonly string[]} [peers]
 * @property {readonly Bar[]} [bars]
 * @property {number} [agreement] how far results may lie apart, relative (default: what f32 needs)
 */
import { many } from "./values.mjs";

/** @type {Workload[]} */
const peaks = ["f32", "f64"].map((dtype) => ({
  name: `fma_peak_${dtype}`,
  kind: "rate",
  what: "fused multiply-adds on registers alone",
  unit: "GFLOP/s",
  scale: 1e-9,
  countsWork: true,
}));

/** @type {Workload[]} */
const products = ["f32", "f64"].flatMap((dtype) =>
  [64, 256, 1024].map((n) => ({
    name: `gemm_${dtype}_${n}`,
    kind: "rate",
    what: `C = A·B, ${n}×${n}, operands resident`,
    unit: "GFLOP/s",
    scale: 1e-9,
    work: 2 * n ** 3,
    countsWork: true,
    yardstick: `fma_peak_${dtype}`,
    peers: dtype === "f32" ? ["pytorch", "tfjs-wasm", "jax-js"] : ["pytorch", "jax-js", "ml-matrix"],
    bars:
      n === 64
        ? [{ of: "share", atLeast: 0.5 }]
        : [
            { of: "share", atLeast: 0.8, beforeNode: 24 },
            { of: "share", atLeast: 0.85, fromNode: 24 },
            ...(n === 1024 ? [/** @type {Bar} */ ({ of: "speedup", atLeast: 1.7, threads: 2 })] : []),
          ],
  })),
);

/** @type {Workload[]} */
const networks = [
  {
    name: "mlp_small_b32",
    kind: "rate",
    what: "8-64-32-1, ReLU, MSE, batch 32, Adam: whole training step",
    unit: "steps/s",
    scale: 1,
    work: 0.5e6,
    yardstick: "fma_peak_f32",
    peers: ["pytorch", "tfjs-wasm", "tfjs-core-wasm", "jax-js"],
    bars: [
      { of: "ratio", peer: "pytorch", atLeast: 9 },
      { of: "ratio", peer: "tfjs-wasm", atLeast: 70 },
    ],
  },
  {
    name: "mlp_large_b128",
    kind: "rate",
    what: "784-512-512-10, ReLU, softmax cross-entropy, batch 128, Adam: whole training step",
    unit: "steps/s",
    scale: 1,
    work: 411e6,
    yardstick: "fma_peak_f32",
    peers: ["pytorch", "tfjs-wasm", "tfjs-core-wasm", "jax-js"],
    bars: [
      { of: "share", atLeast: 0.65 },
      { of: "ratio", peer: "tfjs-wasm", atLeast: 14 },
    ],
  },
];

/** @type {Workload[]} */
const elementwise = [
  {
    name: "gelu_4M",
    kind: "rate",
    what: "GELU by the error function, f32, result resident",
    unit: "Gelem/s",
    scale: many * 1e-9,
    peers: ["pytorch", "tfjs-wasm", "jax-js"],
    bars: [{ of: "ratio", peer: "pytorch", atLeast: 0.4 }],
  },
  {
    name: "sum_4M",
    kind: "rate",
    what: "the sum of all elements, f32, result resident",
    unit: "Gelem/s",
    scale: many * 1e-9,
    work: many * 4,
    yardstick: "copy_4M",
    peers: ["pytorch", "tfjs-wasm", "jax-js"],
    bars: [{ of: "share", atLeast: 0.6 }],
  },
  {
    name: "softmax_4096x1024",
    kind: "rate",
    what: "softmax along rows, f32, result resident",
    unit: "Gelem/s",
    scale: many * 1e-9,
    peers: ["pytorch", "tfjs-wasm", "jax-js"],
  },
  {
    name: "copy_4M",
    kind: "rate",
    what: "a typed array copied, f32: bytes read and written",
    unit: "GB/s",
    scale: 1e-9,
    work: many * 8,
    countsWork: true,
  },
];

/** @type {Workload[]} */
const latencies = [
  {
    name: "compile_mlp_small",
    kind: "once",
    what: "first call of the small network's step in a fresh process: trace, compile, run",
    unit: "ms",
    per: "seconds",
    scale: 1e3,
    bars: [{ of: "value", atMost: 60 }],
  },
  {
    name: "import",
    kind: "once",
    what: "importing what the networks to compile need, in a fresh process",
    unit: "ms",
    per: "seconds",
    scale: 1e3,
    bars: [{ of: "value", atMost: 50 }],
  },
  {
    name: "import_all",
    kind: "once",
    what: "importing all public doors in a fresh process",
    unit: "ms",
    per: "seconds",
    scale: 1e3,
  },
  {
    name: "lazy_cached",
    kind: "rate",
    what: "a 10-op expression on 32×64 without compile, again",
    unit: "µs",
    per: "seconds",
    scale: 1e6,
    peers: ["pytorch", "tfjs-wasm"],
    bars: [{ of: "value", atMost: 20 }],
  },
  {
    name: "lazy_cold",
    kind: "rate",
    what: "the same with an expression that was not seen before, in a warm process",
    unit: "ms",
    per: "seconds",
    scale: 1e3,
    bars: [{ of: "value", atMost: 3 }],
  },
  {
    name: "lazy_first",
    kind: "once",
    what: "the very first expression of a fresh process",
    unit: "ms",
    per: "seconds",
    scale: 1e3,
  },
];

/** @type {Workload[]} */
const linearAlgebra = [
  { name: "svd_1000x200", what: "singular values and both sides' vectors, thin" },
  { name: "eigh_500", what: "eigenvalues and vectors of GᵀG + 500·I" },
  { name: "eig_300", what: "eigenvalues and vectors of a general matrix" },
  { name: "qr_1000x200", what: "Q and R, reduced" },
  { name: "cholesky_500", what: "the factor of GᵀG + 500·I" },
  { name: "lu_solve_500", what: "a system with one right-hand side" },
  { name: "lstsq_1000x200", what: "least squares with one right-hand side" },
].map((row) => ({
  ...row,
  kind: "rate",
  unit: "ms",
  per: "seconds",
  scale: 1e3,
  peers: ["numpy", "scipy", "ml-matrix"],
  bars: [
    { of: "ratio", peer: "numpy", atLeast: 1 / 3 },
    { of: "ratio", peer: "ml-matrix", atLeast: 10 },
  ],
  agreement: 1e-6,
}));

/** @type {Workload[]} */
const estimators = [
  { name: "ridge_20000x100", what: "ridge regression fitted, α = 1", agreement: 1e-6 },
  {
    name: "lasso_20000x100",
    what: "lasso fitted, α = 0.1, to a duality gap of 1e-8 of the mean square of y",
    agreement: 1e-6,
  },
  {
    name: "lassocv5_20000x100",
    what: "lasso's penalty chosen of 100 by 5 folds, each path to a duality gap of 1e-8 of the mean square of y",
    agreement: 1e-6,
  },
  {
    name: "logistic_20000x100",
    // The two stop by gradients of different scale; with these tolerances both end 5e-7 above the least cost of 2767.
    what: "logistic regression of two classes fitted, α = 1",
    agreement: 1e-4,
  },
  { name: "kmeans8_20000x100", what: "k-means, 20 iterations from the first 8 rows", agreement: 1e-6 },
  { name: "knn5_20000x100_q1000", what: "the 5 nearest of 20 000 rows to each of 1000", agreement: 1e-6 },
  { name: "pca_full_5000x100", what: "all principal components by the SVD", agreement: 1e-6 },
  { name: "pca_randomized10_5000x100", what: "10 components from 20 random directions, 5 powers" },
  { name: "pca_lanczos10_5000x100", what: "10 components by Lanczos's method to 1e-10", agreement: 1e-6 },
  { name: "pca_incremental10_5000x100", what: "10 components in batches of 500 rows" },
  { name: "pca_randomized10_100000x200", what: "10 components from 20 random directions, 5 powers" },
].map((row) => ({
  ...row,
  kind: "rate",
  unit: "ms",
  per: "seconds",
  scale: 1e3,
  peers: ["scikit-learn"],
  bars: [{ of: "ratio", peer: "scikit-learn", atLeast: 0.5 }],
}));

export const workloads = [
  ...peaks,
  ...products,
  ...networks,
  ...elementwise,
  ...latencies,
  ...linearAlgebra,
  ...estimators,
];

/** Rows of the design's table that wait for a part that does not exist yet. */
export const notYet = new Map([
  ["lenet_b64", "convolutions do not exist yet"],
  ["compile_lenet", "convolutions do not exist yet"],
  ["gpt_mini_b12", "attention and embeddings do not exist yet"],
  ["compile_gpt_mini", "attention and embeddings do not exist yet"],
  ["lstm_b32_t50", "recurrent layers do not exist yet"],
]);
