/**
 * What stays in a program memory between programs: variables, constants of programs, and large values that were used twice. All of it is
 * a cache: when there is no room, or the budget is spent, what was not used for longest leaves (cached values before the rest) and is saved
 * in JavaScript where it is not there anyway. Nothing here holds its owner, so what nobody uses any more is garbage at once in JavaScript, and
 * its place is found again by eviction at the latest; finalisers free it sooner where they run.
 */
import { type DType, elementBytes, type TypedArray } from "../base/dtype.js";
import { InternalError } from "../base/errors.js";
import { OutOfMemoryError, type ProgramMemory } from "./memory.js";
import type { Home } from "./variable.js";

/** Something with a place in the memory; undefined: it had to leave. */
export interface Resident {
  address: number | undefined;
  readonly bytes: number;
  /** The round in which it was used last. */
  used: number;
  /** A copy of a value that JavaScript has as well. */
  readonly copy: boolean;
  /** Saves what would be lost with the place, which is still there. */
  leave(): void;
}

/** All residents together take at most this much, if they need not be there at once. */
const defaultBudget = 2 ** 30;

export class Residents {
  readonly memory: ProgramMemory;
  readonly budget: number;
  private readonly entries = new Map<number, Resident>();
  private readonly values = new WeakMap<TypedArray, ValueCopy>();
  private readonly abandoned = new FinalizationRegistry<Resident>((resident) => this.release(resident));
  private bytes = 0;
  private round = 0;

  constructor(memory: ProgramMemory, budget = defaultBudget) {
    this.memory = memory;
    this.budget = budget;
  }

  /** A program begins: what it uses from now on stays until the next one begins. */
  begin(): void {
    this.round += 1;
  }

  /** The place of a resident, if it has one. */
  use(resident: Resident): number | undefined {
    resident.used = this.round;
    return resident.address;
  }

  /** Gives a resident of `owner` a place. */
  place(resident: Resident, owner: WeakKey): number {
    while (this.bytes + resident.bytes > this.budget && this.evictOne());
    let address = this.memory.tryAllocate(resident.bytes);
    while (address === undefined && this.evictOne()) address = this.memory.tryAllocate(resident.bytes);
    if (address === undefined) throw new OutOfMemoryError(resident.bytes, this.memory.allocatedBytes);
    resident.address = address;
    resident.used = this.round;
    this.entries.set(address, resident);
    this.bytes += resident.bytes;
    this.abandoned.register(owner, resident, resident);
    return address;
  }

  /** The place is free again; what is in it is not saved. */
  release(resident: Resident): void {
    const { address } = resident;
    if (address === undefined) return;
    resident.address = undefined;
    this.entries.delete(address);
    this.bytes -= resident.bytes;
    this.memory.release(address);
    this.abandoned.unregister(resident);
  }

  /** Where a value is kept: nowhere at its first use; from the second on it stays, as long as there is room. */
  addressOf(value: TypedArray, dtype: DType): number | undefined {
    const seen = this.values.get(value);
    if (seen === undefined) {
      this.values.set(value, new ValueCopy(value.length * elementBytes(dtype)));
      return undefined;
    }
    const known = this.use(seen);
    if (known !== undefined) return known;
    if (seen.bytes > this.budget / 2) return undefined;
    const address = this.place(seen, value);
    this.memory.write(address, dtype, value);
    return address;
  }

  /** Makes room by moving something out; false when all that is left is in use. */
  evictOne(): boolean {
    let oldest: Resident | undefined;
    for (const resident of this.entries.values()) {
      if (resident.used === this.round) continue;
      const before =
        oldest === undefined || (resident.copy !== oldest.copy ? resident.copy : resident.used < oldest.used);
      if (before) oldest = resident;
    }
    if (oldest === undefined) return false;
    oldest.leave();
    this.release(oldest);
    return true;
  }
}

class ValueCopy implements Resident {
  address: number | undefined;
  readonly bytes: number;
  used = 0;
  readonly copy = true;

  constructor(bytes: number) {
    this.bytes = bytes;
  }

  leave(): void {
    // The value is in JavaScript.
  }
}

/** A program's copy of a tensor that it closes over. */
export class ConstantCopy extends ValueCopy {
  readonly storage: TypedArray;
  readonly dtype: DType;
  readonly slot: number;

  constructor(storage: TypedArray, dtype: DType, slot: number) {
    super(storage.length * elementBytes(dtype));
    this.storage = storage;
    this.dtype = dtype;
    this.slot = slot;
  }
}

/** A variable's place. When it had to leave, the value waits in JavaScript until the next use. */
export class VariableHome implements Resident, Home {
  address: number | undefined;
  readonly bytes: number;
  used = 0;
  readonly copy = false;
  readonly residents: Residents;
  private readonly dtype: DType;
  private readonly size: number;
  private saved: TypedArray | undefined;

  constructor(residents: Residents, dtype: DType, size: number) {
    this.residents = residents;
    this.dtype = dtype;
    this.size = size;
    this.bytes = size * elementBytes(dtype);
  }

  read(): TypedArray {
    if (this.address !== undefined) return this.residents.memory.read(this.address, this.dtype, this.size);
    if (this.saved === undefined) throw new InternalError("a variable's value is neither in the memory nor out of it");
    return this.saved.slice();
  }

  leave(): void {
    this.saved = this.read();
  }

  release(): void {
    this.residents.release(this);
    this.saved = undefined;
  }
}
