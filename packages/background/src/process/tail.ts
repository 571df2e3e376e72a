// Enough for a stack trace; the last line says what went wrong.
const mostLines = 20;
const longestLine = 500;

/** The last lines of a stream. */
export class Tail {
  readonly #lines: string[] = [];

  push(line: string): void {
    this.#lines.push(line.length > longestLine ? `${line.slice(0, longestLine)}…` : line);
    if (this.#lines.length > mostLines) this.#lines.shift();
  }

  get lines(): readonly string[] {
    return [...this.#lines];
  }
}
