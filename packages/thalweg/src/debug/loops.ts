/** Loops and vector widths of loop-IR functions. */
import type { Expr, LoopFunction, Statement } from "../compiler/ir.js";

export interface LoopInfo {
  /** 0 for the outermost. */
  readonly depth: number;
  /** Rounds; undefined where they are known at run time only. */
  readonly rounds: number | undefined;
  readonly step: number | undefined;
}

export function loopsOf(f: LoopFunction): LoopInfo[] {
  const found: LoopInfo[] = [];
  const visit = (statements: readonly Statement[], depth: number): void => {
    for (const s of statements) {
      if (s.kind === "for") {
        const [start, stop, step] = [constantOf(s.start), constantOf(s.stop), constantOf(s.step)];
        const known = start !== undefined && stop !== undefined && step !== undefined;
        found.push({ depth, rounds: known ? Math.max(0, Math.ceil((stop - start) / step)) : undefined, step });
        visit(s.body, depth + 1);
      } else if (s.kind === "while") {
        found.push({ depth, rounds: undefined, step: undefined });
        visit(s.body, depth + 1);
      } else if (s.kind === "if") {
        visit(s.then, depth);
        visit(s.else, depth);
      }
    }
  };
  visit(f.body, 0);
  return found;
}

function constantOf(e: Expr): number | undefined {
  return e.kind === "const" ? Number(e.value) : undefined;
}

/** The widest vector that is stored: 1 where the code is scalar. */
export function lanesOf(f: LoopFunction): number {
  let lanes = 1;
  const visit = (statements: readonly Statement[]): void => {
    for (const s of statements) {
      if (s.kind === "store") lanes = Math.max(lanes, s.value.type.lanes);
      else if (s.kind === "set") lanes = Math.max(lanes, s.value.type.lanes);
      else if (s.kind === "for" || s.kind === "while") visit(s.body);
      else if (s.kind === "if") {
        visit(s.then);
        visit(s.else);
      }
    }
  };
  visit(f.body);
  return lanes;
}

/** `8 × (64 × 16, 64 × 3)`: nests one in the other, n for what is known at run time only. */
export function loopText(loops: readonly LoopInfo[]): string {
  const level = (from: number, depth: number): [string, number] => {
    const parts: string[] = [];
    let i = from;
    while (i < loops.length) {
      const loop = loops[i];
      if (loop === undefined || loop.depth < depth) break;
      const [inner, next] = level(i + 1, depth + 1);
      const own = `${loop.rounds ?? "n"}`;
      const several = inner.includes(", ");
      parts.push(inner === "" ? own : `${own} × ${several ? `(${inner})` : inner}`);
      i = next;
    }
    return [parts.join(", "), i];
  };
  return level(0, 0)[0];
}
