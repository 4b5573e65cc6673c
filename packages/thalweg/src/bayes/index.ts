/** `thalweg/bayes`: naive Bayes classifiers. */
export type { Priors } from "./bayes-model.js";
export {
  type BernoulliBayesModel,
  type BernoulliBayesSettings,
  bernoulliBayes,
  type MultinomialBayesModel,
  type MultinomialBayesSettings,
  multinomialBayes,
} from "./discrete.js";
export { type GaussianBayesModel, type GaussianBayesSettings, gaussianBayes } from "./gaussian.js";
