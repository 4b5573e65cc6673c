import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type ReadTableOptions, readTable, type TableFile } from "@thalweg/node";
import { parseNumber } from "../src/csv/cell.js";
import { temporaryFile } from "./temporary-folder.js";

async function read(t: TestContext, content: string, options?: ReadTableOptions): Promise<TableFile> {
  return readTable(await temporaryFile(t, content), options);
}

function numbers(file: TableFile, name: string): number[] {
  return [...file.table.numbers(name).values];
}

test("numbers with a decimal comma", () => {
  const cases: readonly (readonly [text: string, value: number | undefined])[] = [
    ["0,5", 0.5],
    ["-,25", -0.25],
    ["+3,", 3],
    ["12", 12],
    ["1,5e-3", 0.0015],
    ["1.234", 1234],
    ["1.234.567,8", 1234567.8],
    ["-1.234,5", -1234.5],
    ["1.23", undefined],
    ["0.123", undefined],
    ["1,234.5", undefined],
    ["1,2,3", undefined],
    [",", undefined],
    ["1e999", undefined],
  ];
  for (const [text, value] of cases) assert.equal(parseNumber(text, "comma"), value, text);
});

test("decimal commas are found between semicolons, tabs and quotes, with and without a header", async (t) => {
  const values = ["0,5", "-1,25", "3", "10,5", "1.234,5"];
  const expected = [0.5, -1.25, 3, 10.5, 1234.5];
  const tables = [
    `a;b\n${values.map((v) => `${v};${v}`).join("\n")}\n`,
    `a\tb\n${values.map((v) => `${v}\t${v}`).join("\n")}\n`,
    `a,b\n${values.map((v) => `"${v}","${v}"`).join("\n")}\n`,
  ];
  for (const table of tables) {
    const file = await read(t, table);
    assert.deepEqual(numbers(file, "a"), expected, table);
    assert.deepEqual(numbers(file, "b"), expected, table);
    assert.match(file.notes.join("\n"), /Commas are read as decimal signs in columns a, b: 0,5 is 0\.5\./);
    assert.deepEqual(file.doubts, []);
  }
  const bare = await read(t, `${values.map((v) => `${v};${v}`).join("\n")}\n`);
  assert.deepEqual([bare.header, bare.delimiter], [false, ";"]);
  assert.deepEqual(numbers(bare, "column2"), expected);
});

test("a comma that may part thousands is not taken for a decimal sign", async (t) => {
  const file = await read(t, "a;b\n1,234;1\n2,500;2\n3,750;3\n");
  assert.notEqual(file.table.column("a").kind, "number");
  assert.deepEqual(file.doubts, [{ column: "a", text: '"1,234" (write thousands without commas)' }]);
  assert.match(file.notes.join("\n"), /a is taken as labels, though cells such as "1,234"/);
  assert.deepEqual(numbers(await read(t, "a;b\n1,234;1\n2,500;2\n", { decimal: "comma" }), "a"), [1.234, 2.5]);
  // Where another column settles it, it is one.
  const settled = await read(t, "a;b\n1,234;0,5\n2,500;1,5\n3,750;2\n");
  assert.deepEqual(numbers(settled, "a"), [1.234, 2.5, 3.75]);
});

test("a point that may part thousands is asked about where commas are decimal", async (t) => {
  const table = "a;b\n0,5;1.234\n1,5;5\n";
  await assert.rejects(
    read(t, table),
    /a point here may be decimal or part thousands[^\n]*\n {2}line 2, column 2 \("b"\): "1\.234"/,
  );
  const file = await read(t, table, { decimal: "comma" });
  assert.deepEqual(numbers(file, "b"), [1234, 5]);
  assert.match(file.notes.join("\n"), /Points are read as parting thousands in column b: 1\.234 is 1234\./);
  const clear = await read(t, "a;b\n0,5;1.25\n1,5;5\n");
  assert.deepEqual(
    [numbers(clear, "a"), numbers(clear, "b")],
    [
      [0.5, 1.5],
      [1.25, 5],
    ],
  );
});

test("both signs in one column are a mistake", async (t) => {
  await assert.rejects(
    read(t, "a;b\n0.5;1\n0.25;2\n1,5;3\n"),
    /line 4, column 1 \("a"\): "1,5" is not a number \(write decimals with a point\)/,
  );
  await assert.rejects(
    read(t, "a;b\n0,5;1\n0,25;2\n1.5;3\n", { decimal: "comma" }),
    /line 4, column 1 \("a"\): "1\.5" is not a number/,
  );
  assert.notEqual((await read(t, "a;b\n0,5;1\n1,5;2\n", { decimal: "point" })).table.column("a").kind, "number");
});

test("columns of nearly numbers are pointed out", async (t) => {
  const cells: readonly (readonly [cell: string, why: RegExp])[] = [
    ["$1.20", /without its sign/],
    ["-€3", /without its sign/],
    ["5.0 %", /without its sign/],
    ["1 234", /without anything between/],
    ["\u22125.5", /minus sign as a hyphen/],
    ["(12.5)", /negative numbers with a minus sign/],
    ["1,234.50", /thousands without commas/],
    ["1.234.567", /thousands without points/],
  ];
  for (const [cell, why] of cells) {
    const { doubts } = await read(t, `a;b\n${cell};1\n${cell};2\nx;3\n`);
    assert.equal(doubts.length, 1, cell);
    assert.match(doubts[0]?.text ?? "", why, cell);
  }
  const { doubts } = await read(t, "a;b\nred;1\ngreen;2\n5%;3\n");
  assert.deepEqual(doubts, []);
});
