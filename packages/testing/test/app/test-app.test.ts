import { Kernel, provide, Service, systemClock } from "@pawl/kernel";
import { createTestApp, testApp, virtualClock } from "@pawl/testing";
import { describe, expect, test } from "vitest";
import "../declared-events.ts";

class Metrics extends Service {
  collected = 0;
  override onStart() {
    this.interval(this.collect, "60s");
  }
  async collect() {
    this.collected += 1;
    await this.emitAndWait("metrics:updated", { collected: this.collected });
  }
}

class Slow extends Service {
  override async onStart() {
    await this.sleep("20s");
  }
}

describe("testApp", () => {
  test("gives a started kernel on a virtual clock", async () => {
    await using app = await testApp({ name: "shop", providers: { metrics: new Metrics() } });
    expect(app).toBeInstanceOf(Kernel);
    expect(app.name).toBe("shop");
    expect(app.state).toBe("running");
    expect(app.clock.pending).toEqual([{ label: 'metrics: interval "collect"', inMs: 60_000 }]);
    await app.clock.advance("3m");
    expect(app.service("metrics").collected).toBe(3);
  });

  test("needs no configuration", async () => {
    await using app = await testApp();
    expect(app.state).toBe("running");
  });

  test("passes the configuration through", async () => {
    const started: string[] = [];
    class Noted extends Service {
      override onStart() {
        started.push(this.name);
      }
    }
    await using app = await testApp({
      providers: [{ a: Noted }, { b: provide(Noted, { startTimeout: "1s" }), c: () => ({ plain: true }) }],
      stopTimeout: "3s",
    });
    expect(started).toEqual(["a", "b"]);
    expect(app.service("c")).toEqual({ plain: true });
  });

  test("rejects with the StartError of a failed start", async () => {
    class Broken extends Service {
      override onStart() {
        throw new Error("no database");
      }
    }
    await expect(testApp({ providers: { broken: Broken } })).rejects.toMatchObject({
      code: "PAWL_START_FAILED",
      path: "broken",
    });
  });

  test("takes a function that makes the kernel itself", async () => {
    class Shop extends Kernel<{ readonly metrics: Metrics }> {
      readonly open = true;
    }
    await using app = await testApp((base) => new Shop({ ...base, providers: { metrics: new Metrics() } }));
    expect(app.open).toBe(true);
    await app.clock.advance("1m");
    expect(app.service("metrics").collected).toBe(1);
    app.bus.on("heard", () => {
      throw new Error("told to the test");
    });
    app.bus.emit("heard");
    expect(app.errors.map(({ origin }) => origin.event)).toEqual(["heard"]);
  });

  test("shares a virtual clock that it is given", async () => {
    const clock = virtualClock();
    await using first = await testApp({ name: "first", clock, providers: { metrics: new Metrics() } });
    await using second = await testApp({ name: "second", clock, providers: { metrics: new Metrics() } });
    await clock.advance("2m");
    expect(first.clock).toBe(clock);
    expect([first.service("metrics").collected, second.service("metrics").collected]).toEqual([2, 2]);
  });

  test("runs on another clock where it is given one, and says so when asked for its own", async () => {
    await using app = await testApp({ clock: systemClock, providers: { metrics: new Metrics() } });
    expect(() => app.clock).toThrow(expect.objectContaining({ code: "PAWL_TEST_OTHER_CLOCK" }));
  });
});

describe("createTestApp", () => {
  test("starts nothing", () => {
    const app = createTestApp({ providers: { metrics: new Metrics() } });
    expect(app.state).toBe("idle");
    expect(app.facts.all).toEqual([]);
  });

  test("starts in virtual time, also what has to be loaded first", async () => {
    await using app = createTestApp({ providers: { slow: Slow, later: Slow } });
    const started = app.start();
    await app.clock.advance("40s");
    await started;
    expect(app.facts.of("kernel.started")).toMatchObject([{ ms: 40_000 }]);
  });

  test("lets a start that takes too long time out in virtual time", async () => {
    await using app = createTestApp({ providers: { slow: Slow }, startTimeout: "10s" });
    const failed = expect(app.start()).rejects.toMatchObject({ code: "PAWL_START_TIMEOUT", path: "slow" });
    await app.clock.advance("10s");
    await failed;
  });
});

describe("app.events", () => {
  test("records events in the order in which they were emitted, nested ones and those without listeners too", async () => {
    await using app = await testApp({ providers: { metrics: new Metrics() } });
    app.bus.on("outer", () => {
      app.bus.emit("inner", 2);
    });
    app.bus.emit("outer");
    app.bus.emit("unheard");
    expect(app.events.names).toEqual(["outer", "inner", "unheard"]);
    expect(app.events.all[1]).toEqual({ name: "inner", payload: 2 });
    await app.clock.advance("2m");
    expect(app.events.of("metrics:updated")).toEqual([{ collected: 1 }, { collected: 2 }]);
    app.events.clear();
    expect(app.events.names).toEqual([]);
    app.bus.emit("outer");
    expect(app.events.names).toEqual(["outer", "inner"]);
  });

  test("is no listener: it changes no counts and no order", async () => {
    await using app = await testApp();
    expect(app.bus.emit("unheard")).toBe(0);
    app.bus.on("**", () => {});
    expect(app.bus.emit("heard")).toBe(1);
    expect(app.inspect().events).toEqual([]);
  });

  test("records nothing while the kernel is down", async () => {
    await using app = createTestApp();
    app.bus.emit("heard");
    await app.start();
    await app.stop();
    app.bus.emit("heard");
    expect(app.events.names).toEqual([]);
  });

  test("gives the next event of a name, once for each who waits", async () => {
    await using app = await testApp();
    app.bus.emit("paid", { id: 1 });
    const waits = [app.events.next("paid"), app.events.next("paid"), app.events.next("refunded")];
    app.bus.emit("paid", { id: 2 });
    app.bus.emit("paid", { id: 3 });
    app.bus.emit("refunded", { id: 4 });
    expect(await Promise.all(waits)).toEqual([{ id: 2 }, { id: 2 }, { id: 4 }]);
  });

  test("gives up a wait for an event when the app is disposed of", async () => {
    let wait: Promise<unknown>;
    {
      await using app = await testApp();
      wait = app.events.next("paid");
    }
    await expect(wait).rejects.toMatchObject({ code: "PAWL_TEST_NEVER_EMITTED" });
  });
});

describe("app.facts", () => {
  test("records every fact with its figures", async () => {
    await using app = await testApp({ providers: { metrics: new Metrics() } });
    expect(app.facts.kinds).toEqual(["kernel.starting", "service.starting", "service.started", "kernel.started"]);
    app.facts.clear();
    await app.clock.advance("1m");
    expect(app.facts.kinds).toEqual(["tick.started", "event.emitted", "tick.ended"]);
    expect(app.facts.of("tick.started")).toEqual([
      { kind: "tick.started", at: Date.UTC(2025, 0, 1, 0, 1), path: "metrics", label: "collect" },
    ]);
    expect(app.facts.all.length).toBe(3);
  });
});

describe("app.errors", () => {
  test("is what went to onError, with its origin", async () => {
    await using app = await testApp({ providers: { metrics: new Metrics() } });
    const broken = new Error("listener broke");
    app.bus.on("paid", () => {
      throw broken;
    });
    app.bus.emit("paid", { id: 1 });
    expect(app.errors).toEqual([
      { error: broken, origin: { path: "app", label: 'listener of "paid"', event: "paid" } },
    ]);
  });

  test("calls an onError of the test's own too, and needs no look then", async () => {
    const told: unknown[] = [];
    await using app = await testApp({ onError: (error) => told.push(error) });
    app.bus.on("paid", () => {
      throw new Error("listener broke");
    });
    app.bus.emit("paid", { id: 1 });
    expect(told).toEqual([new Error("listener broke")]);
  });
});
