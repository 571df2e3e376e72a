import type { Clock } from "@pawl/kernel";
import { type Connection, createInbox, headersOf, type Msg, type Subscription } from "../connection/connection.ts";
import { NatsConnectionError, NatsRefusedError } from "../errors/nats-errors.ts";

/** How long one try is waited for, in milliseconds. */
const tryTimeout = 5_000;

/** A message that the server has not acknowledged yet. */
interface Pending {
  readonly at: number;
  resolve(): void;
  reject(error: unknown): void;
}

interface PublishAck {
  readonly error?: { readonly code: number; readonly description: string };
}

/** Sends messages to streams, and waits until they are in the store. */
export class Publisher {
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #inbox = createInbox();
  readonly #pending = new Map<string, Pending>();
  readonly #subscription: Subscription;
  #next = 0;
  #cancelSweep: (() => void) | undefined;

  constructor(connection: Connection, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
    const from = this.#inbox.length + 1;
    this.#subscription = connection.raw.subscribe(`${this.#inbox}.*`, {
      callback: (_, message) => this.#answered(message.subject.slice(from), message),
    });
    // What was under way may have come through or not.
    connection.whenDown((error) => this.#fail(() => true, error));
  }

  /**
   * Resolves when the message is in its stream.
   *
   * @throws NatsConnectionError where that is not known, or is not there now; NatsRefusedError where it would be refused again;
   * what the client says of a message that is too large. All as rejections
   */
  publish(subject: string, data: Uint8Array, headers: Readonly<Record<string, string>>): Promise<void> {
    const connection = this.#connection;
    const id = (this.#next++).toString(36);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    try {
      connection.requireUp();
      connection.raw.publish(subject, data, { headers: headersOf(headers), reply: `${this.#inbox}.${id}` });
    } catch (error) {
      reject(error);
      return promise;
    }
    this.#pending.set(id, { at: this.#clock.now(), resolve, reject });
    this.#cancelSweep ??= this.#clock.setTimer(() => this.#sweep(), tryTimeout, `${connection.url}: publish`);
    return promise;
  }

  close(): void {
    this.#cancelSweep?.();
    this.#subscription.unsubscribe();
    this.#fail(() => true, new NatsConnectionError(this.#connection.url, "the connection is closed"));
  }

  #answered(id: string, message: Msg): void {
    const pending = this.#pending.get(id);
    if (!pending) return;
    this.#pending.delete(id);
    const { url } = this.#connection;
    if (message.headers?.code === 503) {
      pending.reject(new NatsConnectionError(url, "no stream takes the message"));
      return;
    }
    const { error } = message.json<PublishAck>();
    if (!error) pending.resolve();
    // Without a leader, or out of resources, it passes.
    else if (error.code >= 500) pending.reject(new NatsConnectionError(url, error.description));
    else pending.reject(new NatsRefusedError(url, "the message was not taken", error));
  }

  #sweep(): void {
    const now = this.#clock.now();
    this.#fail(
      ({ at }) => now - at >= tryTimeout,
      new NatsConnectionError(this.#connection.url, "no acknowledgement of the message"),
    );
    const [oldest] = this.#pending.values();
    this.#cancelSweep = oldest && this.#clock.setTimer(() => this.#sweep(), tryTimeout - (now - oldest.at), "publish");
  }

  #fail(which: (pending: Pending) => boolean, error: NatsConnectionError): void {
    for (const [id, pending] of [...this.#pending]) {
      if (!which(pending)) continue;
      this.#pending.delete(id);
      pending.reject(error);
    }
  }
}
