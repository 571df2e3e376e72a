import { byId, h } from "./dom.js";

const shownMs = 5000;

/**
 * Says what became of something that was asked for: for a while, or until it is dismissed where it failed.
 *
 * @param {string} text
 * @param {{ failed?: boolean, code?: string | undefined }} [options]
 */
export function toast(text, { failed = false, code } = {}) {
  const element = h(
    "div",
    { class: failed ? "toast failed" : "toast" },
    h("p", {}, code !== undefined && h("code", { text: code }), h("span", { text })),
    h("button", { class: "quiet", type: "button", text: "Dismiss", on: { click: () => element.remove() } }),
  );
  // Two regions: what failed is said at once, what went well when there is time.
  byId(failed ? "alerts" : "notices").append(element);
  if (!failed) setTimeout(() => element.remove(), shownMs);
}
