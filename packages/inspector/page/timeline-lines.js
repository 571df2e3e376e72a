/** @import { Bar, Run } from "../src/protocol.ts" */
import { duration } from "./format.js";
import { matcher } from "./tree-items.js";

/**
 * All bars of one service in one run.
 *
 * @typedef {object} Line
 * @property {string} path
 * @property {number} at milliseconds from the begin of the run
 * @property {number} ms how long it took: the sum of its bars, without the releases that a stop consists of
 * @property {readonly Bar[]} bars in order
 * @property {boolean} longest whether it has the longest bar of the run
 * @property {boolean} ok
 */

/**
 * One line for each service, in the order in which they began.
 *
 * @param {Run} run
 * @param {string} filter
 * @returns {Line[]}
 */
export function linesOf(run, filter) {
  const fits = matcher(filter);
  const longest = longestBar(run);
  /** @type {Map<string, Bar[]>} */
  const byPath = new Map();
  for (const bar of run.bars) {
    const bars = byPath.get(bar.path);
    if (bars) bars.push(bar);
    else byPath.set(bar.path, [bar]);
  }
  const lines = [...byPath].map(([path, unsorted]) => {
    const bars = unsorted.toSorted((a, b) => a.at - b.at || b.ms - a.ms);
    const at = Math.min(...bars.map((bar) => bar.at));
    const whole = bars.filter(({ phase }) => phase !== "release");
    const ms = (whole.length > 0 ? whole : bars).reduce((sum, bar) => sum + bar.ms, 0);
    const isLongest = longest !== undefined && bars.includes(longest);
    return { path, at, ms, bars, longest: isLongest, ok: bars.every(({ ok }) => ok) };
  });
  return lines.filter(({ path }) => !fits || fits(path)).sort((a, b) => a.at - b.at);
}

/**
 * The bar that took most; releases are parts of a stop.
 *
 * @param {Run} run
 */
export function longestBar({ bars }) {
  const whole = bars.filter(({ phase }) => phase !== "release");
  return whole.toSorted((a, b) => b.ms - a.ms)[0];
}

/** @param {Bar} bar */
export function barInWords({ phase, at, ms, ok, open, leftBehind }) {
  const left = leftBehind && `left behind: ${leftBehind.join(", ")}`;
  const became = open ? "not done yet" : ok ? "" : (left ?? "failed");
  return [`${phase} at ${duration(at)}`, `for ${duration(ms)}`, became].filter(Boolean).join(", ");
}

/**
 * Round times to mark on an axis.
 *
 * @param {number} ms length of the axis
 * @param {number} most how many there is room for
 * @returns {number[]}
 */
export function ticks(ms, most) {
  if (!(ms > 0)) return [0];
  const rough = ms / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? rough;
  return Array.from({ length: Math.floor(ms / step + 1e-9) + 1 }, (_, index) => Number((index * step).toPrecision(6)));
}
