/**
 * A program of its own: principal components of a million rows of a hundred columns that are never in memory together, and the memory they took. Prints one
 * line of JSON. Arguments: rows, columns, rows of a batch, components ("all" for all).
 */
import { incrementalPcaOf } from "../../src/decomposition/index.js";
import { tensor } from "../../src/index.js";
import type { Tensor } from "../../src/tensor/tensor.js";

const [rows = 0, columns = 0, batchRows = 0] = process.argv.slice(2, 5).map(Number);
const wanted = process.argv[5];
const components = wanted === "all" ? wanted : Number(wanted);

/** Standard deviations along the first directions, and of the noise in all. */
const deviations = [8, 5, 3, 2, 1];
const noise = 0.05;

/** Numbers of mean 0 and variance 1, uniform: xorshift32. */
let state = 123456789;
function uniform(): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return state * (Math.sqrt(3) / 2 ** 31);
}

/** Row k of the orthonormal cosine transform: the direction along which the rows have the kth deviation. */
const directions = deviations.map((_, k) =>
  Float64Array.from(
    { length: columns },
    (_unused, j) => Math.sqrt(2 / columns) * Math.cos((Math.PI * (j + 0.5) * (k + 1)) / columns),
  ),
);

let peak = 0;
const watch = (): void => {
  peak = Math.max(peak, process.memoryUsage().rss);
};
const sums = { squares: 0, columns: new Float64Array(columns) };

/** Far from the origin. */
const offset = (j: number): number => 100 + j;

function* stream(): Generator<Tensor> {
  for (let start = 0; start < rows; start += batchRows) {
    const count = Math.min(batchRows, rows - start);
    const data = new Float64Array(count * columns);
    for (let i = 0, at = 0; i < count; i += 1, at += columns) {
      for (let j = 0; j < columns; j += 1) data[at + j] = noise * uniform();
      directions.forEach((direction, k) => {
        const score = (deviations[k] ?? 0) * uniform();
        for (let j = 0; j < columns; j += 1) data[at + j] = (data[at + j] ?? 0) + score * (direction[j] ?? 0);
      });
      for (let j = 0; j < columns; j += 1) {
        const value = data[at + j] ?? 0;
        sums.squares += value * value;
        sums.columns[j] = (sums.columns[j] ?? 0) + value;
        data[at + j] = value + offset(j);
      }
    }
    watch();
    yield tensor(data, { shape: [count, columns] });
  }
}

const before = process.memoryUsage().rss;
const begun = performance.now();
const model = await incrementalPcaOf(stream(), { components });
watch();
const totalVariance = (sums.squares - sums.columns.reduce((sum, s) => sum + (s * s) / rows, 0)) / (rows - 1);
console.log(
  JSON.stringify({
    rows: model.rows,
    before,
    peak,
    milliseconds: performance.now() - begun,
    explainedVariance: [...model.explainedVariance],
    components: [...model.components],
    means: [...model.means],
    totalVariance: model.totalVariance,
    due: {
      totalVariance,
      means: Array.from(sums.columns, (s, j) => s / rows + offset(j)),
      directions: directions.map((d) => [...d]),
      variances: deviations.map((d) => d * d),
      noise: noise * noise,
    },
  }),
);
