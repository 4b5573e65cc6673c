/** The tables of the report. */
import type { ColumnSummary } from "thalweg/data";
import type { Comparison } from "../compare/comparison.js";
import type { Prepared } from "../compare/prepare.js";
import { commonDecimals, fixed, label, number, rate, seconds } from "../screen/format.js";
import { lossDecimalsOf } from "../screen/tables.js";
import { extent } from "./charts/axes.js";
import { histogram } from "./charts/points.js";
import { type Html, type HtmlValue, html, raw } from "./html.js";
import { colorOf } from "./training-charts.js";

/**
 * A table that scrolls where it is wider than the page. Its caption stands outside of what scrolls: inside, it would be as wide as the table, and
 * its end out of sight.
 */
export function captionedTable(id: string, caption: HtmlValue, content: Html): Html {
  return html`<figure class="table"><figcaption id="${id}">${caption}</figcaption>
<div class="scroll"><table aria-labelledby="${id}">
${content}</table></div></figure>`;
}

export function resultsTable({ outcomes, winner, prepared }: Comparison): Html {
  const errors = outcomes.flatMap((o) => (o.kind === "trained" ? [o.test.rmse, o.meanAbsoluteError] : []));
  const decimals = commonDecimals(errors);
  const lossDecimals = lossDecimalsOf(outcomes);
  const unit = prepared.unit === undefined ? "" : `, in ${prepared.unit}`;
  const rows = outcomes.map((o) => {
    const name = html`<th scope="row"><span class="swatch" style="background:${colorOf(o.candidate.name)}"></span>${o.candidate.name}</th>`;
    if (o.kind === "diverged")
      return html`<tr>${name}<td>${rate(o.candidate.learningRate)}</td><td class="left wrap" colspan="9">diverged: ${o.message}</td><td>${seconds(o.seconds)}</td></tr>`;
    const cells = [
      rate(o.candidate.learningRate),
      fixed(o.train.loss, lossDecimals),
      fixed(o.validation.loss, lossDecimals),
      fixed(o.test.loss, lossDecimals),
      fixed(o.train.r2),
      fixed(o.test.r2),
      fixed(o.test.rmse, decimals),
      fixed(o.meanAbsoluteError, decimals),
      o.kept === "average" ? `mean of ${o.averaged.epoch[0]}–${o.averaged.epoch.at(-1)}` : `epoch ${o.bestEpoch}`,
      `${o.bestEpoch}`,
      seconds(o.seconds),
    ].map((cell) => html`<td>${cell}</td>`);
    return html`<tr${raw(o === winner?.outcome ? ' class="best"' : "")}>${name}${cells}</tr>`;
  });
  const titles = [
    "rate",
    "train loss",
    "validation loss",
    "test loss",
    "train R²",
    "test R²",
    "test RMSE",
    "test MAE",
    "weights kept",
    "best epoch",
    "time",
  ];
  return captionedTable(
    "results",
    html`Losses are mean squared errors of the standardised target; RMSE and mean absolute error (MAE) are in the unit of ${prepared.target}${unit}. Bold: the lowest validation loss.`,
    html`<thead><tr><th scope="col">optimiser</th>${titles.map((t) => html`<th scope="col">${t}</th>`)}</tr></thead>
<tbody>${rows}</tbody>`,
  );
}

export function optimizersTable({ outcomes }: Comparison): Html {
  const rows = outcomes.map(
    ({ candidate }) =>
      html`<tr><th scope="row">${candidate.name}</th><td class="left">${candidate.rule}</td><td>${rate(candidate.learningRate)}</td><td class="left wrap">${candidate.settings}</td></tr>`,
  );
  return captionedTable(
    "optimizers",
    html`θ weights, g gradient, η learning rate; products, quotients and roots elementwise.`,
    html`<thead><tr><th scope="col">optimiser</th><th scope="col" class="left">step</th><th scope="col">rate η</th><th scope="col" class="left">other settings</th></tr></thead>
<tbody>${rows}</tbody>`,
  );
}

export function columnsTable(prepared: Prepared): Html {
  const rows = prepared.summaries.map((s) => {
    const name = html`<th scope="row">${s.name}${s.name === prepared.target ? html` <small>(target)</small>` : ""}</th><td class="left">${s.kind}</td><td>${s.missing}</td>`;
    const picture = html`<td>${sparkline(prepared, s)}</td>`;
    if (s.kind !== "number") {
      const labels = s.top.slice(0, 6).map((t) => `${label(t.label)} (${t.count.toLocaleString("en")})`);
      return html`<tr>${name}<td class="left wrap" colspan="7">${s.distinct} labels: ${labels.join(", ")}${s.distinct > 6 ? ", …" : ""}</td>${picture}</tr>`;
    }
    const cells = [s.min, s.lowerQuartile, s.median, s.upperQuartile, s.max, s.mean, s.std].map(
      (x) => html`<td>${number(x)}</td>`,
    );
    return html`<tr>${name}${cells}${picture}</tr>`;
  });
  const titles = [
    "missing",
    "min",
    "lower quartile",
    "median",
    "upper quartile",
    "max",
    "mean",
    "deviation",
    "distribution",
  ];
  return captionedTable(
    "columns",
    html`All ${prepared.table.rowCount.toLocaleString("en")} rows with a target. Distributions are drawn without the outermost half per cent at either end.`,
    html`<thead><tr><th scope="col">column</th><th scope="col" class="left">type</th>${titles.map((t) => html`<th scope="col">${t}</th>`)}</tr></thead>
<tbody>${rows}</tbody>`,
  );
}

/** A histogram the size of a word; of labels, how often the most frequent ones occur. */
function sparkline(prepared: Prepared, summary: ColumnSummary): Html {
  const counts = summary.kind === "number" ? numberCounts(prepared, summary.name) : summary.top.map((t) => t.count);
  const highest = Math.max(1, ...counts);
  const width = 96 / Math.max(1, counts.length);
  const bars = counts.map((n, i) => {
    const height = (24 * n) / highest;
    return `<rect x="${(i * width).toFixed(2)}" y="${(25 - height).toFixed(2)}" width="${(0.86 * width).toFixed(2)}" height="${height.toFixed(2)}"/>`;
  });
  return raw(`<svg class="spark" viewBox="0 0 96 26" fill="var(--bars)" aria-hidden="true">${bars.join("")}</svg>`);
}

function numberCounts(prepared: Prepared, name: string): number[] {
  const sorted = prepared.table
    .numbers(name)
    .values.filter((x) => !Number.isNaN(x))
    .sort();
  const cut = Math.floor(0.005 * sorted.length);
  const middle = sorted.subarray(cut, sorted.length - cut);
  const [low, high] = extent(middle);
  return middle.length === 0 ? [] : histogram(middle, low, high, 24).counts;
}
