/** Giving way to the event loop, so that a page stays responsive and timers and signals come through. */

interface Loop {
  readonly setImmediate?: (then: () => void) => unknown;
  readonly setTimeout?: (then: () => void, milliseconds: number) => unknown;
  readonly MessageChannel?: new () => { readonly port1: Port; readonly port2: Port };
}

interface Port {
  onmessage: (() => void) | null;
  postMessage(message: unknown): void;
  close(): void;
}

/** Resolves after the tasks that wait now. A timer comes last: pages make nested ones wait 4 ms. */
export function pause(): Promise<void> {
  const loop = globalThis as Loop;
  return new Promise((resolve) => {
    if (loop.setImmediate !== undefined) loop.setImmediate(resolve);
    else if (loop.MessageChannel !== undefined) {
      const { port1, port2 } = new loop.MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(0);
    } else if (loop.setTimeout !== undefined) loop.setTimeout(resolve, 0);
    else resolve();
  });
}
