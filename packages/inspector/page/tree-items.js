/** @import { Row } from "../src/protocol.ts" */
/** @import { Store } from "./store.js" */
/** @import { TreeItem } from "./tree-row.js" */

/**
 * A text as a test of others: every word of it must be found.
 *
 * @param {string} text
 * @returns {((...texts: readonly string[]) => boolean) | undefined} undefined where it filters nothing
 */
export function matcher(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return undefined;
  return (...texts) => {
    const all = texts.join(" ").toLowerCase();
    return words.every((word) => all.includes(word));
  };
}

/**
 * The row of the app itself.
 *
 * @param {Store} store
 * @returns {Row | undefined}
 */
export function appRow({ app }) {
  if (!app) return undefined;
  const { name, state, since } = app;
  const figures = { restarts: 0, warnings: [], errors: 0, activities: 0, inFlight: 0, resources: 0, rate: 0 };
  return { path: "", owner: "", name, className: "App", state, since, ...figures };
}

/**
 * The lines of the tree, top to bottom. With a filter: what fits, and all that owns it, nothing folded.
 *
 * @param {Store} store
 * @param {ReadonlySet<string>} folded paths whose services are not shown
 * @param {string} filter
 * @returns {TreeItem[]}
 */
export function treeItems(store, folded, filter) {
  const root = appRow(store);
  if (!root) return [];
  const shown = fitting(store, filter);
  /** @type {TreeItem[]} */
  const items = [];
  /** @param {Row} row @param {number} level @param {number} place @param {number} siblings */
  const add = (row, level, place, siblings) => {
    const children = store.childrenOf(row.path).filter((path) => !shown || shown.has(path));
    const expanded = children.length === 0 ? undefined : shown !== undefined || !folded.has(row.path);
    items.push({ path: row.path, row, level, place, siblings, expanded });
    if (!expanded) return;
    children.forEach((path, index) => {
      const child = store.rows.get(path);
      if (child) add(child, level + 1, index + 1, children.length);
    });
  };
  add(root, 1, 1, 1);
  return items;
}

/**
 * @param {Store} store
 * @param {string} filter
 */
function fitting(store, filter) {
  const fits = matcher(filter);
  if (!fits) return undefined;
  /** @type {Set<string>} */
  const shown = new Set();
  for (const row of store.rows.values()) {
    if (!fits(row.path, row.className, row.state)) continue;
    for (let path = row.path; path !== "" && !shown.has(path); path = store.rows.get(path)?.owner ?? "")
      shown.add(path);
  }
  return shown;
}
