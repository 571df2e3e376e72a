import type { Issue } from "../errors/issue.ts";
import { hidden } from "./shown-value.ts";

/**
 * What an issue says of a value that is, or holds, a secret. The schema's own message is left out: it may quote the value,
 * cut, encoded, in capitals. What is told comes from the schema alone: the type that is due, and, but of what is secret
 * itself, keys that it does not know.
 */
export function withoutValue(issue: Issue, isSecret: boolean): string {
  // As zod has them, beside what Standard Schema knows.
  const { code, expected, keys } = issue as {
    readonly code?: unknown;
    readonly expected?: unknown;
    readonly keys?: unknown;
  };
  if (code === "invalid_type" && typeof expected === "string" && /^[a-z]+$/i.test(expected))
    return `expected ${expected}`;
  if (code === "unrecognized_keys" && !isSecret && Array.isArray(keys)) {
    return `it has no option ${keys.map((key) => JSON.stringify(key)).join(", ")}`;
  }
  return "it does not fit its schema";
}

/** Below it a text may be a part of some word by chance, and hiding it there would tell it. Characters. */
const telling = 8;

/** A message without what is secret, in the forms in which it is often written. */
export function withoutTexts(message: string, secrets: readonly string[]): string {
  // The longest first: one may be a part of another.
  const texts = [...new Set(secrets.flatMap(formsOf))].sort((a, b) => b.length - a.length);
  return texts.reduce((text, secret) => {
    if (secret.length >= telling) return text.replaceAll(secret, hidden);
    const word = new RegExp(`(?<![\\p{L}\\p{N}])${escaped(secret)}(?![\\p{L}\\p{N}])`, "gu");
    return text.replace(word, hidden);
  }, message);
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

/** The forms in which a text is often written. */
function formsOf(text: string): readonly string[] {
  const bytes = Buffer.from(text);
  return [
    text,
    JSON.stringify(text).slice(1, -1),
    text.toUpperCase(),
    text.toLowerCase(),
    encodeURIComponent(text.toWellFormed()),
    bytes.toString("base64"),
    bytes.toString("base64url"),
    bytes.toString("hex"),
  ];
}
