import { vi } from "vitest";
import { Program, type ProgramOptions } from "./program.ts";

// A process of its own takes its time to start on a machine that is busy.
vi.setConfig({ testTimeout: 30_000 });

/** Starts one of the programs in `fixtures/`. */
export function fixture(name: string, ...args: string[]): Program {
  const options: ProgramOptions = { args };
  return new Program(new URL(`./fixtures/${name}.ts`, import.meta.url), options);
}
