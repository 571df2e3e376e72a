import { StopError } from "@pawl/kernel";
import { createTestApp, testApp } from "@pawl/testing";
import { describe, expect, it } from "vitest";
import { type Actor, actor, errorOf, forever, gate, isSettled, noted } from "./actor.ts";

describe("S4 Concurrent stop() calls share one promise", () => {
  it("of the kernel", async () => {
    await using app = await testApp({ providers: { shop: actor() } });
    const first = app.stop();
    expect(app.stop()).toBe(first);
    await app.clock.settle();
    await first;
  });

  it("of a service", async () => {
    const work = gate();
    const shop = actor({ onStop: () => work.opened });
    await using _app = await testApp({ providers: { shop } });
    const first = shop.stop();
    expect(shop.stop()).toBe(first);
    work.open();
    await first;
  });

  it("of a service and of what owns it: both wait for the one stop", async () => {
    const journal: string[] = [];
    const work = gate();
    const shop = noted(journal, "shop", { onStop: () => work.opened });
    await using app = await testApp({ providers: { shop } });
    const own = shop.stop();
    const whole = app.stop();
    await app.clock.settle();
    expect([await isSettled(own), await isSettled(whole)]).toEqual([false, false]);
    work.open();
    await Promise.all([own, whole]);
    expect(journal).toEqual(["+shop", "-shop"]);
  });

  it("tells failures once: to who has begun the stop, the service's caller or its owner's", async () => {
    let work = gate();
    const shop = actor({ onStop: () => work.opened });
    await using app = await testApp({ providers: { shop } });
    const own = Promise.allSettled([shop.stop(), app.stop()]);
    work.fail(new Error("no"));
    expect((await own).map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);

    work = gate();
    await app.start();
    const whole = app.stop();
    await app.clock.settle();
    const later = Promise.allSettled([whole, shop.stop()]);
    work.fail(new Error("no"));
    expect((await later).map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
  });
});

describe("S4 stop() on what is idle or stopped does nothing", () => {
  it("kernel: idle, stopped, and stopped with failures that were told", async () => {
    const shop = actor({ onStop: () => Promise.reject(new Error("no")) });
    await using app = createTestApp({ providers: { shop } });
    await app.stop();
    expect(app.state).toBe("idle");
    await app.start();
    await errorOf(app.stop());
    await app.stop();
    expect(app.state).toBe("stopped");
  });

  it("service: never started, or stopped, whoever had stopped it", async () => {
    const journal: string[] = [];
    const shop = noted(journal, "shop");
    await shop.stop();
    await using app = await testApp({ providers: { shop } });
    await shop.stop();
    await shop.stop();
    await app.stop();
    await shop.stop();
    expect(journal).toEqual(["+shop", "-shop"]);
  });
});

/** Each callback in which the kernel or the service can be stopped, and how to set it off. */
interface Place {
  readonly name: string;
  /** Puts `act` into its place. */
  put(act: (this: Actor) => unknown): Actor;
  /** Makes the place run, where it does not by itself. */
  setOff?(shop: Actor): unknown;
}

const places: readonly Place[] = [
  { name: "onReady", put: (act) => actor({ onReady: act }) },
  {
    name: "a tick",
    put: (act) =>
      actor({
        onStart() {
          this.interval(() => act.call(this), "1s");
        },
      }),
  },
  {
    name: "a timeout",
    put: (act) =>
      actor({
        onStart() {
          this.timeout(() => act.call(this), "1s");
        },
      }),
  },
  {
    name: "a task",
    put: (act) =>
      actor({
        onStart() {
          this.timeout(() => void this.spawn(() => act.call(this)), "1s");
        },
      }),
  },
  {
    name: "a task after other awaits",
    put: (act) =>
      actor({
        onStart() {
          this.spawn(async () => {
            await this.sleep("1s");
            await new Promise((resolve) => setImmediate(resolve));
            await act.call(this);
          });
        },
      }),
  },
  {
    name: "an async listener",
    put: (act) =>
      actor({
        onStart() {
          this.listen("stop", async () => {
            await Promise.resolve();
            await act.call(this);
          });
        },
      }),
    setOff: (shop) => shop.emit("stop"),
  },
  {
    name: "a listener that returns a promise",
    put: (act) =>
      actor({
        onStart() {
          this.listen("stop", () => act.call(this));
        },
      }),
    setOff: (shop) => shop.emit("stop"),
  },
  {
    name: "a child's task",
    put: (act) =>
      actor({
        async onStart() {
          const shop = this;
          await this.adopt(
            actor({
              onStart() {
                this.timeout(() => void this.spawn(() => act.call(shop)), "1s");
              },
            }),
          );
        },
      }),
  },
];

describe.each(places)("S4 stop() awaited inside $name", ({ put, setOff }) => {
  it.each([
    ["the service", (shop: Actor) => shop.stop()],
    ["the kernel", (shop: Actor) => shop.app.stop()],
  ])("resolves as soon as the stop of %s has begun; the callback goes on and is awaited", async (_, stop) => {
    const journal: string[] = [];
    const work = gate();
    const shop = put(async function () {
      await stop(this);
      journal.push("goes on");
      await work.opened;
      journal.push("ends");
    });
    await using app = createTestApp({ providers: { shop } });
    app.observe((fact) => fact.kind === "service.stopped" && fact.path === "shop" && journal.push("stopped"));
    // In onReady the kernel is still starting, and a stop of it gives the start up.
    const started = app.start().catch(() => {});
    await app.clock.settle();
    setOff?.(shop);
    await app.clock.advance("1s");
    expect(journal).toEqual(["goes on"]);
    work.open();
    await app.clock.settle();
    await started;
    expect(journal).toEqual(["goes on", "ends", "stopped"]);
  });

  it("sends a StopError to onError, once", async () => {
    const shop = put(async function () {
      await this.stop();
    });
    const failing = Object.assign(shop, { onStop: () => Promise.reject(new Error("no")) });
    await using app = createTestApp({ providers: { shop: failing } });
    await app.start();
    setOff?.(shop);
    await app.clock.advance("1s");
    expect(app.errors).toHaveLength(1);
    expect(app.errors[0]?.error).toBeInstanceOf(StopError);
    expect(app.errors[0]?.origin).toEqual({ path: "shop", label: "stop()" });
  });
});

describe("S4 stop() awaited in hooks and releases", () => {
  it("in onStart: the start is given up, onStart goes on, and start() rejects", async () => {
    const journal: string[] = [];
    const shop = actor({
      async onStart() {
        await this.app.stop();
        journal.push(`goes on, aborted: ${this.signal.aborted}`);
      },
      onStop: () => journal.push("onStop"),
    });
    await using app = createTestApp({ providers: { shop } });
    expect(await errorOf(app.start())).toMatchObject({ code: "PAWL_START_ABORTED", path: "app" });
    expect(journal).toEqual(["goes on, aborted: true", "onStop"]);
    expect(app.state).toBe("stopped");
  });

  it("in onStart of a service that stops itself: once it has returned, the app goes on without it", async () => {
    const journal: string[] = [];
    const shop = noted(journal, "shop", {
      async onStart() {
        await this.stop();
        journal.push("goes on");
      },
    });
    await using app = createTestApp({ providers: { shop, other: noted(journal, "other") } });
    await app.start();
    expect(journal).toEqual(["+shop", "goes on", "-shop", "+other"]);
    expect(() => app.service("shop")).toThrow(/it is stopped/);
  });

  it.each(["onStop", "a cleanup", "an owned release"])("in %s: it resolves at once", async (place) => {
    const journal: string[] = [];
    const act = async (self: Actor) => {
      await self.stop();
      await self.app.stop();
      journal.push("goes on");
    };
    const shop = actor({
      onStart() {
        if (place === "a cleanup") this.addCleanup(() => act(this));
        if (place === "an owned release") this.own({}, () => act(this));
      },
      onStop() {
        return place === "onStop" ? act(this) : undefined;
      },
    });
    await using app = await testApp({ providers: { shop } });
    await app.stop();
    expect(journal).toEqual(["goes on"]);
  });

  it("in the release of a plain value, and in a factory", async () => {
    const journal: string[] = [];
    const providers = {
      shop: actor(),
      pool: () => ({
        async close() {
          await app.stop();
          journal.push("closed");
        },
      }),
    };
    await using app = createTestApp({ providers });
    await app.start();
    await app.stop();
    expect(journal).toEqual(["closed"]);
  });

  it("in an async factory: the start is given up", async () => {
    const journal: string[] = [];
    await using app = createTestApp({
      providers: {
        pool: async () => {
          await app.stop();
          return { close: () => journal.push("closed") };
        },
      },
    });
    expect(await errorOf(app.start())).toMatchObject({ code: "PAWL_START_ABORTED" });
    expect(journal).toEqual(["closed"]);
  });

  it("in a child's onStop the owner may be stopped", async () => {
    const journal: string[] = [];
    const shop = noted(journal, "shop", {
      async onStart() {
        await this.adopt(noted(journal, "child", { onStop: () => shop.stop() }));
      },
    });
    await using app = await testApp({ providers: { shop } });
    await app.stop();
    expect(journal).toEqual(["+shop", "+child", "-shop", "-child"]);
  });

  it("in the onStop of a dependency its last holder may be stopped", async () => {
    const journal: string[] = [];
    const connection = noted(journal, "connection", { onStop: () => shop.stop() });
    const shop: Actor = noted(journal, "shop", { dependencies: () => [connection] });
    await using _app = await testApp({ providers: { shop } });
    await shop.stop();
    expect(journal).toEqual(["+connection", "+shop", "-shop", "-connection"]);
  });
});

describe("S4 stop() awaited inside, by way of others", () => {
  it("by way of another service's method", async () => {
    const journal: string[] = [];
    const shop: Actor = noted(journal, "shop", {
      onStart() {
        this.spawn(async () => {
          await stopper.stopShop();
          journal.push("goes on");
        });
      },
    });
    const stopper = Object.assign(actor(), { stopShop: () => shop.stop() });
    await using app = await testApp({ providers: { stopper, shop } });
    await app.clock.settle();
    expect(journal.toSorted()).toEqual(["+shop", "-shop", "goes on"]);
  });

  it("by way of a task of another service that it waits for", async () => {
    const journal: string[] = [];
    const other = actor();
    const shop: Actor = noted(journal, "shop", {
      onStart() {
        this.spawn(async () => {
          await other.spawn(() => shop.stop());
          journal.push("goes on");
        });
      },
    });
    await using app = await testApp({ providers: { other, shop } });
    await app.clock.settle();
    expect(journal.toSorted()).toEqual(["+shop", "-shop", "goes on"]);
    expect(app.clock.now()).toBe(0);
  });

  it("by way of emitAndWait: an async listener of another service stops the emitter", async () => {
    const journal: string[] = [];
    const other = actor({
      onStart() {
        this.listen("enough", async () => {
          await shop.stop();
          journal.push("stop has begun");
        });
      },
    });
    const shop: Actor = noted(journal, "shop", {
      onStart() {
        this.timeout(async () => {
          await this.emitAndWait("enough");
          journal.push("goes on");
        }, "1s");
      },
    });
    await using app = await testApp({ providers: { other, shop } });
    await app.clock.advance("1s");
    expect(journal.toSorted()).toEqual(["+shop", "-shop", "goes on", "stop has begun"]);
    expect(app.clock.now()).toBe(1_000);
  });

  it("by way of a synchronous listener that calls stop() while it is being delivered to", async () => {
    const journal: string[] = [];
    let stopping: Promise<void> | undefined;
    const work = gate();
    const shop: Actor = noted(journal, "shop", {
      onStart() {
        this.listen("enough", () => {
          stopping = shop.stop();
        });
      },
      onStop: () => work.opened,
    });
    await using app = await testApp({ providers: { shop } });
    // Twice: the second time it is known as synchronous and called without a context of its own.
    const warm = shop.listen("warm", () => {});
    app.bus.emit("warm");
    app.bus.emit("warm");
    warm.cancel();
    app.bus.emit("enough");
    await stopping;
    work.open();
    await app.clock.settle();
    expect(journal).toEqual(["+shop", "-shop"]);
  });

  it("by way of the kernel's own listener", async () => {
    const journal: string[] = [];
    await using app = await testApp({ providers: { shop: noted(journal, "shop") } });
    app.bus.on("enough", async () => {
      await app.stop();
      journal.push("goes on");
    });
    app.bus.emit("enough");
    await app.clock.settle();
    expect(journal.toSorted()).toEqual(["+shop", "-shop", "goes on"]);
    expect(app.clock.now()).toBe(0);
  });
});

describe("S4 Everywhere else it resolves when everything has stopped", () => {
  it("and calls nothing before it has returned, also where a child is in its onReady", async () => {
    const journal: string[] = [];
    const work = gate();
    const shop = actor();
    await using app = await testApp({ providers: { shop } });
    const adopted = errorOf(shop.adopt(noted(journal, "child", { onReady: () => work.opened })));
    await app.clock.settle();
    const stopped = shop.stop();
    journal.push("returned");
    work.open();
    await Promise.all([stopped, adopted]);
    expect(journal).toEqual(["+child", "returned", "-child"]);
  });

  it("from a service that is not being stopped", async () => {
    const journal: string[] = [];
    const work = gate();
    const shop: Actor = noted(journal, "shop", {
      onStart() {
        this.addCleanup(async () => {
          await work.opened;
          journal.push("released");
        });
      },
    });
    const other = actor({
      onStart() {
        this.timeout(async () => {
          await shop.stop();
          journal.push("stopped");
        }, "1s");
      },
    });
    await using app = await testApp({ providers: { shop, other } });
    await app.clock.advance("1s");
    expect(journal).toEqual(["+shop", "-shop"]);
    work.open();
    await app.clock.settle();
    expect(journal).toEqual(["+shop", "-shop", "released", "stopped"]);
  });

  it("from a parent that stops its child", async () => {
    const journal: string[] = [];
    const child = noted(journal, "child", {
      onStart() {
        this.addCleanup(() => Promise.resolve().then(() => journal.push("released")));
      },
    });
    const shop = actor({
      async onStart() {
        await this.adopt(child);
        this.timeout(async () => {
          await child.stop();
          journal.push("stopped");
        }, "1s");
      },
    });
    await using app = await testApp({ providers: { shop } });
    await app.clock.advance("1s");
    expect(journal).toEqual(["+child", "-child", "released", "stopped"]);
  });

  it("from a raw timer that a hook has set: nothing waits for it", async () => {
    const journal: string[] = [];
    let done: Promise<void> | undefined;
    const shop: Actor = noted(journal, "shop", {
      onStart() {
        done = new Promise((resolve, reject) => {
          setTimeout(async () => {
            await this.app.stop().catch(reject);
            journal.push("stopped");
            resolve();
          });
        });
      },
    });
    await using _app = await testApp({ providers: { shop } });
    await done;
    expect(journal).toEqual(["+shop", "-shop", "stopped"]);
  });

  it("from a callback of a dependency that others still hold: it is not being stopped", async () => {
    const journal: string[] = [];
    const work = gate();
    const connection = actor({
      onStart() {
        this.timeout(async () => {
          await one.stop();
          journal.push("stopped");
        }, "1s");
      },
    });
    const one: Actor = noted(journal, "one", {
      dependencies: () => [connection],
      onStop: () => work.opened,
    });
    const two = actor({ dependencies: () => [connection] });
    await using app = await testApp({ providers: { one, two } });
    await app.clock.advance("1s");
    expect(journal).toEqual(["+one", "-one"]);
    work.open();
    await app.clock.settle();
    expect(journal).toEqual(["+one", "-one", "stopped"]);
  });

  it("from a call that an earlier stop has left behind: nothing waits for it any more", async () => {
    const journal: string[] = [];
    const work = gate();
    const stale = actor({
      onStart() {
        this.spawn(async () => {
          await work.opened;
          await app.stop();
          journal.push("stopped");
        });
      },
    });
    const shop = noted(journal, "shop");
    await using app = createTestApp({ providers: { shop, stale }, stopTimeout: "1s" });
    await app.start();
    await app.clock.settle();
    const stopping = errorOf(stale.stop());
    await app.clock.advance("1s");
    await stopping;
    work.open();
    await app.clock.settle();
    expect(journal).toEqual(["+shop", "-shop", "stopped"]);
  });
});

describe("S4 start() and restart() may be awaited anywhere", () => {
  it.each(places)("restart() inside $name resolves at once; everything stops, then starts", async ({ put, setOff }) => {
    const journal: string[] = [];
    let once = true;
    const shop = put(async function () {
      if (!once) return;
      once = false;
      await this.app.restart();
      journal.push("goes on");
    });
    await using app = createTestApp({ providers: { first: noted(journal, "first"), shop } });
    const started = app.start().catch(() => {});
    await app.clock.settle();
    setOff?.(shop);
    await app.clock.advance("1s");
    await started;
    expect(journal.toSorted()).toEqual(["+first", "+first", "-first", "goes on"]);
    expect(app.state).toBe("running");
  });

  it.each(["onStart", "onStop", "cleanup"])("restart() inside %s", async (place) => {
    const journal: string[] = [];
    let once = true;
    const act = async (self: Actor, here: string) => {
      if (here !== place || !once) return;
      once = false;
      await self.app.restart();
      journal.push("goes on");
    };
    const shop = noted(journal, "shop", {
      async onStart() {
        this.addCleanup(() => act(this, "cleanup"));
        await act(this, "onStart");
      },
      onStop() {
        return act(this, "onStop");
      },
    });
    await using app = createTestApp({ providers: { shop } });
    app.start().catch(() => {});
    await app.clock.settle();
    if (place !== "onStart") await app.stop();
    await app.clock.settle();
    expect(app.state).toBe("running");
    expect(journal.filter((entry) => entry === "+shop")).toHaveLength(2);
    expect(journal).toContain("goes on");
  });

  it("start() inside onStart, onReady, a tick or a task of the kernel resolves at once", async () => {
    const journal: string[] = [];
    const start = async (self: Actor, place: string) => {
      await self.app.start();
      journal.push(place);
    };
    const shop = actor({
      async onStart() {
        await start(this, "onStart");
        this.spawn(() => start(this, "task"));
        this.interval(() => start(this, "tick"), "1s");
      },
      onReady() {
        return start(this, "onReady");
      },
    });
    await using app = await testApp({ providers: { shop } });
    await app.clock.advance("1s");
    expect(journal).toEqual(["onStart", "task", "onReady", "tick"]);
  });

  it("start() inside a failing start tells the failure once: to who had started it", async () => {
    const shop = actor({
      async onStart() {
        await this.app.start();
        throw new Error("no");
      },
    });
    await using app = createTestApp({ providers: { shop } });
    await expect(app.start()).rejects.toThrow("no");
  });

  it("tells onError of a start that was asked for from inside alone, and failed", async () => {
    let broken = false;
    const shop = actor({
      onStart() {
        if (broken) throw new Error("no");
        this.timeout(() => this.app.restart(), "1s");
      },
    });
    await using app = await testApp({ providers: { shop } });
    broken = true;
    await app.clock.advance("1s");
    expect(app.state).toBe("failed");
    expect(app.errors).toMatchObject([
      { error: { code: "PAWL_START_FAILED", path: "shop" }, origin: { path: "shop", label: "start()" } },
    ]);
  });

  it("tells nobody of a restart that a later stop took back", async () => {
    const shop = actor({
      onStart() {
        this.timeout(() => this.app.restart(), "1s");
      },
      onStop: () => work.opened,
    });
    const work = gate();
    await using app = await testApp({ providers: { shop } });
    await app.clock.advance("1s");
    const stopping = app.stop();
    work.open();
    await stopping;
    expect(app.state).toBe("stopped");
  });
});

describe("S4 What goes on inside is awaited like all other work", () => {
  it("is abandoned after the stopTimeout, and told to onError", async () => {
    const shop = actor({
      onStart() {
        this.timeout(async function hang() {
          await this.stop();
          await forever();
        }, "1s");
      },
    });
    await using app = await testApp({ providers: { shop } });
    await app.clock.advance("11s");
    expect(app.errors).toMatchObject([{ error: { errors: [{ code: "PAWL_ABANDONED", path: "shop" }] } }]);
  });
});
