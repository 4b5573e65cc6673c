/** Reductions along the innermost axis: one result after the other, or a few long ones in blocks. */
import { addInt, type Builder, binary, int, load, local, mulInt } from "../builder.js";
import type { Expr, Local } from "../ir.js";
import {
  type Accumulation,
  accumulation,
  accumulators,
  blocksOf,
  count,
  fold,
  foldLanes,
  grainOf,
  inParts,
  lanesOf,
  loopKept,
  type Reduction,
  type Space,
  type Stretch,
  sideBySide,
} from "./accumulation.js";
import { TermEmitter } from "./emit-term.js";
import type { Environment, Stage } from "./kernel.js";
import { atMost, type MapOutput, storeOutputs } from "./map.js";

/** Elements that are summed before their sum is added to the others', that are so added up, and so on. */
const parts = [1024, 1024 * 32, 1024 * 1024];
/** Elements of a block for one thread: a part divides it. */
export const rowBlock = 16384;

/** Blocks whose sums are added up at a time. */
const partsOfBlocks = [32, 1024];

/** What reductions along a row have so far: a vector each, and a scalar for what makes no whole vector. */
interface Sums {
  readonly totals: readonly Local[];
  readonly tails: readonly Local[];
}

function freshSums(b: Builder, rules: readonly Accumulation[], lanes: number): Sums {
  return {
    totals: rules.flatMap((rule) => accumulators(b, rule, lanes, 1)),
    tails: rules.flatMap((rule) => accumulators(b, rule, 1, 1)),
  };
}

/** Reduces a stretch of the innermost loop, whose start is a multiple of the lanes. */
function reduceRow(
  b: Builder,
  env: Environment,
  indices: readonly Expr[],
  inner: number,
  stretch: Stretch,
  reductions: readonly Reduction[],
  lanes: number,
  into: Sums,
): void {
  const rules = reductions.map(accumulation);
  inParts(
    b,
    stretch,
    parts,
    {
      fresh: () => freshSums(b, rules, lanes),
      run: (part, { totals, tails }) => reducePart(b, env, indices, inner, part, reductions, lanes, totals, tails),
      join: (part, { totals, tails }) => {
        addInto(
          b,
          rules,
          part.totals.map((total) => [total]),
          totals,
        );
        addInto(
          b,
          rules,
          part.tails.map((tail) => [tail]),
          tails,
        );
      },
    },
    into,
  );
}

function reducePart(
  b: Builder,
  env: Environment,
  indices: readonly Expr[],
  inner: number,
  extent: Stretch,
  reductions: readonly Reduction[],
  lanes: number,
  totals: readonly Local[],
  tails: readonly Local[],
): void {
  const terms = reductions.map((r) => r.term);
  const rules = reductions.map(accumulation);
  const run = (width: number, unroll: number, lo: Expr, hi: Expr, into: readonly (readonly Local[])[]): void => {
    const emitter = new TermEmitter(b, env.places, indices, inner, width);
    emitter.hoist(terms);
    b.for(lo, hi, int(width * unroll), (i) => {
      for (let u = 0; u < unroll; u += 1) {
        emitter.at(addInt(i, int(u * width)));
        reductions.forEach((r, n) => {
          const [rule, acc] = [rules[n], into[n]?.[u]];
          if (rule !== undefined && acc !== undefined)
            b.set(acc, rule.combine(b, local(acc), rule.take(emitter.value(r.term))));
        });
      }
    });
  };
  const { from, to, most } = extent;
  if (lanes === 1 || most < lanes) {
    const blocks = rules.map((rule) => accumulators(b, rule, 1, 1));
    run(1, 1, from, to, blocks);
    addInto(b, rules, blocks, tails);
    return;
  }
  const unroll = most >= lanes * sideBySide * 2 ? sideBySide : 1;
  const blocks = rules.map((rule) => accumulators(b, rule, lanes, unroll));
  const length = b.let(binary("sub", to, from));
  const wide = lanes * unroll;
  const wideEnd = b.let(addInt(from, mulInt(binary("div", length, int(wide)), int(wide))));
  const vectorEnd = b.let(addInt(from, mulInt(binary("div", length, int(lanes)), int(lanes))));
  if (unroll > 1) run(lanes, unroll, from, wideEnd, blocks);
  run(
    lanes,
    1,
    unroll > 1 ? wideEnd : from,
    vectorEnd,
    blocks.map((list) => list.slice(0, 1)),
  );
  addInto(b, rules, blocks, totals);
  const ends = rules.map((rule) => accumulators(b, rule, 1, 1));
  run(1, 1, vectorEnd, to, ends);
  addInto(b, rules, ends, tails);
}

function addInto(
  b: Builder,
  rules: readonly Accumulation[],
  parts: readonly (readonly Local[])[],
  totals: readonly Local[],
): void {
  rules.forEach((rule, n) => {
    const [part, total] = [parts[n], totals[n]];
    if (part !== undefined && total !== undefined)
      b.set(total, rule.combine(b, local(total), fold(b, rule, part.map(local))));
  });
}

/** One result after the other, each along its row. */
export function rows(
  space: Space,
  reductions: readonly Reduction[],
  outputs: readonly MapOutput[],
  work: number,
): Stage {
  const rules = reductions.map(accumulation);
  const inner = space.kept.length + space.reduced.length - 1;
  const lanes = lanesOf(reductions, inner);
  const extent = space.reduced.at(-1) ?? 1;
  const grain = grainOf(space, count(space.reduced));
  const emit = (b: Builder, start: Expr, end: Expr, env: Environment): void => {
    loopKept(b, space, start, end, grain, space.kept.length, (kept) => {
      const sums = freshSums(b, rules, lanes);
      const nest = (depth: number, indices: readonly Expr[]): void => {
        if (depth < space.reduced.length - 1) {
          b.for(int(0), int(space.reduced[depth] ?? 1), int(1), (i) => nest(depth + 1, [...indices, i]));
          return;
        }
        const stretch = { from: int(0), to: int(extent), most: extent };
        reduceRow(b, env, [...indices, int(0)], inner, stretch, reductions, lanes, sums);
      };
      nest(0, kept);
      const emitter = new TermEmitter(b, env.places, kept, undefined, 1);
      giveResults(b, emitter, reductions, rules, sums.totals, sums.tails, lanes);
      storeOutputs(b, emitter, outputs, undefined);
    });
  };
  return { blocks: blocksOf(space, grain), work, emit };
}

function giveResults(
  b: Builder,
  emitter: TermEmitter,
  reductions: readonly Reduction[],
  rules: readonly Accumulation[],
  totals: readonly Local[],
  tails: readonly Local[],
  lanes: number,
): void {
  reductions.forEach((r, n) => {
    const [rule, total, tail] = [rules[n], totals[n], tails[n]];
    if (rule === undefined || total === undefined || tail === undefined) return;
    const value = lanes === 1 ? local(tail) : rule.combine(b, foldLanes(b, rule, local(total)), local(tail));
    emitter.bindResult(r.node, b.let(rule.give(value)));
  });
}

/** A long reduction to few results: a sum a block first, then the sum of those. */
export function inBlocks(
  space: Space,
  reductions: readonly Reduction[],
  outputs: readonly MapOutput[],
  work: number,
): { readonly stages: readonly Stage[]; readonly scratchBytes: number } {
  const rules = reductions.map(accumulation);
  const inner = space.kept.length;
  const lanes = lanesOf(reductions, inner);
  const extent = space.reduced[0] ?? 1;
  const blocks = Math.ceil(extent / rowBlock);
  const keptSize = count(space.kept);
  // Partial results: [reduction][kept][block], 8 bytes each.
  const slot = (n: number, k: Expr, block: Expr): Expr =>
    mulInt(addInt(addInt(mulInt(k, int(blocks)), block), int(n * keptSize * blocks)), int(8));
  const position = (kept: readonly Expr[]): Expr =>
    kept.reduce((at: Expr, index, d) => addInt(mulInt(at, int(space.kept[d] ?? 1)), index), int(0));
  const whole: Space = { kept: space.kept, reduced: [1] };
  const partial: Stage = {
    blocks,
    work,
    emit: (b, start, end, env) => {
      b.for(start, end, int(1), (block) => {
        loopKept(b, whole, int(0), int(space.kept[0] ?? 1), 1, space.kept.length, (kept) => {
          const sums = freshSums(b, rules, lanes);
          const from = b.let(mulInt(block, int(rowBlock)));
          const to = b.let(atMost(addInt(from, int(rowBlock)), extent));
          reduceRow(b, env, [...kept, int(0)], inner, { from, to, most: rowBlock }, reductions, lanes, sums);
          rules.forEach((rule, n) => {
            const [total, tail] = [sums.totals[n], sums.tails[n]];
            if (total === undefined || tail === undefined) return;
            const value = lanes === 1 ? local(tail) : rule.combine(b, foldLanes(b, rule, local(total)), local(tail));
            b.store(b.let(addInt(env.scratch, slot(n, position(kept), block))), value);
          });
        });
      });
    },
  };
  const final: Stage = {
    blocks: 1,
    work: blocks * keptSize,
    emit: (b, _start, _end, env) => {
      loopKept(b, whole, int(0), int(space.kept[0] ?? 1), 1, space.kept.length, (kept) => {
        const emitter = new TermEmitter(b, env.places, kept, undefined, 1);
        reductions.forEach((r, n) => {
          const rule = rules[n];
          if (rule === undefined) return;
          const fresh = (): readonly Local[] => accumulators(b, rule, 1, 1);
          const base = b.let(addInt(env.scratch, slot(n, position(kept), int(0))));
          const join = (value: Expr, into: readonly Local[]): void => {
            for (const sum of into) b.set(sum, rule.combine(b, local(sum), value));
          };
          const read = (i: Expr): Expr => load({ scalar: rule.scalar, lanes: 1 }, addInt(base, mulInt(i, int(8))));
          const total = fresh();
          inParts<readonly Local[]>(
            b,
            { from: int(0), to: int(blocks), most: blocks },
            partsOfBlocks,
            {
              fresh,
              run: ({ from, to }, into) => b.for(from, to, int(1), (i) => join(read(i), into)),
              join: (part, into) => {
                for (const sum of part) join(local(sum), into);
              },
            },
            total,
          );
          emitter.bindResult(r.node, b.let(rule.give(fold(b, rule, total.map(local)))));
        });
        storeOutputs(b, emitter, outputs, undefined);
      });
    },
  };
  return { stages: [partial, final], scratchBytes: reductions.length * keptSize * blocks * 8 };
}
