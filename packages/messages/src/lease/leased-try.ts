import { type AbortError, formatDuration, isAbortError } from "@pawl/kernel";
import {
  type CallEnd,
  type CallSpec,
  cancellation,
  describeCall,
  LazySignal,
  type ServiceScope,
} from "@pawl/kernel/extend";
import { LeaseSettleError, LeaseTimeoutError } from "../errors/lease-errors.ts";
import { raiseWarning } from "./lease-warning.ts";
import type { Leased } from "./leased.ts";
import type { LeasedWorkParts } from "./leased-work.ts";

/** How long work may go on whose signal was aborted, until that is worth a warning, in milliseconds. */
const patience = 5_000;

/** Who is told how the work of a try has ended; exactly one of the two is called, once. */
export interface TryEnds<Item extends Leased> {
  ok(one: LeasedTry<Item>): void;
  fail(one: LeasedTry<Item>, error: unknown): void;
}

/** One piece of work, from when it was taken until it is settled. There are many: it makes nothing that it does not need. */
export class LeasedTry<Item extends Leased> implements CallEnd<unknown> {
  readonly item: Item;
  /** Why its signal was aborted by who works on it. */
  aborted: AbortError | undefined;
  /** Whether it belongs to somebody else by now, or is wanted no more. */
  isLost = false;
  readonly #scope: ServiceScope;
  readonly #parts: LeasedWorkParts<Item>;
  readonly #ends: TryEnds<Item>;
  readonly #signal = new LazySignal();
  #leasedAt: number;
  #beganAt = 0;
  #timedOut: LeaseTimeoutError | undefined;
  #isSettled = false;
  /** What is asked of the engine just now. */
  #extending: Promise<void> | undefined;
  #cancelTimeout: (() => void) | undefined;
  /** Whether its work has ended. */
  #isOver = false;
  /** Ends the watch over work that ought to end. */
  #cancelWatch: (() => void) | undefined;

  constructor(item: Item, scope: ServiceScope, parts: LeasedWorkParts<Item>, ends: TryEnds<Item>) {
    this.item = item;
    this.#scope = scope;
    this.#parts = parts;
    this.#ends = ends;
    this.#leasedAt = scope.clock.now();
  }

  begin(spec: CallSpec): void {
    const { item } = this;
    const { clock, instrumentation } = this.#scope;
    const { told, work, settings, carrier } = this.#parts;
    if (settings.timeout !== undefined) this.#limit(settings.timeout);
    this.#beganAt = clock.now();
    told.started(item);
    // Nobody else looks at where a trace comes from.
    const call = carrier && instrumentation ? { ...spec, carrier: carrier(item) } : spec;
    this.#scope.run(call, () => work(item, this.#signal), this);
  }

  /** Its work has succeeded. */
  ok(): void {
    this.#over({});
    this.#ends.ok(this);
  }

  /** Its work has failed. */
  fail(thrown: unknown): void {
    const error = this.#timedOut && isAbortError(thrown) ? this.#timedOut : thrown;
    this.#over({ error });
    this.#ends.fail(this, error);
  }

  abort(reason: AbortError): void {
    if (this.#isSettled) return;
    this.aborted ??= reason;
    this.#signal.abort(() => reason);
  }

  /** Begins its lease anew; where it is lost, its work is asked to end. Never rejects. */
  extend(leaseMs: number): Promise<void> {
    if (this.#isSettled || this.isLost) return Promise.resolve();
    // Where the engine cannot be reached, which is told by who takes from it, the lease holds for as long as it was given.
    const isHeld = () => this.#scope.clock.now() - this.#leasedAt < leaseMs;
    if (this.#extending) {
      if (!isHeld()) this.#lose();
      return this.#extending;
    }
    const asked = this.#scope.clock.now();
    this.#extending = this.#askForMore()
      .then((isKept) => {
        if (isKept) this.#leasedAt = asked;
        else this.#lose();
      })
      .catch(() => {
        if (!isHeld()) this.#lose();
      })
      .finally(() => {
        this.#extending = undefined;
      });
    return this.#extending;
  }

  /** As `extend`, asked from now on. */
  async extendAnew(leaseMs: number): Promise<void> {
    await this.#extending;
    await this.extend(leaseMs);
  }

  /** Says what became of it, and calls `said` when that is known, or cannot be told. */
  settle(say: (item: Item) => Promise<void> | void, said: () => void): void {
    this.#isSettled = true;
    try {
      const saying = say(this.item);
      if (saying) {
        saying.then(said, (error: unknown) => {
          this.#notSettled(error);
          said();
        });
        return;
      }
    } catch (error) {
      this.#notSettled(error);
    }
    said();
  }

  #limit(timeout: number): void {
    const { clock, path } = this.#scope;
    const what = this.#what;
    const expire = () => {
      const error = new LeaseTimeoutError({ path, what }, timeout);
      this.#timedOut = error;
      this.#signal.abort(() => error);
      this.#watch("after its timeout");
    };
    this.#cancelTimeout = clock.setTimer(expire, timeout, `${path}: ${what}: timeout`);
  }

  #over(failure: { readonly error?: unknown }): void {
    this.#isOver = true;
    this.#cancelTimeout?.();
    this.#cancelWatch?.();
    this.#parts.told.ended(this.item, this.#scope.clock.now() - this.#beganAt, failure);
  }

  get #what(): string {
    const { kind, label } = this.#parts;
    return describeCall({ kind, label });
  }

  async #askForMore(): Promise<boolean> {
    return this.item.extend();
  }

  #lose(): void {
    if (this.#isSettled || this.isLost) return;
    this.isLost = true;
    const { path } = this.#scope;
    this.abort(cancellation(`${path}: ${this.item.id} belongs to somebody else by now, or is wanted no more`, path));
    this.#watch("after it was lost to somebody else, or cancelled");
  }

  /** Raises a warning where the work goes on though it was asked to end: it keeps its place from others. */
  #watch(since: string): void {
    if (this.#isOver || this.#cancelWatch) return;
    const { clock, path } = this.#scope;
    const what = this.#what;
    const tell = () => {
      const left = formatDuration(patience);
      this.#cancelWatch = raiseWarning(
        this.#parts.service,
        `${what}: ${this.item.id} still runs ${left} ${since}: its handler does not end when its signal is aborted`,
      );
    };
    this.#cancelWatch = clock.setTimer(tell, patience, `${path}: ${what}: end`);
  }

  #notSettled(error: unknown): void {
    const { path } = this.#scope;
    const what = this.#what;
    this.#scope.report(new LeaseSettleError({ path, what }, this.item.id, error), { path, label: what });
  }
}
