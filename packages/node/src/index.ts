/** `@thalweg/node`: what Thalweg needs a server for. */
export { type Decimal, defaultMissing } from "./csv/cell.js";
export { type ReadTableOptions, readTable, type TableFile } from "./csv/read-table.js";
export type { Doubt } from "./csv/survey.js";
export { describeProblem, type Problem, TableFileError } from "./csv/table-file-error.js";
export { cacheFolder } from "./datasets/cache-folder.js";
export {
  type ArchiveSource,
  californiaHousing,
  type HousingData,
  type HousingOptions,
  housingFiles,
  type NoHousingData,
} from "./datasets/california-housing.js";
export { unfinishedFiles, writeFileAtomic } from "./write-file-atomic.js";
