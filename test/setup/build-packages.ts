import { spawnSync } from "node:child_process";
import type { TestProject } from "vitest/node";
import { repository } from "./tool.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** What the compiler and the bundler said while building every package into its `dist`; empty when all is well. */
    buildErrors: string;
  }
}

/** Builds the packages once, before the tests that look at them as their users do. */
export default function buildPackages(project: TestProject): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, [`${repository}/build.ts`], { encoding: "utf8" });
  project.provide("buildErrors", status === 0 ? "" : `${stdout}${stderr}` || `the build ended with ${status}`);
}
