import type { Clock } from "@pawl/kernel";
import { messageOf } from "@pawl/kernel/extend";
import type { LeaseSource, SqliteFile } from "@pawl/messages/extend";
import type { LeasedJob, WorkerSpec } from "../store.ts";
import { endJob } from "./sqlite-end.ts";
import { newJobOf, type Row } from "./sqlite-rows.ts";

/** Where the jobs of one name come from, for one worker. */
export class SqliteSource implements LeaseSource<LeasedJob> {
  readonly leaseMs: number;
  readonly #file: SqliteFile;
  readonly #clock: Clock;
  readonly #name: string;
  readonly #unwatch: () => void;
  #wake: (() => void) | undefined;

  constructor(file: SqliteFile, clock: Clock, { name, leaseMs }: WorkerSpec) {
    this.leaseMs = leaseMs;
    this.#file = file;
    this.#clock = clock;
    this.#name = name;
    this.#unwatch = file.watch(() => this.#wake?.());
  }

  async take(max: number, signal: AbortSignal): Promise<readonly LeasedJob[]> {
    while (!signal.aborted) {
      // Only a look, which writes nothing, so that those who wait do not wake each other.
      const nextAt = this.#nextAt();
      if (nextAt <= this.#clock.wallTime()) {
        const rows = await this.#file.write(() => this.#lease(max));
        if (rows.length > 0) return rows.map((row) => this.#leased(row));
      } else await this.#untilWritten(nextAt, signal);
    }
    return [];
  }

  async close(): Promise<void> {
    this.#unwatch();
  }

  /** When there will be something, as far as is known. */
  #nextAt(): number {
    const file = this.#file;
    if (file.sql("SELECT 1 FROM pawl_job WHERE name = ? AND turn = 1 LIMIT 1").get(this.#name)) return 0;
    const timed = file.sql("SELECT min(until) AS at FROM pawl_job WHERE name = ? AND turn = 2").get(this.#name);
    return typeof timed?.at === "number" ? timed.at : Number.POSITIVE_INFINITY;
  }

  #lease(max: number): readonly Row[] {
    const file = this.#file;
    const now = Math.floor(this.#clock.wallTime());
    this.#comeDue(now);
    const rows = file
      .sql("SELECT * FROM pawl_job WHERE name = ? AND turn = 1 ORDER BY priority DESC, seq LIMIT ?")
      .all(this.#name, max);
    const until = Math.ceil(now + this.leaseMs);
    const lease = file.sql(
      "UPDATE pawl_job SET state = 'running', turn = 2, until = ?, lease = lease + 1, attempts = attempts + 1 WHERE seq = ?",
    );
    for (const { seq = null } of rows) lease.run(until, seq);
    return rows;
  }

  /** Delayed ones, further tries, and those whose lease has run out. */
  #comeDue(now: number): void {
    const file = this.#file;
    const due = "name = ? AND turn = 2 AND until <= ?";
    const unwanted = file.sql(`SELECT seq, lease FROM pawl_job WHERE ${due} AND unwanted = 1`).all(this.#name, now);
    for (const { seq, lease } of unwanted) endJob(file, Number(seq), Number(lease), "cancelled", now);
    file.sql(`UPDATE pawl_job SET state = 'waiting', turn = 1 WHERE ${due}`).run(this.#name, now);
  }

  #leased(row: Row): LeasedJob {
    const file = this.#file;
    const clock = this.#clock;
    const job = newJobOf(row);
    const seq = Number(row.seq);
    const lease = Number(row.lease) + 1;
    const held = "WHERE seq = ? AND lease = ? AND state = 'running'";
    let isCancelled = false;
    const end = (state: "done" | "dead" | "cancelled", error?: string) =>
      file.write(() => endJob(file, seq, lease, state, Math.floor(clock.wallTime()), error));
    const again = (ms: number, attempts: number, error?: string) =>
      file.write(() => {
        const at = Math.floor(clock.wallTime());
        if (file.sql(`SELECT 1 FROM pawl_job ${held} AND unwanted = 1`).get(seq, lease)) {
          endJob(file, seq, lease, "cancelled", at, error);
          return;
        }
        const dueAt = ms > 0 ? Math.ceil(at + ms) : job.dueAt;
        const set =
          "state = 'waiting', turn = ?, until = ?, due_at = ?, attempts = attempts - ?, error = coalesce(?, error)";
        file
          .sql(`UPDATE pawl_job SET ${set} ${held}`)
          .run(ms > 0 ? 2 : 1, dueAt, dueAt, attempts, error ?? null, seq, lease);
      });
    return {
      id: job.id,
      job,
      attempt: Number(row.attempts) + 1,
      get isCancelled() {
        return isCancelled;
      },
      done: () => end("done"),
      dead: (error) => end("dead", messageOf(error)),
      cancelled: () => end("cancelled"),
      retry: (ms, error) => again(ms, 0, messageOf(error)),
      release: () => again(0, 1),
      extend: () =>
        file.write(() => {
          const until = Math.ceil(clock.wallTime() + this.leaseMs);
          const kept = file.sql(`UPDATE pawl_job SET until = ? ${held} AND unwanted = 0`).run(until, seq, lease);
          if (Number(kept.changes) > 0) return true;
          isCancelled = file.sql(`SELECT 1 FROM pawl_job ${held}`).get(seq, lease) !== undefined;
          return false;
        }),
      progress: (text) =>
        file.write(() => void file.sql(`UPDATE pawl_job SET progress = ? ${held}`).run(text, seq, lease)),
    };
  }

  /** Resolves when something was written, when something is due, or when nothing is wanted any more. */
  #untilWritten(nextAt: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = () => resolve();
    this.#wake = wake;
    signal.addEventListener("abort", wake, { once: true });
    const ms = Math.ceil(nextAt - this.#clock.wallTime());
    const cancelTimer =
      nextAt === Number.POSITIVE_INFINITY
        ? undefined
        : this.#clock.setTimer(wake, ms, `jobs "${this.#name}": next one`);
    return promise.finally(() => {
      this.#wake = undefined;
      signal.removeEventListener("abort", wake);
      cancelTimer?.();
    });
  }
}
