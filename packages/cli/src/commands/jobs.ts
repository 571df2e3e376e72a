import type { Target } from "../control/control-client.ts";
import { findApp } from "../control/running-apps.ts";
import { UsageError } from "../errors/command-errors.ts";
import { type Command, type Invocation, textOption } from "./command.ts";
import { jsonOption } from "./json-option.ts";
import { note, print, printLines, table } from "./output.ts";
import { readOperands } from "./read-operands.ts";
import { serviceCall, serviceOption } from "./service-call.ts";

/** What `jobs.queues` gives. */
interface Queue {
  readonly name: string;
  readonly waiting: number;
  readonly running: number;
  readonly dead: number;
  readonly done: number;
}

/** What `jobs.list` gives of each. */
interface FailedJob {
  readonly id: string;
  readonly name: string;
  readonly attempts: number;
  readonly endedAt?: number;
  readonly error?: string;
}

const verbs = ["retry", "cancel"] as const;
const call = serviceCall("jobs");

export const jobs: Command = {
  name: "jobs",
  usage: "[app] [retry|cancel] [id …]",
  summary: "the jobs that an app keeps: numbers, failed ones, retry, cancel",
  details: `  pawl jobs shop
  pawl jobs shop --failed --name email.send
  pawl jobs shop retry --name email.send
  pawl jobs shop cancel 0190b5c6-1f6e-4f55-9f5b-0a8a3b1b1b1b
retry lets those be worked on again that have failed for good: the ones with these ids, those of --name, or all. The
service that keeps them is called jobs unless --service says otherwise.`,
  options: {
    ...jsonOption,
    failed: { type: "boolean", help: "those that have failed for good, with why" },
    name: { type: "string", value: "name", help: "only jobs of this name" },
    ...serviceOption("jobs"),
  },
  operands: { min: 0, max: 100 },
  async run(invocation) {
    const { which, verb, ids } = readOperands("jobs", verbs, invocation.operands);
    if (verb === "cancel" && ids.length !== 1) throw new UsageError("pawl jobs: cancel takes the id of one job");
    const target = await findApp(which);
    if (verb === "retry") return retry(target, invocation, ids);
    if (verb === "cancel") return cancel(target, invocation, ids);
    return invocation.options.failed ? listFailed(target, invocation) : listQueues(target, invocation);
  },
};

async function listQueues(target: Target, invocation: Invocation): Promise<number> {
  const all = (await call(target, invocation, "queues")) as readonly Queue[];
  const name = textOption(invocation, "name");
  const queues = all.filter((queue) => name === undefined || queue.name === name);
  if (invocation.options.json) print(JSON.stringify(queues));
  else if (queues.length === 0) note(`${target.label} has no jobs${name === undefined ? "" : ` "${name}"`}`);
  else {
    const rows = queues.map((queue) => [queue.name, ...counts(queue).map(String)]);
    printLines(table(["JOB", "WAITING", "RUNNING", "FAILED", "DONE"], rows));
  }
  return 0;
}

function counts({ waiting, running, dead, done }: Queue): readonly number[] {
  return [waiting, running, dead, done];
}

async function listFailed(target: Target, invocation: Invocation): Promise<number> {
  const query = { state: "dead", ...named(invocation) };
  const failed = (await call(target, invocation, "list", query)) as readonly FailedJob[];
  if (invocation.options.json) print(JSON.stringify(failed));
  else if (failed.length === 0) note(`no job of ${target.label} has failed for good`);
  else {
    const rows = failed.map(({ id, name, attempts, endedAt, error }) => [
      id,
      name,
      String(attempts),
      endedAt === undefined ? "" : new Date(endedAt).toISOString(),
      error ?? "",
    ]);
    printLines(table(["ID", "JOB", "TRIES", "FAILED AT", "ERROR"], rows));
  }
  return 0;
}

async function retry(target: Target, invocation: Invocation, ids: readonly string[]): Promise<number> {
  const query = { ...named(invocation), ...(ids.length > 0 ? { ids } : {}) };
  const retried = Number(await call(target, invocation, "retry", query));
  if (invocation.options.json) print(JSON.stringify(retried));
  else note(`${retried} ${retried === 1 ? "job waits" : "jobs wait"} to be worked on again`);
  return ids.length > 0 && retried < ids.length ? 1 : 0;
}

async function cancel(target: Target, invocation: Invocation, [id]: readonly string[]): Promise<number> {
  const isCancelled = (await call(target, invocation, "cancel", { id })) === true;
  if (invocation.options.json) print(JSON.stringify(isCancelled));
  else note(isCancelled ? `${id} is cancelled` : `${target.label} has no job ${id} that waits or runs`);
  return isCancelled ? 0 : 1;
}

function named(invocation: Invocation): { readonly name?: string } {
  const name = textOption(invocation, "name");
  return name === undefined ? {} : { name };
}
