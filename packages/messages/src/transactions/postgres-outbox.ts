import { connectPostgres, type PostgresConnection } from "../postgres/postgres-connection.ts";
import { messageOfRow } from "../sqlite/message-row.ts";
import type { LeftOut, OutboxContext, OutboxRow, OutboxStore } from "./outbox-store.ts";
import { outboxTable } from "./outbox-table.ts";
import { lockSpace, makeTable } from "./sql-table.ts";

/** How often it is looked without having been notified, in milliseconds. */
const lookEvery = 2_000;

// Of each table one at a time: apps that have their tables in different schemas do not wait for each other.
const claim = `SELECT pg_try_advisory_lock(${lockSpace}, 'pawl_outbox'::regclass::oid::int) AS is_mine`;

/**
 * What waits to be published in a Postgres database. Of several on one table one publishes: it holds an advisory lock for
 * as long as its connection lasts.
 */
export class PostgresOutbox implements OutboxStore {
  readonly #url: string;
  readonly #context: OutboxContext;
  #connection: PostgresConnection | undefined;
  #isMine = false;
  /** What the connection was lost by, until somebody is told. */
  #lost: Error | undefined;
  #closing: Promise<unknown> = Promise.resolve();
  #cancelLook: (() => void) | undefined;
  #isClosed = false;

  private constructor(url: string, context: OutboxContext) {
    this.#url = url;
    this.#context = context;
  }

  /** @throws OutboxUrlError, PostgresUnavailableError, as a rejection */
  static async open(url: string, context: OutboxContext): Promise<PostgresOutbox> {
    const outbox = new PostgresOutbox(url, context);
    await outbox.#connected();
    outbox.#lookLater();
    return outbox;
  }

  async claim(): Promise<boolean> {
    const lost = this.#lost;
    this.#lost = undefined;
    if (lost) throw lost;
    if (!this.#isMine) {
      const [row] = await this.#query(claim);
      this.#isMine = row?.is_mine === true;
    }
    return this.#isMine;
  }

  release(): void {
    this.#drop();
  }

  async rows(most: number, { seqs, keys }: LeftOut = { seqs: [], keys: [] }): Promise<readonly OutboxRow[]> {
    const rows = await this.#query(
      `SELECT * FROM pawl_outbox WHERE seq <> ALL($1::bigint[]) AND (key IS NULL OR key <> ALL($2::text[]))
       ORDER BY seq LIMIT $3`,
      [seqs, keys, most],
    );
    return rows.map((row) => {
      const message = messageOfRow(row);
      // pg gives a Buffer, whose memory others may share.
      return { seq: String(row.seq), message: { ...message, data: new Uint8Array(message.data) } };
    });
  }

  async remove(rows: readonly OutboxRow[]): Promise<void> {
    // One by one, not up to the last: a transaction with a lower number may commit later.
    await this.#query("DELETE FROM pawl_outbox WHERE seq = ANY($1::bigint[])", [rows.map(({ seq }) => seq)]);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelLook?.();
    this.#drop();
    await this.#closing;
  }

  async #query(sql: string, values?: readonly unknown[]): ReturnType<PostgresConnection["query"]> {
    const connection = await this.#connected();
    try {
      return await connection.query(sql, values);
    } catch (error) {
      // Whatever it was: a new one makes the table too, where that is gone.
      if (connection === this.#connection) this.#drop();
      this.#lost = undefined;
      throw error;
    }
  }

  async #connected(): Promise<PostgresConnection> {
    if (this.#connection) return this.#connection;
    if (this.#isClosed) throw new Error("the outbox is closed");
    const { app, wake } = this.#context;
    let connection: PostgresConnection | undefined;
    const onEnd = (error: Error) => {
      // Of one that is not in use yet, or no more, somebody else is told.
      if (!connection || connection !== this.#connection) return;
      this.#drop();
      this.#lost = error;
      wake();
    };
    connection = await connectPostgres({ url: this.#url, app, onNotify: wake, onEnd });
    try {
      const { query } = connection;
      await query("BEGIN");
      await makeTable({ dialect: "postgres", execute: query }, outboxTable);
      await query("COMMIT");
      // A table that fills and empties has no statistics that are true: each batch would read all of it.
      await query("SET enable_seqscan = off");
      await query("LISTEN pawl_outbox");
      if (this.#isClosed) throw new Error("the outbox is closed");
    } catch (error) {
      await connection.close();
      throw error;
    }
    this.#connection = connection;
    return connection;
  }

  #drop(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    this.#isMine = false;
    if (connection) this.#closing = Promise.all([this.#closing, connection.close()]);
  }

  #lookLater(): void {
    const { clock, wake, app } = this.#context;
    const look = () => {
      this.#lookLater();
      wake();
    };
    this.#cancelLook = clock.setTimer(look, lookEvery, `${app}: outbox`);
  }
}
