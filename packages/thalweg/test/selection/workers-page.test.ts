/** Searches in workers by the package's doors, as a page (or Node) loads them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { random } from "thalweg";
import { ridge } from "thalweg/linear";
import { pipeline, standardScaler } from "thalweg/preprocessing";
import { gridSearch, type SearchOptions } from "thalweg/selection";

const x = random.normal([60, 4], { key: random.key(5), dtype: "float64" });
const y = x.sum({ axis: 1 });
const search = (options: SearchOptions) =>
  gridSearch((p) => pipeline(standardScaler(), ridge(p)), { alpha: [0.1, 1, 10] }, x, y, options);

test("two workers give what is given in turn, to the bit", async () => {
  const inTurn = await search({ workers: 0 });
  const beside = await search({ workers: 2 });
  assert.deepEqual(
    beside.candidates.map(({ settings, test }) => ({ settings, test })),
    inTurn.candidates.map(({ settings, test }) => ({ settings, test })),
  );
  assert.equal(beside.execution.workers, 2, beside.execution.reason);
  assert.deepEqual(beside.model?.predict(x).data(), inTurn.model?.predict(x).data());
});

test("an abort ends it, and an error is told as it is in turn", async () => {
  const controller = new AbortController();
  const onProgress = (): void => controller.abort(new Error("enough"));
  await assert.rejects(search({ workers: 1, signal: controller.signal, onProgress }), /enough/);
  const broken = [...y.data()].map((v, i) => (i === 59 ? Number.NaN : v));
  const run = (workers: number) => gridSearch((p) => ridge(p), { alpha: [1, 2] }, x, broken, { workers });
  const message =
    /^gridSearch: settings {"alpha":1}, fold 0 .*: ridge.fit: y has NaN at position 47.*row 47 there is row 59 of the y given/;
  for (const workers of [0, 1])
    await assert.rejects(run(workers), (error: unknown) => error instanceof Error && message.test(error.message));
});

test("where there is no worker to be had it is done in turn", async () => {
  const { execution } = await search({ workers: { count: 1, url: new URL("./there-is-none.js", import.meta.url) } });
  assert.equal(execution.workers, 0);
  assert.match(execution.reason, /workers could not be started/);
});
