/** One op of a program, described for people: what it is, where it stands, what went in and what came out. */
import { isFloat, type TypedArray } from "../base/dtype.js";
import { formatShape, sizeOf } from "../base/shape.js";
import { type Node, topological } from "../graph/node.js";
import { describePlace, type Origins, type Place } from "../graph/origins.js";
import type { Aval } from "../graph/primitives.js";

export interface ValueReport {
  /** The op that made it; a parameter's or argument's name where it was given. */
  readonly from: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  /** Of what is finite; undefined where nothing is. */
  readonly min: number | undefined;
  readonly max: number | undefined;
  /** How many elements are NaN or infinite. */
  readonly nonFinite: number;
  /** The element at fault, where the op works element by element. */
  readonly at?: number | undefined;
}

export interface OpReport extends Place {
  readonly op: string;
  /** The place in the order of computation, from 0. */
  readonly index: number;
  readonly shape: readonly number[];
  readonly dtype: string;
  /** The names of the arguments and variables that it depends on, the nearest first. */
  readonly sources: readonly string[];
  /** The first element at fault, counted row-major, and its value. */
  readonly element: number;
  readonly value: number;
  /** What the interpreter gives there on the same inputs. */
  readonly expected?: number;
  /** The largest error that rounding explains. */
  readonly bound?: number;
  /** Of an op in the body of a loop: the round, from 0. */
  readonly round?: number;
  readonly inputs: readonly ValueReport[];
  toString(): string;
}

/** `result`: the one at fault, of an op with several. */
export function reportOp(
  node: Node,
  result: Aval,
  index: number,
  inputs: readonly (TypedArray | undefined)[],
  found: { readonly element: number; readonly value: number; readonly expected?: number; readonly bound?: number },
  origins: Origins,
  loop?: { readonly round: number; readonly node: Node },
): OpReport {
  const own = inputs.map((value, i): ValueReport => {
    const input = node.inputs[i];
    return reportValue(input, value, value?.length === sizeOf(result.shape) ? found.element : undefined);
  });
  const place = origins.of(node);
  const report = {
    op: node.op,
    index,
    shape: result.shape,
    dtype: result.dtype,
    ...(loop !== undefined && place.layer === undefined ? origins.of(loop.node) : place),
    sources: sourcesOf(loop?.node ?? node),
    ...found,
    ...(loop === undefined ? {} : { round: loop.round }),
    inputs: own,
  };
  return { ...report, toString: () => describe(report) };
}

function reportValue(node: Node | undefined, value: TypedArray | undefined, at: number | undefined): ValueReport {
  let [min, max, nonFinite] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (const x of value ?? []) {
    if (!Number.isFinite(x)) nonFinite += 1;
    else {
      if (x < min) min = x;
      if (x > max) max = x;
    }
  }
  const some = min <= max;
  return {
    from: node === undefined ? "nothing" : nameOf(node),
    shape: node?.shape ?? [],
    dtype: node?.dtype ?? "",
    min: some ? min : undefined,
    max: some ? max : undefined,
    nonFinite,
    ...(at === undefined ? {} : { at: value?.[at] }),
  };
}

function nameOf(node: Node): string {
  switch (node.op) {
    case "input":
      return node.params.name;
    case "variable":
      return node.params.variable.name;
    case "literal":
    case "scalar":
      return `${node.params.value}`;
    default:
      return node.op;
  }
}

/** Arguments and variables upstream, by distance; five at most. */
function sourcesOf(node: Node): string[] {
  const names: string[] = [];
  let front: readonly Node[] = [node];
  const seen = new Set<Node>(front);
  while (front.length > 0 && names.length < 5) {
    const next: Node[] = [];
    for (const one of front) {
      if (one.op === "input" || one.op === "variable") names.push(nameOf(one));
      for (const input of one.inputs) {
        if (seen.has(input)) continue;
        seen.add(input);
        next.push(input);
      }
    }
    front = next;
  }
  return names.slice(0, 5);
}

function describe(report: Omit<OpReport, "toString">): string {
  const { op, index, shape, dtype, sources, element, value, expected, bound, round, inputs } = report;
  const when = round === undefined ? "" : `, round ${round} of a loop`;
  const lines = [
    `${op}${describePlace(report)} (op ${index}${when}), ${dtype}${formatShape(shape)}: element ${element} is ${value}`,
  ];
  if (expected !== undefined) lines[0] += ` where the interpreter gives ${expected}, off by at most ${bound ?? 0}`;
  inputs.forEach((input, i) => {
    lines.push(`  input ${i}: ${describeValue(input)}`);
  });
  if (sources.length > 0) lines.push(`  made from ${sources.join(", ")}`);
  return lines.join("\n");
}

function describeValue({ from, shape, dtype, min, max, nonFinite, at }: ValueReport): string {
  const range = min === undefined ? "no finite element" : min === max ? `${min}` : `${min} to ${max}`;
  const bad = nonFinite === 0 ? "" : `, ${nonFinite} not finite`;
  return `${from} ${dtype}${formatShape(shape)}, ${range}${bad}${at === undefined ? "" : `; there ${at}`}`;
}

/** The first NaN or infinity among floats. */
export function firstNonFiniteElement(value: TypedArray | undefined, node: Node): number | undefined {
  if (value === undefined || !isFloat(node.dtype)) return undefined;
  const at = value.findIndex((x: number) => !Number.isFinite(x));
  return at < 0 ? undefined : at;
}

/** The nodes of a program with one result each, in order. */
export function singles(outputs: readonly Node[]): Node[] {
  return topological(outputs).filter((node) => node.outputs === undefined);
}
