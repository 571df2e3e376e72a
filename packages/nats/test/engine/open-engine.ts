import { systemClock } from "@pawl/kernel";
import type { EngineMessage, LeasedMessage, LeaseSource, MessageEngine } from "@pawl/messages/extend";
import { natsEngine } from "@pawl/nats";

/** An engine of a test's own, with the errors that it told. */
export interface OpenEngine extends MessageEngine, AsyncDisposable {
  readonly told: unknown[];
}

export async function openEngine(url: string): Promise<OpenEngine> {
  const told: unknown[] = [];
  const engine = natsEngine(url);
  await engine.open({ clock: systemClock, app: "test", report: (error) => void told.push(error) });
  return Object.assign(engine, { told, [Symbol.asyncDispose]: () => engine.close() });
}

export function message(id: string, more: Partial<EngineMessage> = {}): EngineMessage {
  return {
    id,
    event: "order:placed",
    time: Date.now(),
    source: "shop/orders",
    key: undefined,
    contentType: "application/json",
    headers: {},
    data: new TextEncoder().encode(JSON.stringify({ id })),
    ...more,
  };
}

/** A signal that is aborted when a test has waited for too long. */
export const soon = (ms = 5_000): AbortSignal => AbortSignal.timeout(ms);

/** The next message. */
export async function next(source: LeaseSource<LeasedMessage>, signal = soon()): Promise<LeasedMessage> {
  const [taken] = await source.take(1, signal);
  if (!taken) throw new Error("nothing came");
  return taken;
}

/** Whether nothing comes for `ms` milliseconds. */
export async function nothingComes(source: LeaseSource<LeasedMessage>, ms = 300): Promise<boolean> {
  return (await source.take(1, soon(ms))).length === 0;
}
