/** @import { Change, Store } from "./store.js" */
/** @import { KeyCommand, Move } from "./tree-keys.js" */
/** @import { TreeItem } from "./tree-row.js" */
import { h, setText } from "./dom.js";
import { plural } from "./format.js";
import { treeItems } from "./tree-items.js";
import { TreeKeys } from "./tree-keys.js";
import { makeRow, rowHeadings, showAge, showRow } from "./tree-row.js";
import { VirtualList } from "./virtual-list.js";

/**
 * @typedef {object} TreeHandlers
 * @property {(path: string) => void} onSelect
 * @property {(command: KeyCommand, path: string) => void} onCommand
 */

/** The ownership tree: an ARIA tree with one tab stop, of which only the rows in sight are elements. */
export class Tree {
  #store;
  #handlers;
  /** @type {VirtualList<TreeItem>} */
  #list;
  #keys = new TreeKeys();
  /** @type {Set<string>} */
  #folded = new Set();
  #filter = "";
  #active = "";
  /** @type {string | undefined} */
  #selected;
  #body = h("div", { class: "tree-body", role: "tree", "aria-label": "Services" });
  #viewport = h("div", { class: "tree-viewport" }, this.#body);
  #nothing = h("p", { class: "empty", role: "status" });

  /**
   * @param {HTMLElement} place
   * @param {Store} store
   * @param {TreeHandlers} handlers
   */
  constructor(place, store, handlers) {
    this.#store = store;
    this.#handlers = handlers;
    place.append(rowHeadings(), this.#viewport, this.#nothing);
    this.#list = new VirtualList({
      viewport: this.#viewport,
      body: this.#body,
      key: (item) => item.path,
      make: makeRow,
      update: (row, item, fresh) => showRow(row, item, this.#viewOf(item), fresh),
    });
    this.#body.addEventListener("keydown", (event) => this.#onKey(event));
    this.#body.addEventListener("click", (event) => this.#onClick(event));
    store.onChange((change) => this.#onChange(change));
    setInterval(() => this.#tick(), 1000);
  }

  /** @param {string} text */
  set filter(text) {
    this.#filter = text;
    this.#rebuild();
  }

  get selected() {
    return this.#selected;
  }

  /** @param {string | undefined} path */
  set selected(path) {
    this.#selected = path;
    if (path !== undefined) {
      this.#unfoldTo(path);
      this.#active = path;
    }
    this.#rebuild();
  }

  /** Puts the focus on the active row. */
  focus() {
    this.#moveTo(this.#index());
  }

  /** Unfolds all, or folds all but the app. @param {boolean} folded */
  foldAll(folded) {
    this.#folded = new Set(folded ? this.#store.order.filter((path) => this.#store.childrenOf(path).length > 0) : []);
    this.#rebuild();
  }

  /** @param {Change} change */
  #onChange({ paths, shape }) {
    if (shape) this.#rebuild();
    else {
      for (const item of this.#list.items) {
        const row = this.#store.rows.get(item.path);
        if (row && paths.has(item.path)) item.row = row;
      }
      // A state may be what is filtered by.
      if (this.#filter !== "") this.#rebuild();
      else this.#list.refresh(paths);
    }
  }

  #rebuild() {
    const hadFocus = this.#body.contains(document.activeElement);
    const items = treeItems(this.#store, this.#folded, this.#filter);
    if (!items.some((item) => item.path === this.#active)) this.#active = "";
    this.#list.items = items;
    this.#list.active = this.#index();
    const nothing = this.#filter !== "" && items.length === 1;
    this.#nothing.hidden = !nothing;
    setText(this.#nothing, nothing ? `No service fits “${this.#filter}”.` : "");
    // The row that had the focus is gone.
    if (hadFocus && !this.#body.contains(document.activeElement)) this.#list.rowOf(this.#active)?.focus();
  }

  #tick() {
    const now = this.#store.now();
    for (const element of this.#body.children) {
      const item = this.#itemOf(element);
      if (item && element instanceof HTMLElement) showAge(element, item, now);
    }
  }

  /** @param {TreeItem} item */
  #viewOf({ path }) {
    return {
      active: path === this.#active,
      selected: path === this.#selected,
      marked: this.#store.isMarked(path),
      now: this.#store.now(),
    };
  }

  #index() {
    return this.#list.items.findIndex((item) => item.path === this.#active);
  }

  /** @param {Element | null} element */
  #itemOf(element) {
    const row = element?.closest("[data-index]");
    return row instanceof HTMLElement ? this.#list.items[Number(row.dataset["index"])] : undefined;
  }

  /** @param {MouseEvent} event */
  #onClick(event) {
    const target = event.target instanceof Element ? event.target : null;
    const item = this.#itemOf(target);
    if (!item) return;
    if (target?.closest(".caret")) {
      this.#fold(item);
      return;
    }
    this.#moveTo(this.#list.items.indexOf(item));
    this.#handlers.onSelect(item.path);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const read = this.#keys.read(event);
    if (!read) return;
    event.preventDefault();
    if ("move" in read) this.#move(read.move);
    else if ("command" in read) this.#handlers.onCommand(read.command, this.#active);
    else this.#find(read.word);
  }

  /** @param {Move} move */
  #move(move) {
    const { items, pageSize } = this.#list;
    const index = this.#index();
    const item = items[index];
    if (!item) return;
    switch (move) {
      case "up":
        return this.#moveTo(index - 1);
      case "down":
        return this.#moveTo(index + 1);
      case "page-up":
        return this.#moveTo(Math.max(0, index - pageSize));
      case "page-down":
        return this.#moveTo(Math.min(items.length - 1, index + pageSize));
      case "first":
        return this.#moveTo(0);
      case "last":
        return this.#moveTo(items.length - 1);
      case "in":
        if (item.expanded) return this.#moveTo(index + 1);
        if (item.expanded === false) this.#fold(item);
        return;
      case "out":
        if (item.expanded && this.#filter === "") return this.#fold(item);
        return this.#moveTo(items.findIndex((other) => other.path === item.row.owner && other !== item));
      case "unfold-all":
        return this.foldAll(false);
      case "select":
        return this.#handlers.onSelect(item.path);
    }
  }

  /** @param {number} index */
  #moveTo(index) {
    const item = this.#list.items[index];
    if (!item) return;
    this.#active = item.path;
    this.#list.active = index;
    this.#list.reveal(index);
    this.#list.rowOf(item.path)?.focus({ preventScroll: true });
  }

  /** @param {TreeItem} item */
  #fold(item) {
    if (item.expanded === undefined) return;
    if (item.expanded) this.#folded.add(item.path);
    else this.#folded.delete(item.path);
    this.#rebuild();
  }

  /** @param {string} path */
  #unfoldTo(path) {
    let owner = this.#store.rows.get(path)?.owner ?? "";
    while (owner !== "") {
      this.#folded.delete(owner);
      owner = this.#store.rows.get(owner)?.owner ?? "";
    }
    this.#folded.delete("");
  }

  /** The next service, from here on and around, whose name begins so. @param {string} word */
  #find(word) {
    const { items } = this.#list;
    // A first letter looks further, so that the same letter again goes to the next one.
    const from = this.#index() + (word.length === 1 ? 1 : 0);
    for (let step = 0; step < items.length; step++) {
      const index = (from + step) % items.length;
      if (items[index]?.row.name.toLowerCase().startsWith(word)) return this.#moveTo(index);
    }
  }

  /** `128 services, 3 failed`. */
  summary() {
    const rows = [...this.#store.rows.values()];
    const failed = rows.filter((row) => row.state === "failed").length;
    return `${plural(rows.length, "service")}${failed ? `, ${failed} failed` : ""}`;
  }
}
