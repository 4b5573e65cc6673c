/** The design's bars, held against measured rows. */
import { ours } from "./measure.mjs";

/**
 * @typedef {object} Verdict
 * @property {string} workload
 * @property {string} bar in words
 * @property {number} measured
 * @property {boolean} met
 */

const major = Number(process.versions.node.split(".")[0]);

/**
 * @param {import("../workloads.mjs").Workload} workload
 * @param {import("./measure.mjs").Row[]} rows
 * @returns {Verdict[]} one for each bar that this run can judge
 */
export function judge(workload, rows) {
  const own = rows.find((row) => row.workload === workload.name && row.system === ours);
  return (workload.bars ?? []).flatMap((bar) => {
    if (bar.fromNode !== undefined && major < bar.fromNode) return [];
    if ((own?.threads ?? 1) !== (bar.threads ?? 1)) return [];
    if (bar.beforeNode !== undefined && major >= bar.beforeNode) return [];
    const measured = bar.of === "ratio" ? rows.find((row) => row.system === bar.peer)?.ratio : own?.[bar.of];
    if (measured === undefined) return [];
    const limit = bar.atLeast ?? bar.atMost ?? Number.NaN;
    const met = bar.atLeast === undefined ? measured <= limit : measured >= limit;
    const sign = bar.atLeast === undefined ? "≤" : "≥";
    return [{ workload: workload.name, bar: `${sign} ${inWords(bar, limit, workload.unit)}`, measured, met }];
  });
}

/** @param {import("../workloads.mjs").Bar} bar @param {number} limit @param {string} unit */
function inWords(bar, limit, unit) {
  switch (bar.of) {
    case "share":
      return `${Math.round(100 * limit)} % of the yardstick`;
    case "ratio":
      return `${Number(limit.toPrecision(2))} × ${bar.peer}`;
    case "speedup":
      return `${limit} × one thread`;
    case "value":
      return `${limit} ${unit}`;
  }
}
