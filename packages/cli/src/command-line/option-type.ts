import type { JsonSchema } from "@pawl/kernel/extend";

/** What the command line knows of the values of an option: enough to read and to describe them. */
export interface OptionType {
  readonly boolean: boolean;
  readonly number: boolean;
  /** Whether a text is a value as it stands. */
  readonly text: boolean;
  /** The type of the items where it is a list. */
  readonly items: OptionType | undefined;
  /** Whether it is an object, which can only be written as JSON. */
  readonly json: boolean;
  readonly choices: readonly unknown[];
  /** Whether no text can stand for it, as for a Date: it is set in code only. */
  readonly inCodeOnly: boolean;
  /** `number`, `a|b`, `text,…` */
  readonly label: string;
}

const names: Readonly<Record<string, string>> = { string: "text", object: "json" };

/** Reads the type of an option from its JSON Schema. */
export function optionType(schema: JsonSchema): OptionType {
  const variants = variantsOf(schema).filter((variant) => !isNothing(variant));
  const choices = variants.flatMap((variant) =>
    Array.isArray(variant.enum) ? (variant.enum as unknown[]) : "const" in variant ? [variant.const] : [],
  );
  const types = new Set(variants.flatMap(typesOf));
  const list = variants.find((variant) => typesOf(variant).includes("array"));
  const items = list && optionType(isObject(list.items) ? list.items : {});
  const labels = new Set(variants.flatMap((variant) => labelsOf(variant, items)));
  return {
    boolean: types.has("boolean"),
    number: types.has("number") || types.has("integer"),
    text: types.size === 0 || types.has("string"),
    items,
    json: types.has("object"),
    choices,
    inCodeOnly: items?.inCodeOnly === true || !variants.some(isGivable),
    label: [...labels].join("|") || "value",
  };
}

function variantsOf(schema: JsonSchema): readonly JsonSchema[] {
  const variants = schema.anyOf ?? schema.oneOf;
  if (!Array.isArray(variants)) return [schema];
  return variants.filter(isObject).flatMap(variantsOf);
}

/** Choices by their values, anything else by its types. */
function labelsOf(schema: JsonSchema, items: OptionType | undefined): readonly string[] {
  if (Array.isArray(schema.enum)) return schema.enum.map(String);
  if ("const" in schema) return [String(schema.const)];
  const { format } = schema;
  return typesOf(schema).map((type) => {
    if (type === "array") return `${items?.label},…`;
    return type === "string" && typeof format === "string" ? format : (names[type] ?? type);
  });
}

/** `{ not: {} }`, which no value fits, and what only exists as bytes. */
function isNothing({ not, allOf, contentEncoding }: JsonSchema): boolean {
  if (isObject(not) && Object.keys(not).length === 0) return true;
  return contentEncoding === "binary" || (Array.isArray(allOf) && allOf.filter(isObject).some(isNothing));
}

/** Null alone has no text, unless it is a choice. */
function isGivable(schema: JsonSchema): boolean {
  return schema.type !== "null" || "const" in schema;
}

function typesOf(schema: JsonSchema): readonly string[] {
  const { type } = schema;
  if (typeof type === "string") return type === "null" ? [] : [type];
  if (Array.isArray(type)) return (type as unknown[]).map(String).filter((name) => name !== "null");
  const values = Array.isArray(schema.enum) ? (schema.enum as unknown[]) : "const" in schema ? [schema.const] : [];
  return [...new Set(values.filter((value) => value !== null).map((value) => typeof value))];
}

function isObject(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null;
}
