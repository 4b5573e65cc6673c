/**
 * Graph → kernels. A *root* is a node whose value is written to memory; everything between roots is computed inside the kernels that need
 * it. A kernel computes one or more roots over one iteration space, around at most one kind of *core*: reductions over the same axes, or a matrix
 * product, whose results the roots' arithmetic consumes in registers (bias, activation, masks, scaling).
 */
import { InternalError } from "../base/errors.js";
import { type Shape, sizeOf } from "../base/shape.js";
import { type Node, project, topological } from "../graph/node.js";
import { isElementwise, type Primitive } from "../graph/primitives.js";
import { isLeafInMemory, memoryOf, NeedsMemory } from "./terms.js";

export type KernelKind = "map" | "reduce" | "matmul" | "cumulative" | "scatter" | "pad" | "concat" | "scan" | "host";

export interface Kernel {
  readonly kind: KernelKind;
  /** Nodes computed by a template rather than element by element: reductions, a product, a scan … Empty for a map. */
  readonly cores: Node[];
  /** Nodes written to memory, in an order in which they can be computed. */
  readonly roots: Node[];
}

export interface Schedule {
  readonly kernels: readonly Kernel[];
  /** Whether a value is in memory: a leaf with data, or some kernel's root. */
  readonly inMemory: (node: Node) => boolean;
}

/**
 * Schedules what `outputs` need. `prepare` dissolves a kernel's views (see terms.ts); where it cannot, the node that is in the way is put in
 * memory and the graph scheduled again.
 */
export function schedule<T>(
  outputs: readonly Node[],
  prepare: (kernel: Kernel, inMemory: (node: Node) => boolean) => T,
): { readonly schedule: Schedule; readonly prepared: readonly T[] } {
  const forced = new Set<Node>();
  for (const node of outputs) if (!isLeafInMemory(memoryOf(node))) forced.add(memoryOf(node));
  const order = topological(outputs);
  for (let attempt = 0; attempt <= order.length; attempt += 1) {
    const result = new Scheduler(order, forced).run();
    try {
      return { schedule: result, prepared: result.kernels.map((k) => prepare(k, result.inMemory)) };
    } catch (error) {
      if (!(error instanceof NeedsMemory)) throw error;
      const node = memoryOf(error.node);
      if (forced.has(node))
        throw new InternalError(`schedule: node ${node.id} (${node.op}) is in memory and still in the way`);
      forced.add(node);
    }
  }
  throw new InternalError("schedule: no end");
}

const reductions: ReadonlySet<Primitive> = new Set<Primitive>([
  "sum",
  "prod",
  "reduceMax",
  "reduceMin",
  "argmax",
  "argmin",
]);
const coreKinds: Partial<Record<Primitive, KernelKind>> = {
  sum: "reduce",
  prod: "reduce",
  reduceMax: "reduce",
  reduceMin: "reduce",
  argmax: "reduce",
  argmin: "reduce",
  matmul: "matmul",
  cumsum: "cumulative",
  cumprod: "cumulative",
  scatterAdd: "scatter",
  scatterSet: "scatter",
  pad: "pad",
  concat: "concat",
  scan: "scan",
  host: "host",
};

/** Arithmetic that may be repeated rather than stored, in units of an addition. */
const repeatable = 3;
/** More arithmetic than this goes into several kernels. */
const largest = 160;
/** Results that one kernel may write. */
const widest = 8;

const expensive: Partial<Record<Primitive, number>> = {
  div: 4,
  sqrt: 4,
  floorDiv: 8,
  mod: 12,
  exp: 12,
  expm1: 16,
  log: 14,
  log1p: 16,
  sin: 20,
  cos: 20,
  tan: 25,
  asin: 20,
  acos: 20,
  atan: 20,
  sinh: 20,
  cosh: 18,
  tanh: 18,
  asinh: 25,
  acosh: 25,
  atanh: 20,
  erf: 20,
  erfc: 60,
  sigmoid: 18,
  softplus: 28,
  pow: 40,
  atan2: 25,
  threefry: 60,
  gather: 4,
};

function isView(node: Node): boolean {
  return node.op === "reshape" || node.op === "permute" || node.op === "broadcast" || node.op === "slice";
}

function isFree(node: Node): boolean {
  return isLeafInMemory(node) || node.op === "literal" || node.op === "scalar" || node.op === "iota";
}

class Scheduler {
  private readonly order: readonly Node[];
  private readonly forced: ReadonlySet<Node>;
  private readonly roots: Set<Node>;
  private readonly consumers = new Map<Node, Node[]>();
  /** Of a node that is no root: the roots whose kernels compute it. */
  private readonly owners = new Map<Node, Set<Node>>();
  /** Of a root: the reductions or the product that its kernel computes on the way. */
  private readonly fused = new Map<Node, Node[]>();
  private readonly projections = new Map<Node, Node[]>();
  private readonly costs = new Map<Node, number>();

  constructor(order: readonly Node[], forced: ReadonlySet<Node>) {
    this.order = order;
    this.forced = forced;
    this.roots = new Set(forced);
  }

  run(): Schedule {
    for (const node of this.order) for (const x of node.inputs) this.consumersOf(x).push(node);
    this.placeProjections();
    this.forceOperands();
    this.measure();
    for (let i = this.order.length - 1; i >= 0; i -= 1) {
      const node = this.order[i];
      if (node !== undefined) this.decide(node);
    }
    const kernels = this.formKernels();
    this.dropUnread(kernels, this.forced);
    return { kernels, inMemory: (node) => isLeafInMemory(node) || this.roots.has(node) };
  }

  private consumersOf(node: Node): Node[] {
    let list = this.consumers.get(node);
    if (list === undefined) {
      list = [];
      this.consumers.set(node, list);
    }
    return list;
  }

  /** Every result of a scan or host node gets a place, used or not. */
  private placeProjections(): void {
    for (const node of this.order) {
      if (node.outputs === undefined) continue;
      const existing = this.consumersOf(node);
      this.projections.set(
        node,
        node.outputs.map(
          (_, index) => existing.find((p) => p.op === "project" && p.params.index === index) ?? project(node, index),
        ),
      );
    }
    for (const list of this.projections.values()) for (const p of list) this.roots.add(p);
  }

  /** What templates read must be in memory. */
  private forceOperands(): void {
    const force = (node: Node): void => {
      const place = memoryOf(node);
      if (!isLeafInMemory(place)) this.roots.add(place);
    };
    for (const node of this.order) {
      if (node.op === "matmul") {
        for (const operand of node.inputs) {
          let base = operand;
          while (isView(base)) base = base.inputs[0] ?? base;
          force(base);
        }
      } else if (node.op === "gather" && node.inputs[0] !== undefined) force(node.inputs[0]);
      else if (node.op === "scan" || node.op === "host") node.inputs.forEach(force);
    }
  }

  private decide(node: Node): void {
    if (isFree(node) || node.outputs !== undefined) return;
    const owners = new Set<Node>();
    for (const c of this.consumersOf(node)) {
      if (this.roots.has(c) || c.outputs !== undefined) owners.add(c);
      else for (const o of this.owners.get(c) ?? []) owners.add(o);
    }
    if (this.roots.has(node)) return;
    const core = coreKinds[node.op];
    if (core !== undefined) {
      const owner = owners.size === 1 ? [...owners][0] : undefined;
      if (owner !== undefined && this.fuses(node, core, owner)) {
        this.fused.set(owner, [...(this.fused.get(owner) ?? []), node]);
        this.owners.set(node, owners);
      } else this.roots.add(node);
      return;
    }
    const cost = this.cost(node);
    const stretched = this.consumersOf(node).some((c) => c.op === "broadcast");
    const repeated = (owners.size > 1 && cost > repeatable * (owners.size > 2 ? 0.5 : 1)) || (stretched && cost > 1);
    if (!isView(node) && repeated) this.roots.add(node);
    else this.owners.set(node, owners);
  }

  /** Whether `core` can be computed inside the kernel of `owner`: read in its order only, beside nothing but its like. */
  private fuses(core: Node, kind: KernelKind, owner: Node): boolean {
    if (kind !== "reduce" && kind !== "matmul") return false;
    if (core.op === "argmax" || core.op === "argmin") return false;
    if (coreKinds[owner.op] !== undefined || owner.op === "project" || owner.outputs !== undefined) return false;
    if (sizeOf(owner.shape) !== sizeOf(core.shape)) return false;
    const others = this.fused.get(owner) ?? [];
    if (!others.every((o) => sameReduction(o, core))) return false;
    // Every way from the owner to the core must keep the owner's order.
    const seen = new Map<Node, boolean>();
    const visit = (node: Node, inOrder: boolean): boolean => {
      if (node === core) return inOrder;
      const before = seen.get(node);
      if (before === false || before === inOrder || (node !== owner && this.roots.has(node))) return true;
      seen.set(node, inOrder);
      const keeps = isElementwise(node.op) || node.op === "reshape";
      return node.inputs.every((x) => visit(x, inOrder && keeps));
    };
    return visit(owner, true);
  }

  /** Arithmetic to compute one element of each node inside a kernel; what grows too large is cut by a root. */
  private measure(): void {
    for (const node of this.order) {
      let cost = isFree(node) || isView(node) ? 0 : (expensive[node.op] ?? 1);
      for (const x of node.inputs) if (!this.roots.has(x) && coreKinds[x.op] === undefined) cost += this.cost(x);
      if (cost > largest && !isView(node)) this.roots.add(node);
      this.costs.set(node, cost);
    }
  }

  private cost(node: Node): number {
    return this.costs.get(node) ?? 0;
  }

  private formKernels(): Kernel[] {
    const kernels: Kernel[] = [];
    const kernelOf = new Map<Node, number>();
    for (const node of this.scalarsFirst()) {
      if (node.outputs !== undefined) {
        const roots = this.projections.get(node) ?? [];
        kernels.push({ kind: node.op === "scan" ? "scan" : "host", cores: [node], roots: [...roots] });
        for (const p of roots) kernelOf.set(p, kernels.length - 1);
        continue;
      }
      if (!this.roots.has(node) || node.op === "project") continue;
      const own = coreKinds[node.op];
      const cores = own === undefined ? (this.fused.get(node) ?? []) : [node];
      const kind = own ?? (cores[0] === undefined ? "map" : (coreKinds[cores[0].op] ?? "map"));
      const reads = this.reads(node);
      const at = this.findKernel(kernels, kernelOf, node, kind, cores, reads);
      if (at === undefined) {
        kernels.push({ kind, cores: [...cores], roots: [node] });
        kernelOf.set(node, kernels.length - 1);
      } else {
        kernels[at]?.roots.push(node);
        kernels[at]?.cores.push(...cores);
        kernelOf.set(node, at);
      }
    }
    return kernels;
  }

  /** Single numbers that depend on nothing large go first, so that kernels which need them may join earlier ones. */
  private scalarsFirst(): Node[] {
    const early = new Set<Node>();
    for (const node of this.order) {
      const small =
        isLeafInMemory(node) ||
        (sizeOf(node.shape) === 1 && node.outputs === undefined && coreKinds[node.op] === undefined);
      if (small && node.inputs.every((x) => early.has(x) && sizeOf(x.shape) === 1)) early.add(node);
    }
    return [...this.order.filter((n) => early.has(n)), ...this.order.filter((n) => !early.has(n))];
  }

  /** Roots that only their own kernel reads stay in registers. */
  private dropUnread(kernels: readonly Kernel[], forced: ReadonlySet<Node>): void {
    const readElsewhere = new Set<Node>(forced);
    for (const kernel of kernels) {
      const own = new Set(kernel.roots);
      for (const root of [...kernel.roots, ...kernel.cores]) {
        for (const source of this.reads(root).keys()) if (!own.has(source)) readElsewhere.add(source);
        if (root.outputs !== undefined) for (const x of root.inputs) readElsewhere.add(memoryOf(x));
      }
    }
    for (const kernel of kernels) {
      if (kernel.kind === "scan" || kernel.kind === "host") continue;
      const kept = kernel.roots.filter((root) => readElsewhere.has(root));
      for (const root of kernel.roots) if (!readElsewhere.has(root)) this.roots.delete(root);
      kernel.roots.splice(0, kernel.roots.length, ...kept);
    }
  }

  /** A kernel that can compute `node` as well, after everything that it reads. */
  private findKernel(
    kernels: readonly Kernel[],
    kernelOf: ReadonlyMap<Node, number>,
    node: Node,
    kind: KernelKind,
    cores: readonly Node[],
    reads: ReadonlyMap<Node, boolean>,
  ): number | undefined {
    if (kind !== "map" && kind !== "reduce") return undefined;
    let earliest = 0;
    let producer: number | undefined;
    for (const [root, inOrder] of reads) {
      const k = kernelOf.get(root);
      if (k === undefined) continue;
      const joins = inOrder && kind === "map" && this.joins(kernels[k], node, kind, cores);
      earliest = Math.max(earliest, joins ? k : k + 1);
      if (joins) producer = Math.max(producer ?? 0, k);
    }
    if (producer !== undefined && producer >= earliest) return producer;
    for (let k = kernels.length - 1; k >= earliest; k -= 1) {
      const kernel = kernels[k];
      if (
        kernel !== undefined &&
        kernel.kind === kind &&
        this.joins(kernel, node, kind, cores) &&
        this.shares(kernel, reads)
      )
        return k;
    }
    return undefined;
  }

  private joins(kernel: Kernel | undefined, node: Node, kind: KernelKind, cores: readonly Node[]): boolean {
    if (kernel === undefined || kernel.roots.length >= widest) return false;
    const space = kernel.roots[0];
    if (space === undefined || !sameSpace(space.shape, node.shape)) return false;
    if (kind === "map") return kernel.kind === "map" || kernel.kind === "reduce" || kernel.kind === "matmul";
    const core = cores[0];
    return (
      kernel.kind === "reduce" &&
      core !== undefined &&
      kernel.cores.every((c) => sameReduction(c, core)) &&
      !isArg(core)
    );
  }

  /** Whether the kernel reads something that `reads` has too. */
  private shares(kernel: Kernel, reads: ReadonlyMap<Node, boolean>): boolean {
    return kernel.roots.some((root) => {
      for (const source of this.reads(root).keys()) if (reads.has(source)) return true;
      return false;
    });
  }

  private readonly readsMemo = new Map<Node, ReadonlyMap<Node, boolean>>();

  /** What the kernel of `root` loads, and whether only in the root's own order. */
  private reads(root: Node): ReadonlyMap<Node, boolean> {
    const known = this.readsMemo.get(root);
    if (known !== undefined) return known;
    const found = new Map<Node, boolean>();
    const seen = new Map<Node, boolean>();
    const visit = (node: Node, inOrder: boolean): void => {
      const before = seen.get(node);
      if (before === false || before === inOrder) return;
      seen.set(node, inOrder);
      if (node !== root && (isLeafInMemory(node) || this.roots.has(node))) {
        found.set(node, inOrder && (found.get(node) ?? true));
        return;
      }
      const keeps = isElementwise(node.op) || node.op === "reshape";
      for (const x of node.inputs) visit(x, inOrder && keeps);
    };
    visit(root, true);
    this.readsMemo.set(root, found);
    return found;
  }
}

function isArg(node: Node): boolean {
  return node.op === "argmax" || node.op === "argmin";
}

function sameReduction(a: Node, b: Node): boolean {
  if (!reductions.has(a.op) || !reductions.has(b.op) || isArg(a) || isArg(b)) return false;
  const [p, q] = [a.params as { readonly axes: readonly number[] }, b.params as { readonly axes: readonly number[] }];
  const [x, y] = [a.inputs[0], b.inputs[0]];
  return x !== undefined && y !== undefined && String(p.axes) === String(q.axes) && String(x.shape) === String(y.shape);
}

/** Equal but for axes of size 1. */
function sameSpace(a: Shape, b: Shape): boolean {
  return String(a.filter((d) => d !== 1)) === String(b.filter((d) => d !== 1));
}
