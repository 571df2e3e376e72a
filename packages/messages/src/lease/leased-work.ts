import {
  AbandonedError,
  type AbortError,
  type Handle,
  isAbortError,
  isRetryLater,
  type OnFailure,
  type RetryLater,
  type Service,
} from "@pawl/kernel";
import {
  type Activity,
  type Backoff,
  type CallSpec,
  cancellation,
  cancelOn,
  describeCall,
  isoTime,
  messageOf,
  type ServiceScope,
  type SignalSource,
  settleFailure,
  wallTimeOf,
} from "@pawl/kernel/extend";
import { LeaseExhaustedError } from "../errors/lease-errors.ts";
import { LeaseIntake } from "./lease-intake.ts";
import type { Leased, LeaseSource } from "./leased.ts";
import { LeasedTry, type TryEnds } from "./leased-try.ts";

/** What pieces of work are done with, checked and with defaults. */
export interface LeasedWorkSettings {
  /** How many at once. */
  readonly concurrency: number;
  /** How many tries a piece has before it is dead. */
  readonly attempts: number;
  readonly backoff: Backoff;
  /** Milliseconds that a try may take. */
  readonly timeout: number | undefined;
  /** What happens with the error of a piece that is dead. */
  readonly onError: OnFailure;
  readonly signal: AbortSignal | undefined;
}

/** What becomes of pieces of work, for facts. */
export interface LeasedWorkTold<Item> {
  started(item: Item): void;
  ended(item: Item, ms: number, failure: { readonly error?: unknown }): void;
  retried(item: Item, ms: number, error: unknown): void;
  dead(item: Item, error: unknown): void;
}

/** What pieces of work are taken from, and done with. */
export interface LeasedWorkParts<Item extends Leased> {
  /** Whose work it is: its warnings are raised while the source cannot be reached, and while work goes on that ought to end. */
  readonly service: Service;
  /** `subscription`, `job`. */
  readonly kind: string;
  readonly label: string;
  /** Gets the source; again, after a while, where that fails. It gives up when `signal` is aborted. */
  open(signal: AbortSignal): Promise<LeaseSource<Item>>;
  /** `source` makes the signal of this try when that is first read. */
  work(item: Item, source: SignalSource): unknown;
  /** Where the trace of a piece comes from. */
  carrier?(item: Item): CallSpec["carrier"];
  /** Whether an error will be the same at every further try. */
  isFinal?(error: unknown): boolean;
  readonly settings: LeasedWorkSettings;
  readonly told: LeasedWorkTold<Item>;
}

const done = (item: Leased) => item.done();

/** How many pieces begin before the event loop gets a turn. */
const burst = 500;

/**
 * Takes pieces of work from where they are kept for longer than the process lives, and works them off: so many at once,
 * each under a lease that is extended while its work runs, tried again after a backoff where it fails. A place is free
 * again when the work has ended; what became of it is told meanwhile. A stop takes no more and works off what was taken;
 * what it has to cut short is given back.
 */
export class LeasedWork<Item extends Leased> implements Activity, Handle {
  readonly kind: string;
  readonly label: string;
  /** Resolves when it takes no more, and everything that was taken is settled. */
  readonly over: Promise<void>;
  readonly #scope: ServiceScope;
  readonly #parts: LeasedWorkParts<Item>;
  readonly #spec: CallSpec;
  readonly #tries = new Set<LeasedTry<Item>>();
  readonly #ends: TryEnds<Item>;
  readonly #intake: LeaseIntake<Item>;
  readonly #unlink: () => void;
  readonly #counts = { done: 0, failed: 0, retried: 0, dead: 0, released: 0 };
  /** How many have ended, and what became of them is being told. */
  #settling = 0;
  readonly #said = () => {
    this.#settling--;
    this.#idle();
  };
  #tellIdle: (() => void) | undefined;
  #leaseMs = 0;
  #cut: AbortError | undefined;
  #isTracked = false;
  #begun = 0;
  #lastAt: number | undefined;
  #lastError: { readonly error: unknown } | undefined;
  #cancelHeartbeat: (() => void) | undefined;

  constructor(scope: ServiceScope, parts: LeasedWorkParts<Item>) {
    this.kind = parts.kind;
    this.label = parts.label;
    this.#scope = scope;
    this.#parts = parts;
    // What has begun the taking is not what has led to a piece.
    this.#spec = { kind: parts.kind, label: parts.label, ofDrain: true, detached: true };
    const { settings } = parts;
    const work = this;
    this.#ends = { ok: (one) => this.#done(one), fail: (one, error) => this.#failed(one, error) };
    this.#intake = new LeaseIntake(scope, parts, {
      get free() {
        return settings.concurrency - work.#tries.size;
      },
      begin: (source, item) => this.#begin(source, item),
    });
    this.#unlink = cancelOn(settings.signal, () => this.cancel());
    scope.add(this);
    this.over = this.#run();
  }

  /** Resolves when the source is open for the first time, or is wanted no more. */
  get opened(): Promise<void> {
    return this.#intake.opened;
  }

  /** How many pieces are being worked on. */
  get running(): number {
    return this.#tries.size;
  }

  /** Extends the lease of a piece at once, where it is being worked on: one that is wanted no more is asked to end. */
  async recheck(id: string): Promise<void> {
    const found = [...this.#tries].filter(({ item }) => item.id === id);
    await Promise.all(found.map((one) => one.extendAnew(this.#leaseMs)));
  }

  /** Takes no more; resolves when what was taken is worked off and settled. Not to be awaited by the work itself. */
  finish(): Promise<void> {
    this.#intake.close();
    if (!this.#isTracked && this.#scope.isStopping) this.close();
    return this.over;
  }

  /** Takes no more, and aborts the signals of what runs: it is given back. */
  cancel(): void {
    const { path } = this.#scope;
    this.abort(cancellation(`${path}: ${this.kind} "${this.label}" was cancelled`, path));
  }

  /** Step 2 of a stop: takes no more, and lets it wait for what was taken. */
  close(): void {
    this.#intake.close();
    if (this.#isTracked) return;
    this.#isTracked = true;
    this.#scope.track({ kind: this.kind, label: this.label, drains: true }, this.over, { ok() {}, fail() {} });
  }

  abort(reason: AbortError): void {
    this.#cut ??= reason;
    this.#intake.close();
    for (const one of this.#tries) one.abort(reason);
  }

  [Symbol.dispose](): void {
    this.cancel();
  }

  inspect(): Record<string, unknown> {
    const { clock } = this.#scope;
    return {
      running: this.running,
      ...this.#counts,
      ...(this.#lastAt === undefined ? {} : { lastAt: isoTime(wallTimeOf(clock, this.#lastAt)) }),
      ...(this.#lastError ? { lastError: messageOf(this.#lastError.error) } : {}),
      concurrency: this.#parts.settings.concurrency,
    };
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    await this.#intake.run();
    if (this.#tries.size + this.#settling > 0) {
      await new Promise<void>((resolve) => {
        this.#tellIdle = resolve;
      });
    }
    this.#cancelHeartbeat?.();
    await this.#intake.closeSource();
    this.#unlink();
    this.#scope.remove(this);
  }

  #begin(source: LeaseSource<Item>, item: Item): void {
    const one = new LeasedTry(item, this.#scope, this.#parts, this.#ends);
    this.#tries.add(one);
    if (this.#cut) {
      this.#settle(one, () => this.#release(item));
      return;
    }
    if (item.attempt > this.#parts.settings.attempts) {
      this.#settle(one, () => this.#dead(item, this.#exhausted(item)));
      return;
    }
    this.#leaseMs = source.leaseMs;
    this.#beat();
    // Work that never waits for anything would keep the event loop from everything else.
    if (++this.#begun % burst === 0) this.#scope.clock.defer(() => this.#call(one));
    else this.#call(one);
  }

  #call(one: LeasedTry<Item>): void {
    this.#lastAt = this.#scope.clock.now();
    one.begin(this.#spec);
  }

  #done(one: LeasedTry<Item>): void {
    this.#counts.done++;
    this.#settle(one, done);
  }

  #failed(one: LeasedTry<Item>, error: unknown): void {
    const { item } = one;
    // Left behind by a stop, it may still run: others get it when its lease has run out.
    if (error instanceof AbandonedError) this.#settle(one, () => {});
    else if (one.isLost) {
      this.#settle(one, () => {});
      // Who has it now, or has cancelled it, will not tell this.
      if (!isAbortError(error)) this.#scope.fail(this.#specOf(`${item.id}, after it was lost or cancelled`), error);
    } else if (one.aborted && isAbortError(error)) this.#settle(one, () => this.#release(item));
    else this.#tryFailed(one, error);
  }

  #tryFailed(one: LeasedTry<Item>, error: unknown): void {
    const { item } = one;
    const { attempts, backoff } = this.#parts.settings;
    this.#counts.failed++;
    this.#lastError = { error };
    const later = isRetryLater(error) ? error : undefined;
    if (item.attempt >= attempts || this.#parts.isFinal?.(error)) {
      const told = later ? this.#exhausted(item, later) : error;
      this.#settle(one, () => this.#dead(item, told));
    } else this.#settle(one, () => this.#retry(item, later?.afterMs ?? backoff.delay(item.attempt), error));
  }

  /** Says what became of a try, and frees its place meanwhile. */
  #settle(one: LeasedTry<Item>, say: (item: Item) => Promise<void> | void): void {
    this.#settling++;
    one.settle(say, this.#said);
    this.#tries.delete(one);
    this.#intake.wake();
    this.#idle();
  }

  #idle(): void {
    if (this.#tries.size + this.#settling === 0) this.#tellIdle?.();
  }

  #release(item: Item): Promise<void> | void {
    this.#counts.released++;
    return item.release();
  }

  #retry(item: Item, ms: number, error: unknown): Promise<void> | void {
    this.#counts.retried++;
    this.#parts.told.retried(item, ms, error);
    return item.retry(ms, error);
  }

  async #dead(item: Item, error: unknown): Promise<void> {
    await item.dead(error);
    this.#counts.dead++;
    this.#parts.told.dead(item, error);
    const { attempts, onError } = this.#parts.settings;
    const tries = Math.min(item.attempt, attempts);
    const spec = this.#specOf(`${item.id}, dead after ${tries === 1 ? "1 try" : `${tries} tries`}`);
    settleFailure(this.#scope, spec, error, onError, false);
  }

  /** What errors of one piece are told with: `job "email.send" (4711, dead after 6 tries)`. */
  #specOf(piece: string): CallSpec {
    const { label: _, ...spec } = this.#spec;
    return { ...spec, kind: `${this.#what} (${piece})` };
  }

  /** Extends the leases of what runs, as long as something does. */
  #beat(): void {
    if (this.#cancelHeartbeat) return;
    const { clock, path } = this.#scope;
    const beat = () => {
      this.#cancelHeartbeat = undefined;
      if (this.#tries.size === 0) return;
      this.#beat();
      for (const one of this.#tries) void one.extend(this.#leaseMs);
    };
    const cancel = clock.setTimer(beat, this.#leaseMs / 3, `${path}: ${this.#what}: leases`);
    this.#cancelHeartbeat = cancel;
  }

  #exhausted(item: Item, later?: RetryLater): LeaseExhaustedError {
    const holder = { path: this.#scope.path, what: this.#what };
    return new LeaseExhaustedError(holder, item.id, this.#parts.settings.attempts, later);
  }

  get #what(): string {
    return describeCall(this.#spec);
  }
}
