import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * What a run of the tests leaves in the directory for temporary files, records of failed apps among it, goes with it. It is
 * called for each project, and makes one directory for all.
 */
export default function temporaryDirectory(): (() => void) | undefined {
  if (process.env["PAWL_TEST_TMPDIR"] !== undefined && process.env["PAWL_TEST_TMPDIR"] === process.env["TMPDIR"]) {
    return undefined;
  }
  const before = process.env["TMPDIR"];
  // Short: the path of a socket in it has an end.
  const directory = mkdtempSync(join(tmpdir(), "p-"));
  chmodSync(directory, 0o1777);
  process.env["TMPDIR"] = directory;
  process.env["PAWL_TEST_TMPDIR"] = directory;
  return () => {
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
    delete process.env["PAWL_TEST_TMPDIR"];
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  };
}
