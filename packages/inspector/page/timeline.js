/** @import { Run, Timeline as Runs } from "../src/protocol.ts" */
import { getTimeline } from "./api.js";
import { h, keyed, s, setAttribute, setText } from "./dom.js";
import { duration, plural, time } from "./format.js";
import { TimelineChart } from "./timeline-chart.js";
import { barInWords, longestBar } from "./timeline-lines.js";

const pollMs = 2000;

/** Starts and stops of the last runs, as bars on a time axis or as a list. */
export class Timeline {
  /** @type {readonly Run[]} */
  #runs = [];
  /** Key of the run that was chosen; the newest without. @type {string | undefined} */
  #chosen;
  #filter = "";
  #asList = false;
  #active = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {AbortController | undefined} */
  #asking;
  #chart = new TimelineChart();
  #choice = h("select", { id: "run-choice", on: { change: () => this.#choose(this.#choice.value) } });
  #total = h("p", { class: "timeline-total" });
  #toggle = h("button", {
    type: "button",
    class: "quiet",
    text: "As a list",
    "aria-pressed": "false",
    on: { click: () => this.#switch() },
  });
  #rows = h("tbody");
  #table = h(
    "div",
    { class: "table-frame", tabindex: "0", role: "region", "aria-label": "The run as a list" },
    h(
      "table",
      {},
      h("thead", {}, h("tr", {}, ...["Service", "What", "When"].map((text) => h("th", { text })))),
      this.#rows,
    ),
  );
  #empty = h("p", { class: "empty", role: "status", text: "" });
  #legend = h(
    "ul",
    { class: "legend", "aria-label": "Phases" },
    ...["start", "ready", "stop", "release", "failed"].map(legendItem),
  );
  #failure = "";

  #onRuns;

  /**
   * @param {HTMLElement} place
   * @param {() => void} onRuns called when what {@link summary} says may have changed
   */
  constructor(place, onRuns) {
    this.#onRuns = onRuns;
    place.append(
      h(
        "div",
        { class: "timeline-head" },
        h("label", { for: "run-choice", text: "Run" }),
        this.#choice,
        this.#total,
        this.#legend,
        this.#toggle,
      ),
      this.#empty,
      this.#chart.element,
      this.#table,
    );
    this.#render();
  }

  /** Asked for again and again while it is looked at. @param {boolean} active */
  set active(active) {
    if (this.#active === active) return;
    this.#active = active;
    clearTimeout(this.#timer);
    this.#asking?.abort();
    if (active) void this.#ask();
  }

  /** @param {string} text */
  set filter(text) {
    this.#filter = text;
    this.#render();
  }

  summary() {
    return plural(this.#runs.length, "run");
  }

  async #ask() {
    const asking = new AbortController();
    this.#asking = asking;
    const told = await getTimeline(asking.signal).catch((error) => String(error));
    if (asking.signal.aborted) return;
    if (typeof told === "string") this.#failure = told;
    else this.#take(told);
    this.#render();
    this.#timer = setTimeout(() => void this.#ask(), pollMs);
  }

  /** @param {Runs} told */
  #take({ runs }) {
    this.#failure = "";
    this.#runs = runs.toReversed();
    this.#onRuns();
  }

  /** @param {string} key */
  #choose(key) {
    const newest = this.#runs[0];
    this.#chosen = newest && keyOf(newest) === key ? undefined : key;
    this.#render();
  }

  #switch() {
    this.#asList = !this.#asList;
    setAttribute(this.#toggle, "aria-pressed", String(this.#asList));
    this.#render();
  }

  #render() {
    keyed(
      this.#choice,
      this.#runs,
      keyOf,
      () => h("option"),
      (option, run) => {
        setAttribute(option, "value", keyOf(run));
        setText(
          option,
          `${run.kind === "start" ? "Start" : "Stop"} at ${time(run.at)} · ${duration(run.ms)}${run.ok ? "" : " · failed"}`,
        );
      },
    );
    const run = this.#runs.find((one) => keyOf(one) === this.#chosen) ?? this.#runs[0];
    this.#chart.element.hidden = !run || this.#asList;
    this.#table.hidden = !run || !this.#asList;
    this.#legend.hidden = this.#asList;
    const lines = run ? this.#chart.show(run, this.#filter) : [];
    const nothing = run
      ? lines.length === 0 && `No service of this run fits “${this.#filter}”.`
      : this.#failure || "No run is kept yet.";
    setText(this.#empty, nothing || "");
    this.#empty.hidden = !nothing;
    if (!run) return;
    this.#choice.value = keyOf(run);
    const longest = longestBar(run);
    const most = longest ? `, longest ${longest.path} (${longest.phase}, ${duration(longest.ms)})` : "";
    setText(this.#total, `${plural(lines.length, "service")} in ${duration(run.ms)}${run.ok ? "" : ", failed"}${most}`);
    if (!this.#asList) return;
    const bars = lines.flatMap((line) => line.bars);
    const make = () => h("tr", {}, h("th", { scope: "row" }), h("td"), h("td"));
    keyed(
      this.#rows,
      bars,
      (_bar, index) => String(index),
      make,
      (row, bar) => {
        const [path, what, when] = row.children;
        if (path) setText(path, bar.path);
        if (what) setText(what, bar === longest ? `${bar.phase} (the longest)` : bar.phase);
        if (when) setText(when, barInWords(bar).slice(bar.phase.length + 1));
        row.classList.toggle("bad", !bar.ok);
      },
    );
  }
}

/** @param {Run} run */
function keyOf({ kind, at }) {
  return `${kind} ${at}`;
}

/** @param {string} phase */
function legendItem(phase) {
  const rect = (/** @type {string} */ layer, /** @type {object} */ more = {}) =>
    s("rect", { class: `bar ${layer} ${phase === "failed" ? "bad" : phase}`, width: 18, height: 10, rx: 2, ...more });
  return h(
    "li",
    {},
    s(
      "svg",
      { width: 18, height: 10, "aria-hidden": "true" },
      rect("ground"),
      rect("pattern", { fill: `url(#pattern-${phase})` }),
    ),
    h("span", { text: phase }),
  );
}
