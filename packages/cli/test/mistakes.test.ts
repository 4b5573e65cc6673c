import assert from "node:assert/strict";
import { test } from "node:test";
import { filesIn, folderWith, run, smallTable } from "./run-command.js";

const rows = (line: (i: number) => string, header: string): string =>
  `${header}\n${Array.from({ length: 40 }, (_, i) => line(i)).join("\n")}\n`;

interface Mistake {
  readonly what: string;
  readonly table: string;
  readonly args?: readonly string[];
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
    args: ["--target", "prize"],
    says: /no column "prize" in t\.csv; did you mean "price"\?/,
  },
  {
    what: "no target",
    table: rows((i) => `${i},${i}`, "a,b"),
    args: [],
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
    args: ["--target", "y", "--drop", "grup"],
    says: /no column "grup" in t\.csv; did you mean "group"\?/,
  },
  {
    what: "an unknown optimiser",
    table: smallTable(40),
    args: ["--target", "y", "--optimizers", "adm"],
    says: /no optimiser "adm" to compare; did you mean "Adam"/,
  },
  {
    what: "a wrong number",
    table: smallTable(40),
    args: ["--target", "y", "--epochs", "many"],
    says: /argument 'many' is invalid\. It must be a whole number/,
  },
  {
    what: "an unknown option",
    table: smallTable(40),
    args: ["--target", "y", "--epoch", "3"],
    says: /unknown option '--epoch'[\s\S]*Did you mean --epochs\?/,
  },
  {
    what: "a folder as output",
    table: smallTable(40),
    args: ["--target", "y", "--output", "."],
    says: /is a folder; name a file in it/,
  },
];

for (const { what, table, args = ["--target", "y"], says } of mistakes) {
  test(`${what}: told in words, and nothing is written`, async (t) => {
    const folder = await folderWith(t, { "t.csv": table });
    const { code, error } = await run(folder, ["compare", "--data", "t.csv", "--epochs", "2", "--no-sweep", ...args]);
    assert.match(error, says);
    assert.equal(code, 1);
    assert.doesNotMatch(error, /^\s+at /m, "no stack trace");
    assert.deepEqual(await filesIn(folder), ["t.csv"]);
  });
}

test("a file that does not exist", async (t) => {
  const folder = await folderWith(t, {});
  const { code, error } = await run(folder, ["compare", "--data", "none.csv", "--target", "y"]);
  assert.match(error, /none\.csv: there is no such file/);
  assert.equal(code, 1);
});

test("missing cells, a repeated header, a constant column and text: treated, and told", async (t) => {
  const table = `${rows((i) => `${i % 4 === 1 ? "" : i},5,name ${i},${i === 11 ? "" : i * 2}`, "a,k,id,y")}a,k,id,y\n9,5,last,18\n`;
  const folder = await folderWith(t, { "t.csv": table });
  const { code, out, error } = await run(folder, [
    "compare",
    "--data",
    "t.csv",
    "--target",
    "y",
    "--epochs",
    "2",
    "--no-sweep",
  ]);
  assert.equal(error, "");
  assert.equal(code, 0);
  assert.match(out, /The header is repeated in line 42; passed over/);
  assert.match(out, /1 row without a value of y left out \(line 13\)/);
  assert.match(out, /a: missing values become the median/);
  assert.match(out, /k: left out, it has the same value in every training row/);
  assert.match(out, /id: left out, it holds text that hardly repeats/);
});

test("words in columns of numbers count as missing when that is asked for", async (t) => {
  const folder = await folderWith(t, { "t.csv": rows((i) => (i % 10 === 3 ? `x,${i}` : `${i},${i}`), "a,y") });
  const args = ["--data", "t.csv", "--target", "y", "--epochs", "2", "--no-sweep", "--bad-cells", "missing"];
  const { code, out } = await run(folder, ["compare", ...args]);
  assert.equal(code, 0);
  assert.match(out, /4 cells in columns of numbers held words and count as missing/);
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
