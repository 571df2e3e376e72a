import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What a run of the tests leaves in the directory for temporary files, records of failed apps among it, goes with it. */
export default function temporaryDirectory(): () => void {
  const before = process.env["TMPDIR"];
  // Short: the path of a socket in it has an end.
  const directory = mkdtempSync(join(tmpdir(), "p-"));
  chmodSync(directory, 0o1777);
  process.env["TMPDIR"] = directory;
  return () => {
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  };
}
