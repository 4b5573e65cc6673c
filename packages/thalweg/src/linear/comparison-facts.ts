/**
 * What can be told of a design before anything is solved: rank, conditions, variance inflation factors, and groups of columns that depend on each other.
 *
 * Columns are brought to unit length first, so that units play no part. With the singular values σ and vectors v, column j has the variance inflation factor
 *
 *   VIFⱼ = 1/(1 − Rⱼ²) = Σ_k vⱼₖ²/σ_k²,   Rⱼ² being that of the regression of column j on the others.
 *
 * Singular values below a tenth of the largest (condition indices above 10) mark near dependencies, and columns that owe them more than half of a factor above
 * 10 take part in one (Belsley, Kuh and Welsch, Regression Diagnostics, 1980, chapter 3). Which belong together is read off the projection P on those singular
 * vectors: j and k do where |Pⱼₖ|/√(Pⱼⱼ Pₖₖ) is at least half of the largest in either row. With fewer rows than columns everything depends on everything; there
 * only columns with a cosine of 0.98 or more are grouped, which for a pair is a condition of 10.
 */
import { runSvd } from "../linalg/svd/svd.js";
import { withWorkspace } from "../runtime/kernels.js";
import type { Spectrum } from "./comparison-spectrum.js";
import type { LinearSystem, RowsPart } from "./comparison-system.js";

export interface CollinearGroup {
  /** Positions of the columns, ascending. */
  readonly columns: readonly number[];
  readonly names: readonly string[];
  /** Of these columns alone, brought to unit length: 1 if they were orthogonal. */
  readonly condition: number;
}

export interface Conditions {
  /** Of the training rows as given. */
  readonly given: number;
  /** Of the matrix that was solved with: centred, weighted and scaled as chosen. Beyond some 1e15 rounding hides how large it is. */
  readonly solved: number;
  /** Of the same with all columns at unit length: the least, within a factor of the root of their number, that scaling columns can reach. */
  readonly scaled: number;
}

export interface DesignFacts {
  readonly rows: number;
  readonly columns: number;
  readonly names: readonly string[];
  readonly trainRows: number;
  readonly testRows: number;
  /** Which matrix was solved with, in words. */
  readonly system: string;
  /** Of that matrix, descending. */
  readonly singularValues: Float64Array;
  /** How many of them exceed max(rows, columns)·ε times the first. */
  readonly rank: number;
  readonly condition: Conditions;
  /** Columns that do not vary, which an intercept makes superfluous; without one, columns of zeros. */
  readonly constantColumns: readonly number[];
  /** One a column: 1 for a column orthogonal to the others, infinite for one that is had from them, NaN for one that does not vary. */
  readonly varianceInflation: Float64Array;
  readonly collinearGroups: readonly CollinearGroup[];
}

/** σ₁/σ_min(m, n); infinite where the smallest is 0. */
function conditionOf(values: Float64Array): number {
  return (values[0] ?? 0) / (values.at(-1) ?? 0);
}

export function designFacts(
  op: string,
  part: RowsPart,
  system: LinearSystem,
  spectrum: Spectrum,
  rest: Pick<DesignFacts, "names" | "testRows" | "system">,
): DesignFacts {
  const { rows, columns, constant } = system;
  const varying = Array.from({ length: columns }, (_, j) => j).filter((j) => !constant.includes(j));
  const unit = unitColumns(system, varying);
  const p = varying.length;
  const { values, vt } = runSvd(op, unit, rows, p, rows < p ? "full" : "thin");
  const inflation = inflationsOf(values, vt, rows, p);
  const varianceInflation = new Float64Array(columns).fill(Number.NaN);
  varying.forEach((j, k) => {
    varianceInflation[j] = inflation.factors[k] ?? Number.NaN;
  });
  const groupOf = (members: readonly number[]): CollinearGroup => {
    const chosen = Float64Array.from({ length: rows * members.length }, (_, k) => {
      const [i, j] = [Math.floor(k / members.length), members[k % members.length] ?? 0];
      return unit[i * p + j] ?? 0;
    });
    const places = members.map((k) => varying[k] ?? 0);
    return {
      columns: places,
      names: places.map((j) => rest.names[j] ?? ""),
      condition: conditionOf(runSvd(op, chosen, rows, members.length, "none").values),
    };
  };
  // Columns that near dependencies tie together only by way of others are no group of their own.
  const collinearGroups =
    rows <= p
      ? alike(unit, rows, p).map(groupOf)
      : dependent(vt, p, inflation)
          .map(groupOf)
          .filter((group) => group.condition > weakIndex);
  return {
    ...rest,
    rows: rows + rest.testRows,
    columns,
    trainRows: rows,
    singularValues: spectrum.values,
    rank: spectrum.rank,
    condition: {
      given: conditionOf(runSvd(op, part.x, part.rows, columns, "none").values),
      solved: conditionOf(spectrum.values),
      scaled: constant.length > 0 ? Number.POSITIVE_INFINITY : conditionOf(values),
    },
    constantColumns: constant,
    varianceInflation,
    collinearGroups,
  };
}

function unitColumns({ a, rows, columns }: LinearSystem, chosen: readonly number[]): Float64Array {
  const lengths = chosen.map((j) => {
    let most = 0;
    for (let i = 0; i < rows; i += 1) most = Math.max(most, Math.abs(a[i * columns + j] ?? 0));
    let sum = 0;
    for (let i = 0; i < rows; i += 1) sum += ((a[i * columns + j] ?? 0) / most) ** 2;
    return most * Math.sqrt(sum);
  });
  const p = chosen.length;
  return Float64Array.from(
    { length: rows * p },
    (_, k) => (a[Math.floor(k / p) * columns + (chosen[k % p] ?? 0)] ?? 0) / (lengths[k % p] ?? 1),
  );
}

interface Inflations {
  readonly factors: Float64Array;
  /** The part of each that near dependencies cause. */
  readonly shares: Float64Array;
  /** How many singular values are no near dependencies. */
  readonly strong: number;
}

const weakIndex = 10;
const inflated = 10;
const linkShare = 0.5;
const alikeCosine = 0.98;

function inflationsOf(values: Float64Array, vt: Float64Array, rows: number, p: number): Inflations {
  const first = values[0] ?? 0;
  const rank = values.filter((s) => s > Math.max(rows, p) * Number.EPSILON * first).length;
  const strong = values.filter((s) => s * weakIndex > first).length;
  // The computed null space is off by so much: only columns with a larger part in it take part in a dependency.
  const noise = Math.min(0.01, 10 * p * Number.EPSILON * (first / (values[rank - 1] ?? 1)));
  const [factors, shares] = [new Float64Array(p), new Float64Array(p)];
  for (let j = 0; j < p; j += 1) {
    let [healthy, weak, hidden] = [0, 0, 0];
    for (let k = 0; k < p; k += 1) {
      const part = vt[k * p + j] ?? 0;
      if (k >= rank) hidden = Math.hypot(hidden, part);
      else if (k < strong) healthy += (part / (values[k] ?? 1)) ** 2;
      else weak += (part / (values[k] ?? 1)) ** 2;
    }
    const all = healthy + weak;
    factors[j] = hidden > noise ? Number.POSITIVE_INFINITY : all;
    shares[j] = hidden > noise ? 1 : weak / all;
  }
  return { factors, shares, strong };
}

/** Groups of positions that near dependencies tie together. */
function dependent(vt: Float64Array, p: number, { factors, shares, strong }: Inflations): number[][] {
  if (strong === p) return [];
  const projection = products(vt.subarray(strong * p, p * p), p - strong, p);
  const members = Array.from({ length: p }, (_, j) => j).filter(
    (j) => (factors[j] ?? 0) > inflated && (shares[j] ?? 0) > 0.5,
  );
  const size = (i: number): number => Math.sqrt(projection[i * p + i] ?? 0);
  const tie = (i: number, j: number): number => Math.abs(projection[i * p + j] ?? 0) / (size(i) * size(j) || 1);
  const strongest = new Map(
    members.map((i) => [i, members.reduce((most, j) => (j === i ? most : Math.max(most, tie(i, j))), 0)]),
  );
  return connected(members, (i, j) => {
    const found = tie(i, j);
    return found > 0 && found >= linkShare * Math.max(strongest.get(i) ?? 0, strongest.get(j) ?? 0);
  });
}

/** Groups of columns of unit length that point the same way. */
function alike(unit: Float64Array, rows: number, p: number): number[][] {
  const cosines = products(unit, rows, p);
  const members = Array.from({ length: p }, (_, j) => j);
  return connected(members, (i, j) => Math.abs(cosines[i * p + j] ?? 0) >= alikeCosine);
}

/** MᵀM of a rows × p matrix. */
function products(data: Float64Array, rows: number, p: number): ArrayLike<number> {
  return withWorkspace("float64", (w) => {
    const matrix = w.load(data, rows, p);
    const result = w.matrix(p, p);
    w.gemmInto(1, matrix.transposed(), matrix, result);
    return w.read(result);
  });
}

/** The connected parts of more than one member. */
function connected(members: readonly number[], linked: (i: number, j: number) => boolean): number[][] {
  const seen = new Set<number>();
  const groups: number[][] = [];
  for (const start of members) {
    if (seen.has(start)) continue;
    seen.add(start);
    const group = [start];
    for (const i of group)
      for (const j of members) {
        if (seen.has(j) || !linked(i, j)) continue;
        seen.add(j);
        group.push(j);
      }
    if (group.length > 1) groups.push(group.sort((a, b) => a - b));
  }
  return groups;
}
