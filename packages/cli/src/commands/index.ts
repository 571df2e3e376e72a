import { endProcess } from "../command-line/end-process.ts";
import { call } from "./call.ts";
import type { Command } from "./command.ts";
import { runCommandLine } from "./command-line.ts";
import { dev } from "./dev.ts";
import { events } from "./events.ts";
import { jobs } from "./jobs.ts";
import { logs } from "./logs.ts";
import { messages } from "./messages.ts";
import { newProject } from "./new.ts";
import { ps } from "./ps.ts";
import { replay } from "./replay.ts";
import { restart } from "./restart.ts";
import { run } from "./run.ts";
import { stop } from "./stop.ts";
import { top } from "./top.ts";
import { tree } from "./tree.ts";
import { unit } from "./unit.ts";

const commands: readonly Command[] = [
  newProject,
  run,
  dev,
  unit,
  ps,
  top,
  tree,
  call,
  messages,
  jobs,
  stop,
  restart,
  logs,
  events,
  replay,
];

/**
 * The `pawl` command, with what stands behind it on the command line. Ends the process: with 0, with 1 where something
 * failed, with 2 where it was not understood.
 */
export async function pawl(argv: readonly string[]): Promise<never> {
  // What a module that was only looked at has begun is not waited for.
  return endProcess(await runCommandLine(commands, argv));
}
