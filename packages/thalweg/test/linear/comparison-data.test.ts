/** `compareLinearSolvers` on real data: THALWEG_DATA. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compareLinearSolvers, type LinearSolverComparison } from "../../src/linear/index.js";
import { california, cancer, diabetes, needsData, wine } from "../agreement/sets.js";

const solver = (comparison: LinearSolverComparison, name: string) => comparison.entries.find((e) => e.solver === name);

function allAgree(comparison: LinearSolverComparison, tolerance: number): void {
  const due = solver(comparison, "qr")?.trainError ?? Number.NaN;
  for (const name of ["normal equations", "pivoted qr", "svd", "conjugate gradient"]) {
    const found = solver(comparison, name);
    assert.ok(
      Math.abs((found?.trainError ?? Number.NaN) / due - 1) <= tolerance,
      `${name}: ${found?.trainError}, ${due}`,
    );
  }
}

test("California Housing: units make the condition", needsData, async () => {
  const { x, y } = california();
  const plain = await compareLinearSolvers(x, y);
  const { facts } = plain;
  assert.deepEqual(
    [facts.rows, facts.columns, facts.trainRows, facts.testRows, facts.rank],
    [20640, 8, 16512, 4128, 8],
  );
  assert.ok(facts.condition.solved > 5e3 && facts.condition.scaled < 10);
  assert.ok(plain.remarks.some((r) => /units alone raise the condition/.test(r)));
  allAgree(plain, 1e-9);
  // latitude and longitude
  assert.ok((facts.varianceInflation[6] ?? 0) > 9 && (facts.varianceInflation[7] ?? 0) > 8);
  assert.ok(plain.final.trainR2 > 0.6 && (plain.final.testR2 ?? 0) > 0.55);
  const scaled = await compareLinearSolvers(x, y, { standardize: true });
  assert.ok(Math.abs(scaled.facts.condition.solved - facts.condition.scaled) < 1e-6);
  const gained = (name: string): number =>
    (solver(scaled, name)?.digitsTrusted ?? 0) - (solver(plain, name)?.digitsTrusted ?? 0);
  assert.ok(gained("normal equations") > 4 && gained("qr") > 2);
});

test("diabetes, wine, breast cancer", needsData, async () => {
  const [sugar, bottles, tumours] = [diabetes(), wine(), cancer()];
  const first = await compareLinearSolvers(sugar.x, sugar.y, { test: 0 });
  // variance inflation of the blood serum columns: 59.2, 39.2, 15.4 by regression of each on the others
  assert.deepEqual(
    [4, 5, 6].map((j) => Math.round(10 * (first.facts.varianceInflation[j] ?? 0)) / 10),
    [59.2, 39.2, 15.4],
  );
  assert.ok(first.facts.collinearGroups.some((g) => [4, 5, 8].every((j) => g.columns.includes(j))));
  allAgree(first, 1e-9);
  const second = await compareLinearSolvers(bottles.x, bottles.y, { test: 0 });
  assert.deepEqual(second.facts.collinearGroups, []);
  allAgree(second, 1e-6);
  const third = await compareLinearSolvers(tumours.x, tumours.y);
  // radius, perimeter and area
  assert.equal(third.facts.collinearGroups.length, 2);
  assert.ok(third.facts.collinearGroups.some((g) => [0, 2, 3].every((j) => g.columns.includes(j))));
  // and their standard errors
  assert.deepEqual(third.facts.collinearGroups[1]?.columns, [10, 12, 13]);
  assert.ok((solver(third, "normal equations")?.digitsTrusted ?? 9) < 6);
  allAgree(third, 1e-5);
  assert.ok((third.final.testError ?? 1) <= (solver(third, "qr")?.testError ?? 0) * 1.05);
});
