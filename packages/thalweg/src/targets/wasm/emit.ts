/** Loop-IR functions as one WebAssembly module. Statements are here, expressions in emit-expression.ts. */
import { InternalError } from "../../base/errors.js";
import { type Expr, type Local, type LoopFunction, type Statement, scalarBytes, type Type } from "../../compiler/ir.js";
import { maybeNegativeLocals } from "./address.js";
import { type FunctionWriter, WasmModule } from "./asm.js";
import { constantKey, loopConstants } from "./constants.js";
import { Expressions, type Frame } from "./emit-expression.js";
import { type Lifetimes, lifetimes } from "./lifetimes.js";
import * as op from "./opcodes.js";

export interface EmitOptions {
  /** The imported memory, `env.memory`. */
  readonly memory: { readonly shared: boolean; readonly initialPages?: number; readonly maximumPages: number };
  /** Relaxed SIMD may be used for fused multiply-add; otherwise `fma` multiplies, rounds and adds. */
  readonly fma: boolean;
  /** Names of the functions to export. */
  readonly exports: readonly string[];
  /** Host functions that `call` may name, imported from `env`; each takes this many i32. */
  readonly imports?: readonly { readonly name: string; readonly params: number }[];
  /** Adds functions written by hand that `call` may name, and gives their indices; `indexOf` finds the imported ones. */
  readonly prelude?: (module: WasmModule, indexOf: (name: string) => number) => ReadonlyMap<string, number>;
  /** Adds functions written by hand; `indexOf` finds the emitted and imported ones by name. */
  readonly extend?: (module: WasmModule, indexOf: (name: string) => number) => void;
}

export function emitModule(functions: readonly LoopFunction[], options: EmitOptions): Uint8Array<ArrayBuffer> {
  const module = new WasmModule();
  const { memory } = options;
  module.importMemory("env", "memory", {
    initial: memory.initialPages ?? 1,
    maximum: memory.maximumPages,
    shared: memory.shared,
  });
  const indices = new Map<string, number>();
  for (const { name, params } of options.imports ?? []) {
    indices.set(name, module.importFunction("env", name, new Array<op.ValueType>(params).fill(op.valueType.i32), []));
  }
  const imported = (name: string): number => {
    const index = indices.get(name);
    if (index === undefined) throw new InternalError(`no function ${name} is imported`);
    return index;
  };
  for (const [name, index] of options.prelude?.(module, imported) ?? []) indices.set(name, index);
  const indexOf = emitFunctions(module, functions, indices, options.fma);
  for (const name of options.exports) module.exportFunction(name, indexOf(name));
  options.extend?.(module, indexOf);
  return module.finish();
}

/** Adds `functions` to a module; they may call each other and those in `known`. Returns the index of each by name. */
export function emitFunctions(
  module: WasmModule,
  functions: readonly LoopFunction[],
  known: ReadonlyMap<string, number>,
  fma: boolean,
): (name: string) => number {
  const indices = new Map(known);
  const writers = functions.map((f) => {
    const writer = module.define(f.params.map((p) => wasmType(p.type)));
    if (indices.has(f.name)) throw new InternalError(`loop IR: two functions are called ${f.name}`);
    indices.set(f.name, writer.index);
    return writer;
  });
  const indexOf = (name: string): number => {
    const index = indices.get(name);
    if (index === undefined) throw new InternalError(`loop IR: there is no function ${name}`);
    return index;
  };
  for (const [i, f] of functions.entries()) {
    const writer = writers[i];
    if (writer !== undefined) new FunctionEmitter(f, writer, indexOf, fma).emit();
  }
  return indexOf;
}

function wasmType(type: Type): op.ValueType {
  if (type.lanes > 1) return op.valueType.v128;
  return type.scalar === "bool" ? op.valueType.i32 : op.valueType[type.scalar];
}

class FunctionEmitter implements Frame {
  readonly code: FunctionWriter;
  readonly fma: boolean;
  readonly negative: ReadonlySet<Local>;
  private readonly f: LoopFunction;
  private readonly indexOf: (name: string) => number;
  private readonly expressions: Expressions;
  private readonly lifetimes: Lifetimes;
  private readonly slots = new Map<Local, number>();
  private readonly constants = new Map<string, number>();
  private readonly free = new Map<op.ValueType, number[]>();
  private blocks = 0;

  constructor(f: LoopFunction, code: FunctionWriter, indexOf: (name: string) => number, fma: boolean) {
    this.f = f;
    this.code = code;
    this.fma = fma;
    this.indexOf = indexOf;
    this.negative = maybeNegativeLocals(f);
    this.lifetimes = lifetimes(f);
    for (const [i, p] of f.params.entries()) this.slots.set(p, i);
    this.expressions = new Expressions(this);
  }

  emit(): void {
    for (const [key, { type, value }] of loopConstants(this.f)) {
      const slot = this.code.local(op.valueType.v128);
      this.expressions.constant(type, value);
      this.code.set(slot);
      this.constants.set(key, slot);
    }
    this.block(this.f.body);
  }

  constantSlot(type: Type, value: number | bigint): number | undefined {
    return this.constants.get(constantKey(type, value));
  }

  slot(l: Local): number {
    const known = this.slots.get(l);
    if (known !== undefined) return known;
    const type = wasmType(l.type);
    // a local that is read before it is set must be zero: only shared ones may take a used slot
    const slot = this.lifetimes.shared.has(l) ? this.take(type) : this.code.local(type);
    this.slots.set(l, slot);
    return slot;
  }

  take(type: op.ValueType): number {
    return this.free.get(type)?.pop() ?? this.code.local(type);
  }

  give(type: op.ValueType, slot: number): void {
    const list = this.free.get(type);
    if (list === undefined) this.free.set(type, [slot]);
    else list.push(slot);
  }

  private block(statements: readonly Statement[]): void {
    const ends = this.lifetimes.ends.get(this.blocks);
    this.blocks += 1;
    let index = 0;
    for (const s of statements) {
      this.statement(s);
      const ended = ends?.get(index);
      if (ended !== undefined) this.release(ended);
      index += 1;
    }
  }

  private release(locals: readonly Local[]): void {
    for (const l of locals) {
      const slot = this.slots.get(l);
      if (slot === undefined) continue;
      this.give(wasmType(l.type), slot);
      this.slots.delete(l);
    }
  }

  private statement(s: Statement): void {
    const { code, expressions } = this;
    switch (s.kind) {
      case "set":
        expressions.push(s.value);
        return code.set(this.slot(s.local));
      case "store":
        return this.store(s);
      case "for":
        return this.for(s);
      case "while":
        expressions.push(s.condition);
        code.if();
        code.loop();
        this.block(s.body);
        expressions.push(s.condition);
        code.brIf(0);
        code.end();
        return code.end();
      case "if":
        return this.if(s);
      case "call":
        s.args.forEach((a) => {
          expressions.push(a);
        });
        return code.call(this.indexOf(s.function));
      case "copy":
        expressions.push(s.to);
        expressions.push(s.from);
        expressions.push(s.bytes);
        return code.memoryCopy();
      case "fill":
        expressions.push(s.to);
        expressions.push(s.byte);
        expressions.push(s.bytes);
        return code.memoryFill();
      case "comment":
        return;
    }
  }

  private store(s: Extract<Statement, { readonly kind: "store" }>): void {
    const { code, expressions } = this;
    const { type } = s.value;
    if (type.scalar === "bool") throw new InternalError("loop IR: masks do not go to memory");
    const wide = scalarBytes(type.scalar) === 8;
    const offset = expressions.address(s.address, s.offset);
    if (s.value.kind === "lane" && s.value.a.type.lanes > 1) {
      expressions.push(s.value.a);
      return code.accessLane(wide ? op.v128.store64Lane : op.v128.store32Lane, wide ? 3 : 2, offset, s.value.index);
    }
    expressions.push(s.value);
    if (type.lanes > 1) {
      if (type.lanes === 2 && !wide) return code.accessLane(op.v128.store64Lane, 2, offset, 0);
      return code.access(op.v128.store, 2, offset);
    }
    const codes = {
      i32: op.memory.i32Store,
      i64: op.memory.i64Store,
      f32: op.memory.f32Store,
      f64: op.memory.f64Store,
    } as const;
    code.access(codes[type.scalar], wide ? 3 : 2, offset);
  }

  private if(s: Extract<Statement, { readonly kind: "if" }>): void {
    this.expressions.push(s.condition);
    this.code.if();
    this.block(s.then);
    if (s.else.length > 0) this.code.else();
    this.block(s.else);
    this.code.end();
  }

  /** The bottom-test form; a guard before it unless the bounds are constants. */
  private for(s: Extract<Statement, { readonly kind: "for" }>): void {
    const { code, expressions } = this;
    const known = (e: Expr): number | undefined => (e.kind === "const" ? Number(e.value) : undefined);
    const start = known(s.start);
    const stop = known(s.stop);
    const step = known(s.step);
    const constantTrips = start !== undefined && stop !== undefined && step !== undefined;
    const stopSlot = stop === undefined ? this.keep(s.stop) : undefined;
    const stepSlot = step === undefined ? this.keep(s.step) : undefined;
    const index = this.slot(s.index);
    expressions.push(s.start);
    code.set(index);
    const push = (slot: number | undefined, value: number | undefined): void => {
      if (slot !== undefined) code.get(slot);
      else code.i32Const(value ?? 0);
    };
    if (constantTrips && start + step >= stop) {
      if (start < stop) this.block(s.body);
      else this.skip(s.body);
    } else {
      if (!constantTrips) {
        code.get(index);
        push(stopSlot, stop);
        code.op(op.i32.ltS);
        code.if();
      }
      code.loop();
      this.block(s.body);
      code.get(index);
      push(stepSlot, step);
      code.op(op.i32.add);
      code.tee(index);
      push(stopSlot, stop);
      code.op(op.i32.ltS);
      code.brIf(0);
      code.end();
      if (!constantTrips) code.end();
    }
    if (stepSlot !== undefined) this.give(op.valueType.i32, stepSlot);
    if (stopSlot !== undefined) this.give(op.valueType.i32, stopSlot);
  }

  private keep(e: Expr): number {
    this.expressions.push(e);
    const slot = this.take(op.valueType.i32);
    this.code.set(slot);
    return slot;
  }

  /** Numbers the blocks of statements that never run, as `lifetimes` did. */
  private skip(statements: readonly Statement[]): void {
    this.blocks += 1;
    for (const s of statements) {
      if (s.kind === "for" || s.kind === "while") this.skip(s.body);
      else if (s.kind === "if") {
        this.skip(s.then);
        this.skip(s.else);
      }
    }
  }
}
