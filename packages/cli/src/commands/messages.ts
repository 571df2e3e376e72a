import type { Target } from "../control/control-client.ts";
import { findApp } from "../control/running-apps.ts";
import { UsageError } from "../errors/command-errors.ts";
import { type Command, type Invocation, textOption } from "./command.ts";
import { jsonOption } from "./json-option.ts";
import { note, print, printLines, table } from "./output.ts";
import { readOperands } from "./read-operands.ts";
import { serviceCall, serviceOption } from "./service-call.ts";

/** What `messages.groups` gives of each. */
interface Group {
  readonly group: string;
  readonly event: string;
  readonly waiting: number;
  readonly running: number;
  readonly dead: number;
}

/** What `messages.deadLetters` gives of each. */
interface DeadLetter {
  readonly id: string;
  readonly event: string;
  readonly group: string;
  readonly attempts: number;
  readonly deadAt: number;
  readonly error: string;
}

const verbs = ["redrive", "discard"] as const;
type Verb = (typeof verbs)[number];
const call = serviceCall("messages");

export const messages: Command = {
  name: "messages",
  usage: "[app] [redrive|discard [id …]]",
  summary: "the messages that an app keeps: groups, dead letters, redrive, discard",
  details: `  pawl messages shop
  pawl messages shop --dead --group billing
  pawl messages shop redrive --group billing --event order:placed
  pawl messages shop discard 0190b5c6-1f6e-4f55-9f5b-0a8a3b1b1b1b
redrive delivers dead letters to their group again, discard drops them: those with these ids, those of --group and --event.
To discard all of them takes --all. The service that keeps them is called messages unless --service says otherwise.`,
  options: {
    ...jsonOption,
    dead: { type: "boolean", help: "the dead letters, with why" },
    group: { type: "string", value: "name", help: "only of this group" },
    event: { type: "string", value: "pattern", help: "only of this event or pattern" },
    all: { type: "boolean", help: "discards all dead letters" },
    ...serviceOption("messages"),
  },
  operands: { min: 0, max: 100 },
  async run(invocation) {
    const { which, verb, ids } = readOperands("messages", verbs, invocation.operands);
    const query = queryOf(invocation, ids);
    if (verb === "discard" && Object.keys(query).length === 0 && invocation.options["all"] !== true) {
      throw new UsageError("pawl messages: discard takes ids, --group, --event or --all");
    }
    const target = await findApp(which);
    if (verb) return change(target, invocation, verb, query);
    return invocation.options["dead"] ? listDead(target, invocation, query) : listGroups(target, invocation);
  },
};

async function listGroups(target: Target, invocation: Invocation): Promise<number> {
  const all = (await call(target, invocation, "groups")) as readonly Group[];
  const wanted = textOption(invocation, "group");
  const groups = all.filter(({ group }) => wanted === undefined || group === wanted);
  if (invocation.options["json"]) print(JSON.stringify(groups));
  else if (groups.length === 0) note(`${target.label} has no group${wanted === undefined ? "" : ` "${wanted}"`}`);
  else {
    const rows = groups.map(({ group, event, waiting, running, dead }) => [
      group,
      event,
      String(waiting),
      String(running),
      String(dead),
    ]);
    printLines(table(["GROUP", "EVENT", "WAITING", "RUNNING", "DEAD"], rows));
  }
  return 0;
}

async function listDead(target: Target, invocation: Invocation, query: object): Promise<number> {
  const letters = (await call(target, invocation, "deadLetters", query)) as readonly DeadLetter[];
  if (invocation.options["json"]) print(JSON.stringify(letters));
  else if (letters.length === 0) note(`${target.label} has no dead letters there`);
  else {
    const rows = letters.map(({ id, event, group, attempts, deadAt, error }) => [
      id,
      event,
      group,
      String(attempts),
      new Date(deadAt).toISOString(),
      error,
    ]);
    printLines(table(["ID", "EVENT", "GROUP", "TRIES", "DEAD SINCE", "ERROR"], rows));
  }
  return 0;
}

async function change(
  target: Target,
  invocation: Invocation,
  verb: Verb,
  query: { readonly ids?: readonly string[] },
): Promise<number> {
  const changed = Number(await call(target, invocation, verb, query));
  const letters = changed === 1 ? "dead letter is" : "dead letters are";
  if (invocation.options["json"]) print(JSON.stringify(changed));
  else note(`${changed} ${letters} ${verb === "redrive" ? "delivered again" : "dropped"}`);
  return query.ids && changed < query.ids.length ? 1 : 0;
}

function queryOf(
  invocation: Invocation,
  ids: readonly string[],
): { readonly group?: string; readonly event?: string; readonly ids?: readonly string[] } {
  const group = textOption(invocation, "group");
  const event = textOption(invocation, "event");
  return {
    ...(group === undefined ? {} : { group }),
    ...(event === undefined ? {} : { event }),
    ...(ids.length > 0 ? { ids } : {}),
  };
}
