/** The program of a worker that fits for searches: knows every kind of estimator in the library. Nothing imports it; it is started by its address. */
import * as bayes from "../bayes/index.js";
import * as cluster from "../cluster/index.js";
import * as decomposition from "../decomposition/index.js";
import * as linear from "../linear/index.js";
import * as neighbors from "../neighbors/index.js";
import * as preprocessing from "../preprocessing/index.js";
import { baselineClassifier, baselineRegressor } from "./baseline.js";
import type { AnyEstimatorKind } from "./estimator-from-json.js";
import { serveFits } from "./serve-fits.js";

const exported = [bayes, cluster, decomposition, linear, neighbors, preprocessing].flatMap((door) =>
  Object.values(door as Readonly<Record<string, unknown>>),
);

serveFits([
  baselineClassifier,
  baselineRegressor,
  ...exported.flatMap((value) =>
    typeof value === "function" && "kind" in value && "fromJSON" in value ? [value as unknown as AnyEstimatorKind] : [],
  ),
]);
