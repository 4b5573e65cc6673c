/** Several models asked together: the vote of classifiers, the mean of regressors. */
import { UserError } from "../base/errors.js";
import { atLeast, checkSettings, listOf, oneOf, optional } from "../base/settings.js";
import {
  distinctLabels,
  encodeLabels,
  type Label,
  type LabelsInput,
  type PredictedLabels,
  predictedLabels,
  readLabels,
} from "../data/labels.js";
import { matrixTensor } from "../data/matrix.js";
import type { RowsInput } from "../preprocessing/columns.js";
import {
  type AnyKind,
  type ClassifierModel,
  type FitOptions,
  hasProbabilities,
  type Model,
  type ModelJSON,
  type Predictor,
  type ProbabilisticModel,
  type Targets,
} from "../preprocessing/estimator.js";
import { stepFromJSON } from "../preprocessing/pipeline.js";
import { scoreClassification, scoreRegression } from "../preprocessing/predictor-kind.js";
import { stateOf } from "../preprocessing/transformer-kind.js";
import { travelling } from "../preprocessing/travelling.js";
import { fromData } from "../tensor/creation.js";
import type { Tensor } from "../tensor/tensor.js";

export interface AveragingSettings {
  /** One number ≥ 0 for each member. Default: all equal. */
  readonly weights?: readonly number[];
}

export interface VotingSettings extends AveragingSettings {
  /** "hard" counts votes, "soft" adds up probabilities. Default: "hard". */
  readonly voting?: "hard" | "soft";
}

const weightsConstraint = optional(listOf(atLeast(0)));

/** The (weighted) mean of the predictions of regressors fitted on the same rows. */
export function averagingRegressor(
  members: readonly Predictor<Model<Tensor>>[],
  given: AveragingSettings = {},
): Predictor<FittedAveraging> {
  const kind = "averagingRegressor";
  checkMembers(kind, members, "regressor");
  const { weights } = checkSettings<Partial<AveragingSettings>>(kind, given, {}, { weights: weightsConstraint });
  const shares = checkWeights(kind, weights, members.length);
  const settings = Object.freeze({ members: members.map((m) => m.toJSON()), weights: shares });
  const fit = (x: RowsInput, y: Targets, options: FitOptions = {}) =>
    new FittedAveraging(
      members.map((m) => m.fit(x, y, options)),
      shares,
    );
  return travelling({ role: "regressor", kind, settings, toJSON: () => ({ kind, settings }), fit }, members);
}

export class FittedAveraging implements Model<Tensor> {
  readonly kind = "averagingRegressor";
  readonly members: readonly Model<Tensor>[];
  /** Adding up to 1. */
  readonly weights: readonly number[];

  constructor(members: readonly Model<Tensor>[], weights: readonly number[]) {
    this.members = members;
    this.weights = weights;
  }

  predict(x: RowsInput): Tensor {
    const predictions = this.members.map((m) => m.predict(x));
    const [first] = predictions;
    if (first === undefined) throw new UserError("averagingRegressor: there is no member");
    const data = new Float64Array(first.size);
    predictions.forEach((p, k) => {
      p.storage("averagingRegressor.predict").forEach((v, i) => {
        data[i] = (data[i] ?? 0) + (this.weights[k] ?? 0) * v;
      });
    });
    return fromData(data, first.shape);
  }

  score(x: RowsInput, y: Targets, options: FitOptions = {}): number {
    return scoreRegression(this, x, y, options);
  }

  toJSON(): ModelJSON {
    return ensembleJSON(this.kind, this.members, { weights: this.weights });
  }
}

/** The class with the most (weighted) votes, of equals the first; or with the greatest mean probability. */
export function votingClassifier(
  members: readonly Predictor<ClassifierModel>[],
  given: VotingSettings = {},
): Predictor<FittedVoting> {
  const kind = "votingClassifier";
  checkMembers(kind, members, "classifier");
  const { voting, weights } = checkSettings<VotingSettings & { voting: "hard" | "soft" }>(
    kind,
    given,
    { voting: "hard" },
    { voting: oneOf("hard", "soft"), weights: weightsConstraint },
  );
  const shares = checkWeights(kind, weights, members.length);
  const settings = Object.freeze({ members: members.map((m) => m.toJSON()), weights: shares, voting });
  const fit = (x: RowsInput, y: Targets, options: FitOptions = {}) => {
    const models = members.map((m) => m.fit(x, y, options));
    const classes = distinctLabels(readLabels(`${kind}.fit`, "y", y as LabelsInput));
    return new FittedVoting(models, shares, voting, classes);
  };
  return travelling({ role: "classifier", kind, settings, toJSON: () => ({ kind, settings }), fit }, members);
}

export class FittedVoting implements ProbabilisticModel {
  readonly kind = "votingClassifier";
  readonly members: readonly ClassifierModel[];
  readonly weights: readonly number[];
  readonly voting: "hard" | "soft";
  readonly classes: readonly Label[];

  constructor(
    members: readonly ClassifierModel[],
    weights: readonly number[],
    voting: "hard" | "soft",
    classes: readonly Label[],
  ) {
    this.members = members;
    this.weights = weights;
    this.voting = voting;
    this.classes = classes;
    for (const member of members)
      if (voting === "soft" && !hasProbabilities(member))
        throw new UserError(
          `votingClassifier: voting "soft" needs probabilities, and ${member.kind} has none; use "hard", or calibrate it`,
        );
  }

  predict(x: RowsInput): PredictedLabels {
    const { data, rows, columns } = this.#shares(x);
    return predictedLabels(
      this.classes,
      Array.from({ length: rows }, (_, i) => {
        const row = data.subarray(i * columns, (i + 1) * columns);
        return row.indexOf(row.reduce((a, b) => Math.max(a, b)));
      }),
    );
  }

  /** Mean probabilities, or the shares of the votes. */
  predictProbabilities(x: RowsInput): Tensor {
    return matrixTensor(this.#shares(x));
  }

  #shares(x: RowsInput) {
    const op = "votingClassifier.predict";
    const columns = this.classes.length;
    let data = new Float64Array(0);
    this.members.forEach((member, m) => {
      const weight = this.weights[m] ?? 0;
      const add = (at: number, share: number): void => {
        data[at] = (data[at] ?? 0) + weight * share;
      };
      if (this.voting === "soft" && hasProbabilities(member)) {
        const p = member.predictProbabilities(x).storage(op);
        if (data.length === 0) data = new Float64Array(p.length);
        p.forEach((v, at) => {
          add(at, v);
        });
      } else {
        const codes = encodeLabels(
          op,
          "the prediction",
          readLabels(op, "the prediction", member.predict(x)),
          this.classes,
        );
        if (data.length === 0) data = new Float64Array(codes.length * columns);
        codes.forEach((code, i) => {
          add(i * columns + code, 1);
        });
      }
    });
    return { data, columns, rows: data.length / columns };
  }

  score(x: RowsInput, y: Targets, options: FitOptions = {}): number {
    return scoreClassification(this, x, y, options);
  }

  toJSON(): ModelJSON {
    return ensembleJSON(this.kind, this.members, { weights: this.weights, voting: this.voting, classes: this.classes });
  }
}

/** The ensemble that `toJSON` wrote; `kinds` are those of its members. */
export function ensembleFromJSON(json: ModelJSON, kinds: readonly AnyKind[]): FittedAveraging | FittedVoting {
  const op = "ensembleFromJSON";
  const { members, weights, voting, classes } = stateOf(op, json);
  if (!Array.isArray(members) || !Array.isArray(weights))
    throw new UserError(`${op}: there are no fitted members in it`);
  const read = members.map((member: unknown) => {
    const model = stepFromJSON(op, member, kinds);
    if (!("predict" in model)) throw new UserError(`${op}: ${model.kind} does not predict`);
    return model;
  });
  const shares = checkWeights(op, weights.map(Number), read.length);
  if (json.kind === "averagingRegressor") return new FittedAveraging(read as Model<Tensor>[], shares);
  if (json.kind !== "votingClassifier" || !Array.isArray(classes))
    throw new UserError(`${op}: this is a ${json.kind}, and not an averagingRegressor or votingClassifier`);
  return new FittedVoting(read as ClassifierModel[], shares, voting === "soft" ? "soft" : "hard", classes as Label[]);
}

function ensembleJSON(kind: string, members: readonly Model[], rest: Readonly<Record<string, unknown>>): ModelJSON {
  const saved = members.map((m) => m.toJSON());
  const settings = { members: saved.map((m) => ({ kind: m.kind, settings: m.settings })), ...rest };
  return { kind, settings, state: { members: saved, ...rest } };
}

export function checkMembers(kind: string, members: readonly Predictor[], role: "regressor" | "classifier"): void {
  if (!Array.isArray(members) || members.length === 0)
    throw new UserError(`${kind}: members must be an array of at least one ${role}`);
  members.forEach((member: Predictor, i) => {
    if (member?.role !== role)
      throw new UserError(`${kind}: member ${i} must be a ${role} (not yet fitted), got a ${String(member?.role)}`);
  });
}

function checkWeights(kind: string, weights: readonly number[] | undefined, count: number): readonly number[] {
  if (weights === undefined) return new Array<number>(count).fill(1 / count);
  const total = weights.reduce((a, b) => a + b, 0);
  if (weights.length !== count || !weights.every((w) => Number.isFinite(w) && w >= 0) || total === 0)
    throw new UserError(
      `${kind}: weights must be ${count} numbers ≥ 0, one a member and not all 0, got [${weights.join(", ")}]`,
    );
  // Shares that were made here, and come back from JSON, stay what they are.
  return Math.abs(total - 1) < 1e-12 ? weights : weights.map((w) => w / total);
}
