import { isObject, type JsonSchema, resolved } from "./json-schema.ts";
import { isSecretPlace } from "./secret-places.ts";

/** One option by itself: a property of the schema that is no object of further ones. */
export interface OptionLeaf {
  /** `["http", "port"]` */
  readonly path: readonly string[];
  readonly schema: JsonSchema;
  /** Whether it, or what it is part of, is marked `writeOnly` or has the format `password`, in any branch of the schema. */
  readonly secret: boolean;
  /** Whether it must be given. */
  readonly required: boolean;
}

/** Every option of a schema, nested ones by their path, in the order in which it lists them. */
export function optionLeaves(root: JsonSchema): readonly OptionLeaf[] {
  const leaves = new Map<string, OptionLeaf>();
  const walk = (given: unknown, path: readonly string[], isRequired: boolean, above: readonly unknown[]) => {
    const schema = resolved(root, given);
    const reference = isObject(given) ? given.$ref : undefined;
    // A schema that contains itself ends where it begins again.
    const parts = above.includes(reference) ? [] : partsOf(root, schema);
    if (parts.length === 0) {
      const key = path.join(".");
      if (path.length === 0 || leaves.has(key)) return;
      leaves.set(key, { path, schema, secret: isSecretPlace(root, path), required: isRequired });
      return;
    }
    const within = reference === undefined ? above : [...above, reference];
    for (const { properties, required: needed } of parts) {
      for (const [name, property] of Object.entries(properties as JsonSchema)) {
        const required = isRequired && parts.length === 1 && Array.isArray(needed) && needed.includes(name);
        walk(property, [...path, name], required, within);
      }
    }
  };
  walk(root, [], true, ["#"]);
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
