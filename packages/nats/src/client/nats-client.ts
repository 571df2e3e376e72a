import type { CallOptions, Client } from "@pawl/http/client";
import { clientOver } from "@pawl/http/extend";
import { PawlTypeError, type ServiceMap, systemClock } from "@pawl/kernel";
import { Connection } from "../connection/connection.ts";
import { natsAddress } from "../connection/nats-address.ts";
import { Requests } from "../connection/requests.ts";
import { engineOptions } from "../engine/engine-options.ts";
import { natsTransport } from "./nats-transport.ts";

/** How calls over NATS are made. */
export interface NatsClientOptions extends Omit<CallOptions, "fetch" | "token"> {
  /** The name of the app that is called. */
  readonly app: string;
}

/** The actions of an app; it holds a connection from its first call on, until it is disposed of. */
export type NatsClient<S> = Client<S> & AsyncDisposable;

/**
 * The actions of an app elsewhere, by service and name, over NATS: any of its processes answers. As `client` over HTTP,
 * every call ends within its `timeout`; where nobody serves the action it ends at once, with a `NatsNobodyError`. One that
 * is aborted or times out aborts the signal of its handler.
 *
 * @throws NatsUrlError; TypeError `PAWL_BAD_OPTION`
 * @example
 * await using shop = natsClient<Services>("nats://127.0.0.1:4222", { app: "shop" });
 * const { orders } = await shop.metrics.stats({ since: "1h" }, { timeout: "5s" });
 */
export function natsClient<S extends object = ServiceMap>(
  url: string,
  { app, ...options }: NatsClientOptions,
): NatsClient<S> {
  const address = natsAddress(url);
  // The same URL may say how messages are kept, which is nothing to calls.
  engineOptions(address);
  if (typeof app !== "string" || app === "") {
    throw new PawlTypeError("PAWL_BAD_OPTION", "natsClient(…, { app }): it must be the name of the app that is called");
  }
  let opening: Promise<Opened> | undefined;
  const open = () => {
    opening ??= openRequests(address, app).catch((error: unknown) => {
      // The next call tries again.
      opening = undefined;
      throw error;
    });
    return opening;
  };
  const dispose = async () => {
    const opened = await opening?.catch(() => undefined);
    opening = undefined;
    opened?.requests.close();
    await opened?.connection.close();
  };
  const transport = natsTransport(open, app, address.shown);
  const actions = clientOver<S>(() => transport, options);
  return new Proxy(actions, {
    get: (services, name) => (name === Symbol.asyncDispose ? dispose : Reflect.get(services, name)),
  }) as NatsClient<S>;
}

/** What calls are made with. */
export interface Opened {
  readonly connection: Connection;
  readonly requests: Requests;
}

async function openRequests(address: ReturnType<typeof natsAddress>, app: string): Promise<Opened> {
  let requests: Requests | undefined;
  const connection = await Connection.open(address, {
    clock: systemClock,
    name: `client of ${app}`,
    // Whoever waits for an answer is who has caused it.
    report: (error) => requests?.fail(error),
  });
  requests = new Requests(connection);
  return { connection, requests };
}
