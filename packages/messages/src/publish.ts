import {
  type Duration,
  type EventName,
  type EventPayload,
  milliseconds,
  NotRunningError,
  PawlTypeError,
  type Service,
} from "@pawl/kernel";
import { checkEventName, kernelScope, probeBus } from "@pawl/kernel/extend";
import type { EngineMessage } from "./engine.ts";
import { MessageNotPublishedError } from "./errors/message-errors.ts";
import { exchangeOf } from "./exchange/exchange.ts";
import { encodePayload } from "./message-codec.ts";
import { addToOutbox } from "./transactions/outbox-table.ts";
import { type DatabaseTransaction, transactionOf } from "./transactions/sql-transaction.ts";

export interface PublishOptions {
  /** Those of one key reach each group in the order in which they were published, one at a time. */
  readonly key?: string;
  /** Of the message. A second one with the same id, within the engine's window (2 minutes at least), reaches nobody. @default a random UUID */
  readonly id?: string;
  /** How long the engine is waited for, where it cannot be reached. @default "10s" */
  readonly timeout?: Duration;
  /**
   * The caller's transaction, in which it goes into an outbox: an `Outbox` publishes it when that has committed, and
   * nothing where it is rolled back. A `DatabaseSync` of `node:sqlite` or a client of `pg`, between BEGIN and COMMIT.
   */
  readonly transaction?: DatabaseTransaction;
}

/** The arguments after the event: its payload, which may be left out where it may be undefined, and the options. */
export type PublishArgs<K extends string> =
  undefined extends EventPayload<K>
    ? [payload?: EventPayload<K>, options?: PublishOptions]
    : [payload: EventPayload<K>, options?: PublishOptions];

/**
 * Publishes an event to every group that subscribes to it, in whichever process. Resolves with the id of the message when
 * the engine has taken it; what becomes of it then is told where it is handled. It is checked with the event's schema,
 * and travels as JSON, a `Uint8Array` as its bytes.
 *
 * A failure says nothing of whether the message was taken: publish it again with the `id` of the error.
 *
 * @throws EventPayloadError, MessagePayloadError, TypeError `PAWL_BAD_EVENT` or `PAWL_BAD_OPTION`, MessageNotPublishedError,
 * NotRunningError where the service has no kernel; all as a rejection
 * @example
 * await publish(this, "order:placed", order, { key: order.id });
 */
export async function publish<K extends EventName>(
  service: Service,
  event: K,
  ...[payload, options]: PublishArgs<K>
): Promise<string> {
  return publishAny(service, event, payload, options as PublishOptions | undefined);
}

async function publishAny(
  service: Service,
  event: string,
  payload: unknown,
  { key, id = crypto.randomUUID(), timeout = "10s", transaction }: PublishOptions = {},
): Promise<string> {
  checkEventName(event);
  checkText("key", key);
  checkText("id", id);
  const ms = milliseconds(timeout, "publish(…, { timeout })");
  const { app, path } = service;
  const { clock, facts, traceHeaders } = kernelScope(app);
  const message: EngineMessage = {
    id,
    event,
    time: clock.wallTime(),
    source: path,
    key,
    headers: traceHeaders(),
    ...encodePayload(event, probeBus(app).parse(event, payload)),
  };
  if (transaction !== undefined) {
    await addToOutbox(transactionOf(transaction), message);
    return id;
  }
  const began = clock.now();
  const exchange = exchangeOf(app);
  const late = new AbortController();
  const cancelTimer = clock.setTimer(() => late.abort(), ms, `${path}: publish "${event}"`);
  try {
    await exchange.publish(message, late.signal);
  } catch (error) {
    if (error instanceof NotRunningError) throw error;
    throw new MessageNotPublishedError(
      path,
      event,
      id,
      late.signal.aborted ? clock.now() - began : undefined,
      exchange.name,
      late.signal.aborted && error === late.signal.reason ? undefined : error,
    );
  } finally {
    cancelTimer();
  }
  if (facts.wants("message.published")) facts.record("message.published", { path, event, id, ms: clock.now() - began });
  return id;
}

function checkText(option: string, value: unknown): void {
  if (value === undefined || (typeof value === "string" && value !== "")) return;
  throw new PawlTypeError(
    "PAWL_BAD_OPTION",
    `publish(…, { ${option} }): it must be a text that is not empty, not ${JSON.stringify(value)}`,
  );
}
