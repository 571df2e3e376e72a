import { getEventListeners } from "node:events";
import {
  EventsDroppedError,
  type EventsOptions,
  isAbortError,
  ListenerFullError,
  NotRunningError,
  StepError,
  type StopError,
} from "@pawl/kernel";
import { testApp } from "@pawl/testing";
import { describe, expect, it } from "vitest";
import { type GivenService, given } from "../given-service.ts";

async function twoServices() {
  const one = given();
  const two = given();
  return { app: await testApp({ providers: { one, two } }), one, two };
}

/** Takes everything that the loop is given. */
async function all(events: AsyncIterable<unknown>): Promise<unknown[]> {
  const taken: unknown[] = [];
  for await (const event of events) taken.push(event);
  return taken;
}

/** Spawns a loop that handles each event of "paid" in a second. */
function slowLoop(service: GivenService, options?: EventsOptions) {
  const log: string[] = [];
  const events = service.events("paid", options);
  const task = service.spawn(async function loop({ signal }) {
    for await (const n of events) {
      await service.sleep("1s");
      log.push(`${n} (${signal.aborted ? "aborted" : "alive"})`);
    }
    log.push("left");
  });
  return { log, events, task };
}

describe("events(event)", () => {
  it("gives a loop the payloads as they come, those from before its first turn included", async () => {
    const { app, one } = await twoServices();
    await using _ = app;
    app.bus.emit("paid", "before");
    const events = one.events("paid");
    for (const n of [1, 2]) expect(app.bus.emit("paid", n)).toBe(1);
    const taken: unknown[] = [];
    for await (const n of events) {
      taken.push(n);
      if (n === 2) app.bus.emit("paid", 3);
      if (n === 3) setImmediate(() => app.bus.emit("paid", 4));
      if (n === 4) break;
    }
    expect(taken).toEqual([1, 2, 3, 4]);
  });

  it("gives a pattern's loop the payload and the name", async () => {
    const { app, one } = await twoServices();
    await using _ = app;
    await using events = one.events("order:*");
    app.bus.emit("order:paid", 1);
    app.bus.emit("other:paid", 2);
    app.bus.emit("order.sent", 3);
    expect([(await events.next()).value, (await events.next()).value]).toEqual([
      [1, "order:paid"],
      [3, "order.sent"],
    ]);
  });

  it("gives the parsed value of an event with a schema", async () => {
    const one = given();
    const validate = (n: unknown) => ({ value: Number(n) });
    const events = { counted: { "~standard": { version: 1, vendor: "test", validate } } } as const;
    await using app = await testApp({ providers: { one }, events });
    await using stream = one.events("counted");
    app.bus.emit("counted", "3");
    expect(await stream.next()).toEqual({ done: false, value: 3 });
  });

  it("answers several who ask at a time in the order in which they asked", async () => {
    const { app, one } = await twoServices();
    await using _ = app;
    const events = one.events("paid");
    const asked = [events.next(), events.next(), events.next()];
    for (const n of [1, 2]) app.bus.emit("paid", n);
    await events.return();
    expect(await Promise.all(asked)).toEqual([
      { done: false, value: 1 },
      { done: false, value: 2 },
      { done: true, value: undefined },
    ]);
  });

  it("is an activity of its service, with figures as plain JSON, and holds up no emitAndWait", async () => {
    const { app, one } = await twoServices();
    await using _ = app;
    const events = one.events("paid", { buffer: 2, overflow: "drop-oldest" });
    for (const n of [1, 2, 3]) await app.bus.emitAndWait("paid", n);
    expect(await events.next()).toEqual({ done: false, value: 2 });
    expect(app.inspect().services[0]?.activities).toStrictEqual([
      { kind: "events", label: "paid", given: 1, queued: 1, dropped: 1, capacity: 2 },
    ]);
    await using unbounded = one.events("paid", { buffer: Number.POSITIVE_INFINITY });
    expect(app.inspect().services[0]?.activities[1]).toStrictEqual({
      kind: "events",
      label: "paid",
      given: 0,
      queued: 0,
      dropped: 0,
    });
    await events.return();
    await unbounded.return();
  });

  it.each<[string, string, object, string]>([
    ["an empty name", "", {}, "PAWL_BAD_EVENT"],
    ["a malformed pattern", "a*", {}, "PAWL_BAD_EVENT"],
    ["a buffer of zero", "paid", { buffer: 0 }, "PAWL_BAD_OPTION"],
    ["a policy that it does not know", "paid", { overflow: "wait" }, "PAWL_BAD_OPTION"],
    ["what is no signal", "paid", { signal: {} }, "PAWL_BAD_OPTION"],
  ])("throws at once for %s, and leaves nothing", async (_, event, options, code) => {
    const { app, one } = await twoServices();
    await using _app = app;
    expect(() => one.events(event, options)).toThrow(expect.objectContaining({ code }));
    expect(app.inspect()).toMatchObject({ events: [], services: [{ activities: [] }, {}] });
  });

  it("is refused where the service takes no work", async () => {
    const { app, one } = await twoServices();
    await using _ = app;
    await one.stop();
    expect(() => one.events("paid")).toThrow(NotRunningError);
    expect(() => given().events("paid")).toThrow("move it to onStart()");
  });
});

describe("A loop over events() ends", () => {
  it("by break, return or throw: it leaves the tree, and what it held is dropped and counted", async () => {
    const leave: Record<string, (events: AsyncIterable<unknown>) => Promise<unknown>> = {
      break: async (events) => {
        for await (const _ of events) break;
      },
      return: async (events) => {
        for await (const n of events) return n;
        return undefined;
      },
      throw: async (events) => {
        for await (const n of events) throw new Error(`boom ${n}`);
      },
    };
    for (const way of Object.values(leave)) {
      const { app, one } = await twoServices();
      await using _ = app;
      const events = one.events("paid");
      for (const n of [1, 2, 3]) app.bus.emit("paid", n);
      await way(events).catch(() => {});
      expect(app.bus.emit("paid", 4)).toBe(0);
      expect(app.inspect()).toMatchObject({ events: [], services: [{ activities: [] }, {}] });
      expect(app.facts.of("event.dropped")).toMatchObject(
        [2, 3].map(() => ({ path: "one", label: 'events of "paid"', event: "paid", why: "cancelled" })),
      );
      expect(await events.next()).toEqual({ done: true, value: undefined });
    }
  });

  it("by its disposal", async () => {
    const { app, one } = await twoServices();
    await using _ = app;
    {
      await using events = one.events("paid");
      void events;
      expect(app.bus.emit("paid")).toBe(1);
    }
    expect(app.bus.emit("paid")).toBe(0);
  });

  it("by its signal with an AbortError, after what it held; its owner has nothing to wait for", async () => {
    const { app, one } = await twoServices();
    await using _ = app;
    const controller = new AbortController();
    const events = one.events("paid", { signal: controller.signal });
    for (const n of [1, 2]) app.bus.emit("paid", n);
    controller.abort();
    expect(app.bus.emit("paid", 3)).toBe(0);
    expect(app.inspect()).toMatchObject({ events: [], services: [{ activities: [] }, {}] });
    expect([(await events.next()).value, (await events.next()).value]).toEqual([1, 2]);
    const error: unknown = await events.next().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "AbortError", path: "one", message: 'one: events of "paid" were cancelled' });
    expect(await events.next()).toEqual({ done: true, value: undefined });
    await one.stop();
  });

  it("and leaves nothing on a signal that goes on", async () => {
    const { app, one } = await twoServices();
    await using _ = app;
    const { signal } = new AbortController();
    const left = one.events("paid", { signal });
    one.events("paid", { signal });
    expect(getEventListeners(signal, "abort")).toHaveLength(2);
    await left.return();
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    await one.stop();
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it("by what came first: a signal does not hide that it fell behind", async () => {
    const { app, one } = await twoServices();
    await using _ = app;
    const controller = new AbortController();
    const events = one.events("paid", { buffer: 1, signal: controller.signal });
    for (const n of [1, 2]) app.bus.emit("paid", n);
    controller.abort();
    expect(await events.next()).toEqual({ done: false, value: 1 });
    await expect(events.next()).rejects.toThrow(ListenerFullError);
  });

  it("by its signal while it waits, before it has begun, and where nobody looks", async () => {
    const { app, one } = await twoServices();
    await using _ = app;
    const controller = new AbortController();
    const { signal } = controller;
    const waiting = all(one.events("paid", { signal })).catch((error: unknown) => error);
    const asked = one.events("paid", { signal });
    void asked.next();
    controller.abort();
    expect(isAbortError(await waiting)).toBe(true);
    const early = all(one.events("paid", { signal })).catch((error: unknown) => error);
    expect(isAbortError(await early)).toBe(true);
    await app.clock.settle();
    expect(app.inspect()).toMatchObject({ events: [], services: [{ activities: [] }, {}] });
  });
});

describe("A loop over events() that falls behind", () => {
  it("gets what is held, then the error that says so: it is told to nobody else", async () => {
    const { app, one } = await twoServices();
    await using _ = app;
    const events = one.events("order:*", { buffer: 2 });
    for (const n of [1, 2]) app.bus.emit("order:paid", n);
    await expect(app.bus.emitAndWait("order:sent", 3)).resolves.toBeUndefined();
    // It has ended: what comes later is no loss of its own.
    expect(app.bus.emit("order:paid", 4)).toBe(0);
    const taken: unknown[] = [];
    const error = await (async () => {
      for await (const [n] of events) taken.push(n);
    })().catch((thrown: unknown) => thrown);
    expect(taken).toEqual([1, 2]);
    expect(error).toBeInstanceOf(ListenerFullError);
    expect(error).toMatchObject({
      code: "PAWL_LISTENER_FULL",
      path: "one",
      event: "order:sent",
      message: expect.stringContaining(
        'one: events of "order:*" refused "order:sent", since 2 events are in line already',
      ),
    });
    expect(app.inspect()).toMatchObject({ services: [{ activities: [] }, {}] });
    expect(app.facts.of("event.dropped")).toMatchObject([{ event: "order:sent", why: "full" }]);
    await one.stop();
  });

  it("holds a thousand unless { buffer } says otherwise", async () => {
    const { app, one } = await twoServices();
    await using _ = app;
    const events = one.events("paid");
    for (let n = 0; n < 1_001; n++) app.bus.emit("paid", n);
    let taken = 0;
    await expect(
      (async () => {
        for await (const _n of events) taken++;
      })(),
    ).rejects.toThrow(ListenerFullError);
    expect(taken).toBe(1_000);
  });

  it.each([
    ["drop-oldest", [3, 4]],
    ["drop-newest", [1, 2]],
  ] as const)("goes on with %s, which is counted", async (overflow, kept) => {
    const { app, one } = await twoServices();
    await using _ = app;
    const events = one.events("paid", { buffer: 2, overflow });
    for (const n of [1, 2, 3, 4]) app.bus.emit("paid", n);
    expect([(await events.next()).value, (await events.next()).value]).toEqual(kept);
    expect(app.facts.of("event.dropped")).toMatchObject([{ why: "full" }, { why: "full" }]);
    const next = events.next();
    app.bus.emit("paid", 5);
    expect(await next).toEqual({ done: false, value: 5 });
    await events.return();
  });

  it("and never looks: the stop tells it instead", async () => {
    const { app, one } = await twoServices();
    await using _ = app;
    const events = one.events("paid", { buffer: 1 });
    for (const n of [1, 2]) app.bus.emit("paid", n);
    await events.next();
    const error = (await one.stop().catch((thrown: unknown) => thrown)) as StopError;
    expect(error.errors.map((step: unknown) => (step as StepError).cause)).toEqual([expect.any(ListenerFullError)]);
  });
});

describe("S1 The stop of its owner, and a loop over events()", () => {
  it("gives what is held while signals are alive, ends the loop, and takes nothing new", async () => {
    const { app, one } = await twoServices();
    await using _ = app;
    const { log, task } = slowLoop(one);
    for (const n of [1, 2, 3]) app.bus.emit("paid", n);
    await app.clock.settle();
    const stop = one.stop();
    await app.clock.advance("1s");
    expect(app.bus.emit("paid", 4)).toBe(0);
    await app.clock.advance("2s");
    await stop;
    await task;
    expect(log).toEqual(["1 (alive)", "2 (alive)", "3 (alive)", "left"]);
    expect(app.clock.now()).toBe(3_000);
  });

  it("lets the loop finish the last event before signals are aborted", async () => {
    const { app, one } = await twoServices();
    await using _ = app;
    const { log } = slowLoop(one);
    app.bus.emit("paid", 1);
    await app.clock.settle();
    const stop = one.stop();
    await app.clock.advance("1s");
    await stop;
    expect(log).toEqual(["1 (alive)", "left"]);
  });

  it("ends a loop that waits at once", async () => {
    const { app, one } = await twoServices();
    await using _ = app;
    const { log } = slowLoop(one);
    await app.clock.settle();
    await one.stop();
    expect(log).toEqual(["left"]);
    expect(app.clock.now()).toBe(0);
  });

  it("hears what onStop emits", async () => {
    const one = given({
      onStop() {
        this.emit("paid", "last");
      },
    });
    await using app = await testApp({ providers: { one } });
    const { log } = slowLoop(one);
    await app.clock.settle();
    const stop = one.stop();
    await app.clock.advance("1s");
    await stop;
    expect(log).toEqual(["last (alive)", "left"]);
  });

  it("waits at most stopTimeout, then says in the StopError how many events were left", async () => {
    const { app, one } = await twoServices();
    await using _ = app;
    const log: unknown[] = [];
    const events = one.events("paid");
    one.spawn(async () => {
      for await (const n of events) {
        log.push(n);
        await one.sleep("1h").catch(() => log.push("aborted"));
      }
      log.push("left");
    });
    for (const n of [1, 2, 3]) app.bus.emit("paid", n);
    await app.clock.settle();
    const stop = one.stop().catch((error: unknown) => error as StopError);
    await app.clock.advance("10s");
    const { errors } = (await stop) as StopError;
    expect(log).toEqual([1, "aborted", "left"]);
    expect(errors).toEqual([expect.any(StepError)]);
    expect(errors[0]).toMatchObject({ path: "one", step: 'events of "paid"' });
    expect((errors[0] as StepError).cause).toMatchObject({
      code: "PAWL_EVENTS_DROPPED",
      count: 2,
      message:
        'one: events of "paid" dropped 2 events unhandled: its owner stopped before their turn came. Handle events faster, or raise stopTimeout',
    });
    expect(app.facts.of("event.dropped").map(({ why }) => why)).toEqual(["stopped", "stopped"]);
    expect(app.clock.now()).toBe(10_000);
  });

  it("does not wait for a loop that never began, or whose task has ended without leaving it; what is left is told", async () => {
    const { app, one } = await twoServices();
    await using _ = app;
    one.events("never");
    const left = one.events("left");
    for (const n of [1, 2]) {
      app.bus.emit("never", n);
      app.bus.emit("left", n);
    }
    await one.spawn(() => left.next());
    const error = (await one.stop().catch((thrown: unknown) => thrown)) as StopError;
    expect(app.clock.now()).toBe(0);
    expect(error.errors.map((step: unknown) => (step as StepError).cause)).toEqual([
      expect.objectContaining({ count: 2, message: expect.stringContaining('events of "never"') }),
      expect.objectContaining({ count: 1, message: expect.stringContaining('events of "left"') }),
    ]);
    expect(await left.next()).toEqual({ done: true, value: undefined });
  });

  it("does not wait for a loop of somebody else, who may be waiting for this stop", async () => {
    const { app, one, two } = await twoServices();
    await using _ = app;
    const log: unknown[] = [];
    two.spawn(async () => {
      for await (const n of one.events("paid")) {
        log.push(n);
        await one.stop();
      }
      log.push("left");
    });
    await app.clock.settle();
    app.bus.emit("paid", 1);
    await app.clock.settle();
    expect(log).toEqual([1, "left"]);
    expect(app.clock.now()).toBe(0);
  });

  it("S4: does not wait for a loop of its own that stops it, and gives it what is held", async () => {
    const { app, one } = await twoServices();
    await using _ = app;
    const log: unknown[] = [];
    const events = one.events("paid");
    one.spawn(async () => {
      for await (const n of events) {
        log.push(n);
        await one.stop();
      }
      log.push("left");
    });
    for (const n of [1, 2]) app.bus.emit("paid", n);
    await app.clock.settle();
    await one.stop();
    expect(log).toEqual([1, 2, "left"]);
    expect(app.clock.now()).toBe(0);
  });

  it("leaves nothing of loops that nobody came back to", async () => {
    const { app, one } = await twoServices();
    await using _ = app;
    for (let i = 0; i < 3; i++) void one.events("paid").next();
    one.events("paid");
    await one.stop();
    expect(app.inspect()).toMatchObject({ events: [], services: [{ name: "two" }] });
    expect(app.bus.emit("paid")).toBe(0);
  });

  it("V1: a crash ends it at once, drops what is held, and tells onError how many", async () => {
    const { app, one } = await twoServices();
    await using _ = app;
    const events = one.events("paid");
    for (const n of [1, 2]) app.bus.emit("paid", n);
    const ended = app.wait().catch(() => {});
    one.fail(new Error("boom"));
    await ended;
    expect(await events.next()).toEqual({ done: true, value: undefined });
    expect(app.errors).toEqual([
      { error: expect.any(EventsDroppedError), origin: { path: "one", label: 'events of "paid"' } },
    ]);
  });
});
