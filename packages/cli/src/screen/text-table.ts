/** Tables of text in columns. */

export interface TextColumn {
  readonly title: string;
  readonly align: "left" | "right";
}

/** Rows below a line of titles, each column as wide as its widest cell. */
export function textTable(columns: readonly TextColumn[], rows: readonly (readonly string[])[]): string {
  const all = [columns.map((c) => c.title), ...rows];
  const widths = columns.map((_, i) => Math.max(...all.map((row) => length(row[i] ?? ""))));
  const format = (row: readonly string[]): string =>
    columns
      .map(({ align }, i) => {
        const cell = row[i] ?? "";
        const space = " ".repeat((widths[i] ?? 0) - length(cell));
        return align === "left" ? cell + space : space + cell;
      })
      .join("  ")
      .trimEnd();
  const [titles = "", ...lines] = all.map(format);
  const rule = widths.map((w) => "─".repeat(w)).join("  ");
  return [titles, rule, ...lines].join("\n");
}

/** Characters as a terminal counts them, combining marks excepted. */
function length(text: string): number {
  let n = 0;
  for (const character of text) if (!/\p{Mark}/u.test(character)) n += 1;
  return n;
}
