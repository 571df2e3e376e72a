import type { Schema } from "../schema.ts";

/** A JSON Schema, as the libraries write it. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/** What JSON Schema says of what no JSON value fits. */
const nothing = { not: {} } as const;

/** Kinds of zod and valibot for values that are none of JSON's, and that no text is made into. */
const noJson: readonly unknown[] = [
  ...["date", "bigint", "symbol", "undefined", "void", "nan", "map", "set", "function", "promise"],
  ...["instance", "blob", "file"],
];
/** Those of arktype. */
const noJsonOfArktype: readonly unknown[] = ["date", "domain", "proto", "unit"];

interface ZodSchema {
  readonly _zod: {
    readonly def: { readonly type: string; readonly coerce?: boolean };
    readonly bag: { readonly Class?: unknown };
  };
}

// What has no place in JSON Schema may be anything, but for what is known to be none of JSON's, such as a Date: zod,
// valibot and arktype each have words for it.
const lenient = {
  unrepresentable: "any",
  override({ zodSchema, jsonSchema }: { readonly zodSchema: ZodSchema; readonly jsonSchema: Record<string, unknown> }) {
    const { def, bag } = zodSchema._zod;
    // A coerced one is made from a text; `instanceof` is a custom check that names its class.
    if (def.coerce !== true && (noJson.includes(def.type) || bag.Class !== undefined))
      Object.assign(jsonSchema, nothing);
  },
  errorMode: "ignore",
  overrideSchema: ({ valibotSchema }: { readonly valibotSchema: { readonly type: string } }) =>
    noJson.includes(valibotSchema.type) ? nothing : undefined,
  fallback: ({ code, base }: { readonly code: string; readonly base: JsonSchema }): JsonSchema =>
    noJsonOfArktype.includes(code) ? nothing : base,
};

// A result goes out as JSON writes it, which makes a text of a Date: what is none of JSON's may be anything there.
const lenientOfResults = {
  unrepresentable: "any",
  errorMode: "ignore",
  fallback: ({ base }: { readonly base: JsonSchema }): JsonSchema => base,
};

interface Converter {
  readonly jsonSchema?: Partial<Record<"input" | "output", (options: object) => JsonSchema>>;
}

/**
 * What `schema` takes, or gives, as JSON Schema (draft 2020-12); undefined where its library cannot say. It is read from the
 * schema itself (Standard JSON Schema): zod and arktype have it, valibot by `toStandardJsonSchema(schema)`.
 */
export function jsonSchemaOf(
  schema: Schema<unknown, unknown>,
  side: "input" | "output" = "input",
): JsonSchema | undefined {
  const { jsonSchema } = schema["~standard"] as Converter;
  try {
    const libraryOptions = side === "input" ? lenient : lenientOfResults;
    return jsonSchema?.[side]?.({ target: "draft-2020-12", libraryOptions });
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
