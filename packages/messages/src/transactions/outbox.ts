import { Service, warn } from "@pawl/kernel";
import { addFigures, type Backoff, backoffOf, kernelScope, messageOf, scopeOf } from "@pawl/kernel/extend";
import { exchangeOf } from "../exchange/exchange.ts";
import { sqlitePath } from "../sqlite/sqlite-connection.ts";
import { SqliteFile } from "../sqlite/sqlite-file.ts";
import { type OutboxRow, outboxRows, outboxSchema, removeFromOutbox } from "./outbox-table.ts";

export interface OutboxOptions {
  /** The database whose transactions `publish(…, { transaction })` was given: `sqlite:./data/shop.db`. */
  readonly url: string;
}

/** How many are published at once. */
const batch = 100;
/** How long a stop waits for what is not published yet, in milliseconds. */
const stopPatience = 2_000;

/**
 * Publishes what `publish(…, { transaction })` has put into a database, as soon as the transaction has committed: those of
 * one key in order, each at least once, with its own id, so that the engine drops a second one within its window. One in
 * one process is enough; several do no harm. Where the engine cannot be reached it tries again; a stop waits 2 s for what
 * is left.
 *
 * @example
 * const providers = { messages, outbox: new Outbox({ url: "sqlite:./data/shop.db" }), orders: new Orders() };
 */
export class Outbox extends Service {
  readonly #path: string;
  readonly #backoff: Backoff = backoffOf({ initial: "100ms", max: "5s" }, "");
  #file: SqliteFile | undefined;
  #isStale = true;
  #wake: (() => void) | undefined;
  #failures = 0;
  #published = 0;
  #clearWarning: (() => void) | undefined;

  /** @throws TypeError `PAWL_SQLITE_BAD_URL` */
  constructor({ url }: OutboxOptions) {
    super();
    this.#path = sqlitePath(url);
    addFigures(this, "published", () => this.#published);
  }

  override async onStart(): Promise<void> {
    const { clock } = kernelScope(this.app);
    const { signal } = this;
    const file = await SqliteFile.open({ path: this.#path, clock, schema: outboxSchema });
    if (signal.aborted) {
      await file.close();
      throw signal.reason;
    }
    this.own(file, () => file.close());
    this.#file = file;
    this.#isStale = true;
    const unwatch = file.watch(() => {
      this.#isStale = true;
      this.#wake?.();
    });
    this.addCleanup(unwatch);
  }

  override async loop({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    const file = this.#file;
    if (!file) return;
    try {
      if (!this.#isStale) await this.#untilWritten(signal);
      this.#isStale = false;
      await this.#publishAll(file, signal);
    } catch (error) {
      if (signal.aborted) return;
      this.#failed(error);
      await this.sleep(this.#backoff.delay(++this.#failures) / 1_000);
    }
  }

  /** What was committed before the stop is published before it ends, where the engine is there; else by the next one. */
  override async onStop(): Promise<void> {
    const file = this.#file;
    if (!file) return;
    const late = new AbortController();
    const { clock } = kernelScope(this.app);
    const cancelTimer = clock.setTimer(() => late.abort(), stopPatience, `${this.path}: what is left`);
    try {
      await this.#publishAll(file, late.signal);
    } catch (error) {
      if (!late.signal.aborted) this.#failed(error);
    } finally {
      cancelTimer();
    }
  }

  async #publishAll(file: SqliteFile, signal: AbortSignal): Promise<void> {
    for (let rows = outboxRows(file, batch); rows.length > 0 && !signal.aborted; rows = outboxRows(file, batch)) {
      await this.#publish(file, rows, signal);
    }
  }

  /** Publishes rows, and removes those that the engine has taken. @throws what the first that it has not taken failed with */
  async #publish(file: SqliteFile, rows: readonly OutboxRow[], signal: AbortSignal): Promise<void> {
    const exchange = exchangeOf(this.app);
    const taken: OutboxRow[] = [];
    const publishAll = async (line: readonly OutboxRow[]) => {
      for (const row of line) {
        await exchange.publish(row.message, signal);
        taken.push(row);
      }
    };
    const results = await Promise.allSettled(linesOf(rows).map(publishAll));
    if (taken.length > 0) await removeFromOutbox(file, taken);
    this.#published += taken.length;
    for (const result of results) if (result.status === "rejected") throw result.reason;
    this.#failures = 0;
    this.#clearWarning?.();
    this.#clearWarning = undefined;
  }

  /** Tells the first failure of a row of them. */
  #failed(error: unknown): void {
    this.#isStale = true;
    if (this.#clearWarning) return;
    scopeOf(this, "loop").report(error, { path: this.path, label: "outbox" });
    const warning = warn(this, `what is in the outbox is not published: ${messageOf(error)}`);
    this.#clearWarning = () => warning.cancel();
  }

  #untilWritten(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = () => resolve();
    this.#wake = wake;
    signal.addEventListener("abort", wake, { once: true });
    return promise.finally(() => signal.removeEventListener("abort", wake));
  }
}

/** What may be published at the same time: those of one key are one after another. */
function linesOf(rows: readonly OutboxRow[]): readonly (readonly OutboxRow[])[] {
  const lines = new Map<unknown, OutboxRow[]>();
  for (const row of rows) {
    const { key } = row.message;
    const line = lines.get(key ?? row);
    if (line) line.push(row);
    else lines.set(key ?? row, [row]);
  }
  return [...lines.values()];
}
