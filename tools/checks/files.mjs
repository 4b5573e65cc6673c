// Files stay short, are named for what they hold, and carry no loose ends.
import { posix } from "node:path";
import { codeOnly, filesBelow, read } from "../sources.mjs";

const longest = 600;
const comfortable = 300;

const drawers = /^(?:utils?|helpers?|misc|common|shared|stuff)\.[cm]?[jt]s$/;

/** Looked for in whole lines: these stand in comments. */
const looseEnds = [
  { pattern: /\b(?:TODO|FIXME|XXX)\b/, why: "an open end: finish it or file it" },
  { pattern: /@ts-(?:ignore|nocheck)\b/, why: "silences the compiler" },
  { pattern: /biome-ignore\s+\S+\s*(?::\s*)?$/, why: "an exception without its reason" },
];

/** Looked for in code only. The formatter's linter refuses the same; this holds where someone switches a rule off. */
const code = [
  { pattern: /(?::|\bas|<)\s*any\b(?!\s*=>)/, why: "any switches the types off" },
  { pattern: /\b(?:it|test|describe|suite)\.only\(|\bonly:\s*true\b/, why: "would run this test alone" },
  { pattern: /\b(?:it|test|describe|suite)\.(?:skip|todo)\(/, why: "a test that never runs" },
];

/** In the library itself a type error may not be expected; tests of types do expect some. */
const libraryOnly = [{ pattern: /@ts-expect-error\b/, why: "silences the compiler" }];

export function check() {
  /** @type {string[]} */
  const failures = [];
  /** @type {string[]} */
  const warnings = [];
  const files = ["packages", "bench", "tools"].flatMap((folder) =>
    filesBelow(folder, (path) => /\.[cm]?[jt]sx?$/.test(path)),
  );

  for (const file of files) {
    const source = read(file);
    const lines = source.split("\n");
    const length = lines.length - (lines.at(-1) === "" ? 1 : 0);
    if (length > longest) failures.push(`${file}: ${length} lines, over the limit of ${longest}: split it`);
    else if (length > comfortable) warnings.push(`${length} ${file}`);
    if (drawers.test(posix.basename(file))) failures.push(`${file}: named for what it is not`);
    if (file === "tools/checks/files.mjs") continue;

    const bare = codeOnly(source).split("\n");
    const rules = file.includes("/src/") ? [...looseEnds, ...libraryOnly] : looseEnds;
    for (const [index, line] of lines.entries()) {
      for (const { pattern, why } of rules) {
        if (pattern.test(line)) failures.push(`${file}:${index + 1}: ${why}: ${line.trim()}`);
      }
      for (const { pattern, why } of code) {
        if (pattern.test(bare[index] ?? "")) failures.push(`${file}:${index + 1}: ${why}: ${line.trim()}`);
      }
    }
  }

  warnings.sort((a, b) => Number.parseInt(b, 10) - Number.parseInt(a, 10));
  const long = warnings.length > 0 ? `; ${warnings.length} over ${comfortable} lines, the longest ${warnings[0]}` : "";
  return { failures, note: `${files.length} files${long}` };
}
