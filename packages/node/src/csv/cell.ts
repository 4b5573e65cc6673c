/** What the text of one cell means. */

/** Texts that mean "no value", compared without regard to case. */
export const defaultMissing: readonly string[] = ["", "NA", "N/A", "NaN", "null", "?", "-"];

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** The number that a text says, in plain decimal or exponent form; undefined for anything else, also for numbers beyond 1.8e308. */
export function parseNumber(text: string): number | undefined {
  if (!decimal.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** What may be wrong with a text that stands among numbers, to follow it in a message; empty when nothing can be said. */
export function explainWord(text: string): string {
  if (/^[+-]?inf(inity)?$/i.test(text)) return "infinity is not a number to learn from";
  if (decimal.test(text)) return "beyond the largest number, 1.8e308";
  if (/^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?$/.test(text)) return "write thousands without commas";
  if (/^[+-]?\d+,\d+$/.test(text)) return "write decimals with a point";
  if (/^[$€£¥]\s*[\d.,]+$|^[\d.,]+\s*[%$€£¥]$/.test(text)) return "write the number without its sign";
  return "";
}
