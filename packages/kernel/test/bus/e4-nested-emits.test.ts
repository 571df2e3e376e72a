import { EmitError, EventLoopError } from "@pawl/kernel";
import { describe, expect, it, onTestFinished } from "vitest";
import { type TestBus, testBus, ways } from "./test-bus.ts";

/** Lets `app.one` emit `deep:1` … `deep:n` nested, and says how deep it came. */
function nest(app: TestBus, levels: number): { deepest: number } {
  const seen = { deepest: 0 };
  for (let i = 1; i <= levels; i++) {
    app.one.listen(`deep:${i}`, () => {
      seen.deepest = Math.max(seen.deepest, i);
      if (i < levels) app.bus.emit(`deep:${i + 1}`);
    });
  }
  return seen;
}

describe.each(ways)("E4 Nested emits are delivered in full, depth first (%s)", (way) => {
  it("has called every listener of the inner event before the next listener of the outer one", async () => {
    await using app = await testBus(way);
    const heard: string[] = [];
    app.one.listen("a", () => {
      heard.push("a1");
      app.bus.emit("b");
      heard.push("a1 again");
    });
    app.one.listen("a", () => heard.push("a2"));
    app.two.listen("b", () => {
      heard.push("b1");
      app.bus.emit("c");
    });
    app.two.listen("b", () => heard.push("b2"));
    app.two.listen("c", () => heard.push("c1"));
    app.bus.emit("a");
    expect(heard).toEqual(["a1", "b1", "c1", "b2", "a1 again", "a2"]);
  });

  it("delivers an event nested in itself as any other", async () => {
    await using app = await testBus(way);
    const heard: string[] = [];
    app.one.listen("n", (n: number) => {
      heard.push(`first ${n}`);
      if (n < 3) app.bus.emit("n", n + 1);
    });
    app.two.listen("n", (n: number) => heard.push(`second ${n}`));
    app.bus.emit("n", 1);
    expect(heard).toEqual(["first 1", "first 2", "first 3", "second 3", "second 2", "second 1"]);
  });

  it("delivers 99 levels", async () => {
    await using app = await testBus(way);
    const seen = nest(app, 99);
    expect(app.bus.emit("deep:1")).toBe(1);
    expect(seen.deepest).toBe(99);
    expect(app.errors).toEqual([]);
  });

  it("calls no sibling after a nest was abandoned, however plain it was before, and all of them on the next emit", async () => {
    await using app = await testBus(way);
    let looping = false;
    let after = 0;
    app.one.listen("n", () => {
      if (!looping) return;
      try {
        app.bus.emit("n");
      } catch {
        // As if nothing had happened: the delivery ends all the same.
      }
    });
    app.two.listen("n", () => after++);
    for (let i = 0; i < 3; i++) app.bus.emit("n");
    expect(after).toBe(3);
    looping = true;
    app.bus.emit("n");
    expect(after).toBe(3);
    expect(app.errors).toHaveLength(1);
    looping = false;
    for (let i = 0; i < 3; i++) app.bus.emit("n");
    expect(after).toBe(6);
  });

  it("abandons the nest at the 100th, tells one EventLoopError that names the chain, and the outermost emit returns", async () => {
    await using app = await testBus(way);
    const seen = nest(app, 100);
    expect(app.bus.emit("deep:1")).toBe(1);
    expect(seen.deepest).toBe(99);
    expect(app.errors).toHaveLength(1);
    const { error, origin } = app.errors[0] as TestBus["errors"][0];
    expect(error).toBeInstanceOf(EventLoopError);
    expect(error).toMatchObject({ code: "PAWL_EVENT_LOOP", name: "EventLoopError" });
    expect((error as Error).message).toMatch(/^deep:1 → deep:2 → .*… → deep:100: events were nested 100 deep/);
    expect(origin).toEqual({ path: "app", label: 'event "deep:1"', event: "deep:1" });
  });

  it("does not count an emit that nobody listens to as a level", async () => {
    await using app = await testBus(way);
    const seen = nest(app, 99);
    app.one.listen("deep:99", () => expect(app.bus.emit("nobody")).toBe(0));
    app.bus.emit("deep:1");
    expect(seen.deepest).toBe(99);
    expect(app.errors).toEqual([]);
  });

  it("calls no listener of the nest any more, on no level, up to the outermost emit", async () => {
    await using app = await testBus(way);
    const after: string[] = [];
    app.one.listen("ping", () => {
      app.bus.emit("pong");
      after.push("code behind the emit");
    });
    app.two.listen("pong", () => void app.bus.emit("ping"));
    app.two.listen("ping", () => after.push("ping"));
    app.two.listen("pong", () => after.push("pong"));
    app.two.listen("*", () => after.push("pattern"));
    expect(app.bus.emit("ping")).toBe(1);
    expect(after).toEqual([]);
    expect(app.errors).toHaveLength(1);
  });

  it("is not resumed by a listener that catches the error, nor by what it emits then", async () => {
    await using app = await testBus(way);
    const caught: unknown[] = [];
    const after: string[] = [];
    app.one.listen("ping", () => {
      try {
        app.bus.emit("ping");
      } catch (error) {
        caught.push(error);
        expect(() => app.bus.emit("other")).toThrow(EventLoopError);
        expect(() => app.bus.emit("nobody")).toThrow(EventLoopError);
      }
    });
    app.two.listen("ping", () => after.push("ping"));
    app.two.listen("other", () => after.push("other"));
    app.bus.emit("ping");
    expect(new Set(caught).size).toBe(1);
    expect(caught[0]).toBe(app.errors[0]?.error);
    expect(after).toEqual([]);
    expect(app.errors).toHaveLength(1);
  });

  it("does not isolate the error where a listener lets it pass, and tells a listener's own error as usual", async () => {
    await using app = await testBus(way);
    app.one.listen("ping", () => {
      try {
        app.bus.emit("ping");
      } finally {
        // Hides the error of the loop: the nest is abandoned all the same.
        // biome-ignore lint/correctness/noUnsafeFinally: on purpose
        throw new Error("in finally");
      }
    });
    app.bus.emit("ping");
    expect(app.errors).toHaveLength(1);
    expect(app.errors[0]?.error).toBeInstanceOf(EventLoopError);
  });

  it("delivers again afterwards, also in the very onError that is told, and finds the next loop as well", async () => {
    const heard: string[] = [];
    await using app = await testBus(way, {
      onError: (error) => {
        if (error instanceof EventLoopError) app.bus.emit("alarm");
      },
    });
    app.one.listen("alarm", () => heard.push("alarm"));
    app.two.listen("ping", () => void app.bus.emit("ping"));
    app.bus.emit("ping");
    expect(heard).toEqual(["alarm"]);
    app.bus.emit("alarm");
    app.bus.emit("ping");
    expect(heard).toEqual(["alarm", "alarm", "alarm"]);
    expect(app.errors.filter(({ error }) => error instanceof EventLoopError)).toHaveLength(2);
  });

  it("tells once what async listeners of the nest reject with for it", async () => {
    await using app = await testBus(way);
    const after: string[] = [];
    app.one.listen("ping", async () => {
      app.bus.emit("ping");
      after.push("behind the emit");
    });
    app.two.listen("ping", async () => after.push("sibling"));
    for (let i = 1; i <= 2; i++) {
      app.bus.emit("ping");
      await app.clock.settle();
      expect(app.errors).toHaveLength(i);
    }
    expect(after).toEqual([]);
  });

  it("tells once where listeners wait for each other's events, and where they do not wait for the emitAndWait", async () => {
    await using app = await testBus(way);
    const unhandled: unknown[] = [];
    const onUnhandled = (error: unknown) => unhandled.push(error);
    process.on("unhandledRejection", onUnhandled);
    onTestFinished(() => void process.off("unhandledRejection", onUnhandled));
    app.one.listen("awaited", () => app.bus.emitAndWait("awaited"));
    app.one.listen("dropped", () => void app.one.emitAndWait("dropped"));
    for (const event of ["awaited", "dropped"]) {
      app.errors.length = 0;
      app.bus.emit(event);
      await app.clock.settle();
      expect(app.errors).toHaveLength(1);
      expect(app.errors[0]?.error).toBeInstanceOf(EventLoopError);
    }
    expect(unhandled).toEqual([]);
  });

  it("gives the error to the caller alone where the outermost is an emitAndWait", async () => {
    await using app = await testBus(way);
    app.one.listen("ping", () => void app.bus.emit("ping"));
    const error: unknown = await app.bus.emitAndWait("ping").catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(EmitError);
    expect((error as EmitError).errors).toEqual([expect.any(EventLoopError)]);
    expect(app.errors).toEqual([]);
    expect(app.bus.emit("ping")).toBe(1);
  });

  it("loses no failure that an inner emitAndWait had gathered when the nest was abandoned", async () => {
    await using app = await testBus(way);
    let inner = 0;
    app.one.listen("outer", () => app.bus.emitAndWait("inner"));
    app.one.listen("inner", () => {
      if (inner++ === 0) throw new Error("gathered");
    });
    app.one.listen("inner", async () => {
      if (inner > 1) return;
      await app.one.sleep("1s");
      throw new Error("gathered later");
    });
    app.two.listen("inner", () => void app.bus.emit("inner"));
    app.bus.emit("outer");
    await app.clock.advance("1s");
    const messages = app.errors.map(({ error }) => (error as Error).message);
    expect(messages).toEqual(["gathered", expect.stringMatching(/^outer → inner → inner/), "gathered later"]);
  });

  it("takes a chain over timers and tasks for no nest", async () => {
    await using app = await testBus(way);
    let n = 0;
    app.one.listen("tick", () => {
      if (++n < 300) app.one.timeout(() => void app.bus.emit("tick"), "1ms");
    });
    app.one.listen("task", () => {
      if (++n < 600) app.one.spawn(() => void app.bus.emit("task"));
    });
    app.bus.emit("tick");
    await app.clock.advance("1s");
    app.bus.emit("task");
    await app.clock.settle();
    expect(n).toBe(600);
    expect(app.errors).toEqual([]);
  });

  it("ends an onError that emits what fails in turn: once told, and then thrown in a turn of its own", async () => {
    const uncaught: unknown[] = [];
    const listeners = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    process.on("uncaughtException", (error) => uncaught.push(error));
    onTestFinished(() => {
      process.removeAllListeners("uncaughtException");
      for (const listener of listeners) process.on("uncaughtException", listener);
    });
    await using app = await testBus(way, { onError: () => void app.bus.emit("app:error") });
    app.one.listen("app:error", () => {
      throw new Error("the listener of errors is broken");
    });
    app.bus.emit("app:error");
    await app.clock.settle();
    const loops = app.errors.filter(({ error }) => error instanceof EventLoopError);
    expect(loops).toHaveLength(1);
    expect(uncaught).toEqual([expect.any(EventLoopError)]);
    expect(app.bus.emit("nobody")).toBe(0);
  });
});
