import {
  AbortError,
  type ActionContext,
  ActionError,
  ActionFailedError,
  ActionInputError,
  ActionTimeoutError,
  NotRunningError,
  Service,
  UnknownActionError,
} from "@pawl/kernel";
import { callAction, callActionOf, listActions } from "@pawl/kernel/extend";
import { createTestApp, testApp } from "@pawl/testing";
import { describe, expect, it, test } from "vitest";
import { z } from "zod";

const Query = z.object({ since: z.string(), limit: z.number().int().default(10) });
const over = { transport: "test" } as const;
const noop = () => {};

class Metrics extends Service {
  seen: unknown[] = [];
  gate = Promise.withResolvers<unknown>();
  signal_: AbortSignal | undefined;

  stats = this.action(Query, function ({ since, limit }, { transport }) {
    this.seen.push([since, limit, transport]);
    return { since, limit };
  });
  wait = this.action(z.string(), async (what, { signal }) => {
    this.signal_ = signal;
    const ended = new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
    return [what, await Promise.race([this.gate.promise, ended])];
  });
  stubborn = this.action(() => this.gate.promise, { timeout: "5s" });
  reset = this.action(
    () => {
      this.seen = [];
    },
    { description: "Forgets everything.", admin: true },
  );
  refuse = this.action(() => {
    throw new ActionError("There are only 2 left.", { reason: "sold-out", details: { left: 2 }, status: 409 });
  });
  break = this.action(() => {
    throw new TypeError("the password is 1234");
  });
}

/** What its result may be, by what its schema says of it. */
class Priced extends Service {
  given: unknown = { id: "a", price: 1, cost: 0 };
  item = this.action(() => this.given as { readonly id: string; readonly price: number }, {
    output: z.object({ id: z.string(), price: z.number() }),
  });
  later = this.action(z.string(), async (id) => ({ id, at: 1 }), {
    output: z.object({ id: z.string().refine(async (id) => id !== "b", "it must not be b"), at: z.number() }),
  });
}

const running = async () => {
  const metrics = new Metrics();
  const app = await testApp({ providers: { metrics } });
  const call = (action: string, input?: unknown, options = {}) =>
    callAction(app, "metrics", action, input, { ...over, ...options });
  return { app, metrics, call };
};

describe("A1 in the process", () => {
  it("is a plain function on the service, before its start too, whose input is not checked again", async () => {
    const metrics = new Metrics();
    expect(metrics.stats({ since: "1h", limit: 3 })).toEqual({ since: "1h", limit: 3 });
    expect(metrics.stats({ since: 5 } as never)).toEqual({ since: 5 });
    expect(metrics.seen).toEqual([
      ["1h", 3, "call"],
      [5, undefined, "call"],
    ]);
    await using app = await testApp({ providers: { metrics } });
    metrics.reset();
    expect(metrics.seen).toEqual([]);
    expect(app.inspect().services[0]?.activities).toContainEqual(expect.objectContaining({ label: "stats", calls: 0 }));
  });

  it("has the signal of its service", async () => {
    const { app, metrics } = await running();
    const asked = metrics.wait("x");
    expect(metrics.signal_?.aborted).toBe(false);
    await app.stop();
    expect(metrics.signal_?.aborted).toBe(true);
    await expect(asked).rejects.toThrow(AbortError);
  });
});

describe("A1 by a transport", () => {
  it("gives the action what its schema gives", async () => {
    const { app, metrics, call } = await running();
    await using _ = app;
    expect(await call("stats", { since: "1h", more: 1 })).toEqual({ since: "1h", limit: 10 });
    expect(metrics.seen).toEqual([["1h", 10, "test"]]);
  });

  it.each([
    undefined,
    null,
    {},
    [],
    "x",
    7,
    { since: 1 },
    { since: "a", limit: 1.5 },
    JSON.parse('{"__proto__":{"since":"a"}}'),
  ])("refuses %j with every issue, and does not call", async (input) => {
    const { app, metrics, call } = await running();
    await using _ = app;
    await expect(call("stats", input)).rejects.toBeInstanceOf(ActionInputError);
    expect(metrics.seen).toEqual([]);
  });

  it("tells every issue with its path", async () => {
    const { app, call } = await running();
    await using _ = app;
    const error = await call("stats", { limit: "x" }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: "PAWL_ACTION_INPUT",
      path: "metrics",
      action: "metrics.stats",
      issues: [{ path: ["since"] }, { path: ["limit"] }],
    });
    expect((error as Error).message).toMatch(/^metrics\.stats: since: .+; limit: .+$/);
  });

  it("takes schemas that validate asynchronously, and those that are functions", async () => {
    const slow = z.string().refine(async (text) => (await Promise.resolve(text)) === "right");
    const schema = Object.assign(noop, { "~standard": z.number()["~standard"] });
    class Lazy extends Service {
      ask = this.action(slow, (text) => text);
      count = this.action(schema, (n) => n + 1);
    }
    await using app = await testApp({ providers: { lazy: Lazy } });
    expect(await callAction(app, "lazy", "ask", "right", over)).toBe("right");
    await expect(callAction(app, "lazy", "ask", "wrong", over)).rejects.toThrow(ActionInputError);
    expect(await callAction(app, "lazy", "count", 1, over)).toBe(2);
    await expect(callAction(app, "lazy", "count", "1", over)).rejects.toThrow(ActionInputError);
  });

  it("refuses any input of an action that takes none", async () => {
    const { app, metrics, call } = await running();
    await using _ = app;
    metrics.seen.push(1);
    await expect(call("reset", {})).rejects.toThrow("metrics.reset: it takes no input");
    expect(metrics.seen).toEqual([1]);
    await call("reset");
    await call("reset", null);
    expect(metrics.seen).toEqual([]);
  });

  it("passes on what the action throws for its caller, and wraps what it fails with", async () => {
    const { app, call } = await running();
    await using _ = app;
    await expect(call("refuse")).rejects.toMatchObject({
      code: "PAWL_ACTION_ERROR",
      reason: "sold-out",
      details: { left: 2 },
      status: 409,
    });
    const failed = await call("break").catch((thrown: unknown) => thrown);
    expect(failed).toBeInstanceOf(ActionFailedError);
    expect(failed).toMatchObject({ code: "PAWL_ACTION_FAILED", cause: new TypeError("the password is 1234") });
  });

  it("wraps what a schema throws, and errors for callers of somebody else", async () => {
    class Odd extends Service {
      schema = this.action(
        z.string().transform(() => {
          throw new Error("of the schema");
        }),
        noop,
      );
      nested = this.action(() => {
        throw new ActionInputError("other.action", [{ message: "internal" }]);
      });
    }
    await using app = await testApp({ providers: { odd: Odd } });
    for (const action of ["schema", "nested"]) {
      await expect(callAction(app, "odd", action, action === "schema" ? "x" : undefined, over)).rejects.toThrow(
        ActionFailedError,
      );
    }
  });

  it("keeps the first 1,000 issues of an input and counts the others, and names five in its message", () => {
    const issues = Array.from({ length: 500_000 }, (_, i) => ({ message: "expected string", path: [i] }));
    const error = new ActionInputError("shop.tag", issues);
    expect(error.issues).toHaveLength(1_000);
    expect(error.issueCount).toBe(500_000);
    expect(error.message).toBe(
      `shop.tag: ${[0, 1, 2, 3, 4].map((i) => `${i}: expected string`).join("; ")}; and 499995 more`,
    );
    expect(new ActionInputError("shop.tag", issues.slice(0, 2)).message).toBe(
      "shop.tag: 0: expected string; 1: expected string",
    );
  });

  it("knows no other name, whatever every object has, and tells the nearest", async () => {
    const { app, call } = await running();
    await using _ = app;
    for (const name of ["stat", "__proto__", "constructor", "toString", "hasOwnProperty", "onStart", "seen", ""]) {
      await expect(call(name)).rejects.toBeInstanceOf(UnknownActionError);
    }
    await expect(call("stat")).rejects.toThrow('did you mean "metrics.stats"?');
    for (const name of ["__proto__", "constructor", "metric", ""]) {
      await expect(callAction(app, name, "stats", {}, over)).rejects.toBeInstanceOf(UnknownActionError);
    }
    await expect(callAction(app, "metric", "stats", {}, over)).rejects.toThrow('did you mean "metrics.stats"?');
  });

  it("refuses what does not run: before the start, after the stop, and while it waits for its restart", async () => {
    const metrics = new Metrics();
    expect(() => callActionOf(metrics, "stats", { since: "" }, over)).toThrow(NotRunningError);
    const app = createTestApp({ providers: { metrics: { service: metrics }.service } });
    await expect(callAction(app, "metrics", "stats", {}, over)).rejects.toThrow(NotRunningError);
    await app.start();
    await app.stop();
    await expect(callAction(app, "metrics", "stats", {}, over)).rejects.toThrow(NotRunningError);
    expect(() => callActionOf(metrics, "stats", {}, over)).toThrow("metrics.stats: metrics is stopped");
  });
});

describe("A1 a call is an activity of its service", () => {
  it("is awaited by the stop before signals are aborted, and no other is taken meanwhile", async () => {
    const { app, metrics, call } = await running();
    const asked = call("wait", "x");
    await app.clock.settle();
    expect(app.inspect().services[0]?.inFlight.map(({ what }) => what)).toEqual(['action "wait"']);
    const stopped = app.stop();
    await app.clock.settle();
    expect(metrics.signal_?.aborted).toBe(false);
    await expect(call("stats", { since: "" })).rejects.toThrow(NotRunningError);
    metrics.gate.resolve(1);
    expect(await asked).toEqual(["x", 1]);
    await stopped;
  });

  it("one that takes too long for a stop has its signal aborted, and its caller hears that the service stops", async () => {
    const { app, metrics, call } = await running();
    const asked = call("wait", "x");
    const refused = expect(asked).rejects.toThrow(NotRunningError);
    await app.clock.settle();
    const stopped = app.stop();
    await app.clock.advance("10s");
    await refused;
    expect(metrics.signal_?.aborted).toBe(true);
    await stopped;
  });

  it("its context can be taken apart, spread and compared like any object", async () => {
    const contexts: ActionContext[] = [];
    class Asked extends Service {
      ask = this.action((context) => void contexts.push(context));
    }
    await using app = await testApp({ providers: { asked: new Asked() } });
    await callAction(app, "asked", "ask", undefined, over);
    const [context] = contexts as [ActionContext];
    const { signal } = context;
    expect(signal.aborted).toBe(false);
    expect({ ...context }).toEqual({ signal, transport: "test" });
    expect(context).toEqual({ signal, transport: "test" });
  });

  it("its signal is that of the caller too", async () => {
    const { app, metrics, call } = await running();
    await using _ = app;
    const caller = new AbortController();
    const asked = call("wait", "x", { signal: caller.signal });
    await app.clock.settle();
    caller.abort(new Error("changed my mind"));
    await expect(asked).rejects.toThrow("changed my mind");
    expect(metrics.signal_?.reason).toBe(caller.signal.reason);
    expect(app.inspect().services[0]?.activities).toContainEqual(expect.objectContaining({ label: "wait", errors: 0 }));
  });

  it("ends for the caller when its time is up, the caller's or the action's, whichever is shorter", async () => {
    const { app, metrics, call } = await running();
    await using _ = app;
    const mine = call("wait", "x", { timeout: 2_000 }).catch((thrown: unknown) => thrown);
    const its = call("stubborn", undefined, { timeout: 60_000 }).catch((thrown: unknown) => thrown);
    await app.clock.advance("2s");
    expect(await mine).toBeInstanceOf(ActionTimeoutError);
    expect(metrics.signal_?.reason).toBe(await mine);
    await app.clock.advance("3s");
    expect(await its).toMatchObject({ code: "PAWL_ACTION_TIMEOUT", message: expect.stringContaining("within 5s") });
    // It ignores its signal: the service goes on waiting for it.
    expect(app.inspect().services[0]?.inFlight.map(({ what }) => what)).toEqual(['action "stubborn"']);
    metrics.gate.reject(new Error("too late"));
    await app.clock.settle();
    expect(app.errors.map(({ error }) => error)).toEqual([new Error("too late")]);
  });

  it("is told in facts, and in the figures of inspect()", async () => {
    const { app, call } = await running();
    await using _ = app;
    await call("stats", { since: "" });
    await call("stats", {}).catch(noop);
    await call("break").catch(noop);
    await call("refuse").catch(noop);
    const told = app.facts.all.filter(({ kind }) => kind.startsWith("action."));
    expect(told.slice(0, 2)).toMatchObject([
      { kind: "action.started", path: "metrics", action: "stats", transport: "test" },
      { kind: "action.ended", path: "metrics", action: "stats", transport: "test", ms: 0 },
    ]);
    expect(told[1]).not.toHaveProperty("error");
    expect(told[3]).toHaveProperty("error.code", "PAWL_ACTION_INPUT");
    const figures = (label: string) =>
      app.inspect().services[0]?.activities.find((one) => one.kind === "action" && one.label === label);
    expect(figures("stats")).toMatchObject({ calls: 2, refused: 1, errors: 0, inFlight: 0 });
    expect(figures("break")).toMatchObject({ calls: 1, errors: 1, lastError: "the password is 1234" });
    expect(figures("refuse")).toMatchObject({ calls: 1, refused: 1, errors: 0 });
    expect(figures("reset")).toMatchObject({ admin: true, calls: 0 });
  });

  it("goes on after a restart, with figures of before; while it waits for that, it is refused", async () => {
    const { provide } = await import("@pawl/kernel");
    const metrics = new Metrics();
    await using app = await testApp({
      providers: { metrics: provide(metrics, { restart: "on-failure", backoff: "1s" }) },
    });
    const call = () => callAction(app, "metrics", "stats", { since: "" }, over);
    await call();
    metrics.fail(new Error("down"));
    await expect(call()).rejects.toThrow("metrics.stats: metrics is being restarted");
    expect(app.errors.map(({ error }) => error)).toEqual([new Error("down")]);
    await app.clock.advance("1s");
    await call();
    expect(app.inspect().services[0]?.activities.filter(({ label }) => label === "stats")).toMatchObject([
      { calls: 2 },
    ]);
  });

  it("may stop its own app", async () => {
    class Off extends Service {
      off = this.action(async () => {
        await this.app.stop();
        return "stopping";
      });
    }
    const app = await testApp({ providers: { off: Off } });
    expect(await callAction(app, "off", "off", undefined, over)).toBe("stopping");
    await app.stop();
    expect(app.state).toBe("stopped");
  });
});

test("listActions tells the actions of every provider", async () => {
  const { app } = await running();
  await using _ = app;
  expect(listActions(app).map(({ service, name, admin }) => [service, name, admin])).toEqual([
    ["metrics", "stats", false],
    ["metrics", "wait", false],
    ["metrics", "stubborn", false],
    ["metrics", "reset", true],
    ["metrics", "refuse", false],
    ["metrics", "break", false],
  ]);
});

describe("A1 an action with an output", () => {
  it("gives a caller outside what the schema gives for its result, and one inside the result itself", async () => {
    const priced = new Priced();
    await using app = await testApp({ providers: { priced } });
    expect(await callAction(app, "priced", "item", undefined, over)).toEqual({ id: "a", price: 1 });
    expect(priced.item()).toBe(priced.given);
    expect(await callAction(app, "priced", "later", "a", over)).toEqual({ id: "a", at: 1 });
    expect(listActions(app)).toMatchObject([{ name: "item", output: expect.anything() }, { name: "later" }]);
  });

  it("has failed where its result does not fit", async () => {
    const priced = new Priced();
    await using app = await testApp({ providers: { priced } });
    priced.given = { id: 7, price: 1 };
    for (const [name, input, message] of [
      ["item", undefined, "priced.item: its result does not fit its output schema: id: Invalid input: expected string"],
      ["later", "b", "priced.later: its result does not fit its output schema: id: it must not be b"],
    ] as const) {
      const error = await callAction(app, "priced", name, input, over).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(ActionFailedError);
      expect(error).toMatchObject({ cause: { code: "PAWL_ACTION_OUTPUT", message: expect.stringContaining(message) } });
    }
    expect(app.inspect().services[0]?.activities[0]).toMatchObject({ errors: 1, refused: 0 });
  });

  it("is refused where that is no schema", () => {
    class Wrong extends Service {
      item = this.action(() => 1, { output: Number as never as z.ZodNumber });
    }
    expect(() => new Wrong()).toThrow("Wrong: action(): its output must be a Standard Schema");
  });
});
