/**
 * Reductions. The order of additions depends on the shape only: along rows, 1024 elements are summed by four vectors side by side, the sums of 32 such parts
 * added, and so on; across rows, 64 rows and 64 sums of those. A long reduction to few results is cut into blocks of 16384 for the threads.
 */
import { InternalError } from "../../base/errors.js";
import type { Node } from "../../graph/node.js";
import { type Affine, axesFromLoops, collapseLoops, fromAxes, fromFlat } from "../affine.js";
import type { Kernel } from "../schedule.js";
import { allTerms, makeResolver, mapTerms, ownAffine, type Term } from "../terms.js";
import { count, type Reduction, type Space } from "./accumulation.js";
import type { Lowered, Stage } from "./kernel.js";
import { type MapOutput, readInOrder, sourcesOf } from "./map.js";
import { acrossRows, positions } from "./reduce-columns.js";
import { inBlocks, rowBlock, rows } from "./reduce-rows.js";

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
    inPlace: readInOrder(extents, outputs, sourcesOf(reductions.map((r) => r.term))),
    scratchBytes,
    threadScratchBytes: 0,
    flops: stages.reduce((n, s) => n + s.work, 0),
  };
}

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
  if (space.reduced.length === 1 && reducedSize >= 4 * rowBlock && keptSize <= 8) {
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
