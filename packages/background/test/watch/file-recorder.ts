import type { FileEvent } from "@pawl/background";
import { until } from "../until.ts";

/** Takes events of a folder, and waits for them. */
export class FileRecorder {
  readonly #folder: string;
  readonly events: FileEvent[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** For `watch`. */
  readonly take = (event: FileEvent): void => {
    this.events.push(event);
  };

  /** As `created a/b`, directories with a slash behind. */
  get told(): string[] {
    return this.events.map(({ kind, path, isDirectory }) => `${kind} ${this.#short(path)}${isDirectory ? "/" : ""}`);
  }

  /** Of one file or directory. */
  of(name: string): string[] {
    return this.told.filter((line) => line.split(" ")[1] === name).map((line) => line.split(" ")[0] as string);
  }

  /** Resolves when this was told. */
  async seen(...lines: readonly string[]): Promise<void> {
    await until(`${lines.join(", ")} after ${this.told.join(", ")}`, () =>
      lines.every((line) => this.told.includes(line)),
    );
  }

  #short(path: string): string {
    return path === this.#folder ? "." : path.slice(this.#folder.length + 1);
  }
}
