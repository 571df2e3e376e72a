/** Writes a line of what was asked for. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Writes a line beside it: what went wrong, or what is going on. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}
