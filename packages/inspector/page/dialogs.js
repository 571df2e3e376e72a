import { h, uniqueId } from "./dom.js";

/**
 * Opens a dialog that is gone when it closes; the focus goes back to where it was.
 *
 * @param {string} title
 * @param {readonly Node[]} content
 * @returns {HTMLDialogElement}
 */
export function openDialog(title, content) {
  const id = uniqueId("dialog");
  const dialog = h("dialog", { "aria-labelledby": id }, h("h2", { id, text: title }), ...content);
  // The browser has put the focus back by then: whoever took it since keeps it.
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/**
 * Asks before something is done that many feel.
 *
 * @param {string} question
 * @param {string} consequence
 * @param {string} verb of the button that does it
 * @returns {Promise<boolean>}
 */
export function confirmed(question, consequence, verb) {
  return new Promise((resolve) => {
    let answer = false;
    /** @param {boolean} yes */
    const close = (yes) => {
      answer = yes;
      dialog.close();
    };
    const no = h("button", { type: "button", text: "Cancel", on: { click: () => close(false) } });
    const yes = h("button", { class: "danger", type: "button", text: verb, on: { click: () => close(true) } });
    const dialog = openDialog(question, [h("p", { text: consequence }), h("div", { class: "buttons end" }, no, yes)]);
    dialog.addEventListener("close", () => resolve(answer));
    no.focus();
  });
}
