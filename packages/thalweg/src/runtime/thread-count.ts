/** How many threads. Apart from what counts them, because public declarations name it. */
import { UserError } from "../base/errors.js";

/** A number of threads, the caller counted, or what suits the machine. */
export type ThreadCount = number | "auto";

const most = 64;

export function checkThreads(requested: ThreadCount): ThreadCount {
  if (requested === "auto" || (Number.isInteger(requested) && requested >= 1 && requested <= most)) return requested;
  throw new UserError(`threads must be "auto" or an integer from 1 to ${most}, not ${requested}`);
}
