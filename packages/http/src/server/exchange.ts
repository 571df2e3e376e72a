import type { IncomingMessage, ServerResponse } from "node:http";
import { AbortError } from "@pawl/kernel";
import type { HttpBindings } from "../context.ts";
import type { RouteEntry } from "../routes/mounted-routes.ts";

/** One request and its answer, from its arrival until the answer is sent in full. It is what `c.env` is. */
export class Exchange implements HttpBindings {
  readonly incoming: IncomingMessage | undefined;
  readonly outgoing: ServerResponse | undefined;
  readonly isHead: boolean;
  /** Who answers it: the innermost owner that user code was called for. */
  entry: RouteEntry | undefined;
  /** Whether the body was held against the limit. */
  bodyLimited = false;
  /** Whether middleware is around the route that answers: it may make another response of its. */
  isWrapped = false;
  /** Whether the answer is a text that brings the headers of every answer with it. */
  isComplete = false;
  /** Whether the answer is a stream that has no end of its own (`text/event-stream`). */
  endless = false;
  /** What made it fail, for its fact. */
  error: unknown;
  /** Ends a stream that is being sent. */
  end: (() => void) | undefined;
  /** Told once who answers, and once how it ended; set where somebody observes requests. */
  onEnter: ((entry: RouteEntry | undefined) => void) | undefined;
  onEnd: ((status: number) => void) | undefined;
  #signal: AbortSignal | undefined;
  #controller: AbortController | undefined;
  #aborted: AbortError | undefined;
  /** Signals that it follows where there is no socket: the caller's and the server's. */
  readonly #followed: readonly AbortSignal[];

  constructor(
    isHead: boolean,
    incoming: IncomingMessage | undefined,
    outgoing: ServerResponse | undefined,
    followed: readonly AbortSignal[] = [],
  ) {
    this.isHead = isHead;
    this.incoming = incoming;
    this.outgoing = outgoing;
    this.#followed = followed;
  }

  // Made when first asked for: most requests never look at it.
  get signal(): AbortSignal {
    this.#signal ??= this.outgoing ? this.#signalOf(this.outgoing) : AbortSignal.any([...this.#followed]);
    return this.#signal;
  }

  /** Whether anybody waits for the signal. */
  get hasSignal(): boolean {
    return this.#signal !== undefined;
  }

  /** Whether the client went before its answer was sent. */
  get isGone(): boolean {
    const { outgoing } = this;
    return outgoing?.destroyed === true && !outgoing.writableFinished;
  }

  /** Whether the answer is on its way or still to come. */
  get isOpen(): boolean {
    const { outgoing } = this;
    return outgoing !== undefined && !outgoing.writableFinished && !outgoing.destroyed;
  }

  /** Takes note that user code of `entry` answers. */
  enter(entry: RouteEntry | undefined): void {
    this.entry = entry ?? this.entry;
    if (!this.onEnter) return;
    this.onEnter(entry);
    this.onEnter = undefined;
  }

  /** Takes note that the answer is out. */
  ended(status: number): void {
    this.onEnd?.(status);
    this.onEnd = undefined;
  }

  abort(reason: AbortError): void {
    this.#aborted ??= reason;
    this.#controller?.abort(reason);
  }

  /** Resolves when the answer is sent in full or the client has gone. */
  get sent(): Promise<void> {
    const { outgoing } = this;
    if (!outgoing || !this.isOpen) return Promise.resolve();
    return new Promise((resolve) => {
      outgoing.once("close", resolve);
    });
  }

  #signalOf(outgoing: ServerResponse): AbortSignal {
    const controller = new AbortController();
    this.#controller = controller;
    if (this.#aborted) controller.abort(this.#aborted);
    else if (this.isGone) controller.abort(new AbortError("the client has gone"));
    else {
      outgoing.once("close", () => {
        if (!outgoing.writableFinished) controller.abort(new AbortError("the client has gone"));
      });
    }
    return controller.signal;
  }
}
