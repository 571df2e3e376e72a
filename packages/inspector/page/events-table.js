/** @import { EventRate } from "../src/protocol.ts" */
import { h, keyed, setText } from "./dom.js";
import { ownLabel, sum } from "./events-layout.js";
import { count, plural, rate } from "./format.js";
import { hashOf } from "./page-location.js";

/** @typedef {{ path: string, label?: string | undefined, rate: number, total: number, errors?: number }} Side */

/** The map as a table: for reading, for screen readers, and for more events than a picture holds. */
export class EventsTable {
  #body = h("tbody");
  element = h(
    "div",
    { class: "table-frame", tabindex: "0", role: "region", "aria-label": "Events as a table" },
    h(
      "table",
      { class: "events-table" },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          ...["Event", "Rate", "Total", "Emitted by", "Heard by"].map((text, index) =>
            h("th", { text, class: index === 1 || index === 2 ? "figure" : "" }),
          ),
        ),
      ),
      this.#body,
    ),
  );

  /** @param {readonly EventRate[]} events */
  show(events) {
    const make = () =>
      h(
        "tr",
        {},
        h("th", { scope: "row" }),
        h("td", { class: "figure" }),
        h("td", { class: "figure" }),
        h("td", {}, h("ul")),
        h("td", {}, h("ul")),
      );
    keyed(
      this.#body,
      events,
      ({ event }) => event,
      make,
      (line, { event, from, to }) => {
        const [name, perSecond, total, emitters, listeners] = line.children;
        if (!name || !perSecond || !total) return;
        setText(name, event);
        setText(perSecond, rate(sum(from, "rate")));
        setText(total, count(sum(from, "total")));
        showSides(emitters, from);
        showSides(
          listeners,
          to.map((side) => ({ ...side, label: ownLabel(event, side.label) })),
        );
      },
    );
  }
}

/**
 * @param {Element | undefined} cell
 * @param {readonly Side[]} sides
 */
function showSides(cell, sides) {
  const list = cell?.firstElementChild;
  if (!list) return;
  keyed(
    list,
    sides,
    ({ path, label = "" }) => `${path} ${label}`,
    ({ path, label }) =>
      h(
        "li",
        {},
        h("a", { href: hashOf("tree", path), text: path }),
        label !== undefined && h("span", { class: "label", text: label }),
        h("span", { class: "hint" }),
        h("span", { class: "bad" }),
      ),
    (line, { rate: perSecond, total, errors = 0 }) => {
      const hint = line.querySelector(".hint");
      const bad = line.querySelector(".bad");
      if (hint) setText(hint, perSecond > 0 ? rate(perSecond) : count(total));
      if (bad) setText(bad, errors > 0 ? plural(errors, "error") : "");
    },
  );
}
