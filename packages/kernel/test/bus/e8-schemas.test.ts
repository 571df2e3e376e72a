import { EventPayloadError, EventSchemaError, Kernel, type Schema } from "@pawl/kernel";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { testBus, ways } from "./test-bus.ts";

/** A Standard Schema made by hand. */
function schema(validate: Schema["~standard"]["validate"]): Schema<unknown, unknown> {
  return { "~standard": { version: 1, vendor: "by-hand", validate } };
}

const events = {
  "order:paid": z.object({ id: z.string(), total: z.coerce.number().positive(), note: z.string().default("none") }),
  counted: schema((value) =>
    typeof value === "number" ? { value: value + 1 } : { issues: [{ message: "no number" }] },
  ),
};

describe.each(ways)("E8 With a schema for an event (%s)", (way) => {
  it("gives listeners the parsed value", async () => {
    await using app = await testBus(way, { events });
    const heard: unknown[] = [];
    app.one.listen("order:paid", (payload) => heard.push(payload));
    app.two.listen("order:*", (payload) => heard.push(payload));
    app.one.listen("counted", (n) => heard.push(n));
    expect(app.bus.emit("order:paid", { id: "a", total: "3", surplus: true })).toBe(2);
    expect(app.one.emit("counted", 1)).toBe(1);
    await app.bus.emitAndWait("counted", 2);
    expect(heard).toEqual([{ id: "a", total: 3, note: "none" }, { id: "a", total: 3, note: "none" }, 2, 3]);
  });

  it("throws an EventPayloadError with every issue at the emitter, before any listener", async () => {
    await using app = await testBus(way, { events });
    const heard: unknown[] = [];
    app.one.listen("order:paid", (payload) => heard.push(payload));
    app.one.listen("**", (payload) => heard.push(payload));
    const emit = () => app.bus.emit("order:paid", { id: 1, total: -1 });
    expect(emit).toThrow(EventPayloadError);
    try {
      emit();
    } catch (error) {
      expect(error).toMatchObject({ code: "PAWL_EVENT_PAYLOAD", name: "EventPayloadError", event: "order:paid" });
      expect((error as EventPayloadError).issues).toHaveLength(2);
      expect((error as Error).message).toMatch(/^"order:paid": id: .+; total: .+\. Nobody was called$/);
    }
    expect(heard).toEqual([]);
    expect(app.errors).toEqual([]);
  });

  it("rejects emitAndWait with the same error", async () => {
    await using app = await testBus(way, { events });
    await expect(app.bus.emitAndWait("counted", "one")).rejects.toBeInstanceOf(EventPayloadError);
    await expect(app.one.emitAndWait("counted", "one")).rejects.toMatchObject({
      code: "PAWL_EVENT_PAYLOAD",
      message: '"counted": no number. Nobody was called',
    });
  });

  it("makes a bad payload that a listener emits a failure of that listener", async () => {
    await using app = await testBus(way, { events });
    app.two.listen("go", () => void app.two.emit("counted", "one"));
    app.bus.emit("go");
    expect(app.errors).toHaveLength(1);
    expect(app.errors[0]?.error).toBeInstanceOf(EventPayloadError);
    expect(app.errors[0]?.origin).toMatchObject({ path: "two", event: "go" });
  });

  it("checks payloads that nobody listens to as well, so that a mistake shows before the first listener does", async () => {
    await using app = await testBus(way, { events });
    expect(() => app.bus.emit("counted", "one")).toThrow(EventPayloadError);
    expect(app.bus.emit("counted", 1)).toBe(0);
  });

  it("checks in every state of the kernel", async () => {
    const kernel: Kernel = new Kernel({ events });
    expect(() => kernel.bus.emit("counted", "one")).toThrow(EventPayloadError);
    expect(kernel.bus.emit("counted", 1)).toBe(0);
  });

  it("leaves events without a schema alone", async () => {
    await using app = await testBus(way, { events });
    const heard: unknown[] = [];
    app.one.listen("free", (payload) => heard.push(payload));
    app.bus.emit("free", { anything: true });
    expect(heard).toEqual([{ anything: true }]);
  });

  it.each([
    ["with zod", z.string().refine(async () => true)],
    ["by hand", schema(async (value) => ({ value }))],
    ["by hand, rejecting", schema(async () => Promise.reject(new Error("of no interest")))],
  ])("throws an EventSchemaError at the first emit where it validates asynchronously: %s", async (_, asynchronous) => {
    await using app = await testBus(way, { events: { slow: asynchronous } });
    const heard: unknown[] = [];
    app.one.listen("slow", (payload) => heard.push(payload));
    const emit = () => app.bus.emit("slow", "text");
    expect(emit).toThrow(EventSchemaError);
    expect(emit).toThrow(expect.objectContaining({ code: "PAWL_EVENT_SCHEMA", name: "EventSchemaError" }));
    expect(emit).toThrow('"slow": its schema validates asynchronously, but events are delivered synchronously');
    await expect(app.bus.emitAndWait("slow", "text")).rejects.toBeInstanceOf(EventSchemaError);
    await app.clock.settle();
    expect(heard).toEqual([]);
    expect(app.errors).toEqual([]);
  });

  it("lets the emitter see what a schema throws itself", async () => {
    const broken = schema(() => {
      throw new RangeError("a bug of the schema");
    });
    await using app = await testBus(way, { events: { broken } });
    expect(() => app.bus.emit("broken")).toThrow("a bug of the schema");
  });

  it("names the place of an issue, whatever form its path has", async () => {
    const issues = [
      { message: "wrong", path: ["items", 0, { key: "id" }] },
      { message: "missing", path: [] },
      { message: "odd" },
    ];
    await using app = await testBus(way, { events: { listed: schema(() => ({ issues })) } });
    expect(() => app.bus.emit("listed")).toThrow('"listed": items.0.id: wrong; missing; odd. Nobody was called');
  });
});

describe("E8 Misuse", () => {
  it.each([[undefined], [null], [{}], [() => true], [{ "~standard": {} }]])(
    "refuses %j as a schema when the kernel is made",
    (wrong) => {
      const make = () => new Kernel({ events: { paid: wrong as never } });
      expect(make).toThrow(TypeError);
      expect(make).toThrow(expect.objectContaining({ code: "PAWL_BAD_OPTION" }));
      expect(make).toThrow('Kernel({ events }): what is given for "paid" is no Standard Schema');
    },
  );

  it("refuses a schema for a pattern: it would never be asked", () => {
    const make = () => new Kernel({ events: { "order:*": z.string() } });
    expect(make).toThrow(TypeError);
    expect(make).toThrow(expect.objectContaining({ code: "PAWL_BAD_EVENT" }));
  });
});
