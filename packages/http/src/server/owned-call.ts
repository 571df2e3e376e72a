import { type CallEnd, type CallSpec, callsOf, type ServiceCalls } from "@pawl/kernel/extend";
import type { Context } from "../context.ts";
import { describeEntry, type RouteEntry } from "../routes/mounted-routes.ts";
import { limitBody } from "./body-limit.ts";
import type { Exchange } from "./exchange.ts";

/** The owner of a route takes no requests now: the answer is 503. */
export class Unavailable extends Error {}

/** Calls the user code of one route as an in-flight call of its owner. */
export class OwnedCall {
  readonly #entry: RouteEntry;
  readonly #bodyLimit: number;
  /** Whether requests of this route may bring a body. */
  readonly #hasBody: boolean;
  /** Nobody of this process waits for what came from outside. */
  readonly #fromOutside: CallSpec;
  readonly #fromInside: CallSpec;

  constructor(entry: RouteEntry, bodyLimit: number) {
    this.#entry = entry;
    this.#bodyLimit = bodyLimit;
    this.#hasBody = entry.method !== "GET";
    const label = `${entry.method} ${entry.path}`;
    this.#fromInside = { kind: "request", label, drains: true };
    this.#fromOutside = { ...this.#fromInside, detached: true };
  }

  /** @throws Unavailable; BodyTooLargeError; what `fn` throws */
  run<T>(c: Context, fn: () => T | PromiseLike<T>): T | Promise<T> {
    const exchange = c.env as Exchange;
    const entry = this.#entry;
    const { owner } = entry.unit;
    // Middleware of the same owner is around it: it is within that call.
    const within = exchange.entry?.unit.owner === owner;
    exchange.enter(entry);
    if (this.#hasBody && !exchange.bodyLimited && !exchange.isHead) limitBody(c, exchange, this.#bodyLimit);
    if (within) return fn() as T | Promise<T>;
    const calls = this.#calls();
    // A stop that gives up on it cuts its connection; without one, whoever waits has to be told.
    if (!exchange.outgoing) return bounded(calls, this.#fromInside, fn);
    return calls.call(this.#fromOutside, fn, untold) as T | Promise<T>;
  }

  #calls(): ServiceCalls {
    const { owner } = this.#entry.unit;
    try {
      return callsOf(owner, "request");
    } catch (cause) {
      throw new Unavailable(`${describeEntry(this.#entry)}: ${owner.path} takes no requests now`, { cause });
    }
  }
}

/** Hono has the promise itself, and answers what becomes of it. */
const untold: CallEnd<unknown> = { ok() {}, fail() {} };

/** Calls `fn`; where it gives a promise, what is given also rejects when the service waits for that no longer. */
function bounded<T>(calls: ServiceCalls, spec: CallSpec, fn: () => T | PromiseLike<T>): T | Promise<T> {
  let abandon: ((error: unknown) => void) | undefined;
  const given = calls.call(spec, fn, { ok() {}, fail: (error) => abandon?.(error) });
  if (!(given instanceof Promise)) return given as T;
  const abandoned = new Promise<never>((_, reject) => {
    abandon = reject;
  });
  return Promise.race([given, abandoned]);
}
