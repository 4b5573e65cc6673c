/** Printing a module: a tree of its parts, with shapes and numbers of parameters. */
import { formatShape } from "../base/shape.js";
import type { Module } from "./module.js";
import type { ModuleVariable } from "./parameter.js";

export function describe(module: Module): string {
  const seen = new Set<Module | ModuleVariable>();
  const rows: { readonly text: string; readonly count: number | undefined }[] = [];
  const visit = (part: Module, label: string, lead: string, below: string): void => {
    const settings = part.describeSettings();
    const title = `${lead}${label}${part.constructor.name}${settings === "" ? "" : `(${settings})`}`;
    if (seen.has(part)) {
      rows.push({ text: `${title} (shared, shown above)`, count: undefined });
      return;
    }
    seen.add(part);
    const row = rows.push({ text: title, count: undefined }) - 1;
    let own = 0;
    const variables: string[] = [];
    const modules: { readonly name: string; readonly member: Module }[] = [];
    for (const { name, member, isModule } of part.members()) {
      if (isModule) {
        modules.push({ name: name.join("."), member });
        continue;
      }
      const shared = seen.has(member);
      seen.add(member);
      if (member.trainable && !shared) own += member.size;
      variables.push(
        `${name.join(".")} ${formatShape(member.shape)}${shared ? " (shared)" : member.trainable ? "" : " (state)"}`,
      );
    }
    rows[row] = {
      text: variables.length === 0 ? title : `${title}  ${variables.join(", ")}`,
      count: variables.length === 0 ? undefined : own,
    };
    modules.forEach(({ name, member }, i) => {
      const last = i === modules.length - 1;
      visit(member, `${name}: `, `${below}${last ? "└─ " : "├─ "}`, `${below}${last ? "   " : "│  "}`);
    });
  };
  visit(module, "", "", "");
  const total = rows.reduce((sum, { count }) => sum + (count ?? 0), 0);
  const width = Math.max(...rows.map(({ text }) => text.length));
  const lines = rows.map(({ text, count }) => (count === undefined ? text : `${text.padEnd(width)}  ${group(count)}`));
  return [...lines, `${group(total)} trainable parameters`].join("\n");
}

/** 12345 as 12,345. */
function group(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ",");
}
