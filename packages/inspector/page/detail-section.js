import { h, setText } from "./dom.js";

/**
 * A part of the panel with a heading; one that has nothing to show is not there.
 *
 * @param {string} title
 * @param {...Node} content
 */
export function section(title, ...content) {
  const figure = h("span", { class: "count" });
  const element = h("section", { class: "part" }, h("h3", {}, h("span", { text: title }), figure), ...content);
  return {
    element,
    /** @param {number} count of what it shows */
    show(count) {
      element.hidden = count === 0;
      setText(figure, String(count));
    },
  };
}

/**
 * Tells the same item again by the same key, and equal items apart.
 *
 * @template T
 * @param {readonly T[]} items
 * @param {(item: T) => string} name
 * @returns {(item: T, index: number) => string}
 */
export function distinct(items, name) {
  /** @type {Map<string, number>} */
  const seen = new Map();
  // From the end: new items come at the front and leave the keys of the others as they are.
  const keys = items
    .toReversed()
    .map((item) => {
      const key = name(item);
      const times = (seen.get(key) ?? 0) + 1;
      seen.set(key, times);
      return times === 1 ? key : `${key} ${times}`;
    })
    .reverse();
  return (_item, index) => /** @type {string} */ (keys[index]);
}
