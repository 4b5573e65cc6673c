/** Bytes that are read more than once: of a file, which is opened each time, or of a stream, which is kept as it goes by. */
import { createReadStream, open as openDescriptor } from "node:fs";
import { open, stat } from "node:fs/promises";
import { Socket } from "node:net";
import { Readable } from "node:stream";
import { promisify } from "node:util";
import { TableFileError } from "./table-file-error.js";

export interface Source {
  /** For messages. */
  readonly path: string;
  /** The first bytes, at most as many as asked for; fewer only where there are no more. */
  start(bytes: number): Promise<Uint8Array>;
  /** All bytes, from the first. One reader at a time. */
  open(): Readable;
  /** Lets go of what is open. */
  close(): void;
}

export interface SourceOptions {
  readonly signal?: AbortSignal | undefined;
  /** A stream longer than this is refused, since it is kept in memory. Default: 1 GiB. */
  readonly maxStreamBytes?: number;
}

/** Names of standard input. As a path they cannot always be opened, for instance when it is a socket. */
const standardInput = new Set(["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"]);

/**
 * The file at `path`, or the stream: a pipe, a terminal, "-" for standard input.
 *
 * @throws TableFileError when there is none that can be read.
 */
export async function openSource(path: string, options: SourceOptions = {}): Promise<Source> {
  const kind = path === "-" ? "pipe" : await kindOf(path);
  if (kind === "file") return new FileSource(path);
  if (standardInput.has(path)) return new StreamSource(path, process.stdin, options);
  return new StreamSource(
    path,
    kind === "pipe" ? await openPipe(path, options.signal) : createReadStream(path),
    options,
  );
}

async function kindOf(path: string): Promise<"file" | "pipe" | "device"> {
  try {
    const info = await stat(path);
    if (info.isDirectory()) throw new TableFileError(path, "this is a folder; name a file in it");
    return info.isFile() ? "file" : info.isFIFO() ? "pipe" : "device";
  } catch (error) {
    throw explainSystemError(path, error);
  }
}

/** Read as a socket is: a file stream could not be left while it waits for the writer. */
async function openPipe(path: string, signal: AbortSignal | undefined): Promise<Readable> {
  const opened = promisify(openDescriptor)(path, "r").catch((error: unknown) => {
    throw explainSystemError(path, error);
  });
  return new Socket({ fd: await unlessAborted(opened, signal), readable: true, writable: false });
}

/** The result, or the reason of `signal` if that comes first. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  let stop = (): void => {};
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** What the system says, in words. */
export function explainSystemError(path: string, error: unknown): unknown {
  if (!(error instanceof Error && "syscall" in error)) return error;
  const code = "code" in error ? error.code : undefined;
  if (code === "ENOENT") return new TableFileError(path, "there is no such file");
  if (code === "EACCES" || code === "EPERM")
    return new TableFileError(path, "the file may not be read (no permission)");
  return new TableFileError(path, `the file cannot be read (${error.message})`);
}

class FileSource implements Source {
  readonly path: string;
  #open: Readable | undefined;

  constructor(path: string) {
    this.path = path;
  }

  async start(bytes: number): Promise<Uint8Array> {
    try {
      const file = await open(this.path);
      try {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0);
        return buffer.subarray(0, bytesRead);
      } finally {
        await file.close();
      }
    } catch (error) {
      throw explainSystemError(this.path, error);
    }
  }

  open(): Readable {
    this.#open = createReadStream(this.path, { highWaterMark: 1 << 20 });
    return this.#open;
  }

  close(): void {
    this.#open?.destroy();
  }
}

class StreamSource implements Source {
  readonly path: string;
  readonly #stream: Readable;
  readonly #coming: AsyncIterator<Uint8Array>;
  readonly #kept: Uint8Array[] = [];
  readonly #most: number;
  readonly #signal: AbortSignal | undefined;
  #bytes = 0;
  #ended = false;

  constructor(path: string, stream: Readable, { signal, maxStreamBytes = 1 << 30 }: SourceOptions) {
    this.path = path;
    this.#stream = stream;
    this.#signal = signal;
    // The iterator below reports it; between two of its steps nobody would listen.
    stream.on("error", () => {});
    this.#coming = this.#stream[Symbol.asyncIterator]();
    this.#most = maxStreamBytes;
  }

  async start(bytes: number): Promise<Uint8Array> {
    while (this.#bytes < bytes && (await this.#pull()));
    return Buffer.concat(this.#kept).subarray(0, bytes);
  }

  open(): Readable {
    return Readable.from(this.#parts(), { objectMode: false });
  }

  close(): void {
    this.#stream.destroy();
  }

  async *#parts(): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < this.#kept.length || (await this.#pull()); i += 1) {
      const part = this.#kept[i];
      if (part !== undefined) yield part;
    }
  }

  /** Keeps the next part; false where the stream has ended. */
  async #pull(): Promise<boolean> {
    if (this.#ended) return false;
    const { done, value } = await unlessAborted(this.#coming.next(), this.#signal).catch((error: unknown) => {
      throw explainSystemError(this.path, error);
    });
    if (done === true) {
      this.#ended = true;
      return false;
    }
    this.#bytes += value.length;
    if (this.#bytes > this.#most)
      throw new TableFileError(
        this.path,
        `the stream is longer than ${this.#most.toLocaleString("en")} bytes, and streams are kept in memory; write it to a file and name that`,
      );
    this.#kept.push(value);
    return true;
  }
}
