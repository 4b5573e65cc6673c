// `npm run -s bench -- …`: measures workloads, beside other libraries if asked; `--help` shows the options, the design's list of workloads
// says what each row means. Method: a fresh process for each system and row; after a warm-up the median of several blocks, which all
// systems of a row, and the yardstick, run in turn.
import { build, install, requireNode } from "../tools/prepare.mjs";
import { judge } from "./harness/bars.mjs";
import { load } from "./harness/machine.mjs";
import { measure, ours } from "./harness/measure.mjs";
import { parseOptions, usage } from "./harness/options.mjs";
import { record } from "./harness/record.mjs";
import { heading, line, verdictLine } from "./harness/table.mjs";

const warmSeconds = 0.5;

/** @param {string} sentence @returns {never} */
function refuse(sentence) {
  console.error(sentence);
  process.exit(1);
}

requireNode();
/** @type {ReturnType<typeof parseOptions>} */
let options;
try {
  options = parseOptions(process.argv.slice(2));
} catch (error) {
  refuse(`${error instanceof Error ? error.message : error}\nnpm run -s bench -- --help shows the options.`);
}
if ("help" in options) {
  console.log(usage);
  process.exit(0);
}
const { chosen, refused, threads, peers, json, blocks, seconds } = options;
if (options.build) {
  install();
  const built = await build(["packages/thalweg"]);
  if (!built.ok) refuse(`The build failed:\n${built.output}`);
}

const loadBefore = load();
/** @type {import("./harness/measure.mjs").Row[]} */
const rows = [];
/** @type {import("./harness/bars.mjs").Verdict[]} */
const verdicts = [];
/** @type {string[]} */
const notes = [...refused];
for (const note of refused) console.error(note);

if (!json && chosen.length > 0) {
  console.log(`Node ${process.versions.node}, V8 ${process.versions.v8}, load ${loadBefore}\n${heading}`);
}
for (const workload of chosen) {
  const found = await measure(workload, { warmSeconds, seconds, blocks, threads, peers });
  for (const row of found.rows) console.log(json ? JSON.stringify(row) : line(row));
  for (const note of found.notes) console.error(note);
  rows.push(...found.rows);
  verdicts.push(...judge(workload, found.rows));
  notes.push(...found.notes);
}
if (!json && verdicts.length > 0) console.log(`\n${verdicts.map(verdictLine).join("\n")}`);
if (options.record) {
  const file = record({ arguments: process.argv.slice(2), loadBefore, rows, verdicts, notes: [...new Set(notes)] });
  console.error(`recorded in ${file}`);
}
const missing = chosen.filter(({ name }) => !rows.some((row) => row.workload === name && row.system === ours));
if (missing.length > 0 || refused.length > 0) process.exitCode = 1;
