/** The look of the report: one column of text, two of charts, light or dark as the reader's system is. Nothing is loaded. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --panel: #f7f7f5; --ink: #1d2126; --muted: #646b73; --grid: #e6e6e2; --axis: #a9adb2;
  --accent: #c2410c; --dots: #2563eb; --bars: #7c9cc9; --warn: #fff4e0; --warn-ink: #7a4a00; --good: #eaf3ff;
  --c0: #6b7280; --c1: #0e7490; --c2: #b7791f; --c3: #7c3aed; --c4: #c2410c;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171a; --panel: #1c2024; --ink: #e8e8e4; --muted: #a0a6ad; --grid: #2c3137; --axis: #59606a;
    --accent: #fb923c; --dots: #7db0ff; --bars: #5878a5; --warn: #3a2a0c; --warn-ink: #f6d08a; --good: #16283f;
    --c0: #a3aab4; --c1: #38bdd8; --c2: #e3b04b; --c3: #b491ff; --c4: #fb8d4a;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .3rem; letter-spacing: -.01em; }
h2 { font-size: 1.25rem; margin: 2.8rem 0 .4rem; letter-spacing: -.005em; }
h3 { font-size: 1rem; margin: 0 0 .2rem; }
p { margin: .4rem 0; max-width: 75ch; }
.muted, figcaption, small { color: var(--muted); }
.banner { background: var(--warn); color: var(--warn-ink); border-radius: 8px; padding: .8rem 1rem; margin: 1rem 0; }
.banner ul { margin: .3rem 0 0; padding-left: 1.2rem; }
.verdict { background: var(--good); border-radius: 10px; padding: 1rem 1.2rem; margin: 1.4rem 0; }
.verdict p:first-child { font-size: 1.1rem; font-weight: 600; margin-top: 0; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: .8rem; margin: 1.2rem 0; }
.tile { background: var(--panel); border-radius: 8px; padding: .7rem .9rem; }
.tile b { display: block; font-size: 1.5rem; line-height: 1.25; font-variant-numeric: tabular-nums; }
.tile span { color: var(--muted); font-size: .85rem; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); gap: 1.2rem 1.6rem; margin-top: .8rem; }
figure { margin: 0; min-width: 0; }
figure svg { display: block; width: 100%; height: auto; overflow: visible; }
figcaption { font-size: .85rem; line-height: 1.45; margin-top: .2rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; width: 100%; }
figure.table { margin-top: .6rem; }
figure.table figcaption { margin: 0 0 .3rem; max-width: 90ch; }
th { text-align: right; font-weight: 600; color: var(--muted); border-bottom: 1px solid var(--axis); padding: .35rem .45rem; vertical-align: bottom; }
td { text-align: right; border-bottom: 1px solid var(--grid); padding: .35rem .45rem; white-space: nowrap; }
th:first-child, td:first-child, .left { text-align: left; }
th[scope=row] { white-space: nowrap; vertical-align: middle; color: var(--ink); border-bottom-color: var(--grid); text-align: left; }
td.wrap { white-space: normal; min-width: 16rem; }
tr.best td, tr.best th { font-weight: 650; }
.swatch { display: inline-block; width: .75em; height: .75em; border-radius: 2px; margin-right: .5em; vertical-align: -.02em; }
.spark { width: 96px; height: 26px; vertical-align: middle; }
code, pre { font: .85rem ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
pre { background: var(--panel); border-radius: 8px; padding: .8rem 1rem; overflow-x: auto; }
ul { padding-left: 1.2rem; margin: .4rem 0; }
li { margin: .15rem 0; max-width: 90ch; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1.2rem; margin: .6rem 0; }
dt { color: var(--muted); }
dd { margin: 0; }
footer { margin-top: 3rem; color: var(--muted); font-size: .85rem; }
@media (max-width: 560px) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .5rem; } main { padding: 1.5rem 1rem 3rem; } }
@media print { .verdict, .tile, .banner { border: 1px solid var(--axis); } }
`;
