import { type AbortError, formatDuration, isAbortError } from "@pawl/kernel";
import { type CallEnd, type CallSpec, cancellation, LazySignal, type ServiceScope } from "@pawl/kernel/extend";
import { LeaseSettleError, LeaseTimeoutError } from "../errors/lease-errors.ts";
import { raiseWarning } from "./lease-warning.ts";
import type { Leased } from "./leased.ts";
import type { LeasedWorkParts } from "./leased-work.ts";

/** How long work may go on whose signal was aborted, until that is worth a warning, in milliseconds. */
const patience = 5_000;

/** One piece of work, from when it was taken until it is settled. */
export class LeasedTry<Item extends Leased> {
  readonly item: Item;
  /** Why its signal was aborted by who works on it. */
  aborted: AbortError | undefined;
  /** Whether it belongs to somebody else by now, or is wanted no more. */
  isLost = false;
  readonly #scope: ServiceScope;
  readonly #parts: LeasedWorkParts<Item>;
  readonly #signal = new LazySignal();
  #leasedAt: number;
  #isSettled = false;
  /** What is asked of the engine just now. */
  #extending: Promise<void> | undefined;
  #cancelTimeout: (() => void) | undefined;
  /** Whether its work has ended. */
  #isOver = false;
  /** Ends the watch over work that ought to end. */
  #cancelWatch: (() => void) | undefined;

  constructor(item: Item, scope: ServiceScope, parts: LeasedWorkParts<Item>) {
    this.item = item;
    this.#scope = scope;
    this.#parts = parts;
    this.#leasedAt = scope.clock.now();
  }

  begin(spec: CallSpec, end: CallEnd<unknown>): void {
    const { item } = this;
    const { clock, path } = this.#scope;
    const { told, work, settings, carrier } = this.#parts;
    const { timeout } = settings;
    const began = clock.now();
    let timedOut: LeaseTimeoutError | undefined;
    if (timeout !== undefined) {
      const what = `${spec.kind} "${spec.label}"`;
      const expire = () => {
        timedOut = new LeaseTimeoutError({ path, what }, timeout);
        this.#signal.abort(() => timedOut);
        this.#watch("after its timeout");
      };
      this.#cancelTimeout = clock.setTimer(expire, timeout, `${path}: ${what}: timeout`);
    }
    const ended = (failure: { readonly error?: unknown } = {}) => {
      this.#isOver = true;
      this.#cancelTimeout?.();
      this.#cancelWatch?.();
      told.ended(item, clock.now() - began, failure);
    };
    told.started(item);
    const call = carrier ? { ...spec, carrier: carrier(item) } : spec;
    this.#scope.run(call, () => work(item, this.#signal.context), {
      ok(value) {
        ended();
        end.ok(value);
      },
      fail(thrown) {
        const error = timedOut && isAbortError(thrown) ? timedOut : thrown;
        ended({ error });
        end.fail(error);
      },
    });
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

  /** Says what became of it; gives a promise where that takes a while, which never rejects. */
  settle(say: () => Promise<void> | void): Promise<void> | void {
    this.#isSettled = true;
    try {
      return say()?.catch((error: unknown) => this.#notSettled(error));
    } catch (error) {
      this.#notSettled(error);
    }
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
    const { service, kind, label } = this.#parts;
    const what = `${kind} "${label}"`;
    const tell = () => {
      const left = formatDuration(patience);
      this.#cancelWatch = raiseWarning(
        service,
        `${what}: ${this.item.id} still runs ${left} ${since}: its handler does not end when its signal is aborted`,
      );
    };
    this.#cancelWatch = clock.setTimer(tell, patience, `${path}: ${what}: end`);
  }

  #notSettled(error: unknown): void {
    const { path } = this.#scope;
    const what = `${this.#parts.kind} "${this.#parts.label}"`;
    this.#scope.report(new LeaseSettleError({ path, what }, this.item.id, error), { path, label: what });
  }
}
