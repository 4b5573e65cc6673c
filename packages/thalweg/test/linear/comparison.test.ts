/** What `compareLinearSolvers` finds and says, against exact solutions and NumPy: tools/reference/linear_comparison.py. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { collinearRegression, type Table } from "../../src/data/index.js";
import { random } from "../../src/index.js";
import { withSingularValues } from "../../src/linalg/index.js";
import {
  compareLinearSolvers,
  type LinearComparisonOptions,
  type LinearSolverComparison,
  linearRegression,
  ridge,
  type SolverEntry,
} from "../../src/linear/index.js";
import { pipeline, standardScaler } from "../../src/preprocessing/index.js";
import { crossValidate, kFold } from "../../src/selection/index.js";
import { close } from "../estimators/reference.js";
import references from "../references/linear-comparison.json" with { type: "json" };

interface Design {
  readonly power: number;
  readonly residual: number;
  readonly condition: number;
  readonly a: number[][];
  readonly b: number[];
  readonly x: number[];
  readonly ridge: [number, number[]][];
  readonly truncated: [number, number[]][];
}

const designs = references.designs as unknown as readonly Design[];
const whole: LinearComparisonOptions = { intercept: false, test: 0, repeats: 1 };

function entry(comparison: LinearSolverComparison, solver: string, alpha?: number): SolverEntry {
  const found = comparison.entries.find((e) => e.solver === solver && (alpha === undefined || e.alpha === alpha));
  assert.ok(found !== undefined, `${solver} ${alpha}`);
  return found;
}

const gaussian = (rows: number, columns: number, seed: number): number[][] => {
  const data = random.normal([rows, columns], { seed, dtype: "float64" }).data();
  return Array.from({ length: rows }, (_, i) =>
    Array.from({ length: columns }, (_unused, j) => Number(data[i * columns + j])),
  );
};
const sums = (rows: readonly (readonly number[])[]): number[] => rows.map((row) => row.reduce((a, b) => a + b, 0));

/** Decimal digits to which x agrees with what it should be, by norm. */
function digits(x: ArrayLike<number>, due: readonly number[]): number {
  const error = Math.hypot(...due.map((v, i) => v - (x[i] ?? Number.NaN))) / Math.hypot(...due);
  return Math.min(16, Math.max(0, -Math.log10(error)));
}

describe("digits trusted, against solutions in 80 digits", () => {
  for (const { power, residual, condition, a, b, x, ridge: penalised, truncated } of designs)
    test(`condition 1e${power}, residual ${residual}`, async () => {
      const alphas = penalised.map(([alpha]) => alpha);
      const comparison = await compareLinearSolvers(a, b, { ...whole, alphas, rank: 3 });
      if (power < 15) assert.ok(Math.abs(comparison.facts.condition.solved / condition - 1) < 0.1);
      const dueOf = ({ alpha, rank }: SolverEntry): number[] => {
        if (alpha !== undefined) return penalised.find(([p]) => p === alpha)?.[1] ?? [];
        if (rank !== undefined && rank < 5) return truncated.find(([r]) => r === rank)?.[1] ?? [];
        return x;
      };
      for (const e of comparison.entries) {
        if (e.coefficients === undefined) {
          assert.ok(e.digitsTrusted === 0 && power >= 8, `${e.label} broke down`);
          continue;
        }
        const found = digits(e.coefficients, dueOf(e));
        assert.ok(e.digitsTrusted <= found + 1, `${e.label}: ${e.digitsTrusted} promised, ${found} found`);
        assert.ok(e.digitsTrusted >= found - 2.5, `${e.label}: ${e.digitsTrusted} promised, ${found} found`);
        assert.equal(e.trustworthy, e.digitsTrusted >= 3);
      }
      const normal = entry(comparison, "normal equations");
      // twice the logarithm of the condition, and what ‖b‖/(σ₁‖x‖) adds
      if (power < 15) {
        assert.ok(normal.digitsLost >= 2 * power - 0.1 && normal.digitsLost <= 2 * power + 1, `${normal.digitsLost}`);
      }
      if (power >= 7) assert.equal(normal.trustworthy, false);
      if (condition >= 5e15) assert.ok(normal.digitsLost > 30 && /lost/.test(normal.verdict), normal.verdict);
    });

  test("a cut between singular values that are nearly equal", async () => {
    const { a, b, x } = references.close;
    const cut = entry(await compareLinearSolvers(a, b, { ...whole, rank: 3 }), "truncated svd");
    const found = digits(cut.coefficients ?? [], x);
    assert.ok(
      found < 10 && cut.digitsTrusted <= found + 1 && cut.digitsTrusted >= found - 2.5,
      `${cut.digitsTrusted}, ${found}`,
    );
  });

  test("1000 rows with a solution that is known exactly", async () => {
    // Whole numbers below 2⁵³ throughout: b = A x holds to the bit.
    const [n, p, factor] = [1000, 6, 2 ** 16];
    const small = gaussian(n, p, 5).map((row) => row.map((v) => Math.round(100 * v)));
    const x = [3, -1, 4, -1, 5, -9];
    const a = small.map(([first = 0, ...rest]) => [first, ...rest.map((v) => first * factor + v)]);
    const b = a.map((row) => row.reduce((sum, v, j) => sum + v * (x[j] ?? 0), 0));
    const comparison = await compareLinearSolvers(a, b, whole);
    for (const e of comparison.entries) {
      if (e.solver === "ridge" || e.solver === "truncated svd" || e.coefficients === undefined) continue;
      const found = digits(e.coefficients, x);
      assert.ok(e.digitsTrusted <= found + 1, `${e.label}: ${e.digitsTrusted} promised, ${found} found`);
      assert.ok(e.digitsTrusted >= found - 3, `${e.label}: ${e.digitsTrusted} promised, ${found} found`);
    }
  });
});

test("a condition of 1e16 and more: normal equations are untrustworthy, and the table says how many digits are lost", async () => {
  for (const power of [16, 17, 20]) {
    const values = Array.from({ length: 12 }, (_, i) => 10 ** ((-power * i) / 11));
    const a = withSingularValues(values, 100, 12, power);
    const y = a.sum({ axis: 1 }).add(random.normal([100], { seed: 1, dtype: "float64" }).mul(0.01));
    for (const intercept of [true, false])
      for (const standardize of [true, false]) {
        const comparison = await compareLinearSolvers(a, y, { intercept, standardize, repeats: 1 });
        const { condition, rank } = comparison.facts;
        assert.ok(condition.solved > 1e15 && rank < 12, `${condition.solved}, rank ${rank}`);
        const normal = entry(comparison, "normal equations");
        assert.ok(!normal.trustworthy && normal.digitsTrusted === 0 && normal.digitsLost > 29, normal.verdict);
        assert.match(normal.verdict, /\d\d\.\d digits are lost where there are 16\.0.*squared/);
        assert.equal(entry(comparison, "qr").trustworthy, false);
        const truncated = entry(comparison, "truncated svd");
        assert.ok(truncated.trustworthy && (truncated.rank ?? 12) < 12, truncated.verdict);
        const text = `${comparison}`;
        for (const due of ["singular to working precision", normal.verdict, truncated.label])
          assert.ok(text.includes(due), text);
      }
  }
});

describe("the 100 × 50 design of the first source", () => {
  const { x, y, condition, leastSquares, rank40, ridge: penalised, varianceInflation } = references.source;

  test("residuals, norms, condition and variance inflation as NumPy has them", async () => {
    const alphas = penalised.map(([alpha]) => Number(alpha));
    const comparison = await compareLinearSolvers(x, y, { ...whole, alphas, rank: 40 });
    assert.ok(Math.abs(comparison.facts.condition.given / condition - 1) < 1e-10);
    assert.equal(comparison.facts.condition.solved, comparison.facts.condition.given);
    const check = (e: SolverEntry, due: { residual: number; norm: number }, tolerance: number): void => {
      close((e.trainError ?? 0) * Math.sqrt(y.length), due.residual, tolerance, `${e.label}: residual`);
      close(e.norm, due.norm, tolerance, `${e.label}: norm`);
      assert.equal(e.nonZeros, 50);
    };
    for (const solver of ["normal equations", "qr", "pivoted qr", "svd", "conjugate gradient"])
      check(entry(comparison, solver), leastSquares, 1e-6);
    check(entry(comparison, "truncated svd"), rank40, 1e-10);
    for (const [alpha, due] of penalised as [number, { residual: number; norm: number }][])
      check(entry(comparison, "ridge", alpha), due, 1e-10);
    const centred = await compareLinearSolvers(x, y, { test: 0, repeats: 1 });
    close(centred.facts.varianceInflation, varianceInflation, 1e-8, "variance inflation");
    assert.deepEqual(
      centred.facts.collinearGroups.map((g) => g.columns),
      [0, 1, 2, 3, 4].map((k) => Array.from({ length: 10 }, (_, i) => k + 5 * i)),
    );
  });

  test("a penalty helps, digits shrink by twice the condition, CG converges", async () => {
    const comparison = await compareLinearSolvers(x, y, { test: 0.3 });
    const [normal, qr, cg] = (["normal equations", "qr", "conjugate gradient"] as const).map((s) =>
      entry(comparison, s),
    );
    assert.deepEqual([comparison.facts.trainRows, comparison.facts.testRows], [70, 30]);
    assert.ok((comparison.final.testError ?? 9) < 0.8 * (qr?.testError ?? 0), "ridge against least squares");
    assert.ok((qr?.digitsTrusted ?? 0) - (normal?.digitsTrusted ?? 0) > 2);
    assert.ok((cg?.history.length ?? 0) > 20 && (cg?.history.at(-1) ?? 1) <= 1e-10);
    const { crossValidation, coefficients, convergence, predictions } = comparison.plots;
    assert.deepEqual([crossValidation.values.length, crossValidation.means.length], [33, 33]);
    assert.deepEqual(
      coefficients.series.map((s) => s.values.length),
      [50, 50, 50, 50, 50],
    );
    assert.deepEqual(convergence, cg?.history);
    assert.deepEqual([predictions.part, predictions.actual.length, predictions.predicted.length], ["test", 30, 30]);
    assert.ok(predictions.actual.every((v) => v >= predictions.range[0] && v <= predictions.range[1]));
    // the seed decides the division, and nothing else is random
    const again = await compareLinearSolvers(x, y, { test: 0.3 });
    assert.deepEqual(again.final, comparison.final);
    const other = await compareLinearSolvers(x, y, { test: 0.3, seed: 7 });
    assert.notEqual(other.final.testError, comparison.final.testError);
  });
});

test("the generated design is as ill-conditioned as is asked for", async () => {
  const split = (table: Table): { x: Table; y: number[] } => {
    const y = table.columns.at(-1);
    assert.ok(y?.kind === "number");
    return { x: table.drop(["y"]), y: Array.from(y.values) };
  };
  for (const [spread, least, most] of [
    [0.01, 3e2, 1e4],
    [1e-7, 3e7, 1e9],
    [1e-16, 1e15, Number.POSITIVE_INFINITY],
  ] as const) {
    const { x, y } = split(collinearRegression({ spread }));
    const { facts, entries, remarks } = await compareLinearSolvers(x, y, { repeats: 1 });
    assert.deepEqual([facts.rows, facts.columns, facts.names[49]], [100, 50, "x50"]);
    assert.ok(facts.condition.solved > least && facts.condition.solved <= most, `${spread}: ${facts.condition.solved}`);
    assert.deepEqual(facts.collinearGroups[0]?.names.slice(0, 2), ["x1", "x6"]);
    assert.equal(facts.collinearGroups.length, 5);
    assert.equal(entries[0]?.trustworthy, spread === 0.01, entries[0]?.verdict);
    if (spread === 1e-16) assert.ok(remarks.some((r) => /depend on each other/.test(r)));
  }
  assert.throws(() => collinearRegression({ copies: 0 }), /copies must be a whole number ≥ 1/);
});

describe("the penalty by cross-validation", () => {
  const x = gaussian(60, 8, 3).map((row) => row.map((v, j) => v * 10 ** (j / 4) + j));
  const y = sums(x).map((v, i) => v + 3 * Math.sin(7 * i));
  const sampleWeight = y.map((_, i) => 0.5 + (i % 3));
  const alphas = [1e-3, 1, 30, 1e4];

  test("is that of fitting each penalty on each fold", async () => {
    for (const standardize of [false, true]) {
      const comparison = await compareLinearSolvers(x, y, { test: 0, alphas, standardize, folds: 4, seed: 3 });
      const folds = kFold({ folds: 4, shuffle: true, seed: 3 });
      const scores = { error: "negativeMeanSquaredError" } as const;
      assert.deepEqual(comparison.penalties.values, alphas.toReversed());
      for (const [k, alpha] of alphas.toReversed().entries()) {
        const model = standardize ? pipeline(standardScaler(), ridge({ alpha })) : ridge({ alpha });
        const { test: found } = await crossValidate(model, x, y, { folds, scores });
        const values = Object.values(found)[0]?.values ?? [];
        const mean = -values.reduce((a, b) => a + b, 0) / 4;
        close(comparison.penalties.means[k], mean, 1e-10, `α = ${alpha}`);
        const spread = Math.sqrt(values.reduce((s, v) => s + (v + mean) ** 2, 0) / 3 / 4);
        close(comparison.penalties.standardErrors[k], spread, 1e-8);
      }
      const least = Math.min(...comparison.penalties.means);
      assert.equal(comparison.final.alpha, comparison.penalties.values[comparison.penalties.means.indexOf(least)]);
      assert.equal(comparison.ranks.values.length, 8);
      // all directions are least squares
      const { test: plain } = await crossValidate(linearRegression(), x, y, { folds, scores });
      close(-(comparison.ranks.means[7] ?? 0), Object.values(plain)[0]?.mean, 1e-9);
    }
  });

  test("the simplest choice within one standard error of the least", async () => {
    const { x, y } = references.source;
    const least = await compareLinearSolvers(x, y, { repeats: 1 });
    const simple = await compareLinearSolvers(x, y, { repeats: 1, rule: "one standard error" });
    for (const key of ["penalties", "ranks"] as const) {
      const [p, q] = [least[key], simple[key]];
      assert.deepEqual([p.means, p.best, p.simplest], [q.means, q.best, q.simplest]);
      assert.deepEqual([p.chosen, q.chosen], [p.best, p.simplest]);
      const at = p.values.indexOf(p.best);
      const good = p.values.filter((_, k) => (p.means[k] ?? 0) <= (p.means[at] ?? 0) + (p.standardErrors[at] ?? 0));
      assert.equal(p.simplest, key === "ranks" ? Math.min(...good) : Math.max(...good));
    }
    assert.equal(simple.final.alpha, simple.penalties.simplest);
    assert.equal(entry(simple, "truncated svd").rank, 5);
  });

  test("fits and weights as the estimators do", async () => {
    const comparison = await compareLinearSolvers(x, y, { test: 0, alphas, sampleWeight });
    for (const alpha of alphas) {
      const due = ridge({ alpha }).fit(x, y, { sampleWeight });
      const found = entry(comparison, "ridge", alpha);
      close(found.coefficients, due.coefficients, 1e-10);
      close(found.intercept, due.intercepts[0], 1e-9);
    }
    const plain = linearRegression().fit(x, y, { sampleWeight });
    for (const solver of ["normal equations", "qr", "pivoted qr", "svd"])
      close(entry(comparison, solver).coefficients, plain.coefficients, 1e-9, solver);
    close(
      comparison.final.trainR2,
      ridge({ alpha: comparison.final.alpha }).fit(x, y, { sampleWeight }).score(x, y, { sampleWeight }),
      1e-10,
    );
    const standard = await compareLinearSolvers(x, y, { test: 0, alphas, standardize: true });
    const due = linearRegression().fit(x, y);
    close(entry(standard, "qr").coefficients, due.coefficients, 1e-9, "standardised and back");
    close(entry(standard, "qr").intercept, due.intercepts[0], 1e-9);
    assert.ok(standard.facts.condition.solved < 3 && standard.facts.condition.given > 5);
  });
});

describe("hostile input", () => {
  const x = gaussian(40, 4, 9);
  const y = sums(x);

  test("a constant column, two equal columns, a column of sums: told, and solved by what can", async () => {
    const constant = await compareLinearSolvers(
      x.map((row) => [...row, 0.1]),
      y,
    );
    assert.deepEqual([constant.facts.constantColumns, constant.facts.rank], [[4], 4]);
    assert.ok(Number.isNaN(constant.facts.varianceInflation[4] ?? 0));
    assert.ok(constant.remarks.some((r) => /^x4: does not vary/.test(r)));
    assert.match(entry(constant, "normal equations").verdict, /no solution: .*breaks down at column 5 of 5/);
    assert.match(entry(constant, "qr").verdict, /no solution: R is singular/);
    assert.match(
      entry(constant, "svd").verdict,
      /trustworthy: about 1\d digits of the shortest solution, at rank 4 of 5/,
    );
    const free = await compareLinearSolvers(
      x.map((row) => [...row, 0.1]),
      y,
      { intercept: false },
    );
    assert.deepEqual([free.facts.constantColumns.length, free.facts.rank], [0, 5]);

    const twins = await compareLinearSolvers(
      x.map((row) => [...row, row[1] ?? 0]),
      y,
    );
    assert.deepEqual(
      twins.facts.collinearGroups.map((g) => g.columns),
      [[1, 4]],
    );
    const { varianceInflation } = twins.facts;
    assert.deepEqual([varianceInflation[1], varianceInflation[4]], [Infinity, Infinity]);
    assert.ok((varianceInflation[0] ?? 99) < 2);
    for (const solver of ["pivoted qr", "svd"]) {
      const { coefficients, trustworthy } = entry(twins, solver);
      assert.ok(trustworthy);
      close(coefficients, [1, 0.5, 1, 1, 0.5], 1e-12, solver);
    }
    const sum = await compareLinearSolvers(
      x.map((row) => [...row, (row[0] ?? 0) + (row[2] ?? 0)]),
      y,
    );
    assert.deepEqual(
      sum.facts.collinearGroups.map((g) => g.columns),
      [[0, 2, 4]],
    );
  });

  test("more columns than rows", async () => {
    const wide = gaussian(12, 30, 2).map((row) => [...row, row[3] ?? 0]);
    const comparison = await compareLinearSolvers(wide, sums(wide), { folds: 3 });
    const { facts } = comparison;
    assert.deepEqual([facts.trainRows, facts.rank], [10, 9]);
    assert.deepEqual(
      facts.collinearGroups.map((g) => g.columns),
      [[3, 30]],
    );
    assert.ok(facts.varianceInflation.every((v) => v === Infinity));
    assert.equal(entry(comparison, "normal equations").trustworthy, false);
    assert.equal(entry(comparison, "qr").trustworthy, false);
    const svd = entry(comparison, "svd");
    assert.ok(svd.trustworthy && svd.rank === 9 && (svd.trainError ?? 1) < 1e-12);
    assert.ok(comparison.remarks.some((r) => /31 columns and 10 rows/.test(r)));
  });

  test("numbers very large and very small", async () => {
    for (const size of [1e-100, 1e100]) {
      const comparison = await compareLinearSolvers(
        x.map((row) => row.map((v) => v * size)),
        y,
      );
      assert.ok(entry(comparison, "qr").trustworthy && entry(comparison, "svd").trustworthy);
      close(entry(comparison, "qr").coefficients, [1 / size, 1 / size, 1 / size, 1 / size], 1e-12);
    }
  });

  test("what cannot be compared is refused in words", async () => {
    const refuse = (given: () => Promise<unknown>, message: RegExp): Promise<void> => assert.rejects(given, message);
    await refuse(() => compareLinearSolvers([[1, 2]], [1]), /x has 1 row.* 5 folds need at least 5/);
    await refuse(() => compareLinearSolvers(x.slice(0, 5), y.slice(0, 5)), /leaves 4 to fit on/);
    await refuse(() => compareLinearSolvers([[1, Number.NaN]], [1]), /x has NaN at row 0, column 1/);
    await refuse(() => compareLinearSolvers(x, [...y.slice(1), Number.NaN]), /y has NaN at position 39/);
    await refuse(
      () =>
        compareLinearSolvers(
          x,
          x.map(() => 3),
        ),
      /y is 3 in all 32 rows .* at least two values/,
    );
    await refuse(
      () =>
        compareLinearSolvers(
          x.map(() => [1, 2]),
          y,
        ),
      /no column of x varies in the 32 rows/,
    );
    await refuse(() => compareLinearSolvers(x, y.slice(1)), /y has 39 rows, x has 40/);
    await refuse(
      () =>
        compareLinearSolvers(
          x,
          x.map((row) => row.slice(2)),
        ),
      /y must have one number a row, got 2/,
    );
    await refuse(
      () => compareLinearSolvers(x, y, { sampleWeight: [1, 2] }),
      /sampleWeight has 2 rows, the data has 40/,
    );
    await refuse(() => compareLinearSolvers(x, y, { sampleWeight: y }), /sampleWeight must be ≥ 0 everywhere/);
    await refuse(
      () => compareLinearSolvers(x, y, { sampleWeight: y.map((_, i) => (i === 0 ? 1 : 0)) }),
      /sampleWeight is 0 for all/,
    );
    await refuse(() => compareLinearSolvers(x, y, { alphas: [1, 0] }), /alphas must be .* each a number > 0/);
    await refuse(
      () => compareLinearSolvers(x, y, { rank: 5 }),
      /rank must be at most the rank of the matrix, 4, got 5/,
    );
    await refuse(() => compareLinearSolvers(x, y, { test: 1 }), /test must be a fraction/);
    await refuse(() => compareLinearSolvers(x, y, { folds: 1 }), /folds must be a whole number ≥ 2/);
    await refuse(() => compareLinearSolvers(x, y, { alpha: 1 } as object), /there is no setting alpha/);
    await refuse(() => compareLinearSolvers(x, y, { rule: "best" } as object), /rule must be "minimum" or/);
  });
});

test("reports progress, ends when aborted, travels as JSON", async () => {
  const x = gaussian(50, 3, 1);
  const steps: number[] = [];
  const comparison = await compareLinearSolvers(
    x,
    sums(x).map((v, i) => v + (i % 2)),
    {
      maxIterations: 1,
      onProgress: ({ done, total }) => {
        assert.equal(total, 12);
        steps.push(done);
      },
    },
  );
  assert.deepEqual(
    steps,
    Array.from({ length: 12 }, (_, i) => i + 1),
  );
  const cg = entry(comparison, "conjugate gradient");
  assert.match(cg.verdict, /not converged after 1 iterations, at a relative residual of \d\.\de-\d/);
  assert.ok(cg.coefficients !== undefined && cg.history.length === 2 && !cg.trustworthy);
  const json = JSON.parse(JSON.stringify(comparison));
  assert.equal(json.final.alpha, comparison.final.alpha);
  assert.deepEqual(json.entries[1].coefficients, Array.from(comparison.entries[1]?.coefficients ?? []));
  assert.equal(json.entries[0].alpha, null);
  assert.deepEqual(Object.keys(json).sort(), [
    "entries",
    "facts",
    "final",
    "penalties",
    "plots",
    "ranks",
    "remarks",
    "settings",
  ]);
  const signal = { aborted: false, reason: new Error("enough") };
  const running = compareLinearSolvers(x, sums(x), {
    signal,
    onProgress: ({ done }) => {
      signal.aborted = done === 3;
    },
  });
  await assert.rejects(running, /enough/);
});
