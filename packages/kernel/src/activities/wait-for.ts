import type { Dispatcher } from "../bus/dispatcher.ts";
import type { ListenerRecord } from "../bus/listener-record.ts";
import { type Clock, isoTime, wallTimeOf } from "../clock.ts";
import { type Duration, milliseconds } from "../duration.ts";
import { AbortError, WaitTimeoutError } from "../errors/errors.ts";
import { PawlTypeError } from "../errors/pawl-error.ts";
import type { Activity, Scope } from "../scope.ts";
import { cancelOn, checkSignal } from "./activity-options.ts";

/** Which payload is waited for, and how long. */
export interface WaitOptions<Payload> {
  /**
   * Rejects with a `PAWL_WAIT_TIMEOUT` after this long.
   *
   * @default none: it waits until the service stops
   */
  readonly timeout?: Duration;
  /** Passes over payloads for which it does not return true; what it throws rejects the wait. */
  readonly where?: (payload: Payload) => boolean;
  /** Rejects with an `AbortError` when it is aborted. */
  readonly signal?: AbortSignal;
}

class Wait implements Activity {
  readonly kind = "wait";
  readonly label: string;
  readonly promise: Promise<unknown>;
  readonly #clock: Clock;
  /** When it gives up, on the monotonic clock. */
  readonly #dueAt: number | undefined;
  #end!: (settle: () => void) => void;
  #reject!: (error: unknown) => void;

  constructor(scope: Scope, bus: Dispatcher, event: string, options: WaitOptions<unknown>) {
    this.label = event;
    const ms = options.timeout === undefined ? undefined : milliseconds(options.timeout, "waitFor(…, { timeout })");
    checkSignal(options.signal);
    const { where } = options;
    if (where !== undefined && typeof where !== "function") {
      throw new PawlTypeError("PAWL_BAD_OPTION", `waitFor(…, { where }): it must be a function, not ${typeof where}`);
    }
    this.#clock = scope.core.clock;
    this.#dueAt = ms === undefined ? undefined : this.#clock.now() + ms;
    let take!: (payload: unknown) => void;
    const onEvent = (payload: unknown) => {
      try {
        if (where && !where(payload)) return;
      } catch (error) {
        this.#end(() => this.#reject(error));
        return;
      }
      this.#end(() => take(payload));
    };
    // First, since it checks the name. Not held by the scope: it ends with the signals, so that what a stop drains may
    // still wait.
    const record: ListenerRecord = bus.on(event, onEvent, undefined, scope, { held: false });
    this.promise = new Promise((resolve, reject) => {
      take = resolve;
      const cancelTimer =
        ms === undefined
          ? () => {}
          : this.#clock.setTimer(
              () => this.#end(() => reject(new WaitTimeoutError(scope.path, event, ms))),
              ms,
              `${scope.path}: waitFor("${event}")`,
            );
      const unlink = cancelOn(options.signal, () =>
        this.abort(new AbortError(`${scope.path}: waiting for "${event}" was cancelled`, { path: scope.path })),
      );
      this.#reject = reject;
      this.#end = (settle) => {
        record.close();
        cancelTimer();
        unlink();
        scope.remove(this);
        settle();
      };
    });
    this.promise.catch(() => {});
    scope.add(this);
  }

  close(): void {}

  abort(reason: AbortError): void {
    this.#end(() => this.#reject(reason));
  }

  inspect(): Record<string, unknown> {
    return this.#dueAt === undefined ? {} : { nextAt: isoTime(wallTimeOf(this.#clock, this.#dueAt)) };
  }
}

/** Resolves with the next payload of `event`; rejects when the run is aborted. */
export function waitFor(
  scope: Scope,
  bus: Dispatcher,
  event: string,
  options: WaitOptions<never> = {},
): Promise<unknown> {
  if (scope.aborted) {
    const refused = Promise.reject(scope.aborted);
    refused.catch(() => {});
    return refused;
  }
  return new Wait(scope, bus, event, options as WaitOptions<unknown>).promise;
}
