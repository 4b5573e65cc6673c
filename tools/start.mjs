// `npm start`: installs and builds what is missing, then runs the main job. Arguments after `--` go to it:
// `npm start -- --data houses.csv --target price`.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { build, install, requireNode, root } from "./prepare.mjs";

requireNode();
install();
const built = await build(["packages/cli"]);
if (!built.ok) {
  console.error(`The build failed:\n${built.output}`);
  process.exit(1);
}

const job = spawn(process.execPath, [join(root, "packages/cli/bin/thalweg.js"), "compare", ...process.argv.slice(2)], {
  stdio: "inherit",
});
// Ctrl-C reaches the whole foreground group; the job decides how it ends, this process only waits for it.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => job.kill("SIGTERM"));
job.on("error", (error) => {
  console.error(error.message);
  process.exitCode = 1;
});
job.on("exit", (code, signal) => {
  process.exitCode = code ?? (signal === "SIGINT" ? 130 : 1);
});
