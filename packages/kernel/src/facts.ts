import { checkCallback } from "./activities/activity-options.ts";
import { isPromiseLike } from "./bounded.ts";
import { PawlError, PawlTypeError } from "./errors/pawl-error.ts";
import type { WhyDropped } from "./errors/unhandled-events.ts";
import type { StopReason } from "./lifecycle/state.ts";

/**
 * What happened, by kind; in pairs where something has a start and an end. `path` is the owner path, `ms` a length in
 * milliseconds. Other packages add their kinds: `declare module "@pawl/kernel" { interface Facts { … } }`.
 */
export interface Facts {
  "kernel.starting": { readonly name: string };
  "kernel.started": { readonly name: string; readonly ms: number };
  "kernel.failed": { readonly name: string; readonly ms: number; readonly error: unknown };
  "kernel.stopping": { readonly name: string; readonly reason: StopReason };
  "kernel.stopped": { readonly name: string; readonly ms: number; readonly failures: number };
  /** A signal came that asks for a stop while one was under way, or the undoing of a failed start: for `reason`. */
  "kernel.signalled": { readonly name: string; readonly signal: string; readonly reason: StopReason };
  /** A second signal came while it was stopping: the process exits when the observers have returned. */
  "kernel.exiting": { readonly name: string; readonly signal: string };
  "service.starting": { readonly path: string };
  "service.started": { readonly path: string; readonly ms: number };
  "service.ready": { readonly path: string; readonly ms: number };
  /** It can be reached at each of `addresses`, URLs, until it stops; by its port people reach it at `url`. */
  "service.listening": { readonly path: string; readonly addresses: readonly string[]; readonly url?: string };
  /** It could not start, and that has been undone. */
  "service.failed": { readonly path: string; readonly ms: number; readonly error: unknown };
  "service.stopping": { readonly path: string; readonly reason: StopReason };
  /** `leftBehind` counts its calls of user code that did not settle in their time; `release.timedOut` has told each. */
  "service.stopped": { readonly path: string; readonly ms: number; readonly leftBehind: number };
  /** `warn()`: something that the service goes on with, and that somebody should look at. */
  "warning.raised": { readonly path: string; readonly message: string };
  "warning.cleared": { readonly path: string; readonly message: string; readonly ms: number };
  /** `onHealth()` has failed, with `error`, or does well again; told where it differs from the last time. */
  "health.changed": { readonly path: string; readonly ok: boolean; readonly error?: unknown };
  /** Live options of a running service were changed. */
  "options.changed": { readonly path: string; readonly keys: readonly string[] };
  "release.started": { readonly path: string; readonly label: string };
  "release.ended": { readonly path: string; readonly label: string; readonly ms: number; readonly error?: unknown };
  /**
   * User code did not settle within `ms` and was left behind; `label` is a hook, an activity or a release. 0 where it was
   * called when `shutdownTimeout` had passed.
   */
  "release.timedOut": { readonly path: string; readonly label: string; readonly ms: number };
  /** `path` is that of the emitter; the kernel's name where it was no service. */
  "event.emitted": { readonly path: string; readonly event: string; readonly listeners: number };
  /** An event in line was dropped or refused before it was handled; `label` says by whom. */
  "event.dropped": {
    readonly path: string;
    readonly label: string;
    readonly event: string;
    readonly why: WhyDropped;
  };
  "tick.started": { readonly path: string; readonly label: string };
  "tick.ended": { readonly path: string; readonly label: string; readonly ms: number; readonly error?: unknown };
  "tick.skipped": { readonly path: string; readonly label: string; readonly beats: number };
  /** A call has asked for another try, or failed and has more: its `attempt`th, which comes after `ms`. */
  "retry.scheduled": {
    readonly path: string;
    readonly label: string;
    readonly attempt: number;
    readonly ms: number;
  };
  /** A call of an action by a transport. */
  "action.started": { readonly path: string; readonly action: string; readonly transport: string };
  "action.ended": {
    readonly path: string;
    readonly action: string;
    readonly transport: string;
    readonly ms: number;
    readonly error?: unknown;
  };
  "task.started": { readonly path: string; readonly label: string };
  "task.ended": { readonly path: string; readonly label: string; readonly ms: number; readonly error?: unknown };
  /** A service crashed; `error` is the original. */
  crash: { readonly path: string; readonly error: unknown };
  /** A service is restarted `delayMs` from now; `restarts` counts how often its owner has done so. */
  restart: { readonly path: string; readonly restarts: number; readonly delayMs: number };
  /**
   * A crash that is not answered by a restart went to the owner; `to` is the owner's path, or the kernel's name,
   * `restarts` how often it was restarted before.
   */
  escalation: { readonly path: string; readonly to: string; readonly restarts: number; readonly error: unknown };
  /** An error that had no caller and went to `onError`. */
  error: { readonly path: string; readonly label: string; readonly error: unknown };
}

/** The kind of a fact: `"service.started"`, `"crash"` … */
export type FactKind = keyof Facts;
/** A record of something that happened. `at` is in milliseconds since the Unix epoch. */
export type Fact = { [K in FactKind]: { readonly kind: K; readonly at: number } & Facts[K] }[FactKind];

/** A kind, or all of a group: `"service.*"`. */
export type FactSelector = FactKind | `${string}.*` | "*";

/** Left out unless asked for: one per event, tick, task or item is too many for a log. */
const perCall = /^(event|tick|task|request|action|queue\.item)\./;

interface Observer {
  readonly fn: (fact: Fact) => void;
  readonly kinds: readonly string[] | undefined;
  /** Cleared when it is removed: a fact that is being told passes it over. */
  live: boolean;
  /** Whether its own failure is being told: it does not see that, or it could fail again without end. */
  failing: boolean;
}

function asksFor(observer: Observer, kind: string): boolean {
  if (!observer.kinds) return !perCall.test(kind);
  return observer.kinds.some(
    (wanted) => wanted === kind || wanted === "*" || (wanted.endsWith(".*") && kind.startsWith(wanted.slice(0, -1))),
  );
}

/** Hands facts to observers. A fact is built only where {@link wants} says so. */
export class FactLog {
  #observers: readonly Observer[] = [];
  /** Kind → observers that asked for it; made anew whenever the observers change. */
  #asked = new Map<string, readonly Observer[]>();
  #observing = false;
  readonly #wallTime: () => number;
  readonly #onFailure: (error: unknown) => void;
  readonly #onChange: () => void;
  readonly #onObserving: (observing: boolean) => void;

  constructor(
    wallTime: () => number,
    onFailure: (error: unknown) => void,
    onChange: () => void,
    onObserving: (observing: boolean) => void,
  ) {
    this.#wallTime = wallTime;
    this.#onFailure = onFailure;
    this.#onChange = onChange;
    this.#onObserving = onObserving;
  }

  /** Whether an observer is being called right now. */
  get observing(): boolean {
    return this.#observing;
  }

  /** @throws TypeError `PAWL_BAD_OPTION` */
  observe(fn: (fact: Fact) => void, kinds?: readonly string[]): () => void {
    checkCallback("observe", fn);
    if (kinds !== undefined && !Array.isArray(kinds)) {
      throw new PawlTypeError("PAWL_BAD_OPTION", 'observe(fn, { kinds }): it must be an array such as ["service.*"]');
    }
    const observer: Observer = { fn, kinds, live: true, failing: false };
    this.#observers = [...this.#observers, observer];
    this.#changed();
    return () => {
      observer.live = false;
      this.#observers = this.#observers.filter((other) => other !== observer);
      this.#changed();
    };
  }

  wants(kind: FactKind): boolean {
    return this.#observers.length > 0 && this.#observersOf(kind).length > 0;
  }

  /**
   * Makes a fact of `data`, which must be nobody else's, and calls the observers that asked for its kind, synchronously, in
   * the order they came.
   */
  record<K extends FactKind>(kind: K, data: Facts[K]): void {
    if (!this.wants(kind)) return;
    // A copy would cost as much as all the rest.
    const made = data as { kind?: FactKind; at?: number };
    made.kind = kind;
    made.at = this.#wallTime();
    const fact = made as unknown as Fact;
    for (const observer of this.#observersOf(kind)) {
      if (!observer.live || observer.failing) continue;
      const outer = this.#setObserving(true);
      let failure: { readonly error: unknown } | undefined;
      try {
        const result = observer.fn(fact) as unknown;
        if (isPromiseLike(result))
          Promise.resolve(result).then(undefined, (error: unknown) => this.#failed(observer, error));
      } catch (error) {
        failure = { error };
      }
      this.#setObserving(outer);
      // Told outside of observing: an onError may do what an observer may not.
      if (failure) this.#failed(observer, failure.error);
    }
  }

  /** @throws PawlError `PAWL_OBSERVER_CALL` when called by an observer */
  refuseObserver(method: string): void {
    if (!this.#observing) return;
    throw new PawlError(
      "PAWL_OBSERVER_CALL",
      `an observer of facts called ${method}(); observers only look. Take note of the fact and act on it later, from a service`,
    );
  }

  #failed(observer: Observer, error: unknown): void {
    observer.failing = true;
    this.#onFailure(error);
    observer.failing = false;
  }

  /** Gives what it was before. */
  #setObserving(observing: boolean): boolean {
    const before = this.#observing;
    this.#observing = observing;
    this.#onObserving(observing);
    return before;
  }

  #observersOf(kind: string): readonly Observer[] {
    let observers = this.#asked.get(kind);
    if (!observers) {
      observers = this.#observers.filter((observer) => asksFor(observer, kind));
      this.#asked.set(kind, observers);
    }
    return observers;
  }

  #changed(): void {
    this.#asked = new Map();
    this.#onChange();
  }
}
