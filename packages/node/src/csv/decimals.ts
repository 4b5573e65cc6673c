/**
 * Which columns have decimal commas. A file is taken to have them when a column shows it beyond doubt: it holds numbers such as "0,5" or
 * "12,25", which no comma for thousands explains, and none with a decimal point. What remains open is asked for, never guessed.
 */
import type { Decimal } from "./cell.js";
import { type ColumnSurvey, holdsNumbers } from "./survey.js";
import { type Problem, TableFileError } from "./table-file-error.js";

/**
 * @throws TableFileError when commas are decimal in one column and another has points that may be decimals or part thousands.
 */
export function decideDecimals(
  path: string,
  columns: readonly ColumnSurvey[],
  names: readonly string[],
  wanted: Decimal | "auto",
): readonly Decimal[] {
  if (wanted !== "auto") return columns.map(() => wanted);
  const commas = (column: ColumnSurvey): boolean =>
    column.commas.any > 0 && column.points.clear === 0 && holdsNumbers(column.comma);
  const shown = columns.some((column) => commas(column) && column.commas.clear > 0);
  if (!shown) return columns.map(() => "point");
  const doubtful = columns.flatMap((column, i): Problem[] => {
    const { any, clear, example } = column.points;
    if (commas(column) || clear > 0 || any === 0 || example === undefined || !holdsNumbers(column.point)) return [];
    const { line, text } = example;
    return [{ line, column: { number: i + 1, name: names[i] ?? "" }, text: `"${text}" may be either` }];
  });
  if (doubtful.length > 0)
    throw new TableFileError(
      path,
      "other columns have decimal commas, so that a point here may be decimal or part thousands; say which sign is the decimal one, or write all numbers in one way",
      doubtful,
    );
  return columns.map((column) => (commas(column) ? "comma" : "point"));
}
