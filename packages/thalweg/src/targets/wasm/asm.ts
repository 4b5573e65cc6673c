/**
 * A WebAssembly binary assembler (WebAssembly core specification 2.0, section 5). It knows nothing of the loop IR.
 *
 *   const module = new WasmModule();
 *   module.importMemory("env", "memory", { initial: 1 });
 *   const f = module.define([valueType.i32], [valueType.i32]);
 *   f.get(0); f.i32Const(1); f.op(i32.add);
 *   module.exportFunction("next", f.index);
 *   const bytes = module.finish();
 */
import { InternalError } from "../../base/errors.js";
import { atomic, control, emptyBlock, f32, f64, i32, i64, memory, type ValueType, v128 } from "./opcodes.js";

const scratch = new Uint8Array(8);
const scratchView = new DataView(scratch.buffer);

/** A growing byte buffer with WebAssembly's encodings of numbers. */
export class ByteWriter {
  private data: Uint8Array;
  length = 0;

  constructor(capacity = 256) {
    this.data = new Uint8Array(capacity);
  }

  private reserve(count: number): void {
    if (this.length + count <= this.data.length) return;
    const larger = new Uint8Array(Math.max(2 * this.data.length, this.length + count));
    larger.set(this.data.subarray(0, this.length));
    this.data = larger;
  }

  u8(value: number): void {
    if (this.length === this.data.length) this.reserve(1);
    this.data[this.length] = value;
    this.length += 1;
  }

  /** Unsigned LEB128 of a 32-bit number. */
  u32(value: number): void {
    let rest = value >>> 0;
    while (rest > 0x7f) {
      this.u8((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.u8(rest);
  }

  /** Signed LEB128 of a 32-bit number (wrapped to 32 bits). */
  s32(value: number): void {
    let rest = value | 0;
    while (rest < -64 || rest > 63) {
      this.u8((rest & 0x7f) | 0x80);
      rest >>= 7;
    }
    this.u8(rest & 0x7f);
  }

  /** Signed LEB128 of a 64-bit number (wrapped to 64 bits). */
  s64(value: bigint): void {
    let rest = BigInt.asIntN(64, value);
    while (rest < -64n || rest > 63n) {
      this.u8(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.u8(Number(rest & 0x7fn));
  }

  f32(value: number): void {
    scratchView.setFloat32(0, value, true);
    this.bytes(scratch.subarray(0, 4));
  }

  f64(value: number): void {
    scratchView.setFloat64(0, value, true);
    this.bytes(scratch);
  }

  bytes(source: Uint8Array): void {
    this.reserve(source.length);
    this.data.set(source, this.length);
    this.length += source.length;
  }

  append(source: ByteWriter): void {
    this.bytes(source.view());
  }

  /** A length-prefixed ASCII name. */
  name(text: string): void {
    this.u32(text.length);
    for (let i = 0; i < text.length; i += 1) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) throw new InternalError(`WebAssembly name "${text}" is not ASCII`);
      this.u8(code);
    }
  }

  /** What has been written; valid until the next write. */
  view(): Uint8Array {
    return this.data.subarray(0, this.length);
  }
}

/** The body of one function: instructions in stack order. */
export class FunctionWriter extends ByteWriter {
  readonly index: number;
  readonly paramCount: number;
  private readonly locals: ValueType[] = [];

  constructor(index: number, paramCount: number) {
    super(1024);
    this.index = index;
    this.paramCount = paramCount;
  }

  /** Adds a local, zero at entry. */
  local(type: ValueType): number {
    this.locals.push(type);
    return this.paramCount + this.locals.length - 1;
  }

  op(code: number): void {
    if (code < 0x100) {
      this.u8(code);
    } else {
      this.u8(code >>> 12);
      this.u32(code & 0xfff);
    }
  }

  get(index: number): void {
    this.u8(control.localGet);
    this.u32(index);
  }

  set(index: number): void {
    this.u8(control.localSet);
    this.u32(index);
  }

  tee(index: number): void {
    this.u8(control.localTee);
    this.u32(index);
  }

  i32Const(value: number): void {
    this.u8(i32.const);
    this.s32(value);
  }

  i64Const(value: bigint): void {
    this.u8(i64.const);
    this.s64(value);
  }

  f32Const(value: number): void {
    this.u8(f32.const);
    this.f32(value);
  }

  f64Const(value: number): void {
    this.u8(f64.const);
    this.f64(value);
  }

  /** The sixteen bytes of a vector constant. */
  v128Const(bytes: Uint8Array): void {
    if (bytes.length !== 16) throw new InternalError("a vector constant has 16 bytes");
    this.op(v128.const);
    this.bytes(bytes);
  }

  /** A load or store, scalar or vector or atomic; `alignment` is the binary logarithm of the bytes it may rely on. */
  access(code: number, alignment: number, offset: number): void {
    this.op(code);
    this.u32(alignment);
    this.u32(offset);
  }

  /** A vector load or store of one lane. */
  accessLane(code: number, alignment: number, offset: number, lane: number): void {
    this.access(code, alignment, offset);
    this.u8(lane);
  }

  /** extract_lane and replace_lane. */
  lane(code: number, lane: number): void {
    this.op(code);
    this.u8(lane);
  }

  /** Sixteen byte indices into the two vectors on the stack. */
  shuffle(indices: Uint8Array): void {
    if (indices.length !== 16) throw new InternalError("a shuffle has 16 indices");
    this.op(v128.shuffle);
    this.bytes(indices);
  }

  block(): void {
    this.u8(control.block);
    this.u8(emptyBlock);
  }

  loop(): void {
    this.u8(control.loop);
    this.u8(emptyBlock);
  }

  if(): void {
    this.u8(control.if);
    this.u8(emptyBlock);
  }

  else(): void {
    this.u8(control.else);
  }

  end(): void {
    this.u8(control.end);
  }

  br(depth: number): void {
    this.u8(control.br);
    this.u32(depth);
  }

  brIf(depth: number): void {
    this.u8(control.brIf);
    this.u32(depth);
  }

  call(index: number): void {
    this.u8(control.call);
    this.u32(index);
  }

  memoryCopy(): void {
    this.op(memory.copy);
    this.u8(0);
    this.u8(0);
  }

  memoryFill(): void {
    this.op(memory.fill);
    this.u8(0);
  }

  atomicFence(): void {
    this.op(atomic.fence);
    this.u8(0);
  }

  /** The function's entry of the code section: size, locals in runs of one type, instructions, end. */
  encode(into: ByteWriter): void {
    const header = new ByteWriter(32);
    const runs: { type: ValueType; count: number }[] = [];
    for (const type of this.locals) {
      const last = runs.at(-1);
      if (last !== undefined && last.type === type) last.count += 1;
      else runs.push({ type, count: 1 });
    }
    header.u32(runs.length);
    for (const run of runs) {
      header.u32(run.count);
      header.u8(run.type);
    }
    into.u32(header.length + this.length + 1);
    into.append(header);
    into.append(this);
    into.u8(control.end);
  }
}

export interface MemoryLimits {
  /** Pages of 64 KiB. */
  readonly initial: number;
  /** Needed when the memory is shared. */
  readonly maximum?: number;
  readonly shared?: boolean;
}

const externalKind = { function: 0, memory: 2 } as const;
const section = { type: 1, import: 2, function: 3, memory: 5, export: 7, code: 10 } as const;

export class WasmModule {
  private readonly types = new Map<string, number>();
  private readonly typeBytes = new ByteWriter();
  private readonly imports = new ByteWriter();
  private importCount = 0;
  private importedFunctions = 0;
  private readonly functions: FunctionWriter[] = [];
  private readonly functionTypes: number[] = [];
  private readonly exports = new ByteWriter();
  private exportCount = 0;
  private ownMemory: MemoryLimits | undefined;

  private type(params: readonly ValueType[], results: readonly ValueType[]): number {
    const key = `${params.join()}>${results.join()}`;
    const known = this.types.get(key);
    if (known !== undefined) return known;
    const index = this.types.size;
    this.types.set(key, index);
    const t = this.typeBytes;
    t.u8(0x60);
    t.u32(params.length);
    for (const p of params) t.u8(p);
    t.u32(results.length);
    for (const r of results) t.u8(r);
    return index;
  }

  private static limits(into: ByteWriter, limits: MemoryLimits): void {
    const shared = limits.shared === true;
    if (shared && limits.maximum === undefined) throw new InternalError("a shared memory needs a maximum");
    into.u8((limits.maximum === undefined ? 0 : 1) | (shared ? 2 : 0));
    into.u32(limits.initial);
    if (limits.maximum !== undefined) into.u32(limits.maximum);
  }

  importMemory(module: string, name: string, limits: MemoryLimits): void {
    this.imports.name(module);
    this.imports.name(name);
    this.imports.u8(externalKind.memory);
    WasmModule.limits(this.imports, limits);
    this.importCount += 1;
  }

  /** A memory of the module's own, instead of an imported one. */
  defineMemory(limits: MemoryLimits): void {
    this.ownMemory = limits;
  }

  /** Returns the function's index. Imports come before definitions. */
  importFunction(module: string, name: string, params: readonly ValueType[], results: readonly ValueType[]): number {
    if (this.functions.length > 0) throw new InternalError("functions are imported before the first is defined");
    this.imports.name(module);
    this.imports.name(name);
    this.imports.u8(externalKind.function);
    this.imports.u32(this.type(params, results));
    this.importCount += 1;
    this.importedFunctions += 1;
    return this.importedFunctions - 1;
  }

  /** A new function, whose index is known at once; its body may be written at any time before `finish`. */
  define(params: readonly ValueType[], results: readonly ValueType[] = []): FunctionWriter {
    const f = new FunctionWriter(this.importedFunctions + this.functions.length, params.length);
    this.functions.push(f);
    this.functionTypes.push(this.type(params, results));
    return f;
  }

  exportFunction(name: string, index: number): void {
    this.exports.name(name);
    this.exports.u8(externalKind.function);
    this.exports.u32(index);
    this.exportCount += 1;
  }

  exportMemory(name: string): void {
    this.exports.name(name);
    this.exports.u8(externalKind.memory);
    this.exports.u32(0);
    this.exportCount += 1;
  }

  finish(): Uint8Array<ArrayBuffer> {
    const out = new ByteWriter(this.functions.reduce((sum, f) => sum + f.length + 64, 1024));
    for (const byte of [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]) out.u8(byte);
    const write = (id: number, count: number, body: ByteWriter): void => {
      if (count === 0) return;
      const head = new ByteWriter(8);
      head.u32(count);
      out.u8(id);
      out.u32(head.length + body.length);
      out.append(head);
      out.append(body);
    };
    write(section.type, this.types.size, this.typeBytes);
    write(section.import, this.importCount, this.imports);
    const declarations = new ByteWriter();
    for (const type of this.functionTypes) declarations.u32(type);
    write(section.function, this.functions.length, declarations);
    if (this.ownMemory !== undefined) {
      const limits = new ByteWriter(16);
      WasmModule.limits(limits, this.ownMemory);
      write(section.memory, 1, limits);
    }
    write(section.export, this.exportCount, this.exports);
    const code = new ByteWriter(this.functions.reduce((sum, f) => sum + f.length + 64, 64));
    for (const f of this.functions) f.encode(code);
    write(section.code, this.functions.length, code);
    return new Uint8Array(out.view());
  }
}
