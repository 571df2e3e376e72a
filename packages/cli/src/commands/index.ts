import { endProcess } from "../command-line/end-process.ts";
import type { Command } from "./command.ts";
import { runCommandLine } from "./command-line.ts";
import { dev } from "./dev.ts";
import { newProject } from "./new.ts";
import { run } from "./run.ts";
import { unit } from "./unit.ts";

const commands: readonly Command[] = [run, dev, newProject, unit];

/**
 * The `pawl` command, with what stands behind it on the command line. Ends the process: with 0, with 1 where something
 * failed, with 2 where it was not understood.
 */
export async function pawl(argv: readonly string[]): Promise<never> {
  // What a module that was only looked at has begun is not waited for.
  return endProcess(await runCommandLine(commands, argv));
}
