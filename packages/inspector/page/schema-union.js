/** @import { JsonSchema } from "@pawl/kernel/extend" */
/** @import { Field, FieldPlace } from "./schema-field.js" */
import { h, setText } from "./dom.js";
import { absent, descriptionOf } from "./schema-field.js";

/** @typedef {FieldPlace & { schema: JsonSchema }} Place */

/**
 * The alternatives of a union; undefined where it is none.
 *
 * @param {JsonSchema} schema
 * @returns {readonly JsonSchema[] | undefined}
 */
export function alternativesOf(schema) {
  const { anyOf, oneOf, type, ...rest } = /** @type {Record<string, any>} */ (schema);
  if (Array.isArray(type)) return type.map((one) => ({ ...rest, type: one }));
  const options = anyOf ?? oneOf;
  if (!Array.isArray(options) || options.length === 0) return undefined;
  return options.every((option) => typeof option === "object" && option !== null) ? options : undefined;
}

/**
 * One of several things: which of them, and then the field for that.
 *
 * @param {Place} place
 * @param {readonly JsonSchema[]} alternatives
 * @param {(place: Place) => Field} fieldFor
 * @returns {Field}
 */
export function unionField(place, alternatives, fieldFor) {
  const { label, required, nullable, schema } = place;
  const names = alternatives.map(nameOf);
  const fields = alternatives.map((alternative, index) =>
    fieldFor({ label: names[index] ?? label, required: true, nullable: false, schema: alternative }),
  );
  const mayBeNone = !required || nullable;
  const choice = h(
    "select",
    { "aria-label": `kind of ${label}` },
    mayBeNone && h("option", { value: "", text: "–" }),
    ...names.map((text, index) => h("option", { value: String(index), text })),
  );
  const error = h("span", { class: "field-error" });
  const chosen = () => (choice.value === "" ? undefined : fields[Number(choice.value)]);
  const update = () => {
    for (const field of fields) field.element.hidden = field !== chosen();
  };
  choice.addEventListener("change", () => {
    setText(error, "");
    update();
  });
  /** @param {unknown} value */
  const write = (value) => {
    const isNone = value === undefined || value === null;
    const index = Math.max(
      0,
      alternatives.findIndex((alternative) => fits(alternative, value)),
    );
    choice.value = isNone && mayBeNone ? "" : String(index);
    if (!isNone) chosen()?.write(value);
    update();
  };
  write(schema.default);
  return {
    element: h(
      "fieldset",
      { "aria-label": label },
      h("legend", {}, h("span", { text: label }), required && !nullable && h("span", { class: "required", text: "*" })),
      descriptionOf(schema) !== "" && h("span", { class: "hint", text: descriptionOf(schema) }),
      choice,
      ...fields.map(({ element }) => element),
      error,
    ),
    read: () => (choice.value === "" ? absent(place) : chosen()?.read()),
    write,
    check: () => chosen()?.check() ?? true,
    tell(path, message) {
      if (!chosen()?.tell(path, message)) setText(error, message);
      return true;
    },
    clear() {
      setText(error, "");
      for (const field of fields) field.clear();
    },
  };
}

/** @type {Readonly<Record<string, string>>} */
const typeNames = { string: "text", integer: "whole number", number: "number", boolean: "yes or no", array: "list" };

/**
 * What an alternative is called: by itself, by the property that tells it apart, or by its type.
 *
 * @param {JsonSchema} schema
 */
function nameOf(schema) {
  const { title, type, properties, const: value } = /** @type {Record<string, any>} */ (schema);
  if (typeof title === "string") return title;
  if (value !== undefined) return String(value);
  const constants = Object.values(properties ?? {}).flatMap((property) => property?.const ?? []);
  if (constants.length > 0) return constants.join(", ");
  if (type === "object" && properties) return `object of ${Object.keys(properties).join(", ")}`;
  return typeNames[String(type)] ?? "JSON";
}

/**
 * Whether a value looks like what an alternative describes: enough to choose among them.
 *
 * @param {JsonSchema} schema
 * @param {unknown} value
 * @returns {boolean}
 */
function fits(schema, value) {
  const { type, properties, const: only, enum: values } = /** @type {Record<string, any>} */ (schema);
  if (only !== undefined) return only === value;
  if (Array.isArray(values)) return values.includes(value);
  if (type === "integer") return Number.isInteger(value);
  if (type === "array") return Array.isArray(value);
  if (type !== "object") return type === undefined || typeof value === type;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const given = /** @type {Record<string, unknown>} */ (value);
  return Object.entries(properties ?? {}).every(
    ([name, property]) => property?.const === undefined || property.const === given[name],
  );
}
