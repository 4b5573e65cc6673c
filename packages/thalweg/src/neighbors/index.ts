/** `thalweg/neighbors`: nearest rows, and prediction by them. */
export {
  type NearestNeighbors,
  type NearestSettings,
  type NeighborAlgorithm,
  nearestNeighbors,
} from "./nearest.js";
export {
  kNeighborsClassifier,
  kNeighborsRegressor,
  type NeighborClassifier,
  type NeighborRegressor,
  type NeighborSettings,
} from "./neighbor-models.js";
