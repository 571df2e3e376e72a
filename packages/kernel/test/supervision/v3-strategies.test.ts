import type { AnyProvider, Strategy, SuperviseOptions } from "@pawl/kernel";
import { testApp } from "@pawl/testing";
import { describe, expect, it } from "vitest";
import { Actor, actor, errorOf, gate, noted } from "../lifecycle/actor.ts";
import { restarted } from "./restarted.ts";

const boom = new Error("boom");

/** Four providers; `b` is restarted when it crashes. */
async function appOf(strategy: Strategy, options: SuperviseOptions = {}) {
  const journal: string[] = [];
  const service = (name: string) => noted(journal, name);
  const [a, b, c, d] = ["a", "b", "c", "d"].map(service) as [Actor, Actor, Actor, Actor];
  const app = await testApp({ strategy, providers: { a, b: restarted(b, options), c, d } });
  app.wait().catch(() => {});
  journal.length = 0;
  return { app, a, b, c, d, journal };
}

describe("V3 The owner's strategy", () => {
  it.each<[Strategy, string[]]>([
    ["one-for-one", ["-b", "+b"]],
    ["rest-for-one", ["-d", "-c", "-b", "+b", "+c", "+d"]],
    ["one-for-all", ["-d", "-c", "-b", "-a", "+a", "+b", "+c", "+d"]],
  ])("%s: %j", async (strategy, expected) => {
    const { app, b, journal } = await appOf(strategy);
    await using _ = app;
    b.fail(boom);
    await app.clock.advance("100ms");
    expect(journal).toEqual(expected);
    expect(app.inspect().services.map(({ name, state }) => `${name} ${state}`)).toEqual([
      "a running",
      "b running",
      "c running",
      "d running",
    ]);
    expect(app.errors).toHaveLength(1);
  });

  it.each<Strategy>(["one-for-one", "rest-for-one", "one-for-all"])(
    "%s: what was restarted keeps its place: the stop is the reverse of the first start",
    async (strategy) => {
      const { app, b, journal } = await appOf(strategy);
      await using _ = app;
      b.fail(boom);
      await app.clock.advance("100ms");
      journal.length = 0;
      await app.stop();
      expect(journal).toEqual(["-d", "-c", "-b", "-a"]);
      expect(app.errors).toHaveLength(1);
    },
  );

  it("those that go with it stop for the reason of the crash, are not resolvable, and count as restarted", async () => {
    const { app, b, d } = await appOf("one-for-all");
    await using _ = app;
    b.fail(boom);
    await app.clock.advance("99ms");
    expect(() => app.service("d")).toThrow("it is being restarted");
    expect(d.signal.aborted).toBe(true);
    expect(app.facts.of("service.stopping").map(({ path, reason }) => [path, reason.kind])).toEqual([
      ["d", "crash"],
      ["c", "crash"],
      ["a", "crash"],
    ]);
    await app.clock.advance("1ms");
    expect(app.inspect().services.map(({ restarts }) => restarts)).toEqual([1, 1, 1, 1]);
    expect(app.errors).toHaveLength(1);
  });

  it("children: static strategy of their owner", async () => {
    const journal: string[] = [];
    class Shop extends Actor {
      static override readonly strategy = "one-for-all";
    }
    const shop = new Shop({
      async onStart() {
        await this.adopt(noted(journal, "x"));
        await this.adopt(y, { restart: "on-failure", backoff: false });
      },
    });
    const y = noted(journal, "y");
    await using app = await testApp({ providers: { shop, other: noted(journal, "other") } });
    journal.length = 0;
    y.fail(boom);
    await app.clock.settle();
    expect(journal).toEqual(["-y", "-x", "+x", "+y"]);
    expect(app.errors).toHaveLength(1);
  });

  it("a sibling that was stopped before stays down", async () => {
    const { app, b, c, journal } = await appOf("one-for-all");
    await using _ = app;
    await c.stop();
    b.fail(boom);
    await app.clock.advance("1s");
    expect(journal).toEqual(["-c", "-d", "-b", "-a", "+a", "+b", "+d"]);
    expect(app.errors).toHaveLength(1);
  });

  it("a sibling that is stopped while it waits stays down; the others come up again", async () => {
    const { app, b, c, journal } = await appOf("one-for-all");
    await using _ = app;
    b.fail(boom);
    await app.clock.advance("50ms");
    await c.stop();
    await app.clock.advance("1s");
    expect(journal.slice(4)).toEqual(["+a", "+b", "+d"]);
    expect(app.errors).toHaveLength(1);
  });

  it("the crashed one, stopped while it waits, stays down; the others come up again", async () => {
    const { app, b, journal } = await appOf("one-for-all");
    await using _ = app;
    b.fail(boom);
    await app.clock.advance("50ms");
    await b.stop();
    await app.clock.advance("1s");
    expect(journal.slice(4)).toEqual(["+a", "+c", "+d"]);
    expect(app.state).toBe("running");
    expect(app.errors).toHaveLength(1);
  });
});

describe("V3 A crash during that counts as one more", () => {
  it("of a sibling that is stopped: its onStop runs, and one more restart is granted", async () => {
    const { app, b, d, journal } = await appOf("one-for-all");
    await using _ = app;
    b.fail(boom);
    d.fail(new Error("d too"));
    await app.clock.advance("1s");
    expect(journal).toEqual(["-d", "-c", "-b", "-a", "+a", "+b", "+c", "+d"]);
    expect(app.facts.of("restart").map(({ path, restarts }) => [path, restarts])).toEqual([
      ["b", 1],
      ["b", 2],
    ]);
    expect(app.errors.map(({ error }) => (error as Error).message)).toEqual(["boom", "d too"]);
  });

  it("of one that does not come up again: all are stopped and started once more", async () => {
    const journal: string[] = [];
    let starts = 0;
    const d = noted(journal, "d", {
      onStart() {
        starts++;
        if (starts === 2) throw new Error("d does not start");
      },
    });
    const a = noted(journal, "a");
    await using app = await testApp({
      strategy: "one-for-all",
      providers: { a: restarted(a), b: noted(journal, "b"), d },
    });
    journal.length = 0;
    a.fail(boom);
    await app.clock.advance("1s");
    expect(journal).toEqual(["-d", "-b", "-a", "+a", "+b", "+d", "-b", "-a", "+a", "+b", "+d"]);
    expect(app.inspect().services[0]?.restarts).toBe(2);
    expect(app.errors).toMatchObject([
      { error: boom },
      { error: { message: "d does not start" }, origin: { path: "d" } },
    ]);
  });

  it("of one that crashes as the others come up: what is starting is given up and all begins anew", async () => {
    const journal: string[] = [];
    let starts = 0;
    const slow = noted(journal, "slow", {
      async onStart() {
        starts++;
        if (starts === 2) await this.sleep("1h");
      },
    });
    const a = noted(journal, "a");
    await using app = await testApp({ strategy: "one-for-all", providers: { a: restarted(a), slow } });
    journal.length = 0;
    a.fail(boom);
    await app.clock.advance("1s");
    expect(journal).toEqual(["-slow", "-a", "+a", "+slow"]);
    a.fail(new Error("again"));
    await app.clock.advance("1s");
    expect(journal.slice(4)).toEqual(["-a", "+a", "+slow"]);
    expect(app.state).toBe("running");
    expect(app.errors).toHaveLength(2);
  });

  it("too many of them are the owner's crash, with the last error and its path; everything stops in order", async () => {
    const journal: string[] = [];
    let starts = 0;
    const d = noted(journal, "d", {
      onStart() {
        starts++;
        if (starts > 1) throw new Error("d does not start");
      },
    });
    const a = noted(journal, "a");
    await using app = await testApp({
      strategy: "one-for-all",
      providers: { a: restarted(a), b: noted(journal, "b"), d },
    });
    const ended = errorOf(app.wait());
    a.fail(boom);
    await app.clock.advance("1m");
    expect(await ended).toMatchObject({ path: "d", cause: { message: "d does not start" } });
    expect(app.facts.of("restart")).toHaveLength(3);
    expect(app.facts.of("escalation")).toMatchObject([{ path: "a", to: "app" }]);
    expect(journal.slice(-2)).toEqual(["-b", "-a"]);
    expect(app.state).toBe("stopped");
    expect(app.errors).toHaveLength(3);
  });

  it("rest-for-one: an earlier one widens what is restarted", async () => {
    const journal: string[] = [];
    const work = gate();
    const [a, b, c] = ["a", "b", "c"].map((name) => noted(journal, name)) as [Actor, Actor, Actor];
    const last = noted(journal, "last", { onStop: () => work.opened });
    const providers: Record<string, AnyProvider> = { a: restarted(a), b, c: restarted(c), last };
    await using app = await testApp({ strategy: "rest-for-one", providers });
    journal.length = 0;
    c.fail(boom);
    await app.clock.settle();
    a.fail(new Error("a too"));
    work.open();
    await app.clock.advance("1s");
    expect(journal).toEqual(["-last", "-c", "-b", "-a", "+a", "+b", "+c", "+last"]);
    expect(app.errors).toHaveLength(2);
  });

  it("of a sibling with a policy of its own, where the one that crashed first was stopped meanwhile", async () => {
    const journal: string[] = [];
    let starts = 0;
    const b = noted(journal, "b", {
      onStart() {
        starts++;
        if (starts === 2) throw new Error("b does not start");
      },
    });
    const a = noted(journal, "a");
    await using app = await testApp({ strategy: "one-for-all", providers: { a: restarted(a), b: restarted(b) } });
    a.fail(boom);
    await app.clock.advance("50ms");
    await a.stop();
    await app.clock.advance("1s");
    expect(journal).toEqual(["+a", "+b", "-b", "-a", "+b", "+b"]);
    expect(app.facts.of("restart").map(({ path }) => path)).toEqual(["a", "b"]);
    expect(app.state).toBe("running");
    expect(app.errors).toHaveLength(2);
  });

  it("one-for-one: two at once are restarted each for itself", async () => {
    const journal: string[] = [];
    const [a, b] = ["a", "b"].map((name) => noted(journal, name)) as [Actor, Actor];
    await using app = await testApp({ providers: { a: restarted(a), b: restarted(b, { backoff: "50ms" }) } });
    a.fail(boom);
    b.fail(boom);
    await app.clock.advance("60ms");
    expect(journal).toEqual(["+a", "+b", "-a", "-b", "+b"]);
    await app.clock.advance("40ms");
    expect(journal.at(-1)).toBe("+a");
    expect(app.errors).toHaveLength(2);
  });
});

describe("V3 The owner stops while a group is being restarted", () => {
  it.each([10, 100, 150])("after %d ms: each is stopped once, nothing is started any more", async (ms) => {
    const journal: string[] = [];
    const slow = noted(journal, "slow", {
      async onStart() {
        if (journal.length > 3) await this.sleep("100ms");
      },
    });
    const a = noted(journal, "a");
    await using app = await testApp({ strategy: "one-for-all", providers: { a: restarted(a), slow, z: actor() } });
    a.fail(boom);
    await app.clock.advance(`${ms}ms`);
    const up = app.inspect().services.filter(({ state }) => state === "running").length;
    journal.length = 0;
    await app.stop();
    await app.clock.advance("1m");
    expect(journal).toEqual(up > 0 ? ["-a"] : []);
    expect(app.clock.pending).toEqual([]);
    expect(app.errors).toHaveLength(1);
  });
});
