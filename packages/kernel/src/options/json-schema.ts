import type { Schema } from "../schema.ts";

/** A JSON Schema, as the libraries write it. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/** One option by itself: a property of the schema that is no object of further ones. */
export interface OptionLeaf {
  /** `["http", "port"]` */
  readonly path: readonly string[];
  readonly schema: JsonSchema;
  /** Whether it, or what it is part of, is marked `writeOnly` or has the format `password`. */
  readonly secret: boolean;
  /** Whether it must be given. */
  readonly required: boolean;
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

/** Every option of a schema, nested ones by their path, in the order in which it lists them. */
export function optionLeaves(root: JsonSchema): readonly OptionLeaf[] {
  const leaves = new Map<string, OptionLeaf>();
  const walk = (
    given: unknown,
    path: readonly string[],
    from: Omit<OptionLeaf, "path" | "schema">,
    above: readonly unknown[],
  ) => {
    const schema = resolved(root, given);
    const secret = from.secret || schema.writeOnly === true || schema.format === "password";
    const reference = isObject(given) ? given.$ref : undefined;
    // A schema that contains itself ends where it begins again.
    const parts = above.includes(reference) ? [] : partsOf(root, schema);
    if (parts.length === 0) {
      const key = path.join(".");
      if (path.length > 0 && !leaves.has(key)) leaves.set(key, { path, schema, secret, required: from.required });
      return;
    }
    const within = reference === undefined ? above : [...above, reference];
    for (const { properties, required: needed } of parts) {
      for (const [name, property] of Object.entries(properties as JsonSchema)) {
        const required = from.required && parts.length === 1 && Array.isArray(needed) && needed.includes(name);
        walk(property, [...path, name], { secret, required }, within);
      }
    }
  };
  walk(root, [], { secret: false, required: true }, ["#"]);
  return [...leaves.values()];
}

/** The objects with properties that `schema` is: itself, or all that it combines. */
function partsOf(root: JsonSchema, schema: JsonSchema): readonly JsonSchema[] {
  const { properties } = schema;
  if (isObject(properties) && Object.keys(properties).length > 0) return [schema];
  const combined = schema.allOf ?? schema.anyOf ?? schema.oneOf;
  if (!Array.isArray(combined)) return [];
  const parts = combined.map((part) => partsOf(root, resolved(root, part)));
  return parts.every((part) => part.length > 0) ? parts.flat() : [];
}

/** Follows a reference within the document. */
function resolved(root: JsonSchema, schema: unknown): JsonSchema {
  let found: unknown = schema;
  for (let steps = 0; steps < 100 && isObject(found) && typeof found.$ref === "string"; steps++) {
    const { $ref, ...beside } = found;
    const target = at(root, $ref as string);
    found = isObject(target) ? { ...target, ...beside } : beside;
  }
  return isObject(found) ? found : {};
}

function at(root: JsonSchema, reference: string): unknown {
  let found: unknown = root;
  for (const key of reference.split("/").slice(1)) {
    if (!isObject(found)) return undefined;
    found = found[decodeURIComponent(key).replaceAll("~1", "/").replaceAll("~0", "~")];
  }
  return found;
}

function isObject(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null;
}
