/** The one WebAssembly memory: a first-fit allocator, typed views of it, and the arena that programs take turns in. */
import type { DType, TypedArray } from "../base/dtype.js";
import { OutOfMemoryError } from "../base/errors.js";

export { OutOfMemoryError };

const page = 65536;
const alignment = 64;

/** The most that 32-bit addresses reach. */
const mostPages = 65536;

interface Free {
  readonly start: number;
  readonly end: number;
}

export class ProgramMemory {
  readonly memory: WebAssembly.Memory;
  readonly shared: boolean;
  readonly maximumPages: number;
  f32: Float32Array = new Float32Array(0);
  f64: Float64Array = new Float64Array(0);
  i32: Int32Array = new Int32Array(0);
  u8: Uint8Array = new Uint8Array(0);
  /** Holes, by address. Address 0 is never given out. */
  private free: Free[] = [];
  private end: number;
  private readonly sizes = new Map<number, number>();
  private arena = 0;
  private arenaBytes = 0;
  /** The program whose addresses stand in the arena's table. */
  arenaOwner: object | undefined;
  allocatedBytes = 0;
  /** Programs that run right now: more than one when a host op runs programs itself. */
  running = 0;

  /** `pages` of 64 KiB at most. Default: as many as the system grants. */
  constructor(shared: boolean, pages = mostPages) {
    this.shared = shared;
    const { memory, maximum } = createMemory(shared, pages);
    this.memory = memory;
    this.maximumPages = maximum;
    this.end = alignment;
    this.refresh();
  }

  /** Grown memory leaves its old views behind. */
  private refresh(): void {
    const { buffer } = this.memory;
    this.f32 = new Float32Array(buffer);
    this.f64 = new Float64Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.u8 = new Uint8Array(buffer);
  }

  /** The byte address of a new block, or undefined when the memory is full. */
  tryAllocate(bytes: number): number | undefined {
    const size = Math.ceil(Math.max(1, bytes) / alignment) * alignment;
    const hole = this.free.findIndex((f) => f.end - f.start >= size);
    let address: number;
    if (hole >= 0) {
      const f = this.free[hole] as Free;
      address = f.start;
      if (f.end - f.start === size) this.free.splice(hole, 1);
      else this.free[hole] = { start: f.start + size, end: f.end };
    } else {
      address = this.end;
      const needed = Math.ceil((address + size) / page) - this.memory.buffer.byteLength / page;
      if (needed > 0 && !this.grow(needed)) return undefined;
      this.end = address + size;
    }
    this.sizes.set(address, size);
    this.allocatedBytes += size;
    return address;
  }

  private grow(pages: number): boolean {
    const now = this.memory.buffer.byteLength / page;
    // Some at a time, so that many small growths do not cost many refreshed views.
    for (const extra of [Math.max(pages, Math.min(1024, now)), pages]) {
      if (now + extra > this.maximumPages) continue;
      try {
        this.memory.grow(extra);
        this.refresh();
        return true;
      } catch {
        // Less may still be possible.
      }
    }
    return false;
  }

  release(address: number): void {
    const size = this.sizes.get(address);
    if (size === undefined) return;
    this.sizes.delete(address);
    this.allocatedBytes -= size;
    let start = address;
    let end = address + size;
    const rest: Free[] = [];
    for (const f of this.free) {
      if (f.end === start) start = f.start;
      else if (f.start === end) end = f.end;
      else rest.push(f);
    }
    if (end === this.end) this.end = start;
    else {
      rest.push({ start, end });
      rest.sort((a, b) => a.start - b.start);
    }
    this.free = rest;
  }

  /** A copy of `size` elements; a bool takes a whole i32 in the memory. */
  read(address: number, dtype: DType, size: number): TypedArray {
    switch (dtype) {
      case "float32":
        return this.f32.slice(address >>> 2, (address >>> 2) + size);
      case "float64":
        return this.f64.slice(address >>> 3, (address >>> 3) + size);
      case "int32":
        return this.i32.slice(address >>> 2, (address >>> 2) + size);
      case "bool":
        return Uint8Array.from(this.i32.subarray(address >>> 2, (address >>> 2) + size));
    }
  }

  write(address: number, dtype: DType, value: TypedArray | number): void {
    if (typeof value === "number") {
      if (dtype === "float64") this.f64[address >>> 3] = value;
      else if (dtype === "float32") this.f32[address >>> 2] = value;
      else this.i32[address >>> 2] = value;
    } else if (dtype === "float64") this.f64.set(value, address >>> 3);
    else if (dtype === "float32") this.f32.set(value, address >>> 2);
    else this.i32.set(value, address >>> 2);
  }

  /** The address of the arena, at least `bytes` large. Its contents belong to the program that runs. */
  arenaFor(bytes: number, makeRoom: () => boolean): number {
    if (bytes <= this.arenaBytes) return this.arena;
    if (this.arenaBytes > 0) this.release(this.arena);
    this.arenaOwner = undefined;
    this.arenaBytes = 0;
    const wanted = Math.max(bytes, 1 << 20);
    this.arena = this.allocate(wanted, makeRoom);
    this.arenaBytes = wanted;
    return this.arena;
  }

  /** A new block, when need be in place of what `makeRoom` moves out. */
  allocate(bytes: number, makeRoom: () => boolean): number {
    let address = this.tryAllocate(bytes);
    while (address === undefined && makeRoom()) address = this.tryAllocate(bytes);
    if (address === undefined) throw new OutOfMemoryError(bytes, this.allocatedBytes);
    return address;
  }
}

/** With the largest maximum that the system grants: shared memories reserve it. */
function createMemory(
  shared: boolean,
  pages: number,
): { readonly memory: WebAssembly.Memory; readonly maximum: number } {
  for (let maximum = pages; ; maximum = Math.floor(maximum / 2)) {
    try {
      return { memory: new WebAssembly.Memory({ initial: Math.min(16, maximum), maximum, shared }), maximum };
    } catch (error) {
      if (maximum <= 1024) throw error; // less than 64 MiB is of no use
    }
  }
}
