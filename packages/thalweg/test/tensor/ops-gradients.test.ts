/** Methods and functions that are composed of primitives: gradients, second derivatives and batching of each, in float64. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import {
  checkGradients,
  concat,
  einsum,
  grad,
  maximum,
  minimum,
  stack,
  type Tensor,
  tensor,
  tensordot,
  vmap,
  where,
} from "../../src/index.js";
import { useDevice } from "../device.js";

before(useDevice);

const f64 = (values: Parameters<typeof tensor>[0]): Tensor => tensor(values, { dtype: "float64" });
/** All different, and none near another or near a whole or half number. */
const x = f64([
  [0.31, 0.82, 0.17, 0.64],
  [0.93, 0.26, 0.71, 0.42],
  [0.57, 0.13, 0.88, 0.36],
]);
const y = f64([
  [0.45, 0.22, 0.79, 0.15],
  [0.67, 0.91, 0.34, 0.85],
  [0.28, 0.53, 0.11, 0.74],
]);
const indices = tensor([2, 0, 2], { dtype: "int32" });
const alongRows = tensor(
  [
    [1, 1, 3],
    [0, 2, 2],
    [3, 0, 1],
  ],
  { dtype: "int32" },
);
const three = f64([
  [1.5, -0.4, 0.3],
  [0.2, 0.9, -1.1],
  [0.7, 0.6, 0.5],
]);

const functions: Readonly<Record<string, (a: Tensor, b: Tensor) => Tensor | readonly Tensor[]>> = {
  square: (a) => a.square(),
  reciprocal: (a) => a.reciprocal(),
  rsqrt: (a) => a.rsqrt(),
  erfc: (a) => a.erfc(),
  "pow tensor": (a, b) => a.pow(b),
  "pow half": (a) => a.pow(0.5),
  "pow 3": (a) => a.pow(3),
  mod: (a, b) => a.mod(b.mul(0.3)),
  maximum: (a, b) => maximum(a, b),
  minimum: (a, b) => minimum(a, 0.5).mul(b),
  clip: (a) => a.clip({ min: 0.3, max: 0.7 }),
  where: (a, b) => where(a.lt(b), a.mul(2), b.exp()),
  isNaN: (a, b) => where(a.isNaN(), b, a),
  "broadcast operands": (a, b) => a.slice(":", [0, 1]).mul(b).add(b.at(0)),
  mean: (a) => a.mean({ axis: 0 }),
  variance: (a) => a.variance({ axis: 1 }),
  std: (a) => a.std({ axis: 0, keepDims: true }),
  prod: (a) => a.prod({ axis: 1 }),
  max: (a) => a.max(),
  min: (a) => a.min({ axis: 0 }),
  logSumExp: (a) => a.logSumExp({ axis: 1 }),
  "norm 2": (a) => a.norm(),
  "norm 1": (a) => a.norm({ order: 1, axis: 0 }),
  "norm max": (a) => a.norm({ order: Number.POSITIVE_INFINITY, axis: 1 }),
  softmax: (a) => a.softmax(),
  logSoftmax: (a) => a.logSoftmax({ axis: 0 }),
  cumsum: (a) => a.cumsum({ axis: 1 }),
  cumprod: (a) => a.cumprod({ axis: 0 }),
  cummax: (a) => a.cummax({ axis: 1 }),
  matmul: (a, b) => a.matmul(b.transpose()),
  "matmul batched": (a, b) => stack([a, b]).matmul(b.transpose()),
  dot: (a, b) => a.at(0).dot(b.at(1)),
  outer: (a, b) => a.at(0).outer(b.at(1)),
  tensordot: (a, b) => tensordot(a, b, 2),
  einsum: (a, b) => einsum("ij,kj->ik", a, b),
  "einsum three": (a, b) => einsum("ij,ij,jk->ik", a, b, b.transpose()),
  diagonal: (a) => a.diagonal(),
  trace: (a) => a.trace(),
  concat: (a, b) => concat([a, b, a], { axis: 1 }),
  stack: (a, b) => stack([a, b], { axis: 1 }),
  split: (a) => a.split([1, 3], { axis: 1 }),
  unstack: (a) => a.unstack().slice(1),
  tile: (a) => a.tile([2, 1]),
  repeat: (a) => a.repeat([1, 0, 2], { axis: 0 }),
  roll: (a) => a.roll(1, { axis: 1 }),
  flip: (a) => a.flip(),
  slice: (a) => a.slice({ step: -1 }, { start: 1, step: 2 }),
  "pad constant": (a) =>
    a.pad(
      [
        [1, 0],
        [0, 2],
      ],
      { value: 3 },
    ),
  "pad reflect": (a) =>
    a.pad(
      [
        [1, 2],
        [0, 2],
      ],
      { mode: "reflect" },
    ),
  "pad edge": (a) =>
    a.pad(
      [
        [1, 2],
        [0, 2],
      ],
      { mode: "edge" },
    ),
  take: (a) => a.take(indices),
  "take columns": (a) => a.take([3, 0, 3], { axis: 1 }),
  takeAlongAxis: (a) => a.takeAlongAxis(alongRows, 1),
  putAlongAxis: (a, b) => a.putAlongAxis([[1], [0], [3]], b.slice(":", [0, 1]), 1),
  addAlongAxis: (a, b) => a.addAlongAxis(alongRows, b.slice(":", [0, 3]), 1),
  scatter: (a, b) => a.scatter(indices, b),
  scatterAdd: (a, b) => a.scatterAdd(indices, b),
  sort: (a) => a.sort({ axis: 1, descending: true }),
  topK: (a) => a.topK(2).values,
  median: (a) => a.median({ axis: 0 }),
  quantile: (a) => a.quantile([0.1, 0.6], { axis: 1 }),
  bincount: (a) => indices.bincount({ weights: a.slice(":", [0, 1]).reshape([3]), length: 4 }),
  "three by three": (a) => three.matmul(a).relu(),
};

describe("gradients of composed functions", () => {
  for (const [name, fn] of Object.entries(functions)) {
    test(name, () => {
      const list = (value: Tensor | readonly Tensor[]): readonly Tensor[] =>
        Array.isArray(value) ? value : [value as Tensor];
      const outputs = (a: Tensor, b: Tensor): readonly Tensor[] => list(fn(a, b));
      const first = checkGradients(outputs, [x, y]);
      assert.ok((first.worst?.relativeError ?? 1) < 1e-6, JSON.stringify(first.worst));
      // Squared, so that linear functions have a second derivative as well.
      const total = (a: Tensor, b: Tensor): Tensor =>
        outputs(a, b).reduce((sum, z) => sum.add(z.square().sum()), f64(0));
      const second = checkGradients(grad(total, { argument: [0, 1] }), [x, y], { maxElements: 6 });
      assert.ok((second.worst?.relativeError ?? 1) < 1e-6, JSON.stringify(second.worst));
      const xs = stack([x, y, x.mul(0.5)]);
      const wide = vmap(outputs, { inAxes: [0, null] })(xs, y);
      xs.unstack().forEach((one, e) => {
        outputs(one, y).forEach((z, k) => {
          assert.ok(wide[k]?.at(e).allClose(z, { rtol: 1e-13, atol: 1e-13 }), `example ${e}`);
        });
      });
    });
  }

  test("where a formula would divide by zero, the gradient is finite all the same", () => {
    const zero = f64([0, 0]);
    const finite = (g: Tensor): void => assert.ok(g.isFinite().all().item() === 1, g.toString());
    finite(grad((a: Tensor) => a.norm())(zero));
    finite(grad((a: Tensor) => a.prod())(zero));
    finite(grad((a: Tensor) => a.pow(2).sum())(zero));
    finite(grad((a: Tensor) => a.pow(a.add(2)).sum())(zero));
    finite(grad((a: Tensor) => a.logSumExp())(f64([1000, -1000])));
    finite(grad((a: Tensor) => a.softmax().at(0))(f64([0, Number.NEGATIVE_INFINITY])));
    finite(grad((a: Tensor) => where(a.gt(0), a, 1).log().sum())(zero));
  });
});
