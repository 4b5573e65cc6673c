/** The pool: when it starts, what it survives, and how it ends. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { UserError } from "../../src/base/errors.js";
import { setThreads, threads } from "../../src/index.js";
import { device, setDevice } from "../../src/runtime/device.js";
import { wasmDevice } from "../../src/runtime/wasm.js";
import { compile } from "../../src/tensor/compile.js";
import { tensor, zeros } from "../../src/tensor/creation.js";
import { fingerprint, noise, useTeam, withAll } from "./teams.js";

const run = promisify(execFile);
const door = new URL("../../src/index.js", import.meta.url).href;

const matrix = (rows: number, columns: number, seed: number) =>
  tensor(noise(rows * columns, seed), { shape: [rows, columns] });

describe("when workers start", () => {
  after(() => setDevice(undefined));

  test("not for a device of one thread, nor for small programs", () => {
    const alone = wasmDevice({ threads: 1, parallelWork: 0 });
    setDevice(alone);
    const product = compile((a: ReturnType<typeof matrix>) => a.matmul(a));
    for (let i = 0; i < 5; i += 1) product(matrix(200, 200, i));
    assert.equal(alone.threads.running, false);

    const several = wasmDevice({ threads: 3 });
    setDevice(several);
    const small = compile((a: ReturnType<typeof matrix>) => a.matmul(a).sum());
    const x = matrix(20, 20, 1);
    for (let i = 0; i < 2000; i += 1) small(x);
    assert.equal(several.threads.running, false);
  });

  test("once large programs have taken some time", () => {
    const several = wasmDevice({ threads: 2 });
    setDevice(several);
    const product = compile((a: ReturnType<typeof matrix>) => a.matmul(a));
    const x = matrix(512, 512, 1);
    product(x);
    const atFirst = several.threads.running;
    const end = performance.now() + 5000;
    while (!several.threads.running && performance.now() < end) product(x);
    assert.equal(several.threads.running, true);
    assert.equal(atFirst, false);
    several.threads.stop();
  });

  test("counts are checked", () => {
    for (const wrong of [0, -1, 1.5, Number.NaN, 65]) assert.throws(() => setThreads(wrong), UserError);
    setDevice(undefined);
    setThreads(3);
    assert.equal(threads(), 3);
    setThreads("auto");
    assert.ok(threads() >= 1 && threads() <= 8);
    assert.equal(device().name, "wasm");
  });
});

describe("a running pool", () => {
  after(() => setDevice(undefined));

  test("runs programs in turns, and more of them than it keeps", async () => {
    const several = useTeam(3, false);
    const x = matrix(200, 100, 1);
    const programs = Array.from({ length: 140 }, (_, i) =>
      compile((a: typeof x) =>
        a
          .mul(i)
          .exp()
          .slice(":", [0, i % 2 === 0 ? 90 : 99]),
      ),
    );
    const first = programs.map((program) => fingerprint(program(x)));
    for (const index of [0, 139, 0, 139, 70, 1]) {
      const program = programs[index];
      assert.ok(program);
      assert.equal(fingerprint(await withAll(several, () => program(x))), first[index]);
    }
    several.threads.stop();
  });

  test("sees memory that grew after it started", async () => {
    const several = useTeam(2, false);
    const product = compile((a: ReturnType<typeof matrix>, b: ReturnType<typeof matrix>) => a.matmul(b));
    const [a, b] = [matrix(300, 190, 1), matrix(190, 180, 2)];
    const before = fingerprint(await withAll(several, () => product(a, b)));
    const pages = several.memory.memory.buffer.byteLength;
    // an arena of more than 100 MB, filled and added up by both threads
    const large = compile((from: ReturnType<typeof zeros>) => from.add(1).mul(2).cumsum().add(3).max());
    const ones = zeros([12_000_000]);
    const alone = large(ones).item();
    assert.ok(several.memory.memory.buffer.byteLength > pages + 50e6, "the memory did not grow");
    assert.equal(await withAll(several, () => large(ones).item()), alone);
    assert.equal(fingerprint(await withAll(several, () => product(a, b))), before);
    several.threads.stop();
  });

  test("changes its size", async () => {
    const several = useTeam(2, false);
    const x = matrix(190, 190, 3);
    const product = compile((a: typeof x) => a.matmul(a));
    const bits = fingerprint(await withAll(several, () => product(x)));
    for (const count of [4, 1, 3]) {
      several.threads.set(count);
      assert.equal(fingerprint(await withAll(several, () => product(x))), bits);
      assert.equal(several.threads.latest, count);
    }
    several.threads.stop();
  });
});

describe("the process", () => {
  const script = (body: string): Promise<{ stdout: string }> =>
    run(process.execPath, ["--input-type=module", "--eval", `import * as t from ${JSON.stringify(door)};\n${body}`], {
      timeout: 30_000,
      cwd: fileURLToPath(new URL(".", import.meta.url)),
    });

  test("ends by itself after threads were used", async () => {
    const { stdout } = await script(`
      t.setThreads(3);
      const x = t.zeros([600, 600]).add(0.5);
      const f = t.compile((a) => a.matmul(a).sum());
      for (let i = 0; i < 60; i += 1) f(x);
      await new Promise((resolve) => setTimeout(resolve, 200));
      for (let i = 0; i < 20; i += 1) f(x);
      console.log(f(x).item());
    `);
    assert.equal(Number(stdout), 600 ** 3 / 4);
  });

  test("ends at once while workers are starting", async () => {
    const begun = performance.now();
    const { stdout } = await script(`
      const x = t.zeros([900, 900]).add(0.5);
      const f = t.compile((a) => a.matmul(a).sum());
      f(x); f(x); f(x);
      console.log("done");
    `);
    assert.equal(stdout.trim(), "done");
    assert.ok(performance.now() - begun < 25_000);
  });
});
