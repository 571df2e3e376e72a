import type { Schema } from "../schema.ts";

/** A JSON Schema, as the libraries write it. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

// What has no place in JSON Schema, such as a Date, may be anything; zod, valibot and arktype each have a word for it.
const lenient = {
  unrepresentable: "any",
  errorMode: "ignore",
  fallback: ({ base }: { readonly base: JsonSchema }): JsonSchema => base,
};

interface Converter {
  readonly jsonSchema?: { input?(options: { target: string; libraryOptions: object }): JsonSchema };
}

/**
 * What `schema` takes, as JSON Schema (draft 2020-12); undefined where its library cannot say. It is read from the
 * schema itself (Standard JSON Schema): zod and arktype have it, valibot by `toStandardJsonSchema(schema)`.
 */
export function jsonSchemaOf(schema: Schema<unknown, unknown>): JsonSchema | undefined {
  const { jsonSchema } = schema["~standard"] as Converter;
  try {
    return jsonSchema?.input?.({ target: "draft-2020-12", libraryOptions: lenient });
  } catch {
    // The library's way of saying that it cannot: what follows is the same as without the method.
    return undefined;
  }
}

/** Follows a reference within the document. */
export function resolved(root: JsonSchema, schema: unknown): JsonSchema {
  let found: unknown = schema;
  for (let steps = 0; steps < 100 && isObject(found) && typeof found.$ref === "string"; steps++) {
    const { $ref, ...beside } = found;
    const target = referred(root, $ref as string);
    found = isObject(target) ? { ...target, ...beside } : beside;
  }
  return isObject(found) ? found : {};
}

/** What a reference within the document means; undefined where there is no such thing. */
export function referred(root: JsonSchema, reference: string): unknown {
  let found: unknown = root;
  for (const key of reference.split("/").slice(1)) {
    if (!isObject(found)) return undefined;
    found = found[decodeURIComponent(key).replaceAll("~1", "/").replaceAll("~0", "~")];
  }
  return found;
}

export function isObject(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null;
}
