/** Prediction by the nearest rows: a vote for classes, a mean for numbers, each row's part 1 or the inverse of its distance. */
import { UserError } from "../base/errors.js";
import { type Constraints, oneOf, wholeAtLeast } from "../base/settings.js";
import type { Label, PredictedLabels } from "../data/labels.js";
import { checkColumns, type Matrix, matrixTensor } from "../data/matrix.js";
import { type RowsInput, readNumbers } from "../preprocessing/columns.js";
import type { FitOptions, Model, ModelJSON, ProbabilisticModel, Targets } from "../preprocessing/estimator.js";
import {
  type PredictorKind,
  predictorKind,
  scoreClassification,
  scoreRegression,
} from "../preprocessing/predictor-kind.js";
import {
  type ClassTargets,
  largestLabels,
  type NumberTargets,
  numbersTensor,
  readClassesState,
  readClassTargets,
  readCodesState,
  readNumberTargets,
  refuseWeights,
} from "../preprocessing/targets.js";
import type { StateReader } from "../preprocessing/transformer-kind.js";
import type { Tensor } from "../tensor/tensor.js";
import {
  type Found,
  type Index,
  makeIndex,
  type NearestSettings,
  nearestConstraints,
  nearestDefaults,
  readRows,
} from "./nearest.js";

export interface NeighborSettings extends NearestSettings {
  /** How many neighbours take part. Default: 5. */
  readonly neighbors: number;
  /** Parts of the neighbours: equal, or 1 / distance (rows at distance 0 then decide alone). Default: "uniform". */
  readonly weights: "uniform" | "distance";
}

const defaults: NeighborSettings = { neighbors: 5, weights: "uniform", ...nearestDefaults };
const constraints: Constraints<NeighborSettings> = {
  neighbors: wholeAtLeast(1),
  weights: oneOf("uniform", "distance"),
  ...nearestConstraints,
};

/** The index and settings that both models share. */
class Voters {
  readonly kind: string;
  readonly settings: NeighborSettings;
  readonly index: Index;

  constructor(kind: string, settings: NeighborSettings, data: Matrix) {
    if (settings.neighbors > data.rows)
      throw new UserError(
        `${kind}.fit: neighbors is ${settings.neighbors}, and there are ${data.rows} rows; it must be at most that`,
      );
    this.kind = kind;
    this.settings = settings;
    this.index = makeIndex(data, settings);
  }

  /** Calls `vote` with each query's neighbours and their parts, which add up to 1. */
  each(op: string, x: RowsInput, vote: (query: number, neighbor: number, part: number) => void): number {
    const queries = readNumbers(op, "x", x);
    checkColumns(op, "x", queries, this.index.data.columns);
    const k = this.settings.neighbors;
    const found = this.index.query(queries, k);
    for (let i = 0; i < queries.rows; i += 1) {
      const parts = this.#parts(found, i * k, k);
      for (let n = 0; n < k; n += 1) vote(i, found.positions[i * k + n] ?? 0, parts[n] ?? 0);
    }
    return queries.rows;
  }

  #parts({ distances }: Found, at: number, k: number): Float64Array {
    const parts = new Float64Array(k).fill(1);
    if (this.settings.weights === "distance") {
      const same = distances[at] === 0;
      for (let n = 0; n < k; n += 1) {
        const d = distances[at + n] ?? 0;
        parts[n] = same ? (d === 0 ? 1 : 0) : 1 / d;
      }
    }
    const total = parts.reduce((a, b) => a + b, 0);
    return parts.map((p) => p / total);
  }

  json(state: Readonly<Record<string, unknown>>): ModelJSON {
    const { columns, data } = this.index.data;
    return { kind: this.kind, settings: { ...this.settings }, state: { columns, rows: [...data], ...state } };
  }
}

function readVoters(kind: string, settings: NeighborSettings, state: StateReader): Voters {
  const [columns, data] = [state.number("columns"), state.numbers("rows")];
  if (!(columns >= 1) || data.length % columns !== 0)
    throw new UserError(`${kind}.fromJSON: rows of the state must be a whole number of rows of ${columns} columns`);
  return new Voters(kind, settings, { rows: data.length / columns, columns, data });
}

export class NeighborClassifier implements ProbabilisticModel {
  readonly kind = "kNeighborsClassifier";
  readonly settings: NeighborSettings;
  readonly classes: readonly Label[];
  readonly #voters: Voters;
  readonly #codes: Int32Array;

  constructor(voters: Voters, { classes, codes }: ClassTargets) {
    this.settings = voters.settings;
    this.classes = classes;
    this.#voters = voters;
    this.#codes = codes;
  }

  /** The shares of the vote, (rows, classes). */
  predictProbabilities(x: RowsInput): Tensor {
    const { rows, data } = this.#shares(`${this.kind}.predictProbabilities`, x);
    return matrixTensor({ rows, columns: this.classes.length, data });
  }

  /** The class with the largest share; of equals the first. */
  predict(x: RowsInput): PredictedLabels {
    return largestLabels(this.classes, this.#shares(`${this.kind}.predict`, x).data);
  }

  score(x: RowsInput, y: Targets, options?: FitOptions): number {
    return scoreClassification(this, x, y, options);
  }

  toJSON(): ModelJSON {
    return this.#voters.json({ classes: [...this.classes], codes: [...this.#codes] });
  }

  #shares(op: string, x: RowsInput): { readonly rows: number; readonly data: Float64Array } {
    const width = this.classes.length;
    const data: number[] = [];
    const rows = this.#voters.each(op, x, (query, neighbor, part) => {
      while (data.length < (query + 1) * width) data.push(0);
      const at = query * width + (this.#codes[neighbor] ?? 0);
      data[at] = (data[at] ?? 0) + part;
    });
    return { rows, data: Float64Array.from(data) };
  }
}

export class NeighborRegressor implements Model<Tensor> {
  readonly kind = "kNeighborsRegressor";
  readonly settings: NeighborSettings;
  readonly #voters: Voters;
  readonly #targets: NumberTargets;

  constructor(voters: Voters, targets: NumberTargets) {
    this.settings = voters.settings;
    this.#voters = voters;
    this.#targets = targets;
  }

  /** The weighted means of the neighbours' targets: (rows) or (rows, targets), as those were. */
  predict(x: RowsInput): Tensor {
    const { data, width, vector } = this.#targets;
    const means: number[] = [];
    this.#voters.each(`${this.kind}.predict`, x, (query, neighbor, part) => {
      while (means.length < (query + 1) * width) means.push(0);
      for (let t = 0; t < width; t += 1)
        means[query * width + t] = (means[query * width + t] ?? 0) + part * (data[neighbor * width + t] ?? 0);
    });
    return numbersTensor({ data: Float64Array.from(means), width, vector });
  }

  score(x: RowsInput, y: Targets, options?: FitOptions): number {
    return scoreRegression(this, x, y, options);
  }

  toJSON(): ModelJSON {
    const { data, width, vector } = this.#targets;
    return this.#voters.json({ targets: [...data], width, vector });
  }
}

const noWeights = "a row of weight 2 would have to be two neighbours; repeat the row instead";

/** The class that most of the nearest rows have. */
export const kNeighborsClassifier: PredictorKind<NeighborSettings, NeighborClassifier> = predictorKind<
  NeighborSettings,
  NeighborClassifier
>({
  kind: "kNeighborsClassifier",
  role: "classifier",
  defaults,
  constraints,
  fit(settings, x, y, options) {
    const op = "kNeighborsClassifier.fit";
    refuseWeights(op, options, noWeights);
    const data = readRows(op, x);
    const targets = readClassTargets(op, y, data.rows);
    return new NeighborClassifier(new Voters("kNeighborsClassifier", settings, data), targets);
  },
  read(settings, state) {
    const kind = "kNeighborsClassifier";
    const classes = readClassesState(kind, state);
    const voters = readVoters(kind, settings, state);
    const codes = readCodesState(kind, state, "codes", classes.length);
    checkCount(kind, "codes", codes.length, voters);
    return new NeighborClassifier(voters, { classes, codes });
  },
});

/** The mean of the nearest rows' targets; several targets at once where y has several columns. */
export const kNeighborsRegressor: PredictorKind<NeighborSettings, NeighborRegressor> = predictorKind<
  NeighborSettings,
  NeighborRegressor
>({
  kind: "kNeighborsRegressor",
  role: "regressor",
  defaults,
  constraints,
  fit(settings, x, y, options) {
    const op = "kNeighborsRegressor.fit";
    refuseWeights(op, options, noWeights);
    const data = readRows(op, x);
    const targets = readNumberTargets(op, y, data.rows);
    return new NeighborRegressor(new Voters("kNeighborsRegressor", settings, data), targets);
  },
  read(settings, state) {
    const kind = "kNeighborsRegressor";
    const voters = readVoters(kind, settings, state);
    const [width, data] = [state.number("width"), state.numbers("targets")];
    checkCount(kind, "targets", data.length / width, voters);
    return new NeighborRegressor(voters, { data, width, vector: state.value("vector") === true });
  },
});

function checkCount(kind: string, name: string, count: number, { index }: Voters): void {
  if (count !== index.data.rows)
    throw new UserError(`${kind}.fromJSON: ${name} of the state must fit its ${index.data.rows} rows, got ${count}`);
}
