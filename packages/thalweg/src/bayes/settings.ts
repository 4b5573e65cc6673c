/** Constraints of settings that several naive Bayes models have. */
import { between, type Constraint, either, listOf, oneOf } from "../base/settings.js";

export const priorsConstraint: Constraint = either(oneOf("data", "equal"), listOf(between(0, 1), 2));
