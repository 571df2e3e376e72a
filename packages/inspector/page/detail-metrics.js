/** @import { Detail } from "../src/protocol.ts" */
import { section } from "./detail-section.js";
import { h, keyed, setText } from "./dom.js";
import { bytes, count, duration, rate } from "./format.js";
import { History, Sparkline } from "./sparkline.js";

/**
 * A counter, gauge or histogram, as @pawl/metrics shows it.
 *
 * @typedef {object} Metric
 * @property {string} name
 * @property {"counter" | "gauge" | "histogram"} kind
 * @property {Record<string, string>} [labels]
 * @property {number} value
 * @property {string} [unit]
 * @property {Record<string, { count: number, sum: number, avg: number, min: number, max: number }>} [windows]
 */

/** The counters of a service, each with its last minute. */
export class MetricsPart {
  #history = new History();
  /** @type {WeakMap<Element, Sparkline>} */
  #sparks = new WeakMap();
  #list = h("div", { class: "metrics" });
  #part = section("Counters", this.#list);
  element = this.#part.element;

  /** @param {Detail} detail */
  update({ row, snapshot }) {
    const told = snapshot.figures?.["metrics"];
    const metrics = Array.isArray(told) ? told.filter(isMetric) : [];
    this.#part.show(metrics.length);
    keyed(
      this.#list,
      metrics,
      nameOf,
      (metric) => this.#make(metric),
      (line, metric) => this.#show(line, metric, `${row.path} ${nameOf(metric)}`),
    );
  }

  /** @param {Metric} metric */
  #make(metric) {
    const spark = new Sparkline();
    const labels = Object.entries(metric.labels ?? {}).map(([key, value]) =>
      h("span", { class: "chip", text: `${key}=${value}` }),
    );
    const line = h(
      "div",
      { class: "metric", title: metric.kind },
      h("span", { class: "metric-name" }, h("span", { text: metric.name }), ...labels),
      h("span", { class: "figure value" }),
      spark.element,
      h("span", { class: "hint window" }),
    );
    this.#sparks.set(line, spark);
    return line;
  }

  /**
   * @param {Element} line
   * @param {Metric} metric
   * @param {string} key
   */
  #show(line, metric, key) {
    const value = line.querySelector(".value");
    const window = line.querySelector(".window");
    // The value of a histogram is how many it has recorded: its unit is that of what they measure.
    if (value) setText(value, inUnit(metric.value, metric.kind === "histogram" ? undefined : metric.unit));
    if (window) setText(window, lastMinute(metric));
    // A counter tells by how fast it grows, a gauge by where it stands.
    const isGauge = metric.kind === "gauge";
    const values = isGauge
      ? this.#history.push(key, metric.value)
      : this.#history.pushTotal(key, metric.value, Date.now());
    this.#sparks.get(line)?.show(values, isGauge ? "" : rate(values.at(-1) ?? 0));
  }
}

/** @param {Metric} metric */
function lastMinute({ kind, unit, windows }) {
  const window = windows?.["60s"];
  if (!window || window.count === 0 || kind === "counter") return "";
  return `60 s: avg ${inUnit(window.avg, unit)}, max ${inUnit(window.max, unit)}`;
}

/**
 * @param {number} value
 * @param {string | undefined} unit
 */
function inUnit(value, unit) {
  if (unit === "ms" || unit === "milliseconds") return duration(value);
  if (unit === "s" || unit === "seconds") return duration(value * 1000);
  if (unit === "bytes" || unit === "By") return bytes(value);
  return unit === undefined || unit === "1" ? count(value) : `${count(value)} ${unit}`;
}

/** @param {Metric} metric */
function nameOf({ name, labels }) {
  return labels ? `${name} ${JSON.stringify(labels)}` : name;
}

/**
 * @param {unknown} value
 * @returns {value is Metric}
 */
function isMetric(value) {
  const { name, value: figure } = /** @type {Partial<Metric>} */ (value ?? {});
  return typeof name === "string" && typeof figure === "number";
}
