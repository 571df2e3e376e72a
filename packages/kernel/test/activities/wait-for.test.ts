import { isAbortError, NotRunningError, WaitTimeoutError } from "@pawl/kernel";
import { createTestApp, testApp } from "@pawl/testing";
import { describe, expect, it } from "vitest";
import { given } from "../given-service.ts";
import { expectNoUnhandledRejection } from "../unhandled-rejections.ts";

const unhandled = expectNoUnhandledRejection();

async function appWithOne() {
  const one = given();
  const app = await testApp({ providers: { one } });
  return { app, one };
}

describe("waitFor(event)", () => {
  it("resolves with the next payload, and leaves nothing", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    app.bus.emit("paid", "before");
    const waits = [one.waitFor("paid"), one.waitFor("paid")];
    expect(app.inspect().services[0]?.activities).toStrictEqual([
      { kind: "wait", label: "paid" },
      { kind: "wait", label: "paid" },
    ]);
    app.bus.emit("other", "no");
    app.bus.emit("paid", "first");
    app.bus.emit("paid", "second");
    expect(await Promise.all(waits)).toEqual(["first", "first"]);
    expect(app.inspect()).toMatchObject({ events: [], services: [{ activities: [] }] });
  });

  it("passes over payloads for which { where } does not return true", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const wait = one.waitFor("counted", { where: (n) => (n as number) > 3 });
    for (const n of [1, 3, 5, 7]) app.bus.emit("counted", n);
    expect(await wait).toBe(5);
  });

  it("rejects with what { where } throws; the emitter does not see it", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const wait = one.waitFor("paid", {
      where: () => {
        throw new Error("boom");
      },
    });
    app.bus.emit("paid");
    await expect(wait).rejects.toThrow("boom");
    expect(app.errors).toEqual([]);
    expect(app.inspect().services[0]?.activities).toEqual([]);
  });

  it("rejects with a WaitTimeoutError naming owner, event and time after { timeout }", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const wait = one.waitFor("paid", { timeout: "5s" }).catch((error: unknown) => error);
    await app.clock.advance("5s");
    const error = await wait;
    expect(error).toBeInstanceOf(WaitTimeoutError);
    expect(error).toMatchObject({
      code: "PAWL_WAIT_TIMEOUT",
      path: "one",
      message: 'one: "paid" did not come within 5s',
    });
    expect(app.inspect()).toMatchObject({ events: [], services: [{ activities: [] }] });
  });

  it("lets no timer behind where the event comes in time", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const wait = one.waitFor("paid", { timeout: "5s" });
    app.bus.emit("paid", 1);
    await wait;
    expect(app.clock.pending).toEqual([]);
  });

  it("rejects with an AbortError when { signal } is aborted, before or later", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const controller = new AbortController();
    const later = one.waitFor("paid", { signal: controller.signal }).catch((error: unknown) => error);
    const before = one.waitFor("paid", { signal: AbortSignal.abort() }).catch((error: unknown) => error);
    expect(isAbortError(await before)).toBe(true);
    controller.abort();
    expect(await later).toMatchObject({ name: "AbortError", path: "one" });
    expect(app.inspect()).toMatchObject({ events: [], services: [{ activities: [] }] });
  });

  it("rejects with an AbortError when the service stops, in step 2 and not before", async () => {
    const seen: unknown[] = [];
    const one = given({
      async onStop() {
        seen.push(await this.waitFor("last"));
      },
    });
    await using app = await testApp({ providers: { one } });
    const never = one.waitFor("never").catch((error: unknown) => error);
    const stop = one.stop();
    await app.clock.settle();
    app.bus.emit("last", "in onStop");
    await stop;
    expect(seen).toEqual(["in onStop"]);
    expect(isAbortError(await never)).toBe(true);
  });

  it("that nobody awaits is no unhandled rejection when the service stops", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    void one.waitFor("never");
    void one.waitFor("never", { timeout: "1h" });
    one.addCleanup(() => void one.waitFor("never"));
    await one.stop();
    await app.clock.settle();
    expect(unhandled).toEqual([]);
    expect(app.clock.pending).toEqual([]);
  });

  it("waits in onStart for what a service listed earlier says", async () => {
    const early = given({
      onStart() {
        this.timeout(() => this.emit("warm", 42), "3s");
      },
    });
    const seen: unknown[] = [];
    const late = given({
      async onStart() {
        seen.push(await this.waitFor("warm"));
      },
    });
    await using app = createTestApp({ providers: { early, late } });
    const start = app.start();
    await app.clock.advance("3s");
    await start;
    expect(seen).toEqual([42]);
  });

  it("rejects with NotRunningError before the first start and after the stop", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    await one.stop();
    await expect(one.waitFor("paid")).rejects.toBeInstanceOf(NotRunningError);
    await expect(given().waitFor("paid")).rejects.toThrow("move it to onStart()");
  });

  it.each([
    ["an empty name", "", {}, "PAWL_BAD_EVENT"],
    ["a malformed pattern", "a*", {}, "PAWL_BAD_EVENT"],
    ["a timeout of zero", "paid", { timeout: 0 }, "PAWL_BAD_DURATION"],
    ["what is no signal", "paid", { signal: {} }, "PAWL_BAD_OPTION"],
    ["a where that is no function", "paid", { where: true }, "PAWL_BAD_OPTION"],
  ])("rejects for %s, leaves nothing, and the service stops as ever", async (_, event, options, code) => {
    const { app, one } = await appWithOne();
    await using _app = app;
    await expect(one.waitFor(event, options as never)).rejects.toMatchObject({ code });
    expect(app.inspect()).toMatchObject({ events: [], services: [{ activities: [] }] });
    await one.stop();
    expect(app.errors).toEqual([]);
  });

  it("gets the parsed value of an event with a schema", async () => {
    const one = given();
    const events = {
      counted: { "~standard": { version: 1, vendor: "test", validate: (n: unknown) => ({ value: Number(n) }) } },
    } as const;
    await using app = await testApp({ providers: { one }, events });
    const wait = one.waitFor("counted");
    app.bus.emit("counted", "3");
    expect(await wait).toBe(3);
  });

  it("E3: is not answered by the emit that it is called in", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    let wait: Promise<unknown> | undefined;
    one.listen("paid", () => {
      wait ??= one.waitFor("paid");
    });
    app.bus.emit("paid", 1);
    app.bus.emit("paid", 2);
    expect(await wait).toBe(2);
  });

  it("E4: is answered once where { where } emits the event itself", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const wait = one.waitFor("counted", {
      where(n) {
        if (n === 1) app.bus.emit("counted", 2);
        return true;
      },
    });
    app.bus.emit("counted", 1);
    expect(await wait).toBe(2);
    expect(app.inspect()).toMatchObject({ events: [], services: [{ activities: [] }] });
  });

  it("E6: a failing { where } is the waiter's: emitAndWait has nothing to tell", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const wait = one.waitFor("paid", {
      where: () => {
        throw new Error("boom");
      },
    });
    await expect(app.bus.emitAndWait("paid")).resolves.toBeUndefined();
    await expect(wait).rejects.toThrow("boom");
  });

  it("S1: is answered while a stop drains, so that what is worked off may still wait", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const seen: unknown[] = [];
    one.listen(
      "asked",
      async (n) => {
        const answer = one.waitFor("answered");
        one.emit("question", n);
        seen.push(await answer);
      },
      { buffer: 10 },
    );
    app.bus.on("question", (n) => void setImmediate(() => app.bus.emit("answered", `to ${n}`)));
    for (const n of [1, 2]) app.bus.emit("asked", n);
    await one.stop();
    expect(seen).toEqual(["to 1", "to 2"]);
  });

  it("V1: rejects with an AbortError at once when the service crashes", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const ended = app.wait().catch(() => {});
    const wait = one.waitFor("never", { timeout: "1h" }).catch((error: unknown) => error);
    one.fail(new Error("boom"));
    expect(isAbortError(await wait)).toBe(true);
    expect(app.clock.pending).toEqual([]);
    await ended;
  });
});
