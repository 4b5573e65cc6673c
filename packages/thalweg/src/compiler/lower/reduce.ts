/**
 * Reductions. The order of additions depends on the shape only: along rows, blocks of 4096 elements are summed by four vectors side by side
 * and their sums added; across rows, blocks of 256 rows. A long reduction to few results is cut into those blocks for the threads.
 */
import { InternalError } from "../../base/errors.js";
import type { Node } from "../../graph/node.js";
import type { Primitive } from "../../graph/primitives.js";
import { type Affine, axesFromLoops, collapseLoops, fromAxes, fromFlat } from "../affine.js";
import { addInt, type Builder, binary, cast, constant, int, lane, load, local, mulInt, select } from "../builder.js";
import type { Expr, Local, Scalar, Type } from "../ir.js";
import type { Kernel } from "../schedule.js";
import { allTerms, makeResolver, mapTerms, ownAffine, type Term } from "../terms.js";
import { scalarOf } from "./elementwise.js";
import { kernelLanes, TermEmitter } from "./emit-term.js";
import type { Environment, Lowered, Stage } from "./kernel.js";
import { atMost, type MapOutput, readInOrder, sourcesOf, storeOutputs } from "./map.js";

const rowBlock = 4096;
const columnBlock = 256;
/** Vectors side by side: along a row, and of neighbouring columns. */
const sideBySide = 4;

interface Reduction {
  readonly node: Node;
  readonly op: Primitive;
  readonly term: Term;
}

/** Loops of a reduction: those kept first. */
interface Space {
  readonly kept: readonly number[];
  readonly reduced: readonly number[];
}

export function lowerReduce(kernel: Kernel, inMemory: (node: Node) => boolean): Lowered {
  const core = kernel.cores[0];
  const input = core?.inputs[0];
  if (core === undefined || input === undefined) throw new InternalError("lowerReduce: no reduction");
  const axes = new Set("axes" in core.params ? core.params.axes : "axis" in core.params ? [core.params.axis] : []);
  const keptShape = input.shape.filter((d, i) => !axes.has(i) && d !== 1);
  const reducedShape = input.shape.filter((d, i) => axes.has(i) && d !== 1);
  if (reducedShape.length === 0) reducedShape.push(1);
  const extents = [...keptShape, ...reducedShape];
  let nextKept = 0;
  let nextReduced = keptShape.length;
  const inputAxes = input.shape.map((d, i): Affine => {
    const strides = new Array<number>(extents.length).fill(0);
    if (d !== 1) {
      if (axes.has(i)) strides[nextReduced++] = 1;
      else strides[nextKept++] = 1;
    }
    return { offset: 0, strides };
  });
  const own = new Set(kernel.roots);
  const cores = new Set(kernel.cores);
  const inputs = makeResolver(extents, inMemory, new Set());
  const results = makeResolver(extents, (n) => inMemory(n) && !own.has(n), cores);
  const reductions = kernel.cores.map((node): Reduction => {
    const x = node.inputs[0];
    if (x === undefined) throw new InternalError("lowerReduce: a reduction of nothing");
    return { node, op: node.op, term: inputs.resolve(x, fromAxes(x.shape, inputAxes, extents.length)) };
  });
  const keptAxes = axesFromLoops(keptShape, 0, extents.length);
  const { flat } = fromAxes(keptShape, keptAxes, extents.length);
  const outputs = kernel.roots.map((node): MapOutput => {
    const place = fromFlat(node.shape, flat, [...keptShape, ...reducedShape.map(() => 1)]);
    return { node, term: results.resolve(node, place), at: flat };
  });
  return finish(kernel, keptShape.length, extents, reductions, outputs);
}

function finish(
  kernel: Kernel,
  keptCount: number,
  extents: readonly number[],
  reductions: readonly Reduction[],
  outputs: readonly MapOutput[],
): Lowered {
  const terms = [...reductions.map((r) => r.term), ...outputs.map((o) => o.term)];
  const accesses: Affine[] = outputs.map((o) => o.at);
  for (const term of allTerms(terms)) {
    const own = ownAffine(term);
    if (own !== undefined) accesses.push(own);
  }
  const collapsed = collapseLoops(extents, accesses, (d) => d + 1 !== keptCount);
  const keptLoops = keptCount === 0 ? 0 : (collapsed.loopOf[keptCount - 1] ?? 0) + 1;
  const space: Space = { kept: collapsed.extents.slice(0, keptLoops), reduced: collapsed.extents.slice(keptLoops) };
  const mapped = mapTerms(terms, collapsed.map);
  const newReductions = reductions.map((r, i) => ({ ...r, term: mapped[i] ?? r.term }));
  const newOutputs = outputs.map((o, i) => ({
    node: o.node,
    term: mapped[reductions.length + i] ?? o.term,
    at: collapsed.map(o.at),
  }));
  const { stages, scratchBytes } = stagesFor(space, newReductions, newOutputs);
  return {
    kernel,
    stages,
    reads: sourcesOf(terms),
    writes: kernel.roots,
    inPlace: readInOrder(
      extents,
      outputs,
      sourcesOf(reductions.map((r) => r.term)),
    ),
    scratchBytes,
    threadScratchBytes: 0,
    flops: stages.reduce((n, s) => n + s.work, 0),
  };
}

const count = (extents: readonly number[]): number => extents.reduce((n, e) => n * e, 1);

function stagesFor(
  space: Space,
  reductions: readonly Reduction[],
  outputs: readonly MapOutput[],
): { readonly stages: readonly Stage[]; readonly scratchBytes: number } {
  const terms = reductions.map((r) => r.term);
  const keptSize = count(space.kept);
  const reducedSize = count(space.reduced);
  const work = keptSize * reducedSize * Math.max(1, allTerms(terms).length);
  if (keptSize === 0) return { stages: [], scratchBytes: 0 };
  const first = reductions[0];
  if (first !== undefined && (first.op === "argmax" || first.op === "argmin")) {
    return { stages: [positions(space, first, outputs, work)], scratchBytes: 0 };
  }
  const lastReduced = space.kept.length + space.reduced.length - 1;
  const lastKept = space.kept.length - 1;
  if (!alongRows(terms, lastReduced, lastKept, space))
    return { stages: [acrossRows(space, reductions, outputs, work)], scratchBytes: 0 };
  if (space.reduced.length === 1 && reducedSize >= 16 * rowBlock && keptSize <= 8) {
    return inBlocks(space, reductions, outputs, work);
  }
  return { stages: [rows(space, reductions, outputs, work)], scratchBytes: 0 };
}

/** Whether vectors should run along the reduced axis rather than over the kept one. */
function alongRows(terms: readonly Term[], lastReduced: number, lastKept: number, space: Space): boolean {
  if (lastKept < 0) return true;
  let along = 0;
  let across = 0;
  for (const term of allTerms(terms)) {
    const own = ownAffine(term);
    if (own === undefined) continue;
    if (own.strides[lastReduced] === 1) along += 1;
    if (own.strides[lastKept] === 1) across += 1;
  }
  if (along === across) return (space.reduced.at(-1) ?? 1) >= (space.kept.at(-1) ?? 1);
  return along > across;
}

/** How values of one reduction are held and combined. */
interface Accumulation {
  readonly scalar: Scalar;
  readonly identity: number;
  combine(a: Expr, b: Expr): Expr;
  /** From the term's value to the accumulator's type, and from the accumulated value to the result. */
  take(x: Expr): Expr;
  give(x: Expr): Expr;
}

function accumulation(r: Reduction): Accumulation {
  const bool = r.node.dtype === "bool";
  const scalar: Scalar = bool ? "i32" : scalarOf(r.node.dtype);
  const whole = scalar === "i32";
  const minMax = (op: "min" | "max") => (a: Expr, b: Expr) =>
    whole && a.type.lanes === 1 ? select(binary(op === "max" ? "gt" : "lt", a, b), a, b) : binary(op, a, b);
  const rules: Partial<Record<Primitive, { identity: number; combine: (a: Expr, b: Expr) => Expr }>> = {
    sum: { identity: 0, combine: (a, b) => binary("add", a, b) },
    prod: { identity: 1, combine: (a, b) => binary("mul", a, b) },
    reduceMax: { identity: bool ? 0 : whole ? -2147483648 : Number.NEGATIVE_INFINITY, combine: minMax("max") },
    reduceMin: { identity: bool ? 1 : whole ? 2147483647 : Number.POSITIVE_INFINITY, combine: minMax("min") },
  };
  const rule = rules[r.op];
  if (rule === undefined) throw new InternalError(`lowerReduce: ${r.op} is no reduction`);
  return {
    scalar,
    ...rule,
    take: (x) => (bool ? cast({ scalar: "i32", lanes: x.type.lanes }, x) : x),
    give: (x) => (bool ? binary("ne", x, constant(x.type, 0)) : x),
  };
}

function accumulators(b: Builder, a: Accumulation, lanes: number, n: number): Local[] {
  const type: Type = { scalar: a.scalar, lanes };
  return Array.from({ length: n }, () => {
    const l = b.declare(type, "acc");
    b.set(l, constant(type, a.identity));
    return l;
  });
}

/** Pairwise: (x₀ + x₁) + (x₂ + x₃). */
function fold(a: Accumulation, values: readonly Expr[]): Expr {
  let level = [...values];
  while (level.length > 1) {
    const next: Expr[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const [x, y] = [level[i], level[i + 1]];
      if (x !== undefined) next.push(y === undefined ? x : a.combine(x, y));
    }
    level = next;
  }
  const result = level[0];
  if (result === undefined) throw new InternalError("fold of nothing");
  return result;
}

function foldLanes(b: Builder, a: Accumulation, v: Expr): Expr {
  if (v.type.lanes === 1) return v;
  const vector = b.let(v);
  return fold(
    a,
    Array.from({ length: v.type.lanes }, (_, i) => b.let(lane(vector, i))),
  );
}

function lanesOf(reductions: readonly Reduction[], inner: number): number {
  return kernelLanes(
    reductions.map((r) => r.term),
    inner,
  );
}

function loopKept(
  b: Builder,
  space: Space,
  start: Expr,
  end: Expr,
  grain: number,
  depthEnd: number,
  body: (k: Expr[]) => void,
): void {
  const nest = (depth: number, indices: Expr[]): void => {
    if (depth === depthEnd) body(indices);
    else if (depth === 0) {
      b.for(mulInt(start, int(grain)), b.let(atMost(mulInt(end, int(grain)), space.kept[0] ?? 1)), int(1), (i) =>
        nest(1, [i]),
      );
    } else b.for(int(0), int(space.kept[depth] ?? 1), int(1), (i) => nest(depth + 1, [...indices, i]));
  };
  nest(0, []);
}

function grainOf(space: Space, inner: number): number {
  const outermost = space.kept[0] ?? 1;
  const perOuter = (count(space.kept) / Math.max(1, outermost)) * inner;
  return Math.max(1, Math.ceil(8192 / Math.max(1, perOuter)));
}

/** Reduces elements [from, to) of the innermost loop into `totals` (one vector each) and `tails` (one scalar each). */
function reduceRow(
  b: Builder,
  env: Environment,
  indices: readonly Expr[],
  inner: number,
  extent: { readonly from: Expr; readonly to: Expr; readonly most: number },
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
            b.set(acc, rule.combine(local(acc), rule.take(emitter.value(r.term))));
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
      b.set(total, rule.combine(local(total), fold(rule, part.map(local))));
  });
}

/** One result after the other, each along its row. */
function rows(space: Space, reductions: readonly Reduction[], outputs: readonly MapOutput[], work: number): Stage {
  const rules = reductions.map(accumulation);
  const inner = space.kept.length + space.reduced.length - 1;
  const lanes = lanesOf(reductions, inner);
  const extent = space.reduced.at(-1) ?? 1;
  const grain = grainOf(space, count(space.reduced));
  const emit = (b: Builder, start: Expr, end: Expr, env: Environment): void => {
    loopKept(b, space, start, end, grain, space.kept.length, (kept) => {
      const totals = rules.flatMap((rule) => accumulators(b, rule, lanes, 1));
      const tails = rules.flatMap((rule) => accumulators(b, rule, 1, 1));
      const nest = (depth: number, indices: readonly Expr[]): void => {
        if (depth < space.reduced.length - 1) {
          b.for(int(0), int(space.reduced[depth] ?? 1), int(1), (i) => nest(depth + 1, [...indices, i]));
          return;
        }
        const all = [...indices, int(0)];
        if (extent <= rowBlock) {
          reduceRow(
            b,
            env,
            all,
            inner,
            { from: int(0), to: int(extent), most: extent },
            reductions,
            lanes,
            totals,
            tails,
          );
        } else {
          b.for(int(0), int(extent), int(rowBlock), (j) => {
            const to = b.let(atMost(addInt(j, int(rowBlock)), extent));
            reduceRow(b, env, all, inner, { from: j, to, most: rowBlock }, reductions, lanes, totals, tails);
          });
        }
      };
      nest(0, kept);
      const emitter = new TermEmitter(b, env.places, kept, undefined, 1);
      giveResults(b, emitter, reductions, rules, totals, tails, lanes);
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
    const value = lanes === 1 ? local(tail) : rule.combine(foldLanes(b, rule, local(total)), local(tail));
    emitter.bindResult(r.node, b.let(rule.give(value)));
  });
}

const blocksOf = (space: Space, grain: number): number =>
  space.kept.length === 0 ? 1 : Math.ceil((space.kept[0] ?? 1) / grain);

/** A long reduction to few results: a sum a block first, then the sum of those. */
function inBlocks(
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
          const totals = rules.flatMap((rule) => accumulators(b, rule, lanes, 1));
          const tails = rules.flatMap((rule) => accumulators(b, rule, 1, 1));
          const from = b.let(mulInt(block, int(rowBlock)));
          const to = b.let(atMost(addInt(from, int(rowBlock)), extent));
          reduceRow(b, env, [...kept, int(0)], inner, { from, to, most: rowBlock }, reductions, lanes, totals, tails);
          rules.forEach((rule, n) => {
            const [total, tail] = [totals[n], tails[n]];
            if (total === undefined || tail === undefined) return;
            const value = lanes === 1 ? local(tail) : rule.combine(foldLanes(b, rule, local(total)), local(tail));
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
          const sums = accumulators(b, rule, 1, sideBySide);
          const base = b.let(addInt(env.scratch, slot(n, position(kept), int(0))));
          const read = (i: Expr): Expr => load({ scalar: rule.scalar, lanes: 1 }, addInt(base, mulInt(i, int(8))));
          const even = Math.floor(blocks / sideBySide) * sideBySide;
          b.for(int(0), int(even), int(sideBySide), (i) => {
            sums.forEach((s, u) => {
              b.set(s, rule.combine(local(s), read(addInt(i, int(u)))));
            });
          });
          const lastSum = sums[0];
          if (lastSum !== undefined)
            b.for(int(even), int(blocks), int(1), (i) => b.set(lastSum, rule.combine(local(lastSum), read(i))));
          emitter.bindResult(r.node, b.let(rule.give(fold(rule, sums.map(local)))));
        });
        storeOutputs(b, emitter, outputs, undefined);
      });
    },
  };
  return { stages: [partial, final], scratchBytes: reductions.length * keptSize * blocks * 8 };
}

/** Many results at once: vectors over the innermost kept loop, rows added one after the other. */
function acrossRows(
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
            b.set(acc, rule.combine(local(acc), rule.take(emitter.value(r.term))));
        });
      }
    };
    const nest = (depth: number, indices: readonly Expr[]): void => {
      if (depth < space.reduced.length - 1) {
        b.for(int(0), int(space.reduced[depth] ?? 1), int(1), (i) => nest(depth + 1, [...indices, i]));
      } else if (rowsExtent <= columnBlock) {
        b.for(int(0), int(rowsExtent), int(1), (i) => accumulateRow([...indices, i], totals));
      } else {
        b.for(int(0), int(rowsExtent), int(columnBlock), (j) => {
          const parts = rules.map((rule) => accumulators(b, rule, width, n));
          b.for(j, b.let(atMost(addInt(j, int(columnBlock)), rowsExtent)), int(1), (i) =>
            accumulateRow([...indices, i], parts),
          );
          rules.forEach((rule, r) => {
            totals[r]?.forEach((total, u) => {
              const part = parts[r]?.[u];
              if (part !== undefined) b.set(total, rule.combine(local(total), local(part)));
            });
          });
        });
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
function positions(space: Space, r: Reduction, outputs: readonly MapOutput[], work: number): Stage {
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
          const isNaN = binary("ne", v, v);
          better = binary("and", binary("or", better, isNaN), binary("eq", local(best), local(best)));
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
