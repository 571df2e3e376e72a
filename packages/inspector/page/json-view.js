import { copyButton } from "./copy-button.js";
import { h } from "./dom.js";

/**
 * A value as the page shows it in a line: texts as they are, the rest as JSON.
 *
 * @param {unknown} value
 */
export function inLine(value) {
  if (typeof value === "string") return value;
  return JSON.stringify(value) ?? "undefined";
}

/**
 * A value as JSON over several lines, to be copied.
 *
 * @param {unknown} value
 * @param {string} what
 */
export function jsonBlock(value, what) {
  const text = value === undefined ? "nothing" : JSON.stringify(value, null, 2);
  return h(
    "div",
    { class: "block" },
    h("pre", { text, tabindex: "0", role: "region", "aria-label": what }),
    copyButton(what, () => text),
  );
}

/**
 * The values of an object at all depths, by their path: `smtp.host`. Lists are values.
 *
 * @param {Readonly<Record<string, unknown>>} object
 * @param {string} [prefix]
 * @returns {{ key: string, value: unknown }[]}
 */
export function leaves(object, prefix = "") {
  return Object.entries(object).flatMap(([name, value]) => {
    const key = prefix + name;
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    if (isObject && Object.keys(value).length > 0) {
      return leaves(/** @type {Record<string, unknown>} */ (value), `${key}.`);
    }
    return [{ key, value }];
  });
}
