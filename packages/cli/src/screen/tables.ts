/** The tables that the command prints: what the columns hold, and how the optimisers did. */
import type { ColumnSummary } from "thalweg/data";
import type { Comparison } from "../compare/comparison.js";
import type { Outcome } from "../compare/train.js";
import { commonDecimals, fixed, label, number, rate, seconds } from "./format.js";
import { type TextColumn, textTable } from "./text-table.js";

const left = (title: string): TextColumn => ({ title, align: "left" });
const right = (title: string): TextColumn => ({ title, align: "right" });

/** Columns that the screen shows; the report has all. */
const mostColumns = 30;

export function columnsTable(summaries: readonly ColumnSummary[], target: string): string {
  const rows = summaries.slice(0, mostColumns).map((s) => {
    const name = s.name === target ? `${label(s.name)} (target)` : label(s.name);
    if (s.kind === "number")
      return [name, "number", `${s.missing}`, ...[s.min, s.median, s.mean, s.max].map((x) => number(x)), number(s.std)];
    const labels = s.top.slice(0, 3).map((t) => label(t.label));
    return [
      name,
      s.kind,
      `${s.missing}`,
      "",
      "",
      "",
      "",
      "",
      `${s.distinct} labels: ${labels.join(", ")}${s.distinct > 3 ? ", …" : ""}`,
    ];
  });
  const titles = [left("column"), left("type"), ...["missing", "min", "median", "mean", "max", "deviation"].map(right)];
  const table = textTable([...titles, left("")], rows);
  const rest = summaries.length - mostColumns;
  return rest > 0 ? `${table}\n… and ${rest} more columns, all of them in the report` : table;
}

/** Four, or as many as keep the smallest loss from reading 0.0000. */
export function lossDecimalsOf(outcomes: readonly Outcome[]): number {
  const losses = outcomes.flatMap((o) => (o.kind === "trained" ? [o.train.loss, o.validation.loss, o.test.loss] : []));
  return Math.min(8, Math.max(4, commonDecimals(losses) - 2));
}

export function resultsTable(comparison: Comparison): string {
  const errors = comparison.outcomes.flatMap((o) => (o.kind === "trained" ? [o.test.rmse] : []));
  const decimals = commonDecimals(errors);
  const lossDecimals = lossDecimalsOf(comparison.outcomes);
  const rows = comparison.outcomes.map((o) => {
    const name = o.candidate.name === comparison.winner?.candidate.name ? `${o.candidate.name} *` : o.candidate.name;
    const peak = rate(o.candidate.learningRate);
    if (o.kind === "diverged") return [name, peak, "diverged", "", "", "", "", "", "", seconds(o.seconds)];
    return [
      name,
      peak,
      fixed(o.train.loss, lossDecimals),
      fixed(o.validation.loss, lossDecimals),
      fixed(o.test.loss, lossDecimals),
      fixed(o.test.r2),
      fixed(o.test.rmse, decimals),
      `${o.bestEpoch}`,
      o.kept,
      seconds(o.seconds),
    ];
  });
  const titles = [
    "rate",
    "train loss",
    "validation",
    "test loss",
    "test R²",
    "test RMSE",
    "best epoch",
    "kept",
    "time",
  ];
  return textTable([left("optimiser"), ...titles.map(right)], rows);
}
