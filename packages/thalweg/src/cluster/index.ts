/** `thalweg/cluster`: groups of rows. */
export type { InitialCenters } from "./initial-centers.js";
export {
  type KMeansModel,
  type KMeansSettings,
  kMeans,
  type MiniBatchKMeansSettings,
  miniBatchKMeans,
} from "./k-means.js";
export {
  type SpectralClusteringModel,
  type SpectralClusteringSettings,
  spectralClustering,
} from "./spectral.js";
