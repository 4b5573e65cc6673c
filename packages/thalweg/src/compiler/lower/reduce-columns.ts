/** Reductions across rows: many results at once, in vectors; and the positions of extremes. */
import { InternalError } from "../../base/errors.js";
import { addInt, type Builder, binary, cast, int, local, mulInt } from "../builder.js";
import type { Expr, Local, Type } from "../ir.js";
import {
  accumulation,
  accumulators,
  blocksOf,
  count,
  grainOf,
  inParts,
  loopKept,
  type Reduction,
  type Space,
  sideBySide,
} from "./accumulation.js";
import { scalarOf } from "./elementwise.js";
import { kernelLanes, TermEmitter } from "./emit-term.js";
import type { Environment, Stage } from "./kernel.js";
import { atMost, type MapOutput, storeOutputs } from "./map.js";

/** Rows that are added before their sum is added to the others', that are so added up, and so on. */
const parts = [64, 64 * 64, 64 * 64 * 64];

/** Many results at once: vectors over the innermost kept loop, rows added one after the other. */
export function acrossRows(
  space: Space,
  reductions: readonly Reduction[],
  outputs: readonly MapOutput[],
  work: number,
): Stage {
  const rules = reductions.map(accumulation);
  const inner = space.kept.length - 1;
  const extent = space.kept[inner] ?? 1;
  const terms = reductions.map((r) => r.term);
  const lanes = kernelLanes([...terms, ...outputs.map((o) => o.term)], inner);
  const rowsExtent = space.reduced.at(-1) ?? 1;

  const columns = (
    b: Builder,
    env: Environment,
    outer: readonly Expr[],
    column: Expr,
    width: number,
    n: number,
  ): void => {
    const totals = rules.map((rule) => accumulators(b, rule, width, n));
    const accumulateRow = (indices: readonly Expr[], into: readonly (readonly Local[])[]): void => {
      const emitter = new TermEmitter(b, env.places, [...outer, int(0), ...indices], inner, width);
      emitter.hoist(terms);
      for (let u = 0; u < n; u += 1) {
        emitter.at(addInt(column, int(u * width)));
        reductions.forEach((r, i) => {
          const [rule, acc] = [rules[i], into[i]?.[u]];
          if (rule !== undefined && acc !== undefined)
            b.set(acc, rule.combine(b, local(acc), rule.take(emitter.value(r.term))));
        });
      }
    };
    const nest = (depth: number, indices: readonly Expr[]): void => {
      if (depth < space.reduced.length - 1) {
        b.for(int(0), int(space.reduced[depth] ?? 1), int(1), (i) => nest(depth + 1, [...indices, i]));
      } else {
        inParts<readonly (readonly Local[])[]>(
          b,
          { from: int(0), to: int(rowsExtent), most: rowsExtent },
          parts,
          {
            fresh: () => rules.map((rule) => accumulators(b, rule, width, n)),
            run: ({ from, to }, into) => b.for(from, to, int(1), (i) => accumulateRow([...indices, i], into)),
            join: (part, into) =>
              rules.forEach((rule, r) => {
                into[r]?.forEach((total, u) => {
                  const sum = part[r]?.[u];
                  if (sum !== undefined) b.set(total, rule.combine(b, local(total), local(sum)));
                });
              }),
          },
          totals,
        );
      }
    };
    nest(0, []);
    for (let u = 0; u < n; u += 1) {
      const emitter = new TermEmitter(b, env.places, [...outer, int(0)], inner, width);
      emitter.at(addInt(column, int(u * width)));
      reductions.forEach((r, i) => {
        const [rule, total] = [rules[i], totals[i]?.[u]];
        if (rule !== undefined && total !== undefined) emitter.bindResult(r.node, b.let(rule.give(local(total))));
      });
      storeOutputs(b, emitter, outputs, inner);
    }
  };

  const chunk = lanes * sideBySide;
  const strips = (b: Builder, env: Environment, outer: readonly Expr[], from: Expr, to: Expr): void => {
    if (lanes === 1 || extent < lanes) {
      b.for(from, to, int(1), (c) => columns(b, env, outer, c, 1, 1));
      return;
    }
    const length = b.let(binary("sub", to, from));
    const wideEnd = b.let(addInt(from, mulInt(binary("div", length, int(chunk)), int(chunk))));
    const vectorEnd = b.let(addInt(from, mulInt(binary("div", length, int(lanes)), int(lanes))));
    if (extent >= chunk) b.for(from, wideEnd, int(chunk), (c) => columns(b, env, outer, c, lanes, sideBySide));
    if (extent % chunk !== 0)
      b.for(extent >= chunk ? wideEnd : from, vectorEnd, int(lanes), (c) => columns(b, env, outer, c, lanes, 1));
    if (extent % lanes !== 0) b.for(vectorEnd, to, int(1), (c) => columns(b, env, outer, c, 1, 1));
  };

  if (inner === 0) {
    const grain = Math.max(1, Math.ceil(8192 / Math.max(1, count(space.reduced) * chunk))) * chunk;
    return {
      blocks: Math.ceil(extent / grain),
      work,
      emit: (b, start, end, env) =>
        strips(b, env, [], b.let(mulInt(start, int(grain))), b.let(atMost(mulInt(end, int(grain)), extent))),
    };
  }
  const grain = grainOf(space, count(space.reduced));
  return {
    blocks: blocksOf(space, grain),
    work,
    emit: (b, start, end, env) =>
      loopKept(b, space, start, end, grain, inner, (outer) => strips(b, env, outer, int(0), int(extent))),
  };
}

/** argmax and argmin: the first of equals, a NaN before everything. */
export function positions(space: Space, r: Reduction, outputs: readonly MapOutput[], work: number): Stage {
  const inner = space.kept.length + space.reduced.length - 1;
  const extent = count(space.reduced);
  if (space.reduced.length !== 1) throw new InternalError("argmax over several axes");
  const grain = grainOf(space, extent);
  const scalar = scalarOf(r.term.dtype);
  const type: Type = { scalar: scalar === "bool" ? "i32" : scalar, lanes: 1 };
  const emit = (b: Builder, start: Expr, end: Expr, env: Environment): void => {
    loopKept(b, space, start, end, grain, space.kept.length, (kept) => {
      const best = b.declare(type, "best");
      const position = b.declare({ scalar: "i32", lanes: 1 }, "position");
      const emitter = new TermEmitter(b, env.places, [...kept, int(0)], inner, 1);
      emitter.hoist([r.term]);
      const value = (i: Expr): Expr => {
        emitter.at(i);
        const v = emitter.value(r.term);
        return b.let(v.type.scalar === "bool" ? cast(type, v) : v);
      };
      b.set(best, value(int(0)));
      b.set(position, int(0));
      b.for(int(1), int(extent), int(1), (i) => {
        const v = value(i);
        let better = binary(r.op === "argmax" ? "gt" : "lt", v, local(best));
        if (type.scalar !== "i32") {
          const undefinedValue = binary("ne", v, v);
          better = binary("and", binary("or", better, undefinedValue), binary("eq", local(best), local(best)));
        }
        b.if(better, () => {
          b.set(best, v);
          b.set(position, i);
        });
      });
      const result = new TermEmitter(b, env.places, kept, undefined, 1);
      result.bindResult(r.node, local(position));
      storeOutputs(b, result, outputs, undefined);
    });
  };
  return { blocks: blocksOf(space, grain), work, emit };
}
