/** @import { Store } from "./store.js" */
import { getService } from "./api.js";
import { ActionsPart } from "./detail-actions.js";
import { ActivitiesPart } from "./detail-activities.js";
import { DetailHeader } from "./detail-header.js";
import { HistoryPart } from "./detail-history.js";
import { HoldingsPart } from "./detail-holdings.js";
import { MetricsPart } from "./detail-metrics.js";
import { QueuesPart } from "./detail-queues.js";
import { h, setText } from "./dom.js";
import { appRow } from "./tree-items.js";

const pollMs = 1000;

/** All about the selected service, asked for once a second while it can be seen. */
export class Detail {
  #place;
  #store;
  /** @type {string | undefined} */
  #path;
  /** @type {DetailHeader | undefined} */
  #header;
  /** @type {AbortController | undefined} */
  #asking;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #active = true;

  /**
   * @param {HTMLElement} place
   * @param {Store} store
   */
  constructor(place, store) {
    this.#place = place;
    this.#store = store;
    store.onChange(({ paths }) => {
      if (this.#path === "" || (this.#path !== undefined && paths.has(this.#path))) this.#showRow();
    });
    document.addEventListener("visibilitychange", () => this.#restart());
  }

  /** Whether anybody can see it. @param {boolean} active */
  set active(active) {
    if (this.#active === active) return;
    this.#active = active;
    this.#restart();
  }

  /** @param {string | undefined} path "" is the app; undefined shows nothing */
  show(path) {
    if (path === this.#path) return;
    this.#path = path;
    this.#place.replaceChildren();
    this.#place.scrollTop = 0;
    this.#header = undefined;
    this.#update = () => {};
    if (path !== undefined) this.#build();
    this.#restart();
  }

  focus() {
    this.#header?.focus();
  }

  /** Asks at once: something was done to the service. */
  refresh() {
    this.#restart();
  }

  /** @type {(detail: import("../src/protocol.ts").Detail) => void} */
  #update = () => {};
  #gone = h("p", { class: "empty", role: "status" });

  #build() {
    const header = new DetailHeader(this.#store);
    this.#header = header;
    this.#gone = h("p", { class: "empty", role: "status", text: "" });
    this.#place.append(header.element, this.#gone);
    this.#showRow();
    if (this.#path === "") return;
    const activities = new ActivitiesPart(this.#store);
    const holdings = new HoldingsPart();
    const queues = new QueuesPart(this.#store, () => this.refresh());
    const metrics = new MetricsPart();
    const actions = new ActionsPart();
    const history = new HistoryPart();
    const parts = h(
      "div",
      { class: "parts" },
      history.errors,
      ...holdings.before,
      ...queues.elements,
      activities.element,
      actions.element,
      metrics.element,
      ...holdings.after,
      history.facts,
    );
    parts.hidden = true;
    this.#place.append(parts);
    this.#update = (detail) => {
      parts.hidden = false;
      for (const part of [activities, holdings, queues, metrics, actions, history]) part.update(detail);
    };
  }

  #showRow() {
    const row = this.#path === "" ? appRow(this.#store) : this.#store.rows.get(this.#path ?? "");
    if (row) this.#header?.update(row);
    const known = row !== undefined || this.#store.app === undefined;
    setText(this.#gone, known ? "" : `There is no service “${this.#path}” now.`);
    this.#gone.hidden = known;
  }

  #restart() {
    clearTimeout(this.#timer);
    this.#asking?.abort();
    if (this.#active && this.#path !== undefined && this.#path !== "" && !document.hidden) void this.#ask(this.#path);
  }

  /** @param {string} path */
  async #ask(path) {
    const asking = new AbortController();
    this.#asking = asking;
    const detail = await getService(path, asking.signal).catch((error) => {
      // Lost connections are told by the live stream, services that are gone by the tree.
      if (error instanceof Error) return undefined;
      throw error;
    });
    if (asking.signal.aborted) return;
    if (detail) this.#update(detail);
    this.#timer = setTimeout(() => void this.#ask(path), pollMs);
  }
}
