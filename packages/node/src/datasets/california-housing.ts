/**
 * California Housing: 20,640 block groups of the 1990 census. R. K. Pace and R. Barry, "Sparse Spatial Autoregressions", Statistics and
 * Probability Letters 33 (1997) 291–297; the file is that of the StatLib archive.
 */
import { access, rm } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describeColumn, numberColumn, Table } from "thalweg/data";
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
}

/** There was no copy to be had; each place that was tried, and why it did not serve. */
export interface NoHousingData {
  readonly table: undefined;
  readonly tried: readonly string[];
}

/**
 * California Housing with the columns MedInc, HouseAge, AveRooms, AveBedrms, Population, AveOccup, Latitude, Longitude and the target MedHouseVal
 * (in 100,000 dollars), from the first place that has it whole: a folder, the cache, the web. Its size and means are checked, wherever it comes from.
 */
export async function californiaHousing(options: HousingOptions = {}): Promise<HousingData | NoHousingData> {
  const { cache = cacheFolder(), sources = publicSources, onStep, signal } = options;
  const { THALWEG_DATA: named } = process.env;
  const folder = "folder" in options ? options.folder : named;
  const tried: string[] = [];
  if (folder === undefined || folder === "") tried.push("THALWEG_DATA is not set");
  else {
    for (const [file, read] of [
      ["california_housing.csv", readDerived],
      ["cal_housing.data", readRaw],
    ] as const) {
      const table = await tryFile(join(folder, file), read, tried);
      if (table !== undefined) return { table, origin: join(folder, file), from: "folder" };
    }
  }
  const kept = join(cache, "cal_housing.data");
  const cached = await tryFile(kept, readRaw, tried);
  if (cached !== undefined) return { table: cached, origin: kept, from: "cache" };
  for (const source of sources) {
    signal?.throwIfAborted();
    onStep?.(`Downloading California Housing from ${new URL(source.url).host} …`);
    try {
      const table = await fetchInto(kept, source, options);
      return { table, origin: source.url, from: "download" };
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof DownloadError || error instanceof TableFileError || isSystemError(error))) throw error;
      tried.push(`${source.url}: ${error.message}`);
    }
  }
  return { table: undefined, tried };
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

/** The size and four means, computed from the StatLib file. */
const facts = { MedInc: 3.870671, AveRooms: 5.429, AveOccup: 3.070655, MedHouseVal: 2.068558 };

function check(path: string, table: Table): void {
  const wrong = (what: string): TableFileError => new TableFileError(path, `this is not California Housing: ${what}`);
  if (table.rowCount !== 20_640) throw wrong(`it has ${table.rowCount} rows, not 20,640`);
  for (const [name, expected] of Object.entries(facts)) {
    if (!table.has(name)) throw wrong(`there is no column "${name}"`);
    const summary = describeColumn(table.column(name));
    const mean = summary.kind === "number" ? summary.mean : Number.NaN;
    if (!(Math.abs(mean - expected) < 1e-6)) throw wrong(`the mean of ${name} is ${mean}, not ${expected}`);
  }
}

function isSystemError(error: unknown): error is Error {
  return error instanceof Error && "syscall" in error;
}
