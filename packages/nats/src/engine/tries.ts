import type { Delivery } from "./delivery.ts";
import type { JetStream } from "./jetstream.ts";
import type { Publisher } from "./publisher.ts";

const none = new Uint8Array();
const header = "Pawl-Tries";

/**
 * How often a group has tried each of its messages. The server counts deliveries, which are more than that: messages are
 * given back that were taken ahead or stopped. The first try is not written down, so that what goes well costs nothing:
 * one that comes again without a record counts as tried once.
 */
export class Tries {
  readonly #jetStream: JetStream;
  readonly #publisher: Publisher;
  readonly #subject: string;

  constructor(jetStream: JetStream, publisher: Publisher, group: string) {
    this.#jetStream = jetStream;
    this.#publisher = publisher;
    this.#subject = `${jetStream.stream}.try.${group}`;
  }

  /** Which try this is. @throws NatsConnectionError, as a rejection */
  async begin({ count, place }: Delivery): Promise<number> {
    if (count === 1) return 1;
    const record = await this.#jetStream.lastDead(`${this.#subject}.${place}`);
    const before = Number(record?.header.get(header) ?? 1);
    const attempt = (Number.isSafeInteger(before) ? before : 1) + 1;
    await this.#write(place, attempt);
    return attempt;
  }

  /** Takes a try back. @throws NatsConnectionError, as a rejection */
  undo(place: string, attempt: number): Promise<void> {
    return this.#write(place, attempt - 1);
  }

  #write(place: string, tries: number): Promise<void> {
    return this.#publisher.publish(`${this.#subject}.${place}`, none, { [header]: String(tries) });
  }
}
