// The published declarations compile in a stranger's strict project, once with DOM types and once with Node's, with library
// checking on: nothing that the core declares for itself may be missing there or clash.
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../prepare.mjs";
import { doors } from "./doors.mjs";

const environments = [
  { name: "dom", lib: ["ES2023", "DOM", "DOM.Iterable"], types: [] },
  { name: "node", lib: ["ES2023"], types: ["node"] },
];

export function check() {
  /** @type {string[]} */
  const failures = [];
  const listed = doors();
  const source = listed
    .map(({ name }, index) => `import * as door${index} from "${name}";\nvoid door${index};\n`)
    .join("");

  for (const { name, lib, types } of environments) {
    const folder = join(root, ".cache/consumer", name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "consumer.ts"), source);
    const compilerOptions = {
      target: "ES2023",
      lib,
      types,
      module: "NodeNext",
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      noEmit: true,
      rootDir: root,
    };
    writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["consumer.ts"] }, null, 2));
    const compiler = join(root, "node_modules/typescript/bin/tsc");
    const result = spawnSync(process.execPath, [compiler, "-p", folder, "--pretty", "false"], {
      cwd: root,
      encoding: "utf8",
    });
    if (result.status !== 0) {
      failures.push(
        ...`${result.stdout}${result.stderr}`
          .trim()
          .split("\n")
          .map((line) => `with ${name} types: ${line}`),
      );
    }
  }
  return { failures, note: environments.map(({ name }) => name).join(", ") };
}
