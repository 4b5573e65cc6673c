/** A worker thread as the pool needs it: one of Node's `worker_threads`, or a Web Worker. */
import { nodeModule } from "./host-modules.js";
import type { Message } from "./team-words.js";

export interface WorkerHandle {
  post(message: Message): void;
  stop(): void;
  /** Whether a thread that once ran is known to have ended; in Node also while the caller does not return to its event loop. */
  ended(): boolean;
}

interface NodeWorker {
  postMessage(message: Message): void;
  unref(): void;
  terminate(): unknown;
  on(event: "error", listener: (error: Error) => void): void;
  on(event: "exit", listener: (code: number) => void): void;
  readonly performance?: { eventLoopUtilization(): { readonly idle: number; readonly active: number } };
}

interface WebWorker {
  postMessage(message: Message): void;
  terminate(): void;
  addEventListener(type: "error", listener: (event: { readonly message?: string }) => void): void;
}

type WorkerClass<W> = new (
  url: URL,
  options: { readonly name: string; readonly type?: "module"; readonly execArgv?: readonly string[] },
) => W;

/** Starts a thread; `lost` is called when it ends without having been stopped. Undefined where there are no workers. */
export function startWorker(lost: (why: string) => void): WorkerHandle | undefined {
  const threads = nodeModule("worker_threads") as { readonly Worker: WorkerClass<NodeWorker> } | undefined;
  if (threads !== undefined) return startNodeWorker(threads.Worker, lost);
  const { Worker } = globalThis as unknown as { readonly Worker?: WorkerClass<WebWorker> };
  return Worker === undefined ? undefined : startWebWorker(Worker, lost);
}

function startNodeWorker(Worker: WorkerClass<NodeWorker>, lost: (why: string) => void): WorkerHandle {
  // The flags of the process may be such as workers refuse (those for code on the command line).
  const worker = new Worker(new URL("./worker.js", import.meta.url), { name: "thalweg", execArgv: [] });
  worker.unref();
  let ended = false;
  let stopped = false;
  const end = (why: string): void => {
    if (!ended && !stopped) lost(why);
    ended = true;
  };
  worker.on("error", (error) => end(error.message));
  worker.on("exit", (code) => end(`it ended with code ${code}`));
  return {
    post: (message) => worker.postMessage(message),
    stop: () => {
      stopped = true;
      worker.terminate();
    },
    ended: () => ended || seenToEnd(worker),
  };
}

/**
 * The clocks of a worker's event loop are the one thing that can be seen of it while the caller does not return to its own: those of a
 * worker that has ended read −1, or 0 if they were never read before.
 */
function seenToEnd(worker: NodeWorker): boolean {
  const clocks = worker.performance?.eventLoopUtilization();
  return clocks !== undefined && (clocks.idle < 0 || clocks.idle + clocks.active === 0);
}

function startWebWorker(Worker: WorkerClass<WebWorker>, lost: (why: string) => void): WorkerHandle {
  // Bundlers know a worker by this form of words.
  const worker = new Worker(new URL("./worker.js", import.meta.url), { name: "thalweg", type: "module" });
  let ended = false;
  let stopped = false;
  worker.addEventListener("error", (event) => {
    if (!ended && !stopped) lost(event.message ?? "its code could not be loaded");
    ended = true;
  });
  return {
    post: (message) => worker.postMessage(message),
    stop: () => {
      stopped = true;
      worker.terminate();
    },
    ended: () => ended,
  };
}
