import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";

/** A command line that a unit is to have. */
export interface CheckedCommand {
  /** Without the program. */
  readonly args: readonly string[];
  readonly directory: string;
  readonly environmentFile: string;
}

/**
 * Lets the app itself check its options (`--check`), where the unit runs it and with the variables that the unit has.
 *
 * @returns the exit code, 0 where they fit, and what the app said
 */
export function checkOptions({ args, directory, environmentFile }: CheckedCommand): { code: number; said: string } {
  const { status, stderr, error } = spawnSync(process.execPath, [...process.execArgv, ...args, "--check"], {
    cwd: directory,
    env: { ...process.env, ...variablesOf(environmentFile) },
    stdio: ["ignore", "ignore", "pipe"],
    encoding: "utf8",
  });
  if (error) throw error;
  return { code: status ?? 1, said: stderr };
}

function variablesOf(file: string): NodeJS.Dict<string> {
  try {
    return parseEnv(readFileSync(file, "utf8"));
  } catch {
    // It need not exist, nor be readable for whoever makes the unit.
    return {};
  }
}
