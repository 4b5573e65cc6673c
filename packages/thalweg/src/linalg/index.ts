/** The door `thalweg/linalg`: factorisations, systems and least squares that say what they did. */
export type { Numbers } from "./arguments.js";
export { cholesky } from "./cholesky/cholesky.js";
export { conditionEstimate } from "./condition.js";
export { type Definiteness, definiteness } from "./definiteness.js";
export { determinant, type LogDeterminant, logDeterminant } from "./determinant.js";
export { type ComplexParts, type Eigenvalues, eig, eigvals } from "./eig/eig.js";
export { eigh, eigvalsh, type SymmetricEigenvalues } from "./eigh/eigh.js";
export {
  attempt,
  type Failure,
  type NegativeCurvature,
  type NotConverged,
  type NotFinite,
  type NotPositiveDefinite,
  type Outcome,
  type Singular,
} from "./failure.js";
export { type GramSchmidt, type GramSchmidtOptions, gramSchmidt } from "./gram-schmidt.js";
export { inverse } from "./inverse.js";
export {
  type ConjugateGradientOptions,
  type ConjugateGradientResult,
  conjugateGradient,
  type SolverStep,
} from "./iterative/conjugate-gradient.js";
export { type LanczosOptions, lanczosEigen } from "./iterative/lanczos.js";
export { type LanczosSvdOptions, type LanczosSvdResult, lanczosSvd, type PartialSvd } from "./iterative/lanczos-svd.js";
export { type LsqrOptions, type LsqrResult, type LsqrStep, lsqr } from "./iterative/lsqr.js";
export type { LinearOperator, MatrixFunction, MatrixLike, SquareLike } from "./iterative/operator.js";
export {
  type Eigenpair,
  type InverseOptions,
  inverseIteration,
  type PowerOptions,
  powerIteration,
} from "./iterative/power.js";
export { type RandomizedSvdOptions, type RandomizedSvdResult, randomizedSvd } from "./iterative/randomized-svd.js";
export { type SubspaceOptions, subspaceIteration } from "./iterative/subspace.js";
export type { Eigenpairs, SpectralOptions } from "./iterative/symmetric.js";
export { type LeastSquaresSolution, type LstsqOptions, lstsq } from "./lstsq/lstsq.js";
export type { LstsqMethod } from "./lstsq/way.js";
export { type Lu, lu } from "./lu/lu.js";
export { matrixPower } from "./matrix-power.js";
export { type MatrixNormOrder, matrixNorm, trace, vectorNorm } from "./norms.js";
export { type PivotedFactors, pivotedQr } from "./qr/pivoted.js";
export { type Qr, type QrOptions, qr } from "./qr/qr.js";
export { matrixRank, nullSpace, project, type RankOptions, rangeBasis } from "./rank.js";
export type { SolveMethod } from "./solve/compute.js";
export { type Solution, type SolveOptions, solve } from "./solve/solve.js";
export * as sparse from "./sparse/constructors.js";
export { SparseMatrix } from "./sparse/matrix.js";
export { accurateSum, type MomentSummary, RunningMoments, type Summands, type SumOptions } from "./sums.js";
export { pseudoInverse, type SpectrumOptions } from "./svd/pseudo-inverse.js";
export { cond, nuclearNorm, nullSpaceBySvd, rangeBasisBySvd, rankBySvd, spectralNorm } from "./svd/spectrum.js";
export { type Svd, type SvdOptions, singularValues, svd } from "./svd/svd.js";
export {
  type GradedOptions,
  graded,
  hilbert,
  kahan,
  toeplitz,
  vandermonde,
  wilkinson,
  wilkinsonGrowth,
  withSingularValues,
} from "./test-matrices.js";
export { solveTriangular, type TriangularOptions } from "./triangular.js";
