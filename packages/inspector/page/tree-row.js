/** @import { Row } from "../src/protocol.ts" */
import { flash, h, s, setAttribute, setText } from "./dom.js";
import { age, none, plural, rate } from "./format.js";
import { showState, stateIcon } from "./state-icon.js";

/**
 * One line of the tree. `level`, `place` and `siblings` count from one; the app is level one.
 *
 * @typedef {object} TreeItem
 * @property {string} path
 * @property {Row} row
 * @property {number} level
 * @property {number} place
 * @property {number} siblings
 * @property {boolean | undefined} expanded undefined: it has nothing below it
 *
 * @typedef {object} RowView what is true of a row apart from its service
 * @property {boolean} active
 * @property {boolean} selected
 * @property {boolean} marked it crashed a short while ago
 * @property {number} now
 */

/** The parts of a row. @type {WeakMap<HTMLElement, ReturnType<typeof partsOf>>} */
const parts = new WeakMap();

function partsOf() {
  const caret = s(
    "svg",
    { class: "caret", viewBox: "0 0 10 10", "aria-hidden": "true" },
    s("path", { d: "M3 1.5 7 5 3 8.5" }),
  );
  return {
    caret,
    icon: stateIcon(),
    name: h("span", { class: "name" }),
    className: h("span", { class: "class" }),
    crashed: h("span", { class: "crash-mark", text: "crashed" }),
    state: h("span", { class: "state" }),
    age: h("span", { class: "figure age" }),
    restarts: h("span", { class: "figure restarts" }),
    rate: h("span", { class: "figure rate" }),
    warnings: h("span", { class: "figure warnings" }),
    errors: h("span", { class: "figure errors" }),
    spoken: h("span", { class: "off-screen" }),
  };
}

export function makeRow() {
  const made = partsOf();
  const { caret, icon, name, className, crashed, ...figures } = made;
  const row = h(
    "div",
    { class: "row", role: "treeitem" },
    h("span", { class: "title" }, caret, icon, name, className, crashed),
    ...Object.values(figures),
  );
  // Figures without their headings say nothing; what matters of them is spoken.
  for (const figure of row.querySelectorAll(".figure")) figure.setAttribute("aria-hidden", "true");
  parts.set(row, made);
  return row;
}

/** The columns of {@link makeRow}, named for those who see them; each row says its own to those who hear them. */
export function rowHeadings() {
  const headings = ["Service", "State", "Age", "Restarts", "Rate", "Warnings", "Errors"];
  return h(
    "div",
    { class: "row headings", "aria-hidden": "true" },
    ...headings.map((text, index) =>
      h("span", { class: index < 2 ? (index === 0 ? "title" : "state") : `figure ${text.toLowerCase()}`, text }),
    ),
  );
}

/**
 * @param {HTMLElement} element
 * @param {TreeItem} item
 * @param {RowView} view
 * @param {boolean} fresh whether it showed another service before: then nothing has changed
 */
export function showRow(element, item, view, fresh) {
  const its = parts.get(element);
  if (!its) return;
  const { row } = item;
  const changed = [
    setText(its.name, row.name),
    setText(its.className, row.className),
    setText(its.state, row.state),
    setText(its.restarts, row.restarts ? String(row.restarts) : none),
    setText(its.warnings, row.warnings.length ? String(row.warnings.length) : none),
    setText(its.errors, row.errors ? String(row.errors) : none),
  ].includes(true);
  setText(its.rate, rate(row.rate));
  showAge(element, item, view.now);
  showState(its.icon, row.state);
  setAttribute(its.crashed, "hidden", !view.marked);
  const level = String(item.level - 1);
  if (element.style.getPropertyValue("--level") !== level) element.style.setProperty("--level", level);
  element.classList.toggle("selected", view.selected);
  element.classList.toggle("failed", row.state === "failed" || view.marked);
  element.classList.toggle("down", row.state === "stopped" || row.state === "idle");
  element.classList.toggle("has-warnings", row.warnings.length > 0);
  element.classList.toggle("has-errors", row.errors > 0);
  element.classList.toggle("at-rest", !(row.rate > 0));
  setAttribute(element, "data-path", item.path);
  setAttribute(element, "data-state", row.state);
  setAttribute(element, "aria-level", item.level);
  setAttribute(element, "aria-posinset", item.place);
  setAttribute(element, "aria-setsize", item.siblings);
  setAttribute(element, "aria-expanded", item.expanded === undefined ? undefined : String(item.expanded));
  setAttribute(element, "aria-selected", String(view.selected));
  setText(its.spoken, spoken(row));
  setAttribute(element, "title", row.warnings.length ? row.warnings.join("\n") : row.lastError);
  setAttribute(element, "tabindex", view.active ? 0 : -1);
  if (changed && !fresh) flash(element);
}

/**
 * What passes without anything having happened.
 *
 * @param {HTMLElement} element
 * @param {TreeItem} item
 * @param {number} now
 */
export function showAge(element, { row }, now) {
  const its = parts.get(element);
  if (its) setText(its.age, row.since === undefined ? none : age(now - Date.parse(row.since)));
}

/** @param {Row} row */
function spoken(row) {
  const said = [];
  if (row.restarts) said.push(`restarted ${row.restarts === 1 ? "once" : `${row.restarts} times`}`);
  if (row.warnings.length) said.push(`warnings: ${row.warnings.join("; ")}`);
  if (row.errors) said.push(plural(row.errors, "error"));
  return said.join(", ");
}
