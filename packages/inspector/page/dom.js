/**
 * What an element is made with: `class`, `text`, `on` (listeners), `data`; everything else is an attribute. `true` is an
 * attribute without a value; `false` and `undefined` leave it out. No value is ever read as HTML.
 *
 * @typedef {{ class?: string, text?: string, on?: Record<string, (event: any) => void>, data?: Record<string, string>,
 *   [attribute: string]: unknown }} Props
 * @typedef {Node | string | undefined | false} Child
 */

const svgNamespace = "http://www.w3.org/2000/svg";

/**
 * An HTML element.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Props} [props]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, props = {}, ...children) {
  return fill(document.createElement(tag), props, children);
}

/**
 * An SVG element.
 *
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Props} [props]
 * @param {...Child} children
 * @returns {SVGElementTagNameMap[Tag]}
 */
export function s(tag, props = {}, ...children) {
  return fill(/** @type {SVGElementTagNameMap[Tag]} */ (document.createElementNS(svgNamespace, tag)), props, children);
}

/**
 * @template {Element} E
 * @param {E} element
 * @param {Props} props
 * @param {readonly Child[]} children
 * @returns {E}
 */
function fill(element, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (name === "text") element.textContent = String(value);
    else if (name === "on") {
      for (const [type, fn] of Object.entries(props.on ?? {})) element.addEventListener(type, fn);
    } else if (name === "data") {
      for (const [key, text] of Object.entries(props.data ?? {})) element.setAttribute(`data-${key}`, text);
    } else setAttribute(element, name, value);
  }
  for (const child of children) if (child) element.append(child);
  return element;
}

/**
 * Sets an attribute where it differs.
 *
 * @param {Element} element
 * @param {string} name
 * @param {unknown} value `false` and `undefined` take it away
 */
export function setAttribute(element, name, value) {
  if (value === undefined || value === false) element.removeAttribute(name);
  else {
    const text = value === true ? "" : String(value);
    if (element.getAttribute(name) !== text) element.setAttribute(name, text);
  }
}

/**
 * Writes a text where it differs; whether it did.
 *
 * @param {Element} element
 * @param {string} text
 * @returns {boolean}
 */
export function setText(element, text) {
  if (element.textContent === text) return false;
  element.textContent = text;
  return true;
}

/** What was made for which key under a parent. @type {WeakMap<Element, Map<string, Element>>} */
const keyedChildren = new WeakMap();

/**
 * Gives `parent` one child for each item, in their order. Children stay with their key: what has the focus keeps it, and
 * nothing is made anew that was there before. All children of the parent must have come by this function.
 *
 * @template T
 * @template {Element} E
 * @param {Element} parent
 * @param {readonly T[]} items
 * @param {(item: T, index: number) => string} key unique among them
 * @param {(item: T) => E} make
 * @param {(element: E, item: T) => void} update called for new ones too
 */
export function keyed(parent, items, key, make, update) {
  const before = /** @type {Map<string, E>} */ (keyedChildren.get(parent) ?? new Map());
  /** @type {Map<string, E>} */
  const now = new Map();
  items.forEach((item, index) => {
    const id = key(item, index);
    const element = before.get(id) ?? make(item);
    update(element, item);
    now.set(id, element);
  });
  for (const [id, element] of before) if (!now.has(id)) element.remove();
  let place = parent.firstElementChild;
  for (const element of now.values()) {
    if (element === place) place = place.nextElementSibling;
    else parent.insertBefore(element, place);
  }
  keyedChildren.set(parent, now);
}

/**
 * The element that a page has under this id.
 *
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return element;
}

const calm = matchMedia("(prefers-reduced-motion: reduce)");

/**
 * Lets an element light up softly, unless less motion is asked for.
 *
 * @param {Element} element
 */
export function flash(element) {
  if (calm.matches) return;
  const colour = getComputedStyle(document.documentElement).getPropertyValue("--selected");
  // Without an end, it fades to what the element has anyway: a selected one stays so.
  element.animate([{ backgroundColor: colour, offset: 0 }], { duration: 900, easing: "ease-out" });
}

let ids = 0;

/**
 * An id that no other element has.
 *
 * @param {string} prefix
 */
export function uniqueId(prefix) {
  ids += 1;
  return `${prefix}-${ids}`;
}
