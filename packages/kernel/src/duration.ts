import { PawlRangeError, PawlTypeError } from "./errors/pawl-error.ts";

/**
 * A length of time: a string that carries its unit (`"250ms"`, `"60s"`, `"5m"`, `"1h"`, `"1d"`), or a number of seconds.
 */
export type Duration = number | `${number}${"ms" | "s" | "m" | "h" | "d"}`;

const unitMilliseconds: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
// Whatever the type takes: to it a number may have spaces around it and an exponent.
const form = /^\s*([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?)\s*(ms|s|m|h|d)$/;

function parse(value: unknown): number | undefined {
  if (typeof value === "number") return value * 1_000;
  const parts = typeof value === "string" ? form.exec(value) : null;
  return parts ? Number(parts[1]) * (unitMilliseconds[parts[2] as string] as number) : undefined;
}

/** Whether `value` is a duration above zero. */
export function isDuration(value: unknown): value is Duration {
  const ms = parse(value);
  return ms !== undefined && Number.isFinite(ms) && ms > 0;
}

/**
 * The length of `duration` in milliseconds.
 *
 * @param what names the argument in the error, e.g. `interval(fn, every)`
 * @throws TypeError `PAWL_BAD_DURATION` for what is no duration; RangeError `PAWL_BAD_DURATION` for one that is
 * negative, infinite, NaN, or zero where `allowZero` is not set
 * @example
 * milliseconds("250ms"); // 250
 * milliseconds(0.25); // 250
 */
export function milliseconds(duration: Duration, what = "duration", allowZero = false): number {
  const ms = parse(duration);
  if (ms === undefined) {
    throw new PawlTypeError(
      "PAWL_BAD_DURATION",
      `${what}: ${typeof duration === "string" ? JSON.stringify(duration) : String(duration)} is no duration; give a string with a unit ("250ms", "60s", "5m", "1h", "1d") or a number of seconds`,
    );
  }
  if (!Number.isFinite(ms) || ms < 0 || (ms === 0 && !allowZero)) {
    throw new PawlRangeError(
      "PAWL_BAD_DURATION",
      `${what}: ${String(duration)} is not a length of time; it must be finite and ${allowZero ? "not negative" : "above zero"}`,
    );
  }
  return ms;
}

/** Milliseconds as a person writes them: `"250ms"`, `"10s"`, `"1.5s"`, `"2m"`. */
export function formatDuration(ms: number): string {
  if (Math.round(ms) < 1_000) return `${Math.round(ms)}ms`;
  for (const unit of ["d", "h", "m"]) {
    const length = unitMilliseconds[unit] as number;
    if (ms >= length && ms % length === 0) return `${ms / length}${unit}`;
  }
  return `${Math.round(ms / 10) / 100}s`;
}
