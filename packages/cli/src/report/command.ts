/** The command line that does the same again. */
import { type CompareSettings, defaults } from "../compare/settings.js";

export function commandOf(settings: CompareSettings): string {
  const words = ["npx", "thalweg", "compare"];
  const add = (option: string, value: string | number | undefined, usual?: string | number): void => {
    if (value !== undefined && value !== usual && value !== "") words.push(option, quote(`${value}`));
  };
  add("--data", settings.data);
  add("--target", settings.target);
  add("--drop", settings.drop.join(","));
  if (settings.header !== "auto") add("--header", settings.header ? "yes" : "no");
  add("--delimiter", settings.delimiter === "\t" ? "tab" : settings.delimiter);
  add("--missing", settings.missing?.filter((m) => m !== "").join(","));
  add("--decimal", settings.decimal, defaults.decimal);
  add("--bad-cells", settings.badCells, defaults.badCells);
  add("--epochs", settings.epochs);
  add("--batch-size", settings.batchSize, defaults.batchSize);
  add("--optimizers", settings.optimizers?.join(","));
  add("--hidden", settings.hidden.join(",") || "none", defaults.hidden.join(","));
  add("--test-fraction", settings.test, defaults.test);
  add("--validation-fraction", settings.validation, defaults.validation);
  add("--input-limit", settings.inputLimit, defaults.inputLimit);
  if (settings.quick) words.push("--quick");
  if (!settings.sweep) words.push("--no-sweep");
  add("--seed", settings.seed);
  add("--output", settings.output, defaults.output);
  return words.join(" ");
}

/** As a POSIX shell takes it. */
function quote(word: string): string {
  return /^[\w./,@%+=:-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
