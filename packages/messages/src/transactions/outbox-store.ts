import type { Clock } from "@pawl/kernel";
import type { EngineMessage } from "../engine.ts";

/** A message that waits to be published. */
export interface OutboxRow {
  /** Those that were added later have a higher one. */
  readonly seq: string;
  readonly message: EngineMessage;
}

/** Messages that are not asked for. */
export interface LeftOut {
  readonly seqs: readonly OutboxRow["seq"][];
  readonly keys: readonly string[];
}

/** What an outbox gives its store to work with. */
export interface OutboxContext {
  readonly clock: Clock;
  /** The name of the app, for the database to tell who is connected. */
  readonly app: string;
  /** To be called whenever there may be something new to publish, and where the connection was lost. */
  wake(): void;
}

/**
 * The database that an `Outbox` publishes from. A call that fails is made again later, so a connection that was lost is
 * made anew by the next one.
 */
export interface OutboxStore {
  /** Whether this one may publish; stays so until it is released or a call fails. False while another one may. */
  claim(): Promise<boolean>;
  /** Has another one publish, where there is one: it may reach the engine. */
  release(): void;
  /** The oldest messages of those that were committed, but for some. */
  rows(most: number, but?: LeftOut): Promise<readonly OutboxRow[]>;
  /** They are published. */
  remove(rows: readonly OutboxRow[]): Promise<void>;
  close(): Promise<void>;
}
