import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";

/** A folder of its own, gone with all that is in it at the end of the block. */
export class TemporaryFolder implements Disposable {
  readonly path: string = realpathSync(mkdtempSync(`${tmpdir()}/pawl-background-`));

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true, maxRetries: 5 });
  }
}
