import type { Kernel } from "@pawl/kernel";
import type { Face } from "./app-options.ts";
import { endProcess } from "./end-process.ts";

/**
 * The whole program: reads the command line and the environment, gives the services their options, runs the kernel, and
 * ends the process with the exit code of `run()`, or with 2 where an option or flag is wrong; then nothing has started.
 *
 * @param argv the arguments of the program, without Node and its file
 * @param face what a face such as `pawl` adds
 * @example
 * await main(new Kernel({ providers: { clock: Clock } }));
 */
export async function main(
  kernel: Kernel,
  argv: readonly string[] = process.argv.slice(2),
  face: Face = {},
): Promise<never> {
  let code = 1;
  try {
    // Only this needs what reads a command line.
    const { CommandLineRun } = await import("./command-line-run.ts");
    code = await new CommandLineRun(kernel, argv, face).carryOut();
  } catch (error) {
    process.stderr.write(`${process.getBuiltinModule("node:util").inspect(error)}\n`);
  }
  return endProcess(code);
}
