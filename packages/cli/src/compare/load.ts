/** Where the table comes from: the file that was named; else California Housing; else data made from a formula. */
import { basename } from "node:path";
import { californiaHousing, type Doubt, readTable, TableFileError } from "@thalweg/node";
import { UserError } from "thalweg";
import { nonlinearRegression, suggestNames, type Table } from "thalweg/data";
import type { CompareSettings } from "./settings.js";

export interface Loaded {
  /** Short, for headings. */
  readonly title: string;
  /** Where it came from, in a sentence. */
  readonly origin: string;
  readonly table: Table;
  readonly target: string;
  /** What the numbers of the target are, where it is known. */
  readonly unit: string | undefined;
  readonly notes: readonly string[];
  /** Columns taken as labels that may have been meant as numbers. */
  readonly doubts: readonly Doubt[];
  /** Set when the data is not what was wanted but a stand-in: why. */
  readonly standIn: readonly string[] | undefined;
  /** The line of the file of each row; undefined for what is not a file of the user's. */
  readonly lines: Int32Array | undefined;
}

export async function load(
  settings: CompareSettings,
  hooks: { readonly onStep: (what: string) => void; readonly signal: AbortSignal },
): Promise<Loaded> {
  return settings.data === undefined ? loadHousing(settings, hooks) : loadFile(settings.data, settings, hooks.signal);
}

async function loadFile(path: string, settings: CompareSettings, signal: AbortSignal): Promise<Loaded> {
  const { header, badCells, delimiter, missing, decimal } = settings;
  const file = await readTable(path, {
    header,
    badCells,
    decimal,
    signal,
    ...(delimiter === undefined ? {} : { delimiter }),
    ...(missing === undefined ? {} : { missing }),
  }).catch((error: unknown) => {
    if (!(error instanceof TableFileError)) throw error;
    const hints: string[] = [];
    if (/correct the file, or/.test(error.message))
      hints.push("With --bad-cells missing such cells count as missing values.");
    if (/decimals with a point|without commas|which sign is the decimal one/.test(error.message))
      hints.push("--decimal comma and --decimal point say which sign is the decimal one.");
    if (hints.length > 0) throw new UserError([error.message, ...hints].join("\n"));
    throw error;
  });
  const { table } = file;
  if (settings.target === undefined)
    throw new UserError(`name the column to predict with --target; the columns are ${quoted(table.names)}`);
  checkColumns(table, settings.target, settings.drop, path);
  return {
    title: basename(path),
    origin: `The file ${path}.`,
    table,
    target: settings.target,
    unit: undefined,
    notes: file.notes,
    doubts: file.doubts,
    standIn: undefined,
    lines: file.lines,
  };
}

async function loadHousing(
  settings: CompareSettings,
  { onStep, signal }: { readonly onStep: (what: string) => void; readonly signal: AbortSignal },
): Promise<Loaded> {
  const housing = await californiaHousing({ onStep, signal, ...(settings.offline ? { sources: [] } : {}) });
  if (housing.table === undefined) return standIn(settings, housing.tried);
  const target = settings.target ?? "MedHouseVal";
  checkColumns(housing.table, target, settings.drop, "California Housing");
  const where = { folder: "read from", cache: "from the cache:", download: "downloaded from" }[housing.from];
  return {
    title: "California Housing",
    origin: `20,640 block groups of the 1990 census (Pace and Barry, 1997); ${where} ${housing.origin}.`,
    table: housing.table,
    target,
    unit: target === "MedHouseVal" ? "100,000 dollars" : undefined,
    notes: housing.notes,
    doubts: [],
    standIn: undefined,
    lines: undefined,
  };
}

function standIn(settings: CompareSettings, tried: readonly string[]): Loaded {
  const table = nonlinearRegression({ seed: settings.seed });
  const target = settings.target ?? "y";
  checkColumns(table, target, settings.drop, "the generated data");
  return {
    title: "Generated data (stand-in for California Housing)",
    origin: `1,000 rows made from the formula y = sin x₁ + x₂² + noise (deviation 0.1) with seed ${settings.seed}; eight more columns have no influence.`,
    table,
    target,
    unit: undefined,
    notes: [],
    doubts: [],
    standIn: tried,
    lines: undefined,
  };
}

function checkColumns(table: Table, target: string, drop: readonly string[], where: string): void {
  for (const name of [target, ...drop])
    if (!table.has(name))
      throw new UserError(`there is no column "${name}" in ${where}; ${suggestNames(name, table.names)}`);
  if (drop.includes(target))
    throw new UserError(`"${target}" is the target and also in --drop; leave it out of one of them`);
}

function quoted(names: readonly string[]): string {
  const shown = names.slice(0, 20).map((n) => `"${n}"`);
  return shown.join(", ") + (names.length > shown.length ? ` and ${names.length - shown.length} more` : "");
}
