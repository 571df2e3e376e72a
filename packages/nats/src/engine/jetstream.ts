import {
  AckPolicy,
  type ConsumerInfo,
  DeliverPolicy,
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamManager,
  jetstreamManager,
  type MsgRequest,
  RetentionPolicy,
  StorageType,
  type StoredMsg,
} from "@nats-io/jetstream";
import { type Connection, nanos } from "../connection/connection.ts";
import { NatsConnectionError, NatsNoJetStreamError, NatsRefusedError } from "../errors/nats-errors.ts";
import type { EngineOptions } from "./engine-options.ts";

export type { ConsumerInfo, StoredMsg };

/** How long an id is known, in milliseconds. */
const duplicateWindow = 120_000;
const day = 86_400_000;
/** How many messages of one line a group may have taken that are not settled. */
const mostTaken = 10_000;

/** What a consumer is for. */
export interface ConsumerSpec {
  readonly name: string;
  readonly subject: string;
  readonly leaseMs: number;
  /** Whether its messages come one at a time, in order. */
  readonly inOrder: boolean;
  /** For people, and for {@link JetStream.consumers}. */
  readonly description: string;
}

/** The streams of one name on one server, and their consumers. */
export class JetStream {
  readonly stream: string;
  readonly deadStream: string;
  readonly #connection: Connection;
  readonly #options: EngineOptions;
  readonly #manager: JetStreamManager;

  private constructor(connection: Connection, options: EngineOptions, manager: JetStreamManager) {
    this.#connection = connection;
    this.#options = options;
    this.#manager = manager;
    this.stream = options.stream;
    this.deadStream = `${options.stream}-dead`;
  }

  /** @throws NatsNoJetStreamError, NatsConnectionError, NatsRefusedError, as rejections */
  static async open(connection: Connection, options: EngineOptions): Promise<JetStream> {
    let manager: JetStreamManager;
    try {
      manager = await jetstreamManager(connection.raw, { timeout: 5_000 });
    } catch (error) {
      if ((error as Error).name === "TimeoutError") throw new NatsConnectionError(connection.url, "no answer", error);
      throw new NatsNoJetStreamError(connection.url, error);
    }
    const jetStream = new JetStream(connection, options, manager);
    await jetStream.ensure();
    return jetStream;
  }

  /** Makes the streams where they are not there, and gives them what the URL says. */
  async ensure(): Promise<void> {
    const { replicas, maxAge } = this.#options;
    await this.#stream(this.stream, [`${this.stream}.event.>`], { replicas, maxAge }, 7 * day, -1);
    const dead = [`${this.stream}.dead.>`, `${this.stream}.try.>`];
    await this.#stream(this.deadStream, dead, { replicas, maxAge: undefined }, 30 * day, 1);
  }

  async #stream(
    name: string,
    subjects: string[],
    { replicas, maxAge }: { readonly replicas: number | undefined; readonly maxAge: number | undefined },
    defaultAge: number,
    perSubject: number,
  ): Promise<void> {
    const { streams } = this.#manager;
    await this.#asked(`the stream "${name}"`, async () => {
      const there = await found(streams.info(name));
      if (!there) {
        await streams.add({
          name,
          subjects,
          storage: StorageType.File,
          retention: RetentionPolicy.Limits,
          discard: DiscardPolicy.Old,
          max_age: nanos(maxAge ?? defaultAge),
          max_msgs_per_subject: perSubject,
          duplicate_window: nanos(Math.min(duplicateWindow, maxAge ?? defaultAge)),
          num_replicas: replicas ?? 1,
          description: "Messages of Pawl apps",
        });
        return;
      }
      const { config } = there;
      const wanted = {
        ...(replicas !== undefined && config.num_replicas !== replicas ? { num_replicas: replicas } : {}),
        ...(maxAge !== undefined && config.max_age !== nanos(maxAge) ? { max_age: nanos(maxAge) } : {}),
      };
      if (Object.keys(wanted).length > 0) await streams.update(name, wanted);
    });
  }

  /** Makes a consumer where it is not there; one that is keeps its place, and gets the lease. */
  async join({ name, subject, leaseMs, inOrder, description }: ConsumerSpec): Promise<void> {
    const { consumers } = this.#manager;
    const config = {
      durable_name: name,
      description,
      filter_subject: subject,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.New,
      ack_wait: nanos(leaseMs),
      max_deliver: -1,
      max_ack_pending: inOrder ? 1 : mostTaken,
    };
    await this.#asked(`the consumer "${name}"`, async () => {
      try {
        await consumers.add(this.stream, config);
      } catch (error) {
        // Newer servers make nothing anew that is there with another lease.
        if (!(error instanceof JetStreamApiError) || !(await found(consumers.info(this.stream, name)))) throw error;
        await consumers.update(this.stream, name, { ack_wait: config.ack_wait });
      }
    });
  }

  /** Every consumer that there is. */
  consumers(): Promise<readonly ConsumerInfo[]> {
    return this.#asked("its consumers", async () => {
      const all: ConsumerInfo[] = [];
      for await (const info of this.#manager.consumers.list(this.stream)) all.push(info);
      return all;
    });
  }

  /** How many messages of dead letters there are under each subject that `filter` takes. */
  deadSubjects(filter: string): Promise<Readonly<Record<string, number>>> {
    return this.#asked("its dead letters", async () => {
      const info = await this.#manager.streams.info(this.deadStream, { subjects_filter: filter });
      return info.state.subjects ?? {};
    });
  }

  /** The last message of dead letters under a subject; undefined where there is none. */
  lastDead(subject: string): Promise<StoredMsg | undefined> {
    return this.#asked("a message", async () => {
      const message = await found(this.#manager.streams.getMessage(this.deadStream, { last_by_subj: subject }));
      return message ?? undefined;
    });
  }

  /** Every message of dead letters under a subject, oldest first, as they are when it begins. */
  async *eachDead(filter: string): AsyncGenerator<StoredMsg> {
    let { first_seq: seq, last_seq: last } = await this.#asked("its dead letters", async () => {
      const { state } = await this.#manager.streams.info(this.deadStream);
      return state;
    });
    while (seq <= last) {
      const message = await this.#asked("a dead letter", () =>
        found(this.#manager.streams.getMessage(this.deadStream, { seq, next_by_subj: filter } as MsgRequest)),
      );
      if (!message || message.seq > last) return;
      yield message;
      seq = message.seq + 1;
    }
  }

  async deleteDead(seq: number): Promise<void> {
    await this.#asked("the end of a dead letter", () =>
      found(this.#manager.streams.deleteMessage(this.deadStream, seq)),
    );
  }

  /** Says of whom an error comes. */
  async #asked<T>(what: string, ask: () => Promise<T>): Promise<T> {
    this.#connection.requireUp();
    try {
      return await ask();
    } catch (error) {
      const { url } = this.#connection;
      if (error instanceof JetStreamApiError) throw new NatsRefusedError(url, what, error);
      throw new NatsConnectionError(url, `no answer about ${what}`, error);
    }
  }
}

/** What is asked for; undefined where there is no such thing. */
async function found<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof JetStreamApiError && error.status === 404) return undefined;
    // Not of that class, in every version.
    if (error instanceof JetStreamApiError && /not found/.test(error.message)) return undefined;
    throw error;
  }
}
