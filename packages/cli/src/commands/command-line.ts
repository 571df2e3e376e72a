import { parseArgs } from "node:util";
import { PawlError } from "@pawl/kernel";
import { nearestName } from "@pawl/kernel/extend";
import { pawlVersion } from "../command-line/program.ts";
import { Refused } from "../control/refused.ts";
import { UsageError } from "../errors/command-errors.ts";
import type { Command, Invocation } from "./command.ts";
import { helpOf, overview } from "./help.ts";
import { note, print } from "./output.ts";

/**
 * The `pawl` command: finds the command that was asked for, and tells what goes wrong as a person wants to read it.
 *
 * Gives the exit code: what the command gives, 1 where it fails, 2 where it was not understood.
 */
export async function runCommandLine(commands: readonly Command[], argv: readonly string[]): Promise<number> {
  const [name, ...args] = argv;
  // The reader of a pipe has gone: nobody is left to tell anything to.
  process.stdout.on("error", () => process.exit(0));
  try {
    if (name === undefined) {
      note(overview(commands));
      return 2;
    }
    if (name === "--version" || name === "-v") {
      print(pawlVersion());
      return 0;
    }
    if (["help", "--help", "-h"].includes(name)) {
      const [about] = args;
      print(about === undefined ? overview(commands) : helpOf(find(commands, about)));
      return 0;
    }
    const command = find(commands, name);
    const invocation = read(command, args);
    if (invocation) return await command.run(invocation);
    print(helpOf(command));
    return 0;
  } catch (error) {
    return failed(error);
  }
}

function find(commands: readonly Command[], name: string): Command {
  const found = commands.find((command) => command.name === name);
  if (found) return found;
  const near = nearestName(
    name,
    commands.map((command) => command.name),
  );
  const meant = near === undefined ? "." : `; did you mean "${near}"?`;
  throw new UsageError(`there is no command "${name}"${meant} \`pawl help\` lists them`);
}

/** Takes the arguments apart; undefined where they ask for help. @throws UsageError */
function read(command: Command, args: readonly string[]): Invocation | undefined {
  // What is handed on begins behind the first operand, which is no option and no value of one.
  const end = command.handsOn ? firstOperand(command, args) + 1 : args.length;
  const own = args.slice(0, end);
  const options = Object.fromEntries(
    Object.entries({ ...command.options, help }).map(([name, { type, short }]) => [
      name,
      { type, ...(short && { short }) },
    ]),
  );
  const { values, positionals } = parsed(command, own, options);
  if (values["help"]) return undefined;
  const operands = [...positionals, ...args.slice(end)];
  const { min, max } = command.operands;
  if (operands.length < min || operands.length > max) {
    const wrong = operands.length < min ? "something is missing" : `"${operands[max]}" is too much`;
    throw new UsageError(`pawl ${command.name}: ${wrong}. Usage: ${`pawl ${command.name} ${command.usage}`.trim()}`);
  }
  return { operands, options: values };
}

const help = { type: "boolean", short: "h" } as const;

function parsed(
  command: Command,
  args: readonly string[],
  options: Record<string, { readonly type: "string" | "boolean"; readonly short?: string }>,
) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    // Its first sentence says what is wrong; the rest is advice for programmers.
    const [what = ""] = (error as Error).message.split(". ");
    throw new UsageError(`pawl ${command.name}: ${what}. See \`pawl ${command.name} --help\``);
  }
}

function firstOperand({ options }: Command, args: readonly string[]): number {
  const takesNext = new Set(
    Object.entries(options).flatMap(([name, { type, short }]) =>
      type === "string" ? [`--${name}`, ...(short ? [`-${short}`] : [])] : [],
    ),
  );
  for (let index = 0; index < args.length; index++) {
    const argument = args[index] as string;
    if (argument === "--") return index + 1;
    if (!argument.startsWith("-")) return index;
    if (takesNext.has(argument)) index++;
  }
  return args.length;
}

function failed(error: unknown): number {
  if (!PawlError.is(error)) {
    note(`pawl: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return 1;
  }
  const { code, more } =
    error instanceof Refused ? { code: error.reason ?? error.code, more: error.more } : { code: error.code, more: [] };
  // Some say themselves which command it was.
  const who = error.message.startsWith("pawl ") ? "" : "pawl: ";
  note([`${who}${error.message} (${code})`, ...more.map((line) => `  ${line}`)].join("\n"));
  return error instanceof UsageError ? 2 : 1;
}
