/** What the user sees while the command works: lines of text, and progress that a terminal shows as a bar and a file as a few lines. */
import { SingleBar } from "cli-progress";
import { visible } from "./format.js";

export interface Bar {
  /** `done` of the total, with a note such as the losses. */
  update(done: number, note: string): void;
  /** Ends the bar; `result` stands in its place. */
  end(result: string): void;
}

export interface Screen {
  line(text?: string): void;
  bar(title: string, total: number): Bar;
  /** Lets go of a bar that was not ended, so that an error message starts on a line of its own. */
  close(): void;
}

/** The screen of a stream: with moving bars if it is a terminal. Nothing is written where nobody reads any more. */
export function screenOf(stream: NodeJS.WriteStream): Screen {
  if (stream.isTTY) return terminalScreen(stream);
  return plainScreen((text) => {
    if (stream.writable) stream.write(text);
  });
}

const titleWidth = 10;

function terminalScreen(stream: NodeJS.WriteStream): Screen {
  let open: SingleBar | undefined;
  const close = (): void => {
    open?.stop();
    open = undefined;
  };
  return {
    line: (text = "") => {
      stream.write(`${visible(text)}\n`);
    },
    bar: (title, total) => {
      close();
      const bar = new SingleBar({
        stream,
        format: `${title.padEnd(titleWidth)} {bar} {note}`,
        barCompleteChar: "█",
        barIncompleteChar: "░",
        barsize: 24,
        fps: 12,
        hideCursor: true,
        clearOnComplete: true,
        stopOnComplete: false,
        linewrap: false,
        gracefulExit: false,
      });
      bar.start(total, 0, { note: "" });
      open = bar;
      return {
        update: (done, note) => bar.update(done, { note }),
        end: (result) => {
          close();
          stream.write(`${title.padEnd(titleWidth)} ${result}\n`);
        },
      };
    },
    close,
  };
}

/** Each bar writes at most ten lines and its result. */
export function plainScreen(write: (text: string) => void): Screen {
  return {
    line: (text = "") => write(`${visible(text)}\n`),
    bar: (title, total) => {
      let shown = 0;
      return {
        update: (done, note) => {
          const tenth = Math.floor((10 * done) / total);
          if (tenth <= shown || done >= total) return;
          shown = tenth;
          write(`${title.padEnd(titleWidth)} ${note}\n`);
        },
        end: (result) => write(`${title.padEnd(titleWidth)} ${result}\n`),
      };
    },
    close: () => {},
  };
}
