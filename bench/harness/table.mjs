/** Rows for a reader. */

/** @param {number} value */
function digits(value) {
  if (value >= 1000) return Math.round(value).toLocaleString("en").replaceAll(",", " ");
  return value.toPrecision(3);
}

/** @param {import("./measure.mjs").Row} row */
export function line({ workload, system, threads, value, best, unit, share, shareOfBest, ratio, speedup, version }) {
  const parts = [
    workload.padEnd(28),
    system.padEnd(14),
    `${threads}`.padStart(2),
    digits(value).padStart(9),
    unit.padEnd(8),
    `(best ${digits(best)})`.padEnd(16),
    (share === undefined ? "" : `${(100 * share).toFixed(0)} % (best ${(100 * (shareOfBest ?? 0)).toFixed(0)})`).padEnd(
      16,
    ),
    gain(ratio, speedup).padEnd(13),
    version,
  ];
  return parts.join(" ").trimEnd();
}

/** @param {number | undefined} ratio @param {number | undefined} speedup */
function gain(ratio, speedup) {
  if (speedup !== undefined) return `${digits(speedup)} × of one`;
  return ratio === undefined ? "" : `ours ${digits(ratio)} ×`;
}

export const heading = [
  "workload".padEnd(28),
  "system".padEnd(14),
  "th",
  "median".padStart(9),
  " ".repeat(25),
  "yardstick".padEnd(16),
  "ratio".padEnd(13),
  "version",
].join(" ");

/** @param {import("./bars.mjs").Verdict} verdict */
export function verdictLine({ workload, bar, measured, met }) {
  const found = bar.includes("%") ? `${(100 * measured).toFixed(0)} %` : digits(measured);
  return `${met ? "✓" : "✗"} ${workload.padEnd(28)} ${bar.padEnd(26)} ${found}`;
}
