/** Who won and why, in sentences. */
import { fixed, number, percent, rate } from "../screen/format.js";
import { type Comparison, keptText } from "./comparison.js";

export function verdict({ winner, outcomes, prepared, loaded }: Comparison): string[] {
  if (winner === undefined)
    return [
      "Every optimiser diverged: see the messages above. Extreme inputs or too high learning rates are the usual reasons.",
    ];
  const { outcome, r2, runnerUp } = winner;
  const unit = prepared.unit === undefined ? "" : ` × ${prepared.unit}`;
  const share =
    outcome.test.r2 > 0
      ? `it explains ${percent(outcome.test.r2)} of the variance of ${prepared.target}`
      : `it does no better than the mean of ${prepared.target}`;
  const lines = [
    `${winner.candidate.name} wins: its validation loss of ${fixed(outcome.validation.loss)} (${keptText(outcome)}, rate ${rate(winner.candidate.learningRate)}) is the lowest of ${outcomes.length}.`,
    `On ${prepared.test.rows.toLocaleString("en")} test rows ${share}: R² ${fixed(outcome.test.r2)} (95 % interval ${fixed(r2.low, 3)} to ${fixed(r2.high, 3)}), RMSE ${number(outcome.test.rmse)}${unit}, mean absolute error ${number(outcome.meanAbsoluteError)}${unit}.`,
  ];
  if (runnerUp !== undefined) {
    const { low, high } = runnerUp.difference;
    const name = runnerUp.outcome.candidate.name;
    lines.push(
      low > 0
        ? `It is better than ${name}, the second, also on the test rows, and by more than chance in their choice explains.`
        : high < 0
          ? `On the test rows ${name}, the second, is better, by more than chance in their choice explains: the choice by validation was unlucky.`
          : `Its lead over ${name}, the second, is within what chance in the choice of test rows explains.`,
    );
  }
  const diverged = outcomes.filter((o) => o.kind === "diverged").map((o) => o.candidate.name);
  if (diverged.length > 0) lines.push(`${diverged.join(" and ")} diverged.`);
  if (loaded.standIn !== undefined)
    lines.push("All of this is on generated data, which stands in for California Housing.");
  return lines;
}
