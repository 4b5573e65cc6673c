/** Charts of how training went, one curve for each optimiser. */

import { candidates } from "../compare/candidates.js";
import type { Comparison } from "../compare/comparison.js";
import type { Outcome, Trained } from "../compare/train.js";
import { type Curve, lineChart } from "./charts/lines.js";
import { type Html, html } from "./html.js";

/** The same optimiser has the same colour in every chart and every report. */
export function colorOf(name: string): string {
  return `var(--c${Math.max(
    0,
    candidates.findIndex((c) => c.name === name),
  )})`;
}

export function figure(title: string, chart: Html, caption: string): Html {
  return html`<figure><h3>${title}</h3>${chart}<figcaption>${caption}</figcaption></figure>`;
}

type Series = "learningRate" | "trainLoss" | "validationLoss" | "gradientNorm" | "weightNorm" | "updateRatio";

function historyCurves(outcomes: readonly Outcome[], series: Series): Curve[] {
  return outcomes.flatMap(({ candidate, history }) =>
    history === undefined ? [] : [curve(candidate.name, history.epoch, history[series])],
  );
}

function curve(name: string, x: readonly number[], y: readonly number[]): Curve {
  return { name, color: colorOf(name), points: x.map((a, i) => [a, y[i] ?? Number.NaN]) };
}

const epochs = { name: "epoch", kind: "linear" } as const;

export function learningCurves(comparison: Comparison): Html[] {
  const { outcomes } = comparison;
  const validation: Curve[] = [];
  for (const [i, single] of historyCurves(outcomes, "validationLoss").entries()) {
    const averaged = outcomes
      .filter((o): o is Trained => o.kind === "trained")
      .find((o) => o.candidate.name === single.name)?.averaged;
    validation.push({ ...single, faint: averaged !== undefined });
    if (averaged !== undefined)
      validation.push(curve(outcomes[i]?.candidate.name ?? single.name, averaged.epoch, averaged.validationLoss));
  }
  return [
    figure(
      "Training loss",
      lineChart(historyCurves(outcomes, "trainLoss"), {
        label: "Training loss of each optimiser over the epochs, logarithmic.",
        x: epochs,
        y: { name: "mean squared error, standardised target", kind: "log" },
        cutSpikes: true,
      }),
      "Averaged over the steps of an epoch, each measured before its own update. 1 is what the mean of the training rows reaches.",
    ),
    figure(
      "Validation loss",
      lineChart(validation, {
        label: "Validation loss of each optimiser over the epochs, logarithmic; bold for averaged weights.",
        x: epochs,
        y: { name: "mean squared error, standardised target", kind: "log" },
        cutSpikes: true,
      }),
      "Thin: after each epoch (the highest spikes are cut off). Bold: of the average of the weights, from the middle of training on.",
    ),
    gapChart(comparison),
    timeChart(comparison),
  ];
}

/** What the best validation loss so far costs in time. */
function timeChart({ outcomes }: Comparison): Html {
  const longest = Math.max(...outcomes.map(({ history }) => history?.seconds.at(-1) ?? 0));
  const curves = outcomes.flatMap(({ candidate, history }) => {
    if (history === undefined) return [];
    let best = Number.POSITIVE_INFINITY;
    const lowest = history.validationLoss.map((v) => {
      best = Math.min(best, v);
      return best;
    });
    // What was reached stays reached: all curves go on to the same end.
    return [curve(candidate.name, [...history.seconds, longest], [...lowest, best])];
  });
  return figure(
    "Best validation loss by time",
    lineChart(curves, {
      label: "The lowest validation loss so far of each optimiser over the seconds of training, logarithmic.",
      x: { name: "seconds", kind: "linear" },
      y: { name: "mean squared error, standardised target", kind: "log" },
    }),
    "Of single epochs, on this machine, with the measuring of norms included.",
  );
}

function gapChart({ outcomes }: Comparison): Html {
  const curves = outcomes.flatMap(({ candidate, history }) =>
    history === undefined
      ? []
      : [
          curve(
            candidate.name,
            history.epoch,
            history.validationLoss.map((v, i) => v - (history.trainLoss[i] ?? Number.NaN)),
          ),
        ],
  );
  return figure(
    "Generalisation gap",
    lineChart(curves, {
      label: "Validation loss less training loss of each optimiser over the epochs.",
      x: epochs,
      y: { name: "validation − training loss", kind: "linear" },
      line: 0,
      cutSpikes: true,
    }),
    "Growing: what is learnt is particular to the training rows. Below 0 in early epochs, because the training loss is an average over an epoch in which the network still improved.",
  );
}

export function normCharts({ outcomes }: Comparison): Html[] {
  const chart = (title: string, series: Series, name: string, caption: string): Html =>
    figure(
      title,
      lineChart(historyCurves(outcomes, series), {
        label: `${title} of each optimiser over the epochs, logarithmic.`,
        x: epochs,
        y: { name, kind: "log" },
      }),
      caption,
    );
  return [
    chart("Gradient norm", "gradientNorm", "‖g‖", "Over all parameters, averaged over the steps of an epoch."),
    chart(
      "Weight norm",
      "weightNorm",
      "‖θ‖",
      "Over all parameters, at the end of each epoch. Weight decay holds it back.",
    ),
    chart(
      "Update-to-weight ratio",
      "updateRatio",
      "‖Δθ‖ / ‖θ‖",
      "How much a step changes the weights. About 1e-3 is usual; far more is restless, far less is standing still.",
    ),
    chart("Learning rate", "learningRate", "η", "At the end of each epoch."),
  ];
}

export function sweepChart({ sweep }: Comparison): Html | undefined {
  if (sweep === undefined) return undefined;
  const curves = sweep.curves.map(({ candidate, points }): Curve => {
    const good = points.flatMap(({ learningRate, loss }) =>
      loss === undefined ? [] : [[learningRate, loss] as const],
    );
    return {
      name: candidate.name,
      color: colorOf(candidate.name),
      points: good,
      markers: true,
      nameless: true,
      lost: points.filter((p) => p.loss === undefined).map((p) => p.learningRate),
    };
  });
  return figure(
    "Validation loss by learning rate",
    lineChart(curves, {
      label: "Validation loss after a short training, by learning rate, for each optimiser; both logarithmic.",
      x: { name: "learning rate", kind: "rate" },
      y: { name: "mean squared error, standardised target", kind: "log" },
    }),
    `After ${sweep.epochs} ${sweep.epochs === 1 ? "epoch" : "epochs"} at a constant rate on ${sweep.rows.toLocaleString("en")} training rows. Crosses along the upper edge: diverged (no longer a number, or more than ten times worse than the mean). A wide flat valley forgives a badly chosen rate.`,
  );
}
