/** The command `thalweg`. */

import { rmSync } from "node:fs";
import { unfinishedFiles } from "@thalweg/node";
import { Command, CommanderError } from "commander";
import { UserError } from "thalweg";
import { compareCommand } from "./compare-command.js";
import { visible } from "./screen/format.js";
import { screenOf } from "./screen/screen.js";
import { version } from "./version.js";

const stop = new AbortController();
const screen = screenOf(process.stdout);

/** The first signal asks the work to end; the second ends the process, without leaving half a file. */
function onSignal(name: "SIGINT" | "SIGTERM", code: number): void {
  process.on(name, () => {
    if (stop.signal.aborted) {
      for (const file of unfinishedFiles()) rmSync(file, { force: true });
      // As the system does it: to exit would wait for reads that wait themselves.
      process.removeAllListeners(name);
      process.kill(process.pid, name);
      return;
    }
    process.exitCode = code;
    stop.abort(new Stopped());
  });
}

class Stopped extends Error {
  override name = "Stopped";
}

onSignal("SIGINT", 130);
onSignal("SIGTERM", 143);
// A reader such as `head` may close the pipe early, or a disk be full: the work goes on, since the report is what it is for.
let lost: NodeJS.ErrnoException | undefined;
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  lost ??= error;
});

const program = new Command("thalweg")
  .description("Machine learning from its mathematical foundations.")
  .version(version)
  .showHelpAfterError("(thalweg --help shows how it is used)")
  .exitOverride()
  .addCommand(
    compareCommand(screen, stop.signal, ({ output }) => {
      if (lost === undefined) return;
      const closed = lost.code === "EPIPE";
      console.error(
        `${closed ? "Nobody read the rest of the output" : `The output could not be written (${lost.message})`}; the report is complete: ${output}`,
      );
      if (!closed) process.exitCode = 1;
    }),
  );
for (const command of program.commands) command.exitOverride().showHelpAfterError("(--help shows all options)");

try {
  await program.parseAsync();
} catch (error) {
  screen.close();
  if (error instanceof Stopped) console.error("\nStopped. Nothing was written.");
  else if (error instanceof CommanderError) process.exitCode = error.exitCode;
  else if (error instanceof UserError) {
    console.error(`Error: ${visible(error.message)}`);
    process.exitCode = 1;
  } else {
    console.error(error);
    process.exitCode = 1;
  }
}
