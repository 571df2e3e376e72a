/** @import { State } from "@pawl/kernel" */
import { s, setAttribute } from "./dom.js";

/** Each state has a shape of its own: colour alone tells nothing to many. */
const shapes = {
  running: "M6 1a5 5 0 1 0 0 10A5 5 0 1 0 6 1z",
  idle: "M6 1a5 5 0 1 0 0 10A5 5 0 1 0 6 1zm0 2a3 3 0 1 1 0 6 3 3 0 1 1 0-6z",
  starting: "M6 .8 11.4 10.6H.6z",
  stopping: "M6 11.2.6 1.4h10.8z",
  stopped: "M1.2 1.2h9.6v9.6H1.2zm2 2v5.6h5.6V3.2z",
  failed: "M2.3.7 6 4.4 9.7.7l1.6 1.6L7.6 6l3.7 3.7-1.6 1.6L6 7.6l-3.7 3.7L.7 9.7 4.4 6 .7 2.3z",
};

/** @param {State} [state] */
export function stateIcon(state) {
  const icon = s(
    "svg",
    { class: "icon", viewBox: "0 0 12 12", "aria-hidden": "true" },
    s("path", { "fill-rule": "evenodd" }),
  );
  if (state) showState(icon, state);
  return icon;
}

/**
 * @param {SVGSVGElement} icon
 * @param {State} state
 */
export function showState(icon, state) {
  const [path] = icon.children;
  if (path) setAttribute(path, "d", shapes[state]);
  setAttribute(icon, "data-state", state);
}
