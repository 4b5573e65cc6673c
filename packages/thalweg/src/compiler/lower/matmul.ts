/** Matrix products: operands are views of memory, the roots' arithmetic runs on the tiles as they are stored. */
import { elementBytes } from "../../base/dtype.js";
import { InternalError } from "../../base/errors.js";
import type { Node } from "../../graph/node.js";
import { type Affine, collapseLoops, fromAxes, fromFlat } from "../affine.js";
import { addInt, type Builder, binary, int } from "../builder.js";
import type { Expr } from "../ir.js";
import type { Kernel } from "../schedule.js";
import { type MatmulSpec, matmulKernel, type ResultPosition, type TileShape } from "../templates/matmul.js";
import { allTerms, makeResolver, mapTerms, NeedsMemory, ownAffine, type Term } from "../terms.js";
import { kernelLanes, type Places, TermEmitter } from "./emit-term.js";
import type { Environment, Lowered, Stage } from "./kernel.js";
import { type MapOutput, readInOrder, sourcesOf, storeOutputs } from "./map.js";

/** Floating-point operations that take about as long as one elementwise operation. */
const flopsPerWork = 8;

export interface Tiles {
  readonly f32: TileShape;
  readonly f64: TileShape;
}

export function lowerMatmul(kernel: Kernel, inMemory: (node: Node) => boolean, tiles: Tiles): Lowered {
  const core = kernel.cores[0];
  const [left, right] = core?.inputs ?? [];
  if (core === undefined || left === undefined || right === undefined)
    throw new InternalError("lowerMatmul: no product");
  const rank = core.shape.length;
  const [m, n, k] = [core.shape[rank - 2] ?? 0, core.shape[rank - 1] ?? 0, left.shape[rank - 1] ?? 0];
  const batch = core.shape.slice(0, -2).filter((d) => d !== 1);
  // Loops: batch axes, then row, column and inner index, these three whatever their size.
  const extents = [...batch, m, n, k];
  const [row, column, inner] = [batch.length, batch.length + 1, batch.length + 2];
  const unit = (loop: number): Affine => ({ offset: 0, strides: extents.map((_, d) => (d === loop ? 1 : 0)) });
  const zero: Affine = { offset: 0, strides: extents.map(() => 0) };
  let next = 0;
  const batchAxes = core.shape.slice(0, -2).map((d) => (d === 1 ? zero : unit(next++)));
  const operand = (node: Node, axes: readonly Affine[]): Term & { readonly kind: "load" } => {
    const term = makeResolver(extents, inMemory, new Set()).resolve(node, fromAxes(node.shape, axes, extents.length));
    if (term.kind !== "load") throw new NeedsMemory(node);
    return term;
  };
  const a = operand(left, [...batchAxes, unit(row), unit(inner)]);
  const b = operand(right, [...batchAxes, unit(inner), unit(column)]);

  const own = new Set(kernel.roots);
  const resolver = makeResolver(extents, (x) => inMemory(x) && !own.has(x), new Set(kernel.cores));
  const { flat } = fromAxes(core.shape, [...batchAxes, unit(row), unit(column)], extents.length);
  const outputs = kernel.roots.map((node): MapOutput => {
    const at = fromFlat(node.shape, flat, [...batch, m, n, 1]);
    return { node, term: resolver.resolve(node, at), at: flat };
  });
  const epilogue = makeEpilogue(extents, batch, outputs, core);
  const stride = (term: { readonly at: Affine }, loop: number): number => term.at.strides[loop] ?? 0;
  const scalar = core.dtype === "float64" ? "f64" : core.dtype === "float32" ? "f32" : "i32";
  const spec = (places: Places | undefined): MatmulSpec => ({
    scalar,
    m,
    n,
    k,
    a: { row: stride(a, row), col: stride(a, inner) },
    b: { row: stride(b, inner), col: stride(b, column) },
    batch: { dims: batch, a: batch.map((_, d) => stride(a, d)), b: batch.map((_, d) => stride(b, d)) },
    ...(scalar === "i32" ? {} : { tile: tiles[scalar] }),
    rowVectors: n === 1,
    epilogue: (builder, value, at) => {
      if (places === undefined) throw new InternalError("lowerMatmul: epilogue before placement");
      epilogue(builder, value, at, places);
    },
  });
  const shape = matmulKernel(spec(undefined));
  const stages = shape.stages.map(
    (stage, i): Stage => ({
      blocks: stage.blocks,
      work:
        i === shape.stages.length - 1
          ? shape.flops / flopsPerWork
          : (k * n * Math.max(1, shape.flops / Math.max(1, 2 * m * n * k))) / 2,
      emit: (builder, start, end, env) => {
        const placed = matmulKernel(spec(env.places)).stages[i];
        placed?.emit(builder, start, end, {
          a: operandAddress(builder, env, a),
          b: operandAddress(builder, env, b),
          scratch: env.scratch,
          threadScratch: env.threadScratch,
        });
      },
    }),
  );
  return {
    kernel,
    stages,
    reads: [...new Set([a.source, b.source, ...sourcesOf(outputs.map((o) => o.term))])],
    writes: kernel.roots,
    inPlace: readInOrder(extents, outputs, [a.source, b.source]),
    scratchBytes: shape.scratchBytes,
    threadScratchBytes: shape.threadScratchBytes,
    flops: shape.flops,
  };
}

function operandAddress(b: Builder, env: Environment, term: Term & { readonly kind: "load" }): Expr {
  const { base, offset } = env.places.of(term.source);
  return b.let(addInt(base, int(offset + term.at.offset * elementBytes(term.dtype))), "operand");
}

/** Code that takes finished elements of the product and stores the roots. */
function makeEpilogue(
  extents: readonly number[],
  batch: readonly number[],
  outputs: readonly MapOutput[],
  core: Node,
): (b: Builder, value: Expr, at: ResultPosition, places: Places) => void {
  const terms = outputs.map((o) => o.term);
  const accesses: Affine[] = outputs.map((o) => o.at);
  for (const term of allTerms(terms)) {
    const own = ownAffine(term);
    if (own !== undefined) accesses.push(own);
  }
  const collapsed = collapseLoops(extents, accesses, (d) => d + 1 < batch.length);
  const loops = collapsed.extents;
  const batchLoops = batch.length === 0 ? 0 : (collapsed.loopOf[batch.length - 1] ?? 0) + 1;
  const mappedTerms = mapTerms(terms, collapsed.map);
  const mapped = outputs.map((o, i) => ({ node: o.node, term: mappedTerms[i] ?? o.term, at: collapsed.map(o.at) }));
  const columnLanes = kernelLanes(mappedTerms, batchLoops + 1);
  const rowLanes = kernelLanes(mappedTerms, batchLoops);
  return (b, value, at, places) => {
    const indices: Expr[] = [];
    let rest = at.batch;
    for (let d = batchLoops - 1; d >= 0; d -= 1) {
      const size = int(loops[d] ?? 1);
      indices[d] = d === 0 ? rest : b.let(binary("rem", rest, size));
      if (d > 0) rest = b.let(binary("div", rest, size));
    }
    const inner = at.along === "rows" ? batchLoops : batchLoops + 1;
    const store = (element: Expr, row: Expr, column: Expr): void => {
      const emitter = new TermEmitter(b, places, [...indices, row, column], inner, element.type.lanes);
      emitter.bindResult(core, b.let(element));
      emitter.at(at.along === "rows" ? row : column);
      storeOutputs(b, emitter, mapped, inner);
    };
    if (value.type.lanes === 1 || value.type.lanes === (at.along === "rows" ? rowLanes : columnLanes)) {
      store(value, at.row, at.col);
      return;
    }
    const kept = b.let(value);
    for (let i = 0; i < value.type.lanes; i += 1) {
      const element: Expr = { kind: "lane", type: { scalar: value.type.scalar, lanes: 1 }, a: kept, index: i };
      if (at.along === "rows") store(element, b.let(addInt(at.row, int(i))), at.col);
      else store(element, at.row, b.let(addInt(at.col, int(i))));
    }
  };
}
