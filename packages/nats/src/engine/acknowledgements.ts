import type { Clock } from "@pawl/kernel";
import type { Connection } from "../connection/connection.ts";

const acknowledged = new TextEncoder().encode("+ACK");

/** Acknowledges messages, all of one turn of the event loop at once: the client writes to its socket for each otherwise. */
export class Acknowledgements {
  readonly #connection: Connection;
  readonly #clock: Clock;
  #replies: string[] = [];
  #cancel: (() => void) | undefined;

  constructor(connection: Connection, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
  }

  /** @throws NatsConnectionError while the server is not there */
  add(reply: string): void {
    this.#connection.requireUp();
    this.#replies.push(reply);
    this.#cancel ??= this.#clock.defer(() => this.flush());
  }

  /** Says what is still to be said. What the server does not hear of comes again. */
  flush(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const replies = this.#replies;
    this.#replies = [];
    if (!this.#connection.isUp) return;
    for (const reply of replies) this.#connection.raw.publish(reply, acknowledged);
  }
}
