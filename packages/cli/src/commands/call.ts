import { inspect } from "node:util";
import { UnknownActionError } from "@pawl/kernel";
import { nearestName } from "@pawl/kernel/extend";
import { callAction, read as readText, type Target } from "../control/control-client.ts";
import { Refused } from "../control/refused.ts";
import { findApp } from "../control/running-apps.ts";
import { UsageError } from "../errors/command-errors.ts";
import { escaped } from "../logs/pretty-line.ts";
import { type Command, durationOption } from "./command.ts";
import { jsonOption } from "./json-option.ts";
import { note, print } from "./output.ts";

/** Milliseconds that an action has, unless it is said. */
const usualTime = 30_000;

export const call: Command = {
  name: "call",
  usage: "[app] <service>.<action> [input]",
  summary: "calls an action of an app, with JSON",
  details: `  pawl call shop metrics.stats '{"since":"1h"}'
  pawl call http://shop.local:3000 metrics.stats
  pawl call shop pawl.options '{"service":"clock","set":{"every":5}}'
What administers the app is the service \`pawl\`: status, health, aliveSince, counters, tree, options, logLevel, record,
restart, shutdown. Where the app is an address, that takes its admin token, in the environment as PAWL_ADMIN_TOKEN.`,
  options: { ...jsonOption, timeout: { type: "string", value: "duration", help: "how long it may take: 30s" } },
  operands: { min: 1, max: 3 },
  async run(invocation) {
    const { which, action, input } = read(invocation.operands);
    const patience = durationOption(call, invocation, "timeout") ?? usualTime;
    const target = await findApp(which);
    const result = await called(target, action, input, patience);
    if (invocation.options["json"]) print(JSON.stringify(result ?? null));
    else if (result === undefined) note(`${action} is done`);
    else print(inWords(result));
    return 0;
  },
};

/** @throws as `callAction`; where there is no such action, with the name that was probably meant */
async function called(target: Target, action: string, input: unknown, patience: number): Promise<unknown> {
  try {
    return await callAction(target, action, input, patience);
  } catch (error) {
    const isUnknown = error instanceof Refused && error.reason === "PAWL_UNKNOWN_ACTION";
    if (!isUnknown || target.socketPath === undefined) throw error;
    const listed = JSON.parse(await readText(target, "/actions")) as readonly { readonly action: string }[];
    throw new UnknownActionError(
      inOtherWords(
        target,
        action,
        listed.map((one) => one.action),
      ),
    );
  }
}

function inOtherWords({ label }: Target, wanted: string, actions: readonly string[]): string {
  const [service = ""] = wanted.split(".");
  const services = [...new Set(actions.map((action) => action.slice(0, action.lastIndexOf("."))))];
  const near = nearestName(wanted, actions) ?? nearestName(service, services);
  const isService = services.includes(service);
  const known = isService ? actions.filter((action) => action.startsWith(`${service}.`)) : services;
  const what = isService
    ? `${service} has no action "${wanted.slice(service.length + 1)}"`
    : `${label} has no service "${service}" with actions`;
  return `${wanted}: ${what}${near === undefined ? "." : `; did you mean "${near}"?`} Known: ${known.join(", ") || "none"}`;
}

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
  // Another program gets a text as it is.
  if (typeof result === "string") return process.stdout.isTTY === true ? escaped(result) : result;
  return inspect(result, {
    depth: 10,
    colors: process.stdout.isTTY === true && process.stdout.hasColors(),
    breakLength: 100,
  });
}
