/**
 * The loop IR as text, one statement a line:
 *
 *   fn axpy(x: i32, y: i32, n: i32)
 *     for i1 in 0..n step 4
 *       f32x4[y + (i1 * 4)] = fma(splat(a2), f32x4[x + (i1 * 4)], f32x4[y + (i1 * 4)])
 */
import { type BinaryOp, type Expr, type LoopFunction, type Statement, type Type, typeName } from "./ir.js";

const infix: Partial<Record<BinaryOp, string>> = {
  add: "+",
  sub: "-",
  mul: "*",
  div: "/",
  rem: "%",
  and: "&",
  or: "|",
  xor: "^",
  shl: "<<",
  shrS: ">>",
  shrU: ">>>",
  eq: "==",
  ne: "!=",
  lt: "<",
  le: "<=",
  gt: ">",
  ge: ">=",
};

function access(type: Type, address: Expr, offset: number): string {
  const at = printExpr(address, true);
  return `${typeName(type)}[${at}${offset === 0 ? "" : ` + ${offset}`}]`;
}

function number(value: number | bigint): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

/** `bare` leaves out the outer parentheses. */
export function printExpr(e: Expr, bare = false): string {
  switch (e.kind) {
    case "const":
      return e.type.scalar === "i32" && e.type.lanes === 1 ? number(e.value) : `${number(e.value)}:${typeName(e.type)}`;
    case "local":
      return e.local.name;
    case "load":
      return access(e.type, e.address, e.offset);
    case "unary":
      return `${e.op}(${printExpr(e.a, true)})`;
    case "binary": {
      const sign = infix[e.op];
      if (sign === undefined) return `${e.op}(${printExpr(e.a, true)}, ${printExpr(e.b, true)})`;
      const text = `${printExpr(e.a)} ${sign} ${printExpr(e.b)}`;
      return bare ? text : `(${text})`;
    }
    case "fma":
      return `fma(${printExpr(e.a, true)}, ${printExpr(e.b, true)}, ${printExpr(e.c, true)})`;
    case "select":
      return `select(${printExpr(e.mask, true)}, ${printExpr(e.a, true)}, ${printExpr(e.b, true)})`;
    case "cast":
    case "bitcast":
      return `${e.kind === "cast" ? "" : "bits."}${typeName(e.type)}(${printExpr(e.a, true)})`;
    case "splat":
      return `splat(${printExpr(e.a, true)})`;
    case "lane":
      return `${printExpr(e.a)}.${e.index}`;
    case "withLane":
      return `withLane(${printExpr(e.a, true)}, ${e.index}, ${printExpr(e.value, true)})`;
    case "shuffle":
      return `shuffle(${printExpr(e.a, true)}, ${printExpr(e.b, true)}, ${e.indices.join(" ")})`;
  }
}

function printStatement(s: Statement, indent: string, lines: string[]): void {
  const inner = `${indent}  `;
  const line = (text: string): void => {
    lines.push(indent + text);
  };
  const block = (statements: readonly Statement[]): void => {
    for (const each of statements) printStatement(each, inner, lines);
  };
  switch (s.kind) {
    case "set":
      return line(`${s.local.name} = ${printExpr(s.value, true)}`);
    case "store":
      return line(`${access(s.value.type, s.address, s.offset)} = ${printExpr(s.value, true)}`);
    case "for": {
      const step = s.step.kind === "const" && Number(s.step.value) === 1 ? "" : ` step ${printExpr(s.step)}`;
      line(`for ${s.index.name} in ${printExpr(s.start)}..${printExpr(s.stop)}${step}`);
      return block(s.body);
    }
    case "while":
      line(`while ${printExpr(s.condition, true)}`);
      return block(s.body);
    case "if":
      line(`if ${printExpr(s.condition, true)}`);
      block(s.then);
      if (s.else.length > 0) line("else");
      return block(s.else);
    case "call":
      return line(`${s.function}(${s.args.map((a) => printExpr(a, true)).join(", ")})`);
    case "copy":
      return line(`copy(to ${printExpr(s.to)}, from ${printExpr(s.from)}, bytes ${printExpr(s.bytes)})`);
    case "fill":
      return line(`fill(to ${printExpr(s.to)}, byte ${printExpr(s.byte)}, bytes ${printExpr(s.bytes)})`);
    case "comment":
      return line(`// ${s.text}`);
  }
}

export function printStatements(statements: readonly Statement[], indent = ""): string {
  const lines: string[] = [];
  for (const s of statements) printStatement(s, indent, lines);
  return lines.join("\n");
}

export function printFunction(f: LoopFunction): string {
  const params = f.params.map((p) => `${p.name}: ${typeName(p.type)}`).join(", ");
  const body = printStatements(f.body, "  ");
  return body === "" ? `fn ${f.name}(${params})` : `fn ${f.name}(${params})\n${body}`;
}
