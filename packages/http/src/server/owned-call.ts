import { type CallSpec, runIn } from "@pawl/kernel/extend";
import type { Context } from "../context.ts";
import { describeEntry, type RouteEntry } from "../routes/mounted-routes.ts";
import { Attempt } from "./attempt.ts";
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
    const attempt = new Attempt(fn);
    try {
      runIn(owner, "request", exchange.outgoing ? this.#fromOutside : this.#fromInside, attempt.call, attempt);
    } catch (cause) {
      throw new Unavailable(`${describeEntry(entry)}: ${owner.path} takes no requests now`, { cause });
    }
    // A stop that gives up on it cuts its connection; without one, whoever waits has to be told.
    return exchange.outgoing ? attempt.result : attempt.boundedResult;
  }
}
