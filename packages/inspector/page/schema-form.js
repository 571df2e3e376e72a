/** @import { JsonSchema } from "@pawl/kernel/extend" */
/** @import { Field, FieldPlace } from "./schema-field.js" */
import { h, keyed, setText } from "./dom.js";
import { absent, booleanField, choiceField, descriptionOf, jsonField, numberField, textField } from "./schema-field.js";
import { withoutRefs } from "./schema-refs.js";
import { alternativesOf, unionField } from "./schema-union.js";

/** @typedef {FieldPlace & { schema: JsonSchema }} Place */

/**
 * The field for what a schema describes; JSON where there is no field for that.
 *
 * @param {Place} place
 * @returns {Field}
 */
function fieldFor(place) {
  const { schema, nullable } = withoutNull(place.schema);
  const its = { ...place, schema, nullable: place.nullable || nullable };
  const values = choices(schema);
  if (values) return choiceField(its, values);
  const alternatives = alternativesOf(schema);
  if (alternatives) return unionField(its, alternatives, fieldFor);
  switch (schema.type) {
    case "string":
      return textField(its);
    case "integer":
    case "number":
      return numberField(its);
    case "boolean":
      return booleanField(its);
    case "array":
      return isFormed(schema.items) ? listField(its, schema.items) : jsonField(its);
    case "object":
      return hasFields(schema) ? groupField(its) : jsonField(its);
    default:
      return jsonField(its);
  }
}

/**
 * The field for all of an input: its parts stand in the form without a frame.
 *
 * @param {JsonSchema | undefined} declared
 * @returns {Field | undefined} undefined where nothing can be given
 */
export function inputField(declared) {
  const place = { label: "Input", required: false, nullable: false };
  if (!declared) return jsonField({ ...place, label: "Input, as JSON", schema: {} });
  const schema = withoutRefs(declared);
  if (schema.type !== "object") return fieldFor({ ...place, required: true, schema });
  if (hasFields(schema)) return parts(schema);
  return isClosed(schema) ? undefined : jsonField({ ...place, label: "Input, as JSON", schema });
}

/**
 * A value or nothing: `anyOf` or `type` with `null`.
 *
 * @param {JsonSchema} schema
 * @returns {{ schema: JsonSchema, nullable: boolean }}
 */
function withoutNull(schema) {
  const { anyOf, type, ...rest } = /** @type {Record<string, any>} */ (schema);
  const options = Array.isArray(anyOf) ? anyOf : Array.isArray(type) ? type.map((one) => ({ type: one })) : [];
  const others = options.filter((option) => option?.type !== "null");
  if (others.length === options.length || others.length === 0) return { schema, nullable: false };
  return { schema: others.length === 1 ? { ...others[0], ...rest } : { ...rest, anyOf: others }, nullable: true };
}

/**
 * The values of `enum`, `const`, or of alternatives that are each one value.
 *
 * @param {JsonSchema} schema
 * @returns {readonly unknown[] | undefined}
 */
function choices(schema) {
  const { enum: values, anyOf, oneOf } = /** @type {Record<string, any>} */ (schema);
  if ("const" in schema) return [schema.const];
  if (Array.isArray(values) && values.length > 0) return values.every(isPlain) ? values : undefined;
  const options = anyOf ?? oneOf;
  if (!Array.isArray(options) || !options.every((option) => option && "const" in option)) return undefined;
  return options.map((option) => option.const);
}

/** @param {unknown} value */
function isPlain(value) {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

/**
 * Whether there are fields for it: a list of others is written as JSON.
 *
 * @param {unknown} schema
 * @returns {schema is JsonSchema}
 */
function isFormed(schema) {
  if (typeof schema !== "object" || schema === null || Array.isArray(schema)) return false;
  const its = /** @type {JsonSchema} */ (schema);
  if (choices(its) !== undefined || alternativesOf(its) !== undefined || hasFields(its)) return true;
  return ["string", "integer", "number", "boolean"].includes(String(its.type));
}

/** @param {JsonSchema} schema */
function hasFields(schema) {
  return Object.keys(schema.properties ?? {}).length > 0;
}

/** @param {JsonSchema} schema */
function isClosed(schema) {
  return schema.additionalProperties === false || schema.properties !== undefined;
}

/**
 * The properties of an object, one field each.
 *
 * @param {JsonSchema} schema
 * @returns {Field}
 */
function parts(schema) {
  const required = new Set(/** @type {readonly string[]} */ (schema.required ?? []));
  const fields = Object.entries(/** @type {Record<string, JsonSchema>} */ (schema.properties ?? {})).map(
    ([name, property]) => {
      const its = typeof property === "object" ? property : {};
      // A default makes it optional for those who send; a form sends what it shows.
      const isRequired = required.has(name) && its.default === undefined;
      return { name, field: fieldFor({ label: name, required: isRequired, nullable: false, schema: its }) };
    },
  );
  return {
    element: h("div", { class: "fields" }, ...fields.map(({ field }) => field.element)),
    read() {
      const given = fields.map(({ name, field }) => [name, field.read()]).filter(([, value]) => value !== undefined);
      return Object.fromEntries(given);
    },
    write(value) {
      const object = typeof value === "object" && value !== null ? /** @type {Record<string, unknown>} */ (value) : {};
      for (const { name, field } of fields) field.write(object[name]);
    },
    // All are checked, so that everything that is wrong shows at once.
    check: () => fields.filter(({ field }) => !field.check()).length === 0,
    tell([name, ...rest], message) {
      return fields.find((one) => one.name === name)?.field.tell(rest, message) ?? false;
    },
    clear() {
      for (const { field } of fields) field.clear();
    },
  };
}

/**
 * An object within an object: a fieldset, which an optional one leaves out until it is asked for.
 *
 * @param {Place} place
 * @returns {Field}
 */
function groupField(place) {
  const { label, schema } = place;
  const required = place.required && !place.nullable;
  const inner = parts(schema);
  const given = h("input", { type: "checkbox", "aria-label": `give ${label}` });
  given.checked = required || isGiven(schema.default);
  const error = h("span", { class: "field-error" });
  const update = () => {
    inner.element.hidden = !given.checked;
  };
  given.addEventListener("change", update);
  update();
  return {
    element: h(
      "fieldset",
      { "aria-label": label },
      h("legend", {}, !required && given, h("span", { text: label })),
      descriptionOf(schema) !== "" && h("span", { class: "hint", text: descriptionOf(schema) }),
      inner.element,
      error,
    ),
    read: () => (given.checked ? inner.read() : absent(place)),
    write(value) {
      given.checked = required || isGiven(value);
      inner.write(value);
      update();
    },
    check: () => !given.checked || inner.check(),
    tell(path, message) {
      if (path.length === 0 || !inner.tell(path, message)) setText(error, message);
      return true;
    },
    clear() {
      setText(error, "");
      inner.clear();
    },
  };
}

/** @param {unknown} value */
function isGiven(value) {
  return value !== undefined && value !== null;
}

/**
 * A list: one field for each, more and fewer of them.
 *
 * @param {Place} place
 * @param {JsonSchema} items
 * @returns {Field}
 */
function listField({ label, required, nullable, schema }, items) {
  /** @type {{ id: string, field: Field }[]} */
  let entries = [];
  let made = 0;
  const list = h("div", { class: "list" });
  const error = h("span", { class: "field-error" });
  const render = () => {
    const make = (/** @type {{ id: string, field: Field }} */ entry) =>
      h(
        "div",
        { class: "list-item" },
        entry.field.element,
        h("button", {
          class: "quiet",
          type: "button",
          text: "Remove",
          on: {
            click: () => {
              entries = entries.filter((other) => other !== entry);
              render();
              add.focus();
            },
          },
        }),
      );
    keyed(
      list,
      entries,
      (entry) => entry.id,
      make,
      () => {},
    );
  };
  /** @param {unknown} [value] */
  const append = (value) => {
    made += 1;
    const field = fieldFor({ label: `${label}, item`, required: true, nullable: false, schema: items });
    if (value !== undefined) field.write(value);
    entries.push({ id: String(made), field });
  };
  const add = h("button", {
    class: "quiet",
    type: "button",
    text: `Add to ${label}`,
    on: {
      click: () => {
        append();
        render();
        const control = list.lastElementChild?.querySelector("input, select, textarea");
        if (control instanceof HTMLElement) control.focus();
      },
    },
  });
  /** @param {unknown} value */
  const write = (value) => {
    entries = [];
    if (Array.isArray(value)) for (const item of value) append(item);
    render();
  };
  write(schema.default);
  return {
    element: h(
      "fieldset",
      { "aria-label": label },
      h("legend", { text: label }),
      descriptionOf(schema) !== "" && h("span", { class: "hint", text: descriptionOf(schema) }),
      list,
      add,
      error,
    ),
    read() {
      if (entries.length === 0 && !required) return undefined;
      if (entries.length === 0 && nullable) return null;
      return entries.map(({ field }) => field.read());
    },
    write,
    check: () => entries.filter(({ field }) => !field.check()).length === 0,
    tell([index, ...rest], message) {
      const told = entries[Number(index)]?.field.tell(rest, message);
      if (!told) setText(error, message);
      return true;
    },
    clear() {
      setText(error, "");
      for (const { field } of entries) field.clear();
    },
  };
}
