import { Service } from "@pawl/kernel";
import { type CallSpec, type ServiceScope, scopeOf } from "@pawl/kernel/extend";
import { testApp } from "@pawl/testing";
import { describe, expect, it } from "vitest";

class One extends Service {}

const ignored = { ok() {}, fail() {} };
const draining: CallSpec = { kind: "work", drains: true };
const plain: CallSpec = { kind: "task of a test" };

async function appWithScope() {
  const one = new One();
  const app = await testApp({ providers: { one }, stopTimeout: "2500ms" });
  return { app, one, scope: scopeOf(one, "test") };
}

/** What `isDraining` says in a call of this spec, once every second. */
function watchDraining(scope: ServiceScope, one: One, spec: CallSpec, seconds: number): boolean[] {
  const seen: boolean[] = [];
  const look = async () => {
    for (let second = 0; second < seconds; second++) {
      seen.push(scope.isDraining);
      // The end of a sleep by the stop is no end of the call.
      await one.sleep("1s").catch(() => {});
    }
    seen.push(scope.isDraining);
  };
  scope.run(spec, look, ignored);
  return seen;
}

describe("ServiceScope.isDraining", () => {
  it("says true in what a stop works off, from step 2 until signals are aborted", async () => {
    const { app, one, scope } = await appWithScope();
    await using _ = app;
    const seen = watchDraining(scope, one, draining, 4);
    const other = watchDraining(scope, one, plain, 1);
    await app.clock.settle();
    const stopped = app.stop();
    await app.clock.settle();
    expect(scope.isDraining).toBe(false);
    await app.clock.advance("10s");
    await stopped;
    // The call is longer than the drain: signals were aborted in its third second.
    expect(seen).toEqual([false, true, true, false, false]);
    expect(other.at(-1)).toBe(false);
  });

  it("lets such code ask for work, and no observer of facts", async () => {
    const { app, one, scope } = await appWithScope();
    await using _ = app;
    const thrown: unknown[] = [];
    const ask = (also?: "draining") => {
      try {
        scope.requireWork("push", also);
        thrown.push("taken");
      } catch (error) {
        thrown.push((error as { code: string }).code);
      }
    };
    const unobserve = app.observe(() => ask("draining"), { kinds: ["retry.scheduled"] });
    const work = async () => {
      await one.sleep("1s");
      ask("draining");
      ask();
      scope.facts.record("retry.scheduled", { path: "one", label: "x", attempt: 1, ms: 1 });
    };
    scope.run(draining, work, ignored);
    const stopped = app.stop();
    await app.clock.advance("1s");
    await stopped;
    unobserve();
    expect(thrown).toEqual(["taken", "PAWL_NOT_RUNNING", "PAWL_OBSERVER_CALL"]);
  });
});

describe("ServiceScope.isIn", () => {
  it("says true in the call itself, not in another one that it makes or has made", async () => {
    const { app, one, scope } = await appWithScope();
    await using _ = app;
    const seen: boolean[] = [];
    const work = async () => {
      seen.push(scope.isIn(plain));
      await one.spawn(() => void seen.push(scope.isIn(plain)));
      seen.push(scope.isIn(plain), scope.isIn({ ...plain }));
      setImmediate(() => seen.push(scope.isIn(plain)));
    };
    scope.run(plain, work, ignored);
    await app.clock.settle();
    expect(seen).toEqual([true, false, true, false, false]);
  });
});

describe("ServiceScope.has", () => {
  it("tells activities of this run from all else", async () => {
    const { app, one, scope } = await appWithScope();
    await using _ = app;
    const events = one.events("item");
    const ended = one.events("item");
    await ended.return();
    expect([events, ended, undefined, null, "events"].map((it) => scope.has(it))).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
  });
});

describe("ServiceScope.interval", () => {
  it("shows itself as what it is said to be, with figures of its own", async () => {
    const { app, scope } = await appWithScope();
    await using _ = app;
    const face = { kind: "pulse", figures: () => ({ beats: 3 }) };
    scope.interval(
      () => {
        throw new Error("no");
      },
      "1s",
      { label: "heart" },
      face,
    );
    await app.clock.advance("1s");
    expect(app.inspect().services[0]?.activities).toMatchObject([
      { kind: "pulse", label: "heart", everyMs: 1_000, beats: 3, runs: 1 },
    ]);
    expect(app.errors).toMatchObject([{ origin: { label: 'pulse "heart"' } }]);
    expect(() => scope.interval(() => {}, "soon" as never, {}, face)).toThrow("pulse(fn, every): ");
  });
});
