/** @import { Bar, Run } from "../src/protocol.ts" */
/** @import { Line } from "./timeline-lines.js" */
import { h, keyed, s, setAttribute, setText } from "./dom.js";
import { duration } from "./format.js";
import { barInWords, linesOf, ticks } from "./timeline-lines.js";
import { VirtualList } from "./virtual-list.js";

/** The bars of one run on a common axis: a list of services with one tab stop, arrows go from line to line. */
export class TimelineChart {
  /** Length of the axis in milliseconds. */
  #span = 1;
  /** @type {string | undefined} */
  #active;
  #axis = s("svg", { class: "axis", "aria-hidden": "true" });
  #body = h("div", { class: "gantt-body", role: "list", "aria-label": "Services by their begin" });
  #viewport = h("div", { class: "gantt-viewport" }, this.#body);
  #tip = h("div", { class: "tip", role: "tooltip", id: "timeline-tip" });
  /** @type {VirtualList<Line>} */
  #list;
  element = h(
    "div",
    { class: "gantt" },
    patterns(),
    h("div", { class: "gantt-line gantt-axis" }, h("span"), this.#axis, h("span")),
    this.#viewport,
    this.#tip,
  );

  constructor() {
    this.#list = new VirtualList({
      viewport: this.#viewport,
      body: this.#body,
      key: ({ path }) => path,
      make: makeLine,
      update: (element, line) => this.#showLine(element, line),
    });
    this.#tip.hidden = true;
    this.#body.addEventListener("keydown", (event) => this.#onKey(event));
    for (const type of ["pointerover", "focusin"])
      this.#body.addEventListener(type, (event) => this.#showTip(event.target));
    for (const type of ["pointerleave", "focusout"]) this.#body.addEventListener(type, () => this.#hideTip());
    this.#viewport.addEventListener("scroll", () => this.#hideTip(), { passive: true });
  }

  /**
   * @param {Run} run
   * @param {string} filter
   */
  show(run, filter) {
    const lines = linesOf(run, filter);
    this.#span = Math.max(run.ms, 1);
    this.#showAxis();
    if (!lines.some(({ path }) => path === this.#active)) this.#active = lines[0]?.path;
    this.#list.items = lines;
    this.#list.active = lines.findIndex(({ path }) => path === this.#active);
    return lines;
  }

  /** Times to mark, as many as there is room for. */
  #ticks() {
    return ticks(this.#span, Math.max(2, Math.min(8, Math.floor(this.#axis.clientWidth / 80))));
  }

  #showAxis() {
    const make = () => s("g", {}, s("line", { y1: 14, y2: 22 }), s("text", { y: 11 }));
    keyed(this.#axis, this.#ticks(), String, make, (tick, at) => {
      const [line, text] = tick.children;
      const x = this.#percent(at);
      if (line) {
        setAttribute(line, "x1", x);
        setAttribute(line, "x2", x);
      }
      if (!text) return;
      setAttribute(text, "x", x);
      setAttribute(text, "text-anchor", at === 0 ? "start" : at / this.#span > 0.94 ? "end" : "middle");
      setText(text, duration(at));
    });
  }

  /**
   * @param {HTMLElement} element
   * @param {Line} line
   */
  #showLine(element, line) {
    const [label, chart, length] = element.children;
    if (!label || !chart || !length) return;
    setText(label, line.path);
    setText(length, duration(line.ms));
    element.tabIndex = line.path === this.#active ? 0 : -1;
    setAttribute(element, "data-path", line.path);
    setAttribute(element, "aria-setsize", this.#list.items.length);
    setAttribute(element, "aria-posinset", this.#list.items.indexOf(line) + 1);
    setAttribute(element, "aria-label", lineInWords(line));
    element.classList.toggle("longest", line.longest);
    element.classList.toggle("bad", !line.ok);
    const grid = this.#ticks().map((at) =>
      s("line", { class: "grid", x1: this.#percent(at), x2: this.#percent(at), y1: 0, y2: "100%" }),
    );
    chart.replaceChildren(...grid, ...line.bars.flatMap((bar) => this.#bar(bar)));
  }

  /** @param {Bar} bar */
  #bar(bar) {
    // Resources are released within a stop: a thinner bar before the thicker one.
    const [y, height] = bar.phase === "release" ? ["58%", "30%"] : ["18%", "64%"];
    const at = { x: this.#percent(bar.at), width: `max(2px, ${this.#percent(bar.ms)})`, y, height };
    const shape = (/** @type {string} */ layer, /** @type {object} */ more = {}) => {
      const rect = s("rect", {
        class: `bar ${layer} ${bar.phase}${bar.ok ? "" : " bad"}${bar.open ? " open" : ""}`,
        x: at.x,
        y,
        height,
        rx: 2,
        ...more,
      });
      rect.style.width = at.width;
      return rect;
    };
    return [shape("ground"), shape("pattern", { fill: `url(#pattern-${bar.ok ? bar.phase : "failed"})` })];
  }

  /** @param {number} ms */
  #percent(ms) {
    return `${((100 * ms) / this.#span).toFixed(3)}%`;
  }

  /** @param {EventTarget | null} target */
  #showTip(target) {
    const element = target instanceof Element ? target.closest(".gantt-line") : null;
    const line = this.#list.items.find(({ path }) => path === element?.getAttribute("data-path"));
    if (!element || !line) return;
    this.#tip.replaceChildren(
      h("strong", { text: line.path }),
      ...line.bars.map((bar) => h("span", { class: bar.ok ? "" : "bad", text: barInWords(bar) })),
      (line.longest && h("em", { text: "the longest of all" })) || "",
    );
    this.#tip.hidden = false;
    const box = element.getBoundingClientRect();
    const own = this.#tip.getBoundingClientRect();
    const below = box.bottom + own.height + 8 < innerHeight;
    this.#tip.style.left = `${Math.max(8, Math.min(box.left + box.width * 0.35, innerWidth - own.width - 8))}px`;
    this.#tip.style.top = `${below ? box.bottom + 4 : box.top - own.height - 4}px`;
  }

  #hideTip() {
    this.#tip.hidden = true;
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const { items, pageSize } = this.#list;
    const index = items.findIndex(({ path }) => path === this.#active);
    /** @type {Readonly<Record<string, number>>} */
    const wanted = {
      ArrowUp: index - 1,
      ArrowDown: index + 1,
      PageUp: Math.max(0, index - pageSize),
      PageDown: Math.min(items.length - 1, index + pageSize),
      Home: 0,
      End: items.length - 1,
    };
    if (event.key === "Escape") this.#hideTip();
    const next = wanted[event.key];
    if (next === undefined) return;
    event.preventDefault();
    const line = items[next];
    if (!line) return;
    this.#active = line.path;
    this.#list.active = next;
    this.#list.reveal(next);
    this.#list.rowOf(line.path)?.focus({ preventScroll: true });
  }
}

function makeLine() {
  return h(
    "div",
    { class: "gantt-line", role: "listitem" },
    h("span", { class: "gantt-label" }),
    s("svg", { class: "gantt-chart", "aria-hidden": "true" }),
    h("span", { class: "figure" }),
  );
}

/** @param {Line} line */
function lineInWords({ path, bars, longest }) {
  return [path, ...bars.map(barInWords), longest && "the longest of all"].filter(Boolean).join("; ");
}

/** A pattern for each phase: they differ without colour, too. */
function patterns() {
  const size = { width: 6, height: 6, patternUnits: "userSpaceOnUse" };
  return s(
    "svg",
    { class: "defs", "aria-hidden": "true" },
    s(
      "defs",
      {},
      s("pattern", { id: "pattern-start", ...size }),
      s("pattern", { id: "pattern-ready", ...size }, s("circle", { cx: 3, cy: 3, r: 1.1 })),
      s("pattern", { id: "pattern-stop", ...size, patternTransform: "rotate(45)" }, s("rect", { width: 2, height: 6 })),
      s("pattern", { id: "pattern-release", ...size }, s("rect", { width: 2, height: 6 })),
      s(
        "pattern",
        { id: "pattern-failed", ...size, patternTransform: "rotate(45)" },
        s("rect", { width: 2, height: 6 }),
        s("rect", { width: 6, height: 2 }),
      ),
    ),
  );
}
