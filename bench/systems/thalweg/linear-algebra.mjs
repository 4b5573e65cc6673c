/** Factorisations, systems and least squares in float64. */
import { tensor } from "thalweg";
import { cholesky, eig, eigh, lstsq, qr, solve, svd } from "thalweg/linalg";
import { linearAlgebraOf, meanMagnitude } from "../../values.mjs";

/** @typedef {import("thalweg").Tensor} Tensor */

/** @type {Record<string, (a: Tensor, b: Tensor) => Tensor[]>} */
const kinds = {
  svd: (a) => {
    const { u, s, vt } = svd(a);
    return [u, s, vt];
  },
  eigh: (a) => {
    const { values, vectors } = eigh(a);
    return [values, vectors];
  },
  eig: (a) => {
    const { values, vectors } = eig(a);
    return [values.re, values.im, vectors.re, vectors.im];
  },
  qr: (a) => {
    const { q, r } = qr(a);
    return [q, r];
  },
  cholesky: (a) => [cholesky(a)],
  lu_solve: (a, b) => [solve(a, b).x],
  lstsq: (a, b) => [lstsq(a, b).x],
};

/** @param {string} workload */
export function prepare(workload) {
  const { kind, rows, columns, a, b } = linearAlgebraOf(workload);
  const run = kinds[kind];
  if (run === undefined) return undefined;
  const [matrix, right] = [tensor(a).reshape([rows, columns]), tensor(b)];
  matrix.data();
  const call = () => run(matrix, right);
  return { call, check: () => check(kind, call()) };
}

/** The product of the mean magnitudes of the parts, which signs do not change. @param {string} kind @param {Tensor[]} parts */
function check(kind, parts) {
  const arrays = parts.map((part) => part.data());
  const [re = [], im = [], vectorsRe = [], vectorsIm = []] = arrays;
  const found = kind === "eig" ? [moduli(re, im), moduli(vectorsRe, vectorsIm)] : arrays;
  return found.reduce((product, array) => product * meanMagnitude(array), 1);
}

/** @param {ArrayLike<number>} re @param {ArrayLike<number>} im */
const moduli = (re, im) => Float64Array.from({ length: re.length }, (_, i) => Math.hypot(re[i] ?? 0, im[i] ?? 0));
