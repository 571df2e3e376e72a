import {
  connect,
  createInbox,
  Match,
  type Msg,
  type MsgHdrs,
  MsgHdrsImpl,
  type NatsConnection,
  nanos,
  type Subscription,
} from "@nats-io/transport-node";
import type { Clock } from "@pawl/kernel";
import { NatsConnectionError } from "../errors/nats-errors.ts";
import type { NatsAddress } from "./nats-address.ts";

export type { Msg, MsgHdrs, NatsConnection, Subscription };
export { createInbox, nanos };

/** How long a server is waited for that does not answer, in milliseconds. */
const connectTimeout = 5_000;
const closeTimeout = 2_000;

interface ConnectionParts {
  readonly clock: Clock;
  /** What the server calls it. */
  readonly name: string;
  /** Tells an error that has no caller. */
  report(error: unknown): void;
}

/** A connection to a NATS server, or to one of a cluster: made again for as long as it takes whenever it is lost. */
export class Connection {
  /** Of the server, without what is secret. */
  readonly url: string;
  readonly raw: NatsConnection;
  readonly #parts: ConnectionParts;
  readonly #onUp = new Set<() => void>();
  readonly #onDown = new Set<(error: NatsConnectionError) => void>();
  #isUp = true;
  #isClosed = false;

  private constructor(address: NatsAddress, raw: NatsConnection, parts: ConnectionParts) {
    this.url = address.shown;
    this.raw = raw;
    this.#parts = parts;
    void this.#follow();
  }

  /** @throws NatsConnectionError, as a rejection */
  static async open(address: NatsAddress, parts: ConnectionParts): Promise<Connection> {
    const { servers, user, password, token, tls, shown } = address;
    try {
      const raw = await connect({
        servers: [...servers],
        name: parts.name,
        ...(user === undefined ? {} : { user, pass: password ?? "" }),
        ...(token === undefined ? {} : { token }),
        ...(tls ? { tls: {} } : {}),
        timeout: connectTimeout,
        maxReconnectAttempts: -1,
        reconnectTimeWait: 250,
        // A server that comes up again may know its users a moment later.
        ignoreAuthErrorAbort: true,
        pingInterval: 10_000,
        noAsyncTraces: true,
      });
      return new Connection(address, raw, parts);
    } catch (error) {
      throw new NatsConnectionError(shown, "there is no connection to it", error);
    }
  }

  get isUp(): boolean {
    return this.#isUp && !this.raw.isClosed();
  }

  /** @throws NatsConnectionError while it is lost */
  requireUp(): void {
    if (!this.isUp) throw this.#lost();
  }

  /** Resolves when it is there. @throws the reason of `signal`, as a rejection */
  async untilUp(signal: AbortSignal): Promise<void> {
    while (!this.#isUp) {
      signal.throwIfAborted();
      const { promise, resolve } = Promise.withResolvers<void>();
      const again = () => resolve();
      this.#onUp.add(again);
      signal.addEventListener("abort", again, { once: true });
      await promise;
      this.#onUp.delete(again);
      signal.removeEventListener("abort", again);
    }
  }

  /** Calls `fn` whenever it is lost; gives back its undo. */
  whenDown(fn: (error: NatsConnectionError) => void): () => void {
    this.#onDown.add(fn);
    return () => this.#onDown.delete(fn);
  }

  /** Sends what is not sent yet, and ends. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#isUp) await this.#within(this.raw.flush(), closeTimeout);
    await this.raw.close();
    this.#wentDown();
  }

  /** Ends the subscription, with what is on its way to it. Never rejects. */
  async drain(subscription: Subscription): Promise<void> {
    if (!this.isUp) {
      subscription.unsubscribe();
      return;
    }
    await this.#within(subscription.drain(), closeTimeout);
    if (!subscription.isClosed()) subscription.unsubscribe();
  }

  async #follow(): Promise<void> {
    for await (const status of this.raw.status()) {
      if (status.type === "disconnect") this.#wentDown();
      else if (status.type === "reconnect") this.#cameUp();
      else if (status.type === "error" && !this.#isClosed) {
        this.#parts.report(new NatsConnectionError(this.url, "the server says", status.error));
      }
    }
    this.#wentDown();
  }

  #wentDown(): void {
    this.#isUp = false;
    const error = this.#lost();
    for (const fn of [...this.#onDown]) fn(error);
  }

  #cameUp(): void {
    this.#isUp = true;
    for (const fn of [...this.#onUp]) fn();
  }

  #lost(): NatsConnectionError {
    return new NatsConnectionError(this.url, this.#isClosed ? "the connection is closed" : "the connection is lost");
  }

  async #within(work: Promise<unknown>, ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#parts.clock.setTimer(resolve, ms, `${this.url}: close`);
    const stop = this.whenDown(() => resolve());
    // What the server did not get comes again, to whoever is there then.
    await Promise.race([work.catch(() => {}), promise]);
    cancel();
    stop();
  }
}

/** Headers of a message, of values that are fit to be sent. */
export function headersOf(values: Readonly<Record<string, string>>): MsgHdrs {
  const record: Record<string, string[]> = {};
  for (const name in values) record[name] = [values[name] as string];
  return MsgHdrsImpl.fromRecord(record);
}

/** The value of a header, however its name is written; undefined where there is none. */
export function headerOf({ headers }: Pick<Msg, "headers">, name: string): string | undefined {
  return headers?.get(name, Match.IgnoreCase) || undefined;
}
