/** Writes loop IR: expressions are plain functions, statements are appended to the innermost open block. */
import { InternalError } from "../base/errors.js";
import {
  type BinaryOp,
  type Expr,
  i32,
  isComparison,
  type Local,
  type LoopFunction,
  type Statement,
  sameType,
  type Type,
  typeName,
  type UnaryOp,
} from "./ir.js";

export function constant(type: Type, value: number | bigint): Expr {
  return { kind: "const", type, value };
}

export function int(value: number): Expr {
  return constant(i32, value);
}

export function isConstant(e: Expr, value?: number): boolean {
  return e.kind === "const" && (value === undefined || Number(e.value) === value);
}

export function local(l: Local): Expr {
  return { kind: "local", type: l.type, local: l };
}

export function load(type: Type, address: Expr, offset = 0): Expr {
  return { kind: "load", type, address, offset };
}

export function unary(op: UnaryOp, a: Expr): Expr {
  return { kind: "unary", type: a.type, op, a };
}

export function binary(op: BinaryOp, a: Expr, b: Expr): Expr {
  const shift = op === "shl" || op === "shrS" || op === "shrU";
  if (shift ? b.type.lanes !== 1 : !sameType(a.type, b.type)) {
    throw new InternalError(`loop IR: ${op} of ${typeName(a.type)} and ${typeName(b.type)}`);
  }
  const type: Type = isComparison(op) ? { scalar: "bool", lanes: a.type.lanes } : a.type;
  return { kind: "binary", type, op, a, b };
}

/** Integer address arithmetic, folded where it is constant. */
export function addInt(a: Expr, b: Expr): Expr {
  if (a.kind === "const" && b.kind === "const") return int(Number(a.value) + Number(b.value));
  if (isConstant(a, 0)) return b;
  if (isConstant(b, 0)) return a;
  return binary("add", a, b);
}

export function mulInt(a: Expr, b: Expr): Expr {
  if (a.kind === "const" && b.kind === "const") return int(Number(a.value) * Number(b.value));
  if (isConstant(a, 0) || isConstant(b, 0)) return int(0);
  if (isConstant(a, 1)) return b;
  if (isConstant(b, 1)) return a;
  return binary("mul", a, b);
}

export function fma(a: Expr, b: Expr, c: Expr): Expr {
  return { kind: "fma", type: c.type, a, b, c };
}

export function select(mask: Expr, a: Expr, b: Expr): Expr {
  return { kind: "select", type: a.type, mask, a, b };
}

export function cast(type: Type, a: Expr): Expr {
  return sameType(type, a.type) ? a : { kind: "cast", type, a };
}

export function bitcast(type: Type, a: Expr): Expr {
  return { kind: "bitcast", type, a };
}

export function splat(a: Expr, lanes: number): Expr {
  if (lanes === 1) return a;
  const type: Type = { scalar: a.type.scalar, lanes };
  return a.kind === "const" ? constant(type, a.value) : { kind: "splat", type, a };
}

export function lane(a: Expr, index: number): Expr {
  return { kind: "lane", type: { scalar: a.type.scalar, lanes: 1 }, a, index };
}

export function withLane(a: Expr, index: number, value: Expr): Expr {
  return { kind: "withLane", type: a.type, a, index, value };
}

export function shuffle(a: Expr, b: Expr, indices: readonly number[]): Expr {
  return { kind: "shuffle", type: a.type, a, b, indices };
}

export class Builder {
  private block: Statement[] = [];
  private count = 0;

  /** A fresh local; nothing is emitted until it is set. Read before the first `set`, it is zero. */
  declare(type: Type, name = "t"): Local {
    this.count += 1;
    return { name: `${name}${this.count}`, type };
  }

  /** Computes once, reads many times. Constants and locals pass through. */
  let(value: Expr, name = "t"): Expr {
    if (value.kind === "const" || value.kind === "local") return value;
    const l = this.declare(value.type, name);
    this.set(l, value);
    return local(l);
  }

  set(l: Local, value: Expr): void {
    if (!sameType(l.type, value.type)) {
      throw new InternalError(`loop IR: ${l.name} is ${typeName(l.type)}, not ${typeName(value.type)}`);
    }
    this.block.push({ kind: "set", local: l, value });
  }

  store(address: Expr, value: Expr, offset = 0): void {
    this.block.push({ kind: "store", address, offset, value });
  }

  for(start: Expr, stop: Expr, step: Expr, body: (index: Expr) => void, name = "i"): void {
    const index = this.declare(i32, name);
    this.block.push({ kind: "for", index, start, stop, step, body: this.inside(() => body(local(index))) });
  }

  while(condition: Expr, body: () => void): void {
    this.block.push({ kind: "while", condition, body: this.inside(body) });
  }

  if(condition: Expr, then: () => void, otherwise?: () => void): void {
    this.block.push({
      kind: "if",
      condition,
      then: this.inside(then),
      else: otherwise === undefined ? [] : this.inside(otherwise),
    });
  }

  call(name: string, args: readonly Expr[]): void {
    this.block.push({ kind: "call", function: name, args });
  }

  copy(to: Expr, from: Expr, bytes: Expr): void {
    this.block.push({ kind: "copy", to, from, bytes });
  }

  fill(to: Expr, byte: Expr, bytes: Expr): void {
    this.block.push({ kind: "fill", to, byte, bytes });
  }

  comment(text: string): void {
    this.block.push({ kind: "comment", text });
  }

  /** Collects the statements that `body` emits, without placing them. */
  inside(body: () => void): readonly Statement[] {
    const outer = this.block;
    const inner: Statement[] = [];
    this.block = inner;
    try {
      body();
    } finally {
      this.block = outer;
    }
    return inner;
  }
}

/** Builds one function; `body` receives its parameters as expressions, in order. */
export function defineFunction(
  name: string,
  params: readonly { readonly name: string; readonly type: Type }[],
  body: (b: Builder, params: readonly Expr[]) => void,
): LoopFunction {
  const builder = new Builder();
  const locals: Local[] = params.map((p) => ({ name: p.name, type: p.type }));
  const statements = builder.inside(() => body(builder, locals.map(local)));
  return { name, params: locals, body: statements };
}
