/** What `compareLinearSolvers` says in words, as a table and as JSON. */

import { allDigits, type Digits } from "./comparison-digits.js";
import type { DesignFacts } from "./comparison-facts.js";
import type { LinearSolverComparison, SolverEntry } from "./comparison-result.js";
import type { LinearSolver } from "./comparison-solvers.js";

type Found = Omit<LinearSolverComparison, "toString" | "toJSON" | "remarks">;
type Told = Omit<LinearSolverComparison, "toString" | "toJSON">;

const singular = 1 / Number.EPSILON;

export function labelOf(solver: LinearSolver, alpha: number | undefined, rank: number | undefined): string {
  if (alpha !== undefined) return `ridge, α = ${short(alpha)}`;
  return solver === "truncated svd" ? `truncated svd, rank ${rank ?? "?"}` : solver;
}

interface Outcome {
  readonly solver: LinearSolver;
  readonly rank: number | undefined;
  readonly failure: string | undefined;
  readonly digits: Digits;
  readonly solved: boolean;
  readonly trustworthy: boolean;
}

export function verdictOn({ solver, rank, failure, digits, solved, trustworthy }: Outcome, facts: DesignFacts): string {
  const lost = Number.isFinite(digits.lost) ? `${digits.lost.toFixed(1)} digits are lost` : "all digits are lost";
  const square =
    solver === "normal equations" && Number.isFinite(digits.lost)
      ? ` (the condition ${conditionWords(facts.condition.solved)} enters squared)`
      : "";
  if (!solved)
    return `no solution: ${failure ?? "it broke down"}; ${lost} where there are ${allDigits.toFixed(1)}${square}`;
  const parts = [
    trustworthy
      ? `trustworthy: about ${Math.floor(digits.trusted)} digits`
      : `not trustworthy: ${lost} where there are ${allDigits.toFixed(1)}${square}`,
  ];
  if (solver === "ridge") parts.push("of the penalised problem");
  else if (solver === "truncated svd") parts.push(`of the problem cut to ${rank ?? 0} of ${facts.columns} directions`);
  else if (solver === "conjugate gradient" && facts.rank < facts.columns) parts.push("of the shortest solution");
  else if (rank !== undefined && rank < facts.columns)
    parts.push(`of the shortest solution, at rank ${rank} of ${facts.columns}`);
  return `${parts.join(" ")}${failure === undefined ? "" : `; ${failure}`}`;
}

/** Beyond 1/ε rounding has the say: the true condition may be larger still. */
export function conditionWords(condition: number): string {
  if (!Number.isFinite(condition)) return "infinite";
  return `${condition >= singular ? "~" : ""}${condition.toExponential(1)}`;
}

export function remarksOn({ settings, facts, entries, penalties, final }: Found): string[] {
  const remarks: string[] = [];
  const { condition, rank, columns, trainRows, constantColumns, names, collinearGroups } = facts;
  if (constantColumns.length > 0)
    remarks.push(
      `${listed(constantColumns.map((j) => names[j] ?? ""))}: does not vary in the rows fitted on, and explains nothing${settings.intercept ? " that the intercept does not" : ""}`,
    );
  if (rank < columns)
    remarks.push(
      trainRows <= columns
        ? `with ${columns} columns and ${trainRows} rows to fit on many coefficients fit equally well: rank ${rank}`
        : `the columns depend on each other (rank ${rank} of ${columns}), so many coefficients fit equally well`,
    );
  if (collinearGroups.length > 0)
    remarks.push(
      "single coefficients within a group of collinear columns mean little: a penalty, or one column of each, tells more",
    );
  const normal = entries.find((e) => e.solver === "normal equations");
  const qr = entries.find((e) => e.solver === "qr");
  if (normal !== undefined && !normal.trustworthy && qr?.trustworthy === true)
    remarks.push("normal equations lose what QR keeps: they square the condition");
  if (!settings.standardize && condition.scaled < condition.solved / 10)
    remarks.push(
      `units alone raise the condition from ${conditionWords(condition.scaled)} to ${conditionWords(condition.solved)}; the setting standardize takes that away`,
    );
  const { values } = penalties;
  if (values.length > 1 && (final.alpha === Math.min(...values) || final.alpha === Math.max(...values)))
    remarks.push(`the penalty chosen, ${short(final.alpha)}, stands at the end of the range: widen alphas to see more`);
  if (penalties.simplest > 10 * penalties.chosen)
    remarks.push(
      `penalties up to ${short(penalties.simplest)} are as good within one standard error, with shorter solutions: rule "one standard error"`,
    );
  const held = entries.filter((e) => e.testError !== undefined);
  if (held.length > 0) {
    const least = held.reduce((most, e) => Math.min(most, e.testError ?? most), Number.POSITIVE_INFINITY);
    const first = held.find((e) => (e.testError ?? least) <= least * (1 + 1e-6));
    const plain = first?.solver === "normal equations" || first?.solver === "qr";
    remarks.push(
      `least error on the rows held out: ${short(least)}, of ${plain ? "plain least squares" : (first?.label ?? "")}`,
    );
  }
  return remarks;
}

export function comparisonTable({ settings, facts, entries, penalties, final, remarks }: Told): string {
  const { condition } = facts;
  const lines = [
    `${facts.rows} rows of ${facts.columns} columns: ${facts.trainRows} to fit on, ${facts.testRows} held out; ${facts.system}`,
    `rank ${facts.rank} of ${facts.columns}; condition ${conditionWords(condition.solved)}${condition.solved >= singular ? ", singular to working precision" : ""} (x as given ${conditionWords(condition.given)}, columns at unit length ${conditionWords(condition.scaled)})`,
    inflationWords(facts),
    ...facts.collinearGroups.map((g) => `collinear: ${listed(g.names)} (condition ${conditionWords(g.condition)})`),
    "",
    ...table(shownEntries(entries, final.alpha), facts.testRows > 0),
    "",
    `penalty by ${settings.folds}-fold cross-validation among ${penalties.values.length}: ${short(final.alpha)} (${settings.rule})`,
    `with it: RMSE ${short(final.trainError)} fitted${final.testError === undefined ? "" : `, ${short(final.testError)} held out`}; R² ${final.trainR2.toFixed(4)} fitted${final.testR2 === undefined ? "" : `, ${final.testR2.toFixed(4)} held out`}`,
    ...remarks.map((r) => `- ${r}`),
  ];
  return lines.join("\n");
}

function inflationWords({ varianceInflation, names }: DesignFacts): string {
  const order = Array.from(varianceInflation.keys()).filter((j) => !Number.isNaN(varianceInflation[j]));
  order.sort((a, b) => {
    const [p, q] = [varianceInflation[a] ?? 0, varianceInflation[b] ?? 0];
    return p === q ? a - b : q - p;
  });
  const most = order.slice(0, 3).map((j) => {
    const v = varianceInflation[j] ?? 0;
    return `${names[j]} ${Number.isFinite(v) ? short(v) : "infinite"}`;
  });
  return `largest variance inflation: ${most.join(", ")}`;
}

/** All but most of the penalties: five over the range and the one chosen. */
function shownEntries(entries: readonly SolverEntry[], chosen: number): SolverEntry[] {
  const ridges = entries.filter((e) => e.solver === "ridge");
  const spread = new Set(Array.from({ length: 5 }, (_, k) => ridges[Math.round((k * (ridges.length - 1)) / 4)]));
  return entries.filter((e) => e.solver !== "ridge" || spread.has(e) || e.alpha === chosen);
}

function table(entries: readonly SolverEntry[], heldOut: boolean): string[] {
  const number = (value: number | undefined): string => (value === undefined ? "-" : short(value));
  const cells = [
    ["solver", "RMSE", ...(heldOut ? ["held out"] : []), "‖β‖", "≠ 0", "time", "digits", "verdict"],
    ...entries.map((e) => [
      e.label,
      number(e.trainError),
      ...(heldOut ? [number(e.testError)] : []),
      number(e.norm),
      e.nonZeros === undefined ? "-" : String(e.nonZeros),
      `${e.milliseconds.toFixed(2)} ms`,
      e.digitsTrusted.toFixed(1),
      e.verdict,
    ]),
  ];
  const widths = (cells[0] ?? []).map((_, j) => Math.max(...cells.map((row) => (row[j] ?? "").length)));
  return cells.map((row) => {
    const padded = row.map((cell, j) =>
      j === 0 || j === row.length - 1 ? cell.padEnd(widths[j] ?? 0) : cell.padStart(widths[j] ?? 0),
    );
    return padded.join("  ").trimEnd();
  });
}

function listed(names: readonly string[]): string {
  return names.length <= 12 ? names.join(", ") : `${names.slice(0, 10).join(", ")} and ${names.length - 10} more`;
}

/** Four digits. */
function short(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  return size >= 1e-3 && size < 1e6 ? String(Number(value.toPrecision(4))) : value.toExponential(2);
}

export function comparisonJSON(comparison: Told): object {
  return plain(comparison) as object;
}

/** Plain arrays and objects; what JSON has no number for is null. */
function plain(value: unknown): unknown {
  if (value === undefined) return null;
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (value instanceof Float64Array) return Array.from(value, plain);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
  return value;
}
