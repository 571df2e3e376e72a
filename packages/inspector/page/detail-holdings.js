/** @import { Detail } from "../src/protocol.ts" */
/** @import { CallSnapshot, ResourceSnapshot } from "@pawl/kernel" */
import { QueuesPart } from "./detail-queues.js";
import { distinct, section } from "./detail-section.js";
import { h, keyed, setText } from "./dom.js";
import { duration } from "./format.js";
import { inLine, leaves } from "./json-view.js";
import { hashOf } from "./page-location.js";

/** So many of what is held are listed; nobody reads ten thousand lines. */
const mostListed = 200;

/** What a service holds: calls in flight, resources, dependencies, options, and what packages tell of it. */
export class HoldingsPart {
  #inFlight = linesPart("In flight", "ul");
  #resources = linesPart("Resources, in the order of their release", "ol");
  #dependencies = linesPart("Dependencies", "ul");
  #options = pairsPart("Options");
  #figures = pairsPart("Figures");
  before = [this.#inFlight.element];
  after = [this.#resources.element, this.#dependencies.element, this.#options.element, this.#figures.element];

  /** @param {Detail} detail */
  update({ snapshot }) {
    const { inFlight, resources, dependencies, options, figures } = snapshot;
    this.#inFlight.show(inFlight, ({ what }) => what, callLine, showCall);
    // Newest first, as they are let go.
    this.#resources.show(resources.toReversed(), ({ kind, label }) => `${kind} ${label}`, resourceLine);
    this.#dependencies.show(dependencies, String, dependencyLine);
    this.#options.show(leaves(options ?? {}));
    const shownApart = ["metrics", ...QueuesPart.shown(figures ?? {})];
    const others = Object.entries(figures ?? {}).filter(([name]) => !shownApart.includes(name));
    this.#figures.show(leaves(Object.fromEntries(others)));
  }
}

/** @param {CallSnapshot} call */
function callLine({ what }) {
  return h("li", {}, h("span", { text: what }), h("span", { class: "figure" }));
}

/**
 * @param {Element} line
 * @param {CallSnapshot} call
 */
function showCall(line, { ms }) {
  if (line.lastElementChild) setText(line.lastElementChild, duration(ms));
}

/** @param {ResourceSnapshot} resource */
function resourceLine({ kind, label }) {
  return h("li", {}, h("span", { class: "chip", text: kind }), h("span", { text: label }));
}

/** @param {string} path */
function dependencyLine(path) {
  return h("li", {}, h("a", { href: hashOf("tree", path), text: path }));
}

/**
 * @param {string} title
 * @param {"ul" | "ol"} tag
 */
function linesPart(title, tag) {
  const list = h(tag, { class: "lines" });
  const more = h("p", { class: "hint" });
  const part = section(title, list, more);
  return {
    element: part.element,
    /**
     * @template T
     * @param {readonly T[]} items
     * @param {(item: T) => string} name
     * @param {(item: T) => Element} make
     * @param {(line: Element, item: T) => void} [update]
     */
    show(items, name, make, update = () => {}) {
      const listed = items.slice(0, mostListed);
      part.show(items.length);
      keyed(list, listed, distinct(listed, name), make, update);
      more.hidden = items.length <= mostListed;
      setText(more, `and ${items.length - mostListed} more`);
    },
  };
}

/** @param {string} title */
function pairsPart(title) {
  const list = h("dl", { class: "pairs" });
  const part = section(title, list);
  return {
    element: part.element,
    /** @param {readonly { key: string, value: unknown }[]} pairs */
    show(pairs) {
      part.show(pairs.length);
      const make = () => h("div", {}, h("dt"), h("dd"));
      keyed(
        list,
        pairs,
        ({ key }) => key,
        make,
        (line, { key, value }) => {
          const [name, text] = line.children;
          if (name) setText(name, key);
          if (text) setText(text, inLine(value));
        },
      );
    },
  };
}
