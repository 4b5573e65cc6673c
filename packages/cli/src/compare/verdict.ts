/** Who won and why, in sentences. */
import { fixed, number, percent, rate } from "../screen/format.js";
import type { Interval } from "./bootstrap.js";
import { type Comparison, keptText } from "./comparison.js";

export function verdict({ winner, outcomes, prepared, loaded }: Comparison): string[] {
  if (winner === undefined)
    return [
      "Every optimiser diverged: see the messages above. Extreme inputs or too high learning rates are the usual reasons.",
    ];
  const { outcome, r2, runnerUp } = winner;
  const unit = prepared.unit === undefined ? "" : ` × ${prepared.unit}`;
  const interval = r2 === undefined ? "" : ` (95 % interval ${fixed(r2.low, 3)} to ${fixed(r2.high, 3)})`;
  const share =
    outcome.test.r2 > 0
      ? `it explains ${percent(outcome.test.r2)} of the variance of ${prepared.target}`
      : `it does no better than the mean of ${prepared.target}`;
  const lines = [
    `${winner.candidate.name} wins: its validation loss of ${number(outcome.validation.loss)} (${keptText(outcome)}, rate ${rate(winner.candidate.learningRate)}) is the lowest of ${outcomes.length}.`,
    `On ${prepared.test.rows.toLocaleString("en")} test rows ${share}: R² ${fixed(outcome.test.r2)}${interval}, RMSE ${number(outcome.test.rmse)}${unit}, mean absolute error ${number(outcome.meanAbsoluteError)}${unit}.`,
  ];
  if (runnerUp !== undefined) {
    lines.push(compareWithSecond(runnerUp.outcome.candidate.name, runnerUp.difference));
  }
  const diverged = outcomes.filter((o) => o.kind === "diverged").map((o) => o.candidate.name);
  if (diverged.length > 0) lines.push(`${diverged.join(" and ")} diverged.`);
  if (loaded.standIn !== undefined)
    lines.push("All of this is on generated data, which stands in for California Housing.");
  return lines;
}

function compareWithSecond(name: string, difference: Interval | undefined): string {
  if (difference === undefined)
    return `Whether it is really better than ${name}, the second, so few test rows cannot tell.`;
  if (difference.low > 0)
    return `It is better than ${name}, the second, also on the test rows, and by more than chance in their choice explains.`;
  if (difference.high < 0)
    return `On the test rows ${name}, the second, is better, by more than chance in their choice explains: the choice by validation was unlucky.`;
  return `Its lead over ${name}, the second, is within what chance in the choice of test rows explains.`;
}
