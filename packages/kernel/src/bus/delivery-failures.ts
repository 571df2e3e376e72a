import { describe } from "../call.ts";
import { AbandonedError, EventLoopError, isAbortError } from "../errors/errors.ts";
import type { Scope, ScopeCore } from "../scope.ts";
import { throwInOwnTurn } from "../throw-in-own-turn.ts";
import type { Collector } from "./collector.ts";
import type { ListenerRecord } from "./listener-record.ts";

/** How one call of a listener failed. */
interface FailedCall {
  readonly record: ListenerRecord;
  /** That of the listener's owner; undefined when the kernel is not up any more. */
  readonly scope: Scope | undefined;
  readonly event: string;
  readonly error: unknown;
  readonly collector: Collector | undefined;
}

/** Where an emit ran into a loop of emits. */
interface LoopOrigin {
  /** Of the kernel. */
  readonly path: string;
  readonly event: string;
}

/** Tells what fails while events are delivered: to who waits for the emit, else to `onError`. */
export class DeliveryFailures {
  readonly #core: ScopeCore;
  /** Every error of a nest that went too deep: the outermost emit tells it, whoever else comes to see it. */
  readonly #loops = new WeakSet<object>();
  #tellingLoop = false;

  constructor(core: ScopeCore) {
    this.#core = core;
  }

  /** A listener threw. */
  tell({ record, scope, event, error, collector }: FailedCall): void {
    record.errors++;
    record.lastError = error;
    const path = scope?.path ?? "";
    const label = describe(record.spec);
    if (collector) collector.failures.push({ path, label, error });
    else this.#core.report(error, { path, label, event });
  }

  /** An async listener rejected or was abandoned, or one failed whose events wait in line. */
  tellLater({ record, scope, event, error, collector }: FailedCall): void {
    if ((scope?.aborted && isAbortError(error)) || this.isToldAlready(error)) return;
    record.errors++;
    record.lastError = error;
    if (collector && !collector.orphaned)
      collector.failures.push({ path: scope?.path ?? "", label: describe(record.spec), error });
    // An abandonment is told by the stop.
    else if (!(error instanceof AbandonedError)) scope?.fail(record.spec, error, { event });
  }

  /** The error of a nest that went too deep; `events` from the outermost on. */
  loopOf(events: readonly string[]): EventLoopError {
    const error = new EventLoopError(events);
    this.#loops.add(error);
    return error;
  }

  /** Whether `error` ended a nest of emits that went too deep: then the outermost emit has told it, or will. */
  isToldAlready(error: unknown): boolean {
    return typeof error === "object" && error !== null && this.#loops.has(error);
  }

  /** The outermost emit of a nest that went too deep has ended. */
  tellLoop(error: EventLoopError, { path, event }: LoopOrigin, collector: Collector | undefined): void {
    const label = `event "${event}"`;
    if (collector) collector.failures.push({ path, label, error });
    // An onError that emits ran into a loop itself: asking it again would never end.
    else if (this.#tellingLoop) throwInOwnTurn(error);
    else {
      this.#tellingLoop = true;
      this.#core.report(error, { path, label, event });
      this.#tellingLoop = false;
    }
  }

  /** Tells what was gathered for a caller who will not look at it. */
  orphan(collector: Collector, event: string): void {
    collector.orphaned = true;
    for (const { error, ...origin } of collector.failures) this.#core.report(error, { ...origin, event });
  }
}
