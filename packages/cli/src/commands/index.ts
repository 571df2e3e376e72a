import type { Command } from "./command.ts";
import { runCommandLine } from "./command-line.ts";
import { dev } from "./dev.ts";
import { newProject } from "./new.ts";
import { run } from "./run.ts";
import { unit } from "./unit.ts";

const commands: readonly Command[] = [run, dev, newProject, unit];

/**
 * The `pawl` command, with what stands behind it on the command line; gives the exit code: 0, 1 where something failed, 2
 * where it was not understood.
 */
export function pawl(argv: readonly string[]): Promise<number> {
  return runCommandLine(commands, argv);
}
