import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { PawlError } from "@pawl/kernel";
import { calledAs } from "../command-line/program.ts";
import { UsageError } from "../errors/command-errors.ts";

/** What a module exports that can be run: an `App`, or a `Kernel`. It may come from another copy of the packages. */
export interface RunnableApp {
  readonly name: string;
  inspect(): { readonly shutdownTimeoutMs?: number };
  stop(): Promise<void>;
  run(): Promise<void>;
  /** Runs it with a command line; an app has it, a bare kernel has not. */
  main?(argv?: readonly string[]): Promise<void>;
}

/** The path of a module that is there. @throws UsageError */
export function moduleFile(file: string): string {
  const path = resolve(file);
  if (existsSync(path)) return path;
  throw new UsageError(`there is no file ${path}`);
}

/**
 * Loads a module and gives the app that it exports, by default or as `app`.
 *
 * @throws PawlError `PAWL_CLI_NO_APP`; what the module throws
 */
export async function loadApp(path: string): Promise<RunnableApp> {
  const module = (await import(pathToFileURL(path).href)) as { readonly default?: unknown; readonly app?: unknown };
  for (const exported of [module.default, module.app]) if (isApp(exported)) return exported;
  throw new PawlError(
    "PAWL_CLI_NO_APP",
    `${path} exports no app; export it by default, or as app: export const app = new App({ … })`,
  );
}

/** Runs an app with what stands behind it on the command line; gives the exit code where it comes back. */
export async function runApp(app: RunnableApp, args: readonly string[]): Promise<number> {
  if (app.main) await app.main(args);
  else {
    refuseArguments(app, args);
    await app.run();
  }
  return Number(process.exitCode ?? 0);
}

/** @throws UsageError where a bare kernel is given arguments */
export function refuseArguments({ name }: RunnableApp, args: readonly string[]): void {
  if (args.length > 0) throw new UsageError(`${name} is a bare kernel, which takes no arguments: ${args.join(" ")}`);
}

/**
 * Lets the program see itself as `node file …args` would start it.
 *
 * @param call how people have called it, for its help: `pawl run main.ts`
 */
export function startedAs(path: string, args: readonly string[], call: string): void {
  calledAs(call);
  process.argv.splice(1, Number.POSITIVE_INFINITY, path, ...args);
}

function isApp(value: unknown): value is RunnableApp {
  if (typeof value !== "object" || value === null) return false;
  const { name, run, stop, inspect } = value as Partial<Record<keyof RunnableApp, unknown>>;
  return typeof name === "string" && [run, stop, inspect].every((method) => typeof method === "function");
}
