import type { Fact } from "@pawl/kernel";
import { createTestApp, testApp } from "@pawl/testing";
import { describe, expect, it } from "vitest";
import { given } from "../given-service.ts";

/** A fact in short: its kind, and whose or which it is. */
function short(fact: Fact): string {
  const who = [
    "path" in fact ? fact.path : undefined,
    "name" in fact ? fact.name : undefined,
    "label" in fact ? fact.label : undefined,
    "event" in fact ? fact.event : undefined,
  ];
  return [fact.kind, ...who.filter((part) => part !== undefined)].join(" ");
}

/** Every kind that begins something, with those that can end it. */
const ends: Readonly<Record<string, readonly string[]>> = {
  "kernel.starting": ["kernel.started", "kernel.failed", "kernel.stopped"],
  "kernel.stopping": ["kernel.stopped"],
  "service.starting": ["service.started", "service.failed", "service.stopped"],
  "service.stopping": ["service.stopped"],
  "release.started": ["release.ended"],
  "tick.started": ["tick.ended"],
  "task.started": ["task.ended"],
};

/** The facts that nothing has ended. */
function open(facts: readonly Fact[]): string[] {
  const waiting: { readonly begun: Fact; readonly ends: readonly string[] }[] = [];
  for (const fact of facts) {
    const begins = ends[fact.kind];
    const key = (of: Fact) => short(of).slice(of.kind.length);
    const at = waiting.findIndex(({ begun, ends: kinds }) => kinds.includes(fact.kind) && key(begun) === key(fact));
    if (at >= 0) waiting.splice(at, 1);
    if (begins) waiting.push({ begun: fact, ends: begins });
  }
  return waiting.map(({ begun }) => short(begun));
}

describe("§6 Facts come in pairs, in the order in which things happen", () => {
  it("over the life of an app", async () => {
    const child = given();
    const shop = given({
      async onStart() {
        await this.adopt(child);
        this.own({}, () => {});
        this.addCleanup(function flush() {});
      },
    });
    const app = createTestApp({ name: "store", providers: { db: () => ({ close() {} }), shop } });
    await app.start();
    await app.stop();
    expect(app.facts.all.map(short)).toEqual([
      "kernel.starting store",
      "service.starting shop",
      "service.starting shop/givenService",
      "service.started shop/givenService",
      "service.started shop",
      "service.ready shop/givenService",
      "service.ready shop",
      "kernel.started store",
      "kernel.stopping store",
      "service.stopping shop",
      "release.started shop flush",
      "release.ended shop flush",
      "release.started shop own(Object)",
      "release.ended shop own(Object)",
      "service.stopping shop/givenService",
      "service.stopped shop/givenService",
      "service.stopped shop",
      "release.started db value",
      "release.ended db value",
      "kernel.stopped store",
    ]);
    expect(open(app.facts.all)).toEqual([]);
  });

  it("of calls: each has its length in milliseconds, and its error where it failed", async () => {
    const one = given();
    const app = await testApp({ providers: { one } });
    app.facts.clear();
    one.interval(
      async () => {
        await one.sleep("250ms");
        throw new Error("boom");
      },
      "1s",
      { label: "collect" },
    );
    one.timeout(() => {}, "500ms", { label: "warn" });
    const task = one.spawn(async function poll() {
      await one.sleep("100ms");
      throw new Error("held");
    });
    const held = task.catch(() => {});
    await app.clock.advance("1500ms");
    await held;
    const figures = app.facts.all.filter(({ kind }) => /^(tick|task)\./.test(kind));
    expect(figures).toMatchObject([
      { kind: "task.started", path: "one", label: "poll" },
      { kind: "task.ended", path: "one", label: "poll", ms: 100, error: new Error("held") },
      { kind: "tick.started", path: "one", label: "warn" },
      { kind: "tick.ended", path: "one", label: "warn", ms: 0 },
      { kind: "tick.started", path: "one", label: "collect" },
      { kind: "tick.ended", path: "one", label: "collect", ms: 250, error: new Error("boom") },
    ]);
    expect(figures[3]).not.toHaveProperty("error");
    expect(app.errors).toHaveLength(1);
    await app.stop();
    expect(open(app.facts.all)).toEqual([]);
  });

  it("of a failed start, whose undoing is told as well", async () => {
    const one = given({
      onStart() {
        this.addCleanup(() => {
          throw new Error("cleanup");
        });
        throw new Error("boom");
      },
    });
    const app = createTestApp({ providers: { zero: given(), one } });
    const error: unknown = await app.start().catch((thrown: unknown) => thrown);
    expect(app.facts.all.map(short)).toEqual([
      "kernel.starting app",
      "service.starting zero",
      "service.started zero",
      "service.starting one",
      "release.started one cleanup",
      "release.ended one cleanup",
      "service.failed one",
      "service.stopping zero",
      "service.stopped zero",
      "kernel.failed app",
    ]);
    expect(app.facts.of("kernel.failed")).toMatchObject([{ name: "app", error }]);
    expect(app.facts.of("release.ended")[0]).toHaveProperty("error");
    expect(open(app.facts.all)).toEqual([]);
  });

  it("of calls that were left behind: their end is told as the stop gives them up", async () => {
    const one = given();
    const app = await testApp({ providers: { one } });
    one.interval(() => new Promise(() => {}), "1s", { label: "hang" });
    one.spawn(async function poll() {
      await new Promise(() => {});
    });
    one.own({}, () => new Promise(() => {}));
    await app.clock.advance("1s");
    const stop = app.stop().catch(() => {});
    await app.clock.advance("1h");
    await stop;
    expect(app.facts.of("release.timedOut").map(short)).toEqual([
      'release.timedOut one task "poll"',
      'release.timedOut one interval "hang"',
      'release.timedOut one release "own(Object)"',
    ]);
    expect(open(app.facts.all)).toEqual([]);
  });

  it("of events: the name and how many listeners were called", async () => {
    const one = given();
    await using app = await testApp({ providers: { one } });
    one.listen("order:*", () => {});
    one.listen("order:paid", () => app.bus.emit("nested"));
    app.facts.clear();
    app.bus.emit("order:paid");
    app.bus.emit("nobody");
    await app.bus.emitAndWait("order:sent");
    expect(app.facts.all).toMatchObject([
      { kind: "event.emitted", event: "nested", listeners: 0 },
      { kind: "event.emitted", event: "order:paid", listeners: 2 },
      { kind: "event.emitted", event: "nobody", listeners: 0 },
      { kind: "event.emitted", event: "order:sent", listeners: 1 },
    ]);
  });

  it("of events: who emitted, the kernel's name where it was no service", async () => {
    const one = given();
    await using app = await testApp({ name: "shop", providers: { one } });
    app.facts.clear();
    one.emit("order:paid");
    await one.emitAndWait("order:sent");
    app.bus.emit("order:paid");
    expect(app.facts.all.map((fact) => fact.kind === "event.emitted" && `${fact.path} ${fact.event}`)).toEqual([
      "one order:paid",
      "one order:sent",
      "shop order:paid",
    ]);
  });

  it("of a crash: who crashed, and the original error", async () => {
    const one = given();
    const app = await testApp({ providers: { one } });
    const ended = app.wait().catch(() => {});
    const boom = new Error("boom");
    one.fail(boom);
    await ended;
    expect(app.facts.of("crash")).toMatchObject([{ path: "one", error: boom }]);
    expect(app.facts.of("kernel.stopping")).toMatchObject([{ reason: { kind: "crash", path: "one", error: boom } }]);
  });

  it("of every error that had no caller, with where it came from", async () => {
    const one = given();
    await using app = await testApp({ providers: { one } });
    one.listen("paid", () => {
      throw new Error("boom");
    });
    app.facts.clear();
    app.bus.emit("paid");
    expect(app.facts.of("error")).toEqual([
      {
        kind: "error",
        at: expect.any(Number),
        path: "one",
        label: 'listener of "paid"',
        event: "paid",
        error: new Error("boom"),
      },
    ]);
    expect(app.errors).toHaveLength(1);
  });

  it("carry the wall-clock time at which they happened", async () => {
    const one = given();
    await using app = await testApp({ providers: { one } });
    await app.clock.advance("90s");
    app.facts.clear();
    app.bus.emit("paid");
    expect(app.facts.all).toMatchObject([{ at: Date.UTC(2025, 0, 1, 0, 1, 30) }]);
  });
});
