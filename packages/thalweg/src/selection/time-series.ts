/** Folds for rows in the order of time: trained on the past, tested on what follows. */
import { UserError } from "../base/errors.js";
import { checkSettings, optional, wholeAtLeast } from "../base/settings.js";
import { checkRowCount, type Splitter } from "./splitter.js";

export interface TimeSeriesSettings {
  /** Default: 5. */
  readonly folds?: number;
  /** Rows of each test. Default: ⌊rows / (folds + 1)⌋. */
  readonly testSize?: number;
  /** Rows left out between training and test. Default: 0. */
  readonly gap?: number;
  /** At most so many rows to train on, the latest ones. Default: all. */
  readonly maxTrainSize?: number;
}

type Settled = Omit<TimeSeriesSettings, "folds" | "gap"> & { readonly folds: number; readonly gap: number };

/** Each test follows on the one before; training grows by it. */
export function timeSeriesSplit(given: TimeSeriesSettings = {}): Splitter {
  const op = "timeSeriesSplit";
  const settings = checkSettings<Settled>(
    op,
    given,
    { folds: 5, gap: 0 },
    {
      folds: wholeAtLeast(2),
      testSize: optional(wholeAtLeast(1)),
      gap: wholeAtLeast(0),
      maxTrainSize: optional(wholeAtLeast(1)),
    },
  );
  const { folds, gap, maxTrainSize } = settings;
  return {
    kind: op,
    settings,
    split(rows) {
      checkRowCount(op, rows);
      const size = settings.testSize ?? Math.floor(rows / (folds + 1));
      const first = rows - folds * size;
      if (size < 1 || first - gap < 1)
        throw new UserError(
          `${op}: ${rows} rows are too few for ${folds} tests of ${Math.max(1, size)} rows after a gap of ${gap} and at least one to train on; lower folds, testSize or gap`,
        );
      return Array.from({ length: folds }, (_, k) => {
        const start = first + k * size;
        const end = start - gap;
        const from = maxTrainSize === undefined ? 0 : Math.max(0, end - maxTrainSize);
        return { train: range(from, end), test: range(start, start + size) };
      });
    },
  };
}

function range(from: number, to: number): Int32Array {
  return Int32Array.from({ length: to - from }, (_, i) => from + i);
}
