/**
 * Kernels over the rows of a design (`compiler/templates/linalg-logistic.ts`) beside those of `Workspace`: compiled on first need, once for each
 * memory, for float64 matrices of that memory with contiguous rows.
 */
import { rowKernels as templates } from "../compiler/templates/linalg-logistic.js";
import { emitModule } from "../targets/wasm/emit.js";
import { enableRelaxedSimd } from "../targets/wasm/features.js";
import { currentMemory } from "./kernel-code.js";
import type { Workspace } from "./kernels.js";
import { fits, type Matrix } from "./matrix-view.js";
import type { ProgramMemory } from "./memory.js";

type Call = (...args: number[]) => void;

const compiled = new WeakMap<ProgramMemory, ReadonlyMap<string, Call>>();

function callsOf(memory: ProgramMemory): ReadonlyMap<string, Call> {
  const known = compiled.get(memory);
  if (known !== undefined) return known;
  const functions = templates();
  const bytes = emitModule(functions, {
    memory: { shared: memory.shared, maximumPages: memory.maximumPages },
    fma: enableRelaxedSimd(),
    exports: functions.map((f) => f.name),
  });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory: memory.memory } });
  const calls = new Map(functions.map((f) => [f.name.slice(0, -4), exports[f.name] as Call]));
  compiled.set(memory, calls);
  return calls;
}

export interface RowLosses {
  /** Σ weight·loss */
  readonly loss: number;
  /** The smallest margin of the rows of weight above 0. */
  readonly margin: number;
}

/** The kernels for a workspace of float64 made under the device of now. Vectors are matrices of one column. */
export class RowKernels {
  readonly #w: Workspace;
  readonly #calls: ReadonlyMap<string, Call>;
  readonly #result: Matrix;

  constructor(w: Workspace) {
    this.#w = w;
    this.#calls = callsOf(currentMemory());
    this.#result = w.matrix(1, 2);
  }

  /** slopes and curvatures ← weighted derivatives of log(1 + e^−s(z + bias)); `slopes` may be z. */
  logistic(
    z: Matrix,
    bias: number,
    sides: Matrix,
    weights: Matrix,
    { slopes, curvatures }: { readonly slopes: Matrix; readonly curvatures: Matrix },
  ): RowLosses {
    const addresses = [sides, weights, slopes, curvatures, this.#result].map((m) => m.address);
    this.#call("logistic", z.rows, z.address, ...addresses, bias);
    return this.#losses();
  }

  /** The scores Z (classes × rows), plus one bias a class, become probabilities; slopes ← weighted derivatives of −log of the own one. */
  softmax(z: Matrix, biases: Matrix, codes: Matrix, weights: Matrix, slopes: Matrix): RowLosses {
    const [from, to] = [plainRows(z), plainRows(slopes)];
    const { address } = this.#result;
    const vectors = [biases.address, codes.address, weights.address];
    this.#call("softmax", z.columns, z.rows, from.address, from.rowStep, ...vectors, to.address, to.rowStep, address);
    return this.#losses();
  }

  /** y ← y + Σᵢ fᵢ aᵢ */
  addRows(a: Matrix, factors: Matrix, y: Matrix): void {
    const { rows, columns, address, rowStep } = plainRows(a);
    this.#call("addRows", rows, columns, address, rowStep, factors.address, y.address);
  }

  /** B's row i ← fᵢ times A's. */
  scaleRows(a: Matrix, factors: Matrix, b: Matrix): void {
    const { rows, columns, address, rowStep } = plainRows(a);
    this.#call("scaleRows", rows, columns, address, rowStep, factors.address, b.address, plainRows(b).rowStep);
  }

  /** aᵢⱼ ← (aᵢⱼ − shiftⱼ)·factorⱼ */
  shiftRows(a: Matrix, shift: Matrix, factor: Matrix): void {
    const { rows, columns, address, rowStep } = plainRows(a);
    this.#call("shiftRows", rows, columns, address, rowStep, shift.address, factor.address);
  }

  /** sums ← sums + Σᵢ wᵢ aᵢ and squares ← squares + Σᵢ wᵢ aᵢ², element by element. */
  addMoments(a: Matrix, weights: Matrix, sums: Matrix, squares: Matrix): void {
    const { rows, columns, address, rowStep } = plainRows(a);
    this.#call("addMoments", rows, columns, address, rowStep, weights.address, sums.address, squares.address);
  }

  #losses(): RowLosses {
    return { loss: this.#w.get(this.#result, 0, 0), margin: this.#w.get(this.#result, 0, 1) };
  }

  #call(name: string, ...args: number[]): void {
    this.#calls.get(name)?.(...args);
  }
}

function plainRows(m: Matrix): Matrix {
  fits("row kernels", m.columnStep === 1 && m.bytes === 8);
  return m;
}
