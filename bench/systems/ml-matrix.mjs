/** ml-matrix: plain JavaScript, float64. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { linearAlgebraOf, meanMagnitude, values } from "../values.mjs";

/** @param {string} workload @param {number} threads */
export async function prepare(workload, threads) {
  if (threads !== 1) return undefined;
  const library = await import("ml-matrix");
  const run = workload.startsWith("gemm_f64_") ? product(library, workload) : factorisation(library, workload);
  if (run === undefined) return undefined;
  const folder = dirname(createRequire(import.meta.url).resolve("ml-matrix"));
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return {
    version: `ml-matrix ${version}`,
    call: run,
    check: () => run().reduce((result, part) => result * meanMagnitude(numbersOf(part)), 1),
  };
}

/** @typedef {import("ml-matrix").Matrix} Matrix */

/** @param {Matrix | number[]} part */
const numbersOf = (part) => (Array.isArray(part) ? part : part.to1DArray());

/** @param {typeof import("ml-matrix")} library @param {string} workload @returns {() => Matrix[]} */
function product({ Matrix }, workload) {
  const n = Number(workload.split("_")[2]);
  const [a, b] = [1, 2].map((seed) => Matrix.from1DArray(n, n, values(n * n, seed)));
  return () => [a.mmul(b)];
}

/** @param {typeof import("ml-matrix")} library @param {string} workload @returns {(() => (Matrix | number[])[]) | undefined} */
function factorisation(library, workload) {
  const { Matrix } = library;
  const { kind, rows, columns, a: data, b } = linearAlgebraOf(workload);
  const a = Matrix.from1DArray(rows, columns, data);
  const right = Matrix.columnVector(b);
  switch (kind) {
    case "svd":
      return () => {
        const found = new library.SingularValueDecomposition(a);
        return [found.leftSingularVectors, found.diagonal, found.rightSingularVectors];
      };
    case "eigh":
      return () => {
        const found = new library.EigenvalueDecomposition(a, { assumeSymmetric: true });
        return [found.realEigenvalues, found.eigenvectorMatrix];
      };
    case "eig":
      return () => {
        const { realEigenvalues, imaginaryEigenvalues, eigenvectorMatrix } = new library.EigenvalueDecomposition(a);
        const sizes = realEigenvalues.map((re, i) => Math.hypot(re, imaginaryEigenvalues[i]));
        return [sizes, elementSizes(imaginaryEigenvalues, eigenvectorMatrix)];
      };
    case "qr":
      return () => {
        const found = new library.QrDecomposition(a);
        return [found.orthogonalMatrix, found.upperTriangularMatrix];
      };
    case "cholesky":
      return () => [new library.CholeskyDecomposition(a).lowerTriangularMatrix];
    case "lu_solve":
    case "lstsq":
      return () => [library.solve(a, right)];
    default:
      return undefined;
  }
}

/**
 * The moduli of the elements of eigenvectors of length 1; those of a conjugate pair are given as two columns, real and imaginary part.
 * @param {number[]} imaginary @param {Matrix} vectors
 */
function elementSizes(imaginary, vectors) {
  /** @type {number[]} */
  const sizes = [];
  for (let j = 0; j < imaginary.length; j += 1) {
    const re = vectors.getColumn(j);
    const im = imaginary[j] === 0 ? re.map(() => 0) : vectors.getColumn(j + 1);
    const length = Math.hypot(...re, ...im);
    const column = re.map((v, i) => Math.hypot(v, im[i]) / length);
    sizes.push(...column);
    if (imaginary[j] !== 0) {
      sizes.push(...column);
      j += 1;
    }
  }
  return sizes;
}
