import type { Action, ActionInput, ActionResult, Duration, ServiceMap } from "@pawl/kernel";
import type { JSONParsed } from "hono/utils/types";

/** How one call of an action is made. */
export interface CallOptions {
  /** How long to wait for the answer; the action's signal is aborted with it. @default "30s" */
  readonly timeout?: Duration;
  /** Aborts the call, and the action's signal with it. */
  readonly signal?: AbortSignal;
  /** Sent as `Authorization: Bearer`. */
  readonly token?: string;
  /**
   * Sent with it, or a function that gives them for each call, made in the context of who calls: those of a trace. What
   * the call itself needs takes their place.
   */
  readonly headers?: Readonly<Record<string, string>> | (() => Readonly<Record<string, string>>);
  /** Bytes that an answer may have; `Infinity` sets no limit. @default 67_108_864, 64 MiB */
  readonly answerLimit?: number;
  /** Makes the requests: another transport than TCP, or a test. @default the platform's */
  readonly fetch?: typeof fetch;
}

/** What arrives: the result as JSON has it, so that a Date is a string. */
export type Wire<R> = unknown extends R
  ? unknown
  : [R] extends [undefined | void]
    ? undefined
    : JSONParsed<Exclude<R, void>>;

type ActionKey<T> = { [K in keyof T]: T[K] extends Action<infer _, unknown, never> ? K : never }[keyof T] & string;
type CallArgs<Input> = [Input] extends [void]
  ? [input?: undefined, options?: CallOptions]
  : undefined extends Input
    ? [input?: Input, options?: CallOptions]
    : [input: Input, options?: CallOptions];
type RemoteAction<A> = (...args: CallArgs<ActionInput<A>>) => Promise<Wire<Awaited<ActionResult<A>>>>;

/** The services that have actions, with nothing but their actions. */
export type Client<S> = {
  readonly [N in keyof S as [ActionKey<S[N]>] extends [never] ? never : N]: {
    readonly [K in ActionKey<S[N]>]: RemoteAction<S[N][K]>;
  };
};

/** `"metrics.stats"`, of every action of `S`. */
export type ActionPath<S = ServiceMap> = { [N in keyof S & string]: `${N}.${ActionKey<S[N]>}` }[keyof S & string];
type AtPath<P, S = ServiceMap> = P extends `${infer N}.${infer K}`
  ? N extends keyof S
    ? K extends keyof S[N]
      ? S[N][K]
      : never
    : never
  : never;

/** What `perform` takes: the actions of the declared services, or any name while none is declared. */
export type PerformPath = [keyof ServiceMap] extends [never] ? string : ActionPath;
export type PerformArgs<P> = [AtPath<P>] extends [never]
  ? [input?: unknown, options?: CallOptions]
  : CallArgs<ActionInput<AtPath<P>>>;
export type PerformResult<P> = [AtPath<P>] extends [never] ? unknown : Wire<Awaited<ActionResult<AtPath<P>>>>;
