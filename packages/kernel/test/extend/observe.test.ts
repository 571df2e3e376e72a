import { Kernel, Service, warn } from "@pawl/kernel";
import {
  addFigures,
  callAction,
  type InstrumentedCall,
  inspectOne,
  instrument,
  isInstrumented,
  listServices,
  probeBus,
  runningNow,
  summaryOf,
  triggersOf,
} from "@pawl/kernel/extend";
import { testApp } from "@pawl/testing";
import { describe, expect, it } from "vitest";
import { given } from "../given-service.ts";

/** Records what it is around as `path kind label`, and how it ended. */
function recording() {
  const seen: string[] = [];
  const around = <T>({ path, spec }: InstrumentedCall, fn: () => T): T => {
    const what = [path, spec.kind, spec.label].filter(Boolean).join(" ");
    seen.push(`> ${what}`);
    const ended = () => void seen.push(`< ${what}`);
    try {
      const result = fn();
      if (result instanceof Promise) result.then(ended, ended);
      else ended();
      return result;
    } catch (error) {
      ended();
      throw error;
    }
  };
  return { seen, around };
}

class Busy extends Service {
  greet = this.action(() => "hello");
}

describe("instrument() puts something around every call of user code", () => {
  it("hooks, ticks, tasks, actions, and emits around each of their listeners, exact, by pattern, or in line", async () => {
    const { seen, around } = recording();
    const one = new Busy();
    const two = given({ onStart: () => {} });
    await using app = await testApp({ providers: { one, two } });
    const undo = instrument(app, { around });
    one.listen("paid", () => {});
    one.listen("*", () => {});
    one.listen("paid", async () => {}, { concurrency: 1 });
    expect(two.emit("paid", 1)).toBe(3);
    await app.clock.settle();
    expect(seen.splice(0)).toEqual([
      "> two event paid",
      "> one listener of paid",
      "< one listener of paid",
      "> one listener of *",
      "< one listener of *",
      "< two event paid",
      "> one listener of paid",
      "< one listener of paid",
    ]);
    one.spawn(async function poll() {});
    one.interval(function collect() {}, "1s");
    await app.clock.advance("1s");
    await callAction(app, "one", "greet", undefined, { transport: "test" });
    expect(seen.splice(0).filter((line) => line.startsWith(">"))).toEqual([
      "> one task poll",
      "> one interval collect",
      "> one action greet",
    ]);
    await two.stop();
    await app.start("two");
    expect(seen.splice(0)).toEqual([
      "> two onStop",
      "< two onStop",
      "> two onStart",
      "< two onStart",
      "> two onReady",
      "< two onReady",
    ]);
    await one.stop();
    await app.start("one");
    // What a service does not have is not called.
    expect(seen.splice(0)).toEqual(["> one onStart", "< one onStart"]);
    expect(isInstrumented(one)).toBe(true);
    undo();
    expect(isInstrumented(one)).toBe(false);
    two.emit("paid", 1);
    await app.clock.settle();
    expect(seen).toEqual([]);
  });

  it("leaves failures to those they belong to", async () => {
    const one = given();
    await using app = await testApp({ providers: { one } });
    instrument(app, recording());
    one.listen("paid", () => {
      throw new Error("boom");
    });
    expect(one.emit("paid")).toBe(1);
    expect(app.errors).toMatchObject([{ error: { message: "boom" }, origin: { path: "one", event: "paid" } }]);
  });

  it("is around listeners that were called before it came, also where it comes while they are called", async () => {
    const one = given();
    await using app = await testApp({ providers: { one } });
    const { seen, around } = recording();
    let undo: (() => void) | undefined;
    let isWanted = false;
    one.listen("paid", () => {
      if (isWanted) undo ??= instrument(app, { around });
    });
    one.listen("paid", () => {});
    for (let n = 0; n < 3; n++) one.emit("paid");
    isWanted = true;
    one.emit("paid");
    expect(seen.splice(0)).toEqual(["> one listener of paid", "< one listener of paid"]);
    one.emit("paid");
    expect(seen.splice(0).filter((line) => line.startsWith(">"))).toEqual([
      "> one event paid",
      "> one listener of paid",
      "> one listener of paid",
    ]);
    undo?.();
    for (let n = 0; n < 3; n++) expect(one.emit("paid")).toBe(2);
    expect(seen.filter((line) => line.includes("listener"))).toEqual([]);
  });

  it("can be there once", async () => {
    const kernel = new Kernel();
    const undo = instrument(kernel, recording());
    expect(() => instrument(kernel, recording())).toThrow(expect.objectContaining({ code: "PAWL_BAD_OPTION" }));
    undo();
    instrument(kernel, recording())();
  });
});

describe("runningNow() says whose code is running", () => {
  it("in ticks, before and after an await, in synchronous listeners, and nobody outside", async () => {
    const one = given();
    const two = given();
    await using app = await testApp({ providers: { one, two } });
    const seen: unknown[] = [];
    const look = () => {
      const now = runningNow(app);
      seen.push(now && `${now.path}: ${now.what}`);
    };
    look();
    one.listen("paid", () => look());
    two.emit("paid");
    one.interval(async function collect() {
      look();
      await Promise.resolve();
      look();
      two.emit("paid");
    }, "1s");
    await app.clock.advance("1s");
    look();
    expect(seen).toEqual([
      undefined,
      'one: listener of "paid"',
      'one: interval "collect"',
      'one: interval "collect"',
      'one: listener of "paid"',
      undefined,
    ]);
  });
});

describe("what packages see of services", () => {
  it("all of them by path, one of them by itself, with the figures that packages add", async () => {
    const one = given();
    const child = given();
    await using app = await testApp({ providers: { one, two: given() } });
    await one.adopt(child);
    expect([...listServices(app)]).toEqual([
      ["one", one],
      [child.path, child],
      ["two", expect.any(Service)],
    ]);
    let orders = 1;
    addFigures(one, "metrics", () => ({ orders }));
    orders = 2;
    expect(inspectOne(one)).toMatchObject({ path: "one", figures: { metrics: { orders: 2 } } });
    expect(app.inspect().services[0]).toEqual(inspectOne(one));
    expect(inspectOne(child)).not.toHaveProperty("figures");
  });

  it("one of them without all that it owns", async () => {
    const one = given();
    await using _ = await testApp({ providers: { one } });
    await one.adopt(given());
    const { children, ...rest } = inspectOne(one);
    expect(children).toHaveLength(1);
    expect(inspectOne(one, { children: false })).toEqual({ ...rest, children: [] });
  });

  it("one of them in a line, with counts in the place of what they count", async () => {
    const one = given();
    await using app = await testApp({ providers: { one } });
    one.interval(() => {}, "1s");
    one.listen("paid", () => {});
    one.own({ close() {} });
    const blocked = Promise.withResolvers<void>();
    const task = one.spawn(() => blocked.promise);
    const warning = warn(one, "disk nearly full");
    await app.clock.advance("2s");
    one.emit("paid");
    const { since } = inspectOne(one);
    expect(summaryOf(one)).toEqual({
      name: "one",
      path: "one",
      className: one.constructor.name,
      state: "running",
      since,
      restarts: 0,
      warnings: ["disk nearly full"],
      activities: 3,
      inFlight: 1,
      resources: 1,
      calls: 3,
    });
    warning.cancel();
    blocked.resolve();
    await task;
    expect(summaryOf(one)).toMatchObject({ warnings: [], activities: 2, inFlight: 0 });
    await one.stop();
    expect(summaryOf(one)).toMatchObject({ state: "stopped", activities: 0, resources: 0, calls: 0 });
  });

  it("who is called with an event, by name and by pattern, of services and of the kernel", async () => {
    const one = given();
    await using app = await testApp({ providers: { one } });
    one.listen("order:paid", () => {});
    const all = one.listen("order:*", () => {});
    const off = app.bus.on("order:paid", () => {});
    const bus = probeBus(app);
    expect(bus.receivers("order:paid")).toEqual([
      { path: "one", label: 'listener of "order:paid"' },
      { path: "one", label: 'listener of "order:*"' },
      { path: app.name, label: 'listener of "order:paid"' },
    ]);
    expect(bus.receivers("order:made-up")).toEqual([{ path: "one", label: 'listener of "order:*"' }]);
    all.cancel();
    off();
    expect(bus.receivers("order:paid")).toHaveLength(1);
    expect(bus.receivers("nobody")).toEqual([]);
  });

  it("their activities that can be triggered", async () => {
    const one = given();
    await using _ = await testApp({ providers: { one } });
    let calls = 0;
    one.interval(function collect() {
      calls++;
      return calls;
    }, "1h");
    one.timeout(() => {}, "1h");
    const triggers = triggersOf(one);
    expect([...triggers.keys()]).toEqual(['interval "collect"']);
    expect(await triggers.get('interval "collect"')?.()).toBe(1);
  });
});
