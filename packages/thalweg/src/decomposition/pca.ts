/** Principal components: the orthogonal directions along which rows vary most (Pearson 1901; Hotelling 1933). */
import { UserError } from "../base/errors.js";
import { fold, key } from "../base/random.js";
import {
  above,
  type Constraint,
  type Constraints,
  flag,
  oneOf,
  satisfies,
  wholeAtLeast,
  wholeNumber,
} from "../base/settings.js";
import { type Matrix, readWeights } from "../data/matrix.js";
import { readNumbers } from "../preprocessing/columns.js";
import { type TransformerKind, transformerKind } from "../preprocessing/transformer-kind.js";
import { type Workspace, withWorkspace } from "../runtime/kernels.js";
import { type CenteredRows, centerRows } from "./centered-rows.js";
import { covarianceSpectrum, fullSpectrum } from "./direct.js";
import { batchesOf, learntFrom, mergeBatch } from "./incremental-update.js";
import { lanczosSpectrum } from "./lanczos.js";
import { countKept, type Learnt, PcaModel, readLearnt } from "./model.js";
import { orient, type Spectrum } from "./spectrum.js";
import { randomizedSpectrum, subspaceSpectrum } from "./subspace.js";

export type PcaAlgorithm = "full" | "covariance" | "randomized" | "lanczos" | "subspace" | "incremental";

export interface PcaSettings {
  /** How many; or, above 0 and below 1, as few as hold more than this share of the variance; or "all". Default: "all". */
  readonly components: number | "all";
  /**
   * "full" is exact; "covariance" is faster on many rows and loses directions of less than 1e-8 of the largest deviation; "randomized", "lanczos" and
   * "subspace" find a few components of large data; "incremental" goes through the rows in batches. Default: "auto", by the shape and `components`.
   */
  readonly algorithm: "auto" | PcaAlgorithm;
  /** Scale the scores to variance 1. Default: false. */
  readonly whiten: boolean;
  /** Random directions beyond `components` ("randomized", "subspace"). Default: 10. */
  readonly oversampling: number;
  /** Products with XᵀX ("randomized"). Default: 5. */
  readonly powerIterations: number;
  /** Residuals, relative ("lanczos", "subspace"). Default: 1e-10. */
  readonly tolerance: number;
  /** Steps at most ("lanczos", "subspace"). Default: 1000. */
  readonly maxIterations: number;
  /** Default: 0. */
  readonly seed: number;
}

export const componentsConstraint: Constraint = satisfies(
  'a whole number ≥ 1, a share of the variance above 0 and below 1, or "all"',
  (v) => v === "all" || (typeof v === "number" && ((v > 0 && v < 1) || (Number.isSafeInteger(v) && v >= 1))),
);

const approximate: readonly string[] = ["randomized", "lanczos", "subspace"];

/**
 * Principal components of rows, centred by their means. Takes sample weights (a row of weight 2 counts like two). Scale the columns first when their
 * units differ.
 *
 * @throws UserError for fewer than 2 rows, and for more components than min(rows, columns).
 */
export const pca: TransformerKind<PcaSettings, PcaModel<PcaSettings>> = transformerKind<
  PcaSettings,
  PcaModel<PcaSettings>
>({
  kind: "pca",
  defaults: {
    components: "all",
    algorithm: "auto",
    whiten: false,
    oversampling: 10,
    powerIterations: 5,
    tolerance: 1e-10,
    maxIterations: 1000,
    seed: 0,
  },
  constraints: {
    components: componentsConstraint,
    algorithm: oneOf("auto", "full", "covariance", "randomized", "lanczos", "subspace", "incremental"),
    whiten: flag(),
    oversampling: wholeAtLeast(0),
    powerIterations: wholeAtLeast(0),
    tolerance: above(0),
    maxIterations: wholeAtLeast(1),
    seed: wholeNumber(),
  } satisfies Constraints<PcaSettings>,
  check({ components, algorithm }) {
    if (components !== "all" && components < 1 && approximate.includes(algorithm))
      throw new UserError(
        `pca: algorithm "${algorithm}" needs the number of components, got the share ${components}; use "full", "covariance" or "auto" for a share`,
      );
  },
  fit(settings, x, _y, { sampleWeight }) {
    const op = "pca.fit";
    const matrix = readNumbers(op, "x", x);
    const weights = readWeights(op, sampleWeight, matrix.rows);
    checkSize(op, settings.components, matrix, weights);
    const learnt = learn(settings, matrix, weights);
    return new PcaModel("pca", settings, learnt, countKept(settings.components, learnt.singularValues, learnt.squares));
  },
  read(settings, state) {
    const { learnt, kept } = readLearnt("pca", state);
    return new PcaModel("pca", settings, learnt, kept);
  },
});

export function checkSize(
  op: string,
  components: number | "all",
  { rows, columns }: Pick<Matrix, "rows" | "columns">,
  weights?: Float64Array,
): void {
  if (columns === 0) throw new UserError(`${op}: x has no columns, and at least one feature is needed`);
  const weight = weights?.reduce((a, b) => a + b, 0) ?? rows;
  if (rows < 2 || !(weight > 1))
    throw new UserError(
      `${op}: x has ${rows} row${rows === 1 ? "" : "s"}${weights === undefined ? "" : ` of total weight ${weight}`}, and variance needs at least 2`,
    );
  const most = Math.min(rows, columns);
  if (components !== "all" && components > most)
    throw new UserError(
      `${op}: components is ${components}, and ${rows} rows of ${columns} columns have at most ${most}`,
    );
}

/** Full where it is cheap, the covariance where rows are many, random directions where few components of a large matrix are wanted. */
function chooseAlgorithm(components: number | "all", { rows, columns }: Matrix): PcaAlgorithm {
  const small = Math.min(rows, columns);
  if (columns <= 1000 && rows >= 10 * columns) return "covariance";
  if (Math.max(rows, columns) <= 500) return "full";
  return components !== "all" && components >= 1 && components < 0.2 * small ? "randomized" : "full";
}

function learn(settings: PcaSettings, matrix: Matrix, weights: Float64Array | undefined): Learnt {
  const algorithm = settings.algorithm === "auto" ? chooseAlgorithm(settings.components, matrix) : settings.algorithm;
  if (algorithm === "incremental") return learnInBatches(settings.components, matrix, weights);
  const { rows, columns } = matrix;
  const limit = Math.min(rows, columns);
  const wanted = settings.components === "all" || settings.components < 1 ? limit : settings.components;
  return withWorkspace("float64", (w) => {
    const centered = centerRows(w, matrix, weights);
    const spectrum = run(w, algorithm, centered, wanted, settings);
    orient(spectrum.components, columns);
    const { scale, means, weight, squares } = centered;
    return {
      weight,
      means,
      squares: squares / scale / scale,
      singularValues: spectrum.singularValues.map((s) => s / scale),
      components: spectrum.components,
      limit,
      algorithm,
      iterations: spectrum.iterations,
      converged: spectrum.converged,
    };
  });
}

function run(
  w: Workspace,
  algorithm: Exclude<PcaAlgorithm, "incremental">,
  { x }: CenteredRows,
  count: number,
  settings: PcaSettings,
): Spectrum {
  if (algorithm === "full") return fullSpectrum(w, x, count);
  if (algorithm === "covariance") return covarianceSpectrum(w, x, count);
  const search = { ...settings, key: fold(key(settings.seed), "pca") };
  if (algorithm === "lanczos") return lanczosSpectrum(w, x, count, search);
  return algorithm === "subspace" ? subspaceSpectrum(w, x, count, search) : randomizedSpectrum(w, x, count, search);
}

function learnInBatches(components: number | "all", matrix: Matrix, weights: Float64Array | undefined): Learnt {
  const most = components === "all" || components < 1 ? matrix.columns : components;
  const batchRows = Math.max(5 * matrix.columns, 2);
  let state: Learnt | undefined;
  for (const { batch, start } of batchesOf(matrix, batchRows))
    state = mergeBatch(state, batch, most, weights?.subarray(start, start + batch.rows));
  return learntFrom("pca.fit", state);
}
