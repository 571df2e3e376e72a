/** @import { Rates } from "../src/protocol.ts" */
/** @import { Store } from "./store.js" */

import { h, setText } from "./dom.js";
import { EmitForm } from "./emit-form.js";
import { eventMap, fittingEvents } from "./events-layout.js";
import { EventsMap } from "./events-map.js";
import { EventsTable } from "./events-table.js";
import { plural } from "./format.js";

/** Who emits what to whom: the map, the same as a table, and a form to emit. */
export class Events {
  /** @type {Rates} */
  #rates = { events: [] };
  #filter = "";
  #map = new EventsMap();
  #table = new EventsTable();
  #form;
  #note = h("p", { class: "empty", role: "status" });

  /**
   * @param {HTMLElement} place
   * @param {Store} store
   */
  constructor(place, store) {
    this.#form = new EmitForm(store);
    place.append(
      h(
        "div",
        { class: "events-main" },
        this.#note,
        this.#map.element,
        h("h2", { text: "As a table" }),
        this.#table.element,
      ),
      h("div", { class: "events-side" }, this.#form.element),
    );
    this.#render();
  }

  /** @param {Rates} rates */
  show(rates) {
    this.#rates = rates;
    this.#render();
  }

  /** @param {string} text */
  set filter(text) {
    this.#filter = text;
    this.#render();
  }

  summary() {
    return plural(this.#rates.events.length, "event");
  }

  #render() {
    const { events } = this.#rates;
    const fitting = fittingEvents(this.#rates, this.#filter);
    const map = eventMap(fitting);
    this.#map.element.hidden = fitting.length === 0;
    this.#map.show(map);
    this.#table.show(fitting);
    this.#form.show(events.map(({ event }) => event));
    const note =
      events.length === 0
        ? "No event has been emitted since the map was opened."
        : fitting.length === 0
          ? `No event fits “${this.#filter}”.`
          : map.hidden > 0
            ? `The map shows the busiest events; ${map.hidden} more are in the table. A filter shows others.`
            : "";
    setText(this.#note, note);
    this.#note.hidden = note === "";
  }
}
