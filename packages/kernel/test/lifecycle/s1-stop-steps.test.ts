import type { StopReason } from "@pawl/kernel";
import { createTestApp, testApp } from "@pawl/testing";
import { describe, expect, it } from "vitest";
import { actor, errorOf, forever, gate, noted } from "./actor.ts";

describe("S1 Stopping a service runs three steps", () => {
  it("first onStop with everything alive, then the activities, then the resources, newest first", async () => {
    const journal: string[] = [];
    await using app = await testApp({
      providers: {
        shop: actor({
          async onStart() {
            this.addCleanup(() => journal.push("oldest cleanup"));
            await this.adopt(noted(journal, "child"));
            this.own({ close: () => journal.push("own") });
            this.spawn(async ({ signal }) => {
              await new Promise((resolve) => signal.addEventListener("abort", resolve));
              journal.push("task");
            });
            this.listen("paid", () => journal.push("listener"));
            this.interval(() => journal.push("tick"), "1s");
          },
          async onStop() {
            journal.push("onStop");
            this.emit("paid");
            expect(this.signal.aborted).toBe(false);
            await this.sleep("1s");
            journal.push("onStop ended");
          },
        }),
      },
    });
    const stopping = app.stop();
    await app.clock.advance("1s");
    await stopping;
    expect(journal).toEqual([
      "+child",
      "onStop",
      "listener",
      "tick",
      "onStop ended",
      "task",
      "own",
      "-child",
      "oldest cleanup",
    ]);
  });

  it("takes new work in its onStop and ends it in step 2", async () => {
    const journal: string[] = [];
    await using app = await testApp({
      providers: {
        shop: actor({
          async onStop() {
            this.addCleanup(() => journal.push("cleanup"));
            this.interval(() => journal.push("tick"), "1s");
            await this.adopt(noted(journal, "lateChild"));
            await this.sleep("2500ms");
          },
        }),
      },
    });
    const stopping = app.stop();
    await app.clock.advance("10s");
    await stopping;
    expect(journal).toEqual(["+lateChild", "tick", "tick", "-lateChild", "cleanup"]);
  });

  it("lets begin what a synchronous onStop spawns, and what others spawn for its events", async () => {
    const journal: string[] = [];
    const audit = actor({
      onStart() {
        this.listen("closed", () => void this.spawn(() => void journal.push("task of a listener")));
      },
    });
    const shop = actor({
      onStop() {
        this.emit("closed");
        this.spawn(() => void journal.push("task of its own"));
      },
    });
    await using app = await testApp({ providers: { audit, shop } });
    await app.stop();
    expect(journal).toEqual(["task of a listener", "task of its own"]);
  });

  it("takes no tick, event or timeout from step 2 on, while a task is still being awaited", async () => {
    const journal: string[] = [];
    const work = gate();
    await using app = await testApp({
      providers: {
        shop: actor({
          onStart() {
            this.interval(() => journal.push("tick"), "1s");
            this.timeout(() => journal.push("timeout"), "1s");
            this.listen("paid", () => journal.push("event"));
            this.spawn(() => work.opened);
          },
        }),
      },
    });
    await app.clock.settle();
    const stopping = app.stop();
    await app.clock.advance("3s");
    app.bus.emit("paid");
    expect(journal).toEqual([]);
    work.open();
    await stopping;
  });

  it("aborts every signal in step 2 and awaits what is in flight before any resource is released", async () => {
    const journal: string[] = [];
    const work = gate();
    await using app = await testApp({
      providers: {
        shop: actor({
          onStart() {
            this.addCleanup(() => journal.push("cleanup"));
            this.spawn(async function task({ signal }) {
              signal.addEventListener("abort", () => journal.push("task signal"));
              await work.opened;
              journal.push("task ended");
            });
            this.interval(async ({ signal }) => {
              signal.addEventListener("abort", () => journal.push("tick signal"));
              await work.opened;
              journal.push("tick ended");
            }, "1s");
            this.listen("paid", async () => {
              await work.opened;
              journal.push("listener ended");
            });
            this.signal.addEventListener("abort", () => journal.push("own signal"));
          },
        }),
      },
    });
    await app.clock.advance("1s");
    app.bus.emit("paid");
    const stopping = app.stop();
    await app.clock.settle();
    expect(journal.toSorted()).toEqual(["own signal", "task signal", "tick signal"]);
    work.open();
    await stopping;
    expect(journal.slice(3).toSorted()).toEqual(["cleanup", "listener ended", "task ended", "tick ended"]);
    expect(journal.at(-1)).toBe("cleanup");
  });

  it("aborts its signals with an AbortError that names it", async () => {
    let signal: AbortSignal | undefined;
    await using app = await testApp({
      providers: {
        shop: actor({
          onStart() {
            this.spawn((context) => {
              signal = context.signal;
              return forever();
            });
          },
        }),
      },
      stopTimeout: "1s",
    });
    await app.clock.settle();
    const stopping = app.stop().catch(() => {});
    await app.clock.advance("1s");
    await stopping;
    expect(signal?.reason).toMatchObject({ name: "AbortError", code: "PAWL_ABORTED", path: "shop" });
  });

  it("releases resources one after another, each awaited", async () => {
    const journal: string[] = [];
    const slow = gate();
    await using app = await testApp({
      providers: {
        shop: actor({
          onStart() {
            this.addCleanup(() => journal.push("oldest"));
            this.addCleanup(async () => {
              journal.push("slow");
              await slow.opened;
              journal.push("slow ended");
            });
            this.addCleanup(() => journal.push("newest"));
          },
        }),
      },
    });
    const stopping = app.stop();
    await app.clock.settle();
    expect(journal).toEqual(["newest", "slow"]);
    slow.open();
    await stopping;
    expect(journal).toEqual(["newest", "slow", "slow ended", "oldest"]);
  });

  it("releases what is added in step 3 next", async () => {
    const journal: string[] = [];
    await using app = await testApp({
      providers: {
        shop: actor({
          onStart() {
            this.addCleanup(() => journal.push("older"));
            this.addCleanup(() => {
              journal.push("newer");
              this.addCleanup(() => journal.push("added while the newer one was released"));
            });
          },
        }),
      },
    });
    await app.stop();
    expect(journal).toEqual(["newer", "added while the newer one was released", "older"]);
  });
});

describe("S1 onStop runs exactly when onStart had returned", () => {
  it("also where there is no onStart", async () => {
    const journal: string[] = [];
    await using app = await testApp({ providers: { shop: actor({ onStop: () => journal.push("onStop") }) } });
    await app.stop();
    expect(journal).toEqual(["onStop"]);
  });

  it("not after an onStart that failed", async () => {
    const journal: string[] = [];
    const shop = actor({
      onStart: () => Promise.reject(new Error("no")),
      onStop: () => journal.push("onStop"),
    });
    await using app = createTestApp({ providers: { shop } });
    await expect(app.start()).rejects.toThrow("no");
    expect(journal).toEqual([]);
  });

  it("not where a dependency failed and onStart was never called", async () => {
    const journal: string[] = [];
    const broken = actor({ onStart: () => Promise.reject(new Error("no")) });
    const shop = noted(journal, "shop", { dependencies: () => [broken] });
    await using app = createTestApp({ providers: { shop } });
    await expect(app.start()).rejects.toThrow("no");
    expect(journal).toEqual([]);
  });

  it("also where a stop was asked for before onStart returned", async () => {
    const journal: string[] = [];
    const work = gate();
    const shop = noted(journal, "shop", { onStart: () => work.opened });
    await using app = createTestApp({ providers: { shop } });
    const started = app.start();
    await app.clock.settle();
    const stopping = app.stop();
    work.open();
    await stopping;
    await expect(started).rejects.toMatchObject({ code: "PAWL_START_ABORTED" });
    expect(journal).toEqual(["+shop", "-shop"]);
  });

  it("also where onStart returned only after its start had timed out, within the time it had to settle", async () => {
    const journal: string[] = [];
    const work = gate();
    const shop = noted(journal, "shop", { onStart: () => work.opened });
    await using app = createTestApp({ providers: { shop }, startTimeout: "1s" });
    const started = errorOf(app.start());
    await app.clock.advance("2s");
    expect(journal).toEqual(["+shop"]);
    work.open();
    expect(await started).toMatchObject({ code: "PAWL_START_TIMEOUT" });
    expect(journal).toEqual(["+shop", "-shop"]);
  });

  it("not where onStart was abandoned, though it returns later", async () => {
    const journal: string[] = [];
    const work = gate();
    const shop = noted(journal, "shop", { onStart: () => work.opened });
    await using app = createTestApp({ providers: { shop }, startTimeout: "1s", stopTimeout: "1s" });
    const started = errorOf(app.start());
    await app.clock.advance("2s");
    await started;
    work.open();
    await app.clock.settle();
    expect(journal).toEqual(["+shop"]);
  });

  it("also after a crash, with the crash as its reason, and may still work", async () => {
    const reasons: StopReason[] = [];
    const boom = new Error("boom");
    const shop = actor({
      async onStop(reason) {
        reasons.push(reason);
        await this.adopt(actor()).catch((error) => reasons.push(error));
        this.timeout(() => {}, "1s").cancel();
      },
    });
    await using app = await testApp({ providers: { shop } });
    const ended = errorOf(app.wait());
    shop.fail(boom);
    await ended;
    expect(reasons[0]).toEqual({ kind: "crash", path: "shop", error: boom });
    // Its signals were aborted by the crash: nothing is started any more.
    expect(reasons[1]).toMatchObject({ code: "PAWL_START_ABORTED" });
  });

  it("once, whoever asks how often", async () => {
    const journal: string[] = [];
    const shop = noted(journal, "shop", { onStop: () => void shop.stop() });
    await using app = await testApp({ providers: { shop } });
    await Promise.all([shop.stop(), app.stop(), shop.stop(), app.stop()]);
    expect(journal).toEqual(["+shop", "-shop"]);
  });
});

describe("S1 onStop is told the reason", () => {
  it.each<[string, StopReason]>([
    ["requested", { kind: "requested" }],
    ["signal", { kind: "signal", signal: "SIGTERM" }],
  ])("%s: the same for every provider, and `owner` with the owner's path for children", async (_, reason) => {
    const reasons: Record<string, StopReason> = {};
    const note = (name: string) => ({
      name,
      onStop: (given: StopReason) => {
        reasons[name] = given;
      },
    });
    await using app = await testApp({
      providers: {
        shop: actor({
          ...note("shop"),
          async onStart() {
            await this.adopt(
              actor({
                ...note("worker"),
                async onStart() {
                  await this.adopt(actor(note("helper")));
                },
              }),
            );
          },
        }),
      },
    });
    await app.stop(reason);
    expect(reasons).toEqual({
      shop: reason,
      worker: { kind: "owner", owner: "shop" },
      helper: { kind: "owner", owner: "shop/worker" },
    });
  });

  it("requested for a service that was stopped by itself, owner for its children", async () => {
    const reasons: StopReason[] = [];
    const shop = actor({
      async onStart() {
        await this.adopt(actor({ onStop: (reason) => reasons.push(reason) }));
      },
      onStop: (reason) => reasons.push(reason),
    });
    await using _app = await testApp({ providers: { shop } });
    await shop.stop();
    expect(reasons).toEqual([{ kind: "requested" }, { kind: "owner", owner: "shop" }]);
  });

  it("start-failed for all that a failed start undoes, children included", async () => {
    const reasons: StopReason[] = [];
    const boom = new Error("boom");
    await using app = createTestApp({
      providers: {
        first: actor({
          async onStart() {
            await this.adopt(actor({ onStop: (reason) => reasons.push(reason) }));
          },
          onStop: (reason) => reasons.push(reason),
        }),
        second: actor({
          onStart() {
            throw boom;
          },
        }),
      },
    });
    await errorOf(app.start());
    const expected = { kind: "start-failed", path: "second", error: expect.objectContaining({ cause: boom }) };
    expect(reasons).toEqual([expected, expected]);
  });
});
