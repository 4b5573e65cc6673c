import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { gzipSync } from "node:zlib";
import { type ReadTableOptions, readTable, type TableFile, TableFileError } from "@thalweg/node";
import { temporaryFile, temporaryFolder } from "./temporary-folder.js";

async function read(t: TestContext, content: string | Uint8Array, options?: ReadTableOptions): Promise<TableFile> {
  return readTable(await temporaryFile(t, content), options);
}

/** The error's message without the path that every message begins with. */
async function refusal(t: TestContext, content: string | Uint8Array, options?: ReadTableOptions): Promise<string> {
  const path = await temporaryFile(t, content);
  try {
    await readTable(path, options);
  } catch (error) {
    assert.ok(error instanceof TableFileError, `${error}`);
    assert.ok(error.message.startsWith(`${path}: `));
    return error.message.slice(path.length + 2);
  }
  assert.fail("the file was read");
}

function numbers(file: TableFile, name: string): number[] {
  return [...file.table.numbers(name).values];
}

test("numbers, labels and missing cells are told apart", async (t) => {
  const file = await read(t, "a,b,c\n1,x,\n-2.5e3,y,NA\n?,x,7\n,NULL,.5\n");
  assert.equal(file.header, true);
  assert.deepEqual(numbers(file, "a"), [1, -2500, Number.NaN, Number.NaN]);
  assert.deepEqual(numbers(file, "c"), [Number.NaN, Number.NaN, 7, 0.5]);
  const b = file.table.column("b");
  assert.ok(b.kind === "category");
  assert.deepEqual(
    [b.levels, [...b.codes]],
    [
      ["x", "y"],
      [0, 1, 0, -1],
    ],
  );
  assert.deepEqual([...file.lines], [2, 3, 4, 5]);
  assert.deepEqual(file.notes, []);
});

test("a byte order mark, CRLF, blank lines, quotes and lines inside quotes", async (t) => {
  const file = await read(t, '\ufeff"a", b \r\n1,"x, ""y"""\r\n\r\n2,"two\r\nlines"\r\n  3  , plain \r\n');
  assert.deepEqual(file.table.names, ["a", "b"]);
  assert.deepEqual(numbers(file, "a"), [1, 2, 3]);
  const b = file.table.column("b");
  assert.ok(b.kind !== "number");
  assert.deepEqual(
    [...b.codes].map((c) => b.levels[c]),
    ['x, "y"', "two\r\nlines", "plain"],
  );
  assert.deepEqual([...file.lines], [2, 4, 6]);
});

test("the delimiter is found", async (t) => {
  for (const delimiter of [",", ";", "\t", "|"]) {
    const file = await read(t, `a b${delimiter}c\n1${delimiter}2`);
    assert.equal(file.delimiter, delimiter);
    assert.deepEqual(file.table.names, ["a b", "c"]);
  }
  const semicolons = await read(t, "a;b\n1;x, y\n2;z\n");
  assert.equal(semicolons.delimiter, ";");
  const one = await read(t, "a\n1\n2\n");
  assert.match(one.notes.join(), /Only one column/);
  assert.equal((await read(t, "a:b\n1:2\n", { delimiter: ":" })).table.names.length, 2);
});

test("without a header the columns are numbered, and a note says so", async (t) => {
  const file = await read(t, "1,2,x\n3,4,y\n");
  assert.equal(file.header, false);
  assert.deepEqual(file.table.names, ["column1", "column2", "column3"]);
  assert.equal(file.table.rowCount, 2);
  assert.match(file.notes.join(), /no header/);
  const named = await read(t, "1,2\n1,2\n", { names: ["p", "q"] });
  assert.deepEqual(named.table.names, ["p", "q"]);
  assert.equal(named.table.rowCount, 2);
  assert.match(await refusal(t, "1,2\n", { names: ["p"] }), /1 names are given for 2 columns/);
});

test("numbers as names of columns: decided by the other columns, and told", async (t) => {
  const clear = await read(t, "place,2019,2020\n7,1,2\n8,3,4\n");
  assert.deepEqual(clear.table.names, ["place", "2019", "2020"]);
  assert.match(clear.notes.join(), /"2019", "2020" are numbers; if it is data/);
  const unclear = "place,2019\na,1\nb,2\n";
  assert.match((await read(t, unclear)).notes.join(), /no header/);
  assert.deepEqual((await read(t, unclear, { header: true })).table.names, ["place", "2019"]);
});

test("a word in a column of numbers is named by line and column", async (t) => {
  const text = 'id,price\n1,10\n2,"two\nlines"\n3,n.a.\n4,"1,200"\n5,30\n6,40\n7,1e999\n8,50\n9,60\n10,70\n';
  assert.equal(
    await refusal(t, text),
    `4 cells in columns of numbers are not a number; correct the file, or have such cells taken as missing
  line 3, column 2 ("price"): "two lines" is not a number
  line 5, column 2 ("price"): "n.a." is not a number
  line 6, column 2 ("price"): "1,200" is not a number (write thousands without commas)
  line 9, column 2 ("price"): "1e999" is not a number (beyond the largest number, 1.8e308)`,
  );
  const file = await read(t, text, { badCells: "missing" });
  assert.equal(numbers(file, "price").filter(Number.isNaN).length, 4);
  assert.match(file.notes.join(), /4 cells in columns of numbers held words and count as missing/);
});

test("a long list of bad cells is cut, with the number of all", async (t) => {
  const rows = Array.from({ length: 100 }, (_, i) => (i % 3 === 0 ? "bad" : `${i}`));
  const message = await refusal(t, `a,b\n${rows.map((r) => `${r},1`).join("\n")}\n`);
  assert.match(message, /^34 cells/);
  assert.equal(message.split("\n").length, 12);
  assert.match(message, /and 24 more$/);
});

test("a word in the first row counts when that row is no header", async (t) => {
  assert.match(
    await refusal(t, "x,1\n2,3\n4,5\n", { header: false }),
    /line 1, column 1 \("column1"\): "x" is not a number/,
  );
});

test("a header repeated further down is passed over, with a note", async (t) => {
  const file = await read(t, "a,b\n1,2\na,b\n3,4\n");
  assert.deepEqual(numbers(file, "a"), [1, 3]);
  assert.deepEqual([...file.lines], [2, 4]);
  assert.match(file.notes.join(), /repeated in line 3; passed over/);
});

test("two columns of one name are refused", async (t) => {
  assert.equal(
    await refusal(t, "a,price,b,price\n1,2,3,4\n"),
    'columns 2 and 4 are both called "price"; give one of them another name in line 1',
  );
  const unnamed = await read(t, ",a\n1,2\n");
  assert.deepEqual(unnamed.table.names, ["column1", "a"]);
  assert.match(unnamed.notes.join(), /Column 1 has no name/);
});

test("rows of another length are refused with their lines", async (t) => {
  assert.equal(
    await refusal(t, "a,b,c\n1,2,3\n1,2\n\n1,2,3,4\n"),
    `2 rows have another number of fields than the first row (line 1); a delimiter may be missing, or a field that contains one may need quotation marks
  line 3: 2 fields where the first row has 3
  line 5: 4 fields where the first row has 3`,
  );
});

test("quotes that do not match", async (t) => {
  assert.match(await refusal(t, 'a,b\n1,2\n3,"4\n5,6\n'), /opened and never closed\n {2}line 3: /);
  assert.match(await refusal(t, 'a,b\n1,5" pipe\n'), /in the middle of a field\n {2}line 2: /);
  assert.match(await refusal(t, 'a,b\n1,"x"y\n'), /follows the closing quotation mark.*\n {2}line 2: /);
});

test("nothing to read", async (t) => {
  assert.equal(await refusal(t, ""), "the file is empty");
  assert.equal(await refusal(t, " \n\r\n\n"), "the file holds nothing but blank lines");
  assert.equal(
    await refusal(t, "a,b,c\n"),
    "the file has a header (line 1) and no rows below it; there is nothing to learn from",
  );
  const folder = await temporaryFolder(t);
  await assert.rejects(readTable(folder), /this is a folder/);
  await assert.rejects(readTable(`${folder}/none.csv`), /none\.csv: there is no such file/);
});

test("a single row is a table; whether it is enough is for others to say", async (t) => {
  assert.equal((await read(t, "a,b\n1,2\n")).table.rowCount, 1);
  assert.equal((await read(t, "1,2\n")).table.rowCount, 1);
});

test("files that are no text tables", async (t) => {
  assert.match(await refusal(t, Buffer.from("PK\x03\x04rest")), /zip archive or an Excel workbook/);
  assert.match(await refusal(t, Buffer.from("\ufeffa,b\n1,2\n", "utf16le")), /UTF-16; save it as UTF-8/);
  assert.match(await refusal(t, Buffer.from([0x61, 0, 0x62])), /not a text file/);
  const latin = await read(t, Buffer.from("name,a\ncaf\xe9,1\nbar,2\n", "latin1"));
  assert.match(latin.notes.join(), /Line 2 has characters that are not UTF-8/);
});

test("gzip-compressed tables are unpacked; damaged ones are refused", async (t) => {
  const whole = gzipSync(`a,b\n${"1,2\n".repeat(50_000)}`);
  assert.equal((await read(t, whole)).table.rowCount, 50_000);
  assert.match(await refusal(t, whole.subarray(0, whole.length - 40)), /damaged or cut short/);
});

test("a table too large for memory is refused early", async (t) => {
  assert.match(await refusal(t, `a,b\n${"1,2\n".repeat(100)}`, { maxCells: 150 }), /more than 150 cells/);
});

test("a column that is empty has no numbers", async (t) => {
  const file = await read(t, "a,b\n1,\n2,\n");
  assert.equal(file.table.rowCount, 2);
  assert.notEqual(file.table.column("b").kind, "text");
});

test("the largest numbers, signed zero and long fractions survive", async (t) => {
  const file = await read(t, "a\n1.7976931348623157e308\n-0\n0.1234567890123456789\n5e-324\n");
  assert.deepEqual(numbers(file, "a"), [Number.MAX_VALUE, -0, 0.12345678901234568, 5e-324]);
});
