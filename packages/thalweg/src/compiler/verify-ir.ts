/**
 * Checks that loop IR is well formed: types agree, lanes and offsets are in range, every local is set somewhere before it is read (in the
 * order of the text), calls name functions that exist with the arguments they take. Throws InternalError with the offending piece.
 *
 * `implicitZero` allows reading a local that has not been set yet, which is zero.
 */
import { InternalError } from "../base/errors.js";
import {
  type Expr,
  i32,
  isComparison,
  type Local,
  type LoopFunction,
  type Statement,
  sameType,
  scalarBytes,
  type Type,
  typeName,
} from "./ir.js";
import { printExpr, printStatements } from "./print.js";

export interface VerifyOptions {
  readonly implicitZero?: boolean;
  /** Host functions by name, with the number of i32 they take. */
  readonly imports?: Readonly<Record<string, number>>;
}

export function verifyFunctions(functions: readonly LoopFunction[], options: VerifyOptions = {}): void {
  const signatures = new Map<string, readonly Type[]>();
  for (const [name, count] of Object.entries(options.imports ?? {}))
    signatures.set(name, new Array<Type>(count).fill(i32));
  for (const f of functions) {
    if (signatures.has(f.name)) throw new InternalError(`loop IR: two functions are called ${f.name}`);
    signatures.set(
      f.name,
      f.params.map((p) => p.type),
    );
  }
  for (const f of functions) new Verifier(f, signatures, options.implicitZero === true).run();
}

const isFloat = (t: Type): boolean => t.scalar === "f32" || t.scalar === "f64";
const isInteger = (t: Type): boolean => t.scalar === "i32" || t.scalar === "i64";

class Verifier {
  private readonly f: LoopFunction;
  private readonly signatures: ReadonlyMap<string, readonly Type[]>;
  private readonly implicitZero: boolean;
  private readonly set = new Set<Local>();

  constructor(f: LoopFunction, signatures: ReadonlyMap<string, readonly Type[]>, implicitZero: boolean) {
    this.f = f;
    this.signatures = signatures;
    this.implicitZero = implicitZero;
  }

  run(): void {
    for (const p of this.f.params) {
      if (p.type.lanes !== 1) throw new InternalError(`loop IR: ${this.f.name}: parameter ${p.name} is a vector`);
      this.set.add(p);
    }
    this.block(this.f.body);
  }

  private fail(what: string, where: Expr | Statement): never {
    const text = where.kind === "set" || !("type" in where) ? printStatements([where as Statement]) : printExpr(where);
    throw new InternalError(`loop IR: ${this.f.name}: ${what} in\n${text}`);
  }

  private expect(e: Expr, type: Type, where: Expr | Statement): void {
    if (!sameType(e.type, type)) this.fail(`${typeName(e.type)} where ${typeName(type)} is needed`, where);
  }

  private block(statements: readonly Statement[]): void {
    for (const s of statements) this.statement(s);
  }

  private statement(s: Statement): void {
    const integers = (...es: readonly Expr[]): void => {
      for (const e of es) {
        this.expr(e);
        this.expect(e, i32, s);
      }
    };
    const condition = (e: Expr): void => {
      this.expr(e);
      if (e.type.lanes !== 1 || (e.type.scalar !== "bool" && e.type.scalar !== "i32"))
        this.fail("a condition that is no scalar mask", s);
    };
    switch (s.kind) {
      case "set":
        this.expr(s.value);
        this.expect(s.value, s.local.type, s);
        this.set.add(s.local);
        return;
      case "store":
        integers(s.address);
        this.expr(s.value);
        this.offset(s.offset, s);
        if (s.value.type.scalar === "bool") this.fail("a mask goes to memory", s);
        return;
      case "for":
        integers(s.start, s.stop, s.step);
        if (!sameType(s.index.type, i32)) this.fail("an index that is not i32", s);
        if (s.step.kind === "const" && Number(s.step.value) <= 0) this.fail("a step that is not positive", s);
        this.set.add(s.index);
        return this.block(s.body);
      case "while":
        condition(s.condition);
        return this.block(s.body);
      case "if":
        condition(s.condition);
        this.block(s.then);
        return this.block(s.else);
      case "call": {
        const params = this.signatures.get(s.function);
        if (params === undefined) this.fail("a call of a function that is not there", s);
        if (params.length !== s.args.length) this.fail(`${s.args.length} arguments for ${params.length}`, s);
        for (const [i, a] of s.args.entries()) {
          this.expr(a);
          this.expect(a, params[i] ?? i32, s);
        }
        return;
      }
      case "copy":
        return integers(s.to, s.from, s.bytes);
      case "fill":
        return integers(s.to, s.byte, s.bytes);
      case "comment":
        return;
    }
  }

  private offset(offset: number, where: Expr | Statement): void {
    if (!Number.isInteger(offset) || offset < 0 || offset >= 2 ** 32) this.fail(`byte offset ${offset}`, where);
  }

  private lanesFit(type: Type, where: Expr): void {
    const wide = type.scalar === "f64" || type.scalar === "i64";
    const ok = type.lanes === 1 || type.lanes === 2 || (type.lanes === 4 && !wide);
    if (!ok) this.fail(`no vector holds ${typeName(type)}`, where);
  }

  private expr(e: Expr): void {
    this.lanesFit(e.type, e);
    switch (e.kind) {
      case "const":
        return;
      case "local":
        this.expect({ kind: "local", type: e.local.type, local: e.local }, e.type, e);
        if (!this.implicitZero && !this.set.has(e.local)) this.fail(`${e.local.name} is read before it is set`, e);
        return;
      case "load":
        this.expr(e.address);
        this.expect(e.address, i32, e);
        this.offset(e.offset, e);
        if (e.type.scalar === "bool") this.fail("a mask comes from memory", e);
        return;
      case "unary":
        this.expr(e.a);
        this.expect(e.a, e.type, e);
        return this.unary(e);
      case "binary":
        this.expr(e.a);
        this.expr(e.b);
        return this.binary(e);
      case "fma":
        for (const operand of [e.a, e.b, e.c]) {
          this.expr(operand);
          this.expect(operand, e.type, e);
        }
        if (!isFloat(e.type)) this.fail("fma of integers", e);
        return;
      case "select":
        for (const operand of [e.mask, e.a, e.b]) this.expr(operand);
        this.expect(e.a, e.type, e);
        this.expect(e.b, e.type, e);
        if (e.mask.type.scalar !== "bool" || (e.mask.type.lanes !== 1 && e.mask.type.lanes !== e.type.lanes)) {
          this.fail(`a mask of type ${typeName(e.mask.type)}`, e);
        }
        return;
      case "cast":
      case "bitcast":
        this.expr(e.a);
        if (e.kind === "bitcast" && e.type.lanes > 1) {
          const bytes = this.vectorBytes(e.a.type);
          if (bytes === 0 || bytes !== this.vectorBytes(e.type)) this.fail("vectors of different widths", e);
          return;
        }
        if (e.a.type.lanes !== e.type.lanes) this.fail("lanes that do not agree", e);
        if (e.kind === "bitcast" && (isInteger(e.a.type) === isInteger(e.type) || !this.sameWidth(e.a.type, e.type))) {
          this.fail(`${typeName(e.a.type)} and ${typeName(e.type)} are not the same bits`, e);
        }
        return;
      case "splat":
        this.expr(e.a);
        this.expect(e.a, { scalar: e.type.scalar, lanes: 1 }, e);
        return;
      case "lane":
        this.expr(e.a);
        this.expect(e, { scalar: e.a.type.scalar, lanes: 1 }, e);
        return this.index(e.index, e.a.type.lanes, e);
      case "withLane":
        this.expr(e.a);
        this.expr(e.value);
        this.expect(e.a, e.type, e);
        this.expect(e.value, { scalar: e.type.scalar, lanes: 1 }, e);
        return this.index(e.index, e.type.lanes, e);
      case "shuffle":
        this.expr(e.a);
        this.expr(e.b);
        this.expect(e.a, e.type, e);
        this.expect(e.b, e.type, e);
        if (e.indices.length !== e.type.lanes) this.fail("as many indices as lanes are needed", e);
        for (const index of e.indices) this.index(index, 2 * e.type.lanes, e);
        return;
    }
  }

  private index(index: number, count: number, where: Expr): void {
    if (!Number.isInteger(index) || index < 0 || index >= count) this.fail(`lane ${index} of ${count}`, where);
  }

  private sameWidth(a: Type, b: Type): boolean {
    const wide = (t: Type): boolean => t.scalar === "f64" || t.scalar === "i64";
    return a.scalar !== "bool" && b.scalar !== "bool" && wide(a) === wide(b);
  }

  private vectorBytes(t: Type): number {
    return t.scalar === "bool" ? 0 : t.lanes * scalarBytes(t.scalar);
  }

  private unary(e: Extract<Expr, { readonly kind: "unary" }>): void {
    const { op, type } = e;
    const ok =
      op === "not"
        ? !isFloat(type)
        : op === "clz"
          ? isInteger(type) && type.lanes === 1
          : op === "neg" || op === "abs"
            ? type.scalar !== "bool"
            : isFloat(type);
    if (!ok) this.fail(`${op} of ${typeName(type)}`, e);
  }

  private binary(e: Extract<Expr, { readonly kind: "binary" }>): void {
    const { op, a, b, type } = e;
    const shift = op === "shl" || op === "shrS" || op === "shrU";
    this.expect(b, shift ? i32 : a.type, e);
    this.expect(e, isComparison(op) ? { scalar: "bool", lanes: a.type.lanes } : a.type, e);
    const integer = isInteger(a.type);
    const isMask = a.type.scalar === "bool";
    let ok: boolean;
    if (shift) ok = integer;
    else if (op === "rem") ok = integer && type.lanes === 1;
    else if (op === "div") ok = isFloat(a.type) || (integer && type.lanes === 1);
    else if (op === "and" || op === "or" || op === "xor") ok = !isFloat(a.type);
    else if (op === "copysign") ok = isFloat(a.type);
    else if (op === "ltU") ok = integer;
    else if (op === "eq" || op === "ne") ok = true;
    else ok = !isMask;
    if (!ok) this.fail(`${op} of ${typeName(a.type)}`, e);
  }
}
