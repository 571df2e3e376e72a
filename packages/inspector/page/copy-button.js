import { h, s, setAttribute } from "./dom.js";

const shownMs = 1500;

/**
 * Copies a text, and says for a moment that it did.
 *
 * @param {string} what what is copied: `path`
 * @param {() => string} read
 */
export function copyButton(what, read) {
  const label = `Copy ${what}`;
  const mark = s("path", { d: copyShape });
  const button = h(
    "button",
    { class: "quiet icon-button", type: "button", "aria-label": label, title: label },
    s("svg", { class: "glyph", viewBox: "0 0 16 16", "aria-hidden": "true" }, mark),
  );
  button.addEventListener("click", async () => {
    const done = await copy(read());
    setAttribute(button, "aria-label", done ? "Copied" : "The browser did not let it be copied");
    setAttribute(mark, "d", done ? doneShape : copyShape);
    button.classList.toggle("done", done);
    setTimeout(() => {
      setAttribute(button, "aria-label", label);
      setAttribute(mark, "d", copyShape);
      button.classList.remove("done");
    }, shownMs);
  });
  return button;
}

const copyShape = "M5.5 5.5V2.5h8v8h-3M2.5 5.5h8v8h-8z";
const doneShape = "M2.5 8.5 6.5 12.5 13.5 4";

/** @param {string} text */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // There is no clipboard without TLS, but on localhost; what is selected can be copied still.
    const field = h("textarea", { class: "off-screen", text });
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}
