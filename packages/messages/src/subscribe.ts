import {
  type ActivityOptions,
  type BackoffOptions,
  type Duration,
  type EventName,
  type EventPattern,
  type EventPayload,
  EventPayloadError,
  type Handle,
  milliseconds,
  PawlTypeError,
  type Service,
} from "@pawl/kernel";
import {
  backoffOf,
  checkCallback,
  checkOptions,
  compilePattern,
  LazyContext,
  probeBus,
  type SignalSource,
  scopeOf,
} from "@pawl/kernel/extend";
import type { LeasedMessage } from "./engine.ts";
import { MessagePayloadError } from "./errors/message-errors.ts";
import { exchangeOf } from "./exchange/exchange.ts";
import { checkCount } from "./lease/check-count.ts";
import { LeasedWork, type LeasedWorkTold } from "./lease/leased-work.ts";
import { decodePayload } from "./message-codec.ts";

export interface SubscribeOptions extends ActivityOptions {
  /**
   * Who shares the messages: every group gets each one once, and the subscriptions of one group to one event share them, in
   * whichever process. @default the owner path of the service
   */
  readonly group?: string;
  /** How many messages are handled at once in this process. @default 1 */
  readonly concurrency?: number;
  /** How often a message is tried again that has failed, before it is a dead letter. @default 5 */
  readonly retries?: number;
  /** How long a failed message waits before its next try. @default { initial: "1s", max: "1m", factor: 2, jitter: 0.5 } */
  readonly backoff?: BackoffOptions | Duration | false;
  /** Aborts the signal of a try after this long, which is how the try fails. @default none */
  readonly timeout?: Duration;
  /**
   * How soon a message comes again whose process has died. It is extended at a third of it for as long as the handler
   * runs; 1 s or more. @default "30s"
   */
  readonly lease?: Duration;
}

/** What is known of a message beside its payload; handlers get it second. */
export interface MessageContext {
  /** The same at each try, and in every group: what to recognise a message by that was handled before. */
  readonly id: string;
  /** Whose subscription it came to. */
  readonly group: string;
  readonly event: string;
  /** When it was published, in milliseconds since 1970. */
  readonly time: number;
  /** The owner path of who has published it. */
  readonly source: string;
  readonly key: string | undefined;
  /** 1 for the first try. */
  readonly attempt: number;
  /** Aborted when a stop is out of patience, the timeout has passed, or the lease is lost. */
  readonly signal: AbortSignal;
}

/** What handles messages: their payload, and the rest. For a pattern the payload is unknown. */
export type MessageHandler<This, P extends string> = string extends EventName
  ? { handler(this: This, payload: unknown, message: MessageContext): unknown }["handler"]
  : P extends EventPattern
    ? (this: This, payload: unknown, message: MessageContext) => unknown
    : (this: This, payload: EventPayload<P>, message: MessageContext) => unknown;

/** A subscription. `cancel()` gives back what runs; the group stays, and keeps its messages for who joins it next. */
export interface MessageSubscription extends Handle {
  readonly group: string;
  readonly event: string;
  /** Resolves when the group is joined: from then on it gets what is published, by whichever process. */
  readonly joined: Promise<void>;
  /** How many messages are being handled. */
  readonly running: number;
  /** Takes no more; resolves when what was taken is handled and acknowledged. Not to be awaited in its own handler. */
  close(): Promise<void>;
}

/** What the handler of one try gets. */
class MessageCall extends LazyContext implements MessageContext {
  readonly id: string;
  readonly group: string;
  readonly event: string;
  readonly time: number;
  readonly source: string;
  readonly key: string | undefined;
  readonly attempt: number;

  constructor(signal: SignalSource, { message, attempt }: LeasedMessage, group: string) {
    super(signal);
    this.id = message.id;
    this.group = group;
    this.event = message.event;
    this.time = message.time;
    this.source = message.source;
    this.key = message.key;
    this.attempt = attempt;
  }
}

/**
 * Handles the messages of an event, or of a pattern, that are published by whichever process: each at least once for its
 * group. One is acknowledged when its handler has returned or its promise resolves. One that fails is tried again after a
 * backoff, `retries` times, and is a dead letter then, which goes to `onError`; one whose process died comes again when its
 * lease has run out. The messages of one key come in order, one at a time. A new group begins with what is published from
 * then on. A stop takes no more and waits for what was taken; what it has to cut short is given back.
 *
 * @throws NotRunningError; TypeError or RangeError `PAWL_BAD_EVENT`, `PAWL_BAD_OPTION`, `PAWL_BAD_DURATION`
 * @example
 * subscribe(this, "order:placed", this.bill, { group: "billing", concurrency: 4 });
 */
export function subscribe<S extends Service, P extends EventName | EventPattern>(
  service: S,
  event: P,
  fn: MessageHandler<NoInfer<S>, P>,
  options: SubscribeOptions = {},
): MessageSubscription {
  const scope = scopeOf(service, "subscribe");
  checkCallback("subscribe", fn, "third");
  checkOptions("subscribe", options);
  // Also of a plain name, which it is then.
  compilePattern(event);
  const { app } = service;
  const { group = scope.path, concurrency = 1, retries = 5, timeout, lease = "30s" } = options;
  if (typeof group !== "string" || group === "") {
    throw new PawlTypeError("PAWL_BAD_OPTION", "subscribe(…, { group }): it must be a text that is not empty");
  }
  checkCount("subscribe(…, { concurrency })", concurrency, 1);
  checkCount("subscribe(…, { retries })", retries, 0);
  const leaseMs = leaseOf(lease);
  const { path, facts } = scope;
  const label = options.label ?? event;
  const tried = ({ message, attempt }: LeasedMessage) => ({
    path,
    group,
    event: message.event,
    id: message.id,
    attempt,
  });
  const told: LeasedWorkTold<LeasedMessage> = {
    started: (item) => facts.wants("message.started") && facts.record("message.started", tried(item)),
    ended: (item, ms, failure) =>
      facts.wants("message.ended") && facts.record("message.ended", { ...tried(item), ms, ...failure }),
    retried: (item, ms, error) => facts.record("message.retried", { ...tried(item), ms, error }),
    dead: (item, error) => facts.record("message.dead", { ...tried(item), error }),
  };
  const bus = probeBus(app);
  const work = new LeasedWork<LeasedMessage>(scope, {
    service,
    kind: "subscription",
    label,
    open: (signal) => exchangeOf(app).source({ group, event, leaseMs, concurrency }, signal),
    work(item, source) {
      const { message } = item;
      const payload = bus.parse(message.event, decodePayload(message));
      const context = new MessageCall(source, item, group);
      return (fn as (this: S, payload: unknown, message: MessageContext) => unknown).call(service, payload, context);
    },
    carrier:
      ({ message }) =>
      (header) =>
        message.headers[header],
    isFinal: (error) => error instanceof EventPayloadError || error instanceof MessagePayloadError,
    settings: {
      concurrency,
      attempts: retries + 1,
      backoff: backoffOf(options.backoff ?? { initial: "1s", max: "1m" }, "subscribe(…, { backoff })"),
      timeout: timeout === undefined ? undefined : milliseconds(timeout, "subscribe(…, { timeout })"),
      onError: options.onError ?? "report",
      signal: options.signal,
    },
    told,
  });
  return {
    label,
    group,
    event,
    joined: work.opened,
    get running() {
      return work.running;
    },
    close: () => work.finish(),
    cancel: () => work.cancel(),
    [Symbol.dispose]: () => work.cancel(),
  };
}

/** @throws RangeError `PAWL_BAD_OPTION` */
function leaseOf(lease: Duration): number {
  const ms = milliseconds(lease, "subscribe(…, { lease })");
  checkCount("subscribe(…, { lease }), in milliseconds", Math.ceil(ms), 1_000);
  return ms;
}
