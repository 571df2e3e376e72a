/** @import { Column, EventMap, MapEdge, MapNode } from "./events-layout.js" */
import { h, keyed, s, setAttribute, setText } from "./dom.js";
import { nodeHeight, waysThrough } from "./events-layout.js";
import { count, plural, rate } from "./format.js";

/** Less than that would not be readable: the frame scrolls. */
const leastWidth = 620;
const characterWidth = 6.9;
const padding = 10;
/** Of the frame, on either side. */
const framePadding = 12;
/** Shares of the width: a column of nodes, and the space to the next one. @type {Readonly<Record<Column, [number, number]>>} */
const places = { from: [0, 0.25], event: [0.37, 0.26], to: [0.72, 0.28] };
/** @type {readonly Column[]} */
const columns = ["from", "event", "to"];

/** The map: emitters, events and listeners, joined by curves as wide as what passes. One tab stop, arrows from there. */
export class EventsMap {
  /** @type {EventMap} */
  #map = { nodes: [], edges: [], height: 0, hidden: 0 };
  #width = leastWidth;
  /** Id of the node with the tab stop. @type {string | undefined} */
  #active;
  /** Ids of nodes whose ways are shown: under the pointer, focused, and held by a click. */
  #hovered = "";
  #focused = "";
  #held = "";
  #edges = s("g", { class: "edges" });
  #nodes = s("g", { class: "nodes" });
  #svg = s("svg", { class: "map", role: "group", "aria-label": "Who emits what to whom" }, this.#edges, this.#nodes);
  element = h(
    "div",
    { class: "map-frame" },
    h(
      "div",
      { class: "map-headings", "aria-hidden": "true" },
      h("span", { text: "Emitters" }),
      h("span", { text: "Events" }),
      h("span", { text: "Listeners" }),
    ),
    this.#svg,
  );

  constructor() {
    new ResizeObserver(() => {
      this.#width = Math.max(leastWidth, this.element.clientWidth - 2 * framePadding);
      this.#render();
    }).observe(this.element);
    this.#nodes.addEventListener("keydown", (event) => this.#onKey(event));
  }

  /** @param {EventMap} map */
  show(map) {
    this.#map = map;
    this.#render();
  }

  #render() {
    const { nodes, edges, height } = this.#map;
    setAttribute(this.#svg, "viewBox", `0 0 ${this.#width} ${height}`);
    setAttribute(this.#svg, "width", this.#width);
    setAttribute(this.#svg, "height", height);
    if (!nodes.some(({ id }) => id === this.#active)) this.#active = nodes[0]?.id;
    const byId = new Map(nodes.map((node) => [node.id, node]));
    keyed(
      this.#edges,
      edges,
      ({ id }) => id,
      () => s("path"),
      (path, edge) => this.#showEdge(path, edge, byId),
    );
    keyed(
      this.#nodes,
      nodes,
      ({ id }) => id,
      (node) => this.#make(node),
      (group, node) => this.#showNode(group, node),
    );
    this.#light();
  }

  /**
   * @param {Element} path
   * @param {MapEdge} edge
   * @param {Map<string, MapNode>} byId
   */
  #showEdge(path, edge, byId) {
    const from = byId.get(edge.from);
    const to = byId.get(edge.to);
    if (!from || !to) return;
    const [left, width] = places[from.column];
    const x1 = (left + width) * this.#width;
    const x2 = places[to.column][0] * this.#width;
    const middle = (x1 + x2) / 2;
    setAttribute(path, "d", `M${x1} ${from.y}C${middle} ${from.y} ${middle} ${to.y} ${x2} ${to.y}`);
    setAttribute(path, "stroke-width", (1.2 + Math.min(12, 2 * Math.log2(1 + edge.rate))).toFixed(1));
    setAttribute(path, "class", edge.rate > 0 ? "edge live" : "edge");
    setAttribute(path, "data-id", edge.id);
  }

  /** @param {MapNode} node */
  #make({ id, column }) {
    const group = s(
      "g",
      { class: "node", role: "button", data: { id, column } },
      s("title"),
      s("rect", { rx: 6, height: nodeHeight }),
      s("text", { class: "node-name" }),
      " ",
      s("text", { class: "node-rate", "text-anchor": "end" }),
    );
    group.addEventListener("pointerenter", () => this.#point({ hovered: id }));
    group.addEventListener("pointerleave", () => this.#point({ hovered: "" }));
    group.addEventListener("focus", () => this.#point({ focused: id }));
    group.addEventListener("blur", () => this.#point({ focused: "" }));
    group.addEventListener("click", () => this.#hold(id));
    return group;
  }

  /**
   * @param {Element} group
   * @param {MapNode} node
   */
  #showNode(group, node) {
    const [left, share] = places[node.column];
    const width = share * this.#width;
    setAttribute(group, "transform", `translate(${left * this.#width} ${node.y - nodeHeight / 2})`);
    setAttribute(group, "tabindex", node.id === this.#active ? 0 : -1);
    setAttribute(group, "aria-pressed", String(node.id === this.#held));
    group.classList.toggle("live", node.rate > 0);
    group.classList.toggle("bad", node.errors > 0);
    const [title, rect, name, figure] = group.children;
    if (!title || !rect || !name || !figure) return;
    const text = node.label === undefined ? node.name : `${node.name} · ${node.label}`;
    const said = node.rate > 0 ? rate(node.rate) : count(node.total);
    setAttribute(rect, "width", width);
    setAttribute(name, "x", padding);
    setAttribute(name, "y", nodeHeight / 2 + 4);
    setText(name, shortened(text, Math.floor((width - 3 * padding) / characterWidth) - said.length));
    // Shortened, it is told in full to who points at it.
    setText(title, name.textContent === text ? "" : text);
    setAttribute(figure, "x", width - padding);
    setAttribute(figure, "y", nodeHeight / 2 + 4);
    setText(figure, said);
    // What is seen comes first: who speaks to a computer says that.
    const full = name.textContent === text ? "" : `${text}, `;
    setAttribute(group, "aria-label", `${name.textContent} ${said}, ${full}${spoken(node)}`);
  }

  /** @param {{ hovered?: string, focused?: string }} at */
  #point({ hovered = this.#hovered, focused = this.#focused }) {
    this.#hovered = hovered;
    this.#focused = focused;
    this.#light();
  }

  /** @param {string} id */
  #hold(id) {
    this.#held = this.#held === id ? "" : id;
    this.#active = id;
    this.#render();
  }

  #light() {
    const at = [this.#hovered, this.#focused, this.#held].find((id) => this.#map.nodes.some((node) => node.id === id));
    const lit = at === undefined ? undefined : waysThrough(this.#map, at);
    this.#svg.classList.toggle("lit", lit !== undefined);
    for (const element of [...this.#edges.children, ...this.#nodes.children]) {
      element.classList.toggle("on-way", lit?.has(element.getAttribute("data-id") ?? "") ?? false);
    }
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const { nodes } = this.#map;
    const node = nodes.find(({ id }) => id === this.#active);
    if (!node) return;
    const inColumn = nodes.filter(({ column }) => column === node.column);
    const index = inColumn.indexOf(node);
    /** @param {number} step */
    const beside = (step) => {
      const column = columns[columns.indexOf(node.column) + step];
      const others = nodes.filter((other) => other.column === column);
      return others.toSorted((a, b) => Math.abs(a.y - node.y) - Math.abs(b.y - node.y))[0];
    };
    switch (event.key) {
      case "ArrowUp":
        return this.#moveTo(event, inColumn[index - 1]);
      case "ArrowDown":
        return this.#moveTo(event, inColumn[index + 1]);
      case "Home":
        return this.#moveTo(event, inColumn[0]);
      case "End":
        return this.#moveTo(event, inColumn.at(-1));
      case "ArrowLeft":
        return this.#moveTo(event, beside(-1));
      case "ArrowRight":
        return this.#moveTo(event, beside(1));
      case "Enter":
      case " ":
        event.preventDefault();
        return this.#hold(node.id);
    }
  }

  /**
   * @param {KeyboardEvent} event
   * @param {MapNode | undefined} node
   */
  #moveTo(event, node) {
    event.preventDefault();
    if (!node) return;
    this.#active = node.id;
    this.#render();
    const group = [...this.#nodes.children].find((element) => element.getAttribute("data-id") === node.id);
    if (group instanceof SVGElement) group.focus();
  }
}

/** @param {MapNode} node */
function spoken({ column, total, errors }) {
  const what = { from: "emitter", event: "event", to: "listener" }[column];
  return `${what}, ${count(total)} in total${errors > 0 ? `, ${plural(errors, "error")}` : ""}`;
}

/**
 * @param {string} text
 * @param {number} length
 */
function shortened(text, length) {
  return text.length <= length ? text : `${text.slice(0, Math.max(1, length - 1))}…`;
}
