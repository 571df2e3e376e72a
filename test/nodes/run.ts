import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { delimiter, dirname } from "node:path";
import type { Counts } from "../setup/count-reporter.ts";
import { repository, tool } from "../setup/tool.ts";

// Runs the whole test suite under each Node that Pawl supports. The runner itself is started with that Node, so its
// workers and whatever tests start by `process.execPath` or by the name `node` run under it as well.
// Arguments are handed to the runner: `pnpm test:nodes packages/kernel`.

const here = import.meta.dirname;
const executable = process.platform === "win32" ? "bin/node.exe" : "bin/node";
const bundled = (major: number): string =>
  `${here}/node_modules/node-${major}-${process.platform}-${process.arch}/${executable}`;

function install(): void {
  const { status } = spawnSync("pnpm", ["install", "--frozen-lockfile"], {
    cwd: here,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  if (status !== 0) throw new Error(`Installing the Node versions of ${here} failed.`);
}

/** One line that tells what the suite came to under this Node, and whether it passed. */
function run(node: string): { readonly line: string; readonly passed: boolean } {
  const version = spawnSync(node, ["--version"], { encoding: "utf8" }).stdout.trim();
  const report = `${repository}/.reports/node-${version}.json`;
  rmSync(report, { force: true });
  console.log(`\n--- Node ${version}`);
  const { status } = spawnSync(node, [tool("vitest/vitest.mjs"), "run", ...process.argv.slice(2)], {
    cwd: repository,
    stdio: "inherit",
    env: {
      ...process.env,
      PATH: `${dirname(node)}${delimiter}${process.env["PATH"]}`,
      PAWL_TEST_REPORT: report,
    },
  });
  if (!existsSync(report)) return { line: `Node ${version}: no report, exit code ${status}`, passed: false };
  const { passed, failed, skipped } = JSON.parse(readFileSync(report, "utf8")) as Counts;
  return {
    line: `Node ${version}: ${passed} passed, ${failed} failed, ${skipped} skipped`,
    passed: status === 0 && failed === 0,
  };
}

install();
const results = [bundled(22), process.execPath, bundled(26)].map(run);
console.log(`\n${results.map(({ line }) => line).join("\n")}`);
process.exitCode = results.every(({ passed }) => passed) ? 0 : 1;
