import type { Clock } from "@pawl/kernel";
import type { GroupSpec, LeasedMessage, LeaseSource } from "@pawl/messages/extend";
import type { Connection } from "../connection/connection.ts";
import { NatsConnectionError } from "../errors/nats-errors.ts";
import { Acknowledgements } from "./acknowledgements.ts";
import { cloudEvent } from "./cloud-event.ts";
import type { DeadLetters } from "./dead-letters.ts";
import type { Delivery } from "./delivery.ts";
import type { JetStream } from "./jetstream.ts";
import { NatsLease, notAcknowledged } from "./nats-lease.ts";
import type { Publisher } from "./publisher.ts";
import { Pulls } from "./pulls.ts";
import { allLines, canonicalEvent, everyGroup, filterSubject, groupToken } from "./subjects.ts";
import { Tries } from "./tries.ts";

/** How long the server may take to confirm that a lease begins anew, in milliseconds. */
const confirmTimeout = 5_000;

interface SourceParts {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly jetStream: JetStream;
  readonly publisher: Publisher;
  readonly deadLetters: DeadLetters;
}

/** The messages of one group: a consumer for each line of the stream. */
export class GroupSource implements LeaseSource<LeasedMessage> {
  readonly leaseMs: number;
  readonly clock: Clock;
  readonly tries: Tries;
  readonly #spec: GroupSpec;
  readonly #token: string;
  readonly #parts: SourceParts;
  readonly #pulls: Pulls;
  readonly #acknowledgements: Acknowledgements;
  #isJoined = false;

  constructor(spec: GroupSpec, parts: SourceParts) {
    const { connection, clock, jetStream, publisher } = parts;
    this.leaseMs = spec.leaseMs;
    this.clock = clock;
    this.#spec = spec;
    this.#parts = parts;
    this.#token = groupToken(spec.group, spec.event);
    this.#acknowledgements = new Acknowledgements(connection, clock);
    this.tries = new Tries(jetStream, publisher, this.#token);
    const consumers = allLines.map((line) => ({
      stream: jetStream.stream,
      name: this.#consumer(line),
      inOrder: line !== "free",
    }));
    this.#pulls = new Pulls(connection, clock, consumers, {
      unwanted: (deliveries) => this.#giveBack(deliveries),
      failed: () => {
        this.#isJoined = false;
      },
    });
  }

  get isDown(): boolean {
    return !this.#parts.connection.isUp;
  }

  /** Makes the consumers where they are not there. @throws NatsConnectionError, NatsRefusedError, as rejections */
  async join(): Promise<void> {
    const { jetStream } = this.#parts;
    const { group, leaseMs } = this.#spec;
    const event = canonicalEvent(this.#spec.event);
    const description = JSON.stringify({ group, event });
    const join = (line: string) =>
      jetStream.join({
        name: this.#consumer(line),
        // Also what goes to other groups alone, which is passed over: only so a message that is delivered again keeps
        // its place behind those of its key.
        subject: `${jetStream.stream}.event.${line}.*.${filterSubject(event)}`,
        leaseMs,
        inOrder: line !== "free",
        description,
      });
    // What fails here may be that there is no stream any more.
    await join("free").catch(async () => {
      await jetStream.ensure();
      await join("free");
    });
    await Promise.all(allLines.slice(1).map(join));
    this.#isJoined = true;
  }

  async take(max: number, signal: AbortSignal): Promise<readonly LeasedMessage[]> {
    while (!signal.aborted) {
      if (!this.#isJoined) {
        await this.#parts.connection.untilUp(signal).catch(() => {});
        if (signal.aborted) break;
        await this.join();
      }
      const deliveries = await this.#pulls.take(max, signal);
      const taken = deliveries.every(({ count }) => count === 1)
        ? deliveries.map((delivery) => this.#leased(delivery, 1))
        : await this.#begin(deliveries);
      const wanted = taken.filter((lease) => lease !== undefined);
      if (wanted.length > 0) return wanted;
    }
    return [];
  }

  close(): Promise<void> {
    this.#acknowledgements.flush();
    return this.#pulls.close();
  }

  /** @throws NatsConnectionError where the server is not there */
  acknowledge({ reply }: Delivery): void {
    this.#acknowledgements.add(reply);
  }

  /** Takes back what the server was asked for. Never rejects. */
  retract(): Promise<void> {
    return this.#pulls.retract();
  }

  /** Resolves when messages may be given back. */
  get quiet(): Promise<void> {
    return this.#pulls.quiet;
  }

  /** Tells the server what becomes of a message. @throws NatsConnectionError where it is not there */
  say({ reply }: Delivery, what: string): void {
    const { connection } = this.#parts;
    connection.requireUp();
    connection.raw.publish(reply, what);
  }

  /** As {@link say}, and waits until it has heard it. */
  async ask({ reply }: Delivery, what: string): Promise<void> {
    const { connection } = this.#parts;
    connection.requireUp();
    try {
      await connection.raw.request(reply, what, { timeout: confirmTimeout });
    } catch (error) {
      throw new NatsConnectionError(connection.url, "a lease could not be extended", error);
    }
  }

  bury({ message, attempt }: NatsLease, { place }: Delivery, error: unknown): Promise<void> {
    return this.#parts.deadLetters.bury(this.#token, this.#spec, { message, attempt, place, error });
  }

  /** Those that come again are tries that have to be counted first. */
  async #begin(deliveries: readonly Delivery[]): Promise<readonly (LeasedMessage | undefined)[]> {
    try {
      return await Promise.all(
        deliveries.map(async (delivery) => this.#leased(delivery, await this.tries.begin(delivery))),
      );
    } catch (error) {
      // Nobody works on them: others may have them.
      await this.#giveBack(deliveries);
      throw error;
    }
  }

  #leased(delivery: Delivery, attempt: number): LeasedMessage | undefined {
    const { msg, place, time, at } = delivery;
    // It has waited for a connection for so long that it comes again.
    if (this.clock.now() - at >= this.leaseMs) return undefined;
    const { stream } = this.#parts.jetStream;
    const [, , target, ...event] = msg.subject.slice(stream.length + 1).split(".");
    if (target !== everyGroup && target !== this.#token) {
      this.acknowledge(delivery);
      return undefined;
    }
    const message = cloudEvent(msg, { id: `${stream}/${place}`, event: event.join(":"), time });
    return new NatsLease(this, delivery, message, attempt);
  }

  /** Never rejects: what the server does not hear of comes again when its lease has run out. */
  async #giveBack(deliveries: readonly Delivery[]): Promise<void> {
    await Promise.all(
      deliveries.map(async (delivery) => {
        try {
          if (delivery.count === 1) await this.tries.undo(delivery.place, 1);
          this.say(delivery, notAcknowledged(0));
        } catch {
          // The connection is lost, which everybody is told who uses it.
        }
      }),
    );
  }

  #consumer(line: string): string {
    return `${this.#token}-${line}`;
  }
}
