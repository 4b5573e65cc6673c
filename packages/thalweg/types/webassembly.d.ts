/**
 * The part of WebAssembly's JavaScript interface that the library uses: the ECMAScript library has no types for it, and neither
 * have Node's. Not emitted, so it cannot clash with a consumer's own; for the same reason no public signature may name it.
 * It lies outside src because the tests need it too, and the compiler hides a referenced project's own declaration files.
 */

declare namespace WebAssembly {
  type ImportValue = Memory | Global | ((...args: never[]) => unknown) | number;
  type Imports = Record<string, Record<string, ImportValue>>;
  type Exports = Record<string, unknown>;
  type BufferSource = ArrayBuffer | ArrayBufferView<ArrayBuffer>;

  class Module {
    constructor(bytes: BufferSource);
    private readonly brand: unknown;
  }
  class Instance {
    constructor(module: Module, imports?: Imports);
    readonly exports: Exports;
  }
  interface MemoryDescriptor {
    /** In pages of 64 KiB. */
    initial: number;
    maximum?: number;
    shared?: boolean;
  }
  class Memory {
    constructor(descriptor: MemoryDescriptor);
    readonly buffer: ArrayBuffer | SharedArrayBuffer;
    /** Grows by that many pages of 64 KiB and returns the number there were before. */
    grow(pages: number): number;
  }
  class Global {
    constructor(descriptor: { value: "i32" | "i64" | "f32" | "f64"; mutable?: boolean }, value?: number | bigint);
    value: number | bigint;
  }
  class CompileError extends Error {}
  class LinkError extends Error {}
  class RuntimeError extends Error {}

  function validate(bytes: BufferSource): boolean;
  function compile(bytes: BufferSource): Promise<Module>;
  function instantiate(module: Module, imports?: Imports): Promise<Instance>;
}
