/** Elementwise kernels: one pass over a space of loops, the innermost in vectors, writing any number of results. */
import { elementBytes } from "../../base/dtype.js";
import { InternalError } from "../../base/errors.js";
import type { Node } from "../../graph/node.js";
import { type Affine, type Collapsed, collapseLoops, combine, fromAxes, loopsOver } from "../affine.js";
import { type Builder, binary, cast, int, isConstant, lane, mulInt, select } from "../builder.js";
import type { Expr } from "../ir.js";
import type { Kernel } from "../schedule.js";
import { allTerms, makeResolver, mapTerms, ownAffine, type Term } from "../terms.js";
import { kernelLanes, type Places, TermEmitter } from "./emit-term.js";
import type { Lowered, Stage } from "./kernel.js";

export interface MapOutput {
  readonly node: Node;
  readonly term: Term;
  /** Element of the node's memory that is written. */
  readonly at: Affine;
}

/** Elements of a block: enough to be worth handing to a thread, few enough to balance. */
const blockElements = 8192;

/** Kernel: every root is an expression over memory. */
export function lowerMap(kernel: Kernel, inMemory: (node: Node) => boolean): Lowered {
  const own = new Set(kernel.roots);
  const shape = kernel.roots[0]?.shape ?? [];
  const { extents } = loopsOver(shape);
  const resolver = makeResolver(extents, (n) => inMemory(n) && !own.has(n), new Set());
  const outputs = kernel.roots.map((node): MapOutput => {
    const { at } = loopsOver(node.shape);
    return { node, term: resolver.resolve(node, at), at: at.flat };
  });
  const stage = mapStage(extents, outputs);
  return {
    kernel,
    stages: [stage],
    reads: sourcesOf(outputs.map((o) => o.term)),
    writes: kernel.roots,
    inPlace: readInOrder(extents, outputs, []),
    scratchBytes: 0,
    threadScratchBytes: 0,
    flops: stage.work,
  };
}

/** Kernel: each input of a concatenation goes to its own part of the result. */
export function lowerConcat(kernel: Kernel, inMemory: (node: Node) => boolean): Lowered {
  const node = kernel.roots[0];
  if (node?.op !== "concat") throw new InternalError("lowerConcat: not a concatenation");
  const { axis } = node.params;
  let start = 0;
  const stages: Stage[] = [];
  const sources: Term[] = [];
  for (const part of node.inputs) {
    const { extents, at } = loopsOver(part.shape);
    const term = makeResolver(extents, inMemory, new Set()).resolve(part, at);
    const begin = start;
    const axes = (at.axes ?? []).map((a, i) => (i === axis ? { offset: a.offset + begin, strides: a.strides } : a));
    sources.push(term);
    const stage = mapStage(extents, [{ node, term, at: fromAxes(node.shape, axes, extents.length).flat }]);
    stages.push({ ...stage, reads: sourcesOf([term]) });
    start += part.shape[axis] ?? 0;
  }
  return {
    kernel,
    stages,
    reads: sourcesOf(sources),
    writes: [node],
    inPlace: [],
    scratchBytes: 0,
    threadScratchBytes: 0,
    flops: 0,
  };
}

/** Kernel: the whole result is filled, then the input goes to its places in it. */
export function lowerPad(kernel: Kernel, inMemory: (node: Node) => boolean): Lowered {
  const node = kernel.roots[0];
  const input = node?.inputs[0];
  if (node?.op !== "pad" || input === undefined) throw new InternalError("lowerPad: not a pad");
  const { low, interior, value } = node.params;
  const whole = loopsOver(node.shape);
  const fill: Term = { kind: "constant", dtype: node.dtype, value };
  const { extents, at } = loopsOver(input.shape);
  const term = makeResolver(extents, inMemory, new Set()).resolve(input, at);
  const axes = (at.axes ?? []).map((a, i) =>
    combine([{ affine: a, by: (interior[i] ?? 0) + 1 }], low[i] ?? 0, extents.length),
  );
  const stages = [
    mapStage(whole.extents, [{ node, term: fill, at: whole.at.flat }]),
    mapStage(extents, [{ node, term, at: fromAxes(node.shape, axes, extents.length).flat }]),
  ];
  return {
    kernel,
    stages,
    reads: sourcesOf([term]),
    writes: [node],
    inPlace: [],
    scratchBytes: 0,
    threadScratchBytes: 0,
    flops: 0,
  };
}

/** The memory that terms read. */
export function sourcesOf(terms: readonly Term[]): Node[] {
  const found = new Set<Node>();
  for (const term of allTerms(terms)) if (term.kind === "load" || term.kind === "gather") found.add(term.source);
  return [...found];
}

/** Sources of which each element is read only where its like is written, and which `elsewhere` does not read. */
export function readInOrder(
  extents: readonly number[],
  outputs: readonly MapOutput[],
  elsewhere: readonly Node[],
): Node[] {
  const first = outputs[0];
  if (first === undefined) return [];
  const bad = new Set<Node>(elsewhere);
  const good = new Set<Node>();
  for (const term of allTerms(outputs.map((o) => o.term))) {
    if (term.kind === "gather") bad.add(term.source);
    if (term.kind !== "load") continue;
    const same =
      term.at.offset === first.at.offset &&
      extents.every((e, d) => e <= 1 || term.at.strides[d] === first.at.strides[d]);
    (same ? good : bad).add(term.source);
  }
  return [...good].filter((n) => !bad.has(n));
}

/** One pass that writes `outputs`, over loops of the given extents. */
export function mapStage(extents: readonly number[], outputs: readonly MapOutput[]): Stage {
  const terms = allTerms(outputs.map((o) => o.term));
  const accesses: Affine[] = outputs.map((o) => o.at);
  for (const term of terms) {
    const own = ownAffine(term);
    if (own !== undefined) accesses.push(own);
  }
  const collapsed = collapseLoops(extents, accesses, () => true);
  const loops = collapsed.extents.length === 0 ? [1] : collapsed.extents;
  const mapped = remap(outputs, collapsed);
  const size = loops.reduce((n, e) => n * e, 1);
  const outermost = loops[0] ?? 1;
  const perOuter = loops.length === 1 ? 1 : size / Math.max(1, outermost);
  const grain = loops.length === 1 ? blockElements : Math.max(1, Math.ceil(blockElements / Math.max(1, perOuter)));
  return {
    blocks: size === 0 ? 0 : Math.ceil(outermost / grain),
    work: size * Math.max(1, terms.length),
    emit: (b, start, end, env) => emitMap(b, loops, mapped, start, end, grain, env.places),
  };
}

function remap(outputs: readonly MapOutput[], collapsed: Collapsed): MapOutput[] {
  const extend = (a: Affine): Affine =>
    collapsed.extents.length === 0 ? { offset: a.offset, strides: [0] } : collapsed.map(a);
  const terms = mapTerms(
    outputs.map((o) => o.term),
    extend,
  );
  return outputs.map((o, i) => ({ node: o.node, term: terms[i] ?? o.term, at: extend(o.at) }));
}

function emitMap(
  b: Builder,
  loops: readonly number[],
  outputs: readonly MapOutput[],
  start: Expr,
  end: Expr,
  grain: number,
  places: Places,
): void {
  const terms = outputs.map((o) => o.term);
  const inner = loops.length - 1;
  const extent = loops[inner] ?? 1;
  const lanes = kernelLanes(terms, inner);
  const row = (indices: readonly Expr[], from: Expr, to: Expr): void => {
    const evaluate = (width: number, lo: Expr, hi: Expr): void => {
      const emitter = new TermEmitter(b, places, indices, inner, width);
      emitter.hoist(terms);
      const body = (i: Expr): void => {
        emitter.at(i);
        storeOutputs(b, emitter, outputs, inner);
      };
      if (isConstant(lo, 0) && isConstant(hi, width)) body(int(0));
      else b.for(lo, hi, int(width), body);
    };
    if (lanes === 1 || extent < lanes) {
      evaluate(1, from, to);
      return;
    }
    // Blocks start at multiples of the lanes, so only the end of the row is ragged.
    const ragged = extent % lanes !== 0;
    const vectorEnd = ragged ? b.let(wholeVectors(from, to, lanes)) : to;
    evaluate(lanes, from, vectorEnd);
    if (ragged) evaluate(1, vectorEnd, to);
  };
  if (loops.length === 1) {
    const single = isConstant(start, 0) && extent <= grain;
    const from = single ? int(0) : b.let(mulInt(start, int(grain)));
    const to = single ? int(extent) : b.let(atMost(mulInt(end, int(grain)), extent));
    row([int(0)], from, to);
    return;
  }
  const nest = (depth: number, indices: readonly Expr[]): void => {
    if (depth === inner) row([...indices, int(0)], int(0), int(extent));
    else if (depth === 0) {
      const outermost = loops[0] ?? 1;
      b.for(mulInt(start, int(grain)), b.let(atMost(mulInt(end, int(grain)), outermost)), int(1), (i) => nest(1, [i]));
    } else b.for(int(0), int(loops[depth] ?? 1), int(1), (i) => nest(depth + 1, [...indices, i]));
  };
  nest(0, []);
}

function wholeVectors(from: Expr, to: Expr, lanes: number): Expr {
  if (from.kind === "const" && to.kind === "const") {
    return int(Number(from.value) + Math.floor((Number(to.value) - Number(from.value)) / lanes) * lanes);
  }
  return binary("and", to, int(-lanes));
}

export function atMost(value: Expr, limit: number): Expr {
  if (value.kind === "const") return int(Math.min(Number(value.value), limit));
  return select(binary("lt", value, int(limit)), value, int(limit));
}

/** Writes one element (or one vector of them) of each output: all are computed before any is stored, since a result may take the memory of
 * what another reads. */
export function storeOutputs(
  b: Builder,
  emitter: TermEmitter,
  outputs: readonly MapOutput[],
  inner: number | undefined,
): void {
  const values = outputs.map((o) => emitter.value(o.term));
  outputs.forEach((o, n) => {
    const value = values[n];
    if (value !== undefined) storeValue(b, emitter, value, o, inner);
  });
}

export function storeValue(
  b: Builder,
  emitter: TermEmitter,
  value: Expr,
  output: { readonly node: Node; readonly at: Affine },
  inner: number | undefined,
): void {
  const stored = b.let(value.type.scalar === "bool" ? cast({ scalar: "i32", lanes: value.type.lanes }, value) : value);
  const { address, offset } = emitter.address(output.node, output.at);
  const stride = inner === undefined ? 1 : (output.at.strides[inner] ?? 0);
  if (stored.type.lanes === 1 || stride === 1) {
    b.store(address, stored, offset);
    return;
  }
  const bytes = elementBytes(output.node.dtype);
  const base = b.let(address);
  for (let i = 0; i < stored.type.lanes; i += 1) {
    if (stride < 0) b.store(b.let(binary("add", base, int(i * stride * bytes))), lane(stored, i), offset);
    else b.store(base, lane(stored, i), offset + i * stride * bytes);
  }
}
