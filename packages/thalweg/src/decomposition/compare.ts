/** The algorithms for principal components side by side on the same rows: time, memory, variance kept, and how far their subspaces are from the exact one. */
import { UserError } from "../base/errors.js";
import { checkSettings, listOf, oneOf, satisfies, wholeNumber } from "../base/settings.js";
import { matrixTensor } from "../data/matrix.js";
import { runSvd } from "../linalg/svd/svd.js";
import { type RowsInput, readNumbers } from "../preprocessing/columns.js";
import { withWorkspace } from "../runtime/kernels.js";
import { checkSize, type PcaAlgorithm, pca } from "./pca.js";

export interface PcaComparisonSettings {
  /** Default: 10, or as many as there are. */
  readonly components: number | undefined;
  /** Default: all six. */
  readonly algorithms: readonly PcaAlgorithm[];
  /** Default: 0. */
  readonly seed: number;
}

export interface PcaComparisonEntry {
  readonly algorithm: PcaAlgorithm;
  /** Of one fit, the rows being read. */
  readonly milliseconds: number;
  /** Of the numbers it works on, by its formula: rows as given, rows centred, bases and factors. */
  readonly bytes: number;
  readonly explainedVariance: Float64Array;
  /** Part of the whole variance that the components hold together. */
  readonly varianceKept: number;
  /** Angles between its subspace and that of the full SVD, in radians, ascending; the last is 0 where both are one. */
  readonly angles: Float64Array;
  readonly converged: boolean;
}

export interface PcaComparison {
  readonly rows: number;
  readonly columns: number;
  readonly components: number;
  readonly entries: readonly PcaComparisonEntry[];
  /** The entries as a table to read. */
  toString(): string;
}

const all: readonly PcaAlgorithm[] = ["full", "covariance", "randomized", "lanczos", "subspace", "incremental"];

/**
 * Fits every algorithm to the same rows, the full SVD first as what the others are held against.
 *
 * @throws UserError for fewer than 2 rows, and for more components than min(rows, columns).
 */
export function comparePca(x: RowsInput, given: Partial<PcaComparisonSettings> = {}): PcaComparison {
  const op = "comparePca";
  const settings = checkSettings<PcaComparisonSettings>(
    op,
    given,
    { components: undefined, algorithms: all, seed: 0 },
    {
      components: satisfies(
        "a whole number ≥ 1, or left out",
        (v) => v === undefined || (Number.isSafeInteger(v) && Number(v) >= 1),
      ),
      algorithms: listOf(oneOf(...all)),
      seed: wholeNumber(),
    },
  );
  const matrix = readNumbers(op, "x", x);
  const { rows, columns } = matrix;
  const components = settings.components ?? Math.min(10, rows, columns);
  checkSize(op, components, matrix);
  const repeated = settings.algorithms.find((a, i) => settings.algorithms.indexOf(a) !== i);
  if (repeated !== undefined) throw new UserError(`${op}: "${repeated}" stands twice among the algorithms`);
  const data = matrixTensor(matrix);
  const fit = (algorithm: PcaAlgorithm) => pca({ components, algorithm, seed: settings.seed }).fit(data);
  const exact = fit("full").components;
  const entries = settings.algorithms.map((algorithm): PcaComparisonEntry => {
    const start = performance.now();
    const model = fit(algorithm);
    const milliseconds = performance.now() - start;
    return {
      algorithm,
      milliseconds,
      bytes: 8 * numbersHeld(algorithm, rows, columns, components, model.iterations),
      explainedVariance: model.explainedVariance,
      varianceKept: model.explainedVarianceRatio.reduce((a, b) => a + b, 0),
      angles: principalAngles(exact, model.components, components, columns),
      converged: model.converged,
    };
  });
  return { rows, columns, components, entries, toString: () => table(rows, columns, components, entries) };
}

/** Numbers held at once: rows read and rows centred, and beside them what the algorithm needs. */
function numbersHeld(algorithm: PcaAlgorithm, n: number, p: number, k: number, passes: number): number {
  const small = Math.min(n, p);
  const both = 2 * n * p;
  const width = Math.min(small, k + 10);
  switch (algorithm) {
    case "full":
      return both + n * p + 4 * small * small;
    case "covariance":
      return both + 4 * p * p;
    case "randomized":
      return both + 2 * (n + p) * width;
    case "lanczos":
      return both + ((n + p) * passes) / 2 + 3 * (passes / 2) ** 2;
    case "subspace":
      return both + (n + 4 * p) * Math.min(small, k + Math.max(k, 10));
    case "incremental": {
      const batch = Math.min(n, 5 * p) + k + 1;
      return n * p + 3 * batch * p + 4 * Math.min(batch, p) ** 2;
    }
  }
}

/**
 * Angles between the spans of the rows of A and of B (count × columns each, orthonormal), ascending. Small ones by their sines, the singular values of
 * B − (B Aᵀ) A, and large ones by their cosines, those of B Aᵀ (Björck and Golub 1973).
 */
export function principalAngles(a: Float64Array, b: Float64Array, count: number, columns: number): Float64Array {
  const { cosines, rest } = withWorkspace("float64", (w) => {
    const [given, other] = [w.load(a, count, columns), w.load(b, count, columns)];
    const products = w.matrix(count, count);
    w.gemmInto(1, other, given.transposed(), products);
    w.gemm(-1, products, given, other);
    return { cosines: Float64Array.from(w.read(products)), rest: Float64Array.from(w.read(other)) };
  });
  const cosine = runSvd("comparePca", cosines, count, count, "none").values;
  const sine = runSvd("comparePca", rest, count, columns, "none").values.toReversed();
  return cosine.map((c, i) => {
    const s = Math.min(1, sine[i] ?? 0);
    return s * s < 0.5 ? Math.asin(s) : Math.acos(Math.min(1, c));
  });
}

function table(rows: number, columns: number, components: number, entries: readonly PcaComparisonEntry[]): string {
  const lines = [
    ["algorithm", "time", "memory", "variance kept", "largest angle to the full SVD"],
    ...entries.map((e) => [
      e.algorithm,
      `${e.milliseconds.toFixed(1)} ms`,
      `${(e.bytes / 2 ** 20).toFixed(1)} MiB`,
      `${(100 * e.varianceKept).toFixed(4)} %`,
      `${(e.angles.at(-1) ?? 0).toExponential(1)} rad${e.converged ? "" : " (did not converge)"}`,
    ]),
  ];
  const widths = (lines[0] ?? []).map((_, j) => Math.max(...lines.map((line) => (line[j] ?? "").length)));
  const shown = lines.map((line) =>
    line
      .map((cell, j) => cell.padEnd(widths[j] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return [`${components} components of ${rows} rows of ${columns} columns`, ...shown].join("\n");
}
