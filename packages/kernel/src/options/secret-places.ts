import { isObject, type JsonSchema, referred } from "./json-schema.ts";

/**
 * Whether the value at `path` is secret: whether any branch of the schema that leads there marks it, or what it is part
 * of, as `writeOnly` or with the format `password`.
 */
export function isSecretPlace(root: JsonSchema, path: readonly PropertyKey[]): boolean {
  return placesAlong(root, path).some((places) => places.some(isMarked));
}

/** Whether anything at `path` or below it is secret. */
export function hasSecretPlace(root: JsonSchema, path: readonly PropertyKey[]): boolean {
  const along = placesAlong(root, path);
  if (along.some((places) => places.some(isMarked))) return true;
  // A schema that contains itself is looked at once.
  const seen = new Set<JsonSchema>();
  for (let next = along.at(-1) ?? []; next.length > 0; ) {
    if (next.some(isMarked)) return true;
    for (const place of next) seen.add(place);
    next = branchesOf(root, next.flatMap(allUnder)).filter((place) => !seen.has(place));
  }
  return false;
}

/** The schemas of the whole, of each part on the way, and last of what is at `path`. */
function placesAlong(root: JsonSchema, path: readonly PropertyKey[]): readonly (readonly JsonSchema[])[] {
  const along = [branchesOf(root, [root])];
  for (const key of path) {
    const parts = (along.at(-1) ?? []).flatMap((place) => under(place, String(key)));
    along.push(branchesOf(root, parts));
  }
  return along;
}

function isMarked({ writeOnly, format }: JsonSchema): boolean {
  return writeOnly === true || format === "password";
}

/** The schemas with all that they refer to and combine: a value may be any of these. */
function branchesOf(root: JsonSchema, schemas: readonly unknown[]): readonly JsonSchema[] {
  const found = new Set<JsonSchema>();
  const add = (schema: unknown) => {
    if (!isObject(schema) || found.has(schema)) return;
    found.add(schema);
    if (typeof schema.$ref === "string") add(referred(root, schema.$ref));
    for (const keyword of ["anyOf", "oneOf", "allOf"]) listOf(schema[keyword]).forEach(add);
    for (const keyword of ["then", "else"]) add(schema[keyword]);
  };
  schemas.forEach(add);
  return [...found];
}

/** What `schema` says of its part `key`, a property or an item. */
function under(schema: JsonSchema, key: string): readonly unknown[] {
  const { properties, patternProperties, additionalProperties, prefixItems, items } = schema;
  const named = isObject(properties) && Object.hasOwn(properties, key) ? [properties[key]] : [];
  const patterns = isObject(patternProperties) ? Object.entries(patternProperties) : [];
  const matching = patterns.filter(([pattern]) => matches(pattern, key)).map(([, part]) => part);
  const own = [...named, ...matching];
  if (own.length === 0) own.push(additionalProperties);
  if (!/^\d+$/.test(key)) return own;
  const first = listOf(prefixItems);
  return [...own, Number(key) < first.length ? first[Number(key)] : items];
}

function allUnder({
  properties,
  patternProperties,
  additionalProperties,
  prefixItems,
  items,
}: JsonSchema): readonly unknown[] {
  const named = [properties, patternProperties].flatMap((parts) => (isObject(parts) ? Object.values(parts) : []));
  return [...named, additionalProperties, ...listOf(prefixItems), items];
}

function matches(pattern: string, key: string): boolean {
  try {
    return new RegExp(pattern, "u").test(key);
  } catch {
    // A pattern that this engine cannot read may well mean this key: better hidden than shown.
    return true;
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
