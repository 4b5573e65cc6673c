/** Kernels whose order matters: running sums and products, and updates of indexed rows. */
import { InternalError } from "../../base/errors.js";
import { sizeOf } from "../../base/shape.js";
import type { Node } from "../../graph/node.js";
import { type Affine, fromAxes, loopsOver } from "../affine.js";
import { addInt, type Builder, binary, constant, int, load, local, mulInt } from "../builder.js";
import type { Expr, Type } from "../ir.js";
import type { Kernel } from "../schedule.js";
import { makeResolver, rowError, type Term } from "../terms.js";
import { scalarOf } from "./elementwise.js";
import { kernelLanes, TermEmitter } from "./emit-term.js";
import type { Environment, Lowered, Stage } from "./kernel.js";
import { mapStage, sourcesOf, storeValue } from "./map.js";

/** cumsum, cumprod: one running value for each line along the axis. */
export function lowerCumulative(kernel: Kernel, inMemory: (node: Node) => boolean): Lowered {
  const node = kernel.roots[0];
  const input = node?.inputs[0];
  if (input === undefined || (node?.op !== "cumsum" && node?.op !== "cumprod"))
    throw new InternalError("lowerCumulative: neither sum nor product");
  const { axis, reverse } = node.params;
  const length = input.shape[axis] ?? 0;
  // The axis goes last, whatever its size; the others before it.
  const others = input.shape.filter((d, i) => i !== axis && d !== 1);
  const extents = [...others, length];
  let next = 0;
  const axes = input.shape.map((d, i): Affine => {
    const strides = new Array<number>(extents.length).fill(0);
    if (i === axis) strides[extents.length - 1] = 1;
    else if (d !== 1) strides[next++] = 1;
    return { offset: 0, strides };
  });
  const at = fromAxes(input.shape, axes, extents.length);
  const term = makeResolver(extents, inMemory, new Set()).resolve(input, at);
  const type: Type = { scalar: scalarOf(node.dtype), lanes: 1 };
  const inner = extents.length - 1;
  const outermost = others[0] ?? 1;
  const emit = (b: Builder, start: Expr, end: Expr, env: Environment): void => {
    const line = (indices: readonly Expr[]): void => {
      const emitter = new TermEmitter(b, env.places, [...indices, int(0)], inner, 1);
      emitter.hoist([term]);
      const running = b.declare(type, "running");
      b.set(running, constant(type, node.op === "cumsum" ? 0 : 1));
      b.for(int(0), int(length), int(1), (i) => {
        const position = reverse ? b.let(binary("sub", int(length - 1), i)) : i;
        emitter.at(position);
        b.set(running, binary(node.op === "cumsum" ? "add" : "mul", local(running), emitter.value(term)));
        storeValue(b, emitter, local(running), { node, at: at.flat }, inner);
      });
    };
    const nest = (depth: number, indices: readonly Expr[]): void => {
      if (depth === others.length) line(indices);
      else if (depth === 0) b.for(start, end, int(1), (i) => nest(1, [i]));
      else b.for(int(0), int(others[depth] ?? 1), int(1), (i) => nest(depth + 1, [...indices, i]));
    };
    nest(0, []);
  };
  const size = sizeOf(input.shape);
  const stage: Stage = { blocks: size === 0 ? 0 : outermost, work: size * 4, emit };
  return simple(kernel, [stage], sourcesOf([term]), size);
}

/** The operand is copied, then its rows are updated in the order of the indices. */
export function lowerScatter(kernel: Kernel, inMemory: (node: Node) => boolean): Lowered {
  const node = kernel.roots[0];
  const [operand, indices, updates] = node?.inputs ?? [];
  if (node === undefined || operand === undefined || indices === undefined || updates === undefined) {
    throw new InternalError("lowerScatter: too few inputs");
  }
  const whole = loopsOver(operand.shape);
  const base = makeResolver(whole.extents, inMemory, new Set()).resolve(operand, whole.at);
  const rows = operand.shape[0] ?? 0;
  const rest = operand.shape.slice(1);
  const rowSize = sizeOf(rest);
  // Loops: the updates, then the elements of a row as one.
  const extents = [indices.shape[0] ?? 0, rowSize];
  const resolver = makeResolver(extents, inMemory, new Set());
  const which: Affine = { offset: 0, strides: [1, 0] };
  const row = resolver.resolve(indices, fromAxes(indices.shape, [which], 2));
  const value = resolver.resolve(updates, flatRows(updates.shape, rowSize, extents));
  const stage: Stage = {
    blocks: 1,
    work: sizeOf(updates.shape) * 2,
    emit: (b, _start, _end, env) => emitScatter(b, env, node, row, value, rows, rowSize, extents[0] ?? 0),
  };
  const copy = mapStage(whole.extents, [{ node, term: base, at: whole.at.flat }]);
  return simple(kernel, [copy, stage], sourcesOf([base, row, value]), stage.work);
}

/** Element (k, j) of a [k, …row] array, the row counted flat. */
function flatRows(shape: readonly number[], rowSize: number, extents: readonly number[]): ReturnType<typeof fromAxes> {
  if (shape.length === 1) return fromAxes(shape, [{ offset: 0, strides: [1, 0] }], 2);
  return { shape, axes: undefined, flat: { offset: 0, strides: [rowSize, 1] }, key: `rows@${extents}` };
}

function emitScatter(
  b: Builder,
  env: Environment,
  node: Node,
  row: Term,
  value: Term,
  rows: number,
  rowSize: number,
  n: number,
): void {
  const lanes = rowSize >= 4 ? kernelLanes([value], 1) : 1;
  b.for(int(0), int(n), int(1), (k) => {
    const index = new TermEmitter(b, env.places, [k, int(0)], undefined, 1);
    const target = b.let(index.value(row));
    b.if(
      binary("ltU", target, int(rows)),
      () => {
        const vectors = rowSize - (rowSize % lanes);
        const run = (width: number, from: number, to: number): void => {
          if (from === to) return;
          const emitter = new TermEmitter(b, env.places, [k, int(0)], 1, width);
          emitter.hoist([value]);
          const { base, offset } = env.places.of(node);
          const bytes = node.dtype === "float64" ? 8 : 4;
          const start = b.let(addInt(base, mulInt(target, int(rowSize * bytes))));
          b.for(int(from), int(to), int(width), (j) => {
            emitter.at(j);
            const address = b.let(addInt(start, mulInt(j, int(bytes))));
            const update = emitter.value(value);
            const number: Type = { scalar: update.type.scalar === "bool" ? "i32" : update.type.scalar, lanes: width };
            const stored: Expr = update.type.scalar === "bool" ? { kind: "cast", type: number, a: update } : update;
            b.store(
              address,
              node.op === "scatterAdd" ? binary("add", load(number, address, offset), stored) : stored,
              offset,
            );
          });
        };
        run(lanes, 0, vectors);
        run(1, vectors, rowSize);
      },
      () =>
        b.store(
          env.places.status.base,
          int(env.places.checkNumber(rowError("scatter", rows))),
          env.places.status.offset,
        ),
    );
  });
}

function simple(kernel: Kernel, stages: readonly Stage[], reads: readonly Node[], flops: number): Lowered {
  return { kernel, stages, reads, writes: kernel.roots, inPlace: [], scratchBytes: 0, threadScratchBytes: 0, flops };
}
