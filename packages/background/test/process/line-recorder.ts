import type { LineFunction, ProcessOptions } from "@pawl/background";
import type { Service } from "@pawl/kernel";

/** Takes lines, and tells when there is one that matches. */
export class LineRecorder {
  readonly lines: string[] = [];
  #wake = () => {};

  /** For `onLine` and its like. */
  readonly take: LineFunction<Service> = (line) => {
    this.lines.push(line);
    this.#wake();
  };

  /** The first line that matches, now or later. */
  async first(wanted: RegExp): Promise<string> {
    for (;;) {
      const found = this.lines.find((line) => wanted.test(line));
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** The number behind a word: `pid 123` → 123. */
  async number(word: string): Promise<number> {
    const line = await this.first(new RegExp(`^${word} \\d+$`));
    return Number(line.slice(word.length + 1));
  }
}

/** Arguments of `childProcess` that run a shell script. */
export function script<S = Service>(
  code: string,
  options: ProcessOptions<S> = {},
): ["sh", string[], ProcessOptions<S>] {
  return ["sh", ["-c", code], options];
}
