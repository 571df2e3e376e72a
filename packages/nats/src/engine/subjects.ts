import { createHash } from "node:crypto";
import { token } from "../connection/token.ts";

/** Into how many lines the messages with a key are divided; those of one key are all in the same. */
const lines = 8;

/** Where a message goes that is for every group. */
export const everyGroup = "all";

/** The line of a message: by its key, or that of those without one. */
export function lineOf(key: string | undefined): string {
  return key === undefined ? "free" : `key${hashOf(key) % lines}`;
}

/** Every line that there is. */
export const allLines: readonly string[] = ["free", ...Array.from({ length: lines }, (_, i) => `key${i}`)];

/** `order:placed` and `order.placed` → `order.placed`, without what NATS takes for something else. */
export function eventSubject(event: string): string {
  return event.split(/[:.]/).map(token).join(".");
}

/** A pattern as NATS has it: `order:**` → `order.>`. */
export function filterSubject(pattern: string): string {
  const segments = pattern.split(/[:.]/);
  const last = segments.length - 1;
  return segments
    .map((segment, i) => {
      if (segment === "*") return "*";
      return segment === "**" && i === last ? ">" : token(segment);
    })
    .join(".");
}

/** What names a group and its event in subjects and to people that look at the server: `billing-order_placed-1f…`. */
export function groupToken(group: string, event: string): string {
  const canonical = JSON.stringify([group, canonicalEvent(event)]);
  const digest = createHash("sha256").update(canonical).digest("hex").slice(0, 16);
  const readable = `${group}-${event}`.replace(/[^\w-]+/g, "_").slice(0, 60);
  return `${readable}-${digest}`;
}

export function canonicalEvent(event: string): string {
  return event.replaceAll(".", ":");
}

/** FNV-1a, in 32 bits: the same in every process, of whichever version. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
