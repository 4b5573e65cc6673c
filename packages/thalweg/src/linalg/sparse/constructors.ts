/** Sparse matrices: `sparse.fromTriplets`, `sparse.fromDense`. */
export { fromDense, fromTriplets, type Triplets } from "./creation.js";
export type { CompressedRows } from "./products.js";
