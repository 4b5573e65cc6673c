/** The options of `thalweg compare`, checked, and the job. */

import { Command, InvalidArgumentError, Option } from "commander";
import { UserError } from "thalweg";
import { outputFile } from "./compare/output.js";
import type { CompareSettings } from "./compare/settings.js";
import { defaults } from "./compare/settings.js";
import type { Screen } from "./screen/screen.js";

const examples = `
Examples:
  $ thalweg compare
      trains on California Housing and writes report.html
  $ thalweg compare --data houses.csv --target price
  $ thalweg compare --data houses.csv --target price --drop id,date --output houses.html
  $ thalweg compare --data plants.tsv --target height --quick --no-sweep
  $ thalweg compare --epochs 100 --batch-size 64 --optimizers adam,adamw --seed 7

Data without --data: California Housing from the folder in THALWEG_DATA, else from the cache, else downloaded
(20 seconds at most), else 1,000 rows made from a formula in its place, which screen and report then say.

The network takes the columns of the table as inputs (numbers standardised, categories as 0 and 1) and predicts
the target. Each optimiser starts from the same weights and sees the same batches. The best epoch and the winner
are chosen by the validation rows; the test rows are looked at once, at the end.`;

/** What commander hands over. */
interface Given extends Partial<Record<"data" | "target" | "delimiter", string>> {
  readonly drop: readonly string[];
  readonly header: "auto" | "yes" | "no";
  readonly missing?: readonly string[];
  readonly decimal: "auto" | "point" | "comma";
  readonly badCells: "error" | "missing";
  readonly epochs?: number;
  readonly batchSize: number;
  readonly seed: number;
  readonly testFraction: number;
  readonly validationFraction: number;
  readonly hidden: readonly number[];
  readonly inputLimit: number;
  readonly optimizers?: readonly string[];
  readonly sweep: boolean;
  readonly quick?: true;
  readonly offline?: true;
  readonly output: string;
}

/** `onWritten` is told when the report is there. */
export function compareCommand(
  screen: Screen,
  signal: AbortSignal,
  onWritten: (report: { readonly output: string }) => void,
): Command {
  return new Command("compare")
    .description("train a network on a table with several optimisers, compare them, and write a report")
    .option(
      "-d, --data <file>",
      'table to read: CSV, TSV or the like, also .gz; "-" for standard input (default: California Housing)',
    )
    .option("-t, --target <column>", "column of numbers to predict")
    .option("--drop <columns>", "columns not to learn from, separated by commas", list, [])
    .option("-e, --epochs <n>", "passes over the training rows (default: as many as give 56,000 steps)", whole(1))
    .option("-b, --batch-size <n>", "rows a step", whole(1), defaults.batchSize)
    .option("-s, --seed <n>", "of the split, the first weights and the order of rows", whole(0), defaults.seed)
    .option("-o, --output <file>", "the report", defaults.output)
    .option("-q, --quick", "an eighth of the epochs and a coarse sweep, for a first look")
    .option("--optimizers <names>", "which to compare, separated by commas: sgd, momentum, rmsprop, adam, adamw", list)
    .option("--hidden <widths>", 'widths of the hidden layers; "none" for a linear model', widths, defaults.hidden)
    .option("--no-sweep", "leave out the learning-rate sensitivity sweep")
    .option("--test-fraction <x>", "part of the rows to test on", fraction, defaults.test)
    .option("--validation-fraction <x>", "part of the other rows to validate on", fraction, defaults.validation)
    .option(
      "--input-limit <x>",
      "limit standardised inputs to ± x deviations; 0: no limit",
      amount,
      defaults.inputLimit,
    )
    .addOption(
      new Option("--header <which>", "whether the first row names the columns")
        .choices(["auto", "yes", "no"])
        .default("auto"),
    )
    .option("--delimiter <character>", 'between fields; "tab" for a tab (default: found)', delimiter)
    .option(
      "--missing <texts>",
      "texts that mean a missing value, separated by commas (default: empty, NA, N/A, NaN, null, ?, -)",
      missingTexts,
    )
    .addOption(
      new Option("--decimal <sign>", "the sign between whole part and fraction")
        .choices(["auto", "point", "comma"])
        .default(defaults.decimal),
    )
    .addOption(
      new Option("--bad-cells <what>", "words in columns of numbers").choices(["error", "missing"]).default("error"),
    )
    .option("--offline", "download nothing")
    .allowExcessArguments(false)
    .addHelpText("after", examples)
    .action(async (given: Given) => {
      const settings = settingsOf(given);
      // Told now rather than after a minute of training.
      const output = await outputFile(settings);
      const { runCompare } = await import("./run-compare.js");
      await runCompare(settings, output, screen, signal);
      onWritten({ output });
    });
}

function settingsOf(given: Given): CompareSettings {
  for (const [option, value] of Object.entries({ data: given.data, target: given.target, output: given.output }))
    if (value === "")
      throw new UserError(
        `--${option} needs ${option === "target" ? "the name of a column" : "the name of a file"}, and got an empty text`,
      );
  const header = { auto: "auto", yes: true, no: false } as const;
  return {
    data: given.data,
    target: given.target,
    drop: given.drop,
    header: header[given.header],
    delimiter: given.delimiter,
    missing: given.missing,
    decimal: given.decimal,
    badCells: given.badCells,
    epochs: given.epochs,
    batchSize: given.batchSize,
    seed: given.seed,
    test: given.testFraction,
    validation: given.validationFraction,
    hidden: given.hidden,
    inputLimit: given.inputLimit,
    optimizers: given.optimizers,
    sweep: given.sweep,
    quick: given.quick ?? false,
    offline: given.offline ?? false,
    output: given.output,
  };
}

function whole(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === "" || !Number.isSafeInteger(value) || value < least)
      throw new InvalidArgumentError(`It must be a whole number, at least ${least}.`);
    return value;
  };
}

function fraction(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value > 0 && value < 1)) throw new InvalidArgumentError("It must be between 0 and 1.");
  return value;
}

function amount(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && Number.isFinite(value)))
    throw new InvalidArgumentError("It must be a number, at least 0.");
  return value;
}

function list(text: string): string[] {
  return text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

/** Unlike other lists it may hold the empty text. */
function missingTexts(text: string): string[] {
  return [...new Set(["", ...text.split(",").map((item) => item.trim())])];
}

function widths(text: string): number[] {
  if (text.trim() === "none") return [];
  const found = list(text).map(whole(1));
  if (found.length === 0) throw new InvalidArgumentError('It must be whole numbers separated by commas, or "none".');
  return found;
}

function delimiter(text: string): string {
  const value = text === "tab" || text === "\\t" ? "\t" : text;
  if (value.length !== 1 || value === '"' || value === "\n")
    throw new InvalidArgumentError('It must be one character, or "tab".');
  return value;
}
