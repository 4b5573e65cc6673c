/** The numbers that every system computes on, so that their results can be held against each other. `systems/peer.py` has the same. */

/**
 * Numbers that look random: in [−scale / 2, scale / 2), the same on every system.
 * @param {number} count
 * @param {number} seed
 * @param {number} [scale]
 */
export function values(count, seed, scale = 1) {
  const result = new Float64Array(count);
  for (let i = 0; i < count; i += 1) {
    const v = Math.sin((i + 1) * 12.9898 + seed * 78.233) * 43758.5453;
    result[i] = (v - Math.floor(v) - 0.5) * scale;
  }
  return result;
}

/** @param {number} count @param {number} seed @param {number} [scale] */
export const values32 = (count, seed, scale = 1) => Float32Array.from(values(count, seed, scale));

/**
 * The mean of the magnitudes: one number to compare results by.
 * @param {ArrayLike<number>} array
 */
export function meanMagnitude(array) {
  let sum = 0;
  for (let i = 0; i < array.length; i += 1) sum += Math.abs(array[i] ?? Number.NaN);
  return sum / array.length;
}

/** Elements of the large arrays. */
export const many = 4096 * 1024;

/** The networks that are trained: ReLU between the layers, Adam, first weights as `weightsOf` gives them, biases 0. */
export const networks = {
  mlp_small_b32: { widths: [8, 64, 32, 1], batch: 32, loss: "meanSquaredError", learningRate: 1e-3 },
  mlp_large_b128: { widths: [784, 512, 512, 10], batch: 128, loss: "crossEntropy", learningRate: 1e-3 },
};

/** @typedef {keyof typeof networks} NetworkName */

/** Steps after which the losses of all systems are compared. */
export const comparedSteps = 10;

/**
 * Weights of shape [inputs, outputs], by row: uniform with He's variance 2 / inputs.
 * @param {readonly number[]} widths
 */
export const weightsOf = (widths) =>
  widths.slice(1).map((outputs, layer) => {
    const inputs = widths[layer] ?? 0;
    return { inputs, outputs, weight: values32(inputs * outputs, 100 + layer, 2 * Math.sqrt(6 / inputs)) };
  });

/** @param {NetworkName} name */
export function batchOf(name) {
  const { widths, batch, loss } = networks[name];
  const outputs = widths.at(-1) ?? 0;
  return {
    x: values32(batch * (widths[0] ?? 0), 1, 2),
    y:
      loss === "crossEntropy"
        ? Int32Array.from({ length: batch }, (_, i) => (i * 7) % outputs)
        : values32(batch * outputs, 2, 2),
  };
}

/**
 * Numbers as if drawn from the standard normal distribution, by Box and Muller's transform of two rows of `values`.
 * @param {number} count @param {number} seed
 */
export function gaussian(count, seed) {
  const [u, v] = [values(count, 2 * seed), values(count, 2 * seed + 1)];
  return u.map((x, i) => Math.sqrt(-2 * Math.log(0.5 - x)) * Math.cos(2 * Math.PI * (v[i] ?? 0)));
}

/** GᵀG + n·I of an n × n matrix G. @param {Float64Array} g @param {number} n */
function gram(g, n) {
  const result = new Float64Array(n * n);
  for (let k = 0; k < n; k += 1) {
    const row = g.subarray(k * n, (k + 1) * n);
    for (let i = 0; i < n; i += 1) {
      const factor = row[i] ?? 0;
      for (let j = 0; j < n; j += 1) result[i * n + j] = (result[i * n + j] ?? 0) + factor * (row[j] ?? 0);
    }
  }
  for (let i = 0; i < n; i += 1) result[i * n + i] = (result[i * n + i] ?? 0) + n;
  return result;
}

/** The matrix and the right-hand side of a row like `svd_1000x200` or `lu_solve_500`. @param {string} workload */
export function linearAlgebraOf(workload) {
  const [, kind = "", first, second = first] = /^(\w+)_(\d+)(?:x(\d+))?$/.exec(workload) ?? [];
  const [rows, columns] = [Number(first), Number(second)];
  const g = gaussian(rows * columns, 1);
  const a = kind === "eigh" || kind === "cholesky" ? gram(g, rows) : g;
  return { kind, rows, columns, a, b: gaussian(rows, 2) };
}

/** What estimators are fitted on. */
export const studied = { rows: 20000, columns: 100 };

/** Gaussian features, and targets linear in 30 % of them with noise of variance 1. */
export function design() {
  const { rows, columns } = studied;
  const x = gaussian(rows * columns, 1);
  const weights = gaussian(columns, 2).map((w, j) => (j % 10 < 3 ? w : 0));
  const y = gaussian(rows, 3).map((noise, i) =>
    weights.reduce((sum, w, j) => sum + w * (x[i * columns + j] ?? 0), noise),
  );
  return { x, y };
}

/**
 * Rows that vary along 10 directions (20 where rows are many), plus noise of deviation 0.1, of a workload like `pca_full_5000x100`.
 * @param {string} workload
 */
export function lowRank(workload) {
  const [, method = "", first, second] = /^pca_([a-z]+)\d*_(\d+)x(\d+)$/.exec(workload) ?? [];
  const [rows, columns] = [Number(first), Number(second)];
  const rank = rows > 5000 ? 20 : 10;
  const [scores, directions, x] = [gaussian(rows * rank, 1), gaussian(rank * columns, 2), gaussian(rows * columns, 3)];
  for (let i = 0; i < rows; i += 1) {
    const row = x.subarray(i * columns, (i + 1) * columns);
    for (let j = 0; j < columns; j += 1) row[j] = 0.1 * (row[j] ?? 0);
    for (let k = 0; k < rank; k += 1) {
      const score = scores[i * rank + k] ?? 0;
      for (let j = 0; j < columns; j += 1) row[j] = (row[j] ?? 0) + score * (directions[k * columns + j] ?? 0);
    }
  }
  return { method, rows, columns, x };
}
