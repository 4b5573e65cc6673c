import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compile, concat, scan, stack, type Tensor, tensor, vmap, where, zeros } from "../../src/index.js";
import { device, setDevice } from "../../src/runtime/device.js";
import { useDevice } from "../device.js";

useDevice();

/** How many programs are compiled while `body` runs. */
function compilations(body: () => void): number {
  const real = device();
  let count = 0;
  setDevice({
    name: "counting",
    compile(traced) {
      count += 1;
      return real.compile(traced);
    },
  });
  try {
    body();
  } finally {
    setDevice(real);
  }
  return count;
}

describe("lazy evaluation", () => {
  test("a number that changes does not recompile", () => {
    const x = tensor([1, 2, 3]);
    const count = compilations(() => {
      for (let i = 0; i < 20; i += 1) {
        const y = x
          .mul(0.1 * i)
          .add(i)
          .pow(0.5 + i)
          .clip({ min: -i, max: 1e30 + i });
        assert.equal(where(x.gt(i), y, i / 7).data().length, 3);
      }
    });
    assert.equal(count, 1);
  });
  test("a number passed to a compiled function does not either, and takes the dtype of what it meets", () => {
    const dtypes: string[] = [];
    const step = compile((x: Tensor, rate: Tensor) => {
      const scaled = rate.mul(0.5).sqrt().neg().add(rate);
      const y = x.mul(scaled).add(rate.maximum(0.1)).clip({ max: rate.exp() });
      dtypes.push(y.dtype, x.sub(rate.pow(2)).dtype, where(x.gt(rate), rate, 0).add(x).dtype);
      return y;
    });
    const count = compilations(() => {
      for (let i = 1; i < 5; i += 1) step(tensor([1, 2]), i * 0.1);
    });
    assert.equal(count, 1);
    assert.deepEqual(dtypes, ["float32", "float32", "float32"]);
  });
  test("one program serves every small step of a long chain", () => {
    let x = zeros([4]);
    for (let i = 0; i < 3000; i += 1) x = x.add(1);
    assert.deepEqual(x.array(), [3000, 3000, 3000, 3000]);
  });
  test("asking for a value inside a trace is an error that says what to do", () => {
    const f = compile((x: Tensor) => x.add(x.sum().item()));
    assert.throws(() => f(zeros([2])), {
      name: "TraceError",
      message: /^item: this tensor has no value yet.*where\(condition, a, b\)/,
    });
    const g = compile((x: Tensor) => (x.allClose(0) ? x : x.neg()));
    assert.throws(() => g(zeros([2])), { name: "TraceError", message: /^allClose: this tensor has no value yet/ });
  });
});

describe("a tensor that outlives the function that was traced", () => {
  const error = { name: "TraceError", message: /stands for an argument of a function that was traced and has ended/ };
  const leaks: Readonly<Record<string, (keep: (t: Tensor) => void) => unknown>> = {
    compile: (keep) =>
      compile((x: Tensor) => {
        keep(x.mul(2));
        return x;
      })(tensor([1])),
    vmap: (keep) =>
      vmap((x: Tensor) => {
        keep(x.mul(2));
        return x;
      })(tensor([1, 2])),
    scan: (keep) =>
      scan(
        (carry: Tensor, x: Tensor) => {
          keep(x.mul(2));
          return [carry.add(x), carry];
        },
        tensor(0),
        tensor([1, 2]),
      ),
  };
  for (const [name, run] of Object.entries(leaks)) {
    test(name, () => {
      let leaked: Tensor | undefined;
      run((t) => {
        leaked = t;
      });
      assert.throws(() => leaked?.item(), error);
      assert.throws(() => leaked?.add(1).data(), error);
      assert.match(String(leaked), /traced/);
    });
  }
});

describe("many values that are there are joined without a program", () => {
  const parts = Array.from({ length: 40 }, (_, k) =>
    tensor(Int32Array.from({ length: 2 * (k % 3) * 3 }, (_, i) => 100 * k + i)).reshape([2, k % 3, 3]),
  );
  /** The same by programs: pairs are too few to be joined otherwise. */
  const inPairs = (list: readonly Tensor[], axis: number): Tensor =>
    list.reduce((all, part) => concat([all, part], { axis }));
  test("along every axis, parts of size 0 among them", () => {
    for (const axis of [0, 1, 2]) {
      const turned = parts.map((part) => part.transpose(axis === 0 ? [1, 0, 2] : axis === 1 ? [0, 1, 2] : [0, 2, 1]));
      for (const part of turned) part.data();
      let joined: Tensor | undefined;
      assert.equal(
        compilations(() => {
          joined = concat(turned, { axis });
          joined.data();
        }),
        0,
      );
      const expected = inPairs(turned, axis);
      assert.deepEqual(joined?.shape, expected.shape);
      assert.deepEqual(joined?.data(), expected.data());
    }
  });
  test("booleans, and stacked; those that are not there go through a program", () => {
    const flags = Array.from({ length: 33 }, (_, k) => tensor([k % 2 === 0, k % 3 === 0]));
    const expected = flags.map((flag) => flag.array());
    assert.deepEqual(stack(flags).array(), expected);
    assert.equal(stack(flags).dtype, "bool");
    assert.deepEqual(
      stack(flags.map((flag) => flag.logicalNot())).array(),
      expected.map((row) => (row as boolean[]).map((v) => !v)),
    );
  });
});
