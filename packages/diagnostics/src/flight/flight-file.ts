import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { FlightHeader, RecordedFact } from "./flight-format.ts";

// Of more files of one millisecond than that, none is written.
const mostTries = 100;

/**
 * Writes a new file that this user alone may read; never over another one.
 *
 * @returns its path: where the name in `dir` is taken, one with a number
 * @throws whatever the file system says
 */
export function writeFlight(path: string | { readonly dir: string; readonly name: string }, text: string): string {
  if (typeof path === "string") {
    writeNew(path, text);
    return path;
  }
  mkdirSync(path.dir, { recursive: true, mode: 0o700 });
  for (let attempt = 1; ; attempt++) {
    const file = join(path.dir, `${path.name}${attempt === 1 ? "" : `-${attempt}`}.flight.jsonl`);
    try {
      writeNew(file, text);
      return file;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST" || attempt >= mostTries) throw error;
    }
  }
}

/** Writes a file of one's own anew; whoever dies meanwhile leaves the old one whole. @throws whatever the file system says */
export function rewriteFlight(file: string, text: string): void {
  const next = join(dirname(file), `.${process.pid}.${Date.now()}.flight.part`);
  try {
    writeNew(next, text);
    renameSync(next, file);
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  }
}

export function flightText(header: FlightHeader, facts: readonly RecordedFact[]): string {
  return [header, ...facts].map((line) => `${JSON.stringify(line)}\n`).join("");
}

/** `shop.20261121T105615123Z.4711`: the app, when in UTC, the process. */
export function flightName(app: string, at: Date, pid: number): string {
  return `${app.replace(/[^\w.-]/g, "_")}.${at.toISOString().replace(/[-:.]/g, "")}.${pid}`;
}

// "wx": what stands there, a link included, is left alone.
function writeNew(file: string, text: string): void {
  writeFileSync(file, text, { flag: "wx", mode: 0o600, flush: true });
}
