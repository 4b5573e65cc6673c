/**
 * Vector constants of loops. V8 13 writes a `v128.const` out where it stands, as three instructions, every round; V8 11 moves it out of the loop
 * itself. So they are put into locals at the start of the function: transcendental functions have a dozen in their innermost loop.
 */
import type { Expr, LoopFunction, Statement, Type } from "../../compiler/ir.js";
import { forEachOperand } from "./lifetimes.js";

export interface VectorConstant {
  readonly type: Type;
  readonly value: number | bigint;
}

/** Equal for constants that are written alike. */
export function constantKey(type: Type, value: number | bigint): string {
  return `${type.scalar}${type.lanes}:${Object.is(value, -0) ? "-0" : value}`;
}

/** The vector constants in the loops of a function, zero excepted: that is one instruction. */
export function loopConstants(f: LoopFunction): ReadonlyMap<string, VectorConstant> {
  const found = new Map<string, VectorConstant>();
  const expression = (e: Expr): void => {
    if (e.kind === "const" && e.type.lanes > 1 && !Object.is(Number(e.value), 0))
      found.set(constantKey(e.type, e.value), e);
    forEachOperand(e, expression);
  };
  const visit = (statements: readonly Statement[], inLoop: boolean): void => {
    for (const s of statements) {
      switch (s.kind) {
        case "for":
        case "while":
          visit(s.body, true);
          break;
        case "if":
          visit(s.then, inLoop);
          visit(s.else, inLoop);
          break;
        case "set":
        case "store":
          if (inLoop) expression(s.value);
          break;
        default:
      }
    }
  };
  visit(f.body, false);
  return found;
}
