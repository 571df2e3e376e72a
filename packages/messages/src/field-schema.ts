import type { Schema } from "@pawl/kernel";

/** What stands in one field: what it must be in words, and in JSON Schema. */
export interface Field {
  readonly must: string;
  readonly json: Readonly<Record<string, unknown>>;
  fits(value: unknown): boolean;
}

export function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

/** A text that is not empty. */
export function textField(description: string): Field {
  return { must: "be a text", json: { type: "string", minLength: 1, description }, fits: isText };
}

/** Several texts, none of them empty. */
export const textsField: Field = {
  must: "be a list of texts",
  json: { type: "array", items: { type: "string" } },
  fits: (value) => Array.isArray(value) && value.every(isText),
};

/** How many: 1 or more. */
export const countField: Field = {
  must: "be a whole number from 1 on",
  json: { type: "integer", minimum: 1 },
  fits: (value) => Number.isSafeInteger(value) && (value as number) >= 1,
};

/**
 * A schema of an object with these fields and no others; all but the `required` may be left out, and so may all of it.
 * By hand, since a package need not have a library for so few.
 *
 * @example
 * const query: Schema<{ readonly group?: string }> = fieldSchema({ group: textField("Of this group") });
 */
export function fieldSchema<T extends object>(
  fields: Readonly<Record<string, Field>>,
  required: readonly string[] = [],
): Schema<T> {
  const json = {
    type: "object",
    properties: Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.json])),
    required,
    additionalProperties: false,
  };
  const standard = {
    version: 1 as const,
    vendor: "pawl",
    jsonSchema: { input: () => json, output: () => json },
    validate(value: unknown) {
      const given = value ?? {};
      if (typeof given !== "object" || Array.isArray(given)) return { issues: [{ message: "it must be an object" }] };
      const missing = required
        .filter((name) => !(name in given))
        .map((name) => ({ message: "it is missing", path: [name] }));
      const issues = Object.entries(given).flatMap(([name, one]) => {
        const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
        if (!field)
          return [{ message: `there is no such field; known: ${Object.keys(fields).join(", ")}`, path: [name] }];
        return one === undefined || field.fits(one) ? [] : [{ message: `it must ${field.must}`, path: [name] }];
      });
      const all = [...missing, ...issues];
      return all.length > 0 ? { issues: all } : { value: given as T };
    },
  };
  return { "~standard": standard };
}
