/** Tables from files of delimited text (CSV, TSV, …), plain or gzip-compressed. */
import { type Column, labelColumn, numberColumn, Table } from "thalweg/data";
import { type Decimal, defaultMissing, isNumber, parseNumber } from "./cell.js";
import { decideDecimals } from "./decimals.js";
import { readRecords } from "./records.js";
import { sniff } from "./sniff.js";
import { openSource, type Source } from "./source.js";
import {
  countCells,
  type Doubt,
  findDoubts,
  holdsNumbers,
  looksLikeHeader,
  missingTest,
  type Survey,
  sameFields,
  survey,
  wordsAmongNumbers,
} from "./survey.js";
import { TableFileError } from "./table-file-error.js";

export interface ReadTableOptions {
  /** Default: found from the first lines, among comma, semicolon, tab and bar. */
  readonly delimiter?: string;
  /** Whether the first row names the columns. Default: "auto", which looks whether words stand above numbers. */
  readonly header?: boolean | "auto";
  /** Names for the columns of a file without a header. */
  readonly names?: readonly string[];
  /** Texts that mean a missing value, compared without regard to case. Default: empty, NA, N/A, NaN, null, ?, -. */
  readonly missing?: readonly string[];
  /** What to do with words in columns of numbers: refuse the file and name the cells, or take them as missing. Default: "error". */
  readonly badCells?: "error" | "missing";
  /**
   * The sign between whole part and fraction. With a comma, points part thousands. Default: "auto", a comma where columns show beyond doubt that it is
   * meant: numbers such as 0,5 and none with a decimal point.
   */
  readonly decimal?: Decimal | "auto";
  /** Files with more cells are refused. Default: 50 million (about 0.4 GB as numbers). */
  readonly maxCells?: number;
  /** Ends the reading, also while a pipe is waited for. */
  readonly signal?: AbortSignal;
}

/** A table and how it was read. */
export interface TableFile {
  readonly path: string;
  readonly table: Table;
  /** The line of the file on which each row begins, counted from 1. */
  readonly lines: Int32Array;
  readonly delimiter: string;
  /** Whether the file has a header. */
  readonly header: boolean;
  /** What was done to the file's content on the way and a reader of results should know, one sentence each. */
  readonly notes: readonly string[];
  /** Columns taken as labels that may have been meant as numbers; `notes` says so too. */
  readonly doubts: readonly Doubt[];
}

/**
 * Reads a table. A column is one of numbers when most of its cells are; everything else holds labels. Nothing is guessed in silence: rows of another
 * length, words among numbers, two columns of one name, unmatched quotes are errors that list the lines; what is passed over is in `notes`. A pipe is
 * read to its end; "-" is standard input.
 *
 * @throws TableFileError with the path, and the lines and columns where the problem is.
 */
export async function readTable(path: string, options: ReadTableOptions = {}): Promise<TableFile> {
  const { signal } = options;
  const source = await openSource(path, { signal });
  try {
    return await readFrom(source, options);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    source.close();
  }
}

async function readFrom(source: Source, options: ReadTableOptions): Promise<TableFile> {
  const { path } = source;
  const { signal } = options;
  const { missing = defaultMissing, badCells = "error", maxCells = 50e6 } = options;
  const header = options.header ?? (options.names === undefined ? "auto" : false);
  const isMissing = missingTest(missing);
  const sniffed = await sniff(source, options.delimiter);
  const limit = (cells: number): void => {
    signal?.throwIfAborted();
    if (cells > maxCells)
      throw new TableFileError(
        path,
        `the table has more than ${maxCells.toLocaleString("en")} cells, too many for memory to be safe; take a sample of the rows or raise maxCells`,
      );
  };
  const found = await survey(readRecords(source, sniffed), { header, missing }, limit);
  if (found === undefined) throw new TableFileError(path, "the file holds no rows");
  const hasHeader = header === "auto" ? looksLikeHeader(found) : header;
  if (!hasHeader) countCells(found.columns, found.first, isMissing);
  const names = columnNames(path, found, hasHeader, options.names);
  checkRows(path, found, hasHeader);
  const decimals = decideDecimals(path, found.columns, names, options.decimal ?? "auto");
  const words = wordsAmongNumbers(found, names, decimals);
  if (badCells === "error" && words.total > 0)
    throw new TableFileError(
      path,
      `${count(words.total, "cell")} in columns of numbers ${words.total === 1 ? "is" : "are"} not a number; correct the file, or have such cells taken as missing`,
      words.problems,
      words.total,
    );

  const builders = found.columns.map((column, i) => {
    const decimal = decimals[i] ?? "point";
    return holdsNumbers(column[decimal]) ? new NumberBuilder(decimal) : new LabelBuilder();
  });
  const lines: number[] = [];
  const repeated = new Set(found.repeats);
  let atFirst = true;
  for await (const { line, fields } of readRecords(source, sniffed)) {
    const skip = (atFirst && hasHeader) || (repeated.has(line) && sameFields(fields, found.first.fields));
    atFirst = false;
    signal?.throwIfAborted();
    if (skip) continue;
    lines.push(line);
    for (let i = 0; i < builders.length; i += 1) {
      const text = fields[i] ?? "";
      builders[i]?.push(isMissing(text) ? undefined : text);
    }
  }
  const doubts = findDoubts(found, names, decimals);
  const table = new Table(builders.map((builder, i) => builder.column(names[i] ?? "")));
  return {
    path,
    table,
    lines: Int32Array.from(lines),
    delimiter: sniffed.delimiter,
    header: hasHeader,
    notes: [
      ...notes(found, names, hasHeader, badCells === "missing" ? words.total : 0),
      ...decimalNotes(found, names, decimals),
      ...doubts.map(
        ({ column, text }) => `${column} is taken as labels, though cells such as ${text} are nearly numbers.`,
      ),
    ],
    doubts,
  };
}

function columnNames(
  path: string,
  { first }: Survey,
  hasHeader: boolean,
  given: readonly string[] | undefined,
): readonly string[] {
  if (given !== undefined && given.length !== first.fields.length)
    throw new TableFileError(path, `${given.length} names are given for ${first.fields.length} columns`);
  const names = given ?? first.fields.map((field, i) => (hasHeader && field !== "" ? field : `column${i + 1}`));
  const places = new Map<string, number>();
  names.forEach((name, i) => {
    const before = places.get(name);
    if (before !== undefined)
      throw new TableFileError(
        path,
        `columns ${before + 1} and ${i + 1} are both called "${name}"; give one of them another name in line ${first.line}`,
      );
    places.set(name, i);
  });
  return names;
}

function checkRows(path: string, found: Survey, hasHeader: boolean): void {
  const { problems, total } = found.ragged;
  if (total > 0)
    throw new TableFileError(
      path,
      `${count(total, "row")} ${total === 1 ? "has" : "have"} another number of fields than the first row (line ${found.first.line}); a delimiter may be missing, or a field that contains one may need quotation marks`,
      problems,
      total,
    );
  if (found.rows === 0 && hasHeader)
    throw new TableFileError(
      path,
      `the file has a header (line ${found.first.line}) and no rows below it; there is nothing to learn from`,
    );
}

function notes(found: Survey, names: readonly string[], hasHeader: boolean, wordsTaken: number): string[] {
  const list: string[] = [];
  if (!hasHeader) list.push(`The file has no header; its columns are called ${names.slice(0, 3).join(", ")}, ….`);
  if (hasHeader)
    found.first.fields.forEach((field, i) => {
      if (field === "") list.push(`Column ${i + 1} has no name and is called column${i + 1}.`);
    });
  const numeric = hasHeader ? found.first.fields.filter(isNumber) : [];
  if (numeric.length > 0)
    list.push(
      `Line ${found.first.line} is taken as the header though ${numeric.map((n) => `"${n}"`).join(", ")} ${numeric.length === 1 ? "is a number" : "are numbers"}; if it is data, say that there is no header.`,
    );
  if (found.repeats.length > 0) {
    const shown = found.repeats.slice(0, 5).join(", ");
    const more = found.repeats.length > 5 ? ", …" : "";
    list.push(`The header is repeated in line ${shown}${more}; passed over.`);
  }
  if (wordsTaken > 0)
    list.push(
      `${count(wordsTaken, "cell")} in columns of numbers held words and ${wordsTaken === 1 ? "counts" : "count"} as missing.`,
    );
  if (found.notText !== undefined)
    list.push(`Line ${found.notText} has characters that are not UTF-8; they were replaced. Save the file as UTF-8.`);
  if (names.length === 1) list.push("Only one column was found; if there are more, name the delimiter.");
  return list;
}

function decimalNotes(found: Survey, names: readonly string[], decimals: readonly Decimal[]): string[] {
  const say = (what: string, sign: "points" | "commas"): string[] => {
    const read = found.columns.flatMap((column, i) => {
      const { example } = column[sign];
      return decimals[i] === "comma" && holdsNumbers(column.comma) && example !== undefined
        ? [{ name: names[i] ?? "", text: example.text }]
        : [];
    });
    const [first] = read;
    if (first === undefined) return [];
    const shown = `${read
      .slice(0, 6)
      .map(({ name }) => name)
      .join(", ")}${read.length > 6 ? ", …" : ""}`;
    return [
      `${what} in ${read.length === 1 ? "column" : "columns"} ${shown}: ${first.text} is ${parseNumber(first.text, "comma")}.`,
    ];
  };
  return [
    ...say("Commas are read as decimal signs", "commas"),
    ...say("Points are read as parting thousands", "points"),
  ];
}

function count(n: number, thing: string): string {
  return `${n.toLocaleString("en")} ${thing}${n === 1 ? "" : "s"}`;
}

class NumberBuilder {
  #values = new Float64Array(1024);
  #length = 0;
  readonly #decimal: Decimal;

  constructor(decimal: Decimal) {
    this.#decimal = decimal;
  }

  push(text: string | undefined): void {
    if (this.#length === this.#values.length) {
      const larger = new Float64Array(2 * this.#length);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length] = text === undefined ? Number.NaN : (parseNumber(text, this.#decimal) ?? Number.NaN);
    this.#length += 1;
  }

  column(name: string): Column {
    return numberColumn(name, this.#values.subarray(0, this.#length));
  }
}

class LabelBuilder {
  /** One string object a label, however often it occurs. */
  readonly #known = new Map<string, string>();
  readonly #labels: (string | null)[] = [];

  push(text: string | undefined): void {
    if (text === undefined) {
      this.#labels.push(null);
      return;
    }
    const known = this.#known.get(text);
    if (known === undefined) this.#known.set(text, text);
    this.#labels.push(known ?? text);
  }

  column(name: string): Column {
    return labelColumn(name, this.#labels);
  }
}
