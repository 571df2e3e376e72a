import { type Connection, createInbox, headersOf, type Msg, type Subscription } from "./connection.ts";

interface Waiting {
  resolve(answer: Msg): void;
  reject(error: unknown): void;
}

/** Requests, each with one answer. */
export class Requests {
  readonly #connection: Connection;
  readonly #inbox = createInbox();
  readonly #waiting = new Map<string, Waiting>();
  readonly #subscription: Subscription;
  #next = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
    const from = this.#inbox.length + 1;
    this.#subscription = connection.raw.subscribe(`${this.#inbox}.*`, {
      callback: (_, message) => {
        const id = message.subject.slice(from);
        this.#waiting.get(id)?.resolve(message);
        this.#waiting.delete(id);
      },
    });
    connection.whenDown((error) => this.fail(error));
  }

  /**
   * The answer; where nobody listens it is one with the status 503.
   *
   * @param onAbort called with the subject of the answer where `signal` is aborted before it is there
   * @throws NatsConnectionError where the connection is lost; the reason of `signal`. All as rejections
   */
  async send(
    subject: string,
    data: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
    onAbort: (reply: string) => void,
  ): Promise<Msg> {
    signal.throwIfAborted();
    this.#connection.requireUp();
    const id = (this.#next++).toString(36);
    const reply = `${this.#inbox}.${id}`;
    const { promise, resolve, reject } = Promise.withResolvers<Msg>();
    const abort = () => {
      reject(signal.reason);
      if (this.#connection.isUp) onAbort(reply);
    };
    this.#waiting.set(id, { resolve, reject });
    signal.addEventListener("abort", abort, { once: true });
    try {
      this.#connection.raw.publish(subject, data, { headers: headersOf(headers), reply });
      return await promise;
    } finally {
      this.#waiting.delete(id);
      signal.removeEventListener("abort", abort);
    }
  }

  /** Ends all that are under way. */
  fail(error: unknown): void {
    for (const { reject } of [...this.#waiting.values()]) reject(error);
  }

  close(): void {
    this.#subscription.unsubscribe();
  }
}
