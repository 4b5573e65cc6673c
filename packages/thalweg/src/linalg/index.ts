/** The door `thalweg/linalg`: factorisations, systems and least squares that say what they did. */
export type { Numbers } from "./arguments.js";
export { cholesky } from "./cholesky/cholesky.js";
export {
  attempt,
  type Failure,
  type NotConverged,
  type NotFinite,
  type NotPositiveDefinite,
  type Outcome,
  type Singular,
} from "./failure.js";
export { type Lu, lu } from "./lu/lu.js";
export { type Qr, type QrOptions, qr } from "./qr/qr.js";
export { solveTriangular, type TriangularOptions } from "./triangular.js";
