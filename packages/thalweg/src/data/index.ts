/** `thalweg/data`: tables, their description, splitting, encoding and synthetic data sets. */
export { nearestNames, suggestNames } from "../base/nearest-name.js";
export {
  type Effect,
  type Encoding,
  type EncodingOptions,
  encode,
  encodingEffects,
  fitEncoding,
  reasons,
  type Treatment,
} from "./encoding.js";
export { type Cell, fromRows } from "./from-rows.js";
export { applyScaling, fitScaling, invertScaling, type Scaling } from "./scaling.js";
export { permutation, type Split, type SplitOptions, splitRows } from "./split.js";
export {
  type ColumnSummary,
  describe,
  describeColumn,
  type LabelSummary,
  type NumberSummary,
  presentValues,
  quantileSorted,
} from "./statistics.js";
export {
  type CollinearRegressionOptions,
  collinearRegression,
  type NonlinearRegressionOptions,
  nonlinearRegression,
} from "./synthetic.js";
export {
  type Column,
  countMissing,
  isMissing,
  type LabelColumn,
  labelColumn,
  type NumberColumn,
  numberColumn,
  Table,
} from "./table.js";
