import type { Clock } from "@pawl/kernel";
import { systemClock } from "@pawl/kernel";

/** A stream that keeps what is written to it; a terminal where it is to be one. */
export function memory(terminal?: { readonly colours: boolean }) {
  const lines: string[] = [];
  const stream = {
    write: (text: string) => lines.push(text),
    ...(terminal && { isTTY: true, hasColors: () => terminal.colours }),
  };
  return { lines, stream };
}

/** A quarter past noon, local time. */
export const noon = new Date(2026, 0, 1, 12, 15, 3, 42);

/** The clock of the machine, but for the time on the wall. */
export const atNoon: Clock = { ...systemClock, wallTime: () => noon.getTime() };
