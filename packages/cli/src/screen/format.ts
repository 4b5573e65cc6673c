/** Numbers as people read them. */

/** Four significant digits, without needless zeros or exponents. */
export function number(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "–" : value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e7 || size < 1e-4) return signed(value.toExponential(Math.max(0, digits - 2)));
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  const text = Number(value.toFixed(Math.min(20, decimals))).toLocaleString("en", { maximumFractionDigits: decimals });
  return signed(text);
}

const compact = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });

/** As short as axes need it: 68.9K from ten thousand on. */
export function brief(value: number): string {
  const size = Math.abs(value);
  return size >= 1e4 && size < 1e15 ? signed(compact.format(value)) : number(value, 3);
}

/** With the same number of decimals each, for columns. */
export function fixed(value: number, decimals = 4): string {
  if (!Number.isFinite(value)) return number(value);
  if (decimals > 8 || Math.abs(value) >= 1e15) return number(value);
  return signed(value.toLocaleString("en", { minimumFractionDigits: decimals, maximumFractionDigits: decimals }));
}

/** Decimals that give the smallest of some numbers four significant digits, so that all can stand in one column. */
export function commonDecimals(values: readonly number[]): number {
  const smallest = Math.min(...values.map(Math.abs).filter((x) => x > 0 && Number.isFinite(x)));
  return Number.isFinite(smallest) ? Math.max(0, 3 - Math.floor(Math.log10(smallest))) : 4;
}

/** A learning rate: 0.003, 1e-4, 3.2e-4. */
export function rate(value: number): string {
  if (value >= 1e-3) return String(Number(value.toPrecision(2)));
  return value.toExponential(1).replace(".0e", "e");
}

export function seconds(value: number): string {
  return value < 9.95 ? `${value.toFixed(1)} s` : `${Math.round(value)} s`;
}

export function percent(value: number, decimals = 1): string {
  return `${(100 * value).toFixed(decimals)} %`;
}

export function count(n: number, thing: string): string {
  return `${n.toLocaleString("en")} ${thing}${n === 1 ? "" : "s"}`;
}

/** Control characters as pictures, so that text from a file cannot move the cursor or change colours; line ends stay. */
export function visible(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : "\ufffd";
  });
}

/** A name or label from a table, in one line of at most 40 characters. */
export function label(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return line.length > 40 ? `${line.slice(0, 39)}…` : line;
}

/** Six significant digits, to be read back. */
export function short(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function signed(text: string): string {
  return text.replace("-", "−").replace("e−", "e-");
}
