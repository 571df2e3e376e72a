import type { Command, CommandOption } from "./command.ts";

/** What `pawl` says without a command. */
export function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name, usage }) => `${name} ${usage}`.length));
  const lines = commands.map(({ name, usage, summary }) => `  ${`${name} ${usage}`.padEnd(width)}  ${summary}`);
  return `Usage: pawl <command> …

${lines.join("\n")}

[app] is the name or the process id of a running app, or the address of one; it may be left out where only one runs.
By an address, top, tree, stop, restart and calls of what administers it need the admin token of the app, in the
environment as PAWL_ADMIN_TOKEN.
\`pawl help <command>\` says more.`;
}

const showHelp: CommandOption = { type: "boolean", short: "h", help: "shows this" };

/** The help of one command. */
export function helpOf({ name, usage, summary, details, options }: Command): string {
  const all: Readonly<Record<string, CommandOption>> = { ...options, help: showHelp };
  const heads = Object.entries(all).map(([option, { short, value }]) => {
    const letter = short === undefined ? "    " : `-${short}, `;
    return `${letter}--${option}${value === undefined ? "" : ` <${value}>`}`;
  });
  const width = Math.max(...heads.map((head) => head.length));
  const lines = Object.values(all).map((option, index) => `  ${heads[index]?.padEnd(width)}  ${option.help}`);
  return `Usage: pawl ${name} ${usage}

${summary[0]?.toUpperCase()}${summary.slice(1)}.
${details === "" ? "" : `\n${details}\n`}
${lines.join("\n")}`;
}
