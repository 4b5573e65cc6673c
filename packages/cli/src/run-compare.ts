/** `thalweg compare` once its options are known: train, show, write the report. */
import { writeFileAtomic } from "@thalweg/node";
import { UserError } from "thalweg";
import { type Comparison, compare } from "./compare/comparison.js";
import type { CompareSettings } from "./compare/settings.js";
import { verdict } from "./compare/verdict.js";
import { renderReport } from "./report/report.js";
import { seconds } from "./screen/format.js";
import type { Screen } from "./screen/screen.js";
import { resultsTable } from "./screen/tables.js";

export async function runCompare(
  settings: CompareSettings,
  output: string,
  screen: Screen,
  signal: AbortSignal,
): Promise<Comparison> {
  const comparison = await compare(settings, screen, signal);
  screen.line(resultsTable(comparison));
  screen.line("Losses are mean squared errors of the standardised target; RMSE is in the target's own unit.");
  screen.line();
  for (const sentence of verdict(comparison)) screen.line(sentence);
  await writeFileAtomic(output, renderReport(comparison), { signal }).catch((error: unknown) => {
    if (!(error instanceof Error && "syscall" in error)) throw error;
    throw new UserError(`the report could not be written: ${error.message}`);
  });
  screen.line();
  screen.line(`Report: ${output}  (${seconds(comparison.seconds)} in all)`);
  return comparison;
}
