import { compilePattern } from "@pawl/kernel/extend";
import {
  type DeadLetterQuery,
  type EngineDeadLetter,
  type EngineMessage,
  type GroupFigures,
  idWindow,
} from "../engine.ts";
import { messageOfRow, rowOfMessage } from "./message-row.ts";
import type { SqliteFile } from "./sqlite-file.ts";
import type { SqliteSchema } from "./sqlite-schema.ts";

// A delivery is a message as one group has it. `due` says from when on it may be taken, in milliseconds since 1970: 0 for
// one that was not tried yet, NULL for one that waits behind another one of its key. Under a lease that is its end, and
// `holder` who has it. `refs` counts the deliveries and dead letters of a message.
export const messageSchema: SqliteSchema = {
  name: "messages",
  versions: [
    `CREATE TABLE pawl_message (
       seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, event TEXT NOT NULL, time INTEGER NOT NULL,
       source TEXT NOT NULL, key TEXT, content_type TEXT NOT NULL, headers TEXT NOT NULL, refs INTEGER NOT NULL,
       data BLOB NOT NULL) STRICT;
     CREATE TABLE pawl_message_id (id TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
     CREATE INDEX pawl_message_id_at ON pawl_message_id (at);
     CREATE TABLE pawl_message_group (
       no INTEGER PRIMARY KEY, name TEXT NOT NULL, event TEXT NOT NULL, UNIQUE (name, event)) STRICT;
     CREATE TABLE pawl_delivery (
       group_no INTEGER NOT NULL, seq INTEGER NOT NULL, key TEXT, due INTEGER, attempt INTEGER NOT NULL DEFAULT 0,
       holder TEXT, PRIMARY KEY (group_no, seq)) STRICT, WITHOUT ROWID;
     CREATE INDEX pawl_delivery_due ON pawl_delivery (group_no, due, seq) WHERE due IS NOT NULL;
     CREATE INDEX pawl_delivery_key ON pawl_delivery (group_no, key, seq) WHERE key IS NOT NULL;
     CREATE TABLE pawl_dead_letter (
       group_no INTEGER NOT NULL, seq INTEGER NOT NULL, attempts INTEGER NOT NULL, dead_at INTEGER NOT NULL,
       error TEXT NOT NULL, PRIMARY KEY (group_no, seq)) STRICT, WITHOUT ROWID;`,
  ],
};

/** How often old ids are dropped, in milliseconds. */
const sweepEvery = 1_000;

interface DeadRow {
  readonly group: number;
  readonly seq: number;
}

/** The tables of messages. What writes is called inside of `file.write`; times are milliseconds since 1970. */
export class MessageTables {
  readonly #file: SqliteFile;
  /** Whether a group that has joined for an event or pattern wants a message, by what it has joined for. */
  readonly #wants = new Map<string, (event: string) => boolean>();
  #sweptAt = 0;

  constructor(file: SqliteFile) {
    this.#file = file;
  }

  publish(message: EngineMessage, now: number): void {
    const { id, event, key = null } = message;
    this.#sweep(now);
    const isNew = this.#sql("INSERT INTO pawl_message_id VALUES (?, ?) ON CONFLICT DO NOTHING").run(id, now).changes;
    if (Number(isNew) === 0) return;
    const groups = this.#groupsFor(event);
    if (groups.length === 0) return;
    const added = this.#sql(
      `INSERT INTO pawl_message (id, event, time, source, key, content_type, headers, data, refs)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(...rowOfMessage(message), groups.length);
    for (const no of groups) this.#deliver(no, Number(added.lastInsertRowid), key);
  }

  join(name: string, event: string): number {
    this.#sql("INSERT INTO pawl_message_group (name, event) VALUES (?, ?) ON CONFLICT DO NOTHING").run(name, event);
    const row = this.#sql("SELECT no FROM pawl_message_group WHERE name = ? AND event = ?").get(name, event);
    return Number(row?.no);
  }

  figures(now: number): readonly GroupFigures[] {
    return this.#sql(
      `SELECT g.name, g.event,
         (SELECT count(*) FROM pawl_delivery d WHERE d.group_no = g.no) AS live,
         (SELECT count(*) FROM pawl_delivery d WHERE d.group_no = g.no AND d.holder IS NOT NULL AND d.due > ?) AS running,
         (SELECT count(*) FROM pawl_dead_letter l WHERE l.group_no = g.no) AS dead
       FROM pawl_message_group g ORDER BY g.no`,
    )
      .all(now)
      .map(({ name, event, live, running, dead }) => ({
        group: String(name),
        event: String(event),
        waiting: Number(live) - Number(running),
        running: Number(running),
        dead: Number(dead),
      }));
  }

  bury(group: number, seq: number, key: string | null, attempts: number, error: string, now: number): void {
    this.#sql("INSERT INTO pawl_dead_letter VALUES (?, ?, ?, ?, ?)").run(group, seq, attempts, now, error);
    this.next(group, key);
  }

  /** Lets the next one of a key be taken, after the one before it is gone. */
  next(group: number, key: string | null): void {
    if (key === null) return;
    this.#sql(
      `UPDATE pawl_delivery SET due = 0 WHERE group_no = ? AND due IS NULL
       AND seq = (SELECT min(seq) FROM pawl_delivery WHERE group_no = ? AND key = ?)`,
    ).run(group, group, key);
  }

  /** One delivery or dead letter of a message is gone; with the last one it goes itself. */
  drop(seq: number): void {
    const isLast = this.#sql("DELETE FROM pawl_message WHERE seq = ? AND refs = 1").run(seq).changes;
    if (Number(isLast) === 0) this.#sql("UPDATE pawl_message SET refs = refs - 1 WHERE seq = ?").run(seq);
  }

  deadLetters(query: DeadLetterQuery): readonly EngineDeadLetter[] {
    const letter = this.#sql(
      `SELECT m.*, g.name AS group_name, l.attempts, l.dead_at, l.error FROM pawl_dead_letter l
       JOIN pawl_message m USING (seq) JOIN pawl_message_group g ON g.no = l.group_no
       WHERE l.group_no = ? AND l.seq = ?`,
    );
    return this.#dead(query).flatMap(({ group, seq }) => {
      const row = letter.get(group, seq);
      if (!row) return [];
      return {
        message: messageOfRow(row),
        group: String(row.group_name),
        attempts: Number(row.attempts),
        deadAt: Number(row.dead_at),
        error: String(row.error),
      };
    });
  }

  redrive(query: DeadLetterQuery): number {
    const found = this.#dead(query);
    for (const { group, seq } of found) {
      this.#exhume(group, seq);
      const row = this.#sql("SELECT key FROM pawl_message WHERE seq = ?").get(seq);
      this.#deliver(group, seq, (row?.key ?? null) as string | null);
    }
    return found.length;
  }

  discard(query: DeadLetterQuery): number {
    const found = this.#dead(query);
    for (const { group, seq } of found) {
      this.#exhume(group, seq);
      this.drop(seq);
    }
    return found.length;
  }

  #sql(text: string) {
    return this.#file.sql(text);
  }

  #deliver(group: number, seq: number, key: string | null): void {
    if (key === null) {
      this.#sql("INSERT INTO pawl_delivery (group_no, seq, due) VALUES (?, ?, 0)").run(group, seq);
      return;
    }
    this.#sql(
      `INSERT INTO pawl_delivery (group_no, seq, key, due) VALUES (?, ?, ?,
         CASE WHEN EXISTS (SELECT 1 FROM pawl_delivery WHERE group_no = ? AND key = ?) THEN NULL ELSE 0 END)`,
    ).run(group, seq, key, group, key);
  }

  #exhume(group: number, seq: number): void {
    this.#sql("DELETE FROM pawl_dead_letter WHERE group_no = ? AND seq = ?").run(group, seq);
  }

  /** Oldest first. */
  #dead({ group, event, ids, limit = Number.POSITIVE_INFINITY }: DeadLetterQuery): readonly DeadRow[] {
    const wanted = event === undefined ? () => true : compilePattern(event);
    return this.#sql(
      `SELECT l.group_no, l.seq, g.name, m.event, m.id FROM pawl_dead_letter l
       JOIN pawl_message m USING (seq) JOIN pawl_message_group g ON g.no = l.group_no ORDER BY l.dead_at, l.seq`,
    )
      .all()
      .filter((row) => group === undefined || row.name === group)
      .filter((row) => wanted(String(row.event)) && (!ids || ids.includes(String(row.id))))
      .slice(0, limit)
      .map((row) => ({ group: Number(row.group_no), seq: Number(row.seq) }));
  }

  /** Read each time: others may have joined, and a join may have been undone. */
  #groupsFor(event: string): readonly number[] {
    return this.#sql("SELECT no, event FROM pawl_message_group")
      .all()
      .filter((row) => this.#compiled(String(row.event))(event))
      .map(({ no }) => Number(no));
  }

  #compiled(pattern: string): (event: string) => boolean {
    const known = this.#wants.get(pattern) ?? compilePattern(pattern);
    this.#wants.set(pattern, known);
    return known;
  }

  #sweep(now: number): void {
    if (Math.abs(now - this.#sweptAt) < sweepEvery) return;
    this.#sweptAt = now;
    this.#sql("DELETE FROM pawl_message_id WHERE at < ?").run(now - idWindow);
  }
}
