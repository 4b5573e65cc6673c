/** The command line. */
import { parseArgs } from "node:util";
import { notYet, workloads } from "../workloads.mjs";

/**
 * @typedef {object} Options
 * @property {import("../workloads.mjs").Workload[]} chosen
 * @property {string[]} refused names that cannot be run yet, with the reason
 * @property {number} threads
 * @property {boolean} peers
 * @property {boolean} json
 * @property {boolean} record
 * @property {boolean} build
 * @property {number} blocks
 * @property {number} seconds
 */

export const usage = `npm run -s bench -- [--workload NAME[,NAME…]] [--threads N] [--target wasm] [--peers] [--json] [--record]

  --workload   which rows, by name or by what their names begin with (default: all)
  --threads    threads of every system (default 1)
  --target     wasm, the only one so far
  --peers      also every peer that is installed, block by block in turn: PyTorch, NumPy, SciPy and scikit-learn in the Python that
               THALWEG_PYTHON names (else python3); tfjs-wasm, jax-js and ml-matrix after npm install in bench/
  --json       one object a line
  --record     adds the run to bench/results/
  --blocks     blocks a row (default 7), --seconds their least length (default 0.25)
  --no-build   measures what was built last

Rows: ${workloads.map(({ name }) => name).join(", ")}`;

/** @param {string[]} args @returns {Options | { help: true }} throws with a sentence for the user */
export function parseOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      workload: { type: "string" },
      threads: { type: "string", default: "1" },
      target: { type: "string", default: "wasm" },
      peers: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      record: { type: "boolean", default: false },
      blocks: { type: "string", default: "7" },
      seconds: { type: "string", default: "0.25" },
      "no-build": { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return { help: true };
  if (values.target !== "wasm") throw new Error(`--target ${values.target}: the only target so far is wasm`);
  const threads = wholeNumber("--threads", values.threads);
  const blocks = wholeNumber("--blocks", values.blocks);
  const seconds = Number(values.seconds);
  if (!(seconds > 0 && seconds <= 60)) throw new Error(`--seconds must be between 0 and 60, got ${values.seconds}`);

  const names = values.workload?.split(",").filter((name) => name !== "");
  /** @type {string[]} */
  const refused = [];
  const chosen = names === undefined ? workloads : names.flatMap((name) => choose(name, refused));
  return {
    chosen: [...new Set(chosen)],
    refused,
    threads,
    peers: values.peers,
    json: values.json,
    record: values.record,
    build: !values["no-build"],
    blocks,
    seconds,
  };
}

/** @param {string} name @param {string[]} refused */
function choose(name, refused) {
  const exact = workloads.filter((w) => w.name === name);
  if (exact.length > 0) return exact;
  const reason = notYet.get(name);
  if (reason !== undefined) {
    refused.push(`${name}: not yet, ${reason}`);
    return [];
  }
  const begun = workloads.filter((w) => w.name.startsWith(name));
  if (begun.length === 0)
    throw new Error(`--workload ${name}: there is no such row; there are ${workloads.map((w) => w.name).join(", ")}`);
  return begun;
}

/** @param {string} option @param {string} text */
function wholeNumber(option, text) {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw new Error(`${option} must be a whole number from 1 on, got ${text}`);
  return number;
}
