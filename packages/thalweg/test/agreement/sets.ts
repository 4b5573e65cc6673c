/** The classic data sets in the folder that THALWEG_DATA names, read as tools/reference/classic_sets.py reads them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { standardScaler } from "../../src/preprocessing/index.js";

const { THALWEG_DATA: folder } = process.env;

/** Options of every test that reads a data set. */
export const needsData = { skip: (folder === undefined || folder === "") && "THALWEG_DATA is not set" };

export type Rows = number[][];

export interface NumberSet {
  readonly x: Rows;
  readonly y: number[];
}

export interface MixedSet {
  readonly x: Rows;
  readonly y: string[];
}

export interface Housing {
  readonly names: readonly string[];
  /** Missing cells are NaN. */
  readonly numbers: Rows;
  readonly proximity: string[];
  readonly values: number[];
}

function once<T>(make: () => T): () => T {
  let value: { readonly made: T } | undefined;
  return () => {
    value ??= { made: make() };
    return value.made;
  };
}

function read(name: string): Uint8Array {
  const bytes = readFileSync(join(folder ?? "", name));
  return name.endsWith(".gz") ? gunzipSync(bytes) : bytes;
}

function lines(name: string): string[] {
  return Buffer.from(read(name)).toString("utf8").trim().split(/\r?\n/);
}

const numbersOf = (line: string, separator: string | RegExp): number[] => line.trim().split(separator).map(Number);

/** The last column is y. */
function withTarget(rows: Rows): NumberSet {
  return { x: rows.map((row) => row.slice(0, -1)), y: rows.map((row) => row.at(-1) ?? Number.NaN) };
}

function classes(name: string): () => NumberSet {
  return once(() =>
    withTarget(
      lines(`sklearn/${name}`)
        .slice(1)
        .map((line) => numbersOf(line, ",")),
    ),
  );
}

export const iris = classes("iris.csv");
export const wine = classes("wine_data.csv");
export const cancer = classes("breast_cancer.csv");
export const digits = once(() => withTarget(lines("sklearn/digits.csv.gz").map((line) => numbersOf(line, ","))));
export const diabetes = once(() => ({
  x: lines("sklearn/diabetes_data_raw.csv.gz").map((line) => numbersOf(line, /\s+/)),
  y: lines("sklearn/diabetes_target.csv.gz").map(Number),
}));
export const california = once(() =>
  withTarget(
    lines("california_housing.csv")
      .slice(1)
      .map((line) => numbersOf(line, ",")),
  ),
);

/** The first 3000 images of the test part. */
export const mnist = once((): NumberSet => {
  const count = 3000;
  const pixels = read("mnist/t10k-images-idx3-ubyte.gz").subarray(16);
  const labels = read("mnist/t10k-labels-idx1-ubyte.gz").subarray(8);
  const x = Array.from({ length: count }, (_, i) => Array.from(pixels.subarray(784 * i, 784 * (i + 1))));
  return { x, y: Array.from(labels.subarray(0, count)) };
});

/** Rain, warmest, coldest, wind; and what the weather was. */
export const seattle = once((): MixedSet => {
  const cells = lines("seattle-weather.csv")
    .slice(1)
    .map((line) => line.split(","));
  return { x: cells.map((row) => row.slice(1, 5).map(Number)), y: cells.map((row) => row[5] ?? "") };
});

export const housing = once((): Housing => {
  const [head = "", ...rest] = lines("housing.csv");
  const cells = rest.map((line) => line.split(","));
  return {
    names: head.split(",").slice(0, 8),
    numbers: cells.map((row) => row.slice(0, 8).map((cell) => (cell === "" ? Number.NaN : Number(cell)))),
    values: cells.map((row) => Number(row[8])),
    proximity: cells.map((row) => row[9] ?? ""),
  };
});

export function standard(x: Rows): Rows {
  return standardScaler().fit(x).transform(x).array() as Rows;
}

/** Every `step`th, from the first or from `from`. */
export function every<T>(list: readonly T[], step: number, from = 0): T[] {
  return list.filter((_, i) => i >= from && (i - from) % step === 0);
}

/** 0.5, 1.5, … 4.5, 0.5, … */
export function weightsOf(list: readonly unknown[]): number[] {
  return list.map((_, i) => 0.5 + (i % 5));
}
