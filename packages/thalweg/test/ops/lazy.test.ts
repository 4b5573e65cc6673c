import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compile, scan, type Tensor, tensor, vmap, where, zeros } from "../../src/index.js";
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
