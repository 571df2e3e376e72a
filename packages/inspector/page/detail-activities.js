/** @import { ActivitySnapshot } from "@pawl/kernel" */
/** @import { Detail } from "../src/protocol.ts" */
/** @import { Store } from "./store.js" */
import { trigger } from "./commands.js";
import { distinct, section } from "./detail-section.js";
import { h, keyed, setAttribute, setText } from "./dom.js";
import { age, count, none, rate, time } from "./format.js";
import { History, Sparkline } from "./sparkline.js";

/** @param {readonly unknown[]} values the first that is a number */
function firstNumber(...values) {
  return values.find((value) => typeof value === "number");
}

/** @param {ActivitySnapshot} activity */
const runsOf = ({ runs, calls, done }) => firstNumber(runs, calls, done);
/** @param {ActivitySnapshot} activity */
const errorsOf = ({ errors, failed }) => firstNumber(errors, failed) ?? 0;
/** @param {ActivitySnapshot} activity */
const idOf = ({ kind, label }) => `${kind} "${label}"`;

/** @typedef {{ kind: HTMLElement, label: HTMLElement, runs: HTMLElement, errors: HTMLElement, next: HTMLElement, spark: Sparkline, button: HTMLButtonElement }} Cells */

/** The intervals, tasks, listeners … of a service: what they have done, when they are next, and how often they run. */
export class ActivitiesPart {
  #store;
  #history = new History();
  #path = "";
  /** @type {WeakMap<Element, Cells>} */
  #cells = new WeakMap();
  #body = h("tbody");
  #part = section(
    "Activities",
    h(
      "div",
      { class: "table-frame", tabindex: "0", role: "region", "aria-label": "Activities" },
      h(
        "table",
        {},
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            h("th", { text: "Activity" }),
            h("th", { class: "figure", text: "Runs" }),
            h("th", { class: "figure", text: "Errors" }),
            h("th", { text: "Next" }),
            h("th", { text: "Last minute" }),
            h("th", {}, h("span", { class: "off-screen", text: "Trigger" })),
          ),
        ),
        this.#body,
      ),
    ),
  );
  element = this.#part.element;

  /** @param {Store} store */
  constructor(store) {
    this.#store = store;
  }

  /** @param {Detail} detail */
  update({ row, snapshot, triggers }) {
    this.#path = row.path;
    const { activities } = snapshot;
    const key = distinct(activities, idOf);
    const keys = new Map(activities.map((activity, index) => [activity, key(activity, index)]));
    this.#part.show(activities.length);
    keyed(
      this.#body,
      activities,
      key,
      (activity) => this.#make(activity),
      (line, activity) => this.#show(line, activity, keys.get(activity) ?? "", triggers.includes(idOf(activity))),
    );
  }

  /** @param {ActivitySnapshot} activity */
  #make(activity) {
    const id = idOf(activity);
    /** @type {Cells} */
    const cells = {
      kind: h("span", { class: "chip", text: activity.kind }),
      label: h("span", { class: "label", text: activity.label }),
      runs: h("td", { class: "figure" }),
      errors: h("td", { class: "figure" }),
      next: h("td", { class: "when" }),
      spark: new Sparkline(),
      button: h("button", {
        class: "small",
        type: "button",
        text: "Trigger",
        "aria-label": `Trigger ${id}`,
        on: { click: () => this.#trigger(cells.button, id) },
      }),
    };
    const { kind, label, runs, errors, next, spark, button } = cells;
    const cell = h("td", {}, spark.element);
    const line = h("tr", {}, h("th", { scope: "row" }, kind, label), runs, errors, next, cell, h("td", {}, button));
    this.#cells.set(line, cells);
    return line;
  }

  /**
   * @param {Element} line
   * @param {ActivitySnapshot} activity
   * @param {string} key
   * @param {boolean} canTrigger
   */
  #show(line, activity, key, canTrigger) {
    const cells = this.#cells.get(line);
    if (!cells) return;
    const runs = runsOf(activity);
    const errors = errorsOf(activity);
    const { lastError } = activity;
    setText(cells.runs, runs === undefined ? none : count(runs));
    setText(cells.errors, errors ? count(errors) : none);
    cells.errors.classList.toggle("bad", errors > 0);
    setAttribute(line, "title", typeof lastError === "string" && lastError);
    setText(cells.next, this.#when(activity));
    cells.spark.element.hidden = runs === undefined;
    if (runs !== undefined) {
      const values = this.#history.pushTotal(`${this.#path} ${key}`, runs, Date.now());
      cells.spark.show(values, rate(values.at(-1) ?? 0));
    }
    cells.button.hidden = !canTrigger;
    setAttribute(cells.button, "aria-disabled", !this.#store.app?.canChange && "true");
  }

  /** @param {ActivitySnapshot} activity */
  #when({ running, nextAt, lastAt, state, ms }) {
    if (running === true) return "running";
    if (typeof nextAt === "string") {
      const wait = Date.parse(nextAt) - this.#store.now();
      return wait < 1000 ? "now" : `in ${age(wait)}`;
    }
    if (typeof state === "string") return typeof ms === "number" ? `${state} ${age(ms)}` : state;
    return typeof lastAt === "string" ? `last ${time(lastAt)}` : none;
  }

  /**
   * @param {HTMLButtonElement} button
   * @param {string} id
   */
  async #trigger(button, id) {
    if (button.getAttribute("aria-disabled") || button.classList.contains("busy")) return;
    button.classList.add("busy");
    await trigger(this.#path, id);
    button.classList.remove("busy");
  }
}
