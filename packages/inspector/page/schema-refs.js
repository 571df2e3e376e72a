/** @import { JsonSchema } from "@pawl/kernel/extend" */

/** A schema that means more than so many others is no form that anybody would fill in. */
const mostTargets = 500;

/**
 * A schema with what its local references (`#/$defs/Address`) mean in their place. One that leads back to where it stands
 * stays as it is, and so does one that leads elsewhere.
 *
 * @param {JsonSchema} schema
 * @returns {JsonSchema}
 */
export function withoutRefs(schema) {
  let targets = 0;
  /**
   * @param {unknown} value
   * @param {readonly string[]} within references that it stands in
   * @returns {any}
   */
  const expanded = (value, within) => {
    if (Array.isArray(value)) return value.map((item) => expanded(item, within));
    if (typeof value !== "object" || value === null) return value;
    const { $ref, ...rest } = /** @type {Record<string, unknown>} */ (value);
    const own = Object.fromEntries(Object.entries(rest).map(([key, item]) => [key, expanded(item, within)]));
    if (typeof $ref !== "string") return $ref === undefined ? own : { $ref: expanded($ref, within), ...own };
    const target = within.includes($ref) ? undefined : pointedAt(schema, $ref);
    if (target === undefined || targets === mostTargets) return { $ref, ...own };
    targets += 1;
    return { ...expanded(target, [...within, $ref]), ...own };
  };
  const { $defs: _, ...shown } = /** @type {Record<string, unknown>} */ (schema);
  return expanded(shown, ["#"]);
}

/**
 * What a JSON pointer (RFC 6901) of a reference leads to.
 *
 * @param {unknown} root
 * @param {string} ref
 * @returns {unknown}
 */
function pointedAt(root, ref) {
  if (!ref.startsWith("#/")) return undefined;
  const names = ref.slice(2).split("/");
  return names.reduce((/** @type {any} */ at, name) => {
    const key = name.replaceAll("~1", "/").replaceAll("~0", "~");
    return typeof at === "object" && at !== null && Object.hasOwn(at, key) ? at[key] : undefined;
  }, root);
}
