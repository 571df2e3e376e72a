import { inspect } from "node:util";
import { milliseconds } from "@pawl/kernel";
import { callAction } from "../control/control-client.ts";
import { findApp } from "../control/running-apps.ts";
import { UsageError } from "../errors/command-errors.ts";
import { type Command, textOption } from "./command.ts";
import { jsonOption } from "./json-option.ts";
import { print } from "./output.ts";

export const call: Command = {
  name: "call",
  usage: "[app] <service>.<action> [input]",
  summary: "calls an action of an app, with JSON",
  details: `  pawl call shop metrics.stats '{"since":"1h"}'
  pawl call http://shop.local:3000 metrics.stats
  pawl call shop pawl.options '{"service":"clock","set":{"every":5}}'
What administers the app is the service \`pawl\`: status, health, aliveSince, counters, tree, options, logLevel, restart,
shutdown. By an address it takes the admin token, in PAWL_ADMIN_TOKEN.`,
  options: { ...jsonOption, timeout: { type: "string", value: "duration", help: "how long it may take: 30s" } },
  operands: { min: 1, max: 3 },
  async run(invocation) {
    const { which, action, input } = read(invocation.operands);
    const patience = milliseconds((textOption(invocation, "timeout") ?? "30s") as "30s", "--timeout");
    const result = await callAction(await findApp(which), action, input, patience);
    if (result !== undefined) print(invocation.options["json"] ? JSON.stringify(result) : inWords(result));
    return 0;
  },
};

/** What stands where: an app may be left out, and so may the input. @throws UsageError */
function read([first = "", second, third]: readonly string[]): { which?: string; action: string; input?: unknown } {
  if (second !== undefined && isAction(second)) return { which: first, action: second, ...inputOf(third) };
  if (third === undefined && isAction(first)) return { action: first, ...inputOf(second) };
  throw new UsageError(`pawl call: ${second ?? first} is no action; write <service>.<action>, such as metrics.stats`);
}

function inputOf(text: string | undefined): { input?: unknown } {
  if (text === undefined) return {};
  try {
    return { input: JSON.parse(text) };
  } catch (error) {
    throw new UsageError(`pawl call: the input is not JSON: ${(error as Error).message}`);
  }
}

function isAction(word: string): boolean {
  return /^[A-Za-z_][\w#-]*\.[A-Za-z_][\w-]*$/.test(word);
}

function inWords(result: unknown): string {
  if (typeof result === "string") return result;
  return inspect(result, {
    depth: 10,
    colors: process.stdout.isTTY === true && process.stdout.hasColors(),
    breakLength: 100,
  });
}
