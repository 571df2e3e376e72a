import { isDeepStrictEqual } from "node:util";
import {
  type Awaitable,
  type Duration,
  type Handle,
  type Interval,
  type IntervalOptions,
  milliseconds,
  PawlTypeError,
  type Service,
  type TickContext,
} from "@pawl/kernel";
import { checkCallback, checkOptions, labelOf, type ServiceScope, scopeOf } from "@pawl/kernel/extend";
import { FirstValue, type ValueOptions } from "./first-value.ts";

export interface PollOptions<Value> extends Omit<IntervalOptions, "immediate"> {
  /** Whether a fetched value is the same as the one before: then nothing has changed. @default util.isDeepStrictEqual */
  readonly equals?: (value: Value, previous: Value) => boolean;
}

/** A value that is fetched again and again; see {@link poll}. */
export interface Poll<Value> extends Handle {
  /** The value that was fetched last; undefined before the first. */
  readonly current: Value | undefined;
  /** How often the value has changed, the first one included. */
  readonly changes: number;
  /**
   * The current value, or the first one as soon as it is there. Rejects after `timeout` with a `PAWL_WAIT_TIMEOUT`, and
   * with an `AbortError` where the poll or its service ends before.
   */
  value(options?: ValueOptions): Promise<Value>;
  /**
   * Fetches now, beside the beats, and gives the value. While a fetch is under way it waits for that and has one more
   * made. A failure is the caller's.
   *
   * @throws NotRunningError, as a rejection
   */
  trigger(): Awaitable<Value>;
}

type Fetch<Value> = (context: TickContext) => Value | PromiseLike<Value>;
type OnChange<Value> = (value: Value, previous: Value | undefined, context: TickContext) => unknown;

class PollHandle<Value> implements Poll<Value> {
  readonly label: string;
  changes = 0;
  #current: { readonly value: Value } | undefined;
  readonly #first: FirstValue<Value>;
  readonly #fetch: Fetch<Value>;
  readonly #equals: (value: Value, previous: Value) => boolean;
  readonly #onChange: OnChange<Value>;
  readonly #interval: Interval<Value>;

  constructor(
    scope: ServiceScope,
    label: string,
    fetch: Fetch<Value>,
    onChange: OnChange<Value>,
    equals: (value: Value, previous: Value) => boolean,
    begin: (tick: Fetch<Value>, figures: () => Record<string, unknown>) => Interval<Value>,
  ) {
    this.label = label;
    this.#first = new FirstValue(scope, label);
    this.#fetch = fetch;
    this.#onChange = onChange;
    this.#equals = equals;
    this.#interval = begin(
      (context) => this.#tick(context),
      () => ({ changes: this.changes }),
    );
  }

  get current(): Value | undefined {
    return this.#current?.value;
  }

  value(options: ValueOptions = {}): Promise<Value> {
    return this.#current ? Promise.resolve(this.#current.value) : this.#first.wait(options);
  }

  trigger(): Awaitable<Value> {
    return this.#interval.trigger();
  }

  cancel(): void {
    this.#interval.cancel();
    this.#first.cancel();
  }

  [Symbol.dispose](): void {
    this.cancel();
  }

  async #tick(context: TickContext): Promise<Value> {
    const value = await this.#fetch(context);
    const before = this.#current;
    if (before && this.#equals(value, before.value)) return value;
    this.#current = { value };
    this.changes++;
    this.#first.came(value);
    await this.#onChange(value, before?.value, context);
    return value;
  }
}

/**
 * Calls `fetch` on the service, at once and then every `every`, never twice at the same time; `onChange` is called with
 * the value and the one before whenever it is another one, the first included. The next fetch waits for both. A failure
 * goes to `onError` and the poll goes on; a `RetryLater` is tried again. A value whose `onChange` has failed counts as
 * seen.
 *
 * @throws NotRunningError; TypeError or RangeError `PAWL_BAD_OPTION`, `PAWL_BAD_DURATION`
 * @example
 * class Rates extends Service {
 *   override onStart() {
 *     poll(this, this.fetchRates, "30s", (rates) => void this.emit("rates:changed", rates));
 *   }
 *
 *   async fetchRates({ signal }: TickContext) {
 *     return (await (await fetch("https://example.com/rates", { signal })).json()) as Record<string, number>;
 *   }
 * }
 */
export function poll<S extends Service, Value>(
  service: S,
  fetch: (this: NoInfer<S>, context: TickContext) => Value | PromiseLike<Value>,
  every: Duration,
  onChange: (
    this: NoInfer<S>,
    value: NoInfer<Value>,
    previous: NoInfer<Value> | undefined,
    context: TickContext,
  ) => unknown = () => {},
  options: PollOptions<NoInfer<Value>> = {},
): Poll<Value> {
  const scope = scopeOf(service, "poll");
  checkCallback("poll", fetch, "second");
  milliseconds(every, "poll(service, fetch, every)");
  checkCallback("poll", onChange, "fourth");
  checkOptions("poll", options);
  const { equals = isDeepStrictEqual, ...intervalOptions } = options;
  if (typeof equals !== "function") {
    throw new PawlTypeError("PAWL_BAD_OPTION", `poll(…, { equals }): it must be a function, not ${String(equals)}`);
  }
  const label = options.label ?? labelOf(fetch, "poll");
  return new PollHandle<Value>(
    scope,
    label,
    (context) => fetch.call(service as never, context),
    (value, previous, context) => onChange.call(service as never, value, previous, context),
    equals,
    (tick, figures) =>
      scope.interval(tick, every, { ...intervalOptions, label, immediate: true }, { kind: "poll", figures }),
  );
}
