/** Terms as loop-IR expressions: addresses, vectors and what is computed once outside the innermost loop. */
import { elementBytes } from "../../base/dtype.js";
import { InternalError } from "../../base/errors.js";
import type { Node } from "../../graph/node.js";
import type { Affine } from "../affine.js";
import {
  addInt,
  type Builder,
  binary,
  cast,
  constant,
  int,
  load,
  mulInt,
  select,
  splat,
  withLane,
} from "../builder.js";
import { type Expr, f64, i32, type Scalar } from "../ir.js";
import { allTerms, ownAffine, type Term, termInputs } from "../terms.js";
import { lowerElementwise, lowerThreefry, scalarOf } from "./elementwise.js";

/** Byte addresses of what is in memory. */
export interface Places {
  of(node: Node): { readonly base: Expr; readonly offset: number };
  /** Where to note that an index was out of range: an i32 that holds the number of the check, 0 if all were good. */
  readonly status: { readonly base: Expr; readonly offset: number };
  /** The number of the check that ends the program with this error. */
  checkNumber(error: string): number;
}

/** For each term, whether it changes along loop `inner`. What a kernel has computed itself does. */
export function variation(inner: number | undefined): (term: Term) => boolean {
  const memo = new Map<Term, boolean>();
  const varies = (term: Term): boolean => {
    const known = memo.get(term);
    if (known !== undefined) return known;
    const own = ownAffine(term);
    let result =
      inner !== undefined && (term.kind === "result" || (own !== undefined && (own.strides[inner] ?? 0) !== 0));
    for (const input of termInputs(term)) result = varies(input) || result;
    memo.set(term, result);
    return result;
  };
  return varies;
}

/**
 * Lanes in which `outputs` can be computed along loop `inner`: the values that vary must be equally wide; the others are computed once and
 * repeated. Results of 32 bits from 64-bit vectors are not stored.
 */
export function kernelLanes(outputs: readonly Term[], inner: number): number {
  const varies = variation(inner);
  let has64 = false;
  let has32 = outputs.some((t) => t.dtype !== "float64" && t.dtype !== "bool");
  for (const term of allTerms(outputs)) {
    if (!varies(term)) continue;
    if (term.dtype === "float64") has64 = true;
    else if (term.dtype !== "bool" || term.kind === "load" || term.kind === "gather") has32 = true;
    if (term.kind === "gather" || term.kind === "threefry") has32 = true;
    if (term.kind === "op" && term.args.some((x) => x.dtype === "float64" && !varies(x))) has64 = true;
  }
  if (outputs.some((t) => t.dtype === "float64")) has64 = true;
  if (!has64) return 4;
  return has32 || outputs.some((t) => t.dtype === "bool") ? 1 : 2;
}

/** An address moved by `bytes`: forwards by way of the constant offset, backwards in the sum itself. */
function step(address: Expr, offset: number, bytes: number): { readonly address: Expr; readonly offset: number } {
  return bytes < 0 ? { address: addInt(address, int(bytes)), offset } : { address, offset: offset + bytes };
}

export class TermEmitter {
  private readonly b: Builder;
  private readonly places: Places;
  /** Element index of each loop; that of the inner loop is given to `at`. */
  private readonly indices: readonly Expr[];
  private readonly inner: number | undefined;
  readonly lanes: number;
  /** Values that do not vary along the inner loop, and byte addresses up to it. */
  private readonly outside = new Map<Term, Expr>();
  private readonly pointers = new Map<Term, { readonly pointer: Expr; readonly offset: number }>();
  private readonly inside = new Map<Term, Expr>();
  private readonly results = new Map<Node, Expr>();
  private readonly varies: (term: Term) => boolean;
  private innerIndex: Expr = int(0);

  constructor(b: Builder, places: Places, indices: readonly Expr[], inner: number | undefined, lanes: number) {
    this.b = b;
    this.places = places;
    this.indices = indices;
    this.inner = inner;
    this.lanes = lanes;
    this.varies = variation(inner);
  }

  /** The value of a reduction or product that the kernel holds; vectors along the inner loop. */
  bindResult(node: Node, value: Expr): void {
    this.results.set(node, value);
  }

  /** Emits, before the inner loop, what need not be in it. */
  hoist(terms: readonly Term[]): void {
    for (const term of allTerms(terms)) {
      if (this.varies(term)) {
        if (term.kind === "load" || term.kind === "gather") this.pointer(term);
        for (const input of termInputs(term)) if (!this.varies(input)) this.outsideValue(input);
      }
    }
    for (const term of terms) if (!this.varies(term)) this.outsideValue(term);
  }

  /** Starts the element at `index` of the inner loop (with `lanes` − 1 more behind it). */
  at(index: Expr): void {
    this.innerIndex = index;
    this.inside.clear();
  }

  value(term: Term): Expr {
    if (!this.varies(term)) return this.widen(this.outsideValue(term));
    let value = this.inside.get(term);
    if (value === undefined) {
      value = this.b.let(this.compute(term, this.lanes, (t) => this.value(t)));
      this.inside.set(term, value);
    }
    return value;
  }

  /** Byte address of element `at` of a place, the inner loop included. */
  address(node: Node, at: Affine): { readonly address: Expr; readonly offset: number } {
    const bytes = elementBytes(node.dtype);
    const { base, offset } = this.origin(node, at, bytes);
    const pointer = this.outerAddress(base, at, bytes);
    return { address: this.addInner(pointer, at, bytes), offset };
  }

  /**
   * Where an affine access starts. Where a stride is negative the distance from the origin is, so that the constant part must be in the
   * run-time sum: as an immediate it would be added to a number taken as unsigned.
   */
  private origin(node: Node, at: Affine, bytes: number): { readonly base: Expr; readonly offset: number } {
    const { base, offset } = this.places.of(node);
    const total = offset + at.offset * bytes;
    return at.strides.some((stride) => stride < 0)
      ? { base: addInt(base, int(total)), offset: 0 }
      : { base, offset: total };
  }

  private addInner(pointer: Expr, at: Affine, bytes: number): Expr {
    const stride = this.inner === undefined ? 0 : (at.strides[this.inner] ?? 0);
    return stride === 0 ? pointer : addInt(pointer, mulInt(this.innerIndex, int(stride * bytes)));
  }

  private outerAddress(base: Expr, at: Affine, bytes: number): Expr {
    let address = base;
    at.strides.forEach((stride, d) => {
      const index = this.indices[d];
      if (d === this.inner || stride === 0 || index === undefined) return;
      address = addInt(address, mulInt(index, int(stride * bytes)));
    });
    return address;
  }

  private pointer(term: Term & { readonly kind: "load" | "gather" }): {
    readonly pointer: Expr;
    readonly offset: number;
  } {
    let found = this.pointers.get(term);
    if (found === undefined) {
      const bytes = elementBytes(term.dtype);
      const { base, offset } = this.origin(term.source, term.at, bytes);
      found = { pointer: this.b.let(this.outerAddress(base, term.at, bytes), "p"), offset };
      this.pointers.set(term, found);
    }
    return found;
  }

  private outsideValue(term: Term): Expr {
    let value = this.outside.get(term);
    if (value === undefined) {
      value = this.b.let(this.compute(term, 1, (t) => this.outsideValue(t)));
      this.outside.set(term, value);
    }
    return value;
  }

  private widen(value: Expr): Expr {
    if (value.type.lanes === this.lanes) return value;
    if (value.type.scalar !== "bool") return splat(value, this.lanes);
    // Masks widen through numbers of the lanes' width.
    const scalar: Scalar = this.lanes === 2 ? "f64" : "i32";
    const number = splat(this.b.let(cast({ scalar, lanes: 1 }, value)), this.lanes);
    return binary("ne", number, constant(number.type, 0));
  }

  private compute(term: Term, lanes: number, value: (t: Term) => Expr): Expr {
    switch (term.kind) {
      case "constant":
        return constantOf(term, lanes);
      case "result": {
        const result = this.results.get(term.node);
        if (result === undefined) throw new InternalError(`lowering: ${term.node.op} has no value yet`);
        return result;
      }
      case "op":
        return lowerElementwise(this.b, term.args.map(value), term.node);
      case "index":
        return this.indexValue(term.at, term.dtype, lanes);
      case "load": {
        const stride = lanes === 1 || this.inner === undefined ? 1 : (term.at.strides[this.inner] ?? 0);
        const { pointer, offset } = this.pointer(term);
        const bytes = elementBytes(term.dtype);
        if (stride === 1) return this.fetch(term, this.addInner(pointer, term.at, bytes), offset, lanes);
        return this.fetchLanes(term, lanes, (i) =>
          step(this.addInner(pointer, term.at, bytes), offset, i * stride * bytes),
        );
      }
      case "gather":
        return this.gather(term, lanes, value);
      case "threefry": {
        const [low, high] = this.counter(term.counter, lanes);
        return lowerThreefry(this.b, value(term.key[0]), value(term.key[1]), low, high);
      }
    }
  }

  private memoryType(term: Term, lanes: number): { readonly scalar: Scalar; readonly lanes: number } {
    const scalar = scalarOf(term.dtype);
    return { scalar: scalar === "bool" ? "i32" : scalar, lanes };
  }

  private fetch(term: Term, address: Expr, offset: number, lanes: number): Expr {
    const value = load(this.memoryType(term, lanes), address, offset);
    return term.dtype === "bool" ? binary("ne", value, constant(value.type, 0)) : value;
  }

  private fetchLanes(term: Term, lanes: number, at: (lane: number) => { address: Expr; offset: number }): Expr {
    let vector: Expr = constant(this.memoryType(term, lanes), 0);
    for (let i = 0; i < lanes; i += 1) {
      const { address, offset } = at(i);
      vector = withLane(vector, i, load(this.memoryType(term, 1), this.b.let(address), offset));
    }
    return term.dtype === "bool" ? binary("ne", this.b.let(vector), constant(vector.type, 0)) : vector;
  }

  private gather(term: Term & { readonly kind: "gather" }, lanes: number, value: (t: Term) => Expr): Expr {
    const bytes = elementBytes(term.dtype);
    const { pointer, offset } = this.pointer(term);
    const rowVaries = lanes > 1 && this.varies(term.row);
    const innerStride = this.inner === undefined ? 0 : (term.at.strides[this.inner] ?? 0);
    const rowAddress = (row: Expr): Expr => {
      const checked = this.checkRow(this.b.let(row), term);
      return this.b.let(addInt(this.addInner(pointer, term.at, bytes), mulInt(checked, int(term.rowSize * bytes))));
    };
    if (!rowVaries) {
      const row = this.varies(term.row) ? value(term.row) : this.outsideValue(term.row);
      const address = rowAddress(row);
      if (lanes === 1 || innerStride === 1) return this.fetch(term, address, offset, lanes);
      return this.fetchLanes(term, lanes, (i) => step(address, offset, i * innerStride * bytes));
    }
    const rows = this.b.let(value(term.row));
    return this.fetchLanes(term, lanes, (i) =>
      step(rowAddress({ kind: "lane", type: i32, a: rows, index: i }), offset, i * innerStride * bytes),
    );
  }

  /** The row, or row 0 when it is out of range, which is noted for the caller of the program. */
  private checkRow(row: Expr, term: Term & { readonly kind: "gather" }): Expr {
    const outside = this.b.let(
      binary("eq", binary("ltU", row, int(term.rows)), constant({ scalar: "bool", lanes: 1 }, 0)),
    );
    this.b.if(outside, () => this.noteOutOfRange(this.places.checkNumber(term.error)));
    return this.b.let(select(outside, int(0), row));
  }

  private noteOutOfRange(check: number): void {
    this.b.store(this.places.status.base, int(check), this.places.status.offset);
  }

  private indexValue(at: Affine, dtype: Term["dtype"], lanes: number): Expr {
    const index = this.affineIndex(at, lanes);
    return cast({ scalar: scalarOf(dtype), lanes }, dtype === "float64" && lanes > 1 ? this.wide(at, lanes) : index);
  }

  /** An affine form as i32, one value a lane. */
  private affineIndex(at: Affine, lanes: number): Expr {
    let sum: Expr = int(at.offset);
    at.strides.forEach((stride, d) => {
      const index = d === this.inner ? this.innerIndex : this.indices[d];
      if (stride !== 0 && index !== undefined) sum = addInt(sum, mulInt(index, int(stride)));
    });
    if (lanes === 1) return sum;
    const step = this.inner === undefined ? 0 : (at.strides[this.inner] ?? 0);
    let lanesOf: Expr = constant({ scalar: "i32", lanes }, 0);
    for (let i = 1; i < lanes; i += 1) lanesOf = withLane(lanesOf, i, int(i * step));
    return binary("add", splat(sum, lanes), lanesOf);
  }

  /** An affine form as f64, one value a lane. */
  private wide(at: Affine, lanes: number): Expr {
    const step = this.inner === undefined ? 0 : (at.strides[this.inner] ?? 0);
    const first = splat(this.b.let(cast(f64, this.affineIndex(at, 1))), lanes);
    let lanesOf: Expr = constant({ scalar: "f64", lanes }, 0);
    for (let i = 1; i < lanes; i += 1) lanesOf = withLane(lanesOf, i, constant(f64, i * step));
    return binary("add", first, lanesOf);
  }

  /** Low and high words of a counter; memory ends long before the high word is needed. */
  private counter(at: Affine, lanes: number): [Expr, Expr] {
    const low = this.b.let(this.affineIndex(at, lanes));
    return [low, constant(low.type, 0)];
  }
}

function constantOf(term: Term & { readonly kind: "constant" }, lanes: number): Expr {
  return constant(
    { scalar: scalarOf(term.dtype), lanes },
    term.dtype === "bool" ? (term.value !== 0 ? 1 : 0) : term.value,
  );
}
