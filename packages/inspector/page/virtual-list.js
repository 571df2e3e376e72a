import { setAttribute } from "./dom.js";

/**
 * @template T
 * @typedef {object} VirtualListParts
 * @property {HTMLElement} viewport what scrolls; it holds nothing else
 * @property {HTMLElement} body holds the rows, as high as all of them
 * @property {(item: T) => string} key unique among the items
 * @property {() => HTMLElement} make an empty row
 * @property {(row: HTMLElement, item: T, fresh: boolean) => void} update `fresh`: the row showed another item before
 */

/** Rows that are there beyond each end of what is seen, so that scrolling shows no gap. */
const margin = 8;

/**
 * A long list of which only the rows in sight are elements. All rows have the same height, the custom property `--row` of
 * the viewport in pixels. The active row is an element wherever it is: it may have the focus.
 *
 * @template T
 */
export class VirtualList {
  #parts;
  /** @type {readonly T[]} */
  #items = [];
  /** Key → row in use. @type {Map<string, HTMLElement>} */
  #rows = new Map();
  /** Rows to use again. @type {HTMLElement[]} */
  #spare = [];
  #active = -1;
  #rowHeight = 0;
  #queued = false;
  #resized = false;

  /** @param {VirtualListParts<T>} parts */
  constructor(parts) {
    this.#parts = parts;
    const { viewport } = parts;
    viewport.addEventListener("scroll", () => this.#soon(), { passive: true });
    new ResizeObserver(() => {
      this.#rowHeight = 0;
      this.#resized = true;
      this.#soon();
    }).observe(viewport);
  }

  get items() {
    return this.#items;
  }

  set items(items) {
    this.#items = items;
    this.render();
  }

  /** Index of the row that is always there. @param {number} index */
  set active(index) {
    this.#active = index;
    this.render();
  }

  /** The row of an item, where it is an element now. @param {string} key */
  rowOf(key) {
    return this.#rows.get(key);
  }

  /** Brings the rows of these keys up to date, where they are in sight. @param {Iterable<string> | undefined} keys all without */
  refresh(keys = undefined) {
    if (!keys) {
      this.render(true);
      return;
    }
    const wanted = keys instanceof Set ? keys : new Set(keys);
    for (const [index, row] of this.#shown()) {
      const item = this.#items[index];
      if (item !== undefined && wanted.has(this.#parts.key(item))) this.#parts.update(row, item, false);
    }
  }

  /** Scrolls no further than is needed for this row to be in sight. @param {number} index */
  reveal(index) {
    const { viewport } = this.#parts;
    const height = this.#height();
    const top = index * height;
    if (top < viewport.scrollTop) viewport.scrollTop = top;
    else if (top + height > viewport.scrollTop + viewport.clientHeight) {
      viewport.scrollTop = top + height - viewport.clientHeight;
    }
    this.render();
  }

  /** How many whole rows are in sight. */
  get pageSize() {
    return Math.max(1, Math.floor(this.#parts.viewport.clientHeight / this.#height()) - 1);
  }

  #soon() {
    if (this.#queued) return;
    this.#queued = true;
    requestAnimationFrame(() => {
      this.#queued = false;
      // Rows that stay in sight while it is scrolled are as they were.
      this.render(this.#resized);
      this.#resized = false;
    });
  }

  /** @param {boolean} [all] whether rows that stay are brought up to date as well */
  render(all = true) {
    const { viewport, body, key, make, update } = this.#parts;
    const height = this.#height();
    body.style.height = `${this.#items.length * height}px`;
    const first = Math.max(0, Math.floor(viewport.scrollTop / height) - margin);
    const last = Math.min(
      this.#items.length,
      Math.ceil((viewport.scrollTop + viewport.clientHeight) / height) + margin,
    );
    const indexes = [];
    if (this.#active >= 0 && this.#active < first) indexes.push(this.#active);
    for (let index = first; index < last; index++) indexes.push(index);
    if (this.#active >= last && this.#active < this.#items.length) indexes.push(this.#active);

    const before = this.#rows;
    /** @type {Map<string, HTMLElement>} */
    const now = new Map();
    for (const index of indexes) {
      const id = key(/** @type {T} */ (this.#items[index]));
      const row = before.get(id);
      if (row) now.set(id, row);
    }
    for (const [id, row] of before) if (!now.has(id)) this.#spare.push(row);
    for (const index of indexes) {
      const item = /** @type {T} */ (this.#items[index]);
      const id = key(item);
      const kept = now.get(id);
      const row = kept ?? this.#spare.pop() ?? make();
      if (!kept) {
        now.set(id, row);
        if (!row.isConnected) body.append(row);
      }
      const transform = `translateY(${index * height}px)`;
      if (row.style.transform !== transform) row.style.transform = transform;
      setAttribute(row, "data-index", index);
      if (all || !kept) update(row, item, !kept);
    }
    for (const row of this.#spare) row.remove();
    this.#rows = now;
  }

  /** @returns {Iterable<[number, HTMLElement]>} */
  *#shown() {
    for (const row of this.#rows.values()) yield [Number(row.dataset["index"]), row];
  }

  #height() {
    if (this.#rowHeight === 0) {
      const text = getComputedStyle(this.#parts.viewport).getPropertyValue("--row");
      this.#rowHeight = Number.parseFloat(text) || 28;
    }
    return this.#rowHeight;
  }
}
