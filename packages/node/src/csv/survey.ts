/**
 * The first pass over a file: how wide its rows are, whether the first is a header, what each column holds, and everything that is wrong, so
 * that one error can name all of it. The second pass then reads what is known to be readable.
 */
import { type Decimal, defaultMissing, explainWord, isGrouped, isNumber, parseNumber } from "./cell.js";
import type { CsvRecord } from "./records.js";
import type { Problem } from "./table-file-error.js";

export interface SurveyOptions {
  readonly header: boolean | "auto";
  readonly missing: readonly string[];
}

/** The cells of one column, read with one decimal sign. */
export interface Reading {
  numbers: number;
  words: number;
  /** The first cells that are neither numbers nor missing. */
  readonly examples: { line: number; text: string }[];
}

/** Cells with one of the signs in them that are numbers when it is the decimal one. */
export interface SignSurvey {
  any: number;
  /** Those in which the sign cannot part thousands. */
  clear: number;
  example: { line: number; text: string } | undefined;
}

/** Counts of the cells of one column below the first record. */
export interface ColumnSurvey {
  empty: number;
  readonly point: Reading;
  readonly comma: Reading;
  readonly points: SignSurvey;
  readonly commas: SignSurvey;
  /** Words with a known reason not to be a number: "$5", "5 %". */
  nearly: number;
  nearlyExample: string | undefined;
}

export interface Survey {
  readonly first: CsvRecord;
  readonly columns: readonly ColumnSurvey[];
  /** Records below the first that are not copies of it. */
  readonly rows: number;
  /** Lines that repeat the first record word for word, which has no number in it. */
  readonly repeats: readonly number[];
  /** Records of another width than the first: the first ones, and how many there are. */
  readonly ragged: { readonly problems: readonly Problem[]; readonly total: number };
  /** The first line with a byte sequence that is not UTF-8. */
  readonly notText: number | undefined;
}

const mostExamples = 20;

/** Undefined when there is no record at all. `limit` is told the cells read so far and may throw. */
export async function survey(
  records: AsyncIterable<CsvRecord>,
  options: SurveyOptions,
  limit: (cells: number) => void,
): Promise<Survey | undefined> {
  const isMissing = missingTest(options.missing);
  let first: CsvRecord | undefined;
  let columns: ColumnSurvey[] = [];
  let rows = 0;
  let repeatable = false;
  const repeats: number[] = [];
  const ragged: Problem[] = [];
  let raggedTotal = 0;
  let notText: number | undefined;
  for await (const record of records) {
    const { line, fields } = record;
    if (notText === undefined && fields.some((f) => f.includes("\ufffd"))) notText = line;
    if (first === undefined) {
      first = record;
      columns = fields.map(emptySurvey);
      repeatable = options.header !== false && !fields.some(isNumber);
      continue;
    }
    if (fields.length !== first.fields.length) {
      raggedTotal += 1;
      if (ragged.length < mostExamples) {
        const has = `${fields.length} ${fields.length === 1 ? "field" : "fields"}`;
        ragged.push({ line, text: `${has} where the first row has ${first.fields.length}` });
      }
      continue;
    }
    if (repeatable && sameFields(fields, first.fields)) {
      repeats.push(line);
      continue;
    }
    rows += 1;
    limit(rows * fields.length);
    countCells(columns, record, isMissing);
  }
  if (first === undefined) return undefined;
  return { first, columns, rows, repeats, ragged: { problems: ragged, total: raggedTotal }, notText };
}

/** Counts the cells of a record; also those of the first, once it is known to be no header. */
export function countCells(
  columns: readonly ColumnSurvey[],
  { line, fields }: CsvRecord,
  isMissing: (text: string) => boolean,
): void {
  columns.forEach((column, i) => {
    const text = fields[i] ?? "";
    if (isMissing(text)) {
      column.empty += 1;
      return;
    }
    const hasPoint = text.includes(".");
    const hasComma = text.includes(",");
    const asPoint = parseNumber(text) !== undefined;
    const asComma = hasPoint || hasComma ? parseNumber(text, "comma") !== undefined : asPoint;
    enter(column.point, asPoint, line, text);
    enter(column.comma, asComma, line, text);
    if (hasPoint && asPoint) enterSign(column.points, line, text);
    if (hasComma && asComma) enterSign(column.commas, line, text);
    if (!asPoint && explainWord(text) !== "") {
      column.nearly += 1;
      column.nearlyExample ??= text;
    }
  });
}

function emptySurvey(): ColumnSurvey {
  const reading = (): Reading => ({ numbers: 0, words: 0, examples: [] });
  const sign = (): SignSurvey => ({ any: 0, clear: 0, example: undefined });
  return {
    empty: 0,
    point: reading(),
    comma: reading(),
    points: sign(),
    commas: sign(),
    nearly: 0,
    nearlyExample: undefined,
  };
}

function enter(reading: Reading, isOne: boolean, line: number, text: string): void {
  if (isOne) reading.numbers += 1;
  else {
    reading.words += 1;
    if (reading.examples.length < mostExamples) reading.examples.push({ line, text });
  }
}

function enterSign(sign: SignSurvey, line: number, text: string): void {
  sign.any += 1;
  sign.example ??= { line, text };
  // "1.234,5" has both signs: the last of them is the decimal one.
  if (!isGrouped(text) || (text.includes(".") && text.includes(","))) sign.clear += 1;
}

/** A column is one of numbers when more of its cells are numbers than words; words in it are then mistakes. */
export function holdsNumbers(reading: Reading): boolean {
  return reading.numbers > reading.words;
}

/**
 * Whether the first record names the columns: it has no number, or a word stands above a column of numbers. When all is text the first row counts as
 * the header.
 */
export function looksLikeHeader(found: Survey): boolean {
  if (!found.first.fields.some(isNumber)) return true;
  return found.columns.some(({ point, comma }, i) => {
    const text = found.first.fields[i] ?? "";
    const numbersOnly = [point, comma].some((reading) => holdsNumbers(reading) && reading.words === 0);
    return numbersOnly && text !== "" && !isNumber(text);
  });
}

/** Words in columns of numbers, in the order of the lines. */
export function wordsAmongNumbers(
  found: Survey,
  names: readonly string[],
  decimals: readonly Decimal[],
): { problems: Problem[]; total: number } {
  const problems: Problem[] = [];
  let total = 0;
  found.columns.forEach((column, i) => {
    const reading = column[decimals[i] ?? "point"];
    if (!holdsNumbers(reading)) return;
    total += reading.words;
    for (const { line, text } of reading.examples) {
      const why = explainWord(text);
      problems.push({
        line,
        column: { number: i + 1, name: names[i] ?? "" },
        text: `"${shorten(text)}" is not a number${why === "" ? "" : ` (${why})`}`,
      });
    }
  });
  problems.sort((a, b) => a.line - b.line);
  return { problems, total };
}

/** A column taken as labels most of whose cells are nearly numbers. */
export interface Doubt {
  readonly column: string;
  /** A cell, and what may be wrong with it. */
  readonly text: string;
}

export function findDoubts(found: Survey, names: readonly string[], decimals: readonly Decimal[]): Doubt[] {
  return found.columns.flatMap((column, i): Doubt[] => {
    const { numbers, words } = column.point;
    const { nearly, nearlyExample: example } = column;
    if (example === undefined || decimals[i] !== "point" || holdsNumbers(column.point)) return [];
    if (2 * (numbers + nearly) <= numbers + words) return [];
    return [{ column: names[i] ?? "", text: `"${shorten(example)}" (${explainWord(example)})` }];
  });
}

export function missingTest(missing: readonly string[] = defaultMissing): (text: string) => boolean {
  const texts = new Set(missing.map((m) => m.toLowerCase()));
  const longest = Math.max(0, ...missing.map((m) => m.length));
  return (text) => text.length <= longest && texts.has(text.toLowerCase());
}

export function sameFields(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((field, i) => field === b[i]);
}

function shorten(text: string): string {
  const oneLine = text.replace(/\s+/g, " ");
  return oneLine.length > 40 ? `${oneLine.slice(0, 37)}…` : oneLine;
}
