/**
 * Run-time-size kernels over the program memory, for linear algebra and whatever else runs outside compiled programs.
 *
 * `withWorkspace(dtype, (w) => …)` gives a place to compute: `w.load(data, m, n)` copies an array in, `w.zeros`, `w.matrix` make others,
 * `w.read(matrix)` copies out; everything is released when the function returns, and no view of the memory leaves it. A `Matrix` is an address
 * with sizes and strides in elements; `block`, `transposed`, `reversed` and the like are views and cost nothing. A vector is a matrix of
 * one column (or row, for `dot`, `axpy` and the like: `line` accepts both). The methods of `Workspace` are the level-1 to level-3 operations,
 * all in place on views of any strides (fast when one of the two is 1):
 *
 *   gemm(α, A, B, C)        C ← C + α A B         gemmInto(α, A, B, C)   C ← α A B
 *   gemv(α, A, x, y)        y ← y + α A x         ger(α, x, y, A)        A ← A + α x yᵀ
 *   syrk(α, A, C)           C ← C + α A Aᵀ, of which only the lower triangle counts afterwards
 *   solveLower(L, B, unit)  B ← L⁻¹ B             solveUpper(U, B, unit) B ← U⁻¹ B
 *       (transposed and from the right by views: X L = B is Lᵀ Xᵀ = Bᵀ, solveUpper(L.transposed(), B.transposed()))
 *   dot, norm, axpy, scale, rotate, maxAbs, copy, fill, swapRows
 *   choleskyLeaf, luPanel, qrPanel                the panels of the factorisations
 *   reflector(x), applyReflector(v, τ, A)         one Householder reflector, A ← (I − τ v vᵀ) A
 *   get, set, values(vector), assign(vector, …)   single elements, vectors as JavaScript arrays
 *
 * The code is compiled on first need, once for each dtype and memory.
 */

import { allocate, elementBytes, type FloatDType, type TypedArray } from "../base/dtype.js";
import { InternalError } from "../base/errors.js";
import { panelColumns, panelScratch } from "../compiler/templates/linalg-lu.js";
import { sweepWords } from "../compiler/templates/linalg-rotations.js";
import { trsmLeaf } from "../compiler/templates/linalg-triangular.js";
import { allocateBlock, currentMemory, type Kernels, kernelsFor } from "./kernel-code.js";
import type { KernelName } from "./kernel-families.js";
import { threadsOf } from "./kernel-team.js";
import { fits, type Integers, line, Matrix } from "./matrix-view.js";
import type { ProgramMemory } from "./memory.js";
import { type Part, sharedProduct, sharedSweep } from "./sharing.js";

export { panelColumns } from "../compiler/templates/linalg-lu.js";
export { type Integers, Matrix } from "./matrix-view.js";

/** Rows of a diagonal block that `choleskyLeaf` should be given at most: it is not vectorised across rows. */
export const choleskyLeafRows = 24;
/** Side of the squares in which `syrk` computes both halves. */
const syrkLeaf = 48;

export interface LargestElement {
  /** max |aᵢⱼ|; NaN when any element is, 0 when there are none. */
  readonly value: number;
  /** Where it stands; of NaN no matter. */
  readonly row: number;
  readonly column: number;
}

/** Runs `body` with a place to compute in; what it allocates is released when it returns or throws. */
export function withWorkspace<T>(dtype: FloatDType, body: (workspace: Workspace) => T): T {
  const workspace = new Workspace(dtype);
  try {
    return body(workspace);
  } finally {
    workspace.release();
  }
}

export class Workspace {
  readonly dtype: FloatDType;
  private readonly memory: ProgramMemory;
  private readonly kernels: Kernels;
  private readonly bytes: number;
  private readonly blocks: number[] = [];

  constructor(dtype: FloatDType) {
    this.dtype = dtype;
    this.memory = currentMemory();
    this.kernels = kernelsFor(this.memory, dtype);
    this.bytes = elementBytes(dtype);
  }

  /** Gives all memory back; matrices of this workspace mean nothing afterwards. */
  release(): void {
    for (const block of this.blocks) this.memory.release(block);
    this.blocks.length = 0;
    if (this.scratchAddress !== 0) this.memory.release(this.scratchAddress);
    this.scratchAddress = 0;
    this.scratchRows = 0;
  }

  /** Runs `body`; what it allocates is released when it returns. */
  inside<T>(body: () => T): T {
    const before = this.blocks.length;
    try {
      return body();
    } finally {
      for (const block of this.blocks.splice(before)) this.memory.release(block);
    }
  }

  /** A new matrix, row-major, holding whatever was there. */
  matrix(rows: number, columns: number, rowStep: number = columns): Matrix {
    return new Matrix(this.allocate(rows * rowStep * this.bytes), rows, columns, rowStep, 1, this.bytes);
  }

  /**
   * A new row-major matrix of which the rows do not all fall on the same few cache lines: walking down a column of a matrix whose row length is a
   * multiple of a large power of two is slow.
   */
  spread(rows: number, columns: number): Matrix {
    const perLine = 64 / this.bytes;
    const lines = Math.ceil(columns / perLine);
    return this.matrix(rows, columns, (lines % 2 === 0 ? lines + 1 : lines) * perLine);
  }

  zeros(rows: number, columns: number): Matrix {
    const m = this.matrix(rows, columns);
    this.memory.u8.fill(0, m.address, m.address + rows * columns * this.bytes);
    return m;
  }

  vector(length: number): Matrix {
    return this.matrix(length, 1);
  }

  /** A row-major array as a new matrix. */
  load(data: TypedArray | readonly number[], rows: number, columns: number): Matrix {
    const m = this.matrix(rows, columns);
    if (data.length !== rows * columns)
      throw new InternalError(`${data.length} values for a ${rows} × ${columns} matrix`);
    this.view().set(data, m.address / this.bytes);
    return m;
  }

  /** A row-major array over what a matrix without gaps holds. */
  write(data: TypedArray, m: Matrix): void {
    fits("write", m.columnStep === 1 && m.rowStep === m.columns && data.length === m.rows * m.columns);
    this.view().set(data, m.address / this.bytes);
  }

  integers(length: number): Integers {
    return { address: this.allocate(length * 4), length };
  }

  loadIntegers(values: Int32Array): Integers {
    const list = this.integers(values.length);
    this.memory.i32.set(values, list.address >>> 2);
    return list;
  }

  readIntegers(list: Integers): Int32Array {
    return this.memory.i32.slice(list.address >>> 2, (list.address >>> 2) + list.length);
  }

  /** A copy of the elements, row-major. */
  read(m: Matrix): Float32Array | Float64Array {
    const { rows, columns, bytes } = this.plain(m);
    const size = rows * columns;
    if (size === 0) return this.empty(0);
    if (m.columnStep === 1 && (m.rowStep === columns || rows === 1))
      return this.view().slice(m.address / bytes, m.address / bytes + size);
    return this.inside(() => {
      const copy = this.matrix(rows, columns);
      this.copy(m, copy);
      return this.view().slice(copy.address / bytes, copy.address / bytes + size);
    });
  }

  get(m: Matrix, i: number, j: number): number {
    return this.view()[m.at(i, j) / this.bytes] ?? Number.NaN;
  }

  set(m: Matrix, i: number, j: number, value: number): void {
    this.view()[m.at(i, j) / this.bytes] = value;
  }

  /** The elements of a vector as a fresh array. */
  values(vector: Matrix): Float32Array | Float64Array {
    const { address, length, step } = line(vector);
    const view = this.view();
    const result = this.empty(length);
    let at = address / this.bytes;
    for (let i = 0; i < length; i += 1) {
      result[i] = view[at] ?? Number.NaN;
      at += step;
    }
    return result;
  }

  assign(vector: Matrix, values: ArrayLike<number>): void {
    const { address, length, step } = line(vector);
    const view = this.view();
    let at = address / this.bytes;
    for (let i = 0; i < length; i += 1) {
      view[at] = values[i] ?? Number.NaN;
      at += step;
    }
  }

  /** C ← C + α A B */
  gemm(alpha: number, a: Matrix, b: Matrix, c: Matrix): void {
    this.product(alpha, a, b, c, 1);
  }

  /** C ← α A B */
  gemmInto(alpha: number, a: Matrix, b: Matrix, c: Matrix): void {
    this.product(alpha, a, b, c, 0);
  }

  private product(alpha: number, a: Matrix, b: Matrix, c: Matrix, accumulate: number): void {
    fits("gemm", a.rows === c.rows && b.columns === c.columns && a.columns === b.rows);
    if (c.rows === 0 || c.columns === 0 || (accumulate === 1 && a.columns === 0)) return;
    if (c.columns === 1) {
      this.vectorProduct(alpha, a, b, c, accumulate);
      return;
    }
    if (c.rows === 1) {
      this.vectorProduct(alpha, b.transposed(), a.transposed(), c.transposed(), accumulate);
      return;
    }
    const { scratch } = this.kernels;
    const args = (rows: number, columns: number, a0: number, b0: number, c0: number, own: number): number[] => [
      rows,
      columns,
      a.columns,
      a0,
      a.rowStep,
      a.columnStep,
      b0,
      b.rowStep,
      b.columnStep,
      c0,
      c.rowStep,
      c.columnStep,
      accumulate,
      own,
      alpha,
    ];
    const work = c.rows * c.columns * a.columns;
    const alone = (): void => this.call("gemm", ...args(c.rows, c.columns, a.address, b.address, c.address, scratch));
    if (!this.sharable(work, sharedProduct)) alone();
    else if (c.rows >= c.columns) {
      const part: Part = (i, count, own) => args(count, c.columns, a.at(i, 0), b.address, c.at(i, 0), own);
      this.shared("gemm", work, sharedProduct, c.rows, part, alone);
    } else {
      const part: Part = (j, count, own) => args(c.rows, count, a.address, b.at(0, j), c.at(0, j), own);
      this.shared("gemm", work, sharedProduct, c.columns, part, alone);
    }
  }

  /** y ← y + α A x */
  gemv(alpha: number, a: Matrix, x: Matrix, y: Matrix): void {
    this.vectorProduct(alpha, a, x, y, 1);
  }

  private vectorProduct(alpha: number, a: Matrix, x: Matrix, y: Matrix, accumulate: number): void {
    const [from, to] = [line(x), line(y)];
    fits("gemv", a.rows === to.length && a.columns === from.length);
    if (a.rows === 0 || (accumulate === 1 && a.columns === 0)) return;
    if (!this.sharable(a.rows * a.columns, sharedSweep)) {
      const [p, q] = [from.address, to.address];
      this.call(
        "gemv",
        a.rows,
        a.columns,
        a.address,
        a.rowStep,
        a.columnStep,
        p,
        from.step,
        q,
        to.step,
        accumulate,
        alpha,
      );
      return;
    }
    const part: Part = (i, count) => [
      count,
      a.columns,
      a.at(i, 0),
      a.rowStep,
      a.columnStep,
      from.address,
      from.step,
      to.address + i * to.step * this.bytes,
      to.step,
      accumulate,
      alpha,
    ];
    this.shared("gemv", a.rows * a.columns, sharedSweep, a.rows, part);
  }

  /** C ← C + α A Aᵀ. Only C's lower triangle counts: parts of the upper one are overwritten. */
  syrk(alpha: number, a: Matrix, c: Matrix): void {
    const n = c.rows;
    if (n <= syrkLeaf) {
      this.gemm(alpha, a, a.transposed(), c);
      return;
    }
    const half = halfOf(n, syrkLeaf);
    const [top, bottom] = [a.block(0, 0, half, a.columns), a.block(half, 0, n - half, a.columns)];
    this.syrk(alpha, top, c.block(0, 0, half, half));
    this.gemm(alpha, bottom, top.transposed(), c.block(half, 0, n - half, half));
    this.syrk(alpha, bottom, c.block(half, half, n - half, n - half));
  }

  /** A ← A + α x yᵀ */
  ger(alpha: number, x: Matrix, y: Matrix, a: Matrix): void {
    const [p, q] = [line(x), line(y)];
    fits("ger", p.length === a.rows && q.length === a.columns);
    const part: Part = (i, count) => [
      count,
      a.columns,
      p.address + i * p.step * this.bytes,
      p.step,
      q.address,
      q.step,
      a.at(i, 0),
      a.rowStep,
      a.columnStep,
      alpha,
    ];
    this.shared("ger", a.rows * a.columns, sharedSweep, a.rows, part);
  }

  /** B ← L⁻¹ B; what stands above L's diagonal is not read, nor its diagonal if `unit` (it counts as 1). Division by zero gives infinities. */
  solveLower(l: Matrix, b: Matrix, unit = false): void {
    const n = l.rows;
    fits("solveLower", l.columns === n && b.rows === n);
    if (n === 0 || b.columns === 0) return;
    const flag = unit ? 1 : 0;
    if (b.columns === 1) {
      this.call("trsv", n, l.address, l.rowStep, l.columnStep, b.address, b.rowStep, flag);
      return;
    }
    if (n <= trsmLeaf) {
      const part: Part = (j, count, own) => [
        n,
        count,
        l.address,
        l.rowStep,
        l.columnStep,
        b.at(0, j),
        b.rowStep,
        b.columnStep,
        flag,
        own,
      ];
      this.shared("trsm", (n * n * b.columns) / 2, sharedProduct, b.columns, part);
      return;
    }
    const half = halfOf(n, trsmLeaf);
    const [top, bottom] = [b.block(0, 0, half, b.columns), b.block(half, 0, n - half, b.columns)];
    this.solveLower(l.block(0, 0, half, half), top, unit);
    this.gemm(-1, l.block(half, 0, n - half, half), top, bottom);
    this.solveLower(l.block(half, half, n - half, n - half), bottom, unit);
  }

  /** B ← U⁻¹ B; what stands below U's diagonal is not read. */
  solveUpper(u: Matrix, b: Matrix, unit = false): void {
    this.solveLower(u.reversed(), b.flipped(), unit);
  }

  dot(x: Matrix, y: Matrix): number {
    const [p, q] = [line(x), line(y)];
    fits("dot", p.length === q.length);
    this.call("dot", p.length, p.address, p.step, q.address, q.step, this.kernels.result);
    return this.result();
  }

  /** ‖x‖₂, without overflow or underflow on the way. */
  norm(x: Matrix): number {
    const { address, length, step } = line(x);
    this.call("norm", length, address, step, this.kernels.result);
    return this.result();
  }

  /** y ← y + α x */
  axpy(alpha: number, x: Matrix, y: Matrix): void {
    const [p, q] = [line(x), line(y)];
    fits("axpy", p.length === q.length);
    this.call("axpy", p.length, p.address, p.step, q.address, q.step, alpha);
  }

  /** A ← α A */
  scale(alpha: number, a: Matrix): void {
    if (a.columns === 1) this.call("scale", a.rows, a.address, a.rowStep, alpha);
    else for (let i = 0; i < a.rows; i += 1) this.call("scale", a.columns, a.at(i, 0), a.columnStep, alpha);
  }

  /** (x, y) ← (c x + s y, c y − s x) */
  rotate(x: Matrix, y: Matrix, c: number, s: number): void {
    const [p, q] = [line(x), line(y)];
    fits("rotate", p.length === q.length);
    this.call("rotate", p.length, p.address, p.step, q.address, q.step, c, s);
  }

  maxAbs(a: Matrix): LargestElement {
    const { result } = this.kernels;
    this.call("maxAbs", a.rows, a.columns, a.address, a.rowStep, a.columnStep, result);
    const place = this.memory.i32[(result >>> 2) + 2] ?? 0;
    return {
      value: this.result(),
      row: Math.floor(place / Math.max(1, a.columns)),
      column: place % Math.max(1, a.columns),
    };
  }

  /** B ← α A */
  copy(a: Matrix, b: Matrix, alpha = 1): void {
    fits("copy", a.rows === b.rows && a.columns === b.columns);
    const { rows, columns } = a;
    this.call("copy", rows, columns, a.address, a.rowStep, a.columnStep, b.address, b.rowStep, b.columnStep, alpha);
  }

  /** `value` everywhere but on the diagonal; of "lower" and "upper" only the part strictly below or above the diagonal is written. */
  fill(a: Matrix, value: number, diagonal = value, part: "all" | "lower" | "upper" = "all"): void {
    const code = part === "all" ? 0 : part === "upper" ? 1 : 2;
    this.call("fill", a.rows, a.columns, a.address, a.rowStep, a.columnStep, code, value, diagonal);
  }

  /** Exchanges row k with row pivots[k] for k = from … to−1 in order, or in reverse. */
  swapRows(a: Matrix, pivots: Integers, from: number, to: number, backwards = false): void {
    const { address, rowStep, columnStep, columns } = a;
    this.call("swapRows", columns, address, rowStep, columnStep, pivots.address, from, to, backwards ? 1 : 0);
  }

  /** The lower triangle of a small A ← its Cholesky factor. Undefined, or which leading minor is not positive and the pivot found there. */
  choleskyLeaf(a: Matrix): { readonly minor: number; readonly pivot: number } | undefined {
    fits("choleskyLeaf", a.columnStep === 1);
    const { result } = this.kernels;
    this.call("cholesky", a.rows, a.address, a.rowStep, result);
    const minor = this.memory.i32[result >>> 2] ?? 0;
    return minor === 0 ? undefined : { minor, pivot: this.view()[(result + 8) / this.bytes] ?? Number.NaN };
  }

  /**
   * LU of at most `panelColumns` columns in place; pivots[first + j] ← first + the row exchanged with row j. Returns the first column whose pivot is
   * 0, or undefined.
   */
  luPanel(a: Matrix, pivots: Integers, first: number): number | undefined {
    const { result } = this.kernels;
    const scratch = this.panelScratch(a.rows);
    const { address, rowStep, columnStep } = a;
    this.call(
      "luPanel",
      a.rows,
      a.columns,
      address,
      rowStep,
      columnStep,
      pivots.address + 4 * first,
      first,
      scratch,
      result,
    );
    const singular = this.memory.i32[result >>> 2] ?? 0;
    return singular === 0 ? undefined : singular - 1;
  }

  /**
   * QR of at most `panelColumns` columns, no more than rows: A ← V with its ones and zeros, the upper triangle R ← R, T ← T, so that
   * Qᵀ = I − V Tᵀ Vᵀ. The largest element of the whole matrix should be near 1. What is below the diagonal of R is not written.
   */
  qrPanel(a: Matrix, r: Matrix, t: Matrix): void {
    fits("qrPanel", a.columns <= a.rows && a.columns <= panelColumns);
    const scratch = this.panelScratch(a.rows);
    const { rows, columns, address, rowStep, columnStep } = a;
    this.call(
      "qrPanel",
      rows,
      columns,
      address,
      rowStep,
      columnStep,
      r.address,
      r.rowStep,
      r.columnStep,
      t.address,
      t.rowStep,
      scratch,
    );
  }

  /** x ← (β, v₂, …, vₙ); returns τ. H = I − τ v vᵀ with v₁ = 1 takes the old x to β e₁, β = −sign(x₁)‖x‖; τ = 0 when x₂, … are 0. */
  reflector(x: Matrix): number {
    const { address, length, step } = line(x);
    if (length === 0) return 0;
    this.call("reflector", length, address, step, this.kernels.result);
    return this.result();
  }

  /** A ← (I − τ v vᵀ) A, with v as it stands (its first element must be 1 for a reflector of `reflector`). */
  applyReflector(v: Matrix, tau: number, a: Matrix): void {
    const { address, length, step } = line(v);
    fits("applyReflector", length === a.rows);
    if (tau === 0) return;
    const part: Part = (j, count) => [a.rows, count, address, step, a.at(0, j), a.rowStep, a.columnStep, tau];
    this.shared("applyReflector", a.rows * a.columns, sharedSweep, a.columns, part);
  }

  /**
   * Sweeps of plane rotations over rows of A (contiguous rows). Four numbers a sweep: the row it starts from, +1 or −1, how many rotations, and the
   * first of them among the `pairs` (s/(1 + c), s), one a row: row ← c·carried + s·next, carried ← c·next − s·carried.
   */
  rotateRows(a: Matrix, sweeps: Int32Array, pairs: Float64Array): void {
    fits("rotateRows", a.columnStep === 1 || a.columns <= 1);
    const count = sweeps.length / sweepWords;
    this.inside(() => {
      const list = this.loadIntegers(sweeps);
      const rotations = this.load(pairs, pairs.length / 2, 2);
      const part: Part = (j, columns) => [columns, a.at(0, j), a.rowStep, count, list.address, rotations.address];
      this.shared("rotateRows", (pairs.length / 2) * a.columns, sharedSweep, a.columns, part);
    });
  }

  private scratchRows = 0;
  private scratchAddress = 0;

  private panelScratch(rows: number): number {
    if (rows > this.scratchRows || this.scratchAddress === 0) {
      // not among the blocks: it outlives `inside`
      if (this.scratchAddress !== 0) this.memory.release(this.scratchAddress);
      this.scratchAddress = allocateBlock(this.memory, panelScratch(rows) * this.bytes);
      this.scratchRows = rows;
    }
    return this.scratchAddress;
  }

  private allocate(bytes: number): number {
    const address = allocateBlock(this.memory, bytes);
    this.blocks.push(address);
    return address;
  }

  /** Whether a call may be one for several threads; if not, it is spared the making of its parts. */
  private sharable(work: number, least: number): boolean {
    const threads = threadsOf(this.memory);
    return threads !== undefined && (work >= least || threads.eager);
  }

  /** A kernel by its name, shared by threads where its `length` rows or columns are work enough; `part` gives its arguments. */
  shared(
    name: KernelName,
    work: number,
    least: number,
    length: number,
    part: Part,
    alone = (): void => this.call(name, ...part(0, length, this.kernels.scratch)),
  ): void {
    const team = this.kernels.team(name);
    if (team === undefined) alone();
    else team.run(name, work, least, length, part, alone);
  }

  /** A kernel by its name; kernels with files of their own are called through this. */
  call(name: KernelName, ...args: number[]): void {
    this.kernels.call(name)(...args);
  }

  /** Where a kernel leaves a few numbers. */
  get resultAddress(): number {
    return this.kernels.result;
  }

  /** The number at a place there. */
  result(place = 0): number {
    return this.view()[this.kernels.result / this.bytes + place] ?? Number.NaN;
  }

  private view(): Float32Array | Float64Array {
    return this.dtype === "float64" ? this.memory.f64 : this.memory.f32;
  }

  private empty(length: number): Float32Array | Float64Array {
    return allocate(this.dtype, length) as Float32Array | Float64Array;
  }

  private plain(m: Matrix): Matrix {
    if (m.bytes !== this.bytes) throw new InternalError("a matrix of another dtype");
    return m;
  }
}

/** About half of n, a multiple of `leaf` and less than n, for n > leaf. */
export function halfOf(n: number, leaf: number): number {
  return Math.ceil(n / 2 / leaf) * leaf;
}
