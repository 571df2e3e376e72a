import { byId, setAttribute } from "./dom.js";

/** @typedef {"system" | "light" | "dark"} Theme */

const key = "pawl-inspector-theme";
/** @type {readonly Theme[]} */
const themes = ["system", "light", "dark"];

/** @returns {Theme} */
function stored() {
  try {
    return themes.find((theme) => theme === localStorage.getItem(key)) ?? "system";
  } catch {
    // A browser may keep nothing for this page.
    return "system";
  }
}

/** @param {Theme} theme */
function show(theme) {
  setAttribute(document.documentElement, "data-theme", theme);
  const button = byId("theme");
  setAttribute(button, "data-theme", theme);
  setAttribute(button, "aria-label", `Theme: ${theme}`);
  setAttribute(button, "title", `Theme: ${theme}`);
}

/** The button that goes through the themes; what was chosen last is kept. */
export function startTheme() {
  let theme = stored();
  show(theme);
  byId("theme").addEventListener("click", () => {
    theme = themes[(themes.indexOf(theme) + 1) % themes.length] ?? "system";
    show(theme);
    try {
      localStorage.setItem(key, theme);
    } catch {
      // Then it holds until the page is left.
    }
  });
}
