/** The door `thalweg/debug`: the slow and right device, checks of every op, and the inside of programs. */
export type { Place } from "../graph/origins.js";
export { type Device, setDevice } from "../runtime/device.js";
export { interpreterDevice } from "../runtime/interpreter.js";
export type { Cost } from "./costs.js";
export { checkProgram, type DebugOptions, type DebugReport, debugRun } from "./debug-run.js";
export {
  type BufferInfo,
  type Inspection,
  inspect,
  type KernelInfo,
  type MemoryInfo,
  type StageInfo,
} from "./inspect.js";
export type { LoopInfo } from "./loops.js";
export type { OpReport, ValueReport } from "./op-report.js";
