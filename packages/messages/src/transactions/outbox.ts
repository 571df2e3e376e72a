import { Service, warn } from "@pawl/kernel";
import { addFigures, type Backoff, backoffOf, kernelScope, messageOf, scopeOf } from "@pawl/kernel/extend";
import { exchangeOf } from "../exchange/exchange.ts";
import type { OutboxRow, OutboxStore } from "./outbox-store.ts";
import { type OpenOutboxStore, outboxStoreOf } from "./outbox-store-of.ts";

export interface OutboxOptions {
  /** The database whose transactions `publish(…, { transaction })` was given: `sqlite:./data/shop.db`, `postgres://127.0.0.1/shop`. */
  readonly url: string;
}

/** How many are published at once. */
const batch = 100;
/** How many that the engine has not taken are passed over, until it is begun with the first one again. */
const mostPassed = 10_000;
/** How long a stop waits for what is not published yet, in milliseconds. */
const stopPatience = 2_000;
/** How often a stop looks whether another outbox is done, in seconds. */
const lookAgain = 0.05;

/**
 * Publishes what `publish(…, { transaction })` has put into a database, as soon as the transaction has committed: those of
 * one key in order, each at least once, with its own id, so that the engine drops a second one within its window. One in
 * one process is enough; several do no harm: on Postgres one of them publishes, and another one when that is gone. Where
 * the engine or the database cannot be reached it tries again; a stop waits 2 s for what is left.
 *
 * @example
 * const providers = { messages, outbox: new Outbox({ url: "sqlite:./data/shop.db" }), orders: new Orders() };
 */
export class Outbox extends Service {
  readonly #open: OpenOutboxStore;
  readonly #backoff: Backoff = backoffOf({ initial: "100ms", max: "5s" }, "");
  #store: OutboxStore | undefined;
  #isStale = true;
  #wake: (() => void) | undefined;
  /** Aborted when a stop has waited long enough. */
  #late = new AbortController();
  /** The end of what is being published. */
  #turn: Promise<unknown> = Promise.resolve();
  /** What the engine has not taken, since it was begun with the first one. */
  #passed: Passed[] = [];
  #failures = 0;
  #published = 0;
  #clearWarning: (() => void) | undefined;

  /** @throws TypeError `PAWL_OUTBOX_BAD_URL`, `PAWL_SQLITE_BAD_URL` */
  constructor({ url }: OutboxOptions) {
    super();
    this.#open = outboxStoreOf(url);
    addFigures(this, "published", () => this.#published);
  }

  override async onStart(): Promise<void> {
    const { clock, name } = kernelScope(this.app);
    const { signal } = this;
    const wake = () => {
      this.#isStale = true;
      this.#wake?.();
    };
    const store = await this.#open({ clock, app: name, wake });
    if (signal.aborted) {
      await store.close();
      throw signal.reason;
    }
    this.own(store, () => store.close());
    this.#store = store;
    this.#isStale = true;
    this.#passed = [];
    this.#late = new AbortController();
  }

  override async loop({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    const store = this.#store;
    if (!store) return;
    const until = AbortSignal.any([signal, this.#late.signal]);
    try {
      if (!this.#isStale) await this.#untilWoken(signal);
      this.#isStale = false;
      await this.#inTurn(() => this.#publishAll(store, until));
    } catch (error) {
      if (until.aborted) return;
      this.#failed(error);
      store.release();
      await this.sleep(this.#backoff.delay(++this.#failures) / 1_000);
    }
  }

  /** What was committed before the stop is published before it ends, where the engine is there; else by the next one. */
  override async onStop(): Promise<void> {
    const store = this.#store;
    if (!store) return;
    const late = this.#late;
    const { clock } = kernelScope(this.app);
    const cancelTimer = clock.setTimer(() => late.abort(), stopPatience, `${this.path}: what is left`);
    try {
      await this.#inTurn(() => this.#publishRest(store, late.signal));
    } catch (error) {
      if (!late.signal.aborted) this.#failed(error);
    } finally {
      cancelTimer();
    }
  }

  /** Calls `fn` when what was begun before is over: nothing is published twice by the loop and a stop. */
  #inTurn(fn: () => Promise<void>): Promise<void> {
    const result = this.#turn.then(fn);
    // Whoever has begun it is told how it ended; the next one only waits for it.
    this.#turn = result.catch(() => {});
    return result;
  }

  /**
   * Publishes all that there is; nothing where another outbox does. What the engine refuses holds up only what has the same
   * key: the rest goes on. Where it takes none of a batch, it cannot be reached, or refuses all of them: the next call goes
   * on with those behind them.
   *
   * @throws what the first one that was not taken failed with, as a rejection
   */
  async #publishAll(store: OutboxStore, signal: AbortSignal): Promise<void> {
    let goesOn = this.#passed.length > 0;
    while (!signal.aborted) {
      if (!(await store.claim())) {
        // Whoever publishes them tells of them too.
        this.#passed = [];
        break;
      }
      // From the first one on each time: one that was added earlier may have been committed meanwhile.
      const rows = await store.rows(batch, {
        seqs: this.#passed.map(({ seq }) => seq),
        keys: this.#passed.flatMap(({ key }) => key ?? []),
      });
      if (rows.length === 0) {
        if (!goesOn) break;
        // Those that were passed over before may be taken by now.
        goesOn = false;
        this.#passed = [];
        continue;
      }
      const { taken, failed } = await this.#publish(store, rows, signal);
      for (const { row, error } of failed) this.#passed.push({ seq: row.seq, key: row.message.key, error });
      const [first] = failed;
      if (first && taken === 0) {
        if (this.#passed.length > mostPassed) this.#passed = [];
        throw first.error;
      }
    }
    const [first] = this.#passed;
    this.#passed = [];
    if (first) throw first.error;
    if (!signal.aborted) this.#recovered();
  }

  /** Publishes what is left, or waits until another outbox has: that may stop before it is done. */
  async #publishRest(store: OutboxStore, signal: AbortSignal): Promise<void> {
    for (;;) {
      await this.#publishAll(store, signal);
      if (signal.aborted || (await store.rows(1)).length === 0) return;
      await this.sleep(lookAgain);
    }
  }

  /** Publishes rows, and removes those that the engine has taken. */
  async #publish(store: OutboxStore, rows: readonly OutboxRow[], signal: AbortSignal): Promise<Published> {
    const exchange = exchangeOf(this.app);
    const taken: OutboxRow[] = [];
    const failed: Failure[] = [];
    const publishLine = async (line: readonly OutboxRow[]) => {
      for (const row of line) {
        try {
          await exchange.publish(row.message, signal);
        } catch (error) {
          failed.push({ row, error });
          return;
        }
        taken.push(row);
      }
    };
    await Promise.all(linesOf(rows).map(publishLine));
    if (taken.length > 0) await store.remove(taken);
    this.#published += taken.length;
    return { taken: taken.length, failed };
  }

  #recovered(): void {
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

  #untilWoken(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = () => resolve();
    this.#wake = wake;
    signal.addEventListener("abort", wake, { once: true });
    return promise.finally(() => signal.removeEventListener("abort", wake));
  }
}

interface Failure {
  readonly row: OutboxRow;
  readonly error: unknown;
}

/** What was left for later, without what it says: there may be many. */
interface Passed {
  readonly seq: OutboxRow["seq"];
  readonly key: string | undefined;
  readonly error: unknown;
}

interface Published {
  readonly taken: number;
  readonly failed: readonly Failure[];
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
