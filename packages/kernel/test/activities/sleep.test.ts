import { isAbortError, NotRunningError } from "@pawl/kernel";
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

describe("sleep(duration)", () => {
  it("resolves with undefined after its time, also after none", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const woke: unknown[] = [];
    void one.sleep("2s").then((value) => woke.push([app.clock.now(), value]));
    void one.sleep(0.5).then((value) => woke.push([app.clock.now(), value]));
    void one.sleep(0).then((value) => woke.push([app.clock.now(), value]));
    await app.clock.advance("3s");
    expect(woke).toEqual([
      [0, undefined],
      [500, undefined],
      [2_000, undefined],
    ]);
    expect(app.inspect().services[0]?.activities).toEqual([]);
  });

  it("shows in inspect() while it lasts", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    void one.sleep("2s");
    expect(app.inspect().services[0]?.activities).toStrictEqual([
      { kind: "sleep", label: "2s", nextAt: "2025-01-01T00:00:02.000Z" },
    ]);
    await app.clock.advance("2s");
    expect(app.inspect().services[0]?.activities).toEqual([]);
  });

  it.each([["nonsense"], [-1], [Number.NaN], [Number.POSITIVE_INFINITY], [undefined]])(
    "rejects with PAWL_BAD_DURATION for %s, and never throws",
    async (wrong) => {
      const { app, one } = await appWithOne();
      await using _ = app;
      await expect(one.sleep(wrong as never)).rejects.toMatchObject({ code: "PAWL_BAD_DURATION" });
      expect(app.inspect().services[0]?.activities).toEqual([]);
    },
  );

  it("works while starting, in onReady and in onStop", async () => {
    const at: string[] = [];
    const one = given({
      async onStart() {
        await this.sleep("1s");
        at.push(`onStart ${app.clock.now()}`);
      },
      async onReady() {
        await this.sleep("1s");
        at.push(`onReady ${app.clock.now()}`);
      },
      async onStop() {
        await this.sleep("1s");
        at.push(`onStop ${app.clock.now()}`);
      },
    });
    const app = createTestApp({ providers: { one } });
    const start = app.start();
    await app.clock.advance("2s");
    await start;
    const stop = app.stop();
    await app.clock.advance("1s");
    await stop;
    expect(at).toEqual(["onStart 1000", "onReady 2000", "onStop 3000"]);
  });

  it("rejects with the AbortError of the run in step 2 of the stop: work that sleeps ends there", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const seen: unknown[] = [];
    one.spawn(async () => {
      await one.sleep("1h").catch((error: unknown) => seen.push(error));
      // The signals are aborted: there is no time left.
      await one.sleep("1s").catch((error: unknown) => seen.push(error));
      await one.sleep(0).catch((error: unknown) => seen.push(error));
    });
    await app.clock.settle();
    await one.stop();
    expect(seen).toHaveLength(3);
    for (const error of seen) expect(isAbortError(error)).toBe(true);
    expect(seen[0]).toMatchObject({ code: "PAWL_ABORTED", path: "one", message: "one: stopped" });
  });

  it("rejects in a cleanup, where everything has been aborted", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const seen: unknown[] = [];
    one.addCleanup(() => one.sleep("1s").catch((error: unknown) => seen.push(error)));
    await one.stop();
    expect(seen).toHaveLength(1);
    expect(isAbortError(seen[0])).toBe(true);
  });

  it("rejects with NotRunningError before the first start and after the stop", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    await one.stop();
    await expect(one.sleep("1s")).rejects.toBeInstanceOf(NotRunningError);
    await expect(given().sleep("1s")).rejects.toThrow("move it to onStart()");
  });

  it("that nobody awaits is no unhandled rejection when the service stops", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    void one.sleep("1h");
    one.addCleanup(() => void one.sleep("1h"));
    await one.stop();
    await app.clock.settle();
    expect(unhandled).toEqual([]);
  });

  it("ends where the start of its service is undone", async () => {
    const seen: unknown[] = [];
    const one = given({
      async onStart() {
        void this.sleep("1h").catch((error: unknown) => seen.push(error));
        throw new Error("boom");
      },
    });
    await using app = createTestApp({ providers: { one } });
    await expect(app.start()).rejects.toThrow("boom");
    expect(seen).toHaveLength(1);
    expect(app.clock.pending).toEqual([]);
  });
});
