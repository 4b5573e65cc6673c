/** The values that a random graph is grown from: leaves, what was made so far, and ways to get an operand of a given shape out of them. */
import type { DType, TypedArray } from "../../src/base/dtype.js";
import { isFloat } from "../../src/base/dtype.js";
import { type Shape, sameShape, sizeOf } from "../../src/base/shape.js";
import { broadcastTo, cast, full, permute, reshape } from "../../src/graph/build.js";
import { make, makeBuffer, makeInput, type Node } from "../../src/graph/node.js";
import { Variable } from "../../src/runtime/variable.js";
import type { Random } from "./random.js";
import { randomValue } from "./values.js";

export interface Given {
  readonly node: Node;
  readonly value: TypedArray;
}

export interface State {
  readonly variable: Variable;
  readonly node: Node;
  readonly value: TypedArray;
}

/** What numbers are made of. */
export const numeric = (dtype: DType): boolean => dtype !== "bool";

const dims = [1, 1, 2, 2, 3, 3, 4, 5, 7, 8, 9, 16, 17, 33];
const longDims = [64, 100, 257, 300, 600, 1030, 4097, 5000];
const mostElements = 500;
/** Results beyond this are not made. */
export const hugeElements = 30_000;
/** The same where every kernel is to have several blocks. */
export const largeElements = 300_000;
const largeShapes = [[20_011], [3, 9001], [150, 131], [7, 61, 50], [1, 33_000], [16_385, 2], [129, 257], [5, 1, 9000]];

export function randomShape(random: Random, large = false): number[] {
  if (large && random.chance(0.6)) return [...random.pick(largeShapes)];
  if (random.chance(0.04)) {
    const long = random.pick(longDims);
    const other = random.pick([1, 2, 3, 4, 5]);
    return random.pick([[long], [long, other], [other, long], [1, long, other], [2, long]]);
  }
  const rank = random.pick([0, 1, 1, 2, 2, 2, 2, 3, 3, 3, 4, 5]);
  const shape: number[] = [];
  let size = 1;
  for (let i = 0; i < rank; i += 1) {
    const fitting = dims.filter((d) => d * size <= mostElements);
    const d = random.chance(0.015) ? 0 : random.pick(fitting);
    shape.push(d);
    size *= Math.max(1, d);
  }
  return random.shuffle(shape);
}

export function randomDType(random: Random): DType {
  return random.pick<DType>([
    "float32",
    "float32",
    "float32",
    "float32",
    "float64",
    "float64",
    "float64",
    "int32",
    "int32",
    "bool",
  ]);
}

export class Pool {
  readonly random: Random;
  readonly nodes: Node[] = [];
  readonly inputs: Given[] = [];
  readonly states: State[] = [];
  /** Of a body: what the graph around it has. Leaves are made there. */
  readonly outer: Pool | undefined;
  /** Whether most shapes are large. */
  readonly large: boolean;

  constructor(random: Random, outer?: Pool, large = false) {
    this.random = random;
    this.outer = outer;
    this.large = large;
  }

  /** The most elements of a value. */
  get limit(): number {
    return this.large ? largeElements : hugeElements;
  }

  add(node: Node): Node {
    if (node.outputs === undefined) this.nodes.push(node);
    return node;
  }

  /** A value that is there before the program runs. */
  leaf(shape: Shape, dtype: DType): Node {
    const { random, outer } = this;
    if (outer !== undefined && random.chance(0.8)) return this.constant(shape, dtype);
    const kind = random.uniform();
    const value = randomValue(random, dtype, sizeOf(shape));
    const holder = outer ?? this;
    if (kind < 0.15 && shape.length > 0) return holder.add(makeBuffer(shape, dtype, value));
    if (kind < 0.4) {
      const variable = new Variable(`v${holder.states.length}`, shape, dtype, value.slice());
      const node = make("variable", [], { variable });
      holder.states.push({ variable, node, value });
      return holder.add(node);
    }
    const node = makeInput(`x${holder.inputs.length}`, { shape, dtype });
    holder.inputs.push({ node, value });
    return holder.add(node);
  }

  constant(shape: Shape, dtype: DType): Node {
    const { random } = this;
    const axis = shape.findIndex((d) => d > 1);
    if (dtype !== "bool" && axis >= 0 && random.chance(0.3)) {
      const axes = shape.map((_, i) => i).filter((i) => (shape[i] ?? 0) > 0);
      return make("iota", [], { axis: random.pick(axes), shape, dtype });
    }
    const value = isFloat(dtype)
      ? random.pick([0, 0, -0, -0, 1, -1, 2, 0.5, 0.25, 3, 0.1, -7.5, 2 ** 120, 2 ** -110])
      : dtype === "int32"
        ? random.pick([0, 1, -1, 2, 3, 7, 31])
        : random.below(2);
    const rounded = dtype === "float32" ? Math.fround(value) : value;
    return full(shape, rounded, dtype);
  }

  /** Something that exists, of a dtype that `accepts`; new where there is none. */
  some(accepts: (dtype: DType) => boolean = () => true, fits: (node: Node) => boolean = () => true): Node {
    const { random } = this;
    const fitting = this.nodes.filter((n) => accepts(n.dtype) && fits(n) && sizeOf(n.shape) <= this.limit);
    if (fitting.length > 0 && !random.chance(0.1)) return random.pickLate(fitting);
    let dtype = randomDType(random);
    while (!accepts(dtype)) dtype = randomDType(random);
    let shape = randomShape(random, this.large);
    for (let i = 0; i < 40; i += 1) {
      const made = makeInput("", { shape, dtype });
      if (fits(made)) break;
      shape = randomShape(random);
    }
    const node = this.leaf(shape, dtype);
    if (!fits(node)) return this.leaf([3, 4], dtype);
    return node;
  }

  /** A node of exactly this shape and dtype, in one of many ways. */
  operand(shape: Shape, dtype: DType): Node {
    const { random } = this;
    for (let attempt = 0; attempt < 6; attempt += 1) {
      const found = this.way(random.below(8), shape, dtype);
      if (found !== undefined) return found;
    }
    return random.chance(0.15) ? this.constant(shape, dtype) : this.leaf(shape, dtype);
  }

  private way(kind: number, shape: Shape, dtype: DType): Node | undefined {
    const { random, nodes } = this;
    const pick = (fits: (n: Node) => boolean): Node | undefined => {
      const list = nodes.filter((n) => castable(n.dtype, dtype) && fits(n));
      return list.length === 0 ? undefined : cast(random.pickLate(list), dtype);
    };
    switch (kind) {
      case 0:
      case 1:
        return pick((n) => n.dtype === dtype && sameShape(n.shape, shape));
      case 2:
        return pick((n) => sameShape(n.shape, shape));
      case 3: {
        const found = pick((n) => sizeOf(n.shape) === sizeOf(shape) && sizeOf(shape) > 0 && n.shape.length > 0);
        return found === undefined ? undefined : reshape(found, shape);
      }
      case 4: {
        const found = pick((n) => stretches(n.shape, shape));
        return found === undefined ? undefined : broadcastTo(found, shape);
      }
      case 5: {
        const sorted = [...shape].sort().join();
        const found = pick((n) => n.shape.length > 1 && [...n.shape].sort().join() === sorted);
        return found === undefined ? undefined : permuteTo(random, found, shape);
      }
      case 6: {
        const same = (n: Node): boolean => n.shape.length === shape.length && shape.length > 0;
        const found = pick((n) => same(n) && n.shape.every((d, i) => d >= (shape[i] ?? 0)));
        return found === undefined ? undefined : sliceTo(random, found, shape);
      }
      default:
        return this.leafThroughView(shape, dtype);
    }
  }

  /** A leaf of another shape, and the view that makes it fit. */
  private leafThroughView(shape: Shape, dtype: DType): Node | undefined {
    const { random } = this;
    if (shape.length === 0) return undefined;
    switch (random.below(4)) {
      case 0: {
        const permutation = random.shuffle(shape.map((_, i) => i));
        const source = new Array<number>(shape.length).fill(0);
        permutation.forEach((from, to) => {
          source[from] = shape[to] ?? 0;
        });
        return permute(this.leaf(source, dtype), permutation);
      }
      case 1:
        return broadcastTo(
          this.leaf(
            shape.map((d) => (random.chance(0.5) ? 1 : d)),
            dtype,
          ),
          shape,
        );
      case 2: {
        const source = shape.map((d) => d * random.pick([1, 1, 2]) + random.pick([0, 0, 1, 3]));
        if (sizeOf(source) > this.limit) return undefined;
        return sliceTo(random, this.leaf(source, dtype), shape);
      }
      default:
        return this.constant(shape, dtype);
    }
  }
}

/** Floats become integers in the elementwise cast only: here it would hide what is compared. */
function castable(from: DType, to: DType): boolean {
  return from === to || (isFloat(to) && from !== "bool") || (to === "int32" && from === "bool") || isFloat(to);
}

function stretches(from: Shape, to: Shape): boolean {
  const extra = to.length - from.length;
  return extra >= 0 && !sameShape(from, to) && from.every((d, i) => d === 1 || d === to[i + extra]);
}

function permuteTo(random: Random, x: Node, shape: Shape): Node {
  const free = random.shuffle(x.shape.map((_, i) => i));
  const permutation = shape.map((d) => {
    const at = free.findIndex((axis) => x.shape[axis] === d);
    return free.splice(at, 1)[0] ?? 0;
  });
  return permute(x, permutation);
}

/** A random window of `shape` in x: any start, steps up to 3 of either sign. */
export function sliceTo(random: Random, x: Node, size: Shape): Node {
  const start: number[] = [];
  const step: number[] = [];
  size.forEach((n, i) => {
    const d = x.shape[i] ?? 0;
    let by = random.pick([1, 1, 1, 2, 3, -1, -1, -2]);
    if ((n - 1) * Math.abs(by) >= d) by = Math.sign(by);
    const reach = n === 0 ? 0 : (n - 1) * Math.abs(by);
    const low = n === 0 ? 0 : random.below(d - reach);
    start.push(by > 0 ? low : low + reach);
    step.push(by);
  });
  return make("slice", [x], { start, size, step });
}
