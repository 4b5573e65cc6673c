/**
 * Splits an address into a run-time part and a constant byte offset for the instruction's immediate.
 *
 * WebAssembly adds the immediate to the address as an *unsigned* number without wrapping, so the run-time part must not be negative by
 * itself. Constants are therefore taken out only when what remains is built from non-negative parts: a local that is somewhere set from a
 * difference, a negative constant or a loaded index keeps its constant. Parameters and loop indices from non-negative starts count as
 * non-negative.
 */
import type { Expr, Local, LoopFunction, Statement } from "../../compiler/ir.js";

export interface SplitAddress {
  /** Absent when the address is constant. */
  readonly base: Expr | undefined;
  readonly offset: number;
}

const limit = 2 ** 31;

function constantOf(e: Expr): number | undefined {
  return e.kind === "const" ? Number(e.value) : undefined;
}

function split(e: Expr): SplitAddress {
  const whole: SplitAddress = { base: e, offset: 0 };
  if (e.kind === "const") {
    const value = Number(e.value);
    return value >= 0 ? { base: undefined, offset: value } : whole;
  }
  if (e.kind !== "binary") return whole;
  if (e.op === "add") {
    const a = split(e.a);
    const b = split(e.b);
    const offset = a.offset + b.offset;
    if (offset === 0 || offset >= limit) return whole;
    if (a.base === undefined) return { base: b.base, offset };
    if (b.base === undefined) return { base: a.base, offset };
    return { base: { kind: "binary", type: e.type, op: "add", a: a.base, b: b.base }, offset };
  }
  if (e.op === "mul" || e.op === "shl") {
    const swap = e.op === "mul" && e.a.kind === "const";
    const [left, right] = swap ? [e.b, e.a] : [e.a, e.b];
    const value = constantOf(right);
    const factor = value === undefined || e.op === "mul" ? value : 2 ** value;
    if (factor === undefined || factor < 0) return whole;
    const a = split(left);
    const offset = a.offset * factor;
    if (offset === 0 || offset >= limit) return whole;
    return { base: a.base === undefined ? undefined : { ...e, a: a.base, b: right }, offset };
  }
  return whole;
}

/** Locals of type i32 that may hold a negative number. */
export function maybeNegativeLocals(f: LoopFunction): ReadonlySet<Local> {
  const sets: { local: Local; value: Expr }[] = [];
  const collect = (statements: readonly Statement[]): void => {
    for (const s of statements) {
      if (s.kind === "set") {
        if (s.local.type.scalar === "i32" && s.local.type.lanes === 1) sets.push(s);
      } else if (s.kind === "for") {
        sets.push({ local: s.index, value: s.start });
        collect(s.body);
      } else if (s.kind === "while") {
        collect(s.body);
      } else if (s.kind === "if") {
        collect(s.then);
        collect(s.else);
      }
    }
  };
  collect(f.body);
  const negative = new Set<Local>();
  for (let before = -1; before !== negative.size; ) {
    before = negative.size;
    for (const { local, value } of sets) {
      if (!negative.has(local) && maybeNegative(value, negative)) negative.add(local);
    }
  }
  return negative;
}

function maybeNegative(e: Expr, negative: ReadonlySet<Local>): boolean {
  switch (e.kind) {
    case "const":
      return Number(e.value) < 0;
    case "local":
      return negative.has(e.local);
    case "binary":
      switch (e.op) {
        case "add":
        case "mul":
        case "div":
        case "min":
          return maybeNegative(e.a, negative) || maybeNegative(e.b, negative);
        case "max":
        case "and":
          return maybeNegative(e.a, negative) && maybeNegative(e.b, negative);
        case "shl":
        case "shrS":
        case "shrU":
        case "rem":
          return maybeNegative(e.a, negative);
        default:
          return true;
      }
    case "select":
      return maybeNegative(e.a, negative) || maybeNegative(e.b, negative);
    default:
      return true;
  }
}

export function splitAddress(address: Expr, offset: number, negative: ReadonlySet<Local>): SplitAddress {
  if (address.kind !== "binary" && address.kind !== "const") return { base: address, offset };
  const parts = split(address);
  const total = parts.offset + offset;
  if (parts.offset === 0 || total >= limit) return { base: address, offset };
  if (parts.base !== undefined && maybeNegative(parts.base, negative)) return { base: address, offset };
  return { base: parts.base, offset: total };
}
