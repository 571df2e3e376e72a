import {
  AbandonedError,
  type AbortError,
  type Awaitable,
  type CallContext,
  type Handle,
  isAbortError,
} from "@pawl/kernel";
import {
  type Activity,
  type CallSpec,
  cancellation,
  cancelOn,
  HeldHandle,
  LazySignal,
  type Outcome,
  type ServiceScope,
  settleFailure,
} from "@pawl/kernel/extend";
import type { ItemContext } from "../queue/queue-entry.ts";
import type { QueueSettings } from "../queue/queue-options.ts";
import { WorkQueue } from "../queue/work-queue.ts";
import type { OpenSource, Sink } from "./source.ts";

/**
 * The consumption of a source. Awaiting it, or calling `then` or `catch`, gives how many items were worked off, and makes
 * a failure of the source the caller's; one that nobody holds is a crash of the service, as that of a task.
 */
export interface Consumer extends Handle, Awaitable<number> {
  readonly state: "running" | "succeeded" | "failed" | "cancelled";
  /** How many items were worked off so far, those that failed included. */
  readonly count: number;
}

/** What a consumer is made of. */
export interface ConsumerParts<Item> {
  readonly label: string;
  /** Gets the source. */
  readonly open: (context: CallContext) => OpenSource<Item>;
  readonly fn: (item: Item, context: ItemContext) => unknown;
  readonly settings: QueueSettings<Item>;
  readonly signal: AbortSignal | undefined;
}

/** Reads a source into a queue of its own, and lets go of it in the end. */
export class ConsumerActivity<Item> extends HeldHandle<number> implements Consumer, Activity, Sink<Item> {
  readonly kind = "consumer";
  readonly label: string;
  state: Consumer["state"] = "running";
  readonly #scope: ServiceScope;
  readonly #spec: CallSpec;
  readonly #settings: QueueSettings<Item>;
  readonly #work: WorkQueue<Item, unknown>;
  readonly #unlink: () => void;
  /** Of what makes the source. */
  readonly #signal = new LazySignal();
  /** While items are wanted of it. */
  #source: OpenSource<Item> | undefined;
  /** How the source has ended by itself. */
  #ended: { readonly error?: unknown } | undefined;
  /** Why it was cut short. */
  #cut: AbortError | undefined;
  #room: PromiseWithResolvers<void> | undefined;
  /** There while a stop waits for the source to end by itself. */
  #sourceOver: (() => void) | undefined;

  constructor(scope: ServiceScope, { label, open, fn, settings, signal }: ConsumerParts<Item>) {
    super();
    this.label = label;
    this.#scope = scope;
    this.#spec = { kind: this.kind, label };
    // Before anything is registered: it may throw.
    const source = open(this.#signal.context);
    // What is asked for comes no faster than it is worked off.
    this.#settings = source.pushes ? settings : { ...settings, capacity: Number.POSITIVE_INFINITY };
    this.#work = new WorkQueue(scope, {
      kind: this.kind,
      label,
      fn,
      settings: this.#settings,
      hasHolders: false,
      itemEnded: () => this.#giveRoom(),
      over: () => this.#over(),
    });
    this.#source = source;
    this.#unlink = cancelOn(signal, () => this.cancel());
    scope.add(this);
    this.#open(source);
  }

  get count(): number {
    return this.#work.ended;
  }

  cancel(): void {
    this.#cut ??= this.#cancellation("was cancelled");
    this.#closeSource();
    this.#work.cancel();
  }

  /** Step 2 of a stop: no more is taken from the source, and what is held is worked off. */
  close(): void {
    if (this.#source?.endsInDrain) this.#awaitSource();
    else {
      this.#closeSource();
      void this.#work.close();
    }
    this.#work.drain();
  }

  abort(reason: AbortError): void {
    this.#cut ??= reason;
    // One that was to end by itself has not; and a start that is given up aborts what it has made without closing it.
    this.#closeSource();
    this.#work.abort(reason);
  }

  inspect(): Record<string, unknown> {
    return this.#work.inspect();
  }

  next(item: Item): void {
    try {
      this.#work.take(item, {}, this.#settings.overflow);
    } catch (error) {
      settleFailure(this.#scope, this.#spec, error, this.#settings.onError, false);
    }
  }

  room(): Promise<void> | undefined {
    if (this.#hasRoom) return undefined;
    this.#room ??= Promise.withResolvers();
    return this.#room.promise;
  }

  end(): void {
    this.#sourceEnded({});
  }

  fail(error: unknown): void {
    this.#sourceEnded({ error });
  }

  get #hasRoom(): boolean {
    return this.#work.size + this.#work.running < this.#settings.concurrency;
  }

  #open(source: OpenSource<Item>): void {
    try {
      source.open(this);
    } catch (error) {
      this.fail(error);
    }
  }

  #giveRoom(): void {
    if (!this.#room || !this.#hasRoom) return;
    this.#room.resolve();
    this.#room = undefined;
  }

  /** What was taken from it is worked off all the same. */
  #sourceEnded(how: { readonly error?: unknown }): void {
    this.#ended = how;
    this.#source = undefined;
    this.#sourceOver?.();
    void this.#work.close();
  }

  #closeSource(): void {
    const source = this.#source;
    this.#source = undefined;
    this.#sourceOver?.();
    if (!source) return;
    this.#signal.abort(() => this.#cancellation("takes no more"));
    const spec: CallSpec = { kind: "source of consumer", label: this.label };
    this.#scope.run(spec, () => source.close(), {
      ok() {},
      fail: (error) => this.#closingFailed(spec, error),
    });
  }

  /** It gives what it holds, and ends by itself: the stop waits for that, at most until signals are aborted. */
  #awaitSource(): void {
    const over = new Promise<void>((resolve) => {
      this.#sourceOver = resolve;
    });
    const spec: CallSpec = { kind: "source of consumer", label: this.label, drains: true };
    this.#scope.track(spec, over, { ok() {}, fail() {} });
  }

  #closingFailed(spec: CallSpec, error: unknown): void {
    // It was asked to end; and an abandonment is told by the stop.
    if (!isAbortError(error) && !(error instanceof AbandonedError)) this.#scope.fail(spec, error);
  }

  #over(): void {
    this.#unlink();
    this.#scope.remove(this);
    const ended = this.#cut ? undefined : this.#ended;
    if (!ended) this.#settle({ error: this.#cut ?? this.#cancellation("has ended with its service") }, "cancelled");
    else if (!("error" in ended)) this.#settle({ value: this.count }, "succeeded");
    else {
      this.#settle(ended as { readonly error: unknown }, "failed");
      this.#judge(ended.error);
    }
  }

  #settle(outcome: Outcome<number>, state: Consumer["state"]): void {
    this.state = state;
    this.outcome.settle(outcome);
  }

  /** One turn of the event loop later the failure is the holder's, if there is one, else the service's. */
  #judge(error: unknown): void {
    const scope = this.#scope;
    this.outcome.judge(
      scope.clock,
      (verdict, end) => scope.track(this.#spec, verdict, end),
      () => scope.fail(this.#spec, error, { crash: true }),
    );
  }

  #cancellation(what: string): AbortError {
    const { path } = this.#scope;
    return cancellation(`${path}: consumer "${this.label}" ${what}`, path);
  }
}
