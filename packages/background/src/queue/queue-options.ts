import {
  type ActivityOptions,
  type BackoffOptions,
  type Duration,
  milliseconds,
  type OnFailure,
  type Overflow,
  PawlRangeError,
  PawlTypeError,
} from "@pawl/kernel";
import { type Backoff, backoffOf, checkOptions, checkSignal } from "@pawl/kernel/extend";

/**
 * What happens to an item that is pushed while the queue is full: `push` throws, the oldest of the lowest priority gives
 * way, the pushed one is dropped, or (`"wait"`) it is taken all the same and `item.queued` tells its producer when to go on.
 */
export type QueueOverflow = Overflow | "wait";

/** How often and how long an item is tried. */
export interface TryOptions extends ActivityOptions {
  /** How many items run at once. @default 1 */
  readonly concurrency?: number;
  /** How many tries an item has before it has failed. @default 1 */
  readonly attempts?: number;
  /**
   * How long a failed item waits before its next try; it gives up its place meanwhile. A duration is always that long,
   * false is none.
   *
   * @default { initial: "100ms", max: "10s", factor: 2, jitter: 0.5 }
   */
  readonly backoff?: BackoffOptions | Duration | false;
  /**
   * Aborts the signal of a try after this long with a `QueueTimeoutError`, which is how the try fails. One that does not
   * heed its signal keeps its place until it settles: it is still running.
   *
   * @default none
   */
  readonly timeout?: Duration;
}

export interface QueueOptions<Item> extends TryOptions {
  /** How many items may wait, those that wait for another try included; `Infinity` for any number. @default 1000 */
  readonly capacity?: number;
  /** @default "error" */
  readonly overflow?: QueueOverflow;
  /** The key of an item. One whose key is waiting or running already is not taken: `push` gives the handle of that one. */
  readonly unique?: (item: Item) => unknown;
}

/** How one item is pushed. */
export interface PushOptions {
  /** Higher goes first; within one priority who came first. @default 0 */
  readonly priority?: number;
  /** Cancels the item when it is aborted. */
  readonly signal?: AbortSignal;
}

/** How the option is called that says how many items may wait. */
export type CapacityOption = "capacity" | "buffer";

/** The options of a queue, checked and with defaults. */
export interface QueueSettings<Item> {
  readonly concurrency: number;
  readonly capacity: number;
  readonly capacityOption: CapacityOption;
  readonly overflow: QueueOverflow;
  readonly attempts: number;
  readonly backoff: Backoff;
  /** Milliseconds. */
  readonly timeout: number | undefined;
  readonly unique: ((item: Item) => unknown) | undefined;
  readonly onError: OnFailure;
}

const overflows: readonly unknown[] = ["error", "drop-oldest", "drop-newest", "wait"] satisfies QueueOverflow[];

/** @throws TypeError or RangeError `PAWL_BAD_OPTION`, `PAWL_BAD_DURATION` */
export function queueSettings<Item>(
  method: string,
  options: QueueOptions<Item>,
  capacityOption: CapacityOption = "capacity",
): QueueSettings<Item> {
  checkOptions(method, options);
  const { concurrency = 1, capacity = 1_000, overflow = "error", attempts = 1, timeout, unique } = options;
  checkCount(`${method}(…, { concurrency })`, concurrency);
  if (capacity !== Number.POSITIVE_INFINITY) checkCount(`${method}(…, { ${capacityOption} })`, capacity);
  if (attempts !== Number.POSITIVE_INFINITY) checkCount(`${method}(…, { attempts })`, attempts);
  if (!overflows.includes(overflow)) {
    throw new PawlTypeError(
      "PAWL_BAD_OPTION",
      `${method}(…, { overflow }): it must be "error", "drop-oldest", "drop-newest" or "wait", not ${JSON.stringify(overflow)}`,
    );
  }
  if (unique !== undefined && typeof unique !== "function") {
    throw new PawlTypeError(
      "PAWL_BAD_OPTION",
      `${method}(…, { unique }): it must be a function that gives the key of an item, not ${String(unique)}`,
    );
  }
  return {
    concurrency,
    capacity,
    capacityOption,
    overflow,
    attempts,
    backoff: backoffOf(options.backoff, `${method}(…, { backoff })`),
    timeout: timeout === undefined ? undefined : milliseconds(timeout, `${method}(…, { timeout })`),
    unique,
    onError: options.onError ?? "report",
  };
}

/** @throws TypeError or RangeError `PAWL_BAD_OPTION` */
export function checkPush({ priority = 0, signal }: PushOptions): void {
  checkSignal(signal);
  if (typeof priority === "number" && !Number.isNaN(priority)) return;
  throw new PawlTypeError("PAWL_BAD_OPTION", `push(…, { priority }): it must be a number, not ${String(priority)}`);
}

function checkCount(what: string, n: unknown): void {
  if (typeof n !== "number")
    throw new PawlTypeError("PAWL_BAD_OPTION", `${what}: it must be a number, not ${String(n)}`);
  if (Number.isSafeInteger(n) && n >= 1) return;
  throw new PawlRangeError("PAWL_BAD_OPTION", `${what}: it must be a whole number, 1 or more, not ${n}`);
}
