/**
 * Where the nodes of a trace come from, remembered while a tool looks for the origin of a NaN or infinity and only then. Ids of nodes grow, so all
 * that was made while something ran lies between the id at its start and the one at its end.
 */
import { lastNodeId, type Node } from "./node.js";

export type Origin =
  /** Made while a method of the module at this path ran. */
  | { readonly kind: "layer"; readonly path: string }
  | { readonly kind: "part"; readonly part: "loss" | "update" }
  /** Made by the derivative rule of another node. */
  | { readonly kind: "derivative"; readonly of: Node }
  /** Another node over other inputs. */
  | { readonly kind: "copy"; readonly of: Node };

/** Where an op stands in what the user wrote. */
export interface Place {
  /** The dotted path of the module whose code made the op, "" for the network itself; undefined outside of every module. */
  readonly layer: string | undefined;
  /** What the op belongs to; "outside" where there are layers and it is in none of them; undefined where nothing is known. */
  readonly part: "network" | "loss" | "update" | "outside" | undefined;
  /** Of an op that differentiates another: that other one. `layer` and `part` are then those of the other. */
  readonly derivativeOf: string | undefined;
}

interface Span {
  readonly after: number;
  readonly last: number;
  readonly origin: Origin;
}

/** Spans in the order of their ends: inner ones stand before those around them. */
let recording: Span[] | undefined;

export function recordingOrigins(): boolean {
  return recording !== undefined;
}

/** While origins are recorded: all nodes with ids above `after` come from `origin`, unless something inside of it has claimed them before. */
export function noteOrigin(after: number, origin: Origin): void {
  const last = lastNodeId();
  if (last > after) recording?.push({ after, last, origin });
}

/** Runs `body`, which traces, and tells where its nodes come from. */
export function recordOrigins<T>(body: () => T): { readonly result: T; readonly origins: Origins } {
  const outer = recording;
  const spans: Span[] = [];
  recording = spans;
  try {
    return { result: body(), origins: new Origins(spans) };
  } finally {
    recording = outer;
  }
}

export class Origins {
  readonly #spans: readonly Span[];

  constructor(spans: readonly Span[]) {
    this.#spans = spans;
  }

  of(node: Node): Place {
    for (const { after, last, origin } of this.#spans) {
      if (node.id <= after || node.id > last) continue;
      switch (origin.kind) {
        case "layer":
          return { layer: origin.path, part: "network", derivativeOf: undefined };
        case "part":
          return { layer: undefined, part: origin.part, derivativeOf: undefined };
        case "copy":
          return this.of(origin.of);
        case "derivative":
          return { ...this.of(origin.of), derivativeOf: nameOfOp(origin.of) };
      }
    }
    const layers = this.#spans.some(({ origin }) => origin.kind === "layer");
    return { layer: undefined, part: layers ? "outside" : undefined, derivativeOf: undefined };
  }
}

/** What people call the op: of a result of several, the op behind it; of a host op, the function. */
export function nameOfOp(node: Node): string {
  if (node.op === "project" && node.inputs[0] !== undefined) return nameOfOp(node.inputs[0]);
  return node.op === "host" ? node.params.op.name : node.op;
}

/** " in the derivative of log in layer layers.1"; empty where nothing is known. */
export function describePlace({ layer, part, derivativeOf }: Place): string {
  const derivative = derivativeOf === undefined ? "" : ` in the derivative of ${derivativeOf}`;
  if (layer !== undefined) return `${derivative}${layer === "" ? " in the network itself" : ` in layer ${layer}`}`;
  switch (part) {
    case "loss":
      return `${derivative} in the loss`;
    case "update":
      return `${derivative} in the optimiser's step`;
    case "outside":
      return `${derivative} outside of the layers`;
    default:
      return derivative;
  }
}
