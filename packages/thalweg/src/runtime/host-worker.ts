/** A worker thread that speaks in messages: one of Node's `worker_threads`, or a Web Worker; and what such a worker sees of its caller. */
import { nodeModule } from "./host-modules.js";

export interface HostWorker {
  post(message: unknown): void;
  /** Ends the thread wherever it is; resolves when it has ended, as far as that can be told. */
  stop(): Promise<void>;
}

export interface HostWorkerEvents {
  message(data: unknown): void;
  /** The thread ended, or could not be started, without having been stopped. */
  lost(why: string): void;
}

export type WorkerClass = new (
  url: URL,
  options: { readonly name: string; readonly type: "module"; readonly execArgv: readonly string[] },
) => object;

interface NodeWorker {
  postMessage(message: unknown): void;
  terminate(): Promise<unknown>;
  on(event: "message", listener: (data: unknown) => void): void;
  on(event: "error" | "messageerror", listener: (error: Error) => void): void;
  on(event: "exit", listener: (code: number) => void): void;
}

interface WebWorker {
  postMessage(message: unknown): void;
  terminate(): void;
  addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: "error" | "messageerror", listener: (event: { readonly message?: string }) => void): void;
}

/**
 * Starts a thread. `open` is given the constructor and calls it with `new URL("…", import.meta.url)` in place, the form by which bundlers know a
 * worker. Undefined where there are no workers.
 */
export function startHostWorker(
  open: (Worker: WorkerClass) => object,
  events: HostWorkerEvents,
): HostWorker | undefined {
  let over = false;
  const lost = (why: string): void => {
    if (over) return;
    over = true;
    events.lost(why);
  };
  const threads = nodeModule("worker_threads") as { readonly Worker: WorkerClass } | undefined;
  if (threads !== undefined) {
    const worker = open(threads.Worker) as NodeWorker;
    worker.on("message", (data) => events.message(data));
    worker.on("error", (error) => lost(error.message));
    worker.on("messageerror", (error) => lost(error.message));
    worker.on("exit", (code) => lost(`it ended with code ${code}`));
    return {
      post: (message) => worker.postMessage(message),
      stop: async () => {
        over = true;
        await worker.terminate();
      },
    };
  }
  const { Worker } = globalThis as unknown as { readonly Worker?: WorkerClass };
  if (Worker === undefined) return undefined;
  const worker = open(Worker) as WebWorker;
  worker.addEventListener("message", ({ data }) => events.message(data));
  worker.addEventListener("error", ({ message }) => lost(message ?? "its code could not be loaded"));
  worker.addEventListener("messageerror", () => lost("a message could not be read"));
  return {
    post: (message) => worker.postMessage(message),
    stop: async () => {
      over = true;
      worker.terminate();
    },
  };
}

interface CallerPort {
  post(message: unknown): void;
  listen(receive: (message: unknown) => void): void;
}

interface NodePort {
  postMessage(message: unknown): void;
  on(event: "message", listener: (message: unknown) => void): void;
}

interface WebScope {
  postMessage(message: unknown): void;
  addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void;
}

/** The other end, seen from inside a worker. */
export function callerPort(): CallerPort {
  const threads = nodeModule("worker_threads") as { readonly parentPort: NodePort | null } | undefined;
  const port = threads?.parentPort;
  if (port)
    return {
      post: (message) => port.postMessage(message),
      listen: (receive) => port.on("message", receive),
    };
  const scope = globalThis as unknown as WebScope;
  return {
    post: (message) => scope.postMessage(message),
    listen: (receive) => scope.addEventListener("message", ({ data }) => receive(data)),
  };
}
