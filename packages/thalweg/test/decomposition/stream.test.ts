/** A stream of a million rows of a hundred columns, never whole in memory, in a process of its own whose memory is watched; the comparison as a user runs it. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const megabyte = 1e6;

interface Outcome {
  readonly rows: number;
  readonly before: number;
  readonly peak: number;
  readonly milliseconds: number;
  readonly explainedVariance: number[];
  readonly components: number[];
  readonly means: number[];
  readonly totalVariance: number;
  readonly due: {
    readonly totalVariance: number;
    readonly means: number[];
    readonly directions: number[][];
    readonly variances: number[];
    readonly noise: number;
  };
}

test("10⁶ × 100 through incremental PCA: resident memory, subspace, variances", async () => {
  const program = fileURLToPath(new URL("stream-of-rows.js", import.meta.url));
  const [rows, columns] = [1_000_000, 100];
  const { stdout } = await run(process.execPath, [program, `${rows}`, `${columns}`, "1000", "all"], {
    maxBuffer: 16 * megabyte,
  });
  const { due, ...found } = JSON.parse(stdout) as Outcome;
  const [grown, whole] = [(found.peak - found.before) / megabyte, (rows * columns * 8) / megabyte];
  const told = `${Math.round(found.peak / megabyte)} MB resident, ${Math.round(grown)} MB of them by the stream of ${whole} MB`;
  assert.ok(found.peak <= 300 * megabyte, told);
  assert.equal(found.rows, rows);
  assert.ok(Math.abs(found.totalVariance / due.totalVariance - 1) <= 1e-10, `variance ${found.totalVariance}`);
  due.means.forEach((mean, j) => {
    assert.ok(Math.abs((found.means[j] ?? 0) - mean) <= 1e-10, `mean of column ${j}`);
  });
  const component = (k: number): number[] => found.components.slice(k * columns, (k + 1) * columns);
  // Off by about √columns · noise / (deviation · √rows) = 5e-4, and less where the deviation is larger.
  due.directions.forEach((direction, d) => {
    const inside = due.directions
      .map((_, k) => component(k).reduce((sum, v, j) => sum + v * (direction[j] ?? 0), 0))
      .reduce((sum, c) => sum + c * c, 0);
    assert.ok(Math.sqrt(Math.max(0, 1 - inside)) <= 1.5e-3, `direction ${d} is ${Math.sqrt(1 - inside)} off`);
  });
  found.explainedVariance.forEach((variance, k) => {
    const expected = (due.variances[k] ?? 0) + due.noise;
    // The outermost of 95 equal ones lie about 2√(95 / rows) from their mean.
    const share = k < due.variances.length ? 5e-3 : 0.03;
    assert.ok(Math.abs(variance / expected - 1) <= share, `variance ${k}: ${variance} where ${expected} is due`);
  });
});

test("comparePca on 5000 × 100 by the package's own door", async () => {
  const source = `
    import { random } from "thalweg";
    import { comparePca } from "thalweg/decomposition";
    const x = random.normal([5000, 10], { seed: 1, dtype: "float64" })
      .matmul(random.normal([10, 100], { seed: 2, dtype: "float64" }))
      .add(random.normal([5000, 100], { seed: 3, dtype: "float64" }).mul(0.2));
    const comparison = comparePca(x);
    console.log(String(comparison));
    console.log(JSON.stringify(comparison.entries.map(({ algorithm, angles, varianceKept, milliseconds, bytes, converged }) =>
      ({ algorithm, angle: angles.at(-1), varianceKept, milliseconds, bytes, converged }))));
  `;
  const cwd = fileURLToPath(new URL("../../..", import.meta.url));
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", source], { cwd });
  const lines = stdout.trim().split("\n");
  assert.match(lines[0] ?? "", /10 components of 5000 rows of 100 columns/);
  assert.equal(lines.length, 9, stdout);
  const entries = JSON.parse(lines.at(-1) ?? "") as {
    readonly algorithm: string;
    readonly angle: number;
    readonly varianceKept: number;
    readonly milliseconds: number;
    readonly bytes: number;
    readonly converged: boolean;
  }[];
  assert.deepEqual(
    entries.map((e) => e.algorithm),
    ["full", "covariance", "randomized", "lanczos", "subspace", "incremental"],
  );
  const kept = entries[0]?.varianceKept ?? 0;
  assert.ok(kept > 0.9 && kept < 1, `${kept} kept`);
  for (const { algorithm, angle, varianceKept, milliseconds, bytes, converged } of entries) {
    const rough = algorithm === "incremental";
    assert.ok(converged && milliseconds > 0 && bytes >= 8 * 5000 * 100, stdout);
    assert.ok(Math.abs(varianceKept - kept) <= (rough ? 1e-5 : 1e-10), stdout);
    assert.ok(angle <= (rough ? 2e-2 : 1e-8), stdout);
  }
});
