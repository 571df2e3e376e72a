import { isAbortError, NotRunningError } from "@pawl/kernel";
import { describe, expect, it } from "vitest";
import { testBus, ways } from "./test-bus.ts";

describe.each(ways)("E2 A listener that throws or rejects stops nobody (%s)", (way) => {
  it("runs the others, hides it from the emitter, and tells onError who it was and of which event", async () => {
    await using app = await testBus(way);
    const boom = new Error("boom");
    const heard: string[] = [];
    app.one.listen("paid", () => heard.push("before"));
    app.two.listen("paid", () => {
      throw boom;
    });
    app.one.listen("paid", () => heard.push("after"));
    expect(app.bus.emit("paid")).toBe(3);
    expect(heard).toEqual(["before", "after"]);
    expect(app.errors).toEqual([{ error: boom, origin: { path: "two", label: 'listener of "paid"', event: "paid" } }]);
  });

  it("tells onError before the next listener is called: a log shows things in the order they happened", async () => {
    const order: string[] = [];
    await using app = await testBus(way, { onError: () => order.push("onError") });
    app.one.listen("paid", () => {
      throw new Error("boom");
    });
    app.two.listen("paid", () => order.push("next listener"));
    app.bus.emit("paid");
    app.bus.emit("paid");
    expect(order).toEqual(["onError", "next listener", "onError", "next listener"]);
  });

  it("does the same with every call, the first and those after it", async () => {
    await using app = await testBus(way);
    let n = 0;
    app.one.listen("paid", () => {
      throw new Error(`boom ${++n}`);
    });
    for (let i = 0; i < 3; i++) app.bus.emit("paid");
    expect(app.errors.map(({ error }) => (error as Error).message)).toEqual(["boom 1", "boom 2", "boom 3"]);
  });

  it("names the pattern of the listener and the event that came", async () => {
    await using app = await testBus(way);
    app.one.listen("order:*", () => {
      throw new Error("boom");
    });
    app.bus.emit("order:paid");
    expect(app.errors[0]?.origin).toEqual({ path: "one", label: 'listener of "order:*"', event: "order:paid" });
  });

  it("names the kernel where the listener is its own", async () => {
    await using app = await testBus(way);
    app.bus.on("paid", () => {
      throw new Error("boom");
    });
    app.bus.emit("paid");
    expect(app.errors[0]?.origin).toEqual({ path: "app", label: 'listener of "paid"', event: "paid" });
  });

  it.each([
    ["an async function", async () => Promise.reject(new Error("boom"))],
    ["a plain function that returns a promise", () => Promise.reject(new Error("boom"))],
    [
      "a plain function that returns a thenable",
      // biome-ignore lint/suspicious/noThenProperty: on purpose
      () => ({ then: (_: unknown, no: (e: Error) => void) => queueMicrotask(() => no(new Error("boom"))) }),
    ],
  ])("tells of the rejection of %s as of a throw", async (_, listener) => {
    await using app = await testBus(way);
    const heard: string[] = [];
    app.one.listen("paid", listener);
    app.two.listen("paid", () => heard.push("after"));
    for (let i = 0; i < 3; i++) expect(app.bus.emit("paid")).toBe(2);
    await app.clock.settle();
    expect(heard).toHaveLength(3);
    expect(app.errors).toHaveLength(3);
    for (const { error, origin } of app.errors) {
      expect((error as Error).message).toBe("boom");
      expect(origin).toEqual({ path: "one", label: 'listener of "paid"', event: "paid" });
    }
  });

  it.each([
    ["undefined", undefined],
    ["null", null],
    ["a string", "boom"],
    ["an object without a prototype", Object.create(null) as object],
  ])("tells what was thrown as it is: %s", async (_, thrown) => {
    await using app = await testBus(way);
    app.one.listen("paid", () => {
      throw thrown;
    });
    app.one.listen("paid", async () => {
      throw thrown;
    });
    app.bus.emit("paid");
    await app.clock.settle();
    expect(app.errors.map(({ error }) => error)).toEqual([thrown, thrown]);
  });

  it("goes on where onError itself emits", async () => {
    const heard: unknown[] = [];
    await using app = await testBus(way, { onError: (_, { event }) => void app.bus.emit("trouble", event) });
    app.one.listen("trouble", (event) => heard.push(event));
    app.two.listen("paid", () => {
      throw new Error("boom");
    });
    app.two.listen("paid", () => heard.push("after"));
    app.bus.emit("paid");
    expect(heard).toEqual(["paid", "after"]);
  });

  it("takes an AbortError that nobody has cancelled for a failure like any other", async () => {
    await using app = await testBus(way);
    app.one.listen("paid", async () => AbortSignal.abort().throwIfAborted());
    app.bus.emit("paid");
    await app.clock.settle();
    expect(app.errors).toHaveLength(1);
    expect(isAbortError(app.errors[0]?.error)).toBe(true);
  });

  it("isolates the errors of the kernel too, such as a refused call", async () => {
    await using app = await testBus(way);
    await app.two.stop();
    app.one.listen("paid", () => {
      app.two.spawn(() => {});
    });
    expect(app.bus.emit("paid")).toBe(1);
    expect(app.errors[0]?.error).toBeInstanceOf(NotRunningError);
  });
});
