/** `@thalweg/node`: what Thalweg needs a server for. */
export { defaultMissing } from "./csv/cell.js";
export { type ReadTableOptions, readTable, type TableFile } from "./csv/read-table.js";
export { describeProblem, type Problem, TableFileError } from "./csv/table-file-error.js";
export { cacheFolder } from "./datasets/cache-folder.js";
export {
  type ArchiveSource,
  californiaHousing,
  type HousingData,
  type HousingOptions,
  type NoHousingData,
} from "./datasets/california-housing.js";
export { unfinishedFiles, writeFileAtomic } from "./write-file-atomic.js";
