/** Charts as SVG text: ECharts on the server, its output made fit to stand in a page. */
import { BarChart, LineChart, ScatterChart } from "echarts/charts";
import { GridComponent, MarkLineComponent } from "echarts/components";
import { type EChartsCoreOption, init, use } from "echarts/core";
import { LabelLayout } from "echarts/features";
import { SVGRenderer } from "echarts/renderers";
import { escapeHtml, type Html, raw } from "../html.js";

use([BarChart, LineChart, ScatterChart, GridComponent, MarkLineComponent, LabelLayout, SVGRenderer]);

export interface ChartSize {
  readonly width: number;
  readonly height: number;
}

export const usualSize: ChartSize = { width: 520, height: 300 };

let drawn = 0;

/**
 * The option drawn at the given size, as an `svg` element that scales with the page, with `label` for those who cannot see it. Colours may be
 * variables of the page's style ("var(--ink)").
 */
export function renderChart(option: EChartsCoreOption, label: string, size: ChartSize = usualSize): Html {
  const chart = init(null, null, { renderer: "svg", ssr: true, ...size });
  try {
    chart.setOption({ animation: false, textStyle: { fontFamily: "inherit" }, ...option });
    return raw(embed(chart.renderToSVGString(), label, size));
  } finally {
    chart.dispose();
  }
}

/** Without what only a file of its own needs; with a title, and names of clip paths that are unique in the page. */
function embed(svg: string, label: string, { width, height }: ChartSize): string {
  drawn += 1;
  const id = `chart${drawn}`;
  const body = svg
    .replace(/^<svg[^>]*>/, "")
    .replace(/<\/svg>\s*$/, "")
    .replace(/<style ?>[\s\S]*?<\/style>/g, "")
    .replace(/ class="zr\d+-cls-\d+"/g, "")
    .replace(/ pointer-events="visible"/g, "")
    .replace(/zr\d+-c(\d+)/g, `${id}-c$1`)
    .replace(/<rect [^>]*fill="none"><\/rect>\n?/, "")
    .replace(/font-family:inherit;/g, "")
    .replace(/\n+/g, "\n");
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${id}"><title id="${id}">${escapeHtml(label)}</title>${body}</svg>`;
}
