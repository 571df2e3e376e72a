/** @import { Detail } from "../src/protocol.ts" */
/** @import { Store } from "./store.js" */
import { perform } from "./api.js";
import { section } from "./detail-section.js";
import { h, keyed, setAttribute, setText } from "./dom.js";
import { capital, count, none } from "./format.js";
import { toast } from "./toasts.js";

/**
 * What tells of queues: the figures of `Jobs` and of `Messages`. `again` is the action that has dead ones worked on again;
 * it takes the names of a row.
 *
 * @typedef {{ figure: "queues" | "groups", title: string, names: readonly string[], again: string }} Kind
 * @typedef {Readonly<Record<string, unknown>>} Row
 */

/** @type {readonly Kind[]} */
const kinds = [
  { figure: "queues", title: "Queues", names: ["name"], again: "retry" },
  { figure: "groups", title: "Groups", names: ["group", "event"], again: "redrive" },
];

const sizes = ["waiting", "running", "dead"];

/** What waits, runs and is dead of jobs and messages, each with a button that has the dead ones worked on again. */
export class QueuesPart {
  #tables;
  elements;

  /**
   * @param {Store} store
   * @param {() => void} onChange something was done
   */
  constructor(store, onChange) {
    this.#tables = kinds.map((kind) => new QueuesTable(kind, store, onChange));
    this.elements = this.#tables.map(({ element }) => element);
  }

  /** @param {Detail} detail */
  update(detail) {
    for (const table of this.#tables) table.update(detail);
  }

  /** The figures that are shown here. @param {Readonly<Record<string, unknown>>} figures */
  static shown(figures) {
    return kinds.filter((kind) => rowsOf(figures, kind)).map(({ figure }) => figure);
  }
}

class QueuesTable {
  #kind;
  #store;
  #onChange;
  #path = "";
  #body = h("tbody");
  #part;
  element;

  /**
   * @param {Kind} kind
   * @param {Store} store
   * @param {() => void} onChange
   */
  constructor(kind, store, onChange) {
    this.#kind = kind;
    this.#store = store;
    this.#onChange = onChange;
    const head = h(
      "tr",
      {},
      ...kind.names.map((name) => h("th", { text: capital(name) })),
      ...sizes.map((size) => h("th", { class: "figure", text: capital(size) })),
      h("th", {}, h("span", { class: "off-screen", text: capital(kind.again) })),
    );
    const frame = { class: "table-frame", tabindex: "0", role: "region", "aria-label": kind.title };
    this.#part = section(kind.title, h("div", frame, h("table", {}, h("thead", {}, head), this.#body)));
    this.element = this.#part.element;
  }

  /** @param {Detail} detail */
  update({ row, snapshot, actions }) {
    this.#path = row.path;
    const rows = rowsOf(snapshot.figures ?? {}, this.#kind) ?? [];
    const canDo = actions.some(({ name }) => name === this.#kind.again);
    this.#part.show(rows.length);
    keyed(
      this.#body,
      rows,
      (one) => JSON.stringify(this.#kind.names.map((name) => one[name])),
      (one) => this.#make(one),
      (line, one) => this.#show(line, one, canDo),
    );
  }

  /** @param {Row} row */
  #make(row) {
    const { names, again } = this.#kind;
    const cells = names.map((name, index) =>
      h(index === 0 ? "th" : "td", { ...(index === 0 ? { scope: "row" } : {}), text: String(row[name]) }),
    );
    const button = h("button", {
      class: "small",
      type: "button",
      text: capital(again),
      "aria-label": `${capital(again)} what is dead of ${names.map((name) => row[name]).join(", ")}`,
      on: { click: () => this.#again(button, row) },
    });
    return h("tr", {}, ...cells, ...sizes.map(() => h("td", { class: "figure" })), h("td", {}, button));
  }

  /**
   * @param {Element} line
   * @param {Row} row
   * @param {boolean} canDo
   */
  #show(line, row, canDo) {
    sizes.forEach((size, index) => {
      const cell = line.children[this.#kind.names.length + index];
      const value = numberOf(row, size);
      if (cell) setText(cell, value > 0 ? count(value) : none);
      cell?.classList.toggle("bad", size === "dead" && value > 0);
    });
    const button = line.querySelector("button");
    if (!button) return;
    button.hidden = !canDo || numberOf(row, "dead") === 0;
    setAttribute(button, "aria-disabled", !this.#store.app?.canChange && "true");
  }

  /**
   * @param {HTMLButtonElement} button
   * @param {Row} row
   */
  async #again(button, row) {
    if (button.getAttribute("aria-disabled") || button.classList.contains("busy")) return;
    button.classList.add("busy");
    const { names, again: action } = this.#kind;
    const input = Object.fromEntries(names.map((name) => [name, row[name]]));
    const outcome = await perform({ do: "call", path: this.#path, action, input });
    button.classList.remove("busy");
    if (outcome.ok) toast(`${Object.values(input).join(", ")}: worked on again: ${count(Number(outcome.result))}`);
    else toast(outcome.message, { failed: true, code: outcome.code });
    this.#onChange();
  }
}

/**
 * Undefined where a service has other figures of that name.
 *
 * @param {Readonly<Record<string, unknown>>} figures
 * @param {Kind} kind
 * @returns {readonly Row[] | undefined}
 */
function rowsOf(figures, { figure, names }) {
  const rows = figures[figure];
  if (!Array.isArray(rows)) return undefined;
  const isRow = (/** @type {Row | null} */ row) =>
    names.every((name) => typeof row?.[name] === "string") && typeof row?.dead === "number";
  return rows.every(isRow) ? rows : undefined;
}

/**
 * @param {Row} row
 * @param {string} name
 */
function numberOf(row, name) {
  const value = row[name];
  return typeof value === "number" ? value : 0;
}
