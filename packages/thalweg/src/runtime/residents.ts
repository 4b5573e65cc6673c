/**
 * What stays in a program memory between programs: variables, constants of programs, and large values that were used twice. All of it may
 * have to leave again, least recently placed first; nothing of it keeps its owner alive.
 */
import { type DType, elementBytes, type TypedArray } from "../base/dtype.js";
import { OutOfMemoryError, type ProgramMemory } from "./memory.js";

interface Entry {
  readonly owner: WeakRef<object>;
  readonly bytes: number;
  /** Lets the owner know, and save what it needs, before its place is given away. Must not hold the owner. */
  readonly evict: (owner: object) => void;
}

/** Cached values take at most this much; variables and constants may push them out of it. */
const valueBudget = 2 ** 30;

export class Residents {
  private readonly memory: ProgramMemory;
  /** By address, least recently placed or used first. */
  private readonly entries = new Map<number, Entry>();
  private sweepAt = 256;
  /** Values seen: undefined after the first use, an address from the second on. */
  private readonly values = new WeakMap<TypedArray, { address: number | undefined }>();
  private readonly valueAddresses = new Set<number>();
  private valueBytes = 0;

  constructor(memory: ProgramMemory) {
    this.memory = memory;
  }

  /** A place of `bytes` for `owner`. What is in `keep` stays where it is. */
  place(owner: object, bytes: number, keep: ReadonlySet<object>, evict: (owner: object) => void): number {
    if (this.entries.size >= this.sweepAt) {
      this.sweep();
      this.sweepAt = Math.max(256, this.entries.size * 2);
    }
    let address = this.memory.tryAllocate(bytes);
    while (address === undefined && this.makeRoom(keep)) address = this.memory.tryAllocate(bytes);
    if (address === undefined) throw new OutOfMemoryError(bytes, this.memory.allocatedBytes);
    this.entries.set(address, { owner: new WeakRef(owner), bytes, evict });
    return address;
  }

  release(address: number): void {
    const entry = this.entries.get(address);
    if (entry === undefined) return;
    this.entries.delete(address);
    if (this.valueAddresses.delete(address)) this.valueBytes -= entry.bytes;
    this.memory.release(address);
  }

  /** Where a value is kept: nowhere at its first use; from the second on it stays, as long as there is room. */
  addressOf(
    value: TypedArray,
    dtype: DType,
    keep: ReadonlySet<object>,
    write: (address: number) => void,
  ): number | undefined {
    const seen = this.values.get(value);
    if (seen === undefined) {
      this.values.set(value, { address: undefined });
      return undefined;
    }
    if (seen.address !== undefined) return seen.address;
    const bytes = value.length * elementBytes(dtype);
    if (bytes > valueBudget / 2) return undefined;
    while (this.valueBytes + bytes > valueBudget && this.evictOne(keep, (owner) => this.isValue(owner)));
    const address = this.place(value, bytes, keep, (owner) => this.values.delete(owner as TypedArray));
    this.valueAddresses.add(address);
    this.valueBytes += bytes;
    seen.address = address;
    write(address);
    return address;
  }

  /** Moves something back into JavaScript; false when there is nothing more to move. */
  makeRoom(keep: ReadonlySet<object>): boolean {
    return this.sweep() || this.evictOne(keep, (owner) => this.isValue(owner)) || this.evictOne(keep, () => true);
  }

  private isValue(owner: object): boolean {
    return ArrayBuffer.isView(owner);
  }

  private evictOne(keep: ReadonlySet<object>, eligible: (owner: object) => boolean): boolean {
    for (const [address, entry] of this.entries) {
      const owner = entry.owner.deref();
      if (owner === undefined || keep.has(owner) || !eligible(owner)) continue;
      entry.evict(owner);
      this.release(address);
      return true;
    }
    return false;
  }

  /** Frees what nobody holds any more. Finalisers do not run in a synchronous loop; this does. */
  private sweep(): boolean {
    let freed = false;
    for (const [address, { owner }] of this.entries) {
      if (owner.deref() !== undefined) continue;
      this.release(address);
      freed = true;
    }
    return freed;
  }
}
