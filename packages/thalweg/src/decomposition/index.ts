/** The door `thalweg/decomposition`: principal components. */
export { comparePca, type PcaComparison, type PcaComparisonEntry, type PcaComparisonSettings } from "./compare.js";
export { IncrementalPcaModel, type IncrementalPcaSettings, incrementalPca, incrementalPcaOf } from "./incremental.js";
export { PcaModel, type ScreeEntry } from "./model.js";
export { type PcaAlgorithm, type PcaSettings, pca } from "./pca.js";
