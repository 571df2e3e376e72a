import { formatDuration } from "@pawl/kernel";
import { wholeSeconds } from "./whole-seconds.ts";

/**
 * Figures as a person reads them: `every 2s`, `runs 60`, `next in 1s`. What has not happened says nothing.
 *
 * @param now milliseconds since the Unix epoch: what times are told from
 */
export function figureWords(figures: Readonly<Record<string, unknown>>, now: number): readonly string[] {
  return Object.entries(figures).flatMap(([name, value]) => {
    if (isNothing(value)) return [];
    if (value === true) return [spaced(name)];
    if (name === "state") return [plain(value)];
    if (name === "ms" && typeof value === "number") return [`for ${lengthOf(value)}`];
    if (name.endsWith("Ms") && typeof value === "number") return [`${spaced(name.slice(0, -2))} ${lengthOf(value)}`];
    if (name.endsWith("At") && isTime(value)) return [`${spaced(name.slice(0, -2))} ${fromNow(value, now)}`];
    return [`${spaced(name)} ${plain(value)}`];
  });
}

/** A length of time: exact below a minute, `1h 3m` above. */
export function lengthOf(ms: number): string {
  return ms < 60_000 ? formatDuration(ms) : wholeSeconds(ms);
}

/** How long ago an ISO time is: `3s`. */
export function timeSince(time: string, now: number): string {
  return wholeSeconds(now - Date.parse(time));
}

/** `3s ago`, `in 3s`, `just now`. */
export function fromNow(time: string, now: number): string {
  const ms = Date.parse(time) - now;
  if (Math.abs(ms) < 1_000) return ms > 0 ? `in ${formatDuration(ms)}` : "just now";
  return ms > 0 ? `in ${wholeSeconds(ms)}` : `${wholeSeconds(-ms)} ago`;
}

function isNothing(value: unknown): boolean {
  return [0, false, null, undefined].includes(value as 0) || (Array.isArray(value) && value.length === 0);
}

function isTime(value: unknown): value is string {
  return typeof value === "string" && !Number.isNaN(Date.parse(value));
}

/** `in flight` for `inFlight`. */
function spaced(name: string): string {
  return name.replaceAll(/[a-z](?=[A-Z])/g, "$& ").toLowerCase();
}

function plain(value: unknown): string {
  if (typeof value === "number") return String(Math.round(value * 1_000) / 1_000);
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value.join(" ");
  return typeof value === "string" ? value : JSON.stringify(value);
}
