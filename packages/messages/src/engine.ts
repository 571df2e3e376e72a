import type { Clock } from "@pawl/kernel";
import type { Leased, LeaseSource } from "./lease/leased.ts";

/** How long an engine knows the id of a message at least, in milliseconds. */
export const idWindow = 120_000;

/** A message as engines carry it: the attributes of CloudEvents 1.0, and bytes. */
export interface EngineMessage {
  /** `ce-id`. A second one with the same id is taken and delivered to nobody. */
  readonly id: string;
  /** `ce-type`: `order:placed`. */
  readonly event: string;
  /** `ce-time`, in milliseconds since 1970. */
  readonly time: number;
  /** `ce-source`: the owner path of who has published it. */
  readonly source: string;
  /** `ce-partitionkey`: those of one key are delivered to a group in order, one at a time. */
  readonly key: string | undefined;
  /** `application/json`, or `application/octet-stream`. */
  readonly contentType: string;
  /** Carried along as they are: `traceparent`, `tracestate`. Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly data: Uint8Array;
}

/** A message that a group has taken. */
export interface LeasedMessage extends Leased {
  readonly message: EngineMessage;
}

/** Who takes messages: those who give the same group and event share them, in whichever process they are. */
export interface GroupSpec {
  /** Any text: `shop/billing`. */
  readonly group: string;
  /** An event or a pattern, as it was given: `order:placed`, `order:*`, `order.**`. `:` and `.` are the same. */
  readonly event: string;
  /** Milliseconds. */
  readonly leaseMs: number;
  /** How many pieces are worked on at once. */
  readonly concurrency: number;
}

/** A group as it stands. */
export interface GroupFigures {
  readonly group: string;
  readonly event: string;
  /** Those that wait, further tries included. */
  readonly waiting: number;
  /** Those that are under a lease. */
  readonly running: number;
  readonly dead: number;
}

/** Which dead letters; without a field those of all. */
export interface DeadLetterQuery {
  readonly group?: string | undefined;
  readonly event?: string | undefined;
  readonly ids?: readonly string[] | undefined;
  /** At most so many, oldest first. @default 100 for lists, all else */
  readonly limit?: number | undefined;
}

/** A message that a group could not work off. */
export interface EngineDeadLetter {
  readonly message: EngineMessage;
  readonly group: string;
  /** How often it was tried. */
  readonly attempts: number;
  /** When it was given up, in milliseconds since 1970. */
  readonly deadAt: number;
  /** The message of its last error. */
  readonly error: string;
}

/** What an engine is given to work with. */
export interface EngineContext {
  /** Timers and the time of day. */
  readonly clock: Clock;
  /** The name of the app, for the engine to tell who is connected. */
  readonly app: string;
  /** Tells an error that has no caller. */
  report(error: unknown): void;
}

/**
 * Keeps messages for groups until they are worked off: what `publish` and `subscribe` stand on. `@pawl/testing/messages`
 * holds the tests that every engine passes.
 */
export interface MessageEngine {
  /** `memory`, `sqlite`, `nats`. */
  readonly name: string;
  /** Comes first, once. Rejects where the engine cannot be had. */
  open(context: EngineContext): Promise<void>;
  /** Comes last, once, when every source is closed; what is still to be settled then is refused, and comes again. */
  close(): Promise<void>;
  /**
   * Resolves when the engine has taken the message: it is in its store, for every group that there is. It may try again
   * and again until `signal` is aborted, and rejects then.
   */
  publish(message: EngineMessage, signal: AbortSignal): Promise<void>;
  /**
   * Joins a group, which begins with what is published from the first time on that anybody has joined it. Where that takes
   * a while it gives up when `signal` is aborted.
   */
  source(group: GroupSpec, signal: AbortSignal): Promise<LeaseSource<LeasedMessage>>;
  /** Every group that there is, also those that nobody is in now. */
  groups(): Promise<readonly GroupFigures[]>;
  deadLetters(query: DeadLetterQuery): Promise<readonly EngineDeadLetter[]>;
  /** Delivers dead letters to their group again, as if for the first time; gives how many. */
  redrive(query: DeadLetterQuery): Promise<number>;
  /** Drops dead letters; gives how many. */
  discard(query: DeadLetterQuery): Promise<number>;
}
