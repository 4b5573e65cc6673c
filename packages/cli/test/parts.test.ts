import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseEpochs, defaults } from "../src/compare/settings.js";
import { warmUp } from "../src/compare/train.js";
import { linearScale, logScale } from "../src/report/charts/axes.js";
import { lineChart } from "../src/report/charts/lines.js";
import { histogram, thin, thinned } from "../src/report/charts/points.js";
import { commandOf } from "../src/report/command.js";
import { html, raw } from "../src/report/html.js";
import { brief, commonDecimals, fixed, number, rate, seconds } from "../src/screen/format.js";
import { plainScreen } from "../src/screen/screen.js";
import { textTable } from "../src/screen/text-table.js";

test("numbers read well", () => {
  const shown = [0, 0.000123456, 0.123456, 12.3456, 1234.56, 1234567, 12345678, -0.5, Number.NaN, 1e-9].map((x) =>
    number(x),
  );
  assert.deepEqual(shown, [
    "0",
    "0.0001235",
    "0.1235",
    "12.35",
    "1,235",
    "1,234,567",
    "1.23e+7",
    "−0.5",
    "–",
    "1.00e-9",
  ]);
  assert.deepEqual([0.1, 0.003, 0.0001, 0.000316].map(rate), ["0.1", "0.003", "1e-4", "3.2e-4"]);
  assert.deepEqual([fixed(0.5), fixed(-1.23456, 2), fixed(Number.POSITIVE_INFINITY)], ["0.5000", "−1.23", "∞"]);
  assert.deepEqual([brief(68850), brief(123), brief(1.5e6)], ["68.9K", "123", "1.5M"]);
  assert.deepEqual([seconds(1.24), seconds(9.96), seconds(61.7)], ["1.2 s", "10 s", "62 s"]);
  assert.deepEqual([commonDecimals([52000, 34000]), commonDecimals([0.532, 1.2]), commonDecimals([])], [0, 4, 4]);
});

test("a table of text lines up, letters with marks counted once", () => {
  const columns = [
    { title: "name", align: "left" },
    { title: "m̂", align: "right" },
  ] as const;
  assert.equal(
    textTable(columns, [
      ["a", "10"],
      ["long name", "7"],
    ]),
    "name       m̂\n─────────  ──\na          10\nlong name   7".replace("name       m̂", "name        m̂"),
  );
});

test("progress into a pipe is a few lines", () => {
  let text = "";
  const screen = plainScreen((part) => {
    text += part;
  });
  const bar = screen.bar("Adam", 200);
  for (let i = 1; i <= 200; i += 1) bar.update(i, `step ${i}`);
  bar.end("done");
  assert.deepEqual(text.split("\n"), [
    ...Array.from({ length: 9 }, (_, i) => `Adam       step ${20 * (i + 1)}`),
    "Adam       done",
    "",
  ]);
});

test("HTML escapes what it is given", () => {
  assert.equal(
    html`<p title="${'"'}">${["<b>", 1, undefined]}${raw("<i></i>")}</p>`.text,
    '<p title="&quot;">&lt;b&gt;1<i></i></p>',
  );
});

test("axes have round ticks within their range, whatever the range", () => {
  const cases = [
    [0, 1],
    [-3, 1000],
    [5, 5],
    [1e-300, 3e-300],
    [1e300, 2e300],
    [123.4, 123.5],
  ] as const;
  for (const [low, high] of cases) {
    const scale = linearScale(low, high);
    assert.ok(scale.ticks.length >= 2 && scale.ticks.length <= 12, `${low} to ${high}: ${scale.ticks.length} ticks`);
    for (const { position } of scale.ticks)
      assert.ok(position >= -1e-6 && position <= 1 + 1e-6, `${low} to ${high}: tick at ${position}`);
    assert.ok(scale.position(low) >= 0 && scale.position(high) <= 1);
  }
  for (const [low, high] of [
    [0.15, 0.4],
    [1e-8, 1],
    [13, 14],
    [2, 2],
    [1e-200, 1e200],
  ] as const) {
    const scale = logScale(low, high);
    assert.ok(
      scale.ticks.length >= 2 && scale.ticks.length <= 12,
      `log ${low} to ${high}: ${scale.ticks.length} ticks`,
    );
    assert.equal(
      new Set(scale.ticks.map((t) => t.label)).size,
      scale.ticks.length,
      `log ${low} to ${high}: labels differ`,
    );
  }
});

test("axes and charts without a value on them end", () => {
  const none: readonly (readonly [number, number])[] = [
    [0, 1],
    [Number.NaN, Number.NaN],
    [1, Number.POSITIVE_INFINITY],
    [-1, 0],
  ];
  for (const [low, high] of none) {
    const { ticks } = logScale(low, high);
    assert.ok(ticks.length >= 2 && ticks.every((t) => Number.isFinite(t.position)), `${low} to ${high}`);
  }
  assert.ok(linearScale(Number.NaN, Number.POSITIVE_INFINITY).ticks.length >= 2);
  const lost = {
    name: "Adam",
    color: "red",
    points: [
      [1, 1],
      [2, 4],
      [3, Number.POSITIVE_INFINITY],
    ] as const,
  };
  for (const curves of [[], [{ ...lost, points: [] }], [lost]])
    for (const kind of ["log", "linear"] as const) {
      const options = {
        label: "l",
        x: { name: "x", kind: "linear" },
        y: { name: "y", kind },
        cutSpikes: true,
      } as const;
      assert.doesNotMatch(lineChart(curves, options).text, /NaN|Infinity/);
    }
});

test("points are thinned evenly and always the same", () => {
  assert.deepEqual(thin(3), [0, 1, 2]);
  assert.equal(thin(1500).length, 1500);
  assert.deepEqual(thin(4500).slice(0, 3), [0, 3, 6]);
  assert.equal(thinned(100), "");
  assert.match(thinned(4128), /1,376 rows of 4,128/);
});

test("a histogram counts each value once, the ends included", () => {
  const { counts, width } = histogram(Float64Array.of(0, 0.5, 1, 1.9, 2, 5), 0, 2, 2);
  assert.deepEqual([counts, width], [[2, 3], 1]);
});

test("epochs follow from the number of steps", () => {
  assert.equal(chooseEpochs(defaults, 14_861), 120);
  assert.equal(chooseEpochs(defaults, 100), 300);
  assert.equal(chooseEpochs(defaults, 10_000_000), 10);
  assert.equal(chooseEpochs({ ...defaults, quick: true }, 14_861), 15);
  assert.equal(chooseEpochs({ ...defaults, epochs: 7 }, 14_861), 7);
});

test("the rate climbs, then stays", () => {
  const schedule = warmUp(0.1, 100);
  assert.deepEqual([0, 3, 4, 5, 99].map(schedule), [0.02, 0.08, 0.1, 0.1, 0.1]);
  assert.equal(warmUp(0.1, 3)(0), 0.1);
});

test("the command that does the same again is quoted for a shell", () => {
  assert.equal(commandOf(defaults), "npx thalweg compare --seed 42");
  const settings = {
    ...defaults,
    data: "my houses.csv",
    target: "it's",
    drop: ["a", "b"],
    delimiter: "\t",
    quick: true,
    sweep: false,
  };
  assert.equal(
    commandOf(settings),
    "npx thalweg compare --data 'my houses.csv' --target 'it'\\''s' --drop a,b --delimiter tab --quick --no-sweep --seed 42",
  );
});
