import { escaped } from "../logs/pretty-line.ts";

/** Writes a line of what was asked for. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Writes lines of what an app says, each without what a terminal would obey, so that none can pass for several. */
export function printLines(lines: readonly string[]): void {
  for (const line of lines) print(escaped(line.replaceAll("\n", "\\n")));
}

/** Writes a line beside it: what went wrong, or what is going on; without what a terminal would obey. */
export function note(text: string): void {
  process.stderr.write(`${escaped(text)}\n`);
}

/** Rows under a heading, each column as wide as its widest cell. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const all = [heading, ...rows];
  const widths = heading.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ");
  return all.map((row) => line(row).trimEnd());
}
