import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { backward } from "../../src/autodiff/vjp.js";
import {
  type ClipOptions,
  type DiagonalOptions,
  diag,
  dot,
  einsum,
  matmul,
  type NormOptions,
  outer,
  Tensor,
  tensor,
  tril,
  type VarianceOptions,
  zerosLike,
} from "../../src/index.js";
import { useDevice } from "../device.js";
import file from "../references/tensor-gradients.json" with { type: "json" };
import { assertMatches, load, type Stored } from "./reference.js";

useDevice();

interface Options extends VarianceOptions, NormOptions, DiagonalOptions, ClipOptions {
  readonly equation?: string;
  readonly exponent?: number;
}

const functions: Readonly<Record<string, (x: Tensor, y: Tensor, options: Options, all: readonly Tensor[]) => Tensor>> =
  {
    variance: (x, _, o) => x.variance(o),
    std: (x, _, o) => x.std(o),
    logSumExp: (x, _, o) => x.logSumExp(o),
    mean: (x, _, o) => x.mean(o),
    norm: (x, _, o) => x.norm(o),
    softmax: (x, _, { axis = -1 }) => x.softmax({ axis }),
    logSoftmax: (x, _, { axis = -1 }) => x.logSoftmax({ axis }),
    erfc: (x) => x.erfc(),
    exp2: (x) => x.exp2(),
    log2: (x) => x.log2(),
    log10: (x) => x.log10(),
    rsqrt: (x) => x.rsqrt(),
    reciprocal: (x) => x.reciprocal(),
    square: (x) => x.square(),
    outer,
    dot,
    matmul,
    trace: (x, _, o) => x.trace(o),
    diagonal: (x, _, o) => x.diagonal(o),
    diag: (x, _, o) => diag(x, o),
    tril: (x) => tril(x),
    clip: (x, _, o) => x.clip(o),
    pow: (x, _, o) => x.pow(o.exponent ?? 1),
    floorDiv: (x) => x.floorDiv(0.3),
    einsum: (_x, _y, o, all) => einsum(o.equation ?? "", ...all),
  };

/** Weights by position, as in the reference. */
function wave(f: (x: number) => number, like: Tensor): Tensor {
  return tensor(
    Float64Array.from({ length: like.size }, (_, i) => f(i + 1)),
    { shape: like.shape },
  );
}

/** Σ ⟨w, y⟩ differentiated by each input. */
function gradients(ys: readonly Tensor[], weight: (x: number) => number, xs: readonly Tensor[]): Tensor[] {
  const nodes = ys.map((y) => y.node);
  const cotangents = ys.map((y) => wave(weight, y).node);
  const found = backward(
    nodes,
    cotangents,
    xs.map((x) => x.node),
  );
  return xs.map((x, i) => {
    const g = found[i];
    return g === undefined ? zerosLike(x) : new Tensor(g);
  });
}

describe("derivatives of composed methods against PyTorch", () => {
  file.forEach((row, at) => {
    test(`${row.op} ${JSON.stringify(row.options)} (${at})`, () => {
      const f = functions[row.op];
      assert.ok(f !== undefined);
      const xs = row.inputs.map(load);
      const [x, y] = xs;
      assert.ok(x !== undefined);
      const first = gradients([f(x, y ?? x, row.options as Options, xs)], Math.cos, xs);
      const second: Tensor[] = "second" in row ? gradients(first, Math.sin, xs) : [];
      const check = (actual: readonly Tensor[], expected: readonly Stored[], order: string): void => {
        expected.forEach((g, i) => {
          const found = actual[i];
          assert.ok(found !== undefined);
          assertMatches(found, g, { relative: 64, absolute: 64 }, `${order} derivative ${i}`);
        });
      };
      check(first, row.first, "first");
      if (row.second !== undefined) check(second, row.second, "second");
    });
  });
});

describe("derivatives where the plain formula fails", () => {
  const gradient = (f: (x: Tensor) => Tensor, values: number[]): number[] => {
    const x = tensor(Float64Array.from(values));
    return [...(gradients([f(x).sum()], () => 1, [x])[0]?.data() ?? [])];
  };
  const inf = Number.POSITIVE_INFINITY;
  test("norms of zeros have derivative 0", () => {
    for (const order of [1, 2, 3, 1.5])
      assert.deepEqual(
        gradient((x) => x.norm({ order }), [0, 0]),
        [0, 0],
        `order ${order}`,
      );
    assert.deepEqual(
      gradient((x) => x.norm(), [0, 3]),
      [0, 1],
    );
  });
  test("norms of tiny and huge numbers", () => {
    assert.deepEqual(
      gradient((x) => x.norm(), [3e-200, 4e-200]).map((g) => Math.round(g * 1e12) / 1e12),
      [0.6, 0.8],
    );
    assert.deepEqual(
      gradient((x) => x.norm(), [3e200, 4e200]).map((g) => Math.round(g * 1e12) / 1e12),
      [0.6, 0.8],
    );
  });
  test("the deviation of equal numbers has derivative 0", () => {
    assert.deepEqual(
      gradient((x) => x.std(), [0.1, 0.1, 0.1]),
      [0, 0, 0],
    );
  });
  test("logSumExp with −∞ among the numbers, or nothing else", () => {
    assert.deepEqual(
      gradient((x) => x.logSumExp(), [-inf, 2, 2]),
      [0, 0.5, 0.5],
    );
    assert.deepEqual(
      gradient((x) => x.logSumExp(), [-inf, -inf]),
      [0, 0],
    );
    assert.deepEqual(gradient((x) => x.softmax().mul(tensor([1, 2, 3])), [-inf, 1, 1]).map(Math.abs), [0, 0.25, 0.25]);
  });
});
