import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ProgramSize, writeLargeProgram } from "../packages/kernel/test/types/large-program.ts";
import type { Benchmark, Figures } from "./harness/benchmark.ts";

const tsc = fileURLToPath(new URL("../node_modules/typescript/bin/tsc", import.meta.url));

/** Writes a program of this size, lets the compiler check it, and reads what the compiler says of its own times. */
function check(size: ProgramSize): Figures {
  const folder = mkdtempSync(join(tmpdir(), "pawl-type-check-"));
  try {
    writeLargeProgram(folder, size);
    const options = ["--noEmit", "--incremental", "false", "--extendedDiagnostics"];
    const began = performance.now();
    const { stdout } = spawnSync(process.execPath, [tsc, "-p", folder, ...options], { encoding: "utf8" });
    const wall = (performance.now() - began) / 1_000;
    return {
      "s of checking": figure(stdout, "Check time"),
      "s of wall time": wall,
      "MB of memory": figure(stdout, "Memory used") / 1_024,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** `Check time:  0.512s` → 0.512 */
function figure(diagnostics: string, name: string): number {
  const found = new RegExp(`^${name}:\\s+([\\d.]+)`, "m").exec(diagnostics);
  if (!found) throw new Error(`the compiler did not tell its ${name}:\n${diagnostics}`);
  return Number(found[1]);
}

const large = "200 services, 500 events";

export const benchmark: Benchmark = {
  title: "Checking a large program",
  about:
    "A generated program, a file for each service: each declares the events that it emits, needs the service before it, listens to names and patterns and looks another service up; `Services` is taken from the list of providers. The compiler checks it together with the sources of the kernel. Seconds and memory as it tells them itself, and the wall time of its process.",
  variants: {
    [large]: { measure: () => check({ services: 200, events: 500 }) },
    "20 services, 50 events": { measure: () => check({ services: 20, events: 50 }) },
    "400 services, 1 000 events": { measure: () => check({ services: 400, events: 1_000 }) },
  },
  targets: (results) => [
    {
      what: `checking ${large}`,
      measured: results.median(large, "s of checking"),
      atMost: 3,
      unit: "s",
      range: results.range(large, "s of checking"),
    },
  ],
};
