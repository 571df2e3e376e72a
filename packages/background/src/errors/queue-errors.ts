import { formatDuration, PawlError } from "@pawl/kernel";
import type {} from "./background-error-codes.ts";

/** Which queue an error speaks of. */
export interface QueueName {
  /** Owner path of the service. */
  readonly path: string;
  /** `queue "hash"`, `consumer "lines"`. */
  readonly what: string;
}

/** A push was refused: as many items wait as the queue holds. */
export class QueueFullError extends PawlError {
  constructor({ path, what }: QueueName, capacity: number, capacityOption: string) {
    super(
      "PAWL_QUEUE_FULL",
      `${path}: ${what} is full: ${items(capacity)} wait. Push less, raise its ${capacityOption} or concurrency, or choose what gives way with overflow`,
      { path },
    );
  }
}

/** An item waited for something of its own queue that cannot come before it has ended. */
export class QueueDeadlockError extends PawlError {
  /** @param waitedFor `onIdle()`, `queued` … */
  constructor({ path, what }: QueueName, waitedFor: string) {
    super(
      "PAWL_QUEUE_DEADLOCK",
      `${path}: an item of ${what} waits for ${waitedFor} of that queue, and so for itself. Wait in a task instead (spawn), or do not wait`,
      { path },
    );
  }
}

/** What holders of an item get that gave way to another one. */
export class QueueDroppedError extends PawlError {
  constructor({ path, what }: QueueName) {
    super("PAWL_QUEUE_DROPPED", `${path}: ${what} was full, and this item was dropped, as its overflow says`, { path });
  }
}

/** A queue had to end, by a stop whose time was up or by a crash, with items that it had not worked off. */
export class QueueLeftError extends PawlError {
  /** How many items: those that had not begun, and those that were cut short. */
  readonly items: number;

  constructor({ path, what }: QueueName, left: number) {
    super(
      "PAWL_QUEUE_LEFT",
      `${path}: ${what} ended with ${items(left)} not worked off. Raise stopTimeout, or keep what must not be lost where it outlives the process`,
      { path },
    );
    this.items = left;
  }
}

/** A try of an item took too long; what its signal was aborted with. */
export class QueueTimeoutError extends PawlError {
  constructor({ path, what }: QueueName, afterMs: number) {
    super("PAWL_QUEUE_TIMEOUT", `${path}: ${what}: a try took longer than its timeout, ${formatDuration(afterMs)}`, {
      path,
    });
  }
}

function items(n: number): string {
  return n === 1 ? "1 item" : `${n} items`;
}
