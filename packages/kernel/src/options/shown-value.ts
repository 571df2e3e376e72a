import { isPlainObject } from "./option-values.ts";

/** What stands for a value that is never shown. */
export const hidden = "••••";

/** What is to be known of the places of a value in order to show it. */
export interface Secrets {
  /** Whether the value at `path` is never to be shown. */
  isSecret(path: readonly PropertyKey[]): boolean;
  /** Whether anything at `path` or below it is never to be shown. */
  hasSecret(path: readonly PropertyKey[]): boolean;
}

/** The value that stands at `path` as plain JSON, without secrets. */
export function shownValue(value: unknown, path: readonly PropertyKey[], secrets: Secrets): unknown {
  return show(value, path, secrets, []);
}

function show(value: unknown, path: readonly PropertyKey[], secrets: Secrets, above: readonly unknown[]): unknown {
  if (value === undefined) return value;
  // A text where an object is due is what could not be read: the secret is somewhere in it.
  if (secrets.isSecret(path) || (typeof value === "string" && secrets.hasSecret(path))) return hidden;
  if (above.includes(value)) return "[circular]";
  const within = [...above, value];
  if (Array.isArray(value)) return value.map((part, index) => show(part, [...path, index], secrets, within));
  if (isPlainObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, part]) => [key, show(part, [...path, key], secrets, within)]),
    );
  }
  if (typeof value === "bigint" || typeof value === "symbol") return String(value);
  if (typeof value === "function") return `[function ${value.name}]`;
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? String(value) : value.toISOString();
  if (typeof value === "object" && value !== null) return `[${value.constructor?.name ?? "object"}]`;
  return value;
}
