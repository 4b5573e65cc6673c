/** What was done with each column, in sentences: in the training rows, which decide it, and in the rows for validation and test. */
import {
  type Effect,
  type Encoding,
  encodingEffects,
  reasons,
  type Split,
  type Table,
  type Treatment,
} from "thalweg/data";
import { count, label, short } from "../screen/format.js";

/** The treatments of all columns, those of one kind in one sentence. */
export function describeEncoding(encoding: Encoding, features: Table, split: Split): string[] {
  const training = byColumn(encodingEffects(encoding, features, split.train));
  const others = byColumn(encodingEffects(encoding, features, [...split.validation, ...split.test]));
  const where = (treatment: Treatment, what: "missing" | "limited" | "unseen"): Places => ({
    training: training.get(treatment.column)?.[what] ?? 0,
    others: others.get(treatment.column)?.[what] ?? 0,
  });
  const lines: string[] = [];
  const numbers = encoding.treatments.filter((t) => t.kind === "number");
  if (numbers.length > 0)
    lines.push(
      `${count(numbers.length, "column")} of numbers standardised: less the mean, divided by the deviation of the training rows.`,
    );
  for (const t of numbers) {
    const missing = where(t, "missing");
    if (some(missing))
      lines.push(
        `${label(t.column)}: missing values become the median of the training rows, ${short(t.fill)} (${cells(missing)}).`,
      );
  }
  const limited = numbers.map((t) => ({ name: t.column, places: where(t, "limited") })).filter((l) => some(l.places));
  if (limited.length > 0)
    lines.push(
      `Standardised inputs are limited to ±${encoding.limit} deviations, so that single extreme rows do not throw training off: ${limited.map(({ name, places }) => `${label(name)} in ${cells(places)}`).join("; ")}.`,
    );
  for (const t of encoding.treatments) {
    if (t.kind === "left out") lines.push(`${label(t.column)}: left out, it ${reasons[t.why]}.`);
    if (t.kind !== "one-hot") continue;
    const missing = where(t, "missing");
    const unseen = where(t, "unseen");
    const absent = some(missing) ? `; missing ones are 0 everywhere (${cells(missing)})` : "";
    const unknown = some(unseen)
      ? `; labels that no training row has are 0 everywhere too (${list(others.get(t.column)?.unseenLevels ?? [])}: ${cells(unseen)})`
      : "";
    lines.push(
      `${label(t.column)}: one input of 0 and 1 for each of ${count(t.levels.length, "label")} (${list(t.levels)})${absent}${unknown}.`,
    );
  }
  return lines;
}

interface Places {
  readonly training: number;
  /** In the rows for validation and test. */
  readonly others: number;
}

function some({ training, others }: Places): boolean {
  return training > 0 || others > 0;
}

function cells({ training, others }: Places): string {
  if (training === 0) return `${count(others, "cell")} in the validation and test rows`;
  const here = `${count(training, "cell")} in the training rows`;
  return others === 0 ? here : `${here}, ${others.toLocaleString("en")} in the others`;
}

function list(levels: readonly string[]): string {
  return `${levels.slice(0, 6).map(label).join(", ")}${levels.length > 6 ? ", …" : ""}`;
}

function byColumn(effects: readonly Effect[]): Map<string, Effect> {
  return new Map(effects.map((effect) => [effect.column, effect]));
}
