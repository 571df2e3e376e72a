import type { CallSpec } from "./call.ts";

/** A call of user code, as instrumentation sees it. */
export interface InstrumentedCall {
  /** Owner path; of an event that of its emitter. */
  readonly path: string;
  /**
   * What is called: `{ kind: "interval", label: "collect" }`. An emit is one of kind `event`, around the calls of its
   * listeners.
   */
  readonly spec: CallSpec;
}

/** What is around every call of user code in one kernel: tracing. */
export interface Instrumentation {
  /**
   * Calls `fn` once, synchronously, and gives what that gives: a promise as it is, of anything else with a `then` maybe a
   * promise of the same. It throws what `fn` throws and nothing of its own.
   */
  around<T>(call: InstrumentedCall, fn: () => T): T;
  /**
   * What a message to another process carries along, so that the trace goes on there: `traceparent`, `tracestate`. Names
   * in lower case; of who calls it.
   */
  headers?(): Record<string, string>;
}
