/** Errors in the middle of a program that several threads run. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { NumericalError } from "../../src/base/errors.js";
import { add, mul } from "../../src/graph/build.js";
import { make, makeInput, type Node, project } from "../../src/graph/node.js";
import type { HostOp } from "../../src/graph/primitives.js";
import type { Program } from "../../src/runtime/device.js";
import { ThreadLostError } from "../../src/runtime/pool.js";
import { Variable } from "../../src/runtime/variable.js";
import type { WasmDevice } from "../../src/runtime/wasm.js";
import type { WorkerHandle } from "../../src/runtime/worker-handle.js";
import { noise, useTeam, withAll } from "./teams.js";

const size = 150;
const square = { shape: [size, size], dtype: "float32" } as const;
const value = noise(size * size, 5);

const matmul = (a: Node, b: Node): Node => make("matmul", [a, b], {});

const workersOf = (device: WasmDevice): readonly WorkerHandle[] =>
  (device.threads as unknown as { readonly pool: { readonly workers: readonly WorkerHandle[] } }).pool.workers;

/** x ↦ x·x + state, and state ↦ state + 1 where `through` is between. */
function compileStep(device: WasmDevice, state: Variable, through: (x: Node) => Node = (x) => x): Program {
  const x = makeInput("x", square);
  const old = make("variable", [], { variable: state });
  const result = add(matmul(through(mul(matmul(x, x), 2)), x), old);
  return device.compile({ inputs: [x], outputs: [result], updates: [{ variable: state, value: add(old, 1) }] });
}

test("an error of a host op comes out, and the threads go on", async () => {
  const device = useTeam(3);
  let fail = false;
  const op: HostOp = {
    name: "strict",
    key: "",
    outputs: (inputs) => inputs,
    run: ([x]) => {
      if (fail) throw new NumericalError("not today");
      return x === undefined ? [] : [x];
    },
  };
  const program = compileStep(device, new Variable("state", [size, size], "float32"), (x) =>
    project(make("host", [x], { op }), 0),
  );
  await withAll(device, () => program.run([value]));
  const state = new Variable("state", [size, size], "float32");
  const other = compileStep(device, state);
  const [expected] = other.run([value]);
  await withAll(device, () => other.run([value]));
  for (let i = 0; i < 4; i += 1) {
    fail = true;
    assert.throws(() => program.run([value]), /not today/);
    assert.equal(device.threads.latest, 3);
    fail = false;
    state.write(new Float32Array(size * size));
    assert.deepEqual(other.run([value])[0], expected);
    assert.equal(device.threads.latest, 3);
  }
  assert.equal(device.threads.running, true);
  device.threads.stop();
});

test("a thread lost in the middle is an error that marks what was being written; the next program runs", async () => {
  const device = useTeam(3, false);
  const state = new Variable("state", [size, size], "float32");
  const program = compileStep(device, state);
  await withAll(device, () => program.run([value]));
  assert.ok((state.read()[0] ?? 0) >= 1);
  workersOf(device)[1]?.stop();
  const begun = performance.now();
  assert.throws(() => program.run([value]), ThreadLostError);
  assert.ok(performance.now() - begun < 10_000);
  assert.throws(() => state.read(), /state was lost: a worker thread/);
  assert.throws(() => program.run([value]), /was lost/);
  state.write(new Float32Array(size * size));
  const [again] = program.run([value]);
  assert.equal(device.threads.latest, 1);
  assert.equal(state.read()[0], 1);
  // a new pool takes over
  state.write(new Float32Array(size * size));
  const [shared] = await withAll(device, () => {
    state.write(new Float32Array(size * size));
    return program.run([value]);
  });
  assert.equal(device.threads.latest, 3);
  assert.deepEqual(shared, again);
  device.threads.stop();
});
