/** @import { JsonSchema } from "@pawl/kernel/extend" */
import { h, setAttribute, setText, uniqueId } from "./dom.js";
import { count } from "./format.js";

/**
 * One part of a form.
 *
 * @typedef {object} Field
 * @property {HTMLElement} element
 * @property {() => unknown} read undefined where nothing is given; throws nothing
 * @property {(value: unknown) => void} write
 * @property {() => boolean} check whether what is given can be sent; shows what is wrong
 * @property {(path: readonly string[], message: string) => boolean} tell shows a message at the part of this path; whether there is one
 * @property {() => void} clear takes messages away
 *
 * @typedef {object} FieldPlace
 * @property {string} label
 * @property {boolean} required
 * @property {boolean} nullable where nothing is given, `null` is
 */

/**
 * A control with its label, its description, and the place of its messages.
 *
 * @param {FieldPlace & { schema: JsonSchema }} place
 * @param {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} control
 * @param {{ read: () => unknown, write: (value: unknown) => void, check?: () => string }} value `check` gives what the browser does not see
 * @returns {Field}
 */
function controlField({ label, required, schema }, control, { read, write, check = () => "" }) {
  const id = uniqueId("field");
  const hint = [descriptionOf(schema), limits(schema)].filter(Boolean).join(" · ");
  const describing = [hint && `${id}-hint`, `${id}-error`].filter(Boolean).join(" ");
  const error = h("span", { class: "field-error", id: `${id}-error` });
  control.id = id;
  setAttribute(control, "aria-describedby", describing);
  const isCheckbox = control instanceof HTMLInputElement && control.type === "checkbox";
  const name = h(
    "label",
    { for: id },
    h("span", { text: label }),
    required && h("span", { class: "required", text: "*", title: "required" }),
  );
  const element = h(
    "div",
    { class: isCheckbox ? "field inline" : "field" },
    ...(isCheckbox ? [control, name] : [name, control]),
    hint !== "" && h("span", { class: "hint", id: `${id}-hint`, text: hint }),
    error,
  );
  /** @param {string} message */
  const show = (message) => {
    setText(error, message);
    setAttribute(control, "aria-invalid", message !== "" && "true");
  };
  control.addEventListener("input", () => show(""));
  return {
    element,
    read,
    write,
    check() {
      const problem = control.validity.valid ? check() : control.validationMessage;
      show(problem);
      return problem === "";
    },
    tell(path, message) {
      if (path.length > 0) show(`${path.join(".")}: ${message}`);
      else show(message);
      return true;
    },
    clear: () => show(""),
  };
}

/** @param {JsonSchema} schema */
export function descriptionOf({ description }) {
  return typeof description === "string" ? description : "";
}

/**
 * What a schema allows, in words.
 *
 * @param {JsonSchema} schema
 */
function limits(schema) {
  const said = [];
  const number = schema.type === "integer" || schema.type === "number";
  const { min, max } = range(schema);
  // Every whole number that JavaScript can count is no limit.
  const low = min !== undefined && min > -Number.MAX_SAFE_INTEGER ? min : undefined;
  const high = max !== undefined && max < Number.MAX_SAFE_INTEGER ? max : undefined;
  if (number && low !== undefined && high !== undefined) said.push(`${count(low)} to ${count(high)}`);
  else if (number && low !== undefined) said.push(`at least ${count(low)}`);
  else if (number && high !== undefined) said.push(`at most ${count(high)}`);
  if (schema.type === "string" && typeof schema.maxLength === "number")
    said.push(`at most ${count(schema.maxLength)} characters`);
  if (typeof schema.format === "string") said.push(schema.format);
  // A box shows its default by itself.
  if (schema.default !== undefined && schema.type !== "boolean") said.push(`default ${JSON.stringify(schema.default)}`);
  return said.join(", ");
}

/**
 * @param {JsonSchema} schema
 * @returns {{ min: number | undefined, max: number | undefined }}
 */
function range(schema) {
  const whole = schema.type === "integer" ? 1 : 0;
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = /** @type {Record<string, unknown>} */ (schema);
  const above = typeof exclusiveMinimum === "number" ? exclusiveMinimum + whole : undefined;
  const below = typeof exclusiveMaximum === "number" ? exclusiveMaximum - whole : undefined;
  return {
    min: typeof minimum === "number" ? minimum : above,
    max: typeof maximum === "number" ? maximum : below,
  };
}

/** What HTML calls the formats of JSON Schema. @type {Readonly<Record<string, string>>} */
const inputTypes = { email: "email", uri: "url", url: "url", date: "date", time: "time" };

/**
 * @param {FieldPlace & { schema: JsonSchema }} place
 * @returns {Field}
 */
export function textField(place) {
  const { schema, required, nullable } = place;
  const { minLength, maxLength, pattern, format } = schema;
  const notEmpty = (typeof minLength === "number" && minLength > 0) || pattern !== undefined || format !== undefined;
  const long = typeof maxLength === "number" && maxLength > 200;
  const control = long
    ? h("textarea", { rows: "3" })
    : h("input", { type: inputTypes[String(format)] ?? "text", autocomplete: "off", spellcheck: "false" });
  setAttribute(control, "minlength", minLength);
  setAttribute(control, "maxlength", maxLength);
  // An empty text is a text, unless something else is asked of it.
  control.required = required && !nullable && notEmpty;
  const html = typeof pattern === "string" ? htmlPattern(pattern) : undefined;
  if (html !== undefined && !long) control.setAttribute("pattern", html);
  if (typeof schema.default === "string") control.value = schema.default;
  return controlField(place, control, {
    read: () => (control.value === "" && (nullable || !required) ? absent(place) : control.value),
    write: (value) => {
      control.value = value === undefined || value === null ? "" : String(value);
    },
  });
}

/**
 * @param {FieldPlace & { schema: JsonSchema }} place
 * @returns {Field}
 */
export function numberField(place) {
  const { schema, required, nullable } = place;
  const { min, max } = range(schema);
  const multiple = /** @type {Record<string, unknown>} */ (schema)["multipleOf"];
  const step = typeof multiple === "number" ? multiple : schema.type === "integer" ? 1 : "any";
  const control = h("input", { type: "number", step, min, max, autocomplete: "off" });
  control.required = required && !nullable;
  if (typeof schema.default === "number") control.value = String(schema.default);
  return controlField(place, control, {
    read: () => (control.value === "" ? absent(place) : control.valueAsNumber),
    write: (value) => {
      control.value = value === undefined || value === null ? "" : String(value);
    },
  });
}

/**
 * @param {FieldPlace & { schema: JsonSchema }} place
 * @returns {Field}
 */
export function booleanField(place) {
  const { schema, required } = place;
  if (!required && schema.default === undefined) return choiceField(place, [true, false]);
  const control = h("input", { type: "checkbox" });
  control.checked = schema.default === true;
  return controlField(place, control, {
    read: () => control.checked,
    write: (value) => {
      control.checked = value === true;
    },
  });
}

/**
 * One of some values.
 *
 * @param {FieldPlace & { schema: JsonSchema }} place
 * @param {readonly unknown[]} values
 * @returns {Field}
 */
export function choiceField(place, values) {
  const { schema, required } = place;
  const needsNone = place.nullable || !required || schema.default === undefined;
  const none = h("option", { value: "", text: required && !place.nullable ? "choose…" : "–" });
  const options = values.map((value, index) =>
    h("option", { value: String(index), text: typeof value === "string" ? value : JSON.stringify(value) }),
  );
  const control = h("select", {}, needsNone && values.length > 1 && none, ...options);
  control.required = required && !place.nullable;
  /** @param {unknown} wanted */
  const write = (wanted) => {
    const index = values.indexOf(wanted);
    control.value = index < 0 ? (needsNone && values.length > 1 ? "" : "0") : String(index);
  };
  write(schema.default);
  return controlField(place, control, {
    read: () => (control.value === "" ? absent(place) : values[Number(control.value)]),
    write,
  });
}

/**
 * Anything, as JSON.
 *
 * @param {FieldPlace & { schema: JsonSchema }} place
 * @returns {Field}
 */
export function jsonField(place) {
  const { schema, required } = place;
  const control = h("textarea", { class: "code", rows: "4", spellcheck: "false", placeholder: "JSON" });
  if (schema.default !== undefined) control.value = JSON.stringify(schema.default, null, 2);
  control.required = required;
  return controlField(place, control, {
    read: () => (control.value.trim() === "" ? absent(place) : parsed(control.value).value),
    write: (value) => {
      control.value = value === undefined ? "" : JSON.stringify(value, null, 2);
    },
    check: () => (control.value.trim() === "" ? "" : parsed(control.value).problem),
  });
}

/**
 * @param {string} text
 * @returns {{ value: unknown, problem: string }}
 */
function parsed(text) {
  try {
    return { value: JSON.parse(text), problem: "" };
  } catch (error) {
    return { value: undefined, problem: `This is no JSON: ${error instanceof Error ? error.message : error}` };
  }
}

/**
 * What stands for a part that is not given.
 *
 * @param {FieldPlace} place
 */
export function absent({ nullable, required }) {
  return nullable && required ? null : undefined;
}

/**
 * JSON Schema looks for a pattern anywhere in a text, HTML compares all of it. Undefined where the browser cannot read it.
 *
 * @param {string} pattern
 */
function htmlPattern(pattern) {
  const whole = `(?:.*)(?:${pattern})(?:.*)`;
  try {
    new RegExp(`^(?:${whole})$`, "v");
    return whole;
  } catch {
    return undefined;
  }
}
