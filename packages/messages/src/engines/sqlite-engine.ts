import type {
  DeadLetterQuery,
  EngineContext,
  EngineDeadLetter,
  EngineMessage,
  GroupFigures,
  GroupSpec,
  LeasedMessage,
  MessageEngine,
} from "../engine.ts";
import type { LeaseSource } from "../lease/leased.ts";
import { DeliveryLeases } from "../sqlite/delivery-leases.ts";
import { MessageTables, messageSchema } from "../sqlite/message-tables.ts";
import { SqliteFile } from "../sqlite/sqlite-file.ts";
import { SqliteSource } from "./sqlite-source.ts";

/** Keeps messages in a SQLite database, which the processes of one machine share. */
export class SqliteEngine implements MessageEngine {
  readonly name = "sqlite";
  readonly #path: string;
  #context!: EngineContext;
  #file!: SqliteFile;
  #tables!: MessageTables;

  /** @param path as `sqlitePath` gives it */
  constructor(path: string) {
    this.#path = path;
  }

  async open(context: EngineContext): Promise<void> {
    this.#context = context;
    this.#file = await SqliteFile.open({ path: this.#path, clock: context.clock, schema: messageSchema });
    this.#tables = new MessageTables(this.#file);
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  async publish(message: EngineMessage, signal: AbortSignal): Promise<void> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const giveUp = () => reject(signal.reason);
    signal.addEventListener("abort", giveUp, { once: true });
    const written = this.#file.write(() => {
      signal.throwIfAborted();
      this.#tables.publish(message, this.#now);
    });
    try {
      await Promise.race([written, late]);
    } finally {
      signal.removeEventListener("abort", giveUp);
    }
  }

  async source({ group, event, leaseMs }: GroupSpec): Promise<LeaseSource<LeasedMessage>> {
    const no = await this.#file.write(() => this.#tables.join(group, event));
    const leases = new DeliveryLeases(this.#file, this.#tables, no);
    return new SqliteSource(this.#file, this.#context.clock, leases, leaseMs, `${group}: ${event}`);
  }

  async groups(): Promise<readonly GroupFigures[]> {
    return this.#tables.figures(this.#now);
  }

  async deadLetters(query: DeadLetterQuery): Promise<readonly EngineDeadLetter[]> {
    return this.#tables.deadLetters({ ...query, limit: query.limit ?? 100 });
  }

  redrive(query: DeadLetterQuery): Promise<number> {
    return this.#file.write(() => this.#tables.redrive(query));
  }

  discard(query: DeadLetterQuery): Promise<number> {
    return this.#file.write(() => this.#tables.discard(query));
  }

  get #now(): number {
    return Math.round(this.#context.clock.wallTime());
  }
}
