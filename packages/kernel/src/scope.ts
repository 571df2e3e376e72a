import { currentFrame, Frame, type RunToken, runInFrame } from "./async-context.ts";
import { isPromiseLike } from "./bounded.ts";
import { Call, type CallEnd, type CallSpec, describe } from "./call.ts";
import type { Clock } from "./clock.ts";
import { AbandonedError, type AbortError, cancellation, isAbortedStart, StepError } from "./errors/errors.ts";
import type { PawlError } from "./errors/pawl-error.ts";
import type { FactLog } from "./facts.ts";
import type { Instrumentation } from "./instrumentation.ts";
import { LazySet } from "./lazy-set.ts";
import type { ServiceCell } from "./lifecycle/service-cell.ts";
import type { StopReason } from "./lifecycle/state.ts";
import type { StopWaits } from "./stop-waits.ts";

/** Where an error comes from. */
export interface ErrorOrigin {
  /** Owner path, e.g. `shop/metrics`; the kernel's name where the kernel itself is the owner. */
  readonly path: string;
  /** What was running: `interval "collect"`, `listener of "order:*"`, `onStop` … */
  readonly label: string;
  /** The event that was being delivered. */
  readonly event?: string;
}

/** What scopes need of their kernel. */
export interface ScopeCore {
  readonly clock: Clock;
  readonly facts: FactLog;
  /** What is around every call of user code; undefined where nothing is. */
  readonly instrumentation: Instrumentation | undefined;
  report(error: unknown, origin: ErrorOrigin): void;
  /** For what may outlive the kernel. */
  readonly weak: WeakRef<ScopeCore>;
  /** Bounds every wait of a stop. */
  readonly waits: StopWaits;
  /** Takes note that something was left behind. */
  abandoned(): void;
}

/** Something that makes work happen. */
export interface Activity {
  readonly kind: string;
  readonly label: string;
  /** Takes no more work. */
  close(): void;
  /** Aborts its signal; comes after `close`. */
  abort(reason: AbortError): void;
  /** Its figures, as plain JSON. */
  inspect(): Record<string, unknown>;
}

/** Something held. */
export interface Resource {
  readonly kind: "child" | "dependency" | "cleanup" | "owned" | "value";
  readonly label: string;
  /** The service that it is, for `inspect()`. */
  readonly cell?: ServiceCell;
  /** Releases it; its failures go to the `StopContext`. Called once. Sets bounds of its own. */
  release(stop: StopContext): Promise<void> | void;
}

/** What is still starting, and what it is at. */
export interface StartUnderWay {
  readonly path: string;
  /** `in onStart()`, `in its factory` … */
  readonly doing: string;
}

/** A child or provider whose start is under way. */
export interface Starting {
  /** The service that it is, for `inspect()`. */
  readonly cell?: ServiceCell | undefined;
  /** The deepest one still starting, this one included. */
  deepest(): StartUnderWay;
  /** Aborts the start; resolves when it has been undone. */
  abortStart(stop: StopContext): Promise<void>;
}

/** One stop of a tree: why, and what went wrong so far. */
export interface StopContext {
  readonly reason: StopReason;
  readonly failures: unknown[];
}

export interface ScopeOwner {
  readonly path: string;
  /** Milliseconds that each wait of a stop may take. */
  readonly stopTimeout: number;
  /** A failure that the owner cannot go on with. */
  crash(error: unknown, step?: string): void;
  /** Whether it has crashed by this very error, so that it is told already. */
  hasCrashedBy?(error: unknown): boolean;
}

/**
 * What one run of an owner holds: its activities, the calls of user code in flight, and its resources. One class,
 * used by services and by the kernel; each run has a new one.
 */
export class Scope {
  readonly core: ScopeCore;
  readonly token: RunToken;
  /** Whether it takes work. */
  open = true;
  /** The stop under way: failures of the owner's work go there. */
  stopping: StopContext | undefined;
  /** Set when the run is over: nobody reads the failures of its stop any more. */
  over = false;
  /** Children whose start is under way. */
  readonly starting: LazySet<Starting> = new LazySet();
  readonly #owner: ScopeOwner;
  readonly #activities = new LazySet<Activity>();
  readonly #calls = new LazySet<Call>();
  readonly #resources = new LazySet<Resource>();
  /** The resources still to be released, oldest first, from the beginning of step 3. */
  #releasing: Resource[] | undefined;
  #controller: AbortController | undefined;
  /** Why it was aborted. */
  #abortedFor: string | undefined;
  #aborted: AbortError | undefined;
  #ended = false;
  #leftBehind = 0;

  constructor(core: ScopeCore, owner: ScopeOwner, token: RunToken) {
    this.core = core;
    this.#owner = owner;
    this.token = token;
  }

  get path(): string {
    return this.#owner.path;
  }

  /** Milliseconds that each wait of its stop may take. */
  get stopTimeout(): number {
    return this.#owner.stopTimeout;
  }

  get activities(): Iterable<Activity> {
    return this.#activities;
  }

  get calls(): Iterable<Call> {
    return this.#calls;
  }

  get resources(): Iterable<Resource> {
    return this.#resources;
  }

  /** The services that it holds, in the order in which they were started first. */
  get children(): ServiceCell[] {
    return [...this.#resources].flatMap(({ kind, cell }) => (kind === "child" && cell ? [cell] : []));
  }

  /** How many of its calls were left behind. */
  get leftBehind(): number {
    return this.#leftBehind;
  }

  get isOfKernel(): boolean {
    return this.token.owner === undefined;
  }

  /** Whether resources are taken: until step 3 has ended. */
  get takesResources(): boolean {
    return !this.#ended;
  }

  // Made when first asked for: it captures a stack, and few runs have anybody who would look at it.
  get aborted(): AbortError | undefined {
    if (this.#abortedFor === undefined) return undefined;
    this.#aborted ??= cancellation(`${this.path}: ${this.#abortedFor}`, this.path);
    return this.#aborted;
  }

  // Made when first asked for: most runs never look at it.
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.aborted) this.#controller.abort(this.aborted);
    }
    return this.#controller.signal;
  }

  add(activity: Activity): void {
    this.#activities.add(activity);
  }

  remove(activity: Activity): void {
    this.#activities.delete(activity);
  }

  /** Whether this is one of its activities. */
  has(activity: Activity): boolean {
    return this.#activities.has(activity);
  }

  /** Holds a resource; one that it holds already keeps its place. */
  hold(resource: Resource): void {
    this.#resources.add(resource);
    this.#releasing?.push(resource);
  }

  letGo(resource: Resource): boolean {
    return this.#resources.delete(resource);
  }

  /** Calls user code in its async context and tracks it until it settles; gives the call where it has not yet. */
  run<T>(spec: CallSpec, fn: () => T | PromiseLike<T>, end: CallEnd<T>): Call | undefined {
    const frame = this.#frame(spec);
    let result: T | PromiseLike<T>;
    let settlesLater: boolean;
    try {
      result = this.#enter(frame, fn);
      settlesLater = isPromiseLike(result);
    } catch (error) {
      frame.settled = true;
      end.fail(error);
      return undefined;
    }
    if (settlesLater) return this.track(spec, frame, result as PromiseLike<T>, end);
    frame.settled = true;
    end.ok(result as T);
    return undefined;
  }

  /**
   * Calls user code as {@link run} does, and gives what it gives as it stands; `end` hears only of a promise.
   *
   * @throws what `fn` throws
   */
  call<T>(spec: CallSpec, fn: () => T | PromiseLike<T>, end: CallEnd<T>): T | PromiseLike<T> {
    const frame = this.#frame(spec);
    try {
      const result = this.#enter(frame, fn);
      if (isPromiseLike(result)) this.track(spec, frame, result, end);
      else frame.settled = true;
      return result;
    } catch (error) {
      frame.settled = true;
      throw error;
    }
  }

  #frame(spec: CallSpec): Frame {
    return new Frame(this.token, spec, spec.detached ? undefined : currentFrame());
  }

  #enter<T>(frame: Frame, fn: () => T): T {
    const { instrumentation } = this.core;
    if (!instrumentation) return runInFrame(frame, fn);
    return runInFrame(frame, () => instrumentation.around({ path: this.path, spec: frame.spec }, fn));
  }

  /** Tracks the promise of a call that was made already. */
  track<T>(spec: CallSpec, frame: Frame | undefined, result: PromiseLike<T>, end: CallEnd<T>): Call {
    const call = new Call(this, spec, frame, result, end) as Call<unknown>;
    this.#calls.add(call);
    return call;
  }

  leaveCall(call: object): boolean {
    return this.#calls.delete(call as Call);
  }

  /** Tells a failure of the owner's work: to the stop under way, as a crash, or to `onError`. */
  fail(spec: CallSpec, error: unknown, how: { readonly crash?: boolean; readonly event?: string } = {}): void {
    if (this.#owner.hasCrashedBy?.(error)) return;
    if (this.stopping && !this.over) {
      // The start of a child that this stop has cut short, before the signal of who waits for it was aborted.
      if (isAbortedStart(error)) return;
      this.stopping.failures.push(new StepError(this.path, describe(spec), error));
    } else if (how.crash && !this.over) this.#owner.crash(error, describe(spec));
    else {
      const origin = { path: this.path, label: describe(spec) };
      this.core.report(error, how.event === undefined ? origin : { ...origin, event: how.event });
    }
  }

  /** Tells an error that speaks for itself, as it stands: to the stop under way, else to `onError`. */
  tell(spec: CallSpec, error: PawlError): void {
    if (this.stopping && !this.over) this.stopping.failures.push(error);
    else this.core.report(error, { path: this.path, label: describe(spec) });
  }

  /** Aborts the children that are starting, at once; resolves when they have been undone. */
  async abortStarting(stop: StopContext): Promise<void> {
    await Promise.all([...this.starting].map((child) => child.abortStart(stop)));
  }

  /** Ends every activity at once and waits for nothing: what a crash does. */
  cancelActivities(why: string): void {
    this.open = false;
    this.closeAndAbort(why);
  }

  /** Ends what has begun so far; what comes later is taken as before. */
  closeAndAbort(why: string): void {
    for (const activity of [...this.#activities]) activity.close();
    this.abort(why);
  }

  /** Aborts the signal of the run and those of all its activities. */
  abort(why: string): void {
    this.#abortedFor ??= why;
    this.#controller?.abort(this.aborted);
    if (this.#activities.size === 0) return;
    for (const activity of [...this.#activities]) activity.abort(this.aborted as AbortError);
  }

  /**
   * Step 2 of a stop. No more work is taken; children still starting are undone; what drains is worked off; every signal
   * is aborted and what is in flight is awaited; what does not settle is abandoned and named. Gives a promise only where
   * there is something to wait for, as the other two steps do: most services hold next to nothing.
   */
  endActivities(stop: StopContext): Promise<void> | undefined {
    this.open = false;
    if (this.#activities.size + this.#calls.size + this.starting.size === 0) this.abort("stopped");
    return this.#activities.size + this.#calls.size + this.starting.size > 0 ? this.#endAll(stop) : undefined;
  }

  async #endAll(stop: StopContext): Promise<void> {
    for (const activity of [...this.#activities]) activity.close();
    if (this.starting.size > 0) await this.abortStarting(stop);
    await this.#settleAll((call) => call.spec.drains === true);
    this.abort("stopped");
    const late = await this.#settleAll(() => true);
    if (late !== undefined) for (const call of [...this.#calls]) this.#abandon(call, late, stop);
  }

  /** Step 3 of a stop: releases the resources newest first, one after another; what is added meanwhile comes next. */
  releaseResources(stop: StopContext): Promise<void> | undefined {
    if (this.#resources.size > 0) return this.#releaseAll(stop);
    this.#ended = true;
    return undefined;
  }

  async #releaseAll(stop: StopContext): Promise<void> {
    this.#releasing = [...this.#resources];
    for (let next = this.#releasing.pop(); next; next = this.#releasing.pop()) {
      // Gone already where it stopped by itself meanwhile.
      if (!this.#resources.has(next)) continue;
      const released = next.release(stop);
      if (released) await released;
      this.#resources.delete(next);
    }
    this.#ended = true;
  }

  /** Calls user code that is one step of a stop or start, bounded; resolves when it has settled or was abandoned. */
  step(spec: CallSpec, stop: StopContext, fn: () => unknown): Promise<void> | undefined {
    let failed: { readonly error: unknown } | undefined;
    const call = this.run(spec, fn, {
      ok() {},
      fail(error) {
        // An abandonment is told as such.
        if (!(error instanceof AbandonedError)) failed = { error };
      },
    });
    const tell = () => {
      if (failed) stop.failures.push(new StepError(this.path, describe(spec), failed.error));
    };
    if (call) return this.settleOrAbandon(call, stop, tell);
    tell();
    return undefined;
  }

  /** Waits for a call at most for the stop timeout, then leaves it behind. */
  settleOrAbandon(call: Call, stop: StopContext, then?: () => void): Promise<void> {
    return new Promise((resolve) => {
      this.core.waits.whenSettled(call, this.#owner.stopTimeout, call, (late) => {
        try {
          if (late !== undefined) this.#abandon(call, late, stop);
          then?.();
        } finally {
          resolve();
        }
      });
    });
  }

  /** Leaves a call behind and says so. */
  #abandon(call: Call, afterMs: number, stop: StopContext): void {
    const error = call.abandon(afterMs);
    if (!error) return;
    stop.failures.push(error);
    this.#leftBehind++;
    this.core.abandoned();
    this.core.facts.record("release.timedOut", { path: this.path, label: describe(call.spec), ms: afterMs });
  }

  /**
   * Waits at most for the stop timeout until no call that `counts` is in flight; gives how long it waited in vain,
   * undefined where none is left.
   */
  async #settleAll(counts: (call: Call) => boolean): Promise<number | undefined> {
    const { clock, waits } = this.core;
    const began = clock.now();
    const limit = waits.limit(this.#owner.stopTimeout);
    for (;;) {
      const waiting = [...this.#calls].filter(counts);
      if (waiting.length === 0) return undefined;
      const settled = Promise.all(waiting.map((call) => call.settled));
      const of = { path: this.path, what: waiting.map((call) => describe(call.spec)), since: began };
      const left = Math.max(0, began + limit - clock.now());
      if ((await waits.settles(settled, left, of)) !== undefined) return Math.min(limit, clock.now() - began);
    }
  }
}
