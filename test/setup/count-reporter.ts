import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { SerializedError } from "vitest";
import type { Reporter, TestModule, TestRunEndReason } from "vitest/node";

/** What a run came to. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * Ends the output with `N passed, N failed` on a line of its own, and writes the same counts as JSON to the file named
 * by `PAWL_TEST_REPORT`. Modules and suites that fail outside their tests and unhandled errors (type errors among them)
 * count as failures, and so does a run without a test or one that was cut short.
 */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[], reason: TestRunEndReason): void {
    const counts = count(modules, unhandled.length, reason);
    const report = process.env["PAWL_TEST_REPORT"];
    if (report !== undefined) {
      mkdirSync(dirname(report), { recursive: true });
      writeFileSync(report, JSON.stringify(counts));
    }
    const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : "";
    // Last of all, after what the default reporter still has to say.
    process.once("exit", () => process.stdout.write(`${counts.passed} passed, ${counts.failed} failed${skipped}\n`));
  }
}

function count(modules: readonly TestModule[], unhandled: number, reason: TestRunEndReason): Counts {
  let passed = 0;
  let failed = unhandled;
  let skipped = 0;
  for (const module of modules) {
    const state = module.state();
    if (module.errors().length > 0 || state === "queued" || state === "pending") failed += 1;
    for (const suite of module.children.allSuites()) if (suite.errors().length > 0) failed += 1;
    for (const test of module.children.allTests()) {
      const result = test.result().state;
      if (result === "passed") passed += 1;
      else if (result === "skipped") skipped += 1;
      else failed += 1;
    }
  }
  const cutShort = reason !== "passed" || passed === 0;
  return { passed, failed: failed === 0 && cutShort ? 1 : failed, skipped };
}
