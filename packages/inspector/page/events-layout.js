/** @import { EventRate, Rates } from "../src/protocol.ts" */
import { matcher } from "./tree-items.js";

/**
 * Who emits, what, and who hears it.
 *
 * @typedef {"from" | "event" | "to"} Column
 *
 * @typedef {object} MapNode
 * @property {string} id
 * @property {Column} column
 * @property {string} name
 * @property {string} [label] of a listener that is not called as its event
 * @property {number} rate
 * @property {number} total
 * @property {number} errors
 * @property {number} y of its middle
 *
 * @typedef {object} MapEdge
 * @property {string} id
 * @property {string} from id of a node
 * @property {string} to
 * @property {number} rate
 * @property {number} total
 *
 * @typedef {object} EventMap
 * @property {readonly MapNode[]} nodes
 * @property {readonly MapEdge[]} edges
 * @property {number} height
 * @property {number} hidden events that have no place in it
 */

export const nodeHeight = 30;
const pitch = 38;
const top = 6;

/** More than can be told apart in one picture; the busiest are shown. */
const mostEvents = 60;

/**
 * The events that fit a filter, by name.
 *
 * @param {Rates} rates
 * @param {string} filter
 */
export function fittingEvents({ events }, filter) {
  const fits = matcher(filter);
  const found = events.filter(
    ({ event, from, to }) =>
      !fits || fits(event, ...from.map(({ path }) => path), ...to.flatMap(({ path, label }) => [path, label])),
  );
  return found.toSorted((a, b) => (a.event < b.event ? -1 : 1));
}

/**
 * The places of all nodes: events by their name, and beside them who has to do with them, so that few curves cross.
 *
 * @param {readonly EventRate[]} fitting by name
 * @returns {EventMap}
 */
export function eventMap(fitting) {
  const shown = busiest(fitting);
  /** @type {Map<string, MapNode & { at: number[] }>} */
  const nodes = new Map();
  /** @type {MapEdge[]} */
  const edges = [];
  /**
   * @param {Column} column
   * @param {{ path: string, label?: string | undefined, rate: number, total: number, errors?: number }} side
   * @param {number} index
   */
  const add = (column, { path, label, rate, total, errors = 0 }, index) => {
    const id = `${column} ${path} ${label ?? ""}`;
    const node = nodes.get(id) ?? {
      id,
      column,
      name: path,
      rate: 0,
      total: 0,
      errors: 0,
      y: 0,
      at: [],
      ...(label === undefined ? {} : { label }),
    };
    node.rate += rate;
    node.total += total;
    node.errors += errors;
    node.at.push(index);
    nodes.set(id, node);
    return id;
  };
  shown.forEach(({ event, from, to }, index) => {
    const id = add("event", { path: event, rate: sum(from, "rate"), total: sum(from, "total") }, index);
    for (const side of from) {
      const source = add("from", side, index);
      edges.push({ id: `${source} → ${id}`, from: source, to: id, rate: side.rate, total: side.total });
    }
    for (const side of to) {
      const target = add("to", { ...side, label: ownLabel(event, side.label) }, index);
      edges.push({ id: `${id} → ${target}`, from: id, to: target, rate: side.rate, total: side.total });
    }
  });
  const columns = ["from", "event", "to"].map((column) =>
    [...nodes.values()]
      .filter((node) => node.column === column)
      .sort((a, b) => middle(a.at) - middle(b.at) || (a.id < b.id ? -1 : 1)),
  );
  const height = Math.max(...columns.map(({ length }) => length)) * pitch + 2 * top;
  for (const column of columns) {
    const offset = (height - column.length * pitch) / 2;
    column.forEach((node, index) => {
      node.y = offset + (index + 0.5) * pitch;
    });
  }
  return { nodes: columns.flat(), edges, height, hidden: fitting.length - shown.length };
}

/**
 * What a listener was named, or its pattern; undefined where it only has the name of its event.
 *
 * @param {string} event
 * @param {string} label
 */
export function ownLabel(event, label) {
  const own = /^listener of "(.*)"$/.exec(label)?.[1] ?? label;
  return own === event ? undefined : own;
}

/** @param {readonly EventRate[]} events */
function busiest(events) {
  if (events.length <= mostEvents) return events;
  const most = new Set(events.toSorted((a, b) => sum(b.from, "total") - sum(a.from, "total")).slice(0, mostEvents));
  return events.filter((event) => most.has(event));
}

/**
 * The nodes and edges of every way that leads through a node.
 *
 * @param {EventMap} map
 * @param {string} id of the node
 * @returns {ReadonlySet<string>} ids
 */
export function waysThrough({ edges }, id) {
  const found = new Set([id]);
  /** @param {string} at @param {"from" | "to"} side @param {"from" | "to"} other */
  const follow = (at, side, other) => {
    for (const edge of edges) {
      if (edge[side] !== at) continue;
      found.add(edge.id).add(edge[other]);
      follow(edge[other], side, other);
    }
  };
  follow(id, "from", "to");
  follow(id, "to", "from");
  return found;
}

/**
 * @param {readonly { rate: number, total: number }[]} sides
 * @param {"rate" | "total"} key
 */
export function sum(sides, key) {
  return sides.reduce((all, side) => all + side[key], 0);
}

/** @param {readonly number[]} values */
function middle(values) {
  return values.reduce((all, value) => all + value, 0) / values.length;
}
