/** Weights of rows that make up for classes of unequal size. */
import { UserError } from "../base/errors.js";
import { above, type Constraint, either, listOf, oneOf } from "../base/settings.js";
import type { ClassTargets } from "../preprocessing/targets.js";

/** "equal": 1 each; "balanced": rows / (classes · rows of the class); or one weight a class, ascending. */
export type ClassWeights = "equal" | "balanced" | readonly number[];

export const classWeightsConstraint: Constraint = either(oneOf("equal", "balanced"), listOf(above(0), 2));

/** Sample weights times class weights. "balanced" counts rows by their sample weights. */
export function rowWeights(
  op: string,
  choice: ClassWeights,
  { classes, codes }: ClassTargets,
  sampleWeight: Float64Array | undefined,
): Float64Array {
  const weights = sampleWeight?.slice() ?? new Float64Array(codes.length).fill(1);
  const sizes = new Float64Array(classes.length);
  codes.forEach((c, i) => {
    sizes[c] = (sizes[c] ?? 0) + (weights[i] ?? 0);
  });
  const empty = sizes.indexOf(0);
  if (empty >= 0)
    throw new UserError(
      `${op}: all rows of the class ${JSON.stringify(classes[empty])} have sampleWeight 0; leave them out`,
    );
  if (choice === "equal") return weights;
  if (choice !== "balanced" && choice.length !== classes.length)
    throw new UserError(`${op}: classWeights must hold ${classes.length} weights, one a class, got ${choice.length}`);
  const total = sizes.reduce((a, b) => a + b, 0);
  const factors = choice === "balanced" ? sizes.map((s) => total / (classes.length * s)) : Float64Array.from(choice);
  return weights.map((w, i) => w * (factors[codes[i] ?? 0] ?? 1));
}
