import { formatDuration } from "@pawl/kernel";

/** A length of time as people want to read an age: in whole seconds. `ms` is in milliseconds. */
export function wholeSeconds(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  return seconds === 0 ? "0s" : formatDuration(seconds * 1_000);
}
