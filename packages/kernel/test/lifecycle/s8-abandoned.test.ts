import { AbortError, NotRunningError, provide, type Service, StopError } from "@pawl/kernel";
import { createTestApp, type TestApp, testApp } from "@pawl/testing";
import { describe, expect, it } from "vitest";
import { type Actor, actor, errorOf, gate, noted } from "./actor.ts";

type Hang = (this: Service) => Promise<unknown>;

/** Each kind of call that a stop can leave behind: `hang` is what hangs there. */
const kinds: readonly { readonly label: string; put(hang: Hang): Actor; setOff?(app: TestApp): unknown }[] = [
  { label: "onStop", put: (hang) => actor({ onStop: hang }) },
  {
    label: 'task "hang"',
    put: (hang) =>
      actor({
        onStart() {
          this.spawn(hang);
        },
      }),
  },
  {
    label: 'release "hang"',
    put: (hang) =>
      actor({
        onStart() {
          this.addCleanup(hang);
        },
      }),
  },
  {
    label: 'interval "hang"',
    put: (hang) =>
      actor({
        onStart() {
          this.interval(hang, "1h", { immediate: true });
        },
      }),
  },
  {
    label: 'timeout "hang"',
    put: (hang) =>
      actor({
        onStart() {
          this.timeout(hang, "1ms");
        },
      }),
    setOff: (app) => app.clock.advance("1ms"),
  },
  {
    label: 'listener of "hang"',
    put: (hang) =>
      actor({
        onStart() {
          this.listen("hang", hang as () => Promise<unknown>);
        },
      }),
    setOff: (app) => app.bus.emit("hang"),
  },
];

/** Starts an app, leaves the hanging call of "shop" behind in a stop, and gives what was told. */
async function leaveBehind(app: TestApp, setOff?: (app: TestApp) => unknown): Promise<readonly unknown[]> {
  await app.start();
  await app.clock.settle();
  await setOff?.(app);
  const stopping = errorOf<StopError>(app.stop());
  await app.clock.advance("10s");
  const error = await stopping;
  expect(error).toBeInstanceOf(StopError);
  return error.errors;
}

describe.each(kinds)("S8 What was abandoned stays outside: $label", ({ label, put, setOff }) => {
  it("is told once, in the StopError, and its late result is dropped", async () => {
    const work = gate();
    const shop = put(async function hang() {
      await work.opened;
    });
    await using app = createTestApp({ providers: { shop } });
    expect(await leaveBehind(app, setOff)).toMatchObject([{ code: "PAWL_ABANDONED", path: "shop" }]);
    work.open();
    await app.clock.settle();
    expect(app.state).toBe("stopped");
  });

  it("its late failure goes to onError", async () => {
    const work = gate();
    const boom = new Error("boom");
    const shop = put(async function hang() {
      await work.opened;
    });
    await using app = createTestApp({ providers: { shop } });
    await leaveBehind(app, setOff);
    work.fail(boom);
    await app.clock.settle();
    expect(app.errors).toEqual([{ error: boom, origin: { path: "shop", label: `${label} (left behind by a stop)` } }]);
  });

  it("its late AbortError is no failure", async () => {
    const work = gate();
    const shop = put(async function hang() {
      await work.opened;
    });
    await using app = createTestApp({ providers: { shop } });
    await leaveBehind(app, setOff);
    work.fail(new AbortError("cancelled"));
    await app.clock.settle();
  });

  it.each(["stopped", "running again"])("what it calls on its service is refused while that is %s", async (state) => {
    const work = gate();
    const released: string[] = [];
    const refused: Record<string, unknown> = {};
    const calls: Record<string, (self: Service) => unknown> = {
      interval: (self) => self.interval(() => {}, "1s"),
      timeout: (self) => self.timeout(() => {}, "1s"),
      spawn: (self) => self.spawn(() => expect.unreachable()),
      listen: (self) => self.listen("paid", () => {}),
      adopt: (self) => self.adopt(actor({ onStart: () => expect.unreachable() })),
      sleep: (self) => self.sleep("1s"),
      waitFor: (self) => self.waitFor("paid"),
      own: (self) => self.own({ close: () => released.push("owned") }),
      addCleanup: (self) => self.addCleanup(() => released.push("cleanup")),
    };
    let runs = 0;
    const shop = put(async function hang() {
      if (runs++ > 0) return;
      await work.opened;
      for (const [name, call] of Object.entries(calls)) {
        try {
          await call(this);
          refused[name] = "taken";
        } catch (error) {
          refused[name] = error instanceof NotRunningError;
        }
      }
    });
    await using app = createTestApp({ providers: { shop } });
    await leaveBehind(app, setOff);
    if (state === "running again") await app.start();
    const before = app.inspect().services[0]?.activities.length;
    work.open();
    await app.clock.settle();
    expect(refused).toEqual(Object.fromEntries(Object.keys(calls).map((name) => [name, true])));
    expect(released).toEqual(["owned", "cleanup"]);
    expect(app.inspect().services[0]?.activities.length).toBe(before);
  });

  it("cannot crash or stop the next run: fail() goes to onError, stop() does nothing", async () => {
    const work = gate();
    const boom = new Error("boom");
    let runs = 0;
    const shop = put(async function hang() {
      if (runs++ > 0) return;
      await work.opened;
      this.fail(boom);
      await this.stop();
    });
    await using app = createTestApp({ providers: { shop } });
    await leaveBehind(app, setOff);
    await app.start();
    work.open();
    await app.clock.settle();
    expect(app.inspect().services[0]?.state).toBe("running");
    expect(app.errors).toMatchObject([{ error: boom, origin: { path: "shop" } }]);
  });

  it("may still emit, and use services that are not its own", async () => {
    const work = gate();
    const heard: unknown[] = [];
    let runs = 0;
    const shop = put(async function hang() {
      if (runs++ > 0) return;
      await work.opened;
      this.emit("late", 1);
      other.timeout(() => heard.push("timeout"), "1s");
    });
    const other = actor();
    await using app = createTestApp({ providers: { other, shop } });
    app.bus.on("late", (payload) => heard.push(payload));
    await leaveBehind(app, setOff);
    await app.start();
    work.open();
    await app.clock.advance("1s");
    expect(heard).toEqual([1, "timeout"]);
  });
});

describe("S8 An abandoned onStart", () => {
  it("its late result is dropped: the service does not run", async () => {
    const journal: string[] = [];
    const work = gate();
    const shop = noted(journal, "shop", { onStart: () => work.opened });
    await using app = createTestApp({ providers: { shop }, startTimeout: "1s" });
    const started = errorOf(app.start());
    await app.clock.advance("11s");
    await started;
    work.open();
    await app.clock.settle();
    expect(journal).toEqual(["+shop"]);
    expect(app.state).toBe("failed");
  });

  it("its late failure goes to onError, also when the service runs again", async () => {
    const works = [gate(), gate()];
    let runs = 0;
    const boom = new Error("boom");
    const shop = actor({ onStart: () => works[runs++]?.opened });
    await using app = createTestApp({ providers: { shop }, startTimeout: "1s" });
    const started = errorOf(app.start());
    await app.clock.advance("11s");
    await started;
    works[1]?.open();
    await app.start();
    works[0]?.fail(boom);
    await app.clock.settle();
    expect(app.state).toBe("running");
    expect(app.errors).toMatchObject([{ error: boom, origin: { path: "shop" } }]);
  });

  it("the children that it adopts later are refused", async () => {
    const work = gate();
    const refused: unknown[] = [];
    let runs = 0;
    const shop = actor({
      async onStart() {
        if (runs++ > 0) return;
        await work.opened;
        await this.adopt(actor()).catch((error) => refused.push(error));
      },
    });
    await using app = createTestApp({ providers: { shop }, startTimeout: "1s" });
    const started = errorOf(app.start());
    await app.clock.advance("11s");
    await started;
    await app.start();
    work.open();
    await app.clock.settle();
    expect(refused).toMatchObject([
      {
        code: "PAWL_NOT_RUNNING",
        message: "shop: adopt() was called by a call that a stop has left behind; look at its signal",
      },
    ]);
  });
});

describe("S8 An abandoned onReady", () => {
  it("is told once, and what it calls later is refused", async () => {
    const work = gate();
    const refused: unknown[] = [];
    const shop = actor({
      async onReady() {
        await work.opened;
        await this.sleep("1s").catch((error) => refused.push(error));
      },
    });
    await using app = createTestApp({ providers: { shop }, startTimeout: "1s" });
    const started = errorOf(app.start());
    await app.clock.advance("11s");
    expect(await started).toMatchObject({ code: "PAWL_START_TIMEOUT", errors: [{ code: "PAWL_ABANDONED" }] });
    work.open();
    await app.clock.settle();
    expect(refused).toMatchObject([{ code: "PAWL_NOT_RUNNING" }]);
  });
});

describe("S8 An abandoned factory", () => {
  async function abandonFactory(app: TestApp): Promise<void> {
    const started = errorOf(app.start());
    await app.clock.advance("11s");
    expect(await started).toMatchObject({
      code: "PAWL_START_TIMEOUT",
      path: "pool",
      errors: [{ code: "PAWL_ABANDONED" }],
    });
  }

  it("what it makes in the end is released at once, by its rule or as provide() says", async () => {
    const journal: string[] = [];
    for (const how of ["its rule", "a function", "false"]) {
      const work = gate();
      const make = async () => {
        await work.opened;
        return { close: () => journal.push("closed") };
      };
      const release = how === "false" ? (false as const) : () => journal.push("released");
      const pool = how === "its rule" ? make : provide(make, { release });
      await using app = createTestApp({ providers: { pool }, startTimeout: "1s" });
      await abandonFactory(app);
      work.open();
      await app.clock.settle();
    }
    expect(journal).toEqual(["closed", "released"]);
  });

  it("a late failure goes to onError, once", async () => {
    const work = gate();
    const boom = new Error("boom");
    const providers = { pool: () => work.opened };
    await using app = createTestApp({ providers, startTimeout: "1s" });
    await abandonFactory(app);
    work.fail(boom);
    await app.clock.settle();
    expect(app.errors).toMatchObject([{ error: boom, origin: { path: "pool" } }]);
  });

  it("a failure to release what came late goes to onError", async () => {
    const work = gate();
    const boom = new Error("boom");
    const providers = {
      pool: async () => {
        await work.opened;
        return { close: () => Promise.reject(boom) };
      },
    };
    await using app = createTestApp({ providers, startTimeout: "1s" });
    await abandonFactory(app);
    work.open();
    await app.clock.settle();
    expect(app.errors).toEqual([
      { error: boom, origin: { path: "pool", label: "release of what its factory made too late" } },
    ]);
  });
});

describe("S8 A held task that is abandoned", () => {
  it("rejects its handle with what was left behind", async () => {
    const shop = actor();
    await using app = await testApp({ providers: { shop } });
    const task = shop.spawn(() => new Promise(() => {}));
    const failed = errorOf(Promise.resolve(task));
    const stopping = errorOf(app.stop());
    await app.clock.advance("10s");
    await stopping;
    expect(await failed).toMatchObject({ code: "PAWL_ABANDONED", path: "shop" });
  });
});
