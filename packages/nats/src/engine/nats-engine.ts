import { isAbortError } from "@pawl/kernel";
import type {
  DeadLetterQuery,
  EngineContext,
  EngineDeadLetter,
  EngineMessage,
  GroupFigures,
  GroupSpec,
  LeasedMessage,
  LeaseSource,
  MessageEngine,
} from "@pawl/messages/extend";
import { Connection } from "../connection/connection.ts";
import { type NatsAddress, natsAddress } from "../connection/nats-address.ts";
import { NatsConnectionError } from "../errors/nats-errors.ts";
import { cloudEventHeaders } from "./cloud-event.ts";
import { DeadLetters } from "./dead-letters.ts";
import { type EngineOptions, engineOptions } from "./engine-options.ts";
import { GroupSource } from "./group-source.ts";
import { JetStream } from "./jetstream.ts";
import { Publisher } from "./publisher.ts";
import { eventSubject, everyGroup, lineOf } from "./subjects.ts";

/** How long after a failure a message is sent again, in milliseconds. */
const pause = 200;

/** What there is between `open` and `close`. */
interface Opened {
  readonly context: EngineContext;
  readonly connection: Connection;
  readonly jetStream: JetStream;
  readonly publisher: Publisher;
  readonly deadLetters: DeadLetters;
}

/**
 * Keeps messages in a stream of JetStream, for all processes that name the same server and stream.
 *
 * @param url `nats://user:password@127.0.0.1:4222?stream=SHOP&replicas=3&maxAge=7d`
 * @throws NatsUrlError
 */
export function natsEngine(url: string): MessageEngine {
  const address = natsAddress(url);
  return new NatsEngine(address, engineOptions(address));
}

class NatsEngine implements MessageEngine {
  readonly name = "nats";
  readonly #address: NatsAddress;
  readonly #options: EngineOptions;
  #opened: Opened | undefined;

  constructor(address: NatsAddress, options: EngineOptions) {
    this.#address = address;
    this.#options = options;
  }

  async open(context: EngineContext): Promise<void> {
    const { clock, app, report } = context;
    const connection = await Connection.open(this.#address, { clock, name: app, report });
    try {
      const jetStream = await JetStream.open(connection, this.#options);
      const publisher = new Publisher(connection, clock);
      const deadLetters = new DeadLetters(jetStream, publisher, clock);
      this.#opened = { context, connection, jetStream, publisher, deadLetters };
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    if (!opened) return;
    opened.publisher.close();
    await opened.connection.close();
  }

  async publish(message: EngineMessage, signal: AbortSignal): Promise<void> {
    const { jetStream, publisher } = this.#open;
    const { event, key, data } = message;
    const subject = `${jetStream.stream}.event.${lineOf(key)}.${everyGroup}.${eventSubject(event)}`;
    const headers = cloudEventHeaders(message);
    let last: unknown;
    while (!signal.aborted) {
      try {
        return await this.#inTime(publisher.publish(subject, data, headers), signal);
      } catch (error) {
        if (!(error instanceof NatsConnectionError)) {
          if (signal.aborted && isAbortError(error)) break;
          throw error;
        }
        last = error;
        await this.#ready(signal);
      }
    }
    throw last ?? signal.reason;
  }

  async source(group: GroupSpec, signal: AbortSignal): Promise<LeaseSource<LeasedMessage>> {
    const { context, ...opened } = this.#open;
    await opened.connection.untilUp(signal);
    const source = new GroupSource(group, { ...opened, clock: context.clock });
    try {
      await this.#inTime(source.join(), signal);
      return source;
    } catch (error) {
      await source.close();
      throw error;
    }
  }

  async groups(): Promise<readonly GroupFigures[]> {
    const { jetStream, deadLetters } = this.#open;
    const [consumers, dead] = await Promise.all([jetStream.consumers(), deadLetters.counts()]);
    const groups = new Map<string, GroupFigures>();
    for (const { name, config, num_pending, num_ack_pending } of consumers) {
      const named = groupOf(config.description);
      // Somebody else's, who looks on.
      if (!named) continue;
      const token = name.slice(0, name.lastIndexOf("-"));
      const { waiting = 0, running = 0 } = groups.get(token) ?? {};
      groups.set(token, {
        ...named,
        waiting: waiting + num_pending,
        running: running + num_ack_pending,
        dead: dead.get(token) ?? 0,
      });
    }
    return [...groups.values()];
  }

  deadLetters(query: DeadLetterQuery): Promise<readonly EngineDeadLetter[]> {
    return this.#open.deadLetters.list(query);
  }

  redrive(query: DeadLetterQuery): Promise<number> {
    return this.#open.deadLetters.redrive(query);
  }

  discard(query: DeadLetterQuery): Promise<number> {
    return this.#open.deadLetters.discard(query);
  }

  get #open(): Opened {
    if (this.#opened) return this.#opened;
    throw new NatsConnectionError(this.#address.shown, "the engine is closed");
  }

  /** Waits before the next try, and sees to it that there is a stream; what is wrong with that the next try tells. */
  async #ready(signal: AbortSignal): Promise<void> {
    const { connection, jetStream, context } = this.#open;
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = context.clock.setTimer(resolve, pause, "publish: next try");
    signal.addEventListener("abort", () => resolve(), { once: true });
    await promise;
    cancel();
    try {
      await connection.untilUp(signal);
      await jetStream.ensure();
    } catch {
      // Told by the next try.
    }
  }

  #inTime(work: Promise<void>, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const late = () => reject(signal.reason);
    signal.addEventListener("abort", late, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", late));
    return promise;
  }
}

function groupOf(description: string | undefined): { readonly group: string; readonly event: string } | undefined {
  try {
    const { group, event } = JSON.parse(description ?? "") as { readonly group: unknown; readonly event: unknown };
    if (typeof group === "string" && typeof event === "string") return { group, event };
  } catch {
    // Made by other hands.
  }
  return undefined;
}
