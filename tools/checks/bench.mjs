// `npm run bench` answers: its command line is refused or understood as it should be, and its lines of JSON hold what readers of them need.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "../prepare.mjs";

/** @param {string[]} options */
function bench(...options) {
  const result = spawnSync(process.execPath, [join(root, "bench/run.mjs"), "--no-build", ...options], {
    encoding: "utf8",
    timeout: 60_000,
  });
  return { status: result.status, printed: result.stdout, complaint: result.stderr };
}

const refused = [
  { options: ["--workload", "nothing_like_it"], says: "there is no such row" },
  { options: ["--workload", "lenet_b64"], says: "not yet" },
  { options: ["--target", "c"], says: "only target" },
  { options: ["--threads", "0"], says: "whole number" },
  { options: ["--speed"], says: "--help" },
];

/** The yardstick of any machine that runs this, in GFLOP/s. */
const plausible = { least: 0.1, most: 1000 };

/** @param {string} line */
function faultsOf(line) {
  const row = JSON.parse(line);
  const expected = { workload: "fma_peak_f32", system: "thalweg-wasm", threads: 1, unit: "GFLOP/s" };
  return [
    ...Object.entries(expected)
      .filter(([name, value]) => row[name] !== value)
      .map(([name, value]) => `${name} is ${row[name]}, not ${value}`),
    ...(row.value > plausible.least && row.value < plausible.most ? [] : [`a yardstick of ${row.value} GFLOP/s`]),
    ...(row.best >= row.value ? [] : [`a best block of ${row.best} under the median ${row.value}`]),
  ];
}

export function check() {
  /** @type {string[]} */
  const failures = [];
  for (const { options, says } of refused) {
    const { status, complaint } = bench(...options);
    if (status !== 1 || !complaint.includes(says)) {
      failures.push(`bench ${options.join(" ")}: ended with ${status}, said ${complaint.trim() || "nothing"}`);
    }
  }
  const { status, printed, complaint } = bench(
    "--workload",
    "fma_peak_f32",
    "--json",
    "--blocks",
    "2",
    "--seconds",
    "0.02",
  );
  const lines = printed.split("\n").filter((line) => line !== "");
  if (status !== 0 || lines.length !== 1)
    failures.push(`fma_peak_f32: ended with ${status} and ${lines.length} lines: ${complaint}`);
  for (const line of lines) for (const fault of faultsOf(line)) failures.push(`fma_peak_f32: ${fault}`);
  return { failures };
}
