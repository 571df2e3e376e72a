import { type Attributes, type Span, SpanStatusCode } from "@opentelemetry/api";
import { attributesOf, isFailure, summaryOf } from "./failure.ts";

/** A span that ends exactly once, whoever comes first. */
export class OpenSpan {
  readonly span: Span;
  #isOpen = true;
  readonly #onEnd: (() => void)[] = [];

  constructor(span: Span) {
    this.span = span;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Calls `fn` when it has ended. */
  onEnd(fn: () => void): void {
    this.#onEnd.push(fn);
  }

  end(attributes?: Attributes): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    if (attributes) this.span.setAttributes(attributes);
    this.span.end();
    for (const fn of this.#onEnd) fn();
  }

  /** Ends it by what was thrown: as failed, unless that says that somebody has cancelled, refused or put off the call. */
  endBy(error: unknown): void {
    if (isFailure(error)) this.fail(error);
    else this.end(attributesOf(error));
  }

  /** Ends it as failed. */
  fail(error: unknown): void {
    if (!this.#isOpen) return;
    const { exception, message } = summaryOf(error);
    this.span.recordException(exception);
    this.span.setStatus({ code: SpanStatusCode.ERROR, message });
    this.end(attributesOf(error));
  }

  /** Ends it as failed by what was answered; `error` is what made that so, where it is known. */
  failWith(error: unknown, status: string): void {
    if (error !== undefined) this.fail(error);
    if (!this.#isOpen) return;
    this.span.setStatus({ code: SpanStatusCode.ERROR });
    this.end({ "error.type": status });
  }

  /** Ends it, since a stop waits for its call no longer. */
  abandon(afterMs: number): void {
    const message = `it was still running after ${afterMs} ms and was left behind by a stop`;
    this.fail(Object.assign(new Error(message), { name: "AbandonedError", code: "PAWL_ABANDONED", stack: undefined }));
  }
}
