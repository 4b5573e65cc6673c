/** Shaping, slicing, indexing, sorting and counting against NumPy, case by case. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type DType, isFloat } from "../../src/base/dtype.js";
import {
  type IndexArray,
  type PadMode,
  type PadWidths,
  type QuantileMethod,
  type SlicePart,
  type Tensor,
  tensor,
} from "../../src/index.js";
import { useDevice } from "../device.js";
import json from "../references/indexing.json" with { type: "json" };

interface Encoded {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly data: readonly (number | string)[];
}
interface Case {
  readonly op: string;
  readonly x: number;
  readonly args: readonly unknown[];
  readonly results: readonly Encoded[];
}
const operands = json.operands as unknown as readonly Encoded[];
const cases = json.cases as unknown as readonly Case[];

useDevice();

const decode = ({ shape, dtype, data }: Encoded): Tensor => tensor(data.map(Number), { dtype, shape });

type Axes = number | readonly number[];
const axisOf = (axis: unknown): { axis?: number } => (axis === null ? {} : { axis: axis as number });
const values = (args: readonly unknown[]): Tensor => tensor(args[0] as number[], { dtype: "float64" });
const shaped = (data: unknown, shape: unknown, dtype: DType): Tensor =>
  tensor((data as (number | string)[]).flat(9).map(Number), { dtype, shape: shape as number[] });

/** A null in the arguments is a bound that is left out. */
const part = (p: unknown): SlicePart =>
  Array.isArray(p) ? (p.map((b: unknown) => (b === null ? undefined : b)) as [number?]) : (p as SlicePart);

const ops: Readonly<Record<string, (x: Tensor, a: readonly unknown[]) => Tensor | readonly Tensor[]>> = {
  reshape: (x, [to]) => x.reshape(to as number[]),
  transpose: (x, [axes]) => x.transpose(axes as number[] | undefined),
  ravel: (x) => x.ravel(),
  flip: (x, [axis]) => x.flip(axis as Axes | undefined),
  squeeze: (x, [axis]) => x.squeeze(axis as Axes | undefined),
  expandDims: (x, [axis]) => x.expandDims(axis as Axes),
  roll: (x, [shift]) => x.roll(shift as number),
  rollAxis: (x, [shift, axis]) => x.roll(shift as Axes, { axis: axis as Axes }),
  swapAxes: (x, [a, b]) => x.swapAxes(a as number, b as number),
  moveAxis: (x, [from, to]) => x.moveAxis(from as Axes, to as Axes),
  broadcastTo: (x, [shape]) => x.broadcastTo(shape as number[]),
  tile: (x, [times]) => x.tile(times as Axes),
  repeat: (x, [counts, axis = null]) => x.repeat(counts as Axes, axisOf(axis)),
  split: (x, [sections, axis = 0]) => x.split(sections as Axes, { axis: axis as number }),
  pad: (x, [widths, mode, value = 0]) => x.pad(widths as PadWidths, { mode: mode as PadMode, value: Number(value) }),
  slice: (x, parts) => x.slice(...parts.map(part)),
  take: (x, [indices, axis]) => x.take(indices as IndexArray, { axis: axis as number }),
  takeAlongAxis: (x, [indices, axis]) => x.takeAlongAxis(indices as IndexArray, axis as number),
  putAlongAxis: (x, [indices, value, axis]) => x.putAlongAxis(indices as IndexArray, value as number, axis as number),
  addAlongAxis: (x, [indices, value, axis]) => x.addAlongAxis(indices as IndexArray, value as number, axis as number),
  scatter: (x, [at, updates, axis]) => x.scatter(at as IndexArray, updatesLike(x, updates), { axis: axis as number }),
  scatterAdd: (x, [at, updates, axis]) =>
    x.scatterAdd(at as IndexArray, updatesLike(x, updates), { axis: axis as number }),
  booleanMask: (x, [mask, shape]) => x.booleanMask(shaped(mask, shape, "bool")),
  argwhere: (x) => x.argwhere(),
  nonzero: (x) => x.nonzero(),
  sort: (x, [axis]) => x.sort({ axis: axis as number }),
  argsort: (x, [axis]) => x.argsort({ axis: axis as number }),
  sortDescending: (x, [axis]) => x.sort({ axis: axis as number, descending: true }),
  argsortDescending: (x, [axis]) => x.argsort({ axis: axis as number, descending: true }),
  topK: (x, [k, axis, largest]) => {
    const { values: best, indices } = x.topK(k as number, { axis: axis as number, largest: largest as boolean });
    return [best, indices];
  },
  unique: (x) => {
    const { values: found, inverse, counts, first } = x.unique();
    return [found, inverse, counts, first];
  },
  median: (x, [axis, keepDims]) => x.median({ ...axisOf(axis), keepDims: keepDims as boolean }),
  quantile: (x, [q, axis, method, keepDims]) =>
    x.quantile(q as Axes, { ...axisOf(axis), method: method as QuantileMethod, keepDims: keepDims as boolean }),
  cummax: (x, [axis, reverse]) => x.cummax({ axis: axis as number, reverse: reverse as boolean }),
  cummin: (x, [axis, reverse]) => x.cummin({ axis: axis as number, reverse: reverse as boolean }),
  bincount: (x, [minLength]) => x.bincount({ minLength: minLength as number }),
  bincountWeights: (x, [weights, shape]) => x.bincount({ weights: shaped(weights, shape, "float64") }),
  searchSorted: (x, [data, shape, side]) =>
    x.searchSorted(shaped(data, shape, "float64"), { side: side as "left" | "right" }),
};

function updatesLike(x: Tensor, updates: unknown): Tensor {
  return x.dtype === "int32" ? tensor(updates as number[], { dtype: "int32" }) : values([updates]);
}

/** `scale`: of the numbers that are interpolated, since the difference of large ones may be small. */
function compare(found: Tensor, expected: Encoded, scale: number, label: string): void {
  assert.deepEqual([...found.shape], [...expected.shape], `${label}: shape`);
  const reference = expected.data.map(Number);
  if (!isFloat(found.dtype)) assert.equal(found.dtype, expected.dtype, `${label}: dtype`);
  found.data().forEach((actual, i) => {
    const e = reference[i] ?? Number.NaN;
    const eps = found.dtype === "float64" ? 4 * 2 ** -52 : isFloat(found.dtype) ? 2 * 2 ** -23 : 0;
    const near = Math.abs(actual - e) <= eps * Math.max(Math.abs(e), scale);
    assert.ok(
      near || actual === e || (Number.isNaN(actual) && Number.isNaN(e)),
      `${label}, element ${i}: ${actual}, not ${e}`,
    );
  });
}

describe("as NumPy has it", () => {
  const names = [...new Set(cases.map((c) => c.op))];
  for (const name of names) {
    test(name, () => {
      const op = ops[name];
      assert.ok(op !== undefined, `no test for ${name}`);
      for (const c of cases) {
        if (c.op !== name) continue;
        const source = operands[c.x];
        assert.ok(source !== undefined);
        const label = `${name}(${JSON.stringify(c.args)}) of [${source.shape.join(", ")}]`;
        const scale =
          name === "quantile" ? Math.max(...source.data.map(Number).filter(Number.isFinite).map(Math.abs)) : 0;
        const result: Tensor | readonly Tensor[] = op(decode(source), c.args);
        const list: readonly Tensor[] = Array.isArray(result) ? (result as readonly Tensor[]) : [result as Tensor];
        assert.equal(list.length, c.results.length, `${label}: how many results`);
        for (const [k, found] of list.entries())
          compare(found, c.results[k] as Encoded, scale, `${label}, result ${k}`);
      }
    });
  }

  test("every op has cases", () => {
    assert.deepEqual(
      Object.keys(ops).filter((name) => !names.includes(name)),
      [],
    );
  });
});
