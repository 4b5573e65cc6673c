/** Shaping, indexing and sorting: derivatives, batches, traces, dtypes, and what is refused. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { forward } from "../../src/autodiff/jvp.js";
import { backward } from "../../src/autodiff/vjp.js";
import { vectorize } from "../../src/autodiff/vmap.js";
import { makeInput } from "../../src/graph/node.js";
import {
  arange,
  compile,
  concat,
  DTypeError,
  IndexError,
  type PadMode,
  random,
  ShapeError,
  stack,
  Tensor,
  TraceError,
  tensor,
  UserError,
  where,
  zeros,
} from "../../src/index.js";
import { useDevice } from "../device.js";

useDevice();

const list = (t: Tensor): number[] => Array.from(t.data());
const double = (values: readonly number[], shape?: readonly number[]): Tensor =>
  tensor(values, { dtype: "float64", shape: shape ?? [values.length] });

/** Well apart, so that small steps change no order. */
const x = double([3.1, -1.2, 4.5, 0.7, 5.9, -2.6, 1.4, 2.3, -0.5, 6.8, -3.7, 8.2], [3, 4]);
const weights = random.normal([400], { seed: 17, dtype: "float64" });

/** Every element with a weight and a curvature of its own, so that no place can be mistaken for another. */
function mixed(y: Tensor): Tensor {
  const w = weights.slice([0, y.size]).reshape(y.shape);
  return y.mul(y).mul(y).mul(w).sum();
}

const differentiable: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  reshape: (v) => v.reshape([2, -1]),
  transpose: (v) => v.transpose(),
  expandDims: (v) => v.expandDims([0, -1]).squeeze(0),
  broadcastTo: (v) => v.broadcastTo([2, 3, 4]),
  flip: (v) => v.flip(1),
  roll: (v) => v.roll([1, -1], { axis: [0, 1] }),
  tile: (v) => v.tile([2, 1, 2]),
  repeat: (v) => v.repeat(2, { axis: 1 }),
  "repeat by counts": (v) => v.repeat([0, 2, 1, 3], { axis: 1 }),
  concat: (v) => concat([v, v.slice([0, 1])]),
  stack: (v) => stack([v, v.mul(2)], { axis: 1 }),
  split: (v) => concat(v.split([1, 3], { axis: 1 }).reverse(), { axis: 1 }),
  unstack: (v) => v.unstack({ axis: 1 }).reduce((a, b) => a.mul(b)),
  slice: (v) => v.slice([undefined, undefined, -2], [1, 4, 2]),
  at: (v) => v.at(-1, 2),
  ...Object.fromEntries(
    (["constant", "edge", "reflect", "symmetric", "wrap"] satisfies PadMode[]).map((mode) => [
      `pad ${mode}`,
      (v: Tensor) =>
        v.pad(
          [
            [1, 2],
            [5, 7],
          ],
          { mode, value: 2 },
        ),
    ]),
  ),
  take: (v) =>
    v.take(
      [
        [1, -1],
        [1, 0],
      ],
      { axis: 1 },
    ),
  takeAlongAxis: (v) =>
    v.takeAlongAxis(
      [
        [0, 0],
        [3, 1],
        [-1, 2],
      ],
      1,
    ),
  putAlongAxis: (v) => v.putAlongAxis([[0], [3], [1]], v.slice(":", [1, 2]).mul(v.at(0, 0)), 1),
  addAlongAxis: (v) =>
    v.addAlongAxis(
      [
        [0, 0],
        [3, 1],
        [1, 1],
      ],
      v.slice(":", [1, 3]),
      1,
    ),
  scatter: (v) => v.scatter([2, 0], v.slice([0, 2]).mul(2)),
  scatterAdd: (v) => v.scatterAdd([2, 0, 2, 3], v.mul(2), { axis: 1 }),
  booleanMask: (v) => v.booleanMask(x.gt(0)),
  sort: (v) => v.sort({ axis: 0 }),
  "sort descending": (v) => v.sort({ descending: true }),
  topK: (v) => v.topK(2, { axis: 0 }).values,
  "smallest k": (v) => v.topK(3, { largest: false }).values,
  median: (v) => v.median({ axis: 1 }),
  quantile: (v) => v.quantile([0.1, 0.5, 0.8], { axis: [0, 1] }),
  "quantile between": (v) => v.quantile(0.3, { axis: 0, method: "midpoint", keepDims: true }),
  cummax: (v) => v.cummax({ axis: 1 }),
  cummin: (v) => v.cummin({ reverse: true }),
};

/** The gradient of f at x along `tangent`, forwards and backwards, as scalars. */
function slopes(
  f: (x: Tensor) => Tensor,
  at: Tensor,
  tangent: Tensor,
): { readonly reverse: Tensor; readonly ahead: Tensor } {
  const y = f(at);
  const [gradient] = backward([y.node], [tensor(1, { dtype: "float64" }).node], [at.node]);
  const [ahead] = forward([y.node], [at.node], [tangent.node]);
  assert.ok(gradient !== undefined && ahead !== undefined);
  return { reverse: new Tensor(gradient).mul(tangent).sum(), ahead: new Tensor(ahead) };
}

describe("derivatives", () => {
  const tangent = random.normal([3, 4], { seed: 23, dtype: "float64" });
  for (const [name, op] of Object.entries(differentiable)) {
    test(name, () => {
      const f = (v: Tensor): Tensor => mixed(op(v));
      const h = 1e-4;
      const move = (by: number): Tensor => x.add(tangent.mul(by));
      const along = (by: number): number => f(move(by)).item();
      // Fourth order in h.
      const numeric = (8 * (along(h) - along(-h)) - (along(2 * h) - along(-2 * h))) / (12 * h);
      const { reverse, ahead } = slopes(f, x, tangent);
      const near = (actual: number, expected: number, label: string): void =>
        assert.ok(
          Math.abs(actual - expected) <= 1e-8 * Math.max(1, Math.abs(expected)),
          `${label}: ${actual}, not ${expected}`,
        );
      near(reverse.item(), numeric, "reverse");
      near(ahead.item(), numeric, "forward");
      // The slope of the slope.
      const slope = (by: number): number => slopes(f, move(by), tangent).reverse.item();
      const second = (8 * (slope(h) - slope(-h)) - (slope(2 * h) - slope(-2 * h))) / (12 * h);
      near(slopes((v) => slopes(f, v, tangent).reverse, x, tangent).reverse.item(), second, "second");
    });
  }

  test("of a median between two equal elements, half to each", () => {
    const v = double([1, 2, 2, 9]);
    const [g] = backward([v.median().node], [tensor(1, { dtype: "float64" }).node], [v.node]);
    assert.ok(g !== undefined);
    assert.deepEqual(list(new Tensor(g)), [0, 0.5, 0.5, 0]);
  });

  test("none flows through positions", () => {
    const v = double([3, 1, 2]);
    assert.deepEqual(
      backward([v.argsort().cast("float64").sum().node], [tensor(1, { dtype: "float64" }).node], [v.node]),
      [undefined],
    );
  });
});

describe("batches", () => {
  const ops: Readonly<Record<string, (x: Tensor) => Tensor>> = {
    ...differentiable,
    argsort: (v) => v.argsort({ axis: 0 }),
    "search for the batched": (v) => double([-2, 0, 1, 5]).searchSorted(v),
    "search in the batched": (v) =>
      v
        .at(0)
        .sort()
        .searchSorted(tensor([0, 3.5]), { side: "right" }),
    "search for and in the batched": (v) => v.at(0).sort().searchSorted(v),
  };
  for (const [name, op] of Object.entries(ops)) {
    if (name === "booleanMask") continue;
    test(`${name}: each as it is alone`, () => {
      const one = makeInput("x", x);
      const examples = [x, x.mul(-1), x.flip()];
      const [many] = vectorize(
        [op(new Tensor(one)).node],
        new Map([[one, { node: stack(examples).node, batched: true }]]),
        3,
      );
      assert.ok(many?.batched);
      assert.deepEqual(new Tensor(many.node).array(), stack(examples.map(op)).array());
    });
  }
});

describe("traces", () => {
  test("indices given at run time may be negative, and are checked by the run", () => {
    const take = compile((v: Tensor, i: Tensor) => v.take(i, { axis: 1 }));
    const along = compile((v: Tensor, i: Tensor) => v.takeAlongAxis(i, 1));
    const scatter = compile((v: Tensor, i: Tensor) => v.scatterAdd(i, 1));
    const index = (values: number[], shape?: number[]): Tensor =>
      tensor(values, { dtype: "int32", ...(shape && { shape }) });
    assert.deepEqual(take(x, index([-1, 0])).array(), x.take([-1, 0], { axis: 1 }).array());
    assert.deepEqual(along(x, index([-1, 0, -4], [3, 1])).array(), x.takeAlongAxis([[-1], [0], [-4]], 1).array());
    assert.deepEqual(scatter(x, index([-1, -3])).array(), x.scatterAdd([2, 0], 1).array());
    for (const call of [
      () => take(x, index([4])),
      () => take(x, index([-5])),
      // Position 0·4 + 5 is that of an element, though of another row.
      () => along(x, index([5, 0, 0], [3, 1])),
      () => along(x, index([0, -5, 0], [3, 1])),
      () => scatter(x, index([3])),
      () => scatter(x, index([-4])),
      () => x.take(index([3]).add(1), { axis: 1 }).data(),
    ]) {
      assert.throws(call, IndexError, `${call}`);
    }
  });

  test("ops whose shape depends on data say so, and what to do instead", () => {
    for (const [call, message] of [
      [(v: Tensor) => v.booleanMask(v.gt(0)), /booleanMask: the shape of the result depends on.*where\(mask, x, 0\)/],
      [(v: Tensor) => v.unique().values, /unique: the shape of the result.*sort/],
      [(v: Tensor) => v.argwhere(), /argwhere: the shape.*where/],
      [(v: Tensor) => stack(v.nonzero()), /nonzero: the shape.*where/],
      [(v: Tensor) => v.cast("int32").bincount(), /bincount: the shape.*bincount\(\{ length \}\)/],
    ] as const) {
      assert.throws(
        () => compile(call)(x),
        (error: Error) => error instanceof TraceError && message.test(error.message),
        `${call}`,
      );
    }
  });

  test("a mask that is known may be used inside", () => {
    const mask = x.gt(1);
    assert.deepEqual(compile((v: Tensor) => v.booleanMask(mask))(x).array(), x.booleanMask(mask).array());
    assert.deepEqual(where(mask, x, 0).sum().item(), x.booleanMask(mask).sum().item());
  });

  test("counting into a given length", () => {
    const count = compile((v: Tensor) => v.bincount({ length: 5 }));
    assert.deepEqual(count(tensor([1, 4, 1], { dtype: "int32" })).array(), [0, 2, 0, 0, 1]);
    assert.throws(() => count(tensor([5], { dtype: "int32" })), IndexError);
    assert.throws(() => count(tensor([-1], { dtype: "int32" })), IndexError);
  });

  test("the same inside as outside", () => {
    for (const [name, op] of Object.entries(differentiable))
      assert.deepEqual(compile(op)(x).array(), op(x).array(), name);
  });
});

describe("dtypes", () => {
  test("stay, or meet in the higher one", () => {
    const whole = arange(4);
    const flags = tensor([true, false, true, true]);
    for (const v of [whole, flags, x.ravel()]) {
      for (const y of [v.flip(), v.pad(1), v.take([0]), v.sort(), v.topK(1).values, v.unique().values, v.roll(1)])
        assert.equal(y.dtype, v.dtype);
      for (const y of [v.argsort(), v.topK(1).indices, v.unique().counts, v.argwhere()]) assert.equal(y.dtype, "int32");
    }
    assert.equal(concat([flags, whole]).dtype, "int32");
    assert.equal(stack([whole, tensor([1, 2, 3, 4]), x.at(0)]).dtype, "float64");
    assert.equal(whole.scatter([0], 0.5).dtype, "float32");
    assert.equal(flags.scatterAdd([0, 0], flags.slice([0, 2])).dtype, "int32");
    assert.equal(whole.quantile(0.5).dtype, "float32");
    assert.equal(whole.quantile(0.5, { method: "lower" }).dtype, "int32");
    assert.deepEqual(flags.quantile(0.5, { method: "lower" }).array(), 1);
    assert.deepEqual(concat([flags, whole]).array(), [1, 0, 1, 1, 0, 1, 2, 3]);
  });

  test("a number given to a compiled function gives way", () => {
    const side = compile((n: Tensor, v: Tensor) => stack([n, v.at(0), n]));
    assert.equal(side(2, tensor([1])).dtype, "float32");
    assert.equal(side(2, double([1])).dtype, "float64");
    assert.equal(
      compile((n: Tensor) => concat([n.reshape([1]), n.expandDims(0)]).mul(tensor([1, 2])))(3).dtype,
      "float32",
    );
    assert.deepEqual(compile((n: Tensor, v: Tensor) => v.scatter([0], n))(7, arange(3)).array(), [7, 1, 2]);
  });

  test("a sort keeps payloads: zeros of both signs stay in their order", () => {
    const sorted = list(double([0, -0, -1, -0, 0]).sort());
    assert.deepEqual(
      sorted.map((v) => Object.is(v, -0)),
      [false, false, true, true, false],
    );
  });

  test("a long row is sorted as JavaScript sorts it", () => {
    const values = random.normal([50000], { seed: 4 });
    assert.deepEqual(list(values.sort()), Array.from((values.data() as Float32Array).toSorted()));
    const order = list(values.argsort());
    assert.equal(new Set(order).size, 50000);
  });
});

describe("what cannot be is refused, naming the op, the shapes and the way out", () => {
  const v = arange(12).reshape([3, 4]);
  const rows: readonly (readonly [() => unknown, new (m: string) => Error, RegExp])[] = [
    [() => v.reshape([5, 2]), ShapeError, /reshape: cannot reshape \[3, 4\] \(12 elements\) to \[5, 2\] \(10/],
    [() => v.reshape([-1, -1]), ShapeError, /only one dimension can be -1/],
    [() => v.reshape([-1, 5]), ShapeError, /12 is no multiple of 5/],
    [() => zeros([0, 3]).reshape([0, -1]), ShapeError, /give every dimension/],
    [() => v.reshape([2.5, -1]), ShapeError, /whole number/],
    [() => v.transpose([0]), ShapeError, /transpose: the axes \[0\].*2 axes of \[3, 4\]/],
    [() => v.transpose([0, 0]), IndexError, /axis 0 is given twice/],
    [() => v.moveAxis([0, 1], 0), ShapeError, /moveAxis: 2 axes to move, but 1 places/],
    [() => v.swapAxes(0, 2), IndexError, /swapAxes: axis 2 is out of range for rank 2/],
    [() => v.expandDims(3), IndexError, /expandDims: axis 3/],
    [() => v.squeeze(0), ShapeError, /squeeze: axis 0 of \[3, 4\] has size 3/],
    [() => v.broadcastTo([2, 4]), ShapeError, /broadcastTo: \[3, 4\] does not stretch to \[2, 4\]/],
    [() => v.broadcastTo([4]), ShapeError, /broadcastTo/],
    [() => v.flip(2), IndexError, /flip: axis 2/],
    [() => v.roll(1.5), UserError, /whole number, got 1.5/],
    [() => v.roll([1, 2], { axis: [0, 1, 1] }), ShapeError, /2 shifts for 3 axes/],
    [() => v.tile(-1), UserError, /tile: repetitions/],
    [() => v.repeat([1, 2], { axis: 0 }), ShapeError, /2 counts for axis 0 of \[3, 4\], size 3/],
    [() => v.split(2), ShapeError, /axis 0 of \[3, 4\] has size 3, which 2 does not divide/],
    [() => v.split(0), UserError, /≥ 1, got 0/],
    [() => v.pad([[1, 1]]), ShapeError, /1 pairs of widths for the 2 axes/],
    [() => v.pad(-1), UserError, /widths must be whole numbers ≥ 0.*slice/],
    [() => v.pad(1, { value: 0.5 }), DTypeError, /int32 cannot be padded with 0.5/],
    [() => zeros([0]).pad(1, { mode: "edge" }), ShapeError, /axis 0 of \[0\] is empty/],
    [() => v.pad(1, { mode: "mirror" as "edge" }), UserError, /mode must be constant, edge.*got mirror/],
    [() => concat([]), ShapeError, /at least one tensor/],
    [() => concat([v, zeros([3, 4, 1])]), ShapeError, /tensor 1 of shape \[3, 4, 1\] does not fit to \[3, 4\]/],
    [() => concat([v, zeros([2, 5])], { axis: 0 }), ShapeError, /sizes may differ only at axis 0/],
    [() => concat([tensor(1), tensor(2)]), IndexError, /scalar/],
    [() => stack([v, zeros([3])]), ShapeError, /tensor 1 has \[3\] and the first \[3, 4\]/],
    [() => stack([v, [1] as unknown as Tensor]), UserError, /stack: expected a tensor, got an array/],
    [() => v.slice(3), IndexError, /slice: index 3 is out of range at axis 0 of \[3, 4\], size 3; use -3 to 2/],
    [() => v.slice(0, 0, 0), IndexError, /3 parts for a tensor of shape \[3, 4\]/],
    [() => v.slice("...", 0, "..."), IndexError, /once only/],
    [() => v.slice([0, 2, 0]), IndexError, /step at axis 0 is 0/],
    [() => v.slice([0.5]), IndexError, /start at axis 0 must be a whole number, got 0.5/],
    [() => v.at(0, -5), IndexError, /at: index -5 is out of range at axis 1 of \[3, 4\], size 4/],
    [
      () => v.take([0, 4], { axis: 1 }),
      IndexError,
      /take: index 4 is out of range at axis 1 of \[3, 4\], size 4; use -4 to 3/,
    ],
    [() => zeros([0, 2]).take([0]), IndexError, /the axis is empty/],
    [() => v.take(3), IndexError, /take: index 3/],
    [() => v.take(tensor([0.5])), DTypeError, /indices must be int32, got float32.*cast/],
    [() => v.take(v.gt(3)), DTypeError, /got bool.*booleanMask or where/],
    [() => v.takeAlongAxis([0], 0), ShapeError, /takeAlongAxis: indices of shape \[1\] do not fit to \[3, 4\]/],
    [() => v.takeAlongAxis([[9], [0], [0]], 1), IndexError, /index 9 is out of range at axis 1 of \[3, 4\], size 4/],
    [() => zeros([1, 4]).putAlongAxis([[0], [1]], 0, 1), ShapeError, /indices of shape \[2, 1\] reach beyond \[1, 4\]/],
    [() => v.scatter([0, 1], zeros([3, 4])), ShapeError, /updates of shape \[3, 4\] do not stretch to \[2, 4\]/],
    [() => v.scatterAdd([-4], 1), IndexError, /scatterAdd: index -4/],
    [() => v.booleanMask(v), DTypeError, /the mask must be bool, got int32/],
    [() => v.booleanMask(tensor([true, false])), ShapeError, /mask of shape \[2\].*\[3, 4\]/],
    [() => v.sort({ axis: 2 }), IndexError, /sort: axis 2/],
    [() => tensor(1).sort(), IndexError, /sort: axis -1 on a scalar/],
    [() => v.topK(5), UserError, /from 0 to 4, the size of axis 1, got 5/],
    [() => v.quantile(1.1), UserError, /between 0 and 1, got 1.1/],
    [() => v.quantile(0.5, { method: "cubic" as "linear" }), UserError, /method must be linear.*got cubic/],
    [() => zeros([3, 0]).median({ axis: 1 }), ShapeError, /median: of no elements: axes \[1\] of \[3, 0\]/],
    [() => v.gt(0).cummax(), DTypeError, /bool has no order/],
    [() => v.searchSorted(1), ShapeError, /must have one axis, got shape \[3, 4\]/],
    [() => arange(3).searchSorted(1, { side: "middle" as "left" }), UserError, /side must be "left" or "right"/],
    [() => tensor([1.5]).bincount(), DTypeError, /int32.*got float32/],
    [() => tensor([-1], { dtype: "int32" }).bincount(), IndexError, /value -1 is negative/],
    [() => tensor([7], { dtype: "int32" }).bincount({ length: 7 }), IndexError, /value 7 is not below the length 7/],
    [() => arange(3).bincount({ weights: zeros([2]) }), ShapeError, /weights of shape \[2\] for values of shape \[3\]/],
  ];
  for (const [call, kind, message] of rows) {
    test(`${call}`.slice(6), () => {
      assert.throws(call, (error: Error) => {
        assert.ok(error instanceof kind, `${error.name}: ${error.message}`);
        assert.match(error.message, message);
        return true;
      });
    });
  }
});
