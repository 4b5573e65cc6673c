import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { checkGradients, customDerivative, NumericalError, type Tensor, tensor } from "../../src/index.js";
import { useDevice } from "../device.js";

before(useDevice);

const f64 = (values: Parameters<typeof tensor>[0]): Tensor => tensor(values, { dtype: "float64" });
const x = f64([
  [0.3, -1.2, 0.8],
  [1.1, 0.4, -0.6],
]);
const w = f64([
  [0.5, -0.2],
  [0.9, 1.4],
  [-0.7, 0.1],
]);

/** x³, with a derivative wrong by the factor `by`, in reverse mode only or in both. */
const cube = (by: number, modes: "vjp" | "both"): ((a: Tensor) => Tensor) =>
  customDerivative((a: Tensor) => a.mul(a).mul(a), {
    vjp: ({ args: [a] }, g) => [
      g
        .mul(a)
        .mul(a)
        .mul(3 * by),
    ],
    ...(modes === "both" ? {} : { jvp: ({ args: [a] }, [t]) => t.mul(a).mul(a).mul(3) }),
  });

describe("checkGradients", () => {
  test("accepts what is right", () => {
    const report = checkGradients(
      (a: Tensor, p: { w: Tensor; n: Tensor }) => ({ y: a.matmul(p.w).tanh(), s: a.sum() }),
      [x, { w, n: tensor([1, 2], { dtype: "int32" }) }],
    );
    assert.equal(report.ok, true);
    assert.equal(report.checkedElements, 12);
    assert.ok((report.worst?.relativeError ?? 1) < 1e-7);
    assert.ok(report.transpose.relativeError < 1e-13);
  });

  test("finds an error of 0.1 percent, and names the worst element", () => {
    assert.equal(checkGradients(cube(1, "both"), [x]).ok, true);
    const report = checkGradients(cube(1.001, "both"), [x], { onFailure: "report" });
    assert.equal(report.ok, false);
    assert.ok(Math.abs((report.worst?.relativeError ?? 0) - 0.001 / 2.001) < 1e-6);
    assert.throws(
      () => checkGradients(cube(1.001, "both"), [x]),
      (e) => e instanceof NumericalError && /argument 0 at \[\d, \d\]/.test(e.message) && e.facts.report !== undefined,
    );
  });

  test("finds modes that differ by less than differences show", () => {
    const report = checkGradients(cube(1 + 1e-7, "vjp"), [x], { onFailure: "report" });
    assert.equal(report.ok, false);
    assert.ok((report.worst?.relativeError ?? 1) < report.tolerance);
    assert.throws(() => checkGradients(cube(1 + 1e-7, "vjp"), [x]), /forward and reverse mode differ/);
  });

  test("float32: gross errors only, none invented", () => {
    const [a, b] = [x.cast("float32"), w.cast("float32")];
    const ok = checkGradients((p: Tensor, q: Tensor) => p.matmul(q).exp(), [a, b]);
    assert.equal(ok.tolerance, 1e-2);
    assert.throws(() => checkGradients(cube(1.1, "both"), [a]), NumericalError);
  });

  test("an element whose derivative is zero, and one that is NaN", () => {
    assert.equal(checkGradients((a: Tensor) => a.mul(0), [x]).ok, true);
    assert.equal(checkGradients((a: Tensor) => a.sqrt(), [x], { onFailure: "report" }).ok, false);
  });

  test("checks a sample of many elements, the same for the same seed", () => {
    const many = f64(Array.from({ length: 50 }, (_, i) => Math.sin(i)));
    const run = () => checkGradients((a: Tensor) => a.mul(a), [many], { maxElements: 5, seed: 3 });
    assert.equal(run().checkedElements, 5);
    assert.deepEqual(run(), run());
  });
});
