import { readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { FlightRecorder, readFlight, recorderOf } from "@pawl/diagnostics";
import { type FactSelector, Kernel, Service } from "@pawl/kernel";
import { createTestApp, isCollected, testApp } from "@pawl/testing";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../temporary-folder.ts";

class Metrics extends Service {
  override onStart() {
    this.interval(() => this.emit("metrics:updated"), "1s", { label: "collect" });
  }
}

const kindsOf = (recorder: FlightRecorder) => recorder.facts().map(({ kind }) => kind);

describe("what is recorded", () => {
  test("keeps what happened in order, numbered, with its time, and nothing of single ticks and events", async () => {
    const app = createTestApp({ name: "shop", providers: { metrics: new Metrics() } });
    const recorder = new FlightRecorder(app);
    await app.start();
    await app.clock.advance("10s");
    await app[Symbol.asyncDispose]();
    expect(kindsOf(recorder)).toEqual([
      "kernel.starting",
      "service.starting",
      "service.started",
      "kernel.started",
      "kernel.stopping",
      "service.stopping",
      "service.stopped",
      "kernel.stopped",
    ]);
    expect(recorder.facts().map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    const [starting, , , , stopping] = recorder.facts();
    expect(stopping).toMatchObject({ name: "shop", reason: { kind: "requested" } });
    expect((stopping?.at ?? 0) - (starting?.at ?? 0)).toBe(10_000);
  });

  test("keeps the kinds that it is asked for", async () => {
    const app = createTestApp({ providers: { metrics: new Metrics() } });
    const kinds: readonly FactSelector[] = ["tick.*"];
    const recorder = new FlightRecorder(app, { kinds });
    await app.start();
    await app.clock.advance("2s");
    await app[Symbol.asyncDispose]();
    expect(kindsOf(recorder)).toEqual(["tick.started", "tick.ended", "tick.started", "tick.ended"]);
  });

  test("keeps the last ones, and says how many fell out", async () => {
    await using app = createTestApp({ providers: { a: new Metrics(), b: new Metrics() } });
    const recorder = new FlightRecorder(app, { size: 3 });
    expect(recorder.facts()).toEqual([]);
    await app.start();
    expect(recorder.facts().map(({ seq, kind }) => [seq, kind])).toEqual([
      [4, "service.starting"],
      [5, "service.started"],
      [6, "kernel.started"],
    ]);
    expect(recorder.dropped).toBe(3);
    expect(recorder.since(1).map(({ seq }) => seq)).toEqual([4, 5, 6]);
    expect(recorder.since(5).map(({ seq }) => seq)).toEqual([6]);
    expect(recorder.since(6)).toEqual([]);
  });

  test("keeps an error as texts: its code, stack and causes, however deep or circular", async () => {
    const cause = Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
    const error = new Error("x".repeat(10_000), { cause });
    cause.cause = error;
    await using app = await testApp({
      providers: { metrics: new Metrics() },
      onError: () => {},
    });
    const recorder = new FlightRecorder(app, { kinds: ["error"] });
    app.bus.on("broken", () => {
      throw error;
    });
    app.bus.emit("broken", undefined);
    const [fact] = recorder.facts();
    const recorded = fact?.["error"] as { message: string; stack: string; cause: { code: string; cause: object } };
    expect(recorded.message).toHaveLength(500);
    expect(recorded.stack.length).toBeLessThanOrEqual(4_000);
    expect(recorded.cause.code).toBe("ECONNREFUSED");
    expect(JSON.parse(JSON.stringify(recorded))).toEqual(recorded);
    expect(JSON.stringify(recorded).length).toBeLessThan(30_000);
  });

  test.each([
    ["a text", "down", "down"],
    ["a number that JSON has not", Number.NaN, "NaN"],
    ["an object", { socket: new Map(), deep: { er: { and: { deeper: { still: 1 } } } } }, undefined],
    ["an object of a class", new (class Secret {})(), "[Secret]"],
    [
      "an object that throws when it is read",
      new Proxy({}, { getPrototypeOf: () => expect.unreachable() }),
      "[unreadable]",
    ],
    ["a function", function load() {}, "function load() {}"],
  ])("keeps %s that was thrown as plain JSON", async (_, thrown, expected) => {
    await using app = await testApp({ onError: () => {} });
    const recorder = new FlightRecorder(app, { kinds: ["error"] });
    app.bus.on("broken", () => {
      throw thrown;
    });
    app.bus.emit("broken", undefined);
    const [fact] = recorder.facts();
    expect(fact?.["error"]).toEqual(expected ?? { socket: "[Map]", deep: { er: { and: { deeper: "[Object]" } } } });
  });

  test("keeps no error alive", async () => {
    const kernel = new Kernel({ onError: () => {} });
    const recorder = new FlightRecorder(kernel, { kinds: ["error"] });
    await kernel.start();
    const failed = () => {
      const error = new Error("once", { cause: new Error("deeper") });
      const off = kernel.bus.on("broken", () => {
        throw error;
      });
      kernel.bus.emit("broken", undefined);
      off();
      return error;
    };
    expect(await isCollected(failed)).toBe(true);
    expect(recorder.facts()).toEqual([
      expect.objectContaining({ error: expect.objectContaining({ message: "once" }) }),
    ]);
    await kernel.stop();
  });

  test("is one for one kernel, until it is stopped", async () => {
    const kernel = new Kernel({ name: "shop" });
    expect(recorderOf(kernel)).toBeUndefined();
    const recorder = new FlightRecorder(kernel);
    expect(recorderOf(kernel)).toBe(recorder);
    expect(() => new FlightRecorder(kernel)).toThrow(
      expect.objectContaining({ code: "PAWL_BAD_OPTION", message: expect.stringContaining("shop has a recorder") }),
    );
    recorder.stop();
    expect(recorderOf(kernel)).toBeUndefined();
    await kernel.start();
    await kernel.stop();
    expect(recorder.facts()).toEqual([]);
  });

  test.each([
    [{ size: 0 }, RangeError],
    [{ size: 1.5 }, RangeError],
    [{ size: "10" }, TypeError],
    [{ kinds: "crash" }, TypeError],
    [{ dir: 7 }, TypeError],
    [null, TypeError],
  ])("refuses %j at once", (options, type) => {
    const attach = () => new FlightRecorder(new Kernel(), options as never);
    expect(attach).toThrow(type);
    expect(attach).toThrow(expect.objectContaining({ code: "PAWL_BAD_OPTION" }));
  });
});

describe("the file", () => {
  test("is new, of this user alone, and named after the app, the time and the process", async () => {
    using folder = temporaryFolder();
    await using app = await testApp({ name: "shop" }, { wallTime: new Date("2026-11-21T10:56:15.123Z") });
    const dir = join(folder.path, "made", "for", "it");
    const recorder = new FlightRecorder(app, { dir });
    const first = recorder.write();
    const second = recorder.write();
    expect(basename(first)).toBe(`shop.20261121T105615123Z.${process.pid}.flight.jsonl`);
    expect(basename(second)).toBe(`shop.20261121T105615123Z.${process.pid}-2.flight.jsonl`);
    expect(statSync(first).mode & 0o777).toBe(0o600);
    expect(app.facts.of("recorder.written").map(({ file, why }) => [file, why])).toEqual([
      [first, "asked for"],
      [second, "asked for"],
    ]);
  });

  test("is read again as it was recorded", async () => {
    using folder = temporaryFolder();
    await using app = createTestApp({ name: "shop", providers: { metrics: new Metrics() } });
    const recorder = new FlightRecorder(app, { size: 3, dir: folder.path });
    await app.start();
    const facts = recorder.facts();
    const flight = readFlight(recorder.write());
    expect(flight.header).toEqual({
      flight: 1,
      app: "shop",
      pid: process.pid,
      node: process.versions.node,
      writtenAt: new Date(app.clock.wallTime()).toISOString(),
      why: "asked for",
      count: 3,
      dropped: 1,
    });
    expect(flight.facts).toEqual(facts);
    expect(flight.notes).toEqual([]);
  });

  test("never takes the place of another one, and says why it was not written", async () => {
    using folder = temporaryFolder();
    await using app = await testApp({ name: "shop" });
    const recorder = new FlightRecorder(app, { dir: folder.path });
    const file = join(folder.path, "mine.txt");
    writeFileSync(file, "mine");
    expect(() => recorder.write(file)).toThrow(
      expect.objectContaining({
        code: "PAWL_FLIGHT_NOT_WRITTEN",
        path: "shop",
        message: expect.stringContaining(file),
      }),
    );
    expect(readFileSync(file, "utf8")).toBe("mine");
    expect(app.facts.of("recorder.written")).toEqual([]);
  });
});
