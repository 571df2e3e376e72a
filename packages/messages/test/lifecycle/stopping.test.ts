import { Kernel, provide, Service } from "@pawl/kernel";
import { Messages, publish, subscribe } from "@pawl/messages";
import { MemoryEngine, MemoryStore, type MessageEngine } from "@pawl/messages/extend";
import { testApp, virtualClock } from "@pawl/testing";
import { expect, test } from "vitest";

class Publisher extends Service {
  place = (id: number) => publish(this, "order:placed", id);
}

/** Handles orders as `handle` says, in a group that outlives it. */
class Billing extends Service {
  readonly handle: (order: unknown, context: { attempt: number; signal: AbortSignal }) => unknown;
  constructor(handle: Billing["handle"]) {
    super();
    this.handle = handle;
  }
  override onStart() {
    subscribe(this, "order:placed", (order, context) => this.handle(order, context), { group: "billing" });
  }
}

const kept = (store: MemoryStore) => new Messages({ engine: () => new MemoryEngine(store) });

test("a stop takes no more, and waits until what was taken is handled and acknowledged", async () => {
  const store = new MemoryStore();
  const clock = virtualClock();
  const handled: unknown[] = [];
  const publisher = new Publisher();
  const billing = new Billing(async (order) => {
    await new Promise<void>((resolve) => clock.setTimer(resolve, 3_000));
    handled.push(order);
  });
  const kernel = new Kernel({ clock, providers: { messages: kept(store), publisher, billing } });
  await kernel.start();
  await publisher.place(1);
  await publisher.place(2);
  await clock.advance("1s");
  const stopped = kernel.stop();
  await clock.advance("5s");
  await stopped;
  expect(handled).toEqual([1]);
  expect(store.figures()).toEqual([{ group: "billing", event: "order:placed", waiting: 1, running: 0, dead: 0 }]);
});

test("what a stop has to cut short is given back at once, and has cost no try", async () => {
  const store = new MemoryStore();
  const clock = virtualClock();
  const seen: number[] = [];
  const publisher = new Publisher();
  const billing = new Billing((_order, { attempt, signal }) => {
    seen.push(attempt);
    return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  });
  const kernel = new Kernel({ clock, stopTimeout: "2s", providers: { messages: kept(store), publisher, billing } });
  await kernel.start();
  await publisher.place(1);
  await clock.advance("1s");
  const stopped = kernel.stop();
  await clock.advance("3s");
  await stopped;
  expect(seen).toEqual([1]);
  expect(store.figures()).toMatchObject([{ waiting: 1, running: 0 }]);
  await kernel.start();
  await clock.advance("1s");
  expect(seen).toEqual([1, 1]);
  const again = kernel.stop();
  await clock.advance("3s");
  await again;
});

test("a handler that a stop leaves behind keeps its lease: nobody else gets its message before that has run out", async () => {
  const store = new MemoryStore();
  const clock = virtualClock();
  const publisher = new Publisher();
  const billing = new Billing(() => new Promise(() => {}));
  const kernel = new Kernel({ clock, stopTimeout: "1s", providers: { messages: kept(store), publisher, billing } });
  await kernel.start();
  await publisher.place(1);
  await clock.advance("1s");
  const stopped = expect(kernel.stop()).rejects.toThrow(/subscription "order:placed" was still running after 1s/);
  await clock.advance("5s");
  await stopped;
  expect(store.figures()).toMatchObject([{ running: 1 }]);
  await clock.advance("30s");
  expect(store.figures()).toMatchObject([{ running: 0, waiting: 1 }]);
});

test("a stop does not wait for an engine that cannot be reached", async () => {
  const engine = new MemoryEngine();
  const unreachable: MessageEngine = Object.assign(engine, { source: () => new Promise<never>(() => {}) });
  await using app = await testApp({
    providers: { messages: new Messages({ engine: () => unreachable }), billing: new Billing(() => {}) },
  });
  await app.stop();
  expect(app.clock.now()).toBeLessThan(1);
});

test("a crash gives back what runs, and the restart goes on with it", async () => {
  const clock = virtualClock();
  const attempts: number[] = [];
  const publisher = new Publisher();
  const billing = new Billing(async (_order, { attempt, signal }) => {
    attempts.push(attempt);
    if (attempts.length > 1) return;
    billing.fail(new Error("no more"));
    signal.throwIfAborted();
  });
  const kernel = new Kernel({
    clock,
    onError() {},
    providers: { publisher, billing: provide(billing, { restart: "on-failure" }) },
  });
  await kernel.start();
  await publisher.place(1);
  await clock.advance("5s");
  expect(attempts).toEqual([1, 1]);
  await kernel.stop();
});
