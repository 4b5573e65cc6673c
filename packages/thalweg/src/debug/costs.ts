/** What a program costs by counting: arithmetic per op, bytes per kernel. Estimates: caches and instructions are not modelled. */
import { elementBytes } from "../base/dtype.js";
import { sizeOf } from "../base/shape.js";
import type { Lowered } from "../compiler/lower/kernel.js";
import { isLeafInMemory, memoryOf } from "../compiler/terms.js";
import type { Node } from "../graph/node.js";
import { isElementwise, type Primitive } from "../graph/primitives.js";
import { elementary } from "./accuracy.js";

export interface Cost {
  /** Additions, multiplications, divisions, comparisons; 2·m·k·n for a matrix product; an elementary function counts once. */
  readonly flops: number;
  /** Elementary functions among them: each takes some ten to forty instructions. */
  readonly elementary: number;
  /** Every array that is read, once, and every array that is written. */
  readonly bytes: number;
  /** flops / bytes. */
  readonly intensity: number;
}

const functions: ReadonlySet<Primitive> = new Set<Primitive>([...elementary, "threefry"]);

function flopsOf(node: Node): number {
  const size = sizeOf(node.shape);
  const input = node.inputs[0];
  switch (node.op) {
    case "matmul":
      return 2 * size * (input?.shape.at(-1) ?? 0);
    case "sum":
    case "prod":
    case "reduceMax":
    case "reduceMin":
    case "argmax":
    case "argmin":
    case "cumsum":
    case "cumprod":
      return input === undefined ? 0 : sizeOf(input.shape);
    case "scatterAdd":
      return node.inputs[2] === undefined ? 0 : sizeOf(node.inputs[2].shape);
    case "cast":
      return 0;
    case "integerPow":
      return size * 2 * Math.ceil(Math.log2(Math.abs(node.params.exponent) + 1));
    case "threefry":
      return size;
    default:
      return isElementwise(node.op) ? size : 0;
  }
}

/** The nodes that a kernel computes: from what it writes back to what it reads. */
export function computedBy({ kernel, reads }: Lowered): Node[] {
  const stop = new Set(reads);
  const found: Node[] = [];
  const seen = new Set<Node>();
  const visit = (node: Node, root: boolean): void => {
    if (seen.has(node) || (!root && (stop.has(node) || isLeafInMemory(node)))) return;
    seen.add(node);
    if (node.outputs === undefined) for (const x of node.inputs) visit(x, false);
    found.push(node);
  };
  for (const node of [...kernel.roots, ...kernel.cores]) visit(node, true);
  return found;
}

export function bytesOf(node: Node): number {
  return sizeOf(node.shape) * elementBytes(node.dtype);
}

/** Of one kernel; `rounds` and `body` of a loop. */
export function costOf(step: Lowered, body: readonly Lowered[] = []): Cost {
  const scan = step.kernel.cores.find((node) => node.op === "scan");
  if (scan !== undefined) {
    const inner = total(body.map((b) => costOf(b)));
    const rounds = scan.params.length;
    return withIntensity(inner.flops * rounds, inner.elementary * rounds, inner.bytes * rounds);
  }
  const nodes = computedBy(step);
  const flops = nodes.reduce((n, node) => n + flopsOf(node), 0);
  const elementary = nodes.reduce((n, node) => n + (functions.has(node.op) ? sizeOf(node.shape) : 0), 0);
  const reads = step.reads.reduce((n, node) => n + bytesOf(memoryOf(node)), 0);
  const writes = step.writes.reduce((n, node) => n + bytesOf(node), 0);
  return withIntensity(flops, elementary, reads + writes);
}

export function total(costs: readonly Cost[]): Cost {
  const add = (pick: (c: Cost) => number): number => costs.reduce((n, c) => n + pick(c), 0);
  return withIntensity(
    add((c) => c.flops),
    add((c) => c.elementary),
    add((c) => c.bytes),
  );
}

function withIntensity(flops: number, elementary: number, bytes: number): Cost {
  return { flops, elementary, bytes, intensity: bytes === 0 ? 0 : flops / bytes };
}
