import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { UserError } from "thalweg";
import { chooseCandidates } from "../src/compare/candidates.js";
import { load } from "../src/compare/load.js";
import { type Prepared, prepare } from "../src/compare/prepare.js";
import { type CompareSettings, defaults } from "../src/compare/settings.js";
import { filesIn, folderWith, run, smallTable } from "./run-command.js";

/** Everything that the command does before it trains. */
async function prepared(folder: string, settings: Partial<CompareSettings>): Promise<Prepared> {
  const all = { ...defaults, data: join(folder, "t.csv"), target: "y", ...settings };
  chooseCandidates(all.optimizers);
  return prepare(await load(all, { onStep: () => {}, signal: new AbortController().signal }), all);
}

const rows = (line: (i: number) => string, header: string): string =>
  `${header}\n${Array.from({ length: 40 }, (_, i) => line(i)).join("\n")}\n`;

interface Mistake {
  readonly what: string;
  readonly table: string;
  readonly settings?: Partial<CompareSettings>;
  readonly says: RegExp;
}

const mistakes: readonly Mistake[] = [
  {
    what: "a word in a column of numbers",
    table: rows((i) => (i === 7 ? `${i},many` : `${i * 1.5},${i}`), "a,y"),
    says: /1 cell in columns of numbers is not a number[\s\S]*line 9, column 2 \("y"\): "many" is not a number[\s\S]*--bad-cells missing/,
  },
  { what: "no rows", table: "a,y\n", says: /has a header \(line 1\) and no rows below it/ },
  { what: "one row", table: "a,y\n1,2\n", says: /the table has 1 row, and at least 10 are needed/ },
  { what: "an empty file", table: "", says: /the file is empty/ },
  {
    what: "a target that does not exist",
    table: rows((i) => `${i},${i}`, "size,price"),
    settings: { target: "prize" },
    says: /no column "prize" in .*t\.csv; did you mean "price"\?/,
  },
  {
    what: "no target",
    table: rows((i) => `${i},${i}`, "a,b"),
    settings: { target: undefined },
    says: /name the column to predict with --target; the columns are "a", "b"/,
  },
  {
    what: "a target of labels",
    table: rows((i) => `${i},${i % 2 ? "yes" : "no"}`, "a,y"),
    says: /the target "y" holds labels such as "no", "yes"/,
  },
  { what: "a constant target", table: rows((i) => `${i},7`, "a,y"), says: /the target "y" is 7 in every row/ },
  {
    what: "a target without values",
    table: rows((i) => `${i},NA`, "a,y"),
    says: /the target "y" (has no value in any row|holds labels)/,
  },
  {
    what: "constant columns alone",
    table: rows((i) => `5,${i}`, "a,y"),
    says: /no column is left to learn from: "a" has the same value/,
  },
  { what: "the target alone", table: rows((i) => `${i}`, "y"), says: /"y" is the only column/ },
  {
    what: "rows of other lengths",
    table: rows((i) => (i === 3 ? `${i}` : `${i},${i}`), "a,y"),
    says: /line 5: 1 field where the first row has 2/,
  },
  {
    what: "two columns of one name",
    table: rows((i) => `${i},${i},1`, "a,y,a"),
    says: /columns 1 and 3 are both called "a"/,
  },
  {
    what: "a column to drop that does not exist",
    table: smallTable(40),
    settings: { drop: ["grup"] },
    says: /no column "grup" in .*t\.csv; did you mean "group"\?/,
  },
  {
    what: "the target among the columns to drop",
    table: smallTable(40),
    settings: { drop: ["z", "y"] },
    says: /"y" is the target and also in --drop/,
  },
  {
    what: "numbers with signs among the inputs",
    table: rows((i) => `$${i}.20,${i}.5%,${i}`, "a,b,y"),
    says: /no column is left[\s\S]*"a" has cells that are nearly numbers, such as "\$0\.20" \(write the number without its sign\)[\s\S]*"b" has/,
  },
  {
    what: "a target with signs",
    table: rows((i) => `${i},€${i}.20`, "a,y"),
    says: /the target "y" holds labels that are nearly numbers, such as "€0\.20" \(write the number without its sign\)/,
  },
  {
    what: "a target with thousands or decimals after a comma",
    table: rows((i) => `${i};${(i % 9) + 1},${100 + i}`, "a;y"),
    says: /"y" holds labels that are nearly numbers, such as "1,100" \(write thousands without commas\)[\s\S]*--decimal comma/,
  },
  {
    what: "no optimiser",
    table: smallTable(40),
    settings: { optimizers: [] },
    says: /--optimizers needs at least one name of SGD/,
  },
  {
    what: "all other columns dropped",
    table: smallTable(40),
    settings: { drop: ["x", "x", "z", "group"] },
    says: /"y" is the only column that --drop leaves/,
  },
  {
    what: "an unknown optimiser",
    table: smallTable(40),
    settings: { optimizers: ["adm"] },
    says: /no optimiser "adm" to compare; did you mean "Adam"/,
  },
];

for (const { what, table, settings = {}, says } of mistakes) {
  test(`${what}: told in words`, async (t) => {
    const folder = await folderWith(t, { "t.csv": table });
    await assert.rejects(prepared(folder, settings), (error: unknown) => {
      assert.ok(error instanceof UserError, `${error}`);
      assert.match(error.message, says);
      return true;
    });
  });
}

test("the command ends with the message alone, and writes nothing", async (t) => {
  const folder = await folderWith(t, { "t.csv": smallTable(40) });
  const cases: readonly (readonly [args: readonly string[], says: RegExp])[] = [
    [["--data", "t.csv", "--target", "why"], /^Error: there is no column "why" in t\.csv; the columns are/],
    [["--data", "", "--target", "y"], /^Error: --data needs the name of a file/],
    [["--data", "t.csv", "--target", ""], /^Error: --target needs the name of a column/],
    [
      ["--data", "t.csv", "--target", "y", "--hidden", "999999999"],
      /^Error: the network 5-999999999-1 has 6,999,999,994 weights/,
    ],
    [
      ["--data", "t.csv", "--target", "y", "--hidden", ""],
      /'' is invalid\. It must be whole numbers separated by commas/,
    ],
    [["--data", "t.csv", "--target", "y", "--output", "n".repeat(300)], /the name is longer than the system allows/],
    [["--data", "none.csv", "--target", "y"], /^Error: none\.csv: there is no such file/],
    [["--data", "t.csv", "--target", "y", "--output", "."], /^Error: --output .* is a folder; name a file in it/],
    [
      ["--data", "t.csv", "--target", "y", "--epochs", "many"],
      /argument 'many' is invalid\. It must be a whole number/,
    ],
    [["--data", "t.csv", "--target", "y", "--epoch", "3"], /unknown option '--epoch'[\s\S]*Did you mean --epochs\?/],
  ];
  for (const [args, says] of cases) {
    const { code, error } = await run(folder, ["compare", ...args]);
    assert.match(error, says);
    assert.equal(code, 1);
    assert.doesNotMatch(error, /^\s+at /m, "no stack trace");
  }
  assert.deepEqual(await filesIn(folder), ["t.csv"]);
});

test("missing cells, a repeated header, a constant column and text: treated, and told", async (t) => {
  const table = `${rows((i) => `${i % 4 === 1 ? "" : i},5,name ${i},${i === 11 ? "" : i * 2}`, "a,k,id,y")}a,k,id,y\n9,5,last,18\n`;
  const folder = await folderWith(t, { "t.csv": table });
  const { treatments, table: rest, encoding } = await prepared(folder, {});
  const told = treatments.join("\n");
  assert.match(told, /The header is repeated in line 42; passed over/);
  assert.match(told, /1 row without a value of y left out \(line 13\)/);
  assert.match(
    told,
    /a: missing values become the median of the training rows, [\d.]+ \(\d cells in the training rows, \d in the others\)/,
  );
  assert.match(told, /k: left out, it has the same value in every training row/);
  assert.match(told, /id: left out, it holds text that hardly repeats/);
  assert.equal(rest.rowCount, 40);
  assert.deepEqual(encoding.names, ["a"]);
});

test("words in columns of numbers count as missing when that is asked for", async (t) => {
  const folder = await folderWith(t, { "t.csv": rows((i) => (i % 10 === 3 ? `x,${i}` : `${i},${i}`), "a,y") });
  const { treatments } = await prepared(folder, { badCells: "missing" });
  assert.match(treatments.join("\n"), /4 cells in columns of numbers held words and count as missing/);
});

test("what may be wrong is pointed out: answers among the inputs, row numbers, caps, few rows", async (t) => {
  const folder = await folderWith(t, {
    "t.csv": rows((i) => `${i + 1},${Math.min(30, i) * 2 + 1},${(i * 7) % 11},${Math.min(30, i)}`, "id,leak,a,y"),
  });
  const { warnings } = await prepared(folder, {});
  const told = warnings.join("\n");
  assert.match(told, /id counts the rows; if it is an identifier, leave it out with --drop "id"/);
  assert.match(told, /leak has a correlation of 1\.0000 with the target: does it contain the answer\?/);
  assert.match(told, /10 rows \(25\.0 %\) have the largest target, 30: a cap/);
  assert.match(told, /The test part has 8 rows/);
});

test("help shows every option and examples", async (t) => {
  const folder = await folderWith(t, {});
  const [all, one] = await Promise.all([run(folder, ["--help"]), run(folder, ["compare", "--help"])]);
  assert.equal(all.code, 0);
  assert.match(all.out, /compare/);
  assert.equal(one.code, 0);
  for (const option of [
    "--data",
    "--target",
    "--epochs",
    "--batch-size",
    "--seed",
    "--output",
    "--quick",
    "--no-sweep",
    "--offline",
  ])
    assert.ok(one.out.includes(option), option);
  assert.match(one.out, /\$ thalweg compare --data houses\.csv --target price/);
  const version = await run(folder, ["--version"]);
  assert.match(version.out, /^\d+\.\d+\.\d+\n$/);
});

test("cells that only validation and test rows lack, and labels that only they have: told", async (t) => {
  const plain = (special: ReadonlySet<number>): string =>
    rows((i) => (special.has(i) ? `,new,${i}` : `${i},${["p", "q"][i % 2]},${i}`), "a,c,y");
  const folder = await folderWith(t, { "t.csv": plain(new Set()) });
  const { split } = await prepared(folder, {});
  const [first, second] = [split.test[0] ?? -1, split.validation[0] ?? -1];
  await writeFile(join(folder, "t.csv"), plain(new Set([first, second])));
  const told = (await prepared(folder, {})).treatments.join("\n");
  assert.match(
    told,
    /a: missing values become the median of the training rows, [\d.]+ \(2 cells in the validation and test rows\)/,
  );
  assert.match(
    told,
    /c: .* 2 labels \(p, q\); labels that no training row has are 0 everywhere too \(new: 2 cells in the validation and test rows\)/,
  );
});

test("a table with decimal commas is read, and told", async (t) => {
  const folder = await folderWith(t, { "t.csv": rows((i) => `${i},25;${i * i};0,${i}`, "a;b;y") });
  const { treatments, table } = await prepared(folder, {});
  assert.match(treatments.join("\n"), /Commas are read as decimal signs in columns a, y: 0,25 is 0\.25\./);
  assert.deepEqual([...table.numbers("y").values].slice(0, 3), [0, 0.1, 0.2]);
});
