import { openDialog } from "./dialogs.js";
import { h } from "./dom.js";

/** What the keys do, as the help tells it. @type {readonly (readonly [string, readonly (readonly [string, string])[]])[]} */
const help = [
  [
    "Everywhere",
    [
      ["/", "filter"],
      ["1 2 3", "tree, events, timeline"],
      ["0", "pause, resume"],
      ["?", "this help"],
      ["Esc", "back to the tree, clear the filter"],
    ],
  ],
  [
    "In the tree",
    [
      ["↑ ↓", "previous, next service"],
      ["← →", "fold or go to the owner, unfold or go in"],
      ["Home End", "first, last"],
      ["PgUp PgDn", "a page"],
      ["*", "unfold all"],
      ["Enter", "show the service"],
      ["s", "stop it; start it where it is down"],
      ["r", "restart it"],
      ["t", "trigger its first activity"],
      ["a–z", "go to a name; begin with Shift for s, r, t"],
    ],
  ],
  [
    "On the map and the timeline",
    [
      ["↑ ↓ ← →", "from one to the next"],
      ["Enter", "hold a way of the map"],
    ],
  ],
];

/** @param {EventTarget | null} target */
function isTyping(target) {
  return target instanceof Element && target.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");
}

/**
 * Keys that do the same wherever one is, but where one is typing.
 *
 * @param {Readonly<Record<string, () => void>>} actions by key
 */
export function startShortcuts(actions) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]")) return;
    if (isTyping(event.target) && event.key !== "Escape") return;
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
}

export function showHelp() {
  const close = h("button", { type: "button", text: "Close" });
  const groups = help.map(([title, keys]) =>
    h(
      "section",
      {},
      h("h3", { text: title }),
      h(
        "dl",
        { class: "keys" },
        ...keys.map(([key, text]) => h("div", {}, h("dt", {}, h("kbd", { text: key })), h("dd", { text }))),
      ),
    ),
  );
  const dialog = openDialog("Keys", [
    h("div", { class: "key-groups" }, ...groups),
    h("div", { class: "buttons end" }, close),
  ]);
  close.addEventListener("click", () => dialog.close());
  close.focus();
}
