import { h, s, setAttribute, setText } from "./dom.js";

/** How many values a small chart shows. */
const sparkLength = 60;

const width = 96;
const height = 20;

/** The last values of figures that are looked at, by their keys. */
export class History {
  /** @type {Map<string, number[]>} */
  #values = new Map();
  /** @type {Map<string, { value: number, at: number }>} */
  #totals = new Map();

  /**
   * Takes the next value.
   *
   * @param {string} key
   * @param {number} value
   * @returns {readonly number[]} oldest first, at most {@link sparkLength}
   */
  push(key, value) {
    const values = this.#values.get(key) ?? [];
    values.push(value);
    if (values.length > sparkLength) values.shift();
    this.#values.set(key, values);
    return values;
  }

  /**
   * Takes a count that only grows, as how much it grew a second. One that became smaller began anew.
   *
   * @param {string} key
   * @param {number} total
   * @param {number} at in milliseconds
   */
  pushTotal(key, total, at) {
    const before = this.#totals.get(key);
    this.#totals.set(key, { value: total, at });
    if (!before || at <= before.at) return this.#values.get(key) ?? [];
    const grown = total < before.value ? total : total - before.value;
    return this.push(key, grown / ((at - before.at) / 1000));
  }
}

/** A small chart: a line and the area below it; the words beside it tell its last value. */
export class Sparkline {
  #area = s("path", { class: "spark-area" });
  #line = s("path", { class: "spark-line" });
  #text = h("span", { class: "spark-text" });
  element = h(
    "span",
    { class: "spark" },
    s(
      "svg",
      { class: "spark-chart", viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", "aria-hidden": "true" },
      this.#area,
      this.#line,
    ),
    this.#text,
  );

  /**
   * @param {readonly number[]} values oldest first; the newest stands at the right end
   * @param {string} text what the newest says
   */
  show(values, text) {
    const least = Math.min(0, ...values);
    const span = Math.max(...values, 0) - least || 1;
    const step = width / (sparkLength - 1);
    const points = values.map((value, index) => {
      const x = width - (values.length - 1 - index) * step;
      const y = height - 1.5 - ((value - least) / span) * (height - 3);
      return `${x.toFixed(1)} ${y.toFixed(1)}`;
    });
    const line = points.length > 1 ? `M${points.join("L")}` : "";
    setAttribute(this.#line, "d", line);
    setAttribute(this.#area, "d", line && `${line}V${height}H${points[0]?.split(" ")[0]}Z`);
    setText(this.#text, text);
    this.element.classList.toggle(
      "flat",
      values.every((value) => value === 0),
    );
  }
}
