/** A process that measures one system, seen from the one that asks. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const python = process.env.THALWEG_PYTHON ?? "python3";

/** @param {string} path */
const here = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** The systems in Python: file and first arguments. @type {Map<string, [string, ...string[]]>} */
const inPython = new Map([
  ["pytorch", ["pytorch.py"]],
  ["numpy", ["lapack.py", "numpy"]],
  ["scipy", ["lapack.py", "scipy"]],
  ["scikit-learn", ["scikit_learn.py"]],
]);

/** @param {string} system @param {string[]} rest @returns {[string, string[]]} */
function commandOf(system, rest) {
  const [file, ...first] = inPython.get(system) ?? [];
  return file === undefined
    ? [process.execPath, [here("harness/serve.mjs"), system, ...rest]]
    : [python, ["-B", here(`systems/${file}`), ...first, ...rest]];
}

/** Longer than the slowest block of the slowest system. */
const patience = 120_000;

export class Child {
  /** @param {string} system @param {string} workload @param {number} threads */
  constructor(system, workload, threads) {
    this.system = system;
    const [command, args] = commandOf(system, [workload, String(threads)]);
    const limit = String(threads);
    this.process = spawn(command, args, {
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, OMP_NUM_THREADS: limit, MKL_NUM_THREADS: limit, OPENBLAS_NUM_THREADS: limit },
    });
    this.printed = "";
    this.process.stderr.on("data", (data) => {
      if (this.printed.length < 4000) this.printed += data;
    });
    this.process.stdin.on("error", () => {});
    /** @type {string | undefined} */
    this.failure = undefined;
    this.process.on("error", (error) => {
      this.failure = error.message;
    });
    this.lines = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]();
  }

  /**
   * The next answer; throws when there will be none.
   * @param {object} [request] @returns {Promise<Record<string, unknown>>}
   */
  async ask(request) {
    if (request !== undefined) this.process.stdin.write(`${JSON.stringify(request)}\n`);
    const timer = setTimeout(() => this.process.kill("SIGKILL"), patience);
    try {
      for (;;) {
        const { value, done } = await this.lines.next();
        if (done === true) throw new Error(this.failure ?? `${this.system} ended: ${this.printed.trim().slice(-1000)}`);
        if (value.startsWith("{")) return JSON.parse(value);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  end() {
    this.process.stdin.end();
  }
}
