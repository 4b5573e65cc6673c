/** What the text of one cell means. */

/** Texts that mean "no value", compared without regard to case. */
export const defaultMissing: readonly string[] = ["", "NA", "N/A", "NaN", "null", "?", "-"];

/** The sign between whole part and fraction. */
export type Decimal = "point" | "comma";

const withPoint = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const withComma = /^[+-]?(?:\d+,?\d*|,\d+)(?:e[+-]?\d+)?$/i;
/** 1.234.567,8: where the comma is decimal, points part the thousands. */
const groupedByPoints = /^[+-]?[1-9]\d{0,2}(?:\.\d{3})+(?:,\d*)?$/;
const groupedByCommas = /^[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?$/;

/** The number that a text says, in decimal or exponent form; undefined for anything else, also for numbers beyond 1.8e308. */
export function parseNumber(text: string, decimal: Decimal = "point"): number | undefined {
  if (decimal === "point") return withPoint.test(text) ? finite(Number(text)) : undefined;
  if (withComma.test(text)) return finite(Number(text.replace(",", ".")));
  return groupedByPoints.test(text) ? finite(Number(text.replaceAll(".", "").replace(",", "."))) : undefined;
}

/** Whether the text is a number with one kind of decimal sign or the other. */
export function isNumber(text: string): boolean {
  return parseNumber(text) !== undefined || parseNumber(text, "comma") !== undefined;
}

/** Whether a point or comma in the number may part thousands as well as decimals: "1,234" and "1.234", but not "0,5" or "12.50". */
export function isGrouped(text: string): boolean {
  return groupedByPoints.test(text) || groupedByCommas.test(text);
}

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}

const digits = /^\s*[\d.,]*\d[\d.,]*\s*$/;

/** What may be wrong with a text that stands among numbers, to follow it in a message; empty when nothing can be said. */
export function explainWord(text: string): string {
  if (text.length > 40) return "";
  if (/^[+-]?inf(inity)?$/i.test(text)) return "infinity is not a number to learn from";
  if (withPoint.test(text) || withComma.test(text)) {
    if (parseNumber(text) === undefined && parseNumber(text, "comma") === undefined)
      return "beyond the largest number, 1.8e308";
    if (!text.includes(",")) return "";
    return isGrouped(text) ? "write thousands without commas" : "write decimals with a point";
  }
  if (groupedByCommas.test(text)) return "write thousands without commas";
  if (groupedByPoints.test(text))
    return text.includes(",") ? "write decimals with a point, and thousands without" : "write thousands without points";
  if (/^[+-]?\d{1,3}(?:[ \u00a0\u202f'’]\d{3})+(?:[.,]\d*)?$/.test(text))
    return "write thousands without anything between them";
  if (/^\u2212[\d.,]+$/.test(text)) return "write the minus sign as a hyphen";
  const bare = text.replace(/^[+-]/, "").replace(/^[$€£¥]|[%$€£¥]$/, "");
  if (bare.length < text.replace(/^[+-]/, "").length && digits.test(bare.replace(/^\s*[+-]/, "")))
    return "write the number without its sign";
  if (/^\([\d.,]+\)$/.test(text)) return "write negative numbers with a minus sign";
  return "";
}
