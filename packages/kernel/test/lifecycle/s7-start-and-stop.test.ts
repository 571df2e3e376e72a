import { type Stage, StartError, type StopError } from "@pawl/kernel";
import { createTestApp, testApp } from "@pawl/testing";
import { describe, expect, it } from "vitest";
import { actor, errorOf, forever, gate, isSettled, noted } from "./actor.ts";

describe("S7 start() on a starting or running kernel is the same promise", () => {
  it("while starting, and when it runs", async () => {
    const work = gate();
    await using app = createTestApp({ providers: { shop: actor({ onStart: () => work.opened }) } });
    const first = app.start();
    expect(app.start()).toBe(first);
    work.open();
    expect(await first).toBe(app);
    expect(app.start()).toBe(first);
  });

  it("also while a start that failed is being undone: it rejects with that failure", async () => {
    const work = gate();
    const providers = {
      first: actor({ onStop: () => work.opened }),
      second: actor({ onStart: () => Promise.reject(new Error("no")) }),
    };
    await using app = createTestApp({ providers });
    const first = errorOf(app.start());
    await app.clock.settle();
    expect(app.state).toBe("starting");
    const second = errorOf(app.start());
    work.open();
    expect(await second).toBe(await first);
  });
});

describe("S7 start() after stop() works, from a clean scope", () => {
  it("starts the same instances again, each with a new signal, none with what it held before", async () => {
    const journal: string[] = [];
    const signals = new Set<AbortSignal>();
    const shop = noted(journal, "shop", {
      onStart() {
        signals.add(this.signal);
        this.addCleanup(() => journal.push("cleanup"));
        this.listen("paid", () => journal.push("paid"));
      },
    });
    await using app = await testApp({ providers: { shop } });
    for (let i = 0; i < 3; i++) {
      app.bus.emit("paid");
      await app.stop();
      await app.start();
    }
    await app.stop();
    const round = ["+shop", "paid", "-shop", "cleanup"];
    expect(journal).toEqual([...round, ...round, ...round, "+shop", "-shop", "cleanup"]);
    expect(signals.size).toBe(4);
  });

  it("restart() is a stop and a start", async () => {
    const journal: string[] = [];
    await using app = await testApp({ providers: { one: noted(journal, "one"), two: noted(journal, "two") } });
    await app.restart();
    expect(journal).toEqual(["+one", "+two", "-two", "-one", "+one", "+two"]);
    expect(app.state).toBe("running");
  });

  it("restart() starts also after a stop that failed, which goes to onError", async () => {
    let broken = true;
    const shop = actor({
      onStop() {
        if (broken) throw new Error("no");
      },
    });
    await using app = await testApp({ providers: { shop } });
    await app.restart();
    broken = false;
    expect(app.state).toBe("running");
    expect(app.errors).toMatchObject([{ error: { code: "PAWL_STOP_FAILED" } }]);
  });
});

/** The phases of a start in which a stop may be asked for; `work` is what the start then waits for. */
const phases: readonly {
  readonly name: string;
  providers(work: Promise<void>, journal: string[]): Stage | readonly Stage[];
  /** What happens where the stop is asked for in this phase, and `work` then ends well. */
  readonly expected: readonly string[];
}[] = [
  {
    name: "a dependency is starting",
    providers(work, journal) {
      const connection = noted(journal, "connection", { onStart: () => work });
      return { shop: noted(journal, "shop", { dependencies: () => [connection] }) };
    },
    expected: ["+first", "+connection", "-connection", "-first"],
  },
  {
    name: "an onStart is pending",
    providers: (work, journal) => ({ shop: noted(journal, "shop", { onStart: () => work }) }),
    expected: ["+first", "+shop", "-shop", "-first"],
  },
  {
    name: "an adopted child is starting",
    providers: (work, journal) => ({
      shop: noted(journal, "shop", {
        async onStart() {
          await this.adopt(noted(journal, "child", { onStart: () => work }));
        },
      }),
    }),
    // adopt() rejects, so the owner's onStart did not return.
    expected: ["+first", "+shop", "+child", "-child", "-first"],
  },
  {
    name: "a factory is pending",
    providers: (work, journal) => ({
      pool: async () => {
        journal.push("+pool");
        await work;
        return { close: () => journal.push("-pool") };
      },
    }),
    expected: ["+first", "+pool", "-pool", "-first"],
  },
  {
    name: "the members of a stage are starting",
    providers: (work, journal) => [
      { one: noted(journal, "one", { onStart: () => work }), two: noted(journal, "two", { onStart: () => work }) },
    ],
    expected: ["+first", "+one", "+two", "-one", "-two", "-first"],
  },
  {
    name: "an onReady is pending",
    providers: (work, journal) => ({ shop: noted(journal, "shop", { onReady: () => work }) }),
    expected: ["+first", "+shop", "+last", "-last", "-shop", "-first"],
  },
];

describe.each(phases)("S7 stop() while $name", ({ providers, expected }) => {
  it("stops everything: stop() resolves, start() rejects with PAWL_START_ABORTED, nothing later starts", async () => {
    const journal: string[] = [];
    const work = gate();
    await using app = createTestApp({
      providers: [
        { first: noted(journal, "first") },
        ...[providers(work.opened, journal)].flat(),
        { last: noted(journal, "last") },
      ],
    });
    const started = errorOf<StartError>(app.start());
    await app.clock.settle();
    const stopping = app.stop();
    expect(app.state).toBe("stopping");
    await app.clock.settle();
    expect(await isSettled(stopping)).toBe(false);
    work.open();
    await stopping;
    expect(app.state).toBe("stopped");
    const error = await started;
    expect(error).toBeInstanceOf(StartError);
    expect(error).toMatchObject({ code: "PAWL_START_ABORTED", path: "app", errors: [] });
    expect(journal).toEqual(expected);
  });

  it("gives up after the stopTimeout on what does not settle", async () => {
    await using app = createTestApp({ providers: providers(forever(), []) });
    const started = errorOf(app.start());
    await app.clock.settle();
    const stopping = errorOf<StopError>(app.stop());
    await app.clock.advance("10s");
    const { errors } = await stopping;
    expect(errors.length).toBeGreaterThan(0);
    expect(errors.every((error) => (error as { code: string }).code === "PAWL_ABANDONED")).toBe(true);
    expect(await started).toMatchObject({ code: "PAWL_START_ABORTED" });
    expect(app.state).toBe("stopped");
  });

  it("a failure that comes after the abort goes to the StopError, once", async () => {
    const work = gate();
    const boom = new Error("boom");
    const given = providers(work.opened, []);
    await using app = createTestApp({ providers: given });
    const started = errorOf<StartError>(app.start());
    await app.clock.settle();
    const stopping = errorOf<StopError>(app.stop());
    work.fail(boom);
    const { errors } = await stopping;
    const told = errors.filter((error) => (error as Error).cause === boom);
    // The members of a stage fail each by themselves.
    expect(told).toHaveLength(Array.isArray(given) ? 2 : 1);
    expect(errors).toHaveLength(told.length);
    const error = await started;
    expect(error).toMatchObject({ code: "PAWL_START_ABORTED", errors: [] });
    expect(error.cause).toBeUndefined();
  });
});

describe("S7 stop() while starting", () => {
  it("aborts the signals of all that are starting at once, and of nobody else before its turn", async () => {
    const work = gate();
    const aborted: boolean[] = [];
    const first = actor({
      onStop() {
        aborted.push(this.signal.aborted);
      },
    });
    const one = actor({ onStart: () => work.opened });
    const two = actor({
      async onStart() {
        await this.adopt(child);
      },
    });
    const child = actor({ onStart: () => work.opened });
    await using app = createTestApp({ providers: [{ first }, { one, two }] });
    const started = errorOf(app.start());
    await app.clock.settle();
    const stopping = app.stop();
    expect([one, two, child].map((service) => service.signal.aborted)).toEqual([true, true, true]);
    expect(first.signal.aborted).toBe(false);
    work.open();
    await stopping;
    await started;
    expect(aborted).toEqual([false]);
  });

  it("keeps them starting: they may still take resources, which are released", async () => {
    const journal: string[] = [];
    const work = gate();
    const shop = actor({
      async onStart() {
        await work.opened;
        this.own({ close: () => journal.push("closed") });
        this.addCleanup(() => journal.push("cleaned"));
        this.timeout(() => {}, "1s");
      },
    });
    await using app = createTestApp({ providers: { shop } });
    const started = errorOf(app.start());
    await app.clock.settle();
    const stopping = app.stop();
    await app.clock.settle();
    expect(app.inspect().services).toMatchObject([{ path: "shop", state: "starting" }]);
    work.open();
    await stopping;
    await started;
    expect(journal).toEqual(["cleaned", "closed"]);
  });

  it("undoes the unstarted ones first, then stops the started ones in reverse", async () => {
    const journal: string[] = [];
    const work = gate();
    await using app = createTestApp({
      providers: [
        { first: noted(journal, "first"), second: noted(journal, "second") },
        {
          third: noted(journal, "third", { onStart: () => void 0 }),
          fourth: noted(journal, "fourth", { onStart: () => work.opened }),
        },
      ],
    });
    const started = errorOf(app.start());
    await app.clock.settle();
    const stopping = app.stop();
    work.open();
    await stopping;
    await started;
    expect(journal).toEqual(["+first", "+second", "+third", "+fourth", "-fourth", "-third", "-second", "-first"]);
  });

  it("is a graceful end for who waits", async () => {
    const work = gate();
    await using app = createTestApp({ providers: { shop: actor({ onStart: () => work.opened }) } });
    const started = errorOf(app.start());
    const ended = app.wait();
    await app.clock.settle();
    const stopping = app.stop();
    work.open();
    await Promise.all([started, stopping, ended]);
  });
});

describe("S7 The last call decides", () => {
  it("start() while stopping waits, then starts", async () => {
    const journal: string[] = [];
    const work = gate();
    const shop = noted(journal, "shop", { onStop: () => work.opened });
    await using app = await testApp({ providers: { shop } });
    const stopping = app.stop();
    const started = app.start();
    expect(app.start()).toBe(started);
    await app.clock.settle();
    expect(journal).toEqual(["+shop", "-shop"]);
    work.open();
    await stopping;
    await started;
    expect(journal).toEqual(["+shop", "-shop", "+shop"]);
  });

  it("a stop() after it takes it back", async () => {
    const journal: string[] = [];
    const work = gate();
    const shop = noted(journal, "shop", { onStop: () => work.opened });
    await using app = await testApp({ providers: { shop } });
    const first = app.stop();
    const started = errorOf(app.start());
    const second = app.stop();
    expect(second).toBe(first);
    expect(await started).toMatchObject({ code: "PAWL_START_ABORTED" });
    work.open();
    await second;
    expect(journal).toEqual(["+shop", "-shop"]);
    expect(app.state).toBe("stopped");
  });

  it("start() after a stop() that came while starting: it is given up, then started again", async () => {
    const journal: string[] = [];
    const works = [gate(), gate()];
    let runs = 0;
    const shop = noted(journal, "shop", { onStart: () => works[runs++]?.opened });
    await using app = createTestApp({ providers: { shop } });
    const first = errorOf(app.start());
    await app.clock.settle();
    const stopping = app.stop();
    const second = app.start();
    works[0]?.open();
    expect(await first).toMatchObject({ code: "PAWL_START_ABORTED" });
    await stopping;
    works[1]?.open();
    await second;
    expect(journal).toEqual(["+shop", "-shop", "+shop"]);
    expect(app.state).toBe("running");
  });

  it("restart() while starting, and while a failed start is being undone", async () => {
    let attempts = 0;
    const work = gate();
    const providers = {
      first: actor({ onStop: () => (attempts === 1 ? work.opened : undefined) }),
      second: actor({
        onStart() {
          attempts++;
          if (attempts === 1) throw new Error("no");
        },
      }),
    };
    await using app = createTestApp({ providers });
    const started = errorOf(app.start());
    await app.clock.settle();
    const restarted = app.restart();
    work.open();
    expect(await started).toMatchObject({ code: "PAWL_START_FAILED" });
    await restarted;
    expect(app.state).toBe("running");
    expect(attempts).toBe(2);
  });

  it("wait() passes restarts by, and resolves with the stop", async () => {
    await using app = createTestApp({ providers: { shop: actor() } });
    const ended = app.wait();
    await app.start();
    await app.restart();
    await app.clock.settle();
    expect(await isSettled(ended)).toBe(false);
    await app.stop();
    await ended;
    await app.wait();
  });

  it("any order of calls ends in the state that the last one asked for", async () => {
    const calls = ["start", "stop", "restart"] as const;
    for (const a of calls)
      for (const b of calls)
        for (const c of calls)
          for (const settles of [0, 1, 2]) {
            const journal: string[] = [];
            const shop = noted(journal, "shop", {
              onStart: () => Promise.resolve(),
              onStop: () => Promise.resolve(),
            });
            await using app = createTestApp({ providers: { shop } });
            const ends: Promise<unknown>[] = [];
            for (const [i, call] of [a, b, c].entries()) {
              ends.push(
                app[call]().catch((error: unknown) => expect(error).toHaveProperty("code", "PAWL_START_ABORTED")),
              );
              if (i < settles) await Promise.resolve();
            }
            await Promise.all(ends);
            expect(app.state, `${a}, ${b}, ${c}`).toBe(
              c === "stop" ? (journal.length > 0 ? "stopped" : app.state) : "running",
            );
            const running =
              journal.filter((entry) => entry === "+shop").length - journal.filter((entry) => entry === "-shop").length;
            expect(running, `${a}, ${b}, ${c}: ${journal}`).toBe(app.state === "running" ? 1 : 0);
          }
  });
});
