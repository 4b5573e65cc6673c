/**
 * One system with one workload in a process of its own: `node serve.mjs SYSTEM WORKLOAD THREADS`. Reads requests and answers them, each a
 * line of JSON, so that blocks of several systems can take turns:
 *
 *   first, unasked          {"ready": {"version": …}, "work": FLOP or bytes a call, if only the system knows} or {"absent": reason}
 *   {"warm": seconds}       {"calls": n, "seconds": s}
 *   {"block": seconds}      {"calls": n, "seconds": s}
 *   {"check": true}         {"check": a number that should agree between systems, or null}
 *   {"once": true}          {"seconds": s}
 *
 * A system is a module `prepare(workload, threads)`. It gives undefined for a workload that it does not have, else
 * `{ call, check?, reset? }` or `{ once }`, and with either `version`; `reset` runs before each block, untimed.
 */
import { createInterface } from "node:readline";

/**
 * @typedef {object} Prepared
 * @property {string} version
 * @property {number} [work]
 * @property {() => unknown} [call]
 * @property {() => number | Promise<number>} [once] seconds
 * @property {() => void} [reset]
 * @property {() => number | Promise<number>} [check]
 */

const [system, workload = "", threads = "1"] = process.argv.slice(2);
const answer = process.stdout.write.bind(process.stdout);
/** @param {object} message */
const send = (message) => answer(`${JSON.stringify(message)}\n`);
// What a library prints must not be taken for an answer.
console.log = console.info = console.debug = console.error;

let batch = 1;
/** Where results go, so that no call can be left out. @type {{ result: unknown }} */
const sink = { result: undefined };

/**
 * Calls for at least so many seconds, asking the time only every few milliseconds.
 * @param {() => unknown} call @param {number} seconds
 */
async function run(call, seconds) {
  const start = performance.now();
  let calls = 0;
  let elapsed = 0;
  do {
    for (let i = 0; i < batch; i += 1) {
      sink.result = call();
      if (sink.result instanceof Promise) await sink.result;
    }
    calls += batch;
    elapsed = (performance.now() - start) / 1000;
  } while (elapsed < seconds);
  batch = Math.max(1, Math.min(1e6, Math.round((0.004 * calls) / elapsed)));
  return { calls, seconds: elapsed };
}

/** @type {Prepared | undefined} */
let prepared;
try {
  const { prepare } = await import(new URL(`../systems/${system}.mjs`, import.meta.url).href);
  prepared = await prepare(workload, Number(threads));
} catch (error) {
  if (error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND") {
    send({ absent: error.message.split(" imported from")[0] });
  } else {
    console.error(error);
    send({ absent: String(error) });
  }
  process.exit(0);
}
if (prepared === undefined) {
  send({ absent: `${system} has no ${workload} on ${threads} threads` });
  process.exit(0);
}
const { version, work, call, once, check, reset } = prepared;
send({ ready: { version }, work });

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  if ("check" in request) send({ check: check === undefined ? null : await check() });
  else if ("once" in request && once !== undefined) send({ seconds: await once() });
  else if (call !== undefined) {
    reset?.();
    send(await run(call, request.warm ?? request.block));
  } else send({ absent: `${workload} cannot be asked for ${line}` });
}
// Workers of a library would keep the process alive.
process.exit(0);
