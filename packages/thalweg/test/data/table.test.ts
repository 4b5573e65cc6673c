import assert from "node:assert/strict";
import { test } from "node:test";
import { fromRows, isMissing, labelColumn, nearestNames, numberColumn, Table } from "thalweg/data";

test("a table of records marks absent keys, null and NaN as missing", () => {
  const table = fromRows([
    { a: 1, b: "x" },
    { a: Number.NaN, c: true },
    { a: 3, b: null, c: false },
  ]);
  assert.deepEqual(table.names, ["a", "b", "c"]);
  assert.equal(table.rowCount, 3);
  const missing = table.columns.map((column) => [0, 1, 2].map((row) => isMissing(column, row)));
  assert.deepEqual(missing, [
    [false, true, false],
    [false, true, true],
    [true, false, false],
  ]);
  assert.deepEqual([...table.numbers("c").values], [Number.NaN, 1, 0]);
});

test("a table of arrays needs rows as long as the names", () => {
  const table = fromRows(
    [
      [1, "x"],
      [2, "y"],
    ],
    ["a", "b"],
  );
  assert.deepEqual([...table.numbers("a").values], [1, 2]);
  assert.throws(() => fromRows([[1, 2], [3]], ["a", "b"]), /row 1 has 1 cells for 2 columns/);
  assert.throws(
    () => fromRows([{ a: 1 }, { a: "one" }]),
    /column "a" mixes numbers \(row 0: 1\) and texts \(row 1: "one"\)/,
  );
});

test("columns are found by name, and a wrong name is answered with the nearest", () => {
  const table = fromRows([{ MedHouseVal: 1, MedInc: 2, city: "x" }]);
  assert.throws(() => table.column("medhouseval"), /no column "medhouseval".*did you mean "MedHouseVal"\?/);
  assert.throws(() => table.column("price"), /the columns are "MedHouseVal", "MedInc", "city"/);
  assert.throws(() => table.numbers("city"), /holds labels such as "x"/);
  assert.deepEqual(
    nearestNames("incom", ["outcome", "income", "Income_2"]),
    ["income", "outcome", "Income_2"].filter((n) => n !== "outcome"),
  );
});

test("select, drop and take leave the table as it was", () => {
  const table = fromRows([
    { a: 1, b: "x", c: 3 },
    { a: 4, b: "y", c: 6 },
  ]);
  assert.deepEqual(table.select(["c", "a"]).names, ["c", "a"]);
  assert.deepEqual(table.drop(["b"]).names, ["a", "c"]);
  const taken = table.take([1, 1, 0]);
  assert.deepEqual([...taken.numbers("a").values], [4, 4, 1]);
  assert.deepEqual(table.names, ["a", "b", "c"]);
  assert.throws(() => table.take([2]), /row 2 is outside of a table of 2 rows/);
  assert.throws(() => table.drop(["d"]), /no column "d"/);
});

test("columns must agree in length and differ in name", () => {
  assert.throws(() => new Table([numberColumn("a", [1]), numberColumn("b", [1, 2])]), /"b" has 2 rows, "a" has 1/);
  assert.throws(() => new Table([numberColumn("a", [1]), numberColumn("a", [2])]), /two columns are called "a"/);
});

test("labels that hardly repeat are text", () => {
  const category = labelColumn("c", ["b", "a", null, "b", "a"]);
  assert.equal(category.kind, "category");
  assert.deepEqual(category.levels, ["a", "b"]);
  assert.deepEqual([...category.codes], [1, 0, -1, 1, 0]);
  assert.equal(labelColumn("t", ["p", "q", "r", "s"]).kind, "text");
  const many = Array.from({ length: 1000 }, (_, i) => `id${i % 200}`);
  assert.equal(labelColumn("t", many).kind, "text");
});
