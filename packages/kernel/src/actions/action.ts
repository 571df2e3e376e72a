import type { Duration } from "../duration.ts";
import type { Schema } from "../schema.ts";

declare const types: unique symbol;

/**
 * A named, schema-checked method of a service that can be called from outside the process. In the process it is a plain
 * function: what it is called with is not checked again, and nobody tracks the call.
 */
export interface Action<Input = never, Result = unknown, Parsed = Input, Given = Result> {
  (...input: undefined extends Parsed ? [input?: Parsed] : [input: Parsed]): Result;
  /** What input from outside is checked with; undefined for an action that takes none. */
  readonly schema: Schema | undefined;
  /** Only in types: what it takes from outside, and what it gives there. */
  readonly [types]?: { readonly input: Input; readonly result: Given };
}

/** What an action takes from outside, before its schema has parsed it. */
export type ActionInput<A> = A extends Action<infer Input, unknown, never> ? Input : never;
/** What an action gives to callers outside: what its function returns, or what the schema of its output makes of that. */
export type ActionResult<A> = A extends { readonly [types]?: { readonly result: infer Result } | undefined }
  ? Result
  : never;

/** What the function of an action gets last. */
export interface ActionContext {
  /** Aborted when the caller gives up, its time is up, or the service stops. */
  readonly signal: AbortSignal;
  /** How it was called: `"call"` in the process, else the name of the transport, such as `"http"`. */
  readonly transport: string;
}

export interface ActionOptions {
  /** What callers outside know it by: letters, digits, `_` and `-`. @default the name of the field */
  readonly name?: string;
  /** One sentence for documents and help texts. */
  readonly description?: string;
  /** Whether only who administers the app may call it. @default false */
  readonly admin?: boolean;
  /** How long a call from outside may take; its signal is aborted then. @default as long as the caller waits */
  readonly timeout?: Duration;
}

export interface OutputOptions<O extends Schema> extends ActionOptions {
  /**
   * What it gives, for documents. A caller outside gets what the schema gives for the result; a result that does not fit is a
   * failure of the action. In the process nothing is checked.
   */
  readonly output: O;
}

/** What documents and transports may know of an action. */
export interface ActionInfo {
  readonly name: string;
  readonly description: string | undefined;
  readonly admin: boolean;
  /** Of its input; undefined where it takes none. */
  readonly schema: Schema | undefined;
  /** Of its result; undefined where that may be anything. */
  readonly output: Schema | undefined;
}
