/** A terminal that a picture is drawn on, again and again, and that is as it was when it is disposed of. */
export class Terminal {
  readonly #onKey: (key: string) => void;
  readonly #onData = (data: Buffer) => this.#onKey(data.toString("utf8"));

  constructor(onKey: (key: string) => void) {
    this.#onKey = onKey;
    // The other screen, without the cursor.
    process.stdout.write("\x1b[?1049h\x1b[?25l");
    if (process.stdin.isTTY) process.stdin.setRawMode(true);
    process.stdin.on("data", this.#onData);
    process.stdin.resume();
  }

  get width(): number {
    return process.stdout.columns || 80;
  }

  get height(): number {
    return process.stdout.rows || 24;
  }

  /** Shows these lines and nothing else. */
  draw(lines: readonly string[]): void {
    const rest = "\x1b[K";
    process.stdout.write(`\x1b[H${lines.map((line) => `${line}${rest}`).join("\r\n")}\x1b[J`);
  }

  dispose(): void {
    process.stdin.off("data", this.#onData);
    if (process.stdin.isTTY) process.stdin.setRawMode(false);
    process.stdin.pause();
    process.stdout.write("\x1b[?25h\x1b[?1049l");
  }
}
