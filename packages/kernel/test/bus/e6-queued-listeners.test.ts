import { AsyncLocalStorage } from "node:async_hooks";
import {
  AbandonedError,
  type EmitError,
  EventsDroppedError,
  type Fact,
  ListenerFullError,
  type ListenOptions,
  type Overflow,
  StepError,
  type StopError,
} from "@pawl/kernel";
import { describe, expect, it } from "vitest";
import { given } from "../given-service.ts";
import { type TestBus, testBus, ways } from "./test-bus.ts";

/** The messages of what an `emitAndWait` failed with; none where it resolved. */
async function failuresOf(waited: Promise<void>): Promise<readonly string[]> {
  const error = await waited.then(
    () => undefined,
    (thrown: unknown) => thrown as EmitError,
  );
  return error ? error.errors.map((thrown: unknown) => (thrown as Error).message) : [];
}

/** The figures of the first listener of service `one`. */
function figuresOf({ kernel }: TestBus) {
  return kernel.inspect().services[0]?.activities[0];
}

function droppedOf({ kernel }: TestBus) {
  const dropped: Extract<Fact, { kind: "event.dropped" }>[] = [];
  kernel.observe((fact) => fact.kind === "event.dropped" && dropped.push(fact), { kinds: ["event.dropped"] });
  return dropped;
}

describe.each(ways)("E6 concurrency, buffer or overflow give a listener a line of its own (%s)", (way) => {
  it.each<ListenOptions>([{ concurrency: 1 }, { buffer: 1_000 }, { overflow: "error" }])(
    "by %o: the calls begin in a microtask, in the order of the emits, on the service",
    async (options) => {
      await using app = await testBus(way);
      const heard: unknown[] = [];
      app.one.listen(
        "paid",
        function (...args) {
          heard.push([this === app.one, ...args]);
        },
        options,
      );
      for (const n of [1, 2, 3]) expect(app.bus.emit("paid", n)).toBe(1);
      expect(heard).toEqual([]);
      await Promise.resolve();
      expect(heard).toEqual([1, 2, 3].map((n) => [true, n]));
    },
  );

  it("and no other option does", async () => {
    await using app = await testBus(way);
    const heard: unknown[] = [];
    app.one.listen("paid", (n) => heard.push(n), { once: true, signal: new AbortController().signal });
    app.bus.emit("paid", 1);
    expect(heard).toEqual([1]);
  });

  it("leaves the order of the other listeners as it is", async () => {
    await using app = await testBus(way);
    const heard: string[] = [];
    app.one.listen("paid", () => heard.push("first"));
    app.one.listen("paid", () => heard.push("in line"), { buffer: 10 });
    app.two.listen("paid", () => heard.push("second"));
    app.two.listen("*", () => heard.push("third"));
    expect(app.bus.emit("paid")).toBe(4);
    await app.clock.settle();
    expect(heard).toEqual(["first", "second", "third", "in line"]);
  });

  it("so many calls run at a time, one unless { concurrency } says otherwise", async () => {
    await using app = await testBus(way);
    for (const [event, concurrency] of [
      ["one", undefined],
      ["three", 3],
    ] as const) {
      let running = 0;
      let most = 0;
      const ended: unknown[] = [];
      app.one.listen(
        event,
        async (n) => {
          most = Math.max(most, ++running);
          await app.one.sleep("1s");
          running--;
          ended.push(n);
        },
        { buffer: 100, ...(concurrency ? { concurrency } : {}) },
      );
      for (let n = 0; n < 7; n++) app.bus.emit(event, n);
      await app.clock.advance(`${Math.ceil(7 / (concurrency ?? 1)) - 1}s`);
      expect(ended.length).toBeLessThan(7);
      await app.clock.advance("1s");
      expect(ended).toEqual([0, 1, 2, 3, 4, 5, 6]);
      expect(most).toBe(concurrency ?? 1);
    }
  });

  it("refuses what comes when the line is full, and tells onError; the emitter does not see it", async () => {
    await using app = await testBus(way);
    const heard: unknown[] = [];
    app.one.listen(
      "order:*",
      async (n) => {
        heard.push(n);
        await app.one.sleep("1s");
      },
      { buffer: 2 },
    );
    app.bus.emit("order:paid", 1);
    await app.clock.settle();
    // The first is being handled: it is not in line any more.
    for (const n of [2, 3, 4]) expect(app.bus.emit("order:paid", n)).toBe(1);
    expect(app.errors).toHaveLength(1);
    const [{ error, origin }] = app.errors as [(typeof app.errors)[number]];
    expect(error).toBeInstanceOf(ListenerFullError);
    expect(error).toMatchObject({
      code: "PAWL_LISTENER_FULL",
      path: "one",
      event: "order:paid",
      message:
        'one: listener of "order:*" refused "order:paid", since 2 events are in line already. Handle events faster, raise buffer, or choose what to lose: { overflow: "drop-oldest" }',
    });
    expect(origin).toEqual({ path: "one", label: 'listener of "order:*"', event: "order:paid" });
    await app.clock.advance("5s");
    expect(heard).toEqual([1, 2, 3]);
  });

  it("holds a thousand unless { buffer } says otherwise", async () => {
    await using app = await testBus(way);
    let calls = 0;
    app.one.listen("paid", () => calls++, { concurrency: 1 });
    for (let n = 0; n < 1_001; n++) app.bus.emit("paid", n);
    expect(app.errors).toHaveLength(1);
    await app.clock.settle();
    expect(calls).toBe(1_000);
  });

  it.each<[Overflow, number[], number[]]>([
    ["drop-oldest", [1, 4, 5], [2, 3]],
    ["drop-newest", [1, 2, 3], [4, 5]],
  ])("with %s drops one of those in line, counts it, and tells nobody", async (overflow, handled, lost) => {
    await using app = await testBus(way);
    const dropped = droppedOf(app);
    const heard: unknown[] = [];
    app.one.listen(
      "paid",
      async (n) => {
        heard.push(n);
        await app.one.sleep("1s");
      },
      { buffer: 2, overflow },
    );
    app.bus.emit("paid", 1);
    await app.clock.settle();
    for (const n of [2, 3, 4, 5]) app.bus.emit("paid", n);
    expect(figuresOf(app)).toMatchObject({ queued: 2, running: 1, dropped: lost.length });
    expect(dropped).toHaveLength(lost.length);
    expect(dropped[0]).toMatchObject({ path: "one", label: 'listener of "paid"', event: "paid", why: "full" });
    await app.clock.advance("5s");
    expect(heard).toEqual(handled);
    expect(app.errors).toEqual([]);
  });

  it("E2: a call that throws or rejects goes to onError, with its event, and the line goes on", async () => {
    await using app = await testBus(way);
    const heard: unknown[] = [];
    app.one.listen(
      "order:*",
      (n) => {
        heard.push(n);
        if (n === 1) throw new Error("thrown");
        return n === 2 ? Promise.reject(new Error("rejected")) : undefined;
      },
      { buffer: 10 },
    );
    app.bus.emit("order:paid", 1);
    app.bus.emit("order:sent", 2);
    app.bus.emit("order:paid", 3);
    await app.clock.settle();
    expect(heard).toEqual([1, 2, 3]);
    const origin = { path: "one", label: 'listener of "order:*"' };
    expect(app.errors).toEqual([
      { error: new Error("thrown"), origin: { ...origin, event: "order:paid" } },
      { error: new Error("rejected"), origin: { ...origin, event: "order:sent" } },
    ]);
    expect(figuresOf(app)).toMatchObject({ runs: 3, errors: 2, lastError: "rejected" });
  });

  it("E7: a pattern's gets the name second, that of each event in line", async () => {
    await using app = await testBus(way);
    const heard: unknown[] = [];
    app.one.listen("order:**", (...args) => heard.push(args), { concurrency: 2 });
    app.bus.emit("order:paid", 1);
    app.bus.emit("order.item.added", 2);
    await app.clock.settle();
    expect(heard).toEqual([
      [1, "order:paid"],
      [2, "order.item.added"],
    ]);
  });

  it("E8: gets the parsed value", async () => {
    const validate = (n: unknown) => ({ value: Number(n) });
    const events = { counted: { "~standard": { version: 1, vendor: "test", validate } } } as const;
    await using app = await testBus(way, { events });
    const heard: unknown[] = [];
    app.one.listen("counted", (n) => heard.push(n), { buffer: 1 });
    app.bus.emit("counted", "3");
    await app.clock.settle();
    expect(heard).toEqual([3]);
  });

  it("E5: with { once } takes one event, which is handled though the subscription has ended", async () => {
    await using app = await testBus(way);
    const heard: unknown[] = [];
    app.one.listen("paid", (n) => heard.push(n), { once: true, buffer: 10 });
    expect([app.bus.emit("paid", 1), app.bus.emit("paid", 2)]).toEqual([1, 0]);
    await app.clock.settle();
    expect(heard).toEqual([1]);
    expect(app.kernel.inspect()).toMatchObject({ events: [], services: [{ activities: [] }, {}] });
  });

  it("E3: one that is added during an emit is first called on the next one", async () => {
    await using app = await testBus(way);
    const heard: unknown[] = [];
    const add = () => app.one.listen("paid", (n) => heard.push(n), { buffer: 10 });
    app.one.listen("paid", add, { once: true });
    expect([app.bus.emit("paid", 1), app.bus.emit("paid", 2)]).toEqual([1, 1]);
    await app.clock.settle();
    expect(heard).toEqual([2]);
  });

  it("calls it in the async context of each emit, whichever call has made room for it", async () => {
    await using app = await testBus(way);
    const store = new AsyncLocalStorage<string>();
    const heard: unknown[] = [];
    app.one.listen(
      "paid",
      async (n) => {
        heard.push([n, store.getStore()]);
        await app.one.sleep("1s");
      },
      { buffer: 10 },
    );
    store.run("a", () => app.bus.emit("paid", 1));
    store.run("b", () => app.bus.emit("paid", 2));
    app.bus.emit("paid", 3);
    await app.clock.advance("5s");
    expect(heard).toEqual([
      [1, "a"],
      [2, "b"],
      [3, undefined],
    ]);
  });

  it("lets the event loop turn where listeners emit to each other without end", async () => {
    await using app = await testBus(way);
    let calls = 0;
    app.one.listen("ping", () => void app.bus.emit("pong", ++calls), { buffer: 10 });
    app.one.listen("pong", async () => void app.bus.emit("ping", ++calls), { buffer: 10 });
    app.bus.emit("ping");
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(calls).toBeGreaterThan(1_000);
    // They stop taking events in step 2, and so end.
    await app.one.stop();
    const before = calls;
    await new Promise(setImmediate);
    expect(calls).toBe(before);
  });

  it.each<[string, ListenOptions, typeof RangeError | typeof TypeError]>([
    ["concurrency must be a whole number, 1 or more, not 0", { concurrency: 0 }, RangeError],
    ["concurrency must be a whole number, 1 or more, not 1.5", { concurrency: 1.5 }, RangeError],
    ["concurrency must be a whole number, 1 or more, not 2", { concurrency: "2" as never }, RangeError],
    ["how many it holds must be 1 or more, not 0", { buffer: 0 }, RangeError],
    ["overflow must be ", { overflow: "wait" as never }, TypeError],
  ])("says that %s, and subscribes nothing", async (message, options, type) => {
    await using app = await testBus(way);
    for (const listen of [
      () => app.one.listen("paid", () => {}, options),
      () => app.bus.on("paid", () => {}, options),
    ]) {
      expect(listen).toThrow(type);
      expect(listen).toThrow(`the listener of "paid": ${message}`);
      expect(listen).toThrow(expect.objectContaining({ code: "PAWL_BAD_OPTION" }));
    }
    expect(app.bus.emit("paid")).toBe(0);
    expect(app.kernel.inspect().services[0]?.activities).toEqual([]);
  });
});

describe.each(ways)("E6 Cancelling the subscription drops what is in line (%s)", (way) => {
  const cancellations: Record<string, (app: TestBus, fn: (n: unknown) => unknown) => () => void> = {
    "by cancel()": (app, fn) => {
      const subscription = app.one.listen("paid", fn, { buffer: 10 });
      return () => subscription.cancel();
    },
    "by calling it": (app, fn) => app.one.listen("paid", fn, { buffer: 10 }),
    "by its signal": (app, fn) => {
      const controller = new AbortController();
      app.one.listen("paid", fn, { buffer: 10, signal: controller.signal });
      return () => controller.abort();
    },
  };

  it.each(Object.keys(cancellations))("%s: it is counted, and a call under way goes on", async (how) => {
    await using app = await testBus(way);
    const dropped = droppedOf(app);
    const heard: string[] = [];
    const cancel = (cancellations[how] as (typeof cancellations)[string])(app, async (n) => {
      heard.push(`${n} begun`);
      await app.one.sleep("1s");
      heard.push(`${n} ended`);
    });
    for (const n of [1, 2, 3]) app.bus.emit("paid", n);
    await app.clock.settle();
    cancel();
    cancel();
    expect(figuresOf(app)).toMatchObject({ queued: 0, running: 1, dropped: 2 });
    expect(dropped.map(({ why }) => why)).toEqual(["cancelled", "cancelled"]);
    await app.clock.advance("5s");
    expect(heard).toEqual(["1 begun", "1 ended"]);
    expect(app.kernel.inspect().services[0]?.activities).toEqual([]);
    expect(app.errors).toEqual([]);
  });

  it("before the first call has begun", async () => {
    await using app = await testBus(way);
    const heard: unknown[] = [];
    const off = app.one.listen("paid", (n) => heard.push(n), { buffer: 10 });
    app.bus.emit("paid", 1);
    off();
    expect(app.kernel.inspect().services[0]?.activities).toEqual([]);
    await app.clock.settle();
    expect(heard).toEqual([]);
  });

  it("also the one event of { once }, as long as its call has not begun", async () => {
    await using app = await testBus(way);
    const heard: unknown[] = [];
    const off = app.one.listen("paid", (n) => heard.push(n), { once: true, buffer: 10 });
    const waited = failuresOf(app.bus.emitAndWait("paid", 1));
    off();
    expect(await waited).toEqual(['one: listener of "paid" dropped 1 event unhandled: it was cancelled']);
    expect(heard).toEqual([]);
    expect(app.kernel.inspect().services[0]?.activities).toEqual([]);
  });

  it("by a signal that is aborted already: it never hears anything", async () => {
    await using app = await testBus(way);
    app.one.listen("paid", () => {}, { buffer: 10, signal: AbortSignal.abort() });
    expect(app.bus.emit("paid")).toBe(0);
    expect(app.kernel.inspect().services[0]?.activities).toEqual([]);
  });
});

describe.each(ways)("E6 emitAndWait waits for queued deliveries too (%s)", (way) => {
  it("and resolves when the call with its own event has ended", async () => {
    await using app = await testBus(way);
    const ended: unknown[] = [];
    app.one.listen(
      "paid",
      async (n) => {
        await app.one.sleep("1s");
        ended.push(n);
      },
      { buffer: 10 },
    );
    app.bus.emit("paid", 1);
    const waited = app.bus.emitAndWait("paid", 2).then(() => ended.push("waited"));
    app.bus.emit("paid", 3);
    await app.clock.advance("5s");
    await waited;
    expect(ended).toEqual([1, 2, "waited", 3]);
  });

  it("and gives all failures to its caller alone", async () => {
    await using app = await testBus(way);
    app.one.listen(
      "paid",
      (n) => {
        throw new Error(`one ${n}`);
      },
      { buffer: 10 },
    );
    app.two.listen(
      "*",
      async (n) => {
        await app.two.sleep("1s");
        throw new Error(`two ${n}`);
      },
      { concurrency: 2 },
    );
    const waits = [1, 2].map((n) => failuresOf(app.bus.emitAndWait("paid", n)));
    await app.clock.advance("1s");
    expect(await Promise.all(waits)).toEqual([
      ["one 1", "two 1"],
      ["one 2", "two 2"],
    ]);
    expect(app.errors).toEqual([]);
  });

  it.each<[Overflow, string[][]]>([
    ["error", [[], ['one: listener of "paid" refused "paid", since 1 events are in line already']]],
    ["drop-newest", [[], ['one: listener of "paid" dropped 1 event unhandled: its buffer was full']]],
    ["drop-oldest", [['one: listener of "paid" dropped 1 event unhandled: its buffer was full'], []]],
  ])("a full line that does %s is a failure for who emitted what is lost", async (overflow, expected) => {
    await using app = await testBus(way);
    app.one.listen("paid", () => {}, { buffer: 1, overflow });
    const waits = [1, 2].map((n) => failuresOf(app.bus.emitAndWait("paid", n)));
    const failures = await Promise.all(waits);
    expect(failures.map((messages) => messages.map((message) => message.split(/\. [HR]/)[0]))).toEqual(
      expected.map((messages) => messages.map((message) => message.split(". ")[0])),
    );
    expect(app.errors).toEqual([]);
  });

  it("what is dropped by a cancel, a stop or a crash is one as well, and is told to nobody else", async () => {
    const ends: Record<string, (app: TestBus, cancel: () => void) => unknown> = {
      "it was cancelled": (_, cancel) => cancel(),
      "its owner stopped before their turn came": (app) => app.one.stop().catch(() => {}),
      "its owner crashed before their turn came": (app) => app.one.fail(new Error("boom")),
    };
    for (const [why, end] of Object.entries(ends)) {
      await using app = await testBus(way);
      const cancel = app.one.listen("paid", () => app.one.sleep("1h").catch(() => {}), { buffer: 10 });
      const waits = [1, 2, 3].map((n) => failuresOf(app.bus.emitAndWait("paid", n)));
      await app.clock.settle();
      void end(app, cancel);
      await app.clock.advance("30s");
      // The first is being handled: it ends, by itself or with the signals of its service.
      const first = why === "it was cancelled" ? app.clock.advance("1h").then(() => waits[0]) : waits[0];
      expect(await first).toEqual([]);
      const [second] = (await waits[1]) as string[];
      expect(second).toContain(`one: listener of "paid" dropped 1 event unhandled: ${why}`);
      expect(await waits[2]).toEqual([second]);
      expect(app.errors.filter(({ error }) => error instanceof EventsDroppedError)).toEqual([]);
    }
  });

  it("a call that is left behind is one too", async () => {
    await using app = await testBus(way);
    app.one.listen("paid", () => new Promise(() => {}), { buffer: 10 });
    const waited = app.bus.emitAndWait("paid").catch((error: unknown) => error as EmitError);
    const stop = app.one.stop().catch(() => {});
    await app.clock.advance("20s");
    await stop;
    expect(((await waited) as EmitError).errors).toEqual([expect.any(AbandonedError)]);
  });
});

describe.each(ways)("E6 S1 Stopping its owner works off what is in line (%s)", (way) => {
  it("after onStop, before signals are aborted and before anything is released; no event is taken meanwhile", async () => {
    const order: string[] = [];
    const one = given({
      onStart() {
        this.listen(
          "paid",
          async (n) => {
            await this.sleep("1s");
            order.push(`${n} (${this.signal.aborted ? "aborted" : "alive"})`);
          },
          { buffer: 10 },
        );
        this.addCleanup(() => order.push("cleanup"));
        this.signal.addEventListener("abort", () => order.push("aborted"));
      },
      onStop() {
        this.emit("paid", 3);
        order.push("onStop");
      },
    });
    await using app = await testBus(way, { providers: { one } });
    for (const n of [1, 2]) app.bus.emit("paid", n);
    const stop = one.stop();
    await app.clock.advance("1s");
    const taken = app.bus.emit("paid", 4);
    const [snapshot] = app.kernel.inspect().services;
    await app.clock.advance("2s");
    await stop;
    expect(taken).toBe(0);
    expect(snapshot).toMatchObject({
      activities: [{ kind: "listener", label: "paid", queued: 1, running: 1 }, { kind: "sleep" }],
      inFlight: [{ what: 'events in line for "paid"' }, { what: 'listener of "paid"' }],
    });
    expect(order).toEqual(["onStop", "1 (alive)", "2 (alive)", "3 (alive)", "aborted", "cleanup"]);
  });

  it("with as many calls at a time as ever", async () => {
    await using app = await testBus(way);
    let ended = 0;
    app.one.listen("paid", () => app.one.sleep("1s").then(() => ended++), { concurrency: 5 });
    for (let n = 0; n < 50; n++) app.bus.emit("paid", n);
    const stop = app.one.stop();
    await app.clock.advance("10s");
    await stop;
    expect(ended).toBe(50);
  });

  it("and of synchronous listeners, before the stop has resolved", async () => {
    await using app = await testBus(way);
    const heard: unknown[] = [];
    app.one.listen("paid", (n) => heard.push(n), { buffer: 5_000 });
    for (let n = 0; n < 3_000; n++) app.bus.emit("paid", n);
    await app.one.stop();
    expect(heard).toHaveLength(3_000);
  });

  it("within stopTimeout; what is left then is dropped, and the StopError says how many of which listener", async () => {
    await using app = await testBus(way);
    const dropped = droppedOf(app);
    const heard: unknown[] = [];
    app.one.listen(
      "order:*",
      async (n) => {
        heard.push(n);
        await app.one.sleep("4s");
      },
      { buffer: 10 },
    );
    for (let n = 1; n <= 5; n++) app.bus.emit("order:paid", n);
    await app.clock.settle();
    const stop = app.one.stop().catch((error: unknown) => error);
    await app.clock.advance("10s");
    const { errors } = (await stop) as StopError;
    expect(heard).toEqual([1, 2, 3]);
    expect(errors).toEqual([expect.any(StepError)]);
    const [step] = errors as [StepError];
    expect(step).toMatchObject({ path: "one", step: 'listener of "order:*"' });
    expect(step.cause).toBeInstanceOf(EventsDroppedError);
    expect(step.cause).toMatchObject({
      code: "PAWL_EVENTS_DROPPED",
      path: "one",
      count: 2,
      message:
        'one: listener of "order:*" dropped 2 events unhandled: its owner stopped before their turn came. Handle events faster, or raise stopTimeout',
    });
    expect(dropped.map(({ event, why }) => [event, why])).toEqual([
      ["order:paid", "stopped"],
      ["order:paid", "stopped"],
    ]);
    expect(app.errors).toEqual([]);
  });

  it("names a call that does not settle besides, and begins no other in its place", async () => {
    await using app = await testBus(way);
    let calls = 0;
    app.one.listen(
      "paid",
      () => {
        calls++;
        return new Promise(() => {});
      },
      { concurrency: 2 },
    );
    for (let n = 1; n <= 5; n++) app.bus.emit("paid", n);
    const stop = app.one.stop().catch((error: unknown) => error);
    await app.clock.advance("20s");
    const { errors } = (await stop) as StopError;
    expect(errors.map((error: unknown) => (error as StepError).cause ?? error)).toEqual([
      expect.objectContaining({ count: 3 }),
      expect.any(AbandonedError),
      expect.any(AbandonedError),
    ]);
    expect(calls).toBe(2);
  });

  it("tells a failure of it in the StopError, and goes on", async () => {
    await using app = await testBus(way);
    const heard: unknown[] = [];
    app.one.listen(
      "paid",
      async (n) => {
        heard.push(n);
        await Promise.resolve();
        if (n === 2) throw new Error("boom");
      },
      { buffer: 10 },
    );
    for (const n of [1, 2, 3]) app.bus.emit("paid", n);
    const error = (await app.one.stop().catch((thrown: unknown) => thrown)) as StopError;
    expect(error.errors).toEqual([expect.objectContaining({ path: "one", step: 'listener of "paid"' })]);
    expect((error.errors[0] as StepError).cause).toEqual(new Error("boom"));
    expect(heard).toEqual([1, 2, 3]);
    expect(app.errors).toEqual([]);
  });

  it("S4: one that stops its own service does not wait for itself, and the rest of the line is worked off", async () => {
    for (const how of ["at once", "later"]) {
      await using app = await testBus(way);
      const order: unknown[] = [];
      app.one.listen(
        "paid",
        async (n) => {
          if (how === "later") await new Promise(setImmediate);
          if (n === 1) await app.one.stop();
          order.push(n);
        },
        { buffer: 10 },
      );
      app.one.addCleanup(() => order.push("cleanup"));
      for (const n of [1, 2, 3]) app.bus.emit("paid", n);
      await app.clock.settle();
      await app.one.stop();
      expect(order).toEqual([1, 2, 3, "cleanup"]);
      expect(app.clock.now()).toBe(0);
      expect(app.errors).toEqual([]);
    }
  });

  it("S4: neither does one that stops its app, nor one that stops who waits for it by emitAndWait", async () => {
    await using app = await testBus(way);
    const order: string[] = [];
    app.two.listen(
      "go",
      async () => {
        await app.one.stop();
        order.push("one is stopping");
        await app.kernel.stop();
        order.push("the app is stopping");
      },
      { buffer: 10 },
    );
    app.two.listen("busy", () => new Promise(setImmediate), { buffer: 10 });
    app.one.spawn(async () => {
      await app.one.emitAndWait("go");
      order.push("waited");
    });
    await app.clock.settle();
    await app.kernel.stop();
    expect(order).toEqual(["one is stopping", "the app is stopping", "waited"]);
    expect(app.clock.now()).toBe(0);
    expect(app.errors).toEqual([]);
  });

  it("S7: a service that starts again has an empty line", async () => {
    await using app = await testBus(way);
    const heard: unknown[] = [];
    const one = given({
      onStart() {
        this.listen("paid", (n) => heard.push(n), { buffer: 10 });
      },
    });
    await app.two.adopt(one);
    app.bus.emit("paid", 1);
    await one.stop();
    await app.two.adopt(one);
    app.bus.emit("paid", 2);
    await app.clock.settle();
    expect(heard).toEqual([1, 2]);
    expect(app.kernel.inspect().services[1]?.children[0]?.activities).toMatchObject([{ runs: 1, queued: 0 }]);
  });
});

describe.each(ways)("V1 A crash of its owner drops what is in line at once (%s)", (way) => {
  it("and tells onError how many, once", async () => {
    await using app = await testBus(way);
    const dropped = droppedOf(app);
    const heard: unknown[] = [];
    app.one.listen(
      "paid",
      async (n) => {
        heard.push(n);
        await app.one.sleep("1h");
      },
      { buffer: 10 },
    );
    for (const n of [1, 2, 3]) app.bus.emit("paid", n);
    await app.clock.settle();
    const ended = app.kernel.wait().catch(() => {});
    app.one.fail(new Error("boom"));
    expect(app.bus.emit("paid", 4)).toBe(0);
    await ended;
    expect(heard).toEqual([1]);
    expect(app.errors).toEqual([
      {
        error: expect.objectContaining({
          code: "PAWL_EVENTS_DROPPED",
          count: 2,
          message: 'one: listener of "paid" dropped 2 events unhandled: its owner crashed before their turn came',
        }),
        origin: { path: "one", label: 'listener of "paid"' },
      },
    ]);
    expect(dropped.map(({ why }) => why)).toEqual(["crashed", "crashed"]);
  });
});

describe.each(ways)("E9 A line of kernel.bus belongs to the kernel (%s)", (way) => {
  it("is worked off in the kernel's stop, and hears its events to the end", async () => {
    await using app = await testBus(way);
    const heard: unknown[] = [];
    app.bus.on(
      "*",
      async (n, event) => {
        await new Promise(setImmediate);
        heard.push([event, n]);
      },
      { buffer: 10 },
    );
    app.one.addCleanup(() => app.one.emit("cleanup", 3));
    for (const n of [1, 2]) app.bus.emit("paid", n);
    await app.kernel.stop();
    expect(heard).toEqual([
      ["paid", 1],
      ["paid", 2],
      ["cleanup", 3],
    ]);
    expect(app.kernel.inspect().inFlight).toEqual([]);
  });

  it("survives a restart, with an empty line", async () => {
    await using app = await testBus(way);
    const heard: unknown[] = [];
    app.bus.on("paid", (n) => heard.push(n), { buffer: 10 });
    app.bus.emit("paid", 1);
    await app.kernel.restart();
    app.bus.emit("paid", 2);
    await app.kernel.stop();
    expect(app.bus.emit("paid", 3)).toBe(0);
    await app.kernel.start();
    app.bus.emit("paid", 4);
    await app.clock.settle();
    expect(heard).toEqual([1, 2, 4]);
    expect(app.kernel.inspect().activities).toMatchObject([{ label: "paid", runs: 3, queued: 0, running: 0 }]);
  });

  it("tells in the kernel's StopError what was left, takes nothing after that, and works again after the next start", async () => {
    await using app = await testBus(way);
    const heard: unknown[] = [];
    app.bus.on(
      "paid",
      async (n) => {
        heard.push(n);
        if (n !== 1) return;
        await new Promise<void>((resolve) => void app.clock.setTimer(resolve, 12_000));
        app.bus.emit("paid", "too late");
      },
      { buffer: 10 },
    );
    app.one.addCleanup(() => {
      for (const n of [1, 2, 3]) app.one.emit("paid", n);
    });
    const stop = app.kernel.stop().catch((error: unknown) => error);
    await app.clock.advance("20s");
    const { errors } = (await stop) as StopError;
    const left = { code: "PAWL_EVENTS_DROPPED", path: "app" };
    expect(errors.map((error: unknown) => (error as StepError).cause)).toMatchObject([
      { ...left, count: 2 },
      { ...left, count: 1 },
    ]);
    expect(heard).toEqual([1]);
    await app.kernel.start();
    app.bus.emit("paid", 4);
    await app.clock.settle();
    expect(heard).toEqual([1, 4]);
    expect(app.errors).toEqual([]);
  });

  it("goes on being worked off while services stop, where the first wait of the kernel's stop was too short", async () => {
    await using app = await testBus(way);
    const heard: unknown[] = [];
    app.bus.on(
      "paid",
      async (n) => {
        heard.push(n);
        await new Promise<void>((resolve) => void app.clock.setTimer(resolve, 4_000));
      },
      { buffer: 10 },
    );
    for (const n of [1, 2, 3, 4, 5]) app.bus.emit("paid", n);
    const stop = app.kernel.stop();
    await app.clock.advance("24s");
    await stop;
    expect(heard).toEqual([1, 2, 3, 4, 5]);
  });
});

describe("inspect() shows of a listener", () => {
  it("what it has done, and the last error", async () => {
    await using app = await testBus();
    app.one.listen("paid", (n) => {
      if (n === 2) throw new Error("boom");
    });
    for (const n of [1, 2, 3]) app.bus.emit("paid", n);
    expect(figuresOf(app)).toStrictEqual({ kind: "listener", label: "paid", runs: 3, errors: 1, lastError: "boom" });
    expect(app.errors).toHaveLength(1);
  });

  it("with a line also what is in it, and when it was called last", async () => {
    await using app = await testBus();
    const gate = Promise.withResolvers<void>();
    app.one.listen("paid", () => gate.promise, { concurrency: 2, buffer: 3 });
    app.one.listen("free", () => {}, { buffer: Number.POSITIVE_INFINITY });
    expect(figuresOf(app)).toStrictEqual({
      kind: "listener",
      label: "paid",
      runs: 0,
      errors: 0,
      queued: 0,
      running: 0,
      dropped: 0,
      concurrency: 2,
      capacity: 3,
    });
    await app.clock.advance("5s");
    for (let n = 0; n < 3; n++) app.bus.emit("paid", n);
    await app.clock.settle();
    for (let n = 0; n < 4; n++) app.bus.emit("paid", n);
    expect(figuresOf(app)).toStrictEqual({
      kind: "listener",
      label: "paid",
      runs: 2,
      errors: 0,
      lastAt: "2025-01-01T00:00:05.000Z",
      queued: 3,
      running: 2,
      dropped: 2,
      concurrency: 2,
      capacity: 3,
    });
    const activities = app.kernel.inspect().services[0]?.activities;
    expect(activities?.[1]).not.toHaveProperty("capacity");
    expect(JSON.parse(JSON.stringify(activities))).toStrictEqual(activities);
    expect(app.errors).toHaveLength(2);
    gate.resolve();
  });

  it("of the kernel's own as well", async () => {
    await using app = await testBus();
    app.bus.on("paid", () => {}, { buffer: 3 });
    app.bus.emit("paid");
    expect(app.kernel.inspect().activities).toMatchObject([
      { kind: "listener", label: "paid", queued: 1, capacity: 3 },
    ]);
  });
});
