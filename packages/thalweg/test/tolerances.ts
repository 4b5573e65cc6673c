/**
 * How far a result may be from its reference, in one place. Distances are in units in the last place (ULP): the number of representable numbers
 * between the two. References are rounded correctly, so half a unit is theirs.
 */

/** Derivatives in float64. */
export const derivativeTolerances = {
  /** Fourth-order differences with step 1e-3: truncation some 1e-12 of the fifth derivative, rounding 1e-13 of the value. */
  difference: 1e-8,
  /** Two evaluations of one sum along different paths, relative to its largest term. */
  innerProduct: 1e-11,
  /** Against another library's: a few roundings. */
  reference: 1e-12,
  /** The same of float32 operands. */
  reference32: 3e-7,
  /** A batch against its examples one by one: the same operations in the same order, up to the blocks of a product. */
  batch: 1e-14,
} as const;

/** Allowed distance from a correctly rounded reference, in units in the last place. */
export interface Ulps {
  readonly float32: number;
  readonly float64: number;
}

export const ulpLimits = {
  exact: { float32: 0, float64: 0 },
  /** Elementary functions of the interpreter: the engine's, in float64 good to one unit or so, and float32 rounded from them. */
  interpreter: { float32: 0, float64: 2 },
  /** Elementary functions of compiled programs. */
  wasm: { float32: 2, float64: 2 },
} as const;
