/**
 * California Housing: 20,640 block groups of the 1990 census. R. K. Pace and R. Barry, "Sparse Spatial Autoregressions", Statistics and
 * Probability Letters 33 (1997) 291–297; the file is that of the StatLib archive.
 */
import { createHash } from "node:crypto";
import { access, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { numberColumn, Table } from "thalweg/data";
import { readTable } from "../csv/read-table.js";
import { TableFileError } from "../csv/table-file-error.js";
import { writeFileAtomic } from "../write-file-atomic.js";
import { cacheFolder } from "./cache-folder.js";
import { DownloadError, download } from "./download.js";
import { fileInTar } from "./tar.js";

/** An archive with `cal_housing.data` in it. */
export interface ArchiveSource {
  readonly url: string;
  readonly sha256: string;
}

/** The copy that scikit-learn's `fetch_california_housing` takes, with the checksum from its source, and the page it came from. */
const archive = "aaa5c9a6afe2225cc2aed2723682ae403280c4a3695a2ddda4ffb5d8215ea681";
const publicSources: readonly ArchiveSource[] = [
  { url: "https://ndownloader.figshare.com/files/5976036", sha256: archive },
  { url: "https://www.dcc.fc.up.pt/~ltorgo/Regression/cal_housing.tgz", sha256: archive },
];

/** Of `cal_housing.data` as that archive holds it. */
const rawChecksum = "a2b44dcc7e1c9091b43c4f458b25cbd1f7e8068d08edd26bc4703108d3fa6214";

const rawNames = [
  "longitude",
  "latitude",
  "housingMedianAge",
  "totalRooms",
  "totalBedrooms",
  "population",
  "households",
  "medianIncome",
  "medianHouseValue",
] as const;

export interface HousingOptions {
  /** A folder with california_housing.csv or cal_housing.data. Default: the environment variable THALWEG_DATA. */
  readonly folder?: string | undefined;
  /** Where a downloaded copy is kept. Default: `cacheFolder()`. */
  readonly cache?: string;
  /** Where to download from; none for not at all. Default: its public homes. */
  readonly sources?: readonly ArchiveSource[];
  /** Of each download, in milliseconds. Default: 20,000. */
  readonly timeout?: number;
  /** Told what is tried, for a screen. */
  readonly onStep?: (what: string) => void;
  readonly signal?: AbortSignal;
}

export interface HousingData {
  readonly table: Table;
  /** Where it came from: a path or an address. */
  readonly origin: string;
  readonly from: "folder" | "cache" | "download";
  /** What a reader of results should know about this copy, a sentence each. */
  readonly notes: readonly string[];
}

/** There was no copy to be had; each place that was tried, and why it did not serve. */
export interface NoHousingData {
  readonly table: undefined;
  readonly tried: readonly string[];
}

/**
 * California Housing with the columns MedInc, HouseAge, AveRooms, AveBedrms, Population, AveOccup, Latitude, Longitude and the target MedHouseVal
 * (in 100,000 dollars), from the first place that has it whole: a folder, the cache, the web. A copy in the cache must have the checksum of the file in
 * the public archive, a download that of the archive; a copy in a folder that was named is taken as it is, and `notes` says where its values differ.
 */
export async function californiaHousing(options: HousingOptions = {}): Promise<HousingData | NoHousingData> {
  const { cache = cacheFolder(), sources = publicSources, onStep, signal } = options;
  const folder = "folder" in options ? options.folder : process.env.THALWEG_DATA;
  const tried: string[] = [];
  if (folder === undefined || folder === "") tried.push("THALWEG_DATA is not set");
  else {
    for (const [file, read] of [
      ["california_housing.csv", readDerived],
      ["cal_housing.data", readRaw],
    ] as const) {
      const table = await tryFile(join(folder, file), read, tried);
      if (table !== undefined) return { table, origin: join(folder, file), from: "folder", notes: differences(table) };
    }
  }
  const kept = join(cache, "cal_housing.data");
  const cached = await tryFile(kept, readKept, tried);
  if (cached !== undefined) return { table: cached, origin: kept, from: "cache", notes: [] };
  for (const source of sources) {
    signal?.throwIfAborted();
    onStep?.(`Downloading California Housing from ${new URL(source.url).host} …`);
    try {
      const table = await fetchInto(kept, source, options);
      return { table, origin: source.url, from: "download", notes: [] };
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof DownloadError || error instanceof TableFileError || isSystemError(error))) throw error;
      tried.push(`${source.url}: ${error.message}`);
    }
  }
  return { table: undefined, tried };
}

/** The files that `californiaHousing` may read, whether they exist or not. */
export function housingFiles(options: Pick<HousingOptions, "folder" | "cache"> = {}): string[] {
  const folder = "folder" in options ? options.folder : process.env.THALWEG_DATA;
  const named = folder === undefined || folder === "" ? [] : ["california_housing.csv", "cal_housing.data"];
  return [...named.map((file) => join(folder ?? "", file)), join(options.cache ?? cacheFolder(), "cal_housing.data")];
}

async function tryFile(
  path: string,
  read: (path: string) => Promise<Table>,
  tried: string[],
): Promise<Table | undefined> {
  try {
    await access(path);
  } catch {
    tried.push(`${path}: there is no such file`);
    return undefined;
  }
  try {
    return await read(path);
  } catch (error) {
    if (!(error instanceof TableFileError)) throw error;
    tried.push(error.message);
    return undefined;
  }
}

async function fetchInto(kept: string, source: ArchiveSource, options: HousingOptions): Promise<Table> {
  const { timeout, signal } = options;
  const bytes = await download(source.url, source.sha256, {
    ...(timeout === undefined ? {} : { timeout }),
    ...(signal === undefined ? {} : { signal }),
  });
  const content = fileInTar(unpack(bytes), "cal_housing.data");
  if (content === undefined) throw new DownloadError("the archive does not hold cal_housing.data");
  await writeFileAtomic(kept, content, signal === undefined ? {} : { signal });
  try {
    return await readRaw(kept);
  } catch (error) {
    await rm(kept, { force: true });
    throw error;
  }
}

function unpack(bytes: Uint8Array): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: 64 << 20 });
  } catch {
    throw new DownloadError("the archive cannot be unpacked");
  }
}

async function readDerived(path: string): Promise<Table> {
  const { table } = await readTable(path);
  check(path, table);
  return table;
}

/** A copy that nobody looks at: it is what was downloaded, or it does not count. */
async function readKept(path: string): Promise<Table> {
  const found = createHash("sha256")
    .update(await readFile(path))
    .digest("hex");
  if (found !== rawChecksum)
    throw new TableFileError(
      path,
      `this copy is not the file that the archive holds: its SHA-256 begins ${found.slice(0, 12)}, not ${rawChecksum.slice(0, 12)}; it is passed over`,
    );
  return readRaw(path);
}

async function readRaw(path: string): Promise<Table> {
  const { table } = await readTable(path, { names: rawNames });
  const values = (name: (typeof rawNames)[number]): Float64Array => table.numbers(name).values;
  const households = values("households");
  const perHousehold = (total: Float64Array): Float64Array => total.map((x, i) => x / (households[i] ?? Number.NaN));
  const derived = new Table([
    numberColumn("MedInc", values("medianIncome")),
    numberColumn("HouseAge", values("housingMedianAge")),
    numberColumn("AveRooms", perHousehold(values("totalRooms"))),
    numberColumn("AveBedrms", perHousehold(values("totalBedrooms"))),
    numberColumn("Population", values("population")),
    numberColumn("AveOccup", perHousehold(values("population"))),
    numberColumn("Latitude", values("latitude")),
    numberColumn("Longitude", values("longitude")),
    numberColumn(
      "MedHouseVal",
      values("medianHouseValue").map((x) => x / 100_000),
    ),
  ]);
  check(path, derived);
  return derived;
}

/** The first 16 digits of the SHA-256 of each column of the StatLib file as `readRaw` derives them, as little-endian float64. */
const fingerprints = {
  MedInc: "55f8589db5c12959",
  HouseAge: "3a4ad10e31453f27",
  AveRooms: "13f917f7c6b85895",
  AveBedrms: "0de4b4bd5480b88e",
  Population: "5877722846950d30",
  AveOccup: "fa1df33ffb8d3394",
  Latitude: "280a4a80e42b74d1",
  Longitude: "0579f9d778ceae3c",
  MedHouseVal: "ae80bb98487c04d7",
};

function check(path: string, table: Table): void {
  const wrong = (what: string): TableFileError => new TableFileError(path, `this is not California Housing: ${what}`);
  if (table.rowCount !== 20_640) throw wrong(`it has ${table.rowCount} rows, not 20,640`);
  for (const name of Object.keys(fingerprints)) {
    if (!table.has(name)) throw wrong(`there is no column "${name}"`);
    if (table.column(name).kind !== "number") throw wrong(`the column "${name}" does not hold numbers`);
  }
  if (altered(table).length === Object.keys(fingerprints).length)
    throw wrong("no column holds its values in their order");
}

/** The columns whose values are not those of the StatLib file. */
function altered(table: Table): string[] {
  return Object.entries(fingerprints).flatMap(([name, expected]) =>
    fingerprint(table.numbers(name).values) === expected ? [] : [name],
  );
}

function fingerprint(values: Float64Array): string {
  const bytes = new DataView(new ArrayBuffer(8 * values.length));
  values.forEach((value, i) => {
    bytes.setFloat64(8 * i, value, true);
  });
  return createHash("sha256").update(bytes).digest("hex").slice(0, 16);
}

function differences(table: Table): string[] {
  const known = Object.keys(fingerprints);
  const list: string[] = [];
  const columns = altered(table);
  if (columns.length > 0)
    list.push(
      `This copy is not the known one: the values of ${columns.join(", ")} differ from the StatLib file, and results are not comparable with others on California Housing.`,
    );
  const more = table.names.filter((name) => !known.includes(name));
  if (more.length > 0) list.push(`This copy has columns that California Housing does not have: ${more.join(", ")}.`);
  return list;
}

function isSystemError(error: unknown): error is Error {
  return error instanceof Error && "syscall" in error;
}
