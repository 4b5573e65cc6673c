/**
 * The first pass over a file: how wide its rows are, whether the first is a header, what each column holds, and everything that is wrong, so
 * that one error can name all of it. The second pass then reads what is known to be readable.
 */
import { defaultMissing, explainWord, parseNumber } from "./cell.js";
import type { CsvRecord } from "./records.js";
import type { Problem } from "./table-file-error.js";

export interface SurveyOptions {
  readonly header: boolean | "auto";
  readonly missing: readonly string[];
}

/** Counts of the cells of one column below the first record. */
export interface ColumnSurvey {
  numbers: number;
  words: number;
  empty: number;
  /** The first cells that are neither numbers nor missing. */
  readonly examples: { line: number; text: string }[];
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
      columns = fields.map(() => ({ numbers: 0, words: 0, empty: 0, examples: [] }));
      repeatable = options.header !== false && fields.every((f) => parseNumber(f) === undefined);
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
    if (isMissing(text)) column.empty += 1;
    else if (parseNumber(text) !== undefined) column.numbers += 1;
    else {
      column.words += 1;
      if (column.examples.length < mostExamples) column.examples.push({ line, text });
    }
  });
}

/** A column is one of numbers when more of its cells are numbers than words; words in it are then mistakes. */
export function holdsNumbers(column: ColumnSurvey): boolean {
  return column.numbers > column.words;
}

/**
 * Whether the first record names the columns: it has no number, or a word stands above a column of numbers. When all is text the first row counts as
 * the header.
 */
export function looksLikeHeader(found: Survey): boolean {
  const numbers = found.first.fields.filter((f) => parseNumber(f) !== undefined).length;
  if (numbers === 0) return true;
  return found.columns.some((column, i) => {
    const text = found.first.fields[i] ?? "";
    return holdsNumbers(column) && column.words === 0 && text !== "" && parseNumber(text) === undefined;
  });
}

/** Words in columns of numbers, in the order of the lines. */
export function wordsAmongNumbers(found: Survey, names: readonly string[]): { problems: Problem[]; total: number } {
  const problems: Problem[] = [];
  let total = 0;
  found.columns.forEach((column, i) => {
    if (!holdsNumbers(column)) return;
    total += column.words;
    for (const { line, text } of column.examples) {
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
