import { NotRunningError, Service } from "@pawl/kernel";
import { createTestApp, testApp } from "@pawl/testing";
import { describe, expect, it } from "vitest";
import { type Actor, actor, errorOf, gate } from "./actor.ts";
import { uncaughtDuring } from "./uncaught.ts";

/** Every method that takes work, by name. Those that give a promise reject. */
const works = {
  interval: (service: Service) => service.interval(() => {}, "1s"),
  cron: (service: Service) => service.cron(() => {}, "* * * * *"),
  timeout: (service: Service) => service.timeout(() => {}, "1s"),
  spawn: (service: Service) => service.spawn(() => {}),
  listen: (service: Service) => service.listen("paid", () => {}),
  adopt: (service: Service) => service.adopt(actor()),
};
/** Methods that wait within a run. */
const waits = {
  sleep: (service: Service) => service.sleep("1s"),
  waitFor: (service: Service) => service.waitFor("paid"),
};
const resources = {
  own: (service: Service) => service.own({ close() {} }),
  addCleanup: (service: Service) => service.addCleanup(() => {}),
};
const workNames = Object.keys(works) as (keyof typeof works)[];
const allNames = [...workNames, ...Object.keys(waits), ...Object.keys(resources)];
const all: Readonly<Record<string, (service: Service) => unknown>> = { ...works, ...waits, ...resources };

/** How a call is refused: what it throws or rejects with. */
async function refusal(call: () => unknown): Promise<{ readonly how: "threw" | "rejected"; readonly error: Error }> {
  let result: unknown;
  try {
    result = call();
  } catch (error) {
    return { how: "threw", error: error as Error };
  }
  return { how: "rejected", error: await errorOf(Promise.resolve(result)) };
}

const givesPromise = new Set(["adopt", "sleep", "waitFor"]);

describe("S5 A service takes work while starting, running and in its own onStop", () => {
  it.each(workNames)("%s", async (method) => {
    const taken: string[] = [];
    const take = async (self: Actor, place: string) => {
      await works[method](self);
      taken.push(place);
    };
    const shop = actor({ onStart: () => take(shop, "starting"), onStop: () => take(shop, "onStop") });
    await using app = await testApp({ providers: { shop } });
    await take(shop, "running");
    const stopping = app.stop();
    await app.clock.settle();
    await stopping;
    expect(taken).toEqual(["starting", "running", "onStop"]);
  });
});

describe("S5 Otherwise the call is refused, naming service and method, and creates nothing", () => {
  it.each(workNames)("%s: in the cleanups of its stop", async (method) => {
    const refused: unknown[] = [];
    const shop = actor({
      onStart() {
        this.addCleanup(async () => {
          refused.push(await refusal(() => works[method](this)));
        });
      },
    });
    await using app = await testApp({ providers: { shop } });
    await app.stop();
    expect(refused).toEqual([
      {
        how: givesPromise.has(method) ? "rejected" : "threw",
        error: expect.objectContaining({
          code: "PAWL_NOT_RUNNING",
          path: "shop",
          message: `shop: ${method}() was called while it is stopping; it takes work only while starting, running and in its own onStop()`,
        }),
      },
    ]);
    expect(app.clock.pending).toEqual([]);
  });

  it.each(allNames)("%s: after it has stopped", async (method) => {
    const shop = actor();
    await using app = await testApp({ providers: { shop } });
    await app.stop();
    const { how, error } = await refusal(() => all[method]?.(shop));
    expect(how).toBe(givesPromise.has(method) ? "rejected" : "threw");
    expect(error).toBeInstanceOf(NotRunningError);
    expect(error.message).toMatch(new RegExp(`^shop: ${method}\\(\\) was called while it is stopped; `));
    expect(app.clock.pending).toEqual([]);
  });

  it.each(workNames)("%s: after it has crashed, until its onStop", async (method) => {
    const last = actor({ onStop: () => work.opened });
    const work = gate();
    const shop = actor();
    await using app = await testApp({ providers: { shop, last } });
    const ended = errorOf(app.wait());
    shop.fail(new Error("boom"));
    await app.clock.settle();
    const { error } = await refusal(() => works[method](shop));
    expect(error.message).toMatch(/^shop: \w+\(\) was called while it is failed; /);
    work.open();
    await ended;
  });

  it("does not start a child, nor take it", async () => {
    const shop = actor();
    const child = actor({ onStart: () => expect.unreachable() });
    await using app = await testApp({ providers: { shop, other: actor() } });
    await shop.stop();
    await expect(shop.adopt(child)).rejects.toThrow(NotRunningError);
    expect(child.path).toBe("");
    expect(app.inspect().services).toHaveLength(1);
  });

  it("takes own() and addCleanup() until step 3 has ended", async () => {
    const journal: string[] = [];
    const shop = actor({
      onStart() {
        this.addCleanup(async () => {
          journal.push("first");
          await Promise.resolve();
          this.own({ close: () => journal.push("owned in the last release") });
        });
      },
    });
    await using app = await testApp({ providers: { shop } });
    await app.stop();
    expect(journal).toEqual(["first", "owned in the last release"]);
  });
});

describe("S5 own() and addCleanup() release at once what they cannot take, and throw", () => {
  it("after the stop", async () => {
    const journal: string[] = [];
    const shop = actor();
    await using app = await testApp({ providers: { shop } });
    await app.stop();
    expect(() => shop.own({ close: () => journal.push("closed") })).toThrow(NotRunningError);
    expect(() => shop.addCleanup(() => journal.push("cleaned"))).toThrow(NotRunningError);
    expect(() => shop.own({}, () => journal.push("released"))).toThrow(NotRunningError);
    expect(journal).toEqual(["closed", "cleaned", "released"]);
  });

  it("sends a failure to onError, thrown or rejected", async () => {
    const shop = actor();
    const thrown = new Error("thrown");
    const rejected = new Error("rejected");
    await using app = await testApp({ providers: { shop } });
    await app.stop();
    expect(() =>
      shop.addCleanup(() => {
        throw thrown;
      }),
    ).toThrow(NotRunningError);
    expect(() => shop.own({ close: () => Promise.reject(rejected) })).toThrow(NotRunningError);
    await app.clock.settle();
    expect(app.errors).toEqual([
      { error: thrown, origin: { path: "shop", label: "release of cleanup" } },
      { error: rejected, origin: { path: "shop", label: "release of Object" } },
    ]);
  });

  it("before it has a kernel", () => {
    const journal: string[] = [];
    class Shop extends Service {
      constructor() {
        super();
        this.own({ close: () => journal.push("closed") });
      }
    }
    expect(() => new Shop()).toThrow(NotRunningError);
    expect(journal).toEqual(["closed"]);
  });

  it("keeps nothing that has no way to be released: own() of it throws a TypeError that lists what was tried", async () => {
    const shop = actor();
    await using _app = await testApp({ providers: { shop } });
    expect(() => shop.own({} as Disposable)).toThrow(
      expect.objectContaining({
        name: "TypeError",
        code: "PAWL_NOT_RELEASABLE",
        message: expect.stringContaining(
          "Symbol.asyncDispose], [Symbol.dispose], stop, close, quit, end, disconnect, destroy, terminate, kill",
        ),
      }),
    );
  });

  it("refuses a service: that is adopted", async () => {
    const shop = actor();
    await using _app = await testApp({ providers: { shop } });
    expect(() => shop.own(actor())).toThrow(
      expect.objectContaining({ code: "PAWL_NOT_RELEASABLE", message: expect.stringContaining("adopt()") }),
    );
  });
});

describe("S5 In a constructor or field a service has no kernel", () => {
  it.each(allNames)("%s names the class and says to move it to onStart()", async (method) => {
    let refused: Promise<{ error: Error }> | undefined;
    class Shop extends Service {
      constructor() {
        super();
        refused = refusal(() => all[method]?.(this));
      }
    }
    new Shop();
    const { error } = (await refused) as { error: Error };
    expect(error).toBeInstanceOf(NotRunningError);
    expect(error.message).toBe(
      `Shop: ${method}() was called before the service had a kernel, in a constructor or field; move it to onStart()`,
    );
  });

  it("the same for emit, service, app and fail, in a field", () => {
    const uses: ((service: Service) => unknown)[] = [
      (service) => service.emit("paid"),
      (service) => service.service("db"),
      (service) => service.app,
      (service) => service.fail(new Error("boom")),
    ];
    for (const use of uses) {
      class Shop extends Service {
        readonly field: unknown = use(this);
      }
      expect(() => new Shop()).toThrow(/^Shop: .*move it to onStart\(\)/);
    }
  });

  it("what asks for nothing is there: an aborted signal, a silent log, a stop that does nothing", async () => {
    const shop = actor();
    expect(shop.signal.aborted).toBe(true);
    expect(shop.signal.reason).toMatchObject({ name: "AbortError", message: "Actor: it is not running" });
    shop.log.info("nobody hears this");
    await shop.stop();
    expect([shop.name, shop.path]).toEqual(["", ""]);
  });
});

describe("S5 emit is never refused to a service that has a kernel", () => {
  it("while starting, in every step of its stop, after a crash, and after its stop", async () => {
    const heard: unknown[] = [];
    const shop: Actor = actor({
      onStart() {
        this.emit("at", "onStart");
        this.addCleanup(() => this.emit("at", "cleanup"));
      },
      onStop() {
        this.emit("at", "onStop");
      },
    });
    await using app = createTestApp({ providers: { shop } });
    app.bus.on("at", (place) => heard.push(place));
    await app.start();
    await shop.stop();
    shop.emit("at", "stopped");
    await app.stop();
    expect(shop.emit("at", "the kernel has stopped")).toBe(0);
    expect(heard).toEqual(["onStart", "onStop", "cleanup", "stopped"]);
  });
});

describe("S5 An observer of facts may not call the kernel", () => {
  it("stop() of a service throws in it, and is reported", async () => {
    const shop = actor();
    await using app = createTestApp({ providers: { shop } });
    app.observe(() => void shop.stop(), { kinds: ["service.started"] });
    await app.start();
    expect(app.errors).toMatchObject([{ error: { code: "PAWL_OBSERVER_CALL" } }]);
  });
});

describe("S5 signal", () => {
  it("is a new one in each run, not aborted before step 2", async () => {
    const signals: AbortSignal[] = [];
    const shop = actor({
      onStart() {
        signals.push(this.signal);
      },
      onStop() {
        expect(this.signal).toBe(signals.at(-1));
        expect(this.signal.aborted).toBe(false);
      },
    });
    await using app = await testApp({ providers: { shop } });
    await app.stop();
    expect(signals[0]?.aborted).toBe(true);
    await app.start();
    expect(signals[1]).not.toBe(signals[0]);
    expect(signals[1]?.aborted).toBe(false);
  });
});

describe("S5 A release that fails where there is no kernel", () => {
  it("is not swallowed: it is thrown in a turn of its own", async () => {
    const boom = new Error("boom");
    const uncaught = await uncaughtDuring(() => {
      expect(() => actor().own({ close: () => Promise.reject(boom) })).toThrow(NotRunningError);
    });
    expect(uncaught).toEqual([boom]);
  });
});
