/** What a comparison is told to do. */

export interface CompareSettings {
  /** A file to read; without it California Housing, or its stand-in. */
  readonly data: string | undefined;
  readonly target: string | undefined;
  /** Columns not to learn from. */
  readonly drop: readonly string[];
  readonly header: boolean | "auto";
  readonly delimiter: string | undefined;
  readonly missing: readonly string[] | undefined;
  readonly decimal: "auto" | "point" | "comma";
  readonly badCells: "error" | "missing";
  /** Undefined: chosen from the number of steps in an epoch. */
  readonly epochs: number | undefined;
  readonly batchSize: number;
  readonly seed: number;
  /** Fraction of all rows. */
  readonly test: number;
  /** Fraction of the rows that are not for the test. */
  readonly validation: number;
  /** Widths of the hidden layers. */
  readonly hidden: readonly number[];
  /** Standardised inputs are limited to ± this; 0 for no limit. */
  readonly inputLimit: number;
  /** Names of the optimisers to compare; undefined for all. */
  readonly optimizers: readonly string[] | undefined;
  readonly sweep: boolean;
  /** Few epochs and a coarse sweep. */
  readonly quick: boolean;
  /** Do not try to download anything. */
  readonly offline: boolean;
  readonly output: string;
}

export const defaults: CompareSettings = {
  data: undefined,
  target: undefined,
  drop: [],
  header: "auto",
  delimiter: undefined,
  missing: undefined,
  decimal: "auto",
  badCells: "error",
  epochs: undefined,
  batchSize: 32,
  seed: 42,
  test: 0.2,
  validation: 0.1,
  hidden: [64, 32],
  inputLimit: 6,
  optimizers: undefined,
  sweep: true,
  quick: false,
  offline: false,
  output: "report.html",
};

/** Steps that a training should have: enough for the curves to flatten, few enough for patience. */
const wantedSteps = 56_000;

/** Passes over the training data: as many as give about 56,000 steps, from 10 to 300; with `quick` an eighth of that. */
export function chooseEpochs(settings: CompareSettings, trainingRows: number): number {
  if (settings.epochs !== undefined) return settings.epochs;
  const steps = Math.ceil(trainingRows / settings.batchSize);
  const epochs = Math.min(300, Math.max(10, Math.round(wantedSteps / steps)));
  return settings.quick ? Math.max(3, Math.round(epochs / 8)) : epochs;
}
