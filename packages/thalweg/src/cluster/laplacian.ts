/**
 * The smallest eigenvalues of the normalised Laplacian of a graph W with degrees D,
 *
 *   L = I − D^−½ W D^−½,   0 = μ₁ ≤ μ₂ ≤ … ≤ 2,
 *
 * with as many zeros as the graph has connected components. Those are found by walking the graph, not by arithmetic: each component is then a problem of
 * its own with the known vector D^½ 1 at μ = 0. A row without any weight is a component with μ = 0. F. Chung, Spectral Graph Theory (1997); U. von Luxburg,
 * "A tutorial on spectral clustering", Statistics and Computing 17 (2007).
 */
import { NumericalError } from "../base/errors.js";
import { eigh } from "../linalg/eigh/eigh.js";
import { lanczosEigen } from "../linalg/iterative/lanczos.js";
import type { LinearOperator, SquareLike } from "../linalg/iterative/operator.js";
import { SparseMatrix } from "../linalg/sparse/matrix.js";
import { multiplyInto } from "../linalg/sparse/products.js";
import { fromData } from "../tensor/creation.js";
import type { Tensor } from "../tensor/tensor.js";
import { type Graph, sizeOf } from "./affinity.js";

export type SpectrumSolver = "auto" | "dense" | "Lanczos";

export interface LaplacianSpectrum {
  /** Ascending. */
  readonly values: Float64Array;
  /** One for each value, of the graph's size: orthonormal eigenvectors of L. The sign of each makes its largest element positive. */
  readonly vectors: readonly Float64Array[];
  /** Row sums of W. */
  readonly degrees: Float64Array;
  /** Connected parts of the graph, the largest first (of equals the one with the first row): the rows of each. */
  readonly components: readonly Int32Array[];
  /** How the components of more than one row were solved; "none" where no value beyond the zeros was asked for. */
  readonly solver: "dense" | "Lanczos" | "dense and Lanczos" | "none";
}

/** Rows up to which a component is solved whole. */
const dense = 600;

/** Of a pair of a component: its value, and its vector on the rows of the component. */
interface Pair {
  readonly value: number;
  readonly rows: Int32Array;
  readonly vector: Float64Array;
}

/** The `count` smallest eigenvalues with their vectors. */
export function laplacianSpectrum(
  graph: Graph,
  count: number,
  solver: SpectrumSolver,
  seed: number,
): LaplacianSpectrum {
  const n = sizeOf(graph);
  const degrees = degreesOf(graph);
  const components = componentsOf(graph);
  const pairs = components.map((rows): Pair => ({ value: 0, rows, vector: trivialVector(rows, degrees) }));
  const further = count - components.length;
  const used = new Set<"dense" | "Lanczos">();
  if (further > 0) {
    const found = components.flatMap((rows) => {
      const k = Math.min(further, rows.length - 1);
      if (k === 0) return [];
      const how = solver === "auto" ? (rows.length <= dense || 5 * k > rows.length ? "dense" : "Lanczos") : solver;
      used.add(how);
      const part = normalizedPart(graph, rows, degrees);
      const trivial = trivialVector(rows, degrees);
      return how === "dense" ? densePairs(part, rows, trivial, k) : lanczosPairs(part, rows, trivial, k, seed);
    });
    pairs.push(...found.sort((a, b) => a.value - b.value));
  }
  const kept = pairs.slice(0, count);
  return {
    values: Float64Array.from(kept, ({ value }) => value),
    vectors: kept.map(({ rows, vector }) => {
      const whole = new Float64Array(n);
      const sign = signOf(vector);
      rows.forEach((row, i) => {
        whole[row] = sign * (vector[i] ?? 0);
      });
      return whole;
    }),
    degrees,
    components,
    solver:
      used.size === 2 ? "dense and Lanczos" : used.has("dense") ? "dense" : used.has("Lanczos") ? "Lanczos" : "none",
  };
}

/** Calls `use` for each neighbour of row i with its weight > 0. */
function eachNeighbor(graph: Graph, i: number, use: (j: number, weight: number) => void): void {
  if (graph instanceof SparseMatrix) {
    const { starts, columns, values } = graph.rows;
    for (let k = starts[i] ?? 0; k < (starts[i + 1] ?? 0); k += 1)
      if ((values[k] ?? 0) > 0 && columns[k] !== i) use(columns[k] ?? 0, values[k] ?? 0);
  } else {
    const { rows, weights } = graph;
    for (let j = 0, at = i * rows; j < rows; j += 1, at += 1) {
      const w = weights[at] ?? 0;
      if (w > 0 && j !== i) use(j, w);
    }
  }
}

function degreesOf(graph: Graph): Float64Array {
  return Float64Array.from({ length: sizeOf(graph) }, (_, i) => {
    let sum = 0;
    eachNeighbor(graph, i, (_j, w) => {
      sum += w;
    });
    return sum;
  });
}

function componentsOf(graph: Graph): Int32Array[] {
  const n = sizeOf(graph);
  const seen = new Uint8Array(n);
  const components: Int32Array[] = [];
  for (let first = 0; first < n; first += 1) {
    if (seen[first] === 1) continue;
    seen[first] = 1;
    const reached = [first];
    for (let at = 0; at < reached.length && reached.length < n; at += 1)
      eachNeighbor(graph, reached[at] ?? 0, (j) => {
        if (seen[j] === 1) return;
        seen[j] = 1;
        reached.push(j);
      });
    components.push(Int32Array.from(reached).sort());
  }
  return components.sort((a, b) => b.length - a.length || (a[0] ?? 0) - (b[0] ?? 0));
}

/** D^½ 1 on the rows of a component, of length 1. */
function trivialVector(rows: Int32Array, degrees: Float64Array): Float64Array {
  if (rows.length === 1) return Float64Array.of(1);
  const total = rows.reduce((sum, row) => sum + (degrees[row] ?? 0), 0);
  return Float64Array.from(rows, (row) => Math.sqrt((degrees[row] ?? 0) / total));
}

/** D^−½ W D^−½ on the rows of a component. */
function normalizedPart(graph: Graph, rows: Int32Array, degrees: Float64Array): Graph {
  const m = rows.length;
  const place = new Int32Array(sizeOf(graph)).fill(-1);
  rows.forEach((row, i) => {
    place[row] = i;
  });
  const roots = Float64Array.from(rows, (row) => Math.sqrt(degrees[row] ?? 0));
  if (!(graph instanceof SparseMatrix)) {
    const weights = new Float64Array(m * m);
    rows.forEach((row, i) => {
      eachNeighbor(graph, row, (j, w) => {
        const to = place[j] ?? 0;
        weights[i * m + to] = w / (roots[i] ?? 0) / (roots[to] ?? 0);
      });
    });
    return { rows: m, weights };
  }
  const starts = new Int32Array(m + 1);
  const [columns, values]: [number[], number[]] = [[], []];
  rows.forEach((row, i) => {
    eachNeighbor(graph, row, (j, w) => {
      const to = place[j] ?? 0;
      columns.push(to);
      values.push(w / (roots[i] ?? 0) / (roots[to] ?? 0));
    });
    starts[i + 1] = columns.length;
  });
  return new SparseMatrix([m, m], { starts, columns: Int32Array.from(columns), values: Float64Array.from(values) });
}

/** The k smallest after the trivial one, which is moved from 0 to 2. */
function densePairs(part: Graph, rows: Int32Array, trivial: Float64Array, k: number): Pair[] {
  const m = rows.length;
  const l = new Float64Array(m * m);
  for (let i = 0; i < m; i += 1) {
    for (let j = 0; j < m; j += 1) l[i * m + j] = 2 * (trivial[i] ?? 0) * (trivial[j] ?? 0);
    l[i * m + i] = (l[i * m + i] ?? 0) + 1;
    eachNeighbor(part, i, (j, w) => {
      l[i * m + j] = (l[i * m + j] ?? 0) - w;
    });
  }
  const { values, vectors } = eigh(fromData(l, [m, m]));
  return pairsOf(values, vectors, rows, k, (v) => v);
}

function pairsOf(values: Tensor, vectors: Tensor, rows: Int32Array, k: number, value: (v: number) => number): Pair[] {
  const [v, u] = [values.storage("laplacianSpectrum"), vectors.storage("laplacianSpectrum")];
  const width = values.size;
  return Array.from({ length: k }, (_, j) => ({
    value: Math.max(0, value(v[j] ?? 0)),
    rows,
    vector: Float64Array.from(rows, (_row, i) => u[i * width + j] ?? 0),
  }));
}

/**
 * The k smallest after the trivial one, as the largest of I + D^−½ W D^−½ without the vectors found before. Lanczos may find an eigenvalue that is there
 * several times only once: it is asked again for what is left until that is no smaller than all that were found.
 */
function lanczosPairs(part: Graph, rows: Int32Array, trivial: Float64Array, k: number, seed: number): Pair[] {
  const m = rows.length;
  const search = (count: number, without: readonly Pair[]): Pair[] => {
    const removed = [{ shift: 2, vector: trivial }, ...without.map((p) => ({ shift: 2 - p.value, vector: p.vector }))];
    const basis = Math.min(m, Math.max(4 * count, 60));
    const options = { tolerance: 1e-11, basis, maxIterations: 2000, seed: seed + without.length };
    const { values, vectors } = explained(m, () => lanczosEigen(shiftedOperator(part, m, removed), count, options));
    return pairsOf(values, vectors, rows, count, (v) => 2 - v);
  };
  let found = search(k, []);
  for (let left = m - 1 - k; left > 0; left -= 1) {
    const [next] = search(1, found);
    const last = found.at(-1);
    if (next === undefined || last === undefined || next.value >= last.value - 1e-12) break;
    found = [...found, next].sort((a, b) => a.value - b.value).slice(0, k);
  }
  return found;
}

/** With advice in terms of graphs where the iteration did not converge. */
function explained<T>(rows: number, solve: () => T): T {
  try {
    return solve();
  } catch (error) {
    if (!(error instanceof NumericalError)) throw error;
    throw new NumericalError(
      `spectralClustering: Lanczos iteration found no eigenvectors of a part of ${rows} rows, as happens where they hang together by few links; use more neighbors (a smaller gamma), fewer eigenvalues, or solver "dense" (${error.message})`,
      error.facts,
    );
  }
}

/** x ↦ x + A x − Σ shift v (vᵀx): what dense graphs write out, and sparse ones carry out. */
function shiftedOperator(
  part: Graph,
  m: number,
  removed: readonly { readonly shift: number; readonly vector: Float64Array }[],
): SquareLike {
  if (!(part instanceof SparseMatrix)) {
    const b = part.weights.slice();
    for (let i = 0; i < m; i += 1) {
      b[i * m + i] = (b[i * m + i] ?? 0) + 1;
      for (const { shift, vector } of removed) {
        const factor = shift * (vector[i] ?? 0);
        for (let j = 0; j < m; j += 1) b[i * m + j] = (b[i * m + j] ?? 0) - factor * (vector[j] ?? 0);
      }
    }
    return fromData(b, [m, m]);
  }
  const operator: LinearOperator = {
    shape: [m, m],
    multiply(x) {
      const data = x.storage("laplacianSpectrum");
      const width = x.shape[1] ?? 1;
      const y = new Float64Array(m * width);
      multiplyInto(part.rows, m, data, width, y);
      for (let at = 0; at < y.length; at += 1) y[at] = (y[at] ?? 0) + (data[at] ?? 0);
      for (const { shift, vector } of removed)
        for (let c = 0; c < width; c += 1) {
          let product = 0;
          for (let i = 0; i < m; i += 1) product += (vector[i] ?? 0) * (data[i * width + c] ?? 0);
          product *= shift;
          for (let i = 0; i < m; i += 1) y[i * width + c] = (y[i * width + c] ?? 0) - product * (vector[i] ?? 0);
        }
      return fromData(y, [m, width]);
    },
  };
  return operator;
}

function signOf(vector: Float64Array): number {
  let largest = 0;
  for (const v of vector) if (Math.abs(v) > Math.abs(largest)) largest = v;
  return largest < 0 ? -1 : 1;
}
