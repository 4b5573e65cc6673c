/** What kind of file this is, from its first bytes: refused kinds with what to do about them, compression, and the delimiter. */
import { gunzipSync, constants as zlib } from "node:zlib";
import { parse } from "csv-parse/sync";
import { isNumber } from "./cell.js";
import type { Source } from "./source.js";
import { TableFileError } from "./table-file-error.js";

export interface Sniffed {
  readonly compressed: boolean;
  readonly delimiter: string;
}

const sampleBytes = 64 * 1024;
const delimiters = [",", ";", "\t", "|"];

/** @throws TableFileError when the file cannot be read, is empty, or is no text table. */
export async function sniff(source: Source, delimiter: string | undefined): Promise<Sniffed> {
  const { path } = source;
  const first = await source.start(sampleBytes);
  if (first.length === 0) throw new TableFileError(path, "the file is empty");
  const compressed = first[0] === 0x1f && first[1] === 0x8b;
  const sample = compressed ? gunzipStart(path, first) : first;
  refuseBinary(path, sample);
  const text = new TextDecoder().decode(sample);
  if (text.trim() === "") throw new TableFileError(path, "the file holds nothing but blank lines");
  return { compressed, delimiter: delimiter ?? findDelimiter(text) };
}

function gunzipStart(path: string, bytes: Uint8Array): Uint8Array {
  try {
    return gunzipSync(bytes, { finishFlush: zlib.Z_SYNC_FLUSH });
  } catch {
    throw new TableFileError(path, "the file begins like a gzip archive and cannot be unpacked; it may be damaged");
  }
}

function refuseBinary(path: string, bytes: Uint8Array): void {
  const starts = (...magic: number[]): boolean => magic.every((byte, i) => bytes[i] === byte);
  if (starts(0x50, 0x4b, 0x03, 0x04))
    throw new TableFileError(path, "this is a zip archive or an Excel workbook; unpack it, or export the sheet as CSV");
  if (starts(0x50, 0x41, 0x52, 0x31)) throw new TableFileError(path, "this is a Parquet file; export it as CSV");
  if (starts(0xff, 0xfe) || starts(0xfe, 0xff))
    throw new TableFileError(path, "this text is in UTF-16; save it as UTF-8 (in Excel: “CSV UTF-8”)");
  if (bytes.includes(0)) throw new TableFileError(path, "this is not a text file: it holds zero bytes");
}

/**
 * The delimiter that cuts the first lines into the same number of fields, at least two. If several do, the one that leaves more numbers (a decimal comma
 * also cuts evenly: 0,5;1,5), then the one with more fields. A comma when none does.
 */
function findDelimiter(text: string): string {
  const start = text.slice(0, sampleBytes).split("\n").slice(0, 21);
  // The last line of a sample may be cut.
  const sample = start.length > 1 ? start.slice(0, -1).join("\n") : start.join("\n");
  let best = { delimiter: ",", rank: [0, 0, 1] as readonly number[] };
  for (const delimiter of delimiters) {
    const rows = cut(sample, delimiter);
    const fields = rows[0]?.length ?? 0;
    if (fields < 2) continue;
    const agreeing = rows.filter((row) => row.length === fields).length / rows.length;
    const cells = rows.flat();
    const rank = [agreeing, cells.filter(isNumber).length / cells.length, fields];
    if (exceeds(rank, best.rank)) best = { delimiter, rank };
  }
  return best.delimiter;
}

/** In the first place where they differ. */
function exceeds(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((x, i) => x !== b[i]);
  return at >= 0 && (a[at] ?? 0) > (b[at] ?? 0);
}

function cut(text: string, delimiter: string): string[][] {
  try {
    const options = {
      delimiter,
      bom: true,
      trim: true,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
    };
    return parse(text, options) as string[][];
  } catch {
    return [];
  }
}
