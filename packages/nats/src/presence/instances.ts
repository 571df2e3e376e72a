import { type Duration, milliseconds, type State, systemClock } from "@pawl/kernel";
import { pingSubject } from "../actions/action-subjects.ts";
import { Connection, createInbox } from "../connection/connection.ts";
import { natsAddress } from "../connection/nats-address.ts";

/** A process that serves its actions over NATS. */
export interface NatsInstance {
  /** Of the app. */
  readonly name: string;
  readonly pid: number;
  readonly host: string;
  readonly state: State;
  /** When it came to NATS. */
  readonly since: string;
  /** Where it serves HTTP, if it does. */
  readonly url?: string;
}

export interface InstancesOptions {
  /** How long answers are waited for: there is no knowing how many come. @default "500ms" */
  readonly timeout?: Duration;
}

/**
 * The processes with a `NatsActions` that answer at a server, by name, host and process id.
 *
 * @throws NatsUrlError, NatsConnectionError; RangeError `PAWL_BAD_DURATION`; all as rejections
 * @example
 * for (const { name, host, pid } of await instances("nats://127.0.0.1:4222")) console.log(name, host, pid);
 */
export async function instances(
  url: string,
  { timeout = "500ms" }: InstancesOptions = {},
): Promise<readonly NatsInstance[]> {
  const ms = milliseconds(timeout, "instances(…, { timeout })");
  let failure: unknown;
  const connection = await Connection.open(natsAddress(url), {
    clock: systemClock,
    name: "pawl ps",
    report: (error) => {
      failure ??= error;
    },
  });
  const found: NatsInstance[] = [];
  try {
    const inbox = createInbox();
    connection.raw.subscribe(inbox, {
      callback: (_, msg) => {
        // Where nobody is there the server says so, without data.
        if (msg.data.length > 0) found.push(msg.json<NatsInstance>());
      },
    });
    connection.raw.publish(pingSubject, "", { reply: inbox });
    await new Promise<void>((resolve) => systemClock.setTimer(resolve, ms, "instances()"));
  } finally {
    await connection.close();
  }
  if (failure !== undefined) throw failure;
  return found.sort((a, b) => a.name.localeCompare(b.name) || a.host.localeCompare(b.host) || a.pid - b.pid);
}
