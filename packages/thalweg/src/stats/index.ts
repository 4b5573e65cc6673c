/** `thalweg/stats`: special functions and the distributions that tests of hypotheses stand on. */
export { incompleteBeta } from "./beta.js";
export { binomial, chiSquared, type Distribution, fisherF, normal, studentT } from "./distributions.js";
export { incompleteGamma, logBeta, logGamma } from "./gamma.js";
export { averageRanks } from "./ranks.js";
export { signedRankCdf } from "./signed-rank.js";
