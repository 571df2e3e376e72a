import { Service } from "@pawl/kernel";
import { testApp } from "@pawl/testing";
import { describe, expect, it } from "vitest";
import { given } from "../given-service.ts";

async function appWithOne() {
  const one = given();
  const app = await testApp({ providers: { one } });
  return { app, one };
}

const rank = [
  Symbol.asyncDispose,
  Symbol.dispose,
  "stop",
  "close",
  "quit",
  "end",
  "disconnect",
  "destroy",
  "terminate",
  "kill",
] as const;

/** Node 22 describes its symbols as `nodejs.dispose`; who reads an error writes `Symbol.dispose`. */
const name = (method: PropertyKey) =>
  typeof method === "symbol" ? `[${method.description?.replace(/^nodejs\./, "Symbol.")}]` : String(method);

/** An object with these methods, which write down their names and what they were called with. */
function releasable(methods: readonly PropertyKey[], called: unknown[]): never {
  const resource: Record<PropertyKey, unknown> = {};
  for (const method of methods) {
    resource[method] = function (this: unknown, ...args: unknown[]) {
      called.push([name(method), this === resource, args.length]);
    };
  }
  return resource as never;
}

describe("own(resource) releases by the first method that it finds", () => {
  it.each(rank.map((method) => [name(method), method] as const))(
    "%s, called on it without arguments",
    async (_, method) => {
      const { app, one } = await appWithOne();
      await using _app = app;
      const called: unknown[] = [];
      one.own(releasable([method], called));
      await one.stop();
      expect(called).toEqual([[name(method), true, 0]]);
    },
  );

  it.each(rank.slice(0, -1).map((method, i) => [name(method), i] as const))(
    "%s before all that come after it",
    async (first, i) => {
      const { app, one } = await appWithOne();
      await using _app = app;
      const called: unknown[] = [];
      // In reverse, so that the order of the properties does not help.
      one.own(releasable(rank.slice(i).toReversed(), called));
      await one.stop();
      expect(called).toEqual([[first, true, 0]]);
    },
  );

  it("finds inherited methods, and those of functions", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const called: string[] = [];
    class Pool {
      end() {
        called.push("pool");
      }
    }
    class BigPool extends Pool {}
    one.own(new BigPool());
    one.own(Object.assign(() => {}, { close: () => called.push("function") }));
    await one.stop();
    expect(called).toEqual(["function", "pool"]);
  });

  it("gives the resource back, typed as it is", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const pool = { query: () => 1, end: async () => {} };
    expect(one.own(pool)).toBe(pool);
    expect(one.own(pool).query()).toBe(1);
  });

  it("awaits what the release returns, newest first, one after another", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const order: string[] = [];
    for (const n of [1, 2, 3]) {
      one.own({
        async close() {
          order.push(`${n} begun`);
          await new Promise(setImmediate);
          order.push(`${n} ended`);
        },
      });
    }
    await one.stop();
    expect(order).toEqual(["3 begun", "3 ended", "2 begun", "2 ended", "1 begun", "1 ended"]);
  });

  it("takes another release in its place, which gets the resource and has the service as `this`", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const calls: unknown[][] = [];
    const resource = { close: () => calls.push(["close"]), id: 1 };
    one.own(resource, function (given) {
      calls.push([this, given]);
    });
    one.own(5, (n) => calls.push([n]));
    one.own(undefined, (nothing) => calls.push([nothing]));
    await one.stop();
    expect(calls).toEqual([[undefined], [5], [one, resource]]);
  });

  it("owns what can be awaited as well, where it has a method: a child process of execa, or a task", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const called: string[] = [];
    void one.own(Object.assign(new Promise(() => {}), { kill: () => called.push("kill") }));
    await one.stop();
    expect(called).toEqual(["kill"]);
  });

  it("names it in inspect(), facts and errors by its class", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    class Pool {
      end() {
        throw new Error("boom");
      }
    }
    one.own(new Pool());
    one.own({ close() {} });
    one.own(Object.create(null) as object, () => {});
    one.addCleanup(function flush() {});
    one.addCleanup(() => {});
    expect(app.inspect().services[0]?.resources).toEqual([
      { kind: "owned", label: "Pool" },
      { kind: "owned", label: "Object" },
      { kind: "owned", label: "object" },
      { kind: "cleanup", label: "flush" },
      { kind: "cleanup", label: "cleanup" },
    ]);
    await expect(one.stop()).rejects.toMatchObject({
      errors: [{ code: "PAWL_STEP_FAILED", path: "one", message: 'one: release "own(Pool)" failed: boom' }],
    });
  });
});

describe("own: what is refused", () => {
  it("a value that nothing releases: the TypeError lists what was tried", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    class Settings {
      readonly a = 1;
    }
    const call = () => one.own(new Settings() as never);
    expect(call).toThrow(TypeError);
    expect(call).toThrow(expect.objectContaining({ code: "PAWL_NOT_RELEASABLE", name: "TypeError" }));
    expect(call).toThrow("own(): Settings has none of the methods that could release it");
    for (const method of rank) expect(call).toThrow(name(method));
    expect(call).toThrow("end on a stream");
    expect(call).toThrow("pass how to release it: this.own(x, (x) => …)");
    expect(app.inspect().services[0]?.resources).toEqual([]);
  });

  it.each([[undefined], [null], [3], ["text"], [{ close: "not a function" }], [() => {}]])("%s", async (value) => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const call = () => one.own(value as never);
    expect(call).toThrow(TypeError);
    expect(call).toThrow(expect.objectContaining({ code: "PAWL_NOT_RELEASABLE" }));
  });

  it("a promise: await it first", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const call = () => one.own(Promise.resolve({ close() {} }) as never);
    expect(call).toThrow(TypeError);
    expect(call).toThrow("own(): a promise is not the resource; await it first: this.own(await connect())");
  });

  it("a service: adopt it", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    class Worker extends Service {}
    for (const call of [() => one.own(new Worker() as never), () => one.own(new Worker(), () => {})]) {
      expect(call).toThrow(TypeError);
      expect(call).toThrow(expect.objectContaining({ code: "PAWL_NOT_RELEASABLE" }));
      expect(call).toThrow("own(): Worker is a service; start it with adopt()");
    }
  });

  it("a release that is no function", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const call = () => one.own({}, "close" as never);
    expect(call).toThrow(TypeError);
    expect(call).toThrow(expect.objectContaining({ code: "PAWL_BAD_OPTION" }));
    expect(app.inspect().services[0]?.resources).toEqual([]);
  });
});
