import { appendFile } from "node:fs/promises";
import { Service } from "pawl";
import type { Hashed } from "./hashing.ts";

/** Appends each result to a file, as a line of JSON, in the order in which they come. */
export class Results extends Service {
  readonly #file: string;
  written = 0;

  constructor(file: string) {
    super();
    this.#file = file;
  }

  override onStart(): void {
    // Results that come faster than the disk takes them wait in line; a stop writes them all.
    this.listen("file:hashed", this.write, { buffer: 100_000 });
  }

  async write(result: Hashed): Promise<void> {
    await appendFile(this.#file, `${JSON.stringify(result)}\n`);
    this.written += 1;
  }
}
