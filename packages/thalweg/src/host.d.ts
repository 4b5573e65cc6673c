/// <reference path="../types/webassembly.d.ts" />

/**
 * What the core asks of its host beyond the ECMAScript library and WebAssembly, and nothing more.
 *
 * The core is compiled with neither DOM nor Node types, so that it runs wherever WebAssembly does. These declarations are seen
 * inside the package only: they are not emitted, so they cannot clash with the fuller types of a consumer. What a public
 * signature names must therefore exist under the same name in both the DOM and the Node types, or be an interface of our own.
 */

declare const console: {
  log(...data: unknown[]): void;
  info(...data: unknown[]): void;
  warn(...data: unknown[]): void;
  error(...data: unknown[]): void;
};

declare const performance: {
  /** Milliseconds from a fixed origin, never running backwards. */
  now(): number;
};

/** A number in a page, an object in Node: opaque here. */
interface TimerHandle {
  readonly timerBrand: unknown;
}
declare function setTimeout(callback: () => void, milliseconds?: number): TimerHandle;
declare function clearTimeout(timer: TimerHandle | undefined): void;
declare function queueMicrotask(callback: () => void): void;

interface AbortSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  throwIfAborted(): void;
  addEventListener(type: "abort", listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  decode(input?: ArrayBuffer | ArrayBufferView, options?: { stream?: boolean }): string;
}
declare class TextEncoder {
  encode(text?: string): Uint8Array<ArrayBuffer>;
}

declare class URL {
  constructor(url: string, base?: string | URL);
  readonly href: string;
  readonly protocol: string;
}

interface ImportMeta {
  readonly url: string;
}

/** Present in Node only; the runtime narrows it before use. */
declare var process: unknown;
/** Present in pages and in their workers only. */
declare var Worker: unknown;
declare var navigator: unknown;
declare var crossOriginIsolated: unknown;
