/** What kind of file this is, from its first bytes: refused kinds with what to do about them, compression, and the delimiter. */
import { open, stat } from "node:fs/promises";
import { gunzipSync, constants as zlib } from "node:zlib";
import { parse } from "csv-parse/sync";
import { TableFileError } from "./table-file-error.js";

export interface Sniffed {
  readonly compressed: boolean;
  readonly delimiter: string;
}

const sampleBytes = 64 * 1024;
const delimiters = [",", ";", "\t", "|"];

/** @throws TableFileError when the file does not exist, is empty, or is no text table. */
export async function sniff(path: string, delimiter: string | undefined): Promise<Sniffed> {
  const first = await readStart(path);
  if (first.length === 0) throw new TableFileError(path, "the file is empty");
  const compressed = first[0] === 0x1f && first[1] === 0x8b;
  const sample = compressed ? gunzipStart(path, first) : first;
  refuseBinary(path, sample);
  const text = new TextDecoder().decode(sample);
  if (text.trim() === "") throw new TableFileError(path, "the file holds nothing but blank lines");
  return { compressed, delimiter: delimiter ?? findDelimiter(text) };
}

async function readStart(path: string): Promise<Uint8Array> {
  try {
    const info = await stat(path);
    if (info.isDirectory()) throw new TableFileError(path, "this is a folder; name a file in it");
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(sampleBytes), 0, sampleBytes, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof TableFileError) throw error;
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT") throw new TableFileError(path, "there is no such file");
    if (code === "EACCES") throw new TableFileError(path, "the file may not be read (no permission)");
    throw new TableFileError(path, `the file cannot be read (${error instanceof Error ? error.message : error})`);
  }
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
 * The delimiter that cuts the first lines into the same number of fields, at least two; the one with the most fields if several do. A comma when
 * none does.
 */
function findDelimiter(text: string): string {
  const start = text.slice(0, sampleBytes).split("\n").slice(0, 21);
  // The last line of a sample may be cut.
  const sample = start.length > 1 ? start.slice(0, -1).join("\n") : start.join("\n");
  let best = { delimiter: ",", agreeing: 0, fields: 1 };
  for (const delimiter of delimiters) {
    const widths = fieldCounts(sample, delimiter);
    const fields = widths[0] ?? 0;
    if (fields < 2) continue;
    const agreeing = widths.filter((w) => w === fields).length / widths.length;
    if (agreeing > best.agreeing || (agreeing === best.agreeing && fields > best.fields))
      best = { delimiter, agreeing, fields };
  }
  return best.delimiter;
}

function fieldCounts(text: string, delimiter: string): number[] {
  try {
    const options = { delimiter, bom: true, relax_column_count: true, relax_quotes: true, skip_empty_lines: true };
    return (parse(text, options) as string[][]).map((record) => record.length);
  } catch {
    return [];
  }
}
