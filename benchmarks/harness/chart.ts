import type { ChartGroup } from "./benchmark.ts";
import { loadBenchmark } from "./catalog.ts";
import type { RunRecord } from "./record.ts";
import { readable } from "./report.ts";
import { Results } from "./results.ts";

/** One bar: how many times as much as Pawl a peer takes, with the lowest and the highest round. */
interface Bar {
  readonly label: string;
  readonly measured: number;
  readonly range: readonly [number, number];
}

export interface BarGroup {
  readonly title: string;
  readonly bars: readonly Bar[];
}

/** The groups of bars of a run, the dearest peer first. A peer without figures has no bar. */
export async function barsOf(record: RunRecord): Promise<readonly BarGroup[]> {
  const groups: BarGroup[] = [];
  for (const [name, data] of Object.entries(record.benchmarks)) {
    const results = new Results(data);
    const { chart } = await loadBenchmark(name);
    for (const group of chart?.(results) ?? []) groups.push(groupOf(group, results));
  }
  return groups.filter(({ bars }) => bars.length > 0);
}

function groupOf({ title, figure, pawl, peers }: ChartGroup, results: Results): BarGroup {
  const bars = Object.entries(peers)
    .map(([label, variant]) => ({ label, ...results.ratio(variant, pawl, figure) }))
    .filter(({ measured }) => measured > 0 && Number.isFinite(measured));
  return { title, bars: bars.toSorted((a, b) => b.measured - a.measured) };
}

const width = 880;
const left = 220;
const right = 70;
const rowHeight = 17;
const groupGap = 34;
const top = 74;
const bottom = 40;

// Colours of its own behind everything, so that it can be read wherever it is shown.
const style = `
    svg { --back: #ffffff; --ink: #1f2328; --faint: #59636e; --line: #d1d9e0; --more: #2f6f9f; --less: #b5542b; }
    @media (prefers-color-scheme: dark) {
      svg { --back: #0d1117; --ink: #e6edf3; --faint: #9198a1; --line: #30363d; --more: #58a6d6; --less: #e08a5b; }
    }
    text { font: 12px system-ui, -apple-system, "Segoe UI", sans-serif; fill: var(--ink); }
    .head { font-weight: 600; font-size: 13px; } .title { font-weight: 600; font-size: 16px; }
    .faint { fill: var(--faint); } .grid { stroke: var(--line); } .one { stroke: var(--ink); stroke-width: 1.5; }
    .more { fill: var(--more); } .less { fill: var(--less); } .range { stroke: var(--ink); stroke-opacity: 0.55; }`;

/** The chart as SVG: on a logarithmic scale, to the right of the line at 1 who takes more than Pawl, to the left who takes less. */
export function drawChart(groups: readonly BarGroup[], date: string): string {
  const values = groups.flatMap(({ bars }) => bars.flatMap(({ measured, range }) => [measured, ...range]));
  const lowest = Math.floor(Math.log10(Math.min(0.5, ...values)) * 2) / 2;
  const highest = Math.ceil(Math.log10(Math.max(10, ...values)) * 2) / 2;
  const x = (value: number) =>
    round(left + ((Math.log10(value) - lowest) / (highest - lowest)) * (width - left - right));
  const rows = groups.reduce((sum, { bars }) => sum + bars.length, 0);
  const height = top + groups.length * groupGap + rows * rowHeight + bottom;

  const body: string[] = [];
  for (let power = Math.ceil(lowest); power <= highest; power++) {
    const at = x(10 ** power);
    body.push(line(at, top - 8, at, height - bottom + 6, power === 0 ? "one" : "grid"));
    body.push(text(at, height - bottom + 22, `${readable(10 ** power)} ×`, `class="faint" text-anchor="middle"`));
  }
  let y = top;
  for (const { title, bars } of groups) {
    y += groupGap;
    body.push(text(16, y - 10, title, `class="head"`));
    for (const bar of bars) {
      body.push(...drawBar(bar, y, x));
      y += rowHeight;
    }
  }
  const about = `How many times as much as Pawl each peer takes for the same work, measured in one run on ${date}; the median of the rounds, and the range of them as a thin line. ${groups.map(({ title, bars }) => `${title}: ${bars.map(({ label, measured }) => `${label} ${readable(measured)} times`).join(", ")}.`).join(" ")}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title desc">
  <title id="title">What peers take for the same work, against Pawl</title>
  <desc id="desc">${escaped(about)}</desc>
  <style>${style}
  </style>
  <rect width="${width}" height="${height}" style="fill: var(--back)"/>
  ${text(16, 28, "What peers take for the same work, against Pawl", `class="title"`)}
  ${text(16, 50, "The line at 1 × is Pawl. To its right: takes more. To its left: takes less. Logarithmic scale.", `class="faint"`)}
  ${body.join("\n  ")}
</svg>
`;
}

function drawBar({ label, measured, range }: Bar, y: number, x: (value: number) => number): readonly string[] {
  const [from, to] = [Math.min(x(1), x(measured)), Math.max(x(1), x(measured))];
  const middle = y + rowHeight / 2 - 1;
  const value = `${readable(measured)} ×`;
  return [
    text(left - 24, middle + 4, label, `text-anchor="end"`),
    `<rect class="${measured < 1 ? "less" : "more"}" x="${from}" y="${y}" width="${Math.max(1, round(to - from))}" height="${rowHeight - 4}"/>`,
    line(x(range[0]), middle, x(range[1]), middle, "range"),
    text(Math.max(to, x(range[1])) + 6, middle + 4, value, ""),
  ];
}

function text(x: number, y: number, content: string, attributes: string): string {
  return `<text x="${x}" y="${y}"${attributes ? ` ${attributes}` : ""}>${escaped(content)}</text>`;
}

function line(x1: number, y1: number, x2: number, y2: number, kind: string): string {
  return `<line class="${kind}" x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}"/>`;
}

function escaped(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
