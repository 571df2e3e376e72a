import { Kernel, type KernelSnapshot, Service } from "@pawl/kernel";
import { createTestApp, type TestParts, testApp } from "@pawl/testing";
import { describe, expect, it } from "vitest";
import { given } from "../given-service.ts";

class Worker extends Service {
  override onStart() {
    this.interval(this.work, "10s");
  }
  work() {}
}

class Shop extends Service {
  readonly worker = new Worker();
  override async onStart() {
    await this.adopt(this.worker);
    this.listen("order:*", () => {});
    this.own({ close() {} });
  }
}

/** Throws where the snapshot is more than plain JSON. */
function plain(snapshot: KernelSnapshot): KernelSnapshot {
  expect(JSON.parse(JSON.stringify(snapshot))).toStrictEqual(snapshot);
  return snapshot;
}

describe("inspect() is what a kernel holds right now, as plain JSON", () => {
  it("in full, for an app with providers, values, children, dependencies and work", async () => {
    const base = new Worker();
    class Dependent extends Service {
      override get dependencies() {
        return [base];
      }
    }
    const app = createTestApp({
      name: "store",
      providers: { config: () => ({ port: 80 }), shop: Shop, dependent: new Dependent() },
    });
    await app.start();
    app.bus.on("paid", () => {});
    app.service("shop").spawn(async function poll() {
      await new Promise(setImmediate);
    });
    await Promise.resolve();
    const since = "2025-01-01T00:00:00.000Z";
    const work = {
      kind: "interval",
      label: "work",
      everyMs: 10_000,
      runs: 0,
      skipped: 0,
      errors: 0,
      attempts: 0,
      running: false,
      nextAt: "2025-01-01T00:00:10.000Z",
    };
    const worker = {
      name: "worker",
      className: "Worker",
      state: "running",
      since,
      startMs: 0,
      restarts: 0,
      activities: [work],
      inFlight: [],
      resources: [],
      children: [],
      dependencies: [],
    };
    expect(plain(app.inspect())).toEqual({
      name: "store",
      shutdownTimeoutMs: 25_000,
      state: "running",
      down: [],
      services: [
        {
          name: "shop",
          path: "shop",
          className: "Shop",
          state: "running",
          since,
          startMs: 0,
          restarts: 0,
          activities: [
            { kind: "listener", label: "order:*", runs: 0, errors: 0 },
            { kind: "task", label: "poll", state: "running", ms: 0 },
          ],
          inFlight: [{ what: 'task "poll"', ms: 0 }],
          resources: [
            { kind: "child", label: "worker" },
            { kind: "owned", label: "Object" },
          ],
          children: [{ ...worker, path: "shop/worker" }],
          dependencies: [],
        },
        { ...worker, path: "worker" },
        {
          name: "dependent",
          path: "dependent",
          className: "Dependent",
          state: "running",
          since,
          startMs: 0,
          restarts: 0,
          activities: [],
          inFlight: [],
          resources: [{ kind: "dependency", label: "worker" }],
          children: [],
          dependencies: ["worker"],
        },
      ],
      values: ["config"],
      starting: [],
      waits: [],
      activities: [{ kind: "listener", label: "paid", runs: 0, errors: 0 }],
      inFlight: [],
      events: ["paid"],
    });
    await app.clock.settle();
    await app.stop();
  });

  it("says little while nothing runs: before the start, after the stop, after a failed start", async () => {
    const nothing = {
      name: "app",
      shutdownTimeoutMs: 25_000,
      down: [],
      services: [],
      values: [],
      starting: [],
      waits: [],
      activities: [],
      inFlight: [],
      events: [],
    };
    const one = given({
      onStart() {
        if (failing) throw new Error("boom");
      },
    });
    let failing = false;
    const kernel: Kernel = new Kernel({ providers: { one, config: () => 1 } });
    expect(plain(kernel.inspect())).toEqual({ ...nothing, state: "idle" });
    await kernel.start();
    await kernel.stop();
    expect(plain(kernel.inspect())).toEqual({ ...nothing, state: "stopped" });
    failing = true;
    await kernel.start().catch(() => {});
    expect(plain(kernel.inspect())).toEqual({ ...nothing, state: "failed" });
  });

  it("shows the listeners of kernel.bus, patterns as well, while the kernel is down, too", async () => {
    const kernel: Kernel = new Kernel({ providers: { one: given() } });
    const offs = ["order:*", "paid"].map((event) => kernel.bus.on(event, () => {}));
    const listeners = () =>
      plain(kernel.inspect()).activities.map(({ kind, label, runs }) => `${kind} ${label} ${runs}`);
    expect(listeners().toSorted()).toEqual(["listener order:* 0", "listener paid 0"]);
    await kernel.start();
    void kernel.service("one").waitFor("paid", { timeout: "1h" });
    kernel.service("one").listen("paid", () => {});
    kernel.bus.emit("order:paid");
    expect(listeners().toSorted()).toEqual(["listener order:* 1", "listener paid 0"]);
    await kernel.stop();
    expect(listeners()).toHaveLength(2);
    for (const off of offs) off();
    expect(listeners()).toEqual([]);
  });

  it("shows what is starting, and what is in its hook", async () => {
    let release!: () => void;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const app = createTestApp({ providers: { first: given(), slow: given({ onStart: () => gate }), last: given() } });
    const start = app.start();
    await app.clock.advance("3s");
    const snapshot = plain(app.inspect());
    expect(snapshot.state).toBe("starting");
    expect(snapshot.services.map(({ name, state, inFlight }) => ({ name, state, inFlight }))).toEqual([
      { name: "first", state: "running", inFlight: [] },
      { name: "slow", state: "starting", inFlight: [{ what: "onStart", ms: 3_000 }] },
    ]);
    release();
    await start;
    await app.stop();
  });

  it("shows the last error of a service that has crashed and is still to be stopped", async () => {
    let release!: () => void;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const one = given();
    const app = await testApp({ providers: { one, last: given({ onStop: () => gate }) } });
    const ended = app.wait().catch(() => {});
    one.fail(new Error("boom"));
    await app.clock.settle();
    expect(plain(app.inspect()).services.find(({ name }) => name === "one")).toMatchObject({
      state: "failed",
      lastError: "boom",
    });
    release();
    await ended;
  });

  it("shows what a stop is waiting for", async () => {
    let release!: () => void;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const one = given({
      onStart() {
        this.own({}, () => gate);
      },
    });
    const app = await testApp({ providers: { zero: given(), one } });
    const stop = app.stop();
    await app.clock.advance("2s");
    const snapshot = plain(app.inspect());
    expect(snapshot.state).toBe("stopping");
    expect(snapshot.services.map(({ name, state }) => `${name} ${state}`)).toContain("zero running");
    expect(snapshot.services.find(({ name }) => name === "one")).toMatchObject({
      state: "stopping",
      inFlight: [{ what: 'release "own(Object)"', ms: 2_000 }],
    });
    expect(snapshot.waits).toEqual([{ path: "one", what: ['release "own(Object)"'], ms: 2_000, limitMs: 10_000 }]);
    release();
    await stop;
    expect(app.inspect().waits).toEqual([]);
  });

  it("shows how long is waited for the work of a service from the beginning on, and for whom of it", async () => {
    const app = await testApp({ providers: { one: given() } });
    const one = app.service("one");
    for (const [name, ms] of [
      ["quick", 2_000],
      ["slow", 5_000],
    ] as const) {
      one.spawn({ [name]: () => new Promise<void>((resolve) => app.clock.setTimer(resolve, ms)) }[name] as () => void);
    }
    await app.clock.settle();
    const stop = app.stop();
    await app.clock.advance("1s");
    const all = { path: "one", what: ['task "quick"', 'task "slow"'], ms: 1_000, limitMs: 10_000 };
    expect(app.inspect().waits).toEqual([all]);
    await app.clock.advance("2s");
    expect(app.inspect().waits).toEqual([{ ...all, ms: 3_000 }]);
    await app.clock.advance("2s");
    await stop;
  });

  it("shows what is left of the shutdown where a wait began before it", async () => {
    const one = given({ onStop: () => new Promise(() => {}) });
    const app = await testApp({ providers: { one }, shutdownTimeout: "5s" });
    const stops = [one.stop()];
    await app.clock.advance("2s");
    const wait = { path: "one", what: ["onStop"], ms: 2_000, limitMs: 10_000 };
    expect(app.inspect().waits).toEqual([wait]);
    stops.push(app.stop());
    await app.clock.advance("1s");
    expect(app.inspect().waits).toEqual([{ ...wait, ms: 3_000, limitMs: 7_000 }]);
    const settled = Promise.allSettled(stops);
    await app.clock.advance("5s");
    await settled;
  });

  it("shows a factory that is under way", async () => {
    const pool = () => new Promise<object>((resolve) => app.clock.setTimer(() => resolve({}), 2_000));
    const app: Kernel & TestParts = createTestApp({ providers: { pool } });
    const start = app.start();
    await app.clock.advance("1s");
    expect(plain(app.inspect()).starting).toEqual([{ path: "pool", doing: "in its factory" }]);
    await app.clock.advance("1s");
    await start;
    expect(plain(app.inspect())).toMatchObject({ starting: [], values: ["pool"] });
    await app.stop();
  });

  it("shows every kind of activity, with figures that are plain JSON, while it works and after it has failed", async () => {
    const one = given();
    await using app = await testApp({ providers: { one } });
    const boom = async () => {
      throw new Error("boom");
    };
    one.interval(boom, "1s", { immediate: true });
    one.interval(() => one.sleep("5s"), "1s", { label: "slow", pace: "spaced" });
    one.timeout(() => {}, "60d", { label: "far" });
    one.timeout(() => one.sleep("5s"), "1s", { label: "near" });
    one.listen("paid", boom);
    void one.waitFor("never", { timeout: "1h" });
    one.spawn(async function poll() {
      await one.sleep("5s");
    });
    app.bus.emit("paid");
    for (const step of ["0ms", "1s", "500ms", "1s"] as const) {
      await app.clock.advance(step);
      plain(app.inspect());
    }
    const kinds = app.inspect().services[0]?.activities.map(({ kind, label }) => `${kind} ${label}`);
    expect(kinds).toEqual([
      "interval boom",
      "interval slow",
      "timeout far",
      "timeout near",
      "listener paid",
      "wait never",
      "task poll",
      "sleep 5s",
      "sleep 5s",
      "sleep 5s",
    ]);
    expect(app.errors.length).toBeGreaterThan(0);
  });

  it("is a copy: it does not change, and changing it changes nothing", async () => {
    const one = given();
    await using app = await testApp({ providers: { one } });
    const before = app.inspect();
    one.interval(() => {}, "1s");
    expect(before.services[0]?.activities).toEqual([]);
    (before.services as unknown[]).length = 0;
    expect(app.inspect().services).toHaveLength(1);
  });
});
