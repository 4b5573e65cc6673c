/**
 * What a kernel computes for one element: the graph between its result and the memory it reads, with every view dissolved into affine
 * addresses. Terms are shared: equal node at equal coordinates is one term.
 */
import type { DType } from "../base/dtype.js";
import { InternalError } from "../base/errors.js";
import { contiguousStrides, sizeOf } from "../base/shape.js";
import type { Node, NodeFor } from "../graph/node.js";
import { type ElementwisePrimitive, isElementwise } from "../graph/primitives.js";
import { type Affine, type Coordinates, combine, fixed, fromAxes, fromFlat } from "./affine.js";

export type Term =
  | { readonly kind: "load"; readonly dtype: DType; readonly source: Node; readonly at: Affine }
  | { readonly kind: "constant"; readonly dtype: DType; readonly value: number }
  /** The affine form itself as a number. */
  | { readonly kind: "index"; readonly dtype: DType; readonly at: Affine }
  | {
      readonly kind: "op";
      readonly dtype: DType;
      readonly node: NodeFor<ElementwisePrimitive>;
      readonly args: readonly Term[];
    }
  /** source[row · rowSize + at], row checked against rows. */
  | {
      readonly kind: "gather";
      readonly dtype: DType;
      readonly source: Node;
      readonly row: Term;
      readonly rows: number;
      readonly rowSize: number;
      readonly at: Affine;
      /** What is said of a row out of range. */
      readonly error: string;
    }
  | { readonly kind: "threefry"; readonly dtype: DType; readonly key: readonly [Term, Term]; readonly counter: Affine }
  /** What the kernel's own reduction or product has computed. */
  | { readonly kind: "result"; readonly dtype: DType; readonly node: Node };

/** What is said of an index of a row that is not there. */
export function rowError(op: string, rows: number): string {
  return `${op}: an index is out of range: ${rows === 0 ? "there are no rows" : `use 0 to ${rows - 1}`}`;
}

/** Where a value lives: views that keep the row-major order share their input's memory. */
export function memoryOf(node: Node): Node {
  let n = node;
  while (n.op === "reshape") {
    const input = n.inputs[0];
    if (input === undefined) throw new InternalError("reshape without an input");
    n = input;
  }
  return n;
}

export function isLeafInMemory(node: Node): boolean {
  return node.op === "input" || node.op === "variable" || node.op === "buffer";
}

/** Thrown when a view cannot be dissolved: the node must be in memory first. */
export class NeedsMemory extends Error {
  readonly node: Node;
  constructor(node: Node) {
    super(`node ${node.id} (${node.op}) must be in memory`);
    this.node = node;
  }
}

export interface Resolver {
  resolve(node: Node, at: Coordinates): Term;
}

/** `inMemory`: loaded from there. `results`: held in registers by the kernel. */
export function makeResolver(
  extents: readonly number[],
  inMemory: (node: Node) => boolean,
  results: ReadonlySet<Node>,
): Resolver {
  const loops = extents.length;
  const memo = new Map<Node, Map<string, Term>>();

  const resolve = (node: Node, at: Coordinates): Term => {
    let byPlace = memo.get(node);
    if (byPlace === undefined) {
      byPlace = new Map();
      memo.set(node, byPlace);
    }
    let term = byPlace.get(at.key);
    if (term === undefined) {
      term = make(node, at);
      byPlace.set(at.key, term);
    }
    return term;
  };

  const axesOf = (at: Coordinates, node: Node): readonly Affine[] => {
    if (at.axes === undefined) throw new NeedsMemory(node);
    return at.axes;
  };

  const make = (node: Node, at: Coordinates): Term => {
    if (results.has(node)) return { kind: "result", dtype: node.dtype, node };
    if (inMemory(node)) return { kind: "load", dtype: node.dtype, source: node, at: at.flat };
    if (isElementwise(node.op)) {
      const elementwise = node as NodeFor<ElementwisePrimitive>;
      return { kind: "op", dtype: node.dtype, node: elementwise, args: node.inputs.map((x) => resolve(x, at)) };
    }
    switch (node.op) {
      case "literal":
      case "scalar":
        return { kind: "constant", dtype: node.dtype, value: node.params.value };
      case "iota": {
        const axis = axesOf(at, node)[node.params.axis];
        if (axis === undefined) throw new InternalError("iota along an axis that it lacks");
        return { kind: "index", dtype: node.dtype, at: axis };
      }
      case "threefry": {
        const word = (i: number): Term => resolve(first(node), fromAxes([2], [fixed(i, loops)], loops));
        return { kind: "threefry", dtype: "int32", key: [word(0), word(1)], counter: at.flat };
      }
      case "reshape":
        return resolve(first(node), fromFlat(first(node).shape, at.flat, extents));
      case "permute": {
        const axes = axesOf(at, node);
        const inverse = new Array<Affine>(axes.length);
        node.params.permutation.forEach((from, to) => {
          inverse[from] = axes[to] ?? fixed(0, loops);
        });
        return resolve(first(node), fromAxes(first(node).shape, inverse, loops));
      }
      case "broadcast": {
        const shape = first(node).shape;
        if (sizeOf(shape) === 1) {
          const zero = shape.map(() => fixed(0, loops));
          return resolve(first(node), fromAxes(shape, zero, loops));
        }
        const axes = axesOf(at, node).map((a, i) => (shape[i] === 1 ? fixed(0, loops) : a));
        return resolve(first(node), fromAxes(shape, axes, loops));
      }
      case "slice": {
        const { start, step } = node.params;
        const axes = axesOf(at, node).map((a, i) => combine([{ affine: a, by: step[i] ?? 1 }], start[i] ?? 0, loops));
        return resolve(first(node), fromAxes(first(node).shape, axes, loops));
      }
      case "gather": {
        const [operand, indices] = [first(node), node.inputs[1]];
        if (indices === undefined) throw new InternalError("gather without indices");
        const source = memoryOf(operand);
        if (!inMemory(source)) throw new NeedsMemory(source);
        const axes = axesOf(at, node);
        const rank = indices.shape.length;
        const rest = operand.shape.slice(1);
        const steps = contiguousStrides(rest);
        return {
          kind: "gather",
          dtype: node.dtype,
          source,
          row: resolve(indices, fromAxes(indices.shape, axes.slice(0, rank), loops)),
          rows: operand.shape[0] ?? 0,
          rowSize: sizeOf(rest),
          error: node.params.error ?? rowError("gather", operand.shape[0] ?? 0),
          at: combine(
            axes.slice(rank).map((affine, i) => ({ affine, by: steps[i] ?? 0 })),
            0,
            loops,
          ),
        };
      }
      case "identity":
      case "stopGradient":
        return resolve(first(node), at);
      default:
        throw new NeedsMemory(node);
    }
  };
  return { resolve };
}

function first(node: Node): Node {
  const input = node.inputs[0];
  if (input === undefined) throw new InternalError(`${node.op} without an input`);
  return input;
}

export function termInputs(term: Term): readonly Term[] {
  switch (term.kind) {
    case "op":
      return term.args;
    case "gather":
      return [term.row];
    case "threefry":
      return term.key;
    default:
      return [];
  }
}

/** The affine form that a term itself holds, besides those of its inputs. */
export function ownAffine(term: Term): Affine | undefined {
  switch (term.kind) {
    case "load":
    case "index":
    case "gather":
      return term.at;
    case "threefry":
      return term.counter;
    default:
      return undefined;
  }
}

/** Every term under `roots` once, inputs first. */
export function allTerms(roots: readonly Term[]): Term[] {
  const seen = new Set<Term>();
  const order: Term[] = [];
  const visit = (term: Term): void => {
    if (seen.has(term)) return;
    seen.add(term);
    for (const input of termInputs(term)) visit(input);
    order.push(term);
  };
  for (const root of roots) visit(root);
  return order;
}

/** The same terms over other loops. */
export function mapTerms(roots: readonly Term[], map: (affine: Affine) => Affine): Term[] {
  const done = new Map<Term, Term>();
  const convert = (term: Term): Term => {
    let result = done.get(term);
    if (result === undefined) {
      result = rebuild(term);
      done.set(term, result);
    }
    return result;
  };
  const rebuild = (term: Term): Term => {
    switch (term.kind) {
      case "load":
      case "index":
        return { ...term, at: map(term.at) };
      case "op":
        return { ...term, args: term.args.map(convert) };
      case "gather":
        return { ...term, at: map(term.at), row: convert(term.row) };
      case "threefry":
        return { ...term, counter: map(term.counter), key: [convert(term.key[0]), convert(term.key[1])] };
      default:
        return term;
    }
  };
  return roots.map(convert);
}
