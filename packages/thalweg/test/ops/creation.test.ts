import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  arange,
  compile,
  diag,
  eye,
  fromData,
  full,
  fullLike,
  linspace,
  logspace,
  meshgrid,
  oneHot,
  ones,
  onesLike,
  type Tensor,
  type TensorLike,
  tensor,
  tri,
  where,
  zeros,
  zerosLike,
} from "../../src/index.js";
import { useDevice } from "../device.js";

useDevice();

describe("tensor", () => {
  const kind = (t: Tensor): [string, readonly number[]] => [t.dtype, t.shape];
  test("of nested arrays is float32, of booleans bool", () => {
    assert.deepEqual(
      kind(
        tensor([
          [1, 2, 3],
          [4, 5, 6],
        ]),
      ),
      ["float32", [2, 3]],
    );
    assert.deepEqual(kind(tensor(5)), ["float32", []]);
    assert.deepEqual(kind(tensor([true, false])), ["bool", [2]]);
    assert.deepEqual(kind(tensor(true)), ["bool", []]);
    assert.deepEqual(kind(tensor([true, 2])), ["float32", [2]]);
    assert.deepEqual(kind(tensor([])), ["float32", [0]]);
    assert.deepEqual(kind(tensor([[], []])), ["float32", [2, 0]]);
    assert.deepEqual(kind(tensor([[[1]]])), ["float32", [1, 1, 1]]);
    assert.deepEqual(
      tensor([
        [1, 2],
        [3, 4],
      ]).array(),
      [
        [1, 2],
        [3, 4],
      ],
    );
    assert.deepEqual(tensor([true, false]).array(), [true, false]);
  });
  test("of typed arrays keeps the type where there is one", () => {
    assert.deepEqual(kind(tensor(Float32Array.of(1))), ["float32", [1]]);
    assert.deepEqual(kind(tensor(Float64Array.of(1))), ["float64", [1]]);
    for (const array of [
      Int8Array.of(-1),
      Uint8Array.of(1),
      Uint8ClampedArray.of(1),
      Int16Array.of(-1),
      Uint16Array.of(65535),
      Int32Array.of(1),
      Uint32Array.of(7),
    ]) {
      const t = tensor(array);
      assert.deepEqual(kind(t), ["int32", [1]]);
      assert.equal(t.item(), array[0]);
    }
    assert.deepEqual(kind(tensor([Float64Array.of(1, 2), Float64Array.of(3, 4)])), ["float64", [2, 2]]);
    assert.deepEqual(kind(tensor([Int32Array.of(1, 2), Float32Array.of(3, 4)])), ["float32", [2, 2]]);
  });
  test("copies", () => {
    const source = Float32Array.of(1, 2);
    const t = tensor(source);
    source[0] = 9;
    t.data()[1] = 9;
    assert.deepEqual(t.array(), [1, 2]);
  });
  test("takes a dtype and a shape", () => {
    assert.deepEqual(kind(tensor([1, 2, 3, 4], { dtype: "int32", shape: [2, 2] })), ["int32", [2, 2]]);
    assert.deepEqual(kind(tensor(Uint8Array.of(0, 1), { dtype: "bool" })), ["bool", [2]]);
    assert.deepEqual([...tensor([0.1], { dtype: "float64" }).data()], [0.1]);
    assert.deepEqual(kind(tensor([], { shape: [0, 3] })), ["float32", [0, 3]]);
    assert.deepEqual(kind(fromData(Float64Array.of(1, 2), [2, 1])), ["float64", [2, 1]]);
  });
  const fails = (values: unknown, name: string, message: RegExp, options = {}): void => {
    assert.throws(() => tensor(values as TensorLike, options), { name, message });
  };
  test("ragged arrays are an error that names the place", () => {
    fails(
      [[1, 2], [3]],
      "ShapeError",
      /^tensor: the value at \[1\] is an array of 1 where its neighbours have one of 2; all rows must be of one length$/,
    );
    fails(
      [
        [[1], [2]],
        [[3], [4, 5]],
      ],
      "ShapeError",
      /at \[1, 1\] is an array of 2/,
    );
    fails([1, [2]], "ShapeError", /at \[1\] is an array of 1 where its neighbours have a number/);
    fails([[1], 2], "ShapeError", /at \[1\] is a number where its neighbours have an array of 1/);
    fails([Float32Array.of(1, 2), Float32Array.of(1)], "ShapeError", /at \[1\] is an array of 1/);
    fails([[], [1]], "ShapeError", /at \[1\] is an array of 1 where its neighbours have one of 0/);
    fails([[[1]], [Float32Array.of(1)], [Float32Array.of(1, 2)]], "ShapeError", /at \[2, 0\]/);
  });
  test("what is no number is an error that names the place", () => {
    fails([1, "2"], "DTypeError", /^tensor: the value at \[1\] is the string "2", not a number or boolean$/);
    fails([[1, null]], "DTypeError", /at \[0, 1\] is null, not a number/);
    fails([1, undefined], "DTypeError", /at \[1\] is a undefined, not a number/);
    fails(new Array(2), "DTypeError", /at \[0\] is a undefined/);
    fails(undefined, "DTypeError", /^tensor: the value is a undefined/);
    fails([1n], "DTypeError", /at \[0\] is a bigint.*Number\(…\)/);
    fails(
      BigInt64Array.of(1n),
      "DTypeError",
      /the value is a BigInt64Array, for which there is no dtype; make it a Float64Array with Float64Array.from\(values, Number\)/,
    );
    fails(new DataView(new ArrayBuffer(4)), "DTypeError", /is a DataView/);
    fails([tensor(1), tensor(2)], "DTypeError", /tensors are joined with stack or concat/);
    fails({ a: 1 }, "DTypeError", /^tensor: the value is no number/);
    fails(Uint32Array.of(1, 4294967295), "DTypeError", /at \[1\] is 4294967295, more than int32 holds/);
  });
  test("a dtype must hold the values", () => {
    fails(
      [
        [1, 2],
        [3, 4.5],
      ],
      "DTypeError",
      /the value at \[1, 1\] is 4.5, which int32 does not hold/,
      { dtype: "int32" },
    );
    fails([Number.NaN], "DTypeError", /at \[0\] is NaN, which int32/, { dtype: "int32" });
    fails([3e9], "DTypeError", /is 3000000000, which int32/, { dtype: "int32" });
    fails([0, 2], "DTypeError", /at \[1\] is 2, which bool does not hold; compare/, { dtype: "bool" });
    fails([1], "DTypeError", /tensor: dtype must be one of bool, int32, float32, float64, got float16/, {
      dtype: "float16",
    });
  });
  test("a shape must hold as many", () => {
    fails([1, 2, 3], "ShapeError", /^tensor: 3 values do not fill shape \[2, 2\]$/, { shape: [2, 2] });
    fails([1], "ShapeError", /every dimension must be a whole number ≥ 0, got \[-1\]/, { shape: [-1] });
    assert.throws(() => fromData(Float32Array.of(1), [2]), { name: "ShapeError", message: /^fromData: 1 values/ });
  });
});

describe("filled tensors", () => {
  test("zeros, ones, full and their likes", () => {
    assert.deepEqual(zeros([2, 2]).array(), [
      [0, 0],
      [0, 0],
    ]);
    assert.deepEqual(ones([2], { dtype: "int32" }).array(), [1, 1]);
    assert.equal(full([], 0.1, { dtype: "float64" }).item(), 0.1);
    assert.equal(full([1], true).dtype, "bool");
    const x = tensor(Int32Array.of(1, 2));
    assert.deepEqual([zerosLike(x).dtype, onesLike(x, { dtype: "float64" }).dtype], ["int32", "float64"]);
    assert.deepEqual(fullLike(x, 7).array(), [7, 7]);
    assert.throws(() => fullLike(x, 0.5), {
      name: "DTypeError",
      message: /full: the value is 0.5, which int32 does not hold/,
    });
    assert.throws(() => zeros([2, -1]), {
      name: "ShapeError",
      message: /zeros: every dimension must be a whole number/,
    });
    assert.throws(() => ones(3 as unknown as number[]), {
      name: "UserError",
      message: /ones: the shape must be an array such as \[2, 3\], got 3/,
    });
    assert.throws(() => zerosLike([1] as unknown as Tensor), {
      name: "UserError",
      message: /zerosLike: expected a tensor/,
    });
  });
  test("large ones are the same", () => {
    const x = full([300, 300], 0.5);
    assert.equal(x.sum().item(), 45000);
    assert.equal(zeros([70000]).data().length, 70000);
  });
  test("inside a compiled function too", () => {
    const f = compile((x: Tensor) =>
      x
        .add(ones([2, 2]))
        .mul(full([2], 3))
        .add(arange(2)),
    );
    assert.deepEqual(f(zeros([2, 2])).array(), [
      [3, 4],
      [3, 4],
    ]);
  });
});

describe("sequences", () => {
  test("arange", () => {
    assert.deepEqual(arange(4).array(), [0, 1, 2, 3]);
    assert.equal(arange(4).dtype, "int32");
    assert.deepEqual(arange(2, 8, 3).array(), [2, 5]);
    assert.deepEqual(arange(5, 0, -2).array(), [5, 3, 1]);
    assert.deepEqual(arange(3, 1).array(), []);
    assert.deepEqual(arange(0, 1, 0.25).array(), [0, 0.25, 0.5, 0.75]);
    assert.equal(arange(0.5).dtype, "float32");
    assert.equal(arange(3, { dtype: "float64" }).dtype, "float64");
    assert.deepEqual([...arange(0, 0.35, 0.1, { dtype: "float64" }).data()], [0, 0.1, 0.2, 0.30000000000000004]);
    assert.throws(() => arange(0, 1, 0), {
      name: "UserError",
      message: /arange: start, stop and step must be finite and step not 0, got 0, 1, 0/,
    });
    assert.throws(() => arange(Number.POSITIVE_INFINITY), { name: "UserError", message: /arange/ });
    assert.throws(() => arange(0, 1, 0.5, { dtype: "int32" }), {
      name: "DTypeError",
      message: /0.5, which int32 does not hold/,
    });
    assert.throws(() => arange(2, { dtype: "bool" }), { name: "DTypeError", message: /arange: dtype bool/ });
  });
  test("linspace and logspace", () => {
    assert.deepEqual(linspace(0, 1, 5).array(), [0, 0.25, 0.5, 0.75, 1]);
    assert.deepEqual(linspace(0, 1, 4, { endpoint: false }).array(), [0, 0.25, 0.5, 0.75]);
    assert.deepEqual(linspace(3, 7, 1).array(), [3]);
    assert.deepEqual(linspace(3, 7, 0).array(), []);
    assert.equal(linspace(0, 1).size, 50);
    // The ends are exact, whatever the step is rounded to.
    assert.equal(linspace(0, 0.3, 4, { dtype: "float64" }).data()[3], 0.3);
    assert.deepEqual(logspace(0, 3, 4).array(), [1, 10, 100, 1000]);
    assert.deepEqual(logspace(0, 4, 3, { base: 2 }).array(), [1, 4, 16]);
    assert.throws(() => linspace(0, 1, -1), {
      name: "ShapeError",
      message: /linspace: the number of elements must be a whole number ≥ 0, got -1/,
    });
    assert.throws(() => linspace(0, 1, 3, { dtype: "int32" }), {
      name: "DTypeError",
      message: /linspace: dtype must be float32 or float64, got int32/,
    });
    assert.throws(() => linspace(Number.NaN, 1), {
      name: "UserError",
      message: /linspace: start and stop must be finite/,
    });
  });
});

describe("matrices", () => {
  test("eye and tri", () => {
    assert.deepEqual(eye(2).array(), [
      [1, 0],
      [0, 1],
    ]);
    assert.deepEqual(eye(2, { columns: 3, offset: 1 }).array(), [
      [0, 1, 0],
      [0, 0, 1],
    ]);
    assert.deepEqual(eye(2, { dtype: "bool" }).array(), [
      [true, false],
      [false, true],
    ]);
    assert.deepEqual(tri(3).array(), [
      [1, 0, 0],
      [1, 1, 0],
      [1, 1, 1],
    ]);
    assert.deepEqual(tri(2, { columns: 3, offset: -1 }).array(), [
      [0, 0, 0],
      [1, 0, 0],
    ]);
    assert.throws(() => eye(-1), { name: "ShapeError", message: /eye: / });
    assert.deepEqual(diag(diag(tensor([1, 2, 3]), { offset: -2 }), { offset: -2 }).array(), [1, 2, 3]);
  });
  test("oneHot", () => {
    assert.deepEqual(oneHot(tensor(Int32Array.of(2, 0)), 3).array(), [
      [0, 0, 1],
      [1, 0, 0],
    ]);
    assert.deepEqual(oneHot(tensor([[1]], { dtype: "int32" }), 2, { dtype: "bool" }).array(), [[[false, true]]]);
    assert.deepEqual(oneHot(tensor(1, { dtype: "int32" }), 2).array(), [0, 1]);
    assert.throws(() => oneHot(tensor([1]), 3), {
      name: "DTypeError",
      message: /oneHot: indices must be int32, got float32 of shape \[1\]/,
    });
    assert.throws(() => oneHot(tensor(Int32Array.of(0, 3)), 3), {
      name: "IndexError",
      message: /oneHot: index 3 is out of range for 3 classes; use 0 to 2/,
    });
    assert.throws(() => oneHot(tensor(Int32Array.of(-1)), 3), { name: "IndexError", message: /oneHot: index -1/ });
  });
  test("meshgrid", () => {
    const [x, y] = meshgrid([tensor([1, 2, 3]), tensor([4, 5])]);
    assert.deepEqual(x?.array(), [
      [1, 2, 3],
      [1, 2, 3],
    ]);
    assert.deepEqual(y?.array(), [
      [4, 4, 4],
      [5, 5, 5],
    ]);
    const [a, b, c] = meshgrid([tensor([1, 2]), tensor([3]), tensor([4, 5])], { indexing: "ij" });
    assert.deepEqual(
      [a?.shape, b?.shape, c?.shape],
      [
        [2, 1, 2],
        [2, 1, 2],
        [2, 1, 2],
      ],
    );
    assert.deepEqual(a?.array(), [[[1, 1]], [[2, 2]]]);
    assert.throws(() => meshgrid([zeros([2, 2])]), {
      name: "ShapeError",
      message: /meshgrid: argument 0 must be a vector, got shape \[2, 2\]/,
    });
    assert.throws(() => meshgrid([], { indexing: "yx" as "xy" }), {
      name: "UserError",
      message: /meshgrid: indexing must be/,
    });
  });
});

describe("where", () => {
  const mask = tensor([[true], [false]]);
  test("broadcasts all three", () => {
    assert.deepEqual(where(mask, tensor([1, 2]), 0).array(), [
      [1, 2],
      [0, 0],
    ]);
    assert.equal(where(mask, 1, 0).dtype, "float32");
    assert.equal(where(mask, tensor(Int32Array.of(1)), 0.5).dtype, "float32");
    assert.equal(where(mask, tensor([true]), tensor([false])).dtype, "bool");
  });
  test("misuse", () => {
    assert.throws(() => where(tensor([1]), 1, 0), {
      name: "DTypeError",
      message: /where: the condition must be bool, got float32 of shape \[1\]; compare first/,
    });
    assert.throws(() => where(mask, zeros([3]), zeros([2])), {
      name: "ShapeError",
      message: /where: cannot broadcast \[3\] with \[2\]/,
    });
    assert.throws(() => where(mask, zeros([3, 1]), 0), {
      name: "ShapeError",
      message: /where: cannot broadcast \[2, 1\] with \[3, 1\]/,
    });
  });
});
