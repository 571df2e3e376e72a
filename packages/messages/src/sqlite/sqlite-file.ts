import { type Clock, PawlError } from "@pawl/kernel";
import { SqliteBusyError, SqliteUnusableError } from "../errors/sqlite-errors.ts";
import { isBusy, openSqlite, type SqliteConnection, type SqliteStatement, unusable } from "./sqlite-connection.ts";
import { migrate, type SqliteSchema } from "./sqlite-schema.ts";

export interface SqliteFileOptions {
  /** As `sqlitePath` gives it. */
  readonly path: string;
  readonly clock: Clock;
  /** The tables that are needed of it. */
  readonly schema: SqliteSchema;
}

interface Write {
  readonly fn: () => unknown;
  readonly ok: (value: unknown) => void;
  readonly fail: (error: unknown) => void;
}

type Outcome = { readonly value: unknown } | { readonly error: unknown };

/** How often it is looked whether another connection has written, in milliseconds. */
const pollEvery = 50;
/** How long a lock of somebody else is waited for, in milliseconds, and how long at most until it is tried again. */
const patience = 10_000;
const longestPause = 200;
/** How many writes share a transaction at most, and how long they may take in milliseconds: the event loop waits for them. */
const batchSize = 500;
const batchTime = 25;

/**
 * A SQLite database that several processes work on, as `@pawl/messages` and `@pawl/jobs` do. The writes of one turn of the
 * event loop share a transaction, and so one wait for the disk.
 *
 * @example
 * const file = await SqliteFile.open({ path: sqlitePath("sqlite:./data/app.db"), clock, schema });
 * const id = await file.write(() => file.sql("INSERT INTO pawl_job (name) VALUES (?)").run("mail").lastInsertRowid);
 */
export class SqliteFile {
  readonly path: string;
  readonly #connection: SqliteConnection;
  readonly #clock: Clock;
  readonly #statements = new Map<string, SqliteStatement>();
  readonly #watchers = new Set<() => void>();
  #queued: Write[] = [];
  /** Cancels what will write what is queued. */
  #cancelFlush: (() => void) | undefined;
  #cancelPoll: (() => void) | undefined;
  #version: unknown;
  /** Since when it is locked by somebody else. */
  #lockedSince: number | undefined;
  #drained: PromiseWithResolvers<void> | undefined;
  #isClosed = false;

  private constructor(connection: SqliteConnection, { path, clock }: SqliteFileOptions) {
    this.path = path;
    this.#connection = connection;
    this.#clock = clock;
  }

  /** @throws SqliteUnusableError, SqliteBusyError, as a rejection */
  static async open(options: SqliteFileOptions): Promise<SqliteFile> {
    const { path, clock, schema } = options;
    const began = clock.now();
    for (;;) {
      let connection: SqliteConnection | undefined;
      try {
        connection = await openSqlite(path);
        migrate(connection, path, schema);
        return new SqliteFile(connection, options);
      } catch (error) {
        connection?.close();
        // Another process makes the same tables just now.
        if (!isBusy(error)) throw PawlError.is(error) ? error : unusable(path, error);
        if (clock.now() - began >= patience) throw new SqliteBusyError(path, clock.now() - began, error);
        await new Promise<void>((again) => clock.setTimer(again, pauseAfter(clock.now() - began), `${path}: open`));
      }
    }
  }

  /** A statement, prepared once. It may be used at any time for reading, and inside of `write` for writing. */
  sql(text: string): SqliteStatement {
    let statement = this.#statements.get(text);
    if (!statement) {
      statement = this.#connection.prepare(text);
      this.#statements.set(text, statement);
    }
    return statement;
  }

  /**
   * Calls `fn` in a transaction at the end of this turn of the event loop, after those that were given before; resolves
   * with what it gives when that is on the disk. What one throws is undone alone, and rejects its own promise.
   *
   * @throws SqliteBusyError, SqliteUnusableError, as a rejection
   */
  write<T>(fn: () => T): Promise<T> {
    return new Promise<T>((ok, fail) => {
      if (this.#isClosed) throw new SqliteUnusableError(this.path, "is closed already");
      this.#queued.push({ fn, ok: ok as (value: unknown) => void, fail });
      this.#cancelFlush ??= this.#clock.defer(() => this.#flush());
    });
  }

  /** Calls `fn` whenever something was written, by whichever connection, at most 50 ms late; gives its undo. */
  watch(fn: () => void): () => void {
    this.#watchers.add(fn);
    if (!this.#cancelPoll) {
      this.#version = this.#dataVersion();
      this.#pollLater();
    }
    return () => {
      this.#watchers.delete(fn);
      if (this.#watchers.size > 0) return;
      this.#cancelPoll?.();
      this.#cancelPoll = undefined;
    };
  }

  /** Writes what is queued, then closes. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancelPoll?.();
    this.#watchers.clear();
    if (this.#queued.length > 0) {
      this.#drained = Promise.withResolvers();
      await this.#drained.promise;
    }
    this.#statements.clear();
    this.#connection.close();
  }

  #flush(): void {
    this.#cancelFlush = undefined;
    const before = this.#changes;
    const taken = this.#writeBatch();
    if (taken) this.#lockedSince = undefined;
    if (this.#queued.length === 0) this.#drained?.resolve();
    else {
      this.#cancelFlush = taken
        ? this.#clock.defer(() => this.#flush())
        : this.#clock.setTimer(() => this.#flush(), pauseAfter(this.#lockedFor), `${this.path}: locked`);
    }
    if (this.#changes !== before) this.#tell();
  }

  /** Writes what is queued, as much as goes into one transaction; false where somebody else holds the lock. */
  #writeBatch(): boolean {
    try {
      this.sql("BEGIN IMMEDIATE").run();
    } catch (error) {
      return this.#notBegun(error);
    }
    const began = this.#clock.now();
    const outcomes: Outcome[] = [];
    let undone: { readonly error: unknown } | undefined;
    for (const { fn } of this.#queued) {
      const outcome = this.#attempt(fn);
      outcomes.push(outcome);
      // A disk that is full ends the transaction for all who share it.
      if ("error" in outcome && !this.#connection.isTransaction) undone = outcome;
      if (undone || outcomes.length === batchSize || this.#clock.now() - began > batchTime) break;
    }
    const batch = this.#queued.slice(0, outcomes.length);
    this.#queued = this.#queued.slice(outcomes.length);
    undone ??= this.#commit();
    if (undone) {
      for (const { fail } of batch) fail(undone.error);
      return true;
    }
    for (const [index, { ok, fail }] of batch.entries()) {
      const outcome = outcomes[index] as Outcome;
      if ("error" in outcome) fail(outcome.error);
      else ok(outcome.value);
    }
    return true;
  }

  /** Gives what it failed with. */
  #commit(): { readonly error: unknown } | undefined {
    try {
      this.sql("COMMIT").run();
      return undefined;
    } catch (error) {
      if (this.#connection.isTransaction) this.sql("ROLLBACK").run();
      return { error };
    }
  }

  #attempt(fn: () => unknown): Outcome {
    try {
      this.sql("SAVEPOINT one").run();
      const value = fn();
      this.sql("RELEASE one").run();
      return { value };
    } catch (error) {
      this.#undoOne();
      return { error };
    }
  }

  /** Undoes one write; all of its transaction where that cannot be. */
  #undoOne(): void {
    if (!this.#connection.isTransaction) return;
    try {
      this.sql("ROLLBACK TO one").run();
      this.sql("RELEASE one").run();
    } catch {
      // All who share it are told what the write has thrown.
      this.sql("ROLLBACK").run();
    }
  }

  #notBegun(error: unknown): boolean {
    this.#lockedSince ??= this.#clock.now();
    const waited = this.#lockedFor;
    if (isBusy(error) && waited < patience) return false;
    const failed = this.#queued;
    this.#queued = [];
    const told = isBusy(error) ? new SqliteBusyError(this.path, waited, error) : unusable(this.path, error);
    for (const { fail } of failed) fail(told);
    return true;
  }

  get #lockedFor(): number {
    const now = this.#clock.now();
    return now - (this.#lockedSince ?? now);
  }

  #pollLater(): void {
    this.#cancelPoll = this.#clock.setTimer(() => this.#poll(), pollEvery, `${this.path}: changes`);
  }

  #poll(): void {
    this.#pollLater();
    let version: unknown;
    try {
      version = this.#dataVersion();
    } catch (error) {
      // Whoever is told reads, and fails with the same.
      version = error;
    }
    if (version === this.#version) return;
    this.#version = version;
    this.#tell();
  }

  /** How many rows this connection has changed so far. */
  get #changes(): unknown {
    return this.sql("SELECT total_changes() AS n").get()?.n;
  }

  #tell(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }

  /** Another number after another connection has committed. */
  #dataVersion(): unknown {
    return this.sql("PRAGMA data_version").get()?.data_version;
  }
}

/** In milliseconds, and longer the longer it is locked: each try holds up the event loop. */
function pauseAfter(lockedForMs: number): number {
  return Math.min(longestPause, 10 + lockedForMs / 4);
}
