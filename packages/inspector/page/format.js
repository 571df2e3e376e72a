/** A figure that is not there. */
export const none = "–";

const clockTime = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/**
 * `13:05:09`.
 *
 * @param {string} iso
 */
export function time(iso) {
  return clockTime.format(new Date(iso));
}

/**
 * A length in two units at most: `850 ms`, `12.4 s`, `3m 20s`, `2h 05m`, `4d 3h`.
 *
 * @param {number} ms
 */
export function duration(ms) {
  if (ms < 0.95) return ms <= 0 ? "0 ms" : `${trim(ms, 2)} ms`;
  if (ms < 1000) return `${ms < 10 ? trim(ms, 1) : Math.round(ms)} ms`;
  if (ms < 60_000) return `${trim(ms / 1000, ms < 10_000 ? 2 : 1)} s`;
  return age(ms);
}

/**
 * A length in whole seconds, as a column of ages shows it: `9s`, `3m 20s`, `2h 05m`, `4d 3h`.
 *
 * @param {number} ms
 */
export function age(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${pad(seconds % 60)}s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours}h ${pad(minutes % 60)}m`;
  return `${Math.floor(hours / 24)}d ${hours % 24}h`;
}

/**
 * `48.2 MB`.
 *
 * @param {number} count
 */
export function bytes(count) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : trim(value, value < 100 ? 1 : 0)} ${units[unit]}`;
}

/**
 * Per second: `12/s`, `0.5/s`; nothing at rest.
 *
 * @param {number} perSecond
 */
export function rate(perSecond) {
  if (!(perSecond > 0)) return none;
  if (perSecond >= 10_000) return `${trim(perSecond / 1000, 0)}k/s`;
  return `${perSecond < 0.1 ? "<0.1" : trim(perSecond, perSecond < 10 ? 1 : 0)}/s`;
}

const grouped = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });

/**
 * `12,480`.
 *
 * @param {number} value
 */
export function count(value) {
  return grouped.format(value);
}

/**
 * `1 run`, `3 runs`.
 *
 * @param {number} value
 * @param {string} one
 */
export function plural(value, one) {
  return `${count(value)} ${one}${value === 1 ? "" : "s"}`;
}

/**
 * With a capital at its beginning.
 *
 * @param {string} text
 */
export function capital(text) {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/**
 * @param {number} value
 * @param {number} digits
 */
function trim(value, digits) {
  return String(Number(value.toFixed(digits)));
}

/** @param {number} value */
function pad(value) {
  return String(value).padStart(2, "0");
}
