import { existsSync } from "node:fs";

const executable = process.platform === "win32" ? "bin/node.exe" : "bin/node";

/**
 * The executable of a Node of that major version: the one that runs here, or the one that `pnpm test:nodes` installs.
 * Undefined where it is not installed.
 */
export function nodeOf(major: number | undefined): string | undefined {
  if (major === undefined || process.versions.node.startsWith(`${major}.`)) return process.execPath;
  const installed = `${import.meta.dirname}/../../test/nodes/node_modules/node-${major}-${process.platform}-${process.arch}/${executable}`;
  return existsSync(installed) ? installed : undefined;
}
