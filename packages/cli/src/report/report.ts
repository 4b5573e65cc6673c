/** The report: one HTML file with everything in it, that loads nothing. */
import { cpus } from "node:os";
import { type Comparison, networkText } from "../compare/comparison.js";
import { verdict } from "../compare/verdict.js";
import { count, fixed, number, percent, seconds } from "../screen/format.js";
import { version } from "../version.js";
import {
  errorBySizeChart,
  predictionChart,
  residualChart,
  residualFacts,
  residualHistogram,
  thinned,
} from "./charts/points.js";
import { commandOf } from "./command.js";
import { type Html, html, raw } from "./html.js";
import { style } from "./style.js";
import { captionedTable, columnsTable, optimizersTable, resultsTable } from "./tables.js";
import { colorOf, figure, learningCurves, normCharts, sweepChart } from "./training-charts.js";

export function renderReport(comparison: Comparison, now: Date = new Date()): string {
  const { loaded, prepared, winner } = comparison;
  const title = `${prepared.target} of ${loaded.title}: optimisers compared`;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="Thalweg ${version}">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${raw(style)}</style>
</head>
<body>
<main>
<header>
<h1>Predicting ${prepared.target}</h1>
<p class="muted">${loaded.title} · ${count(prepared.table.rowCount, "row")}, ${count(prepared.encoding.names.length, "input")} · ${now.toISOString().slice(0, 16).replace("T", " ")} UTC · seed ${comparison.settings.seed}</p>
${standIn(comparison)}
</header>
${section("verdict", html`${verdict(comparison).map((sentence) => html`<p>${sentence}</p>`)}`)}
${winner === undefined ? "" : tiles(comparison)}
<h2>Results</h2>
${resultsTable(comparison)}
<h2>Learning curves</h2>
<div class="charts">${learningCurves(comparison)}</div>
<h2>Gradients, weights and steps</h2>
<div class="charts">${normCharts(comparison)}</div>
${sweepSection(comparison)}
${predictionSection(comparison)}
<h2>Data</h2>
<p>${loaded.origin}</p>
${warnings(comparison)}
${columnsTable(prepared)}
<h3 style="margin-top:1.2rem">What was done to it</h3>
<ul>${prepared.treatments.map((t) => html`<li>${t}</li>`)}</ul>
<h2>Settings</h2>
${settingsList(comparison)}
${optimizersTable(comparison)}
<h3 style="margin-top:1.2rem">The same again</h3>
<pre><code>${commandOf(comparison.settings)}</code></pre>
<footer>Made by Thalweg ${version} with Node ${process.versions.node} on ${cpus()[0]?.model ?? process.arch} in ${seconds(comparison.seconds)}. This file loads nothing from the network.</footer>
</main>
</body>
</html>
`;
  return page.text;
}

function section(kind: string, content: Html): Html {
  return html`<section class="${kind}">${content}</section>`;
}

function standIn({ loaded }: Comparison): Html | undefined {
  if (loaded.standIn === undefined) return undefined;
  return html`<div class="banner"><strong>Generated data.</strong> California Housing could not be had, so everything below is about data made from a formula in its place.
<ul>${loaded.standIn.map((reason) => html`<li>${reason}</li>`)}</ul></div>`;
}

function tiles({ winner, prepared, seconds: all }: Comparison): Html {
  if (winner === undefined) return html``;
  const { outcome, r2 } = winner;
  const unit = prepared.unit === undefined ? "" : ` (${prepared.unit})`;
  const list: readonly (readonly [string, string])[] = [
    [winner.candidate.name, "lowest validation loss"],
    [
      fixed(outcome.test.r2, 3),
      r2 === undefined ? "test R²" : `test R², 95 %: ${fixed(r2.low, 3)} to ${fixed(r2.high, 3)}`,
    ],
    [number(outcome.test.rmse, 3), `test RMSE${unit}`],
    [number(outcome.meanAbsoluteError, 3), `mean absolute error${unit}`],
    [seconds(outcome.seconds), `training, ${count(outcome.steps, "step")}`],
    [seconds(all), "the whole comparison"],
  ];
  return html`<div class="tiles">${list.map(([value, name]) => html`<div class="tile"><b>${value}</b><span>${name}</span></div>`)}</div>`;
}

function warnings({ prepared }: Comparison): Html | undefined {
  if (prepared.warnings.length === 0) return undefined;
  return html`<div class="banner"><strong>Look twice.</strong><ul>${prepared.warnings.map((w) => html`<li>${w}</li>`)}</ul></div>`;
}

function sweepSection(comparison: Comparison): Html | undefined {
  const chart = sweepChart(comparison);
  return chart === undefined
    ? undefined
    : html`<h2>Sensitivity to the learning rate</h2><div class="charts">${chart}${sweepText(comparison)}</div>`;
}

/** In words: the best rate of each, and over what range it is forgiving. */
function sweepText({ sweep }: Comparison): Html {
  const name = (text: string): Html =>
    html`<th scope="row"><span class="swatch" style="background:${colorOf(text)}"></span>${text}</th>`;
  const rows = (sweep?.curves ?? []).map(({ candidate, points }) => {
    const good = points.flatMap((p) => (p.loss === undefined ? [] : [{ ...p, loss: p.loss }]));
    const best = good.reduce<(typeof good)[number] | undefined>(
      (a, b) => (a === undefined || b.loss < a.loss ? b : a),
      undefined,
    );
    if (best === undefined)
      return html`<tr>${name(candidate.name)}<td colspan="4" class="left">diverged at every rate</td></tr>`;
    const near = good.filter((p) => p.loss <= 1.1 * best.loss).map((p) => p.learningRate);
    const range = `${number(Math.min(...near), 2)} to ${number(Math.max(...near), 2)}`;
    return html`<tr>${name(candidate.name)}<td>${number(best.learningRate, 2)}</td><td>${fixed(best.loss)}</td><td>${range}</td><td>${points.length - good.length}</td></tr>`;
  });
  return captionedTable(
    "rates",
    "In numbers",
    html`<thead><tr><th scope="col">optimiser</th><th scope="col">best rate</th><th scope="col">loss there</th><th scope="col">within 10 % of it</th><th scope="col">diverged</th></tr></thead><tbody>${rows}</tbody>`,
  );
}

function predictionSection({ winner, prepared }: Comparison): Html | undefined {
  if (winner === undefined) return undefined;
  const { truth } = prepared.test;
  const { predictions } = winner.outcome;
  const { target } = prepared;
  const note = thinned(truth.length);
  return html`<h2>Predictions of ${winner.candidate.name} on the test rows</h2>
<div class="charts">
${figure("Prediction against truth", predictionChart(truth, predictions, target), `On the dashed line a prediction is exact. R² ${fixed(winner.outcome.test.r2)}.${note}`)}
${figure("Residuals against prediction", residualChart(truth, predictions, target), `Bold: the running median, which should stay at 0. A pattern is something the network has not learnt.${note}`)}
${figure("Error by size of the truth", errorBySizeChart(truth, predictions, target), "Mean absolute error in ten equally large groups of test rows, from the smallest truth to the largest; each bar stands at the middle of its group.")}
${figure("Spread of the residuals", residualHistogram(truth, predictions, target), residualFacts(truth, predictions))}
</div>`;
}

function settingsList({ settings, prepared, plan }: Comparison): Html {
  const { train, validation, test } = prepared;
  const list: readonly (readonly [string, string])[] = [
    [
      "Network",
      `${networkText(prepared, plan)}, fully connected, ReLU between layers, He-uniform first weights, float32`,
    ],
    ["Loss", "mean squared error of the standardised target"],
    [
      "Split",
      `${train.rows.toLocaleString("en")} rows to train, ${validation.rows.toLocaleString("en")} to validate, ${test.rows.toLocaleString("en")} to test (${percent(settings.test, 0)} of all, then ${percent(settings.validation, 0)} of the rest), by a seeded permutation`,
    ],
    [
      "Training",
      `${count(plan.epochs, "epoch")} in batches of ${plan.batchSize}, a new order each epoch; the same first weights and batches for every optimiser`,
    ],
    ["Learning rate", "climbs over the first twentieth of the steps, then stays"],
    [
      "Weights kept",
      "the average over the epochs of the last half, or those of the best single epoch, whichever has the lower validation loss",
    ],
    ["Choice of the winner", "lowest validation loss; the test rows are looked at once, at the end"],
    [
      "Inputs",
      settings.inputLimit === 0
        ? "standardised, not limited"
        : `standardised, limited to ±${settings.inputLimit} deviations`,
    ],
    ["Intervals", "95 %, percentile bootstrap over the test rows, 500 resamples"],
    ["Seed", `${settings.seed}`],
  ];
  return html`<dl>${list.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}
