/** The records of a delimited text file, one after the other, each with the line of the file on which it begins. */
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { CsvError, type InfoRecord, parse } from "csv-parse";
import type { Sniffed } from "./sniff.js";
import { explainSystemError, type Source } from "./source.js";
import { TableFileError } from "./table-file-error.js";

export interface CsvRecord {
  readonly line: number;
  readonly fields: readonly string[];
}

/**
 * Reads as a stream: memory does not grow with the file. Blank lines are passed over, spaces around fields removed, all three kinds of line end
 * taken, a byte order mark ignored.
 *
 * @throws TableFileError with the line, for quotes that do not match.
 */
export async function* readRecords(source: Source, { compressed, delimiter }: Sniffed): AsyncGenerator<CsvRecord> {
  const parser = parse({
    delimiter,
    bom: true,
    info: true,
    trim: true,
    relax_column_count: true,
    skip_empty_lines: true,
    record_delimiter: ["\r\n", "\n", "\r"],
    max_record_size: 16 << 20,
  });
  const file = source.open();
  // Errors of any part reach the loop below through the parser, which pipeline() destroys with them.
  if (compressed) pipeline(file, createGunzip(), parser, () => {});
  else pipeline(file, parser, () => {});
  let lastLine = 0;
  // The parser counts CR LF inside quotes as two lines.
  let surplus = 0;
  try {
    for await (const item of parser) {
      const { record, info } = item as { record: string[]; info: InfoRecord };
      let inside = 0;
      for (const field of record) {
        if (!/[\r\n]/.test(field)) continue;
        surplus += field.split("\r\n").length - 1;
        inside += field.split(/\r\n|\n|\r/).length - 1;
      }
      lastLine = info.lines - surplus;
      yield { line: lastLine - inside, fields: record };
    }
  } catch (error) {
    throw explain(source.path, error, lastLine, surplus);
  } finally {
    file.destroy();
  }
}

function explain(path: string, error: unknown, lastLine: number, surplus: number): unknown {
  if (!(error instanceof CsvError)) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    return code.startsWith("Z_")
      ? new TableFileError(path, "the gzip archive is damaged or cut short")
      : explainSystemError(path, error);
  }
  const { lines } = error;
  const line = typeof lines === "number" ? lines - surplus : lastLine + 1;
  switch (error.code) {
    case "CSV_QUOTE_NOT_CLOSED":
      return new TableFileError(path, 'a quotation mark (") is opened and never closed', [
        { line: lastLine + 1, text: "the quoted text begins in the row that starts here, or later" },
      ]);
    case "INVALID_OPENING_QUOTE":
      return new TableFileError(path, 'a quotation mark (") stands in the middle of a field', [
        { line, text: 'put the whole field in quotation marks and double those inside: "5"" pipe"' },
      ]);
    case "CSV_INVALID_CLOSING_QUOTE":
      return new TableFileError(path, "text follows the closing quotation mark of a field", [
        { line, text: 'double the quotation marks inside a quoted field: "a ""good"" house"' },
      ]);
    case "CSV_MAX_RECORD_SIZE":
      return new TableFileError(
        path,
        "a row is longer than 16 MB: a quotation mark may be missing, or this is no table",
        [{ line: lastLine + 1, text: "the row begins here" }],
      );
    default:
      return new TableFileError(path, error.message, [{ line, text: "see above" }]);
  }
}
