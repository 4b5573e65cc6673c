/** Reading of the reference files that tools/reference/tensor.py writes, and comparison with them. */
import assert from "node:assert/strict";
import { epsilon } from "../../src/base/dtype.js";
import { type DType, type Tensor, tensor } from "../../src/index.js";

/** A tensor as the files hold it: infinities, NaN and −0 are texts. */
export interface Stored {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly data: readonly (number | string)[];
}

export interface Row {
  readonly op: string;
  /** Positions in `arrays`. */
  readonly inputs: readonly number[];
  readonly options?: object;
  readonly expected: Stored;
}

export interface ReferenceFile {
  readonly arrays: readonly Stored[];
  readonly rows: readonly Row[];
}

function plain(x: number | string): number {
  if (typeof x === "number") return x;
  return (
    { nan: Number.NaN, inf: Number.POSITIVE_INFINITY, "-inf": Number.NEGATIVE_INFINITY, "-0": -0 }[x] ?? Number.NaN
  );
}

export function load(stored: Stored): Tensor {
  return tensor(stored.data.map(plain), { dtype: stored.dtype as DType, shape: stored.shape });
}

export interface Closeness {
  /** Relative, in units of the machine epsilon of the dtype. */
  readonly relative: number;
  /** Absolute, in the same units. Default: 0. */
  readonly absolute?: number;
}

/** Shape and dtype must be the same, infinities and NaN in the same places; zeros must agree in sign when `signs`. */
export function assertMatches(
  actual: Tensor,
  expected: Stored,
  closeness: Closeness,
  label: string,
  signs = false,
): void {
  assert.deepEqual([...actual.shape], [...expected.shape], `${label}: shape`);
  assert.equal(actual.dtype, expected.dtype, `${label}: dtype`);
  const eps = expected.dtype === "float64" ? epsilon("float64") : expected.dtype === "float32" ? epsilon("float32") : 0;
  const data = actual.data();
  expected.data.forEach((stored, i) => {
    const [x, y] = [data[i] ?? Number.NaN, plain(stored)];
    const near = Math.abs(x - y) <= eps * (closeness.relative * Math.abs(y) + (closeness.absolute ?? 0));
    const same = signs && y === 0 ? Object.is(x, y) : near || x === y || (Number.isNaN(x) && Number.isNaN(y));
    assert.ok(same, `${label}: element ${i} is ${x}, expected ${y}`);
  });
}

/** What a row is about, for messages. */
export function labelOf(row: Row, inputs: readonly Stored[]): string {
  return `${row.op}(${inputs.map((a) => `${a.dtype}[${a.shape.join()}]`).join(", ")}; ${JSON.stringify(row.options ?? {})})`;
}

/** The rows of a file by op. */
export function byOp(file: ReferenceFile): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of file.rows) groups.set(row.op, [...(groups.get(row.op) ?? []), row]);
  return groups;
}

export function inputsOf(file: ReferenceFile, row: Row): Stored[] {
  return row.inputs.map((i) => {
    const stored = file.arrays[i];
    assert.ok(stored !== undefined);
    return stored;
  });
}
