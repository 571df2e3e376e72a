import { type HookResult, provide, RetryLater, Service, type StopReason, type TickContext } from "@pawl/kernel";
import { createTestApp, type TestApp, testApp } from "@pawl/testing";
import { describe, expect, it, vi } from "vitest";

interface Part {
  readonly onStart?: (this: Looping) => HookResult;
  readonly onReady?: (this: Looping) => HookResult;
  readonly onStop?: (this: Looping, reason: StopReason) => HookResult;
  readonly loop: (this: Looping, context: TickContext) => HookResult;
}

/** A service whose loop is given; its other hooks are there only where they are given too. */
class Looping extends Service {
  readonly #part: Part;
  override onStart?: () => HookResult;
  override onReady?: () => HookResult;
  override onStop?: (reason: StopReason) => HookResult;
  calls = 0;

  constructor(part: Part) {
    super();
    this.#part = part;
    const { onStart, onReady, onStop } = part;
    if (onStart) this.onStart = () => onStart.call(this);
    if (onReady) this.onReady = () => onReady.call(this);
    if (onStop) this.onStop = (reason) => onStop.call(this, reason);
  }

  override loop(context: TickContext): HookResult {
    this.calls++;
    return this.#part.loop.call(this, context);
  }
}

const figuresOf = (app: TestApp) => app.inspect().services[0]?.activities.find(({ kind }) => kind === "loop");

describe("T6 loop is called again after each call has settled", () => {
  it("never twice at once, on the service, with { signal, attempt }", async () => {
    const journal: string[] = [];
    const contexts = new Set<AbortSignal>();
    const one = new Looping({
      async loop({ signal, attempt }) {
        expect(this).toBe(one);
        expect(attempt).toBe(1);
        contexts.add(signal);
        journal.push(`begin ${this.app.inspect().services[0]?.inFlight.length}`);
        await this.sleep("1s");
        journal.push("end");
      },
    });
    await using app = await testApp({ providers: { one } });
    await app.clock.advance("2500ms");
    expect(journal).toEqual(["begin 0", "end", "begin 0", "end", "begin 0"]);
    expect(contexts.size).toBe(1);
  });

  it("yields to the event loop in between, where it is synchronous too: timers and I/O go on", async () => {
    const one = new Looping({ loop() {} });
    await using _ = await testApp({ providers: { one } });
    const before = one.calls;
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve));
    const calls = one.calls - before;
    expect(calls).toBeGreaterThan(1);
    // One call a turn; a loop that did not yield would never have come back.
    expect(calls).toBeLessThan(10_000);
  });

  it("shows with its figures", async () => {
    let fails = false;
    const one = new Looping({
      async loop() {
        await this.sleep("2s");
        if (fails) throw new Error("boom");
      },
    });
    await using app = await testApp({ providers: { one } });
    await app.clock.advance("3s");
    expect(figuresOf(app)).toStrictEqual({
      kind: "loop",
      label: "loop",
      runs: 2,
      errors: 0,
      attempts: 0,
      running: true,
      lastAt: "2025-01-01T00:00:02.000Z",
    });
    fails = true;
    vi.spyOn(Math, "random").mockReturnValue(0);
    await app.clock.advance("1s");
    expect(figuresOf(app)).toStrictEqual({
      kind: "loop",
      label: "loop",
      runs: 2,
      errors: 1,
      attempts: 0,
      running: false,
      lastAt: "2025-01-01T00:00:02.000Z",
      nextAt: "2025-01-01T00:00:04.100Z",
      lastError: "boom",
    });
    expect(app.inspect().services[0]?.inFlight).toEqual([]);
    await app.clock.advance("100ms");
    expect(figuresOf(app)).toMatchObject({ running: true, lastAt: "2025-01-01T00:00:04.100Z" });
    expect(figuresOf(app)).not.toHaveProperty("nextAt");
    expect(app.errors).toHaveLength(1);
  });

  it("tells each call as a tick", async () => {
    const one = new Looping({
      loop: async ({ signal }) => void (await new Promise((r) => signal.addEventListener("abort", r))),
    });
    await using app = await testApp({ providers: { one } });
    expect(app.facts.of("tick.started")).toMatchObject([{ path: "one", label: "loop" }]);
    await app.stop();
    expect(app.facts.of("tick.ended")).toMatchObject([{ path: "one", label: "loop" }]);
  });
});

describe("T6 loop begins when its service is ready", () => {
  it("after its own onReady, in order, and not before everything has started", async () => {
    const journal: string[] = [];
    const part = (name: string, ready?: true): Part => ({
      onStart: () => void journal.push(`+${name}`),
      ...(ready ? { onReady: async () => void journal.push(`${name} ready`) } : {}),
      async loop({ signal }) {
        journal.push(`${name} loops`);
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
      },
    });
    await using _ = await testApp({
      providers: { a: new Looping(part("a", true)), b: new Looping(part("b")), c: new Looping(part("c", true)) },
    });
    expect(journal).toEqual(["+a", "+b", "+c", "a ready", "a loops", "b loops", "c ready", "c loops"]);
  });

  it("of a child adopted later, right after its own start", async () => {
    const one = new Looping({ loop: ({ signal }) => new Promise((r) => signal.addEventListener("abort", r)) });
    const owner = new (class Owner extends Service {})();
    await using app = await testApp({ providers: { owner } });
    await owner.adopt(one);
    await app.clock.settle();
    expect(one.calls).toBe(1);
  });

  it("not where its onReady has failed", async () => {
    const one = new Looping({ onReady: () => Promise.reject(new Error("boom")), loop() {} });
    const app = createTestApp({ providers: { one } });
    await expect(app.start()).rejects.toMatchObject({ code: "PAWL_START_FAILED", path: "one" });
    await app.clock.settle();
    expect(one.calls).toBe(0);
  });

  it("not where it was stopped before it was ready", async () => {
    const one = new Looping({ loop() {} });
    const other = new Looping({
      onStart: () => one.stop(),
      loop: ({ signal }) => new Promise((r) => signal.addEventListener("abort", r)),
    });
    await using app = await testApp({ providers: { one, other } });
    await app.clock.settle();
    expect([one.calls, other.calls]).toEqual([0, 1]);
  });

  it("not where it was stopped in its onReady", async () => {
    const one = new Looping({ onReady: () => one.stop(), loop() {} });
    await using app = await testApp({ providers: { one } });
    await app.clock.settle();
    expect(one.calls).toBe(0);
  });

  it("again when its service is restarted after a crash", async () => {
    const one = new Looping({
      async loop({ signal }) {
        if (this.calls === 1) this.fail(new Error("boom"));
        await new Promise((resolve) => (signal.aborted ? resolve(0) : signal.addEventListener("abort", resolve)));
      },
    });
    await using app = await testApp({ providers: { one: provide(one, { restart: "on-failure" }) } });
    await app.clock.advance("10s");
    expect(one.calls).toBe(2);
    expect(figuresOf(app)).toMatchObject({ runs: 1, running: true });
    expect(app.errors.map(({ error }) => error)).toMatchObject([new Error("boom")]);
  });

  it("anew in each run, with a signal of its own", async () => {
    const signals: AbortSignal[] = [];
    const one = new Looping({
      async loop({ signal }) {
        signals.push(signal);
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
      },
    });
    await using app = await testApp({ providers: { one } });
    await app.restart();
    await app.clock.settle();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    expect(signals[0]).not.toBe(signals[1]);
  });

  it("not at all where a service has none: it is not told to be ready either", async () => {
    await using app = await testApp({ providers: { one: new (class One extends Service {})() } });
    expect(app.inspect().services[0]?.activities).toEqual([]);
    expect(app.facts.of("service.ready")).toEqual([]);
  });
});

describe("T6 loop ends with the stop", () => {
  it("in step 2: still called during onStop, then aborted, the call in flight awaited, and never called again", async () => {
    const journal: string[] = [];
    const one = new Looping({
      onStart() {
        this.addCleanup(() => journal.push("cleanup"));
      },
      onStop() {
        journal.push(`onStop, looping: ${figuresOf(app)?.["running"]}`);
      },
      async loop({ signal }) {
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        journal.push((signal.reason as Error).name);
        await new Promise(setImmediate);
        journal.push("call ended");
      },
    });
    const app = await testApp({ providers: { one } });
    await app.stop();
    await app.clock.advance("1m");
    expect(journal).toEqual(["onStop, looping: true", "AbortError", "call ended", "cleanup"]);
    expect(one.calls).toBe(1);
    await app[Symbol.asyncDispose]();
  });

  it("where it rejects with the abort, that is no failure", async () => {
    const one = new Looping({ loop: ({ signal }) => one.sleep("1h").finally(() => signal.throwIfAborted()) });
    await using app = await testApp({ providers: { one } });
    await app.stop();
    expect(app.errors).toEqual([]);
  });

  it("where it rejects with anything else then, that is told in the StopError", async () => {
    const one = new Looping({
      async loop({ signal }) {
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        throw new Error("boom");
      },
    });
    const app = await testApp({ providers: { one } });
    await expect(app.stop()).rejects.toMatchObject({
      errors: [{ code: "PAWL_STEP_FAILED", path: "one", step: "loop", message: "one: loop failed: boom" }],
    });
    await app[Symbol.asyncDispose]();
  });

  it("where it never settles, it is left behind and named", async () => {
    const one = new Looping({ loop: () => new Promise(() => {}) });
    const app = createTestApp({ providers: { one }, stopTimeout: "5s" });
    await app.start();
    const stopped = app.stop().catch((error: unknown) => error);
    await app.clock.advance("5s");
    expect(await stopped).toMatchObject({
      errors: [{ code: "PAWL_ABANDONED", message: "one: loop was still running after 5s; it was left behind" }],
    });
    expect(app.errors).toEqual([]);
  });

  it("at once where the service crashes: its signal is aborted, and it is not called again", async () => {
    const aborted: unknown[] = [];
    const one = new Looping({
      async loop({ signal }) {
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        aborted.push(signal.reason);
      },
    });
    await using app = await testApp({ providers: { one } });
    const ended = app.wait().catch((error: unknown) => error);
    one.fail(new Error("boom"));
    expect(await ended).toMatchObject({ code: "PAWL_CRASHED", path: "one" });
    expect(aborted).toMatchObject([{ name: "AbortError" }]);
    expect(one.calls).toBe(1);
  });

  it("by a call of its own: it may stop its service, and leaves no turn and no timer behind", async () => {
    const one = new Looping({
      async loop() {
        if (this.calls === 3) await this.stop();
      },
    });
    await using app = await testApp({ providers: { one } });
    await app.clock.settle();
    expect(one.calls).toBe(3);
    expect(app.inspect().services).toEqual([]);
    expect(app.clock.pending).toEqual([]);
  });
});

describe("T6 A call of loop that fails", () => {
  it("goes to onError, and the next call waits longer after each failure, from 100 ms to 10 s", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    const at: number[] = [];
    const one = new Looping({
      async loop() {
        at.push(this.app === app ? app.clock.now() : -1);
        throw new Error("boom");
      },
    });
    const app = createTestApp({ providers: { one } });
    await using _ = app;
    await app.start();
    await app.clock.advance("36s");
    const waits = at.slice(1).map((time, i) => time - (at[i] as number));
    expect(waits).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
    expect(app.errors).toEqual(at.map(() => ({ error: new Error("boom"), origin: { path: "one", label: "loop" } })));
  });

  it("waits afresh after a success", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    const at: number[] = [];
    const one = new Looping({
      async loop() {
        at.push(app.clock.now());
        if (at.length % 3 !== 0) throw new Error("boom");
        await this.sleep("1s");
      },
    });
    const app = createTestApp({ providers: { one } });
    await using _ = app;
    await app.start();
    await app.clock.advance("2550ms");
    expect(at).toEqual([0, 100, 300, 1_300, 1_400, 1_600]);
    expect(app.errors).toHaveLength(4);
  });

  it("synchronously does not spin either", async () => {
    const one = new Looping({
      loop() {
        throw new Error("boom");
      },
    });
    await using app = await testApp({ providers: { one } });
    await app.clock.advance("10s");
    expect(one.calls).toBeLessThan(20);
    expect(app.errors).toHaveLength(one.calls);
  });

  it("waits as long as a RetryLater says, and counts the attempts: that is no error", async () => {
    const at: string[] = [];
    const one = new Looping({
      async loop({ attempt, signal }) {
        at.push(`${app.clock.now()}: ${attempt}`);
        if (attempt < 3) throw new RetryLater("30s");
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
      },
    });
    const app = createTestApp({ providers: { one } });
    await using _ = app;
    await app.start();
    await app.clock.advance("15s");
    expect(figuresOf(app)).toMatchObject({ attempts: 1, errors: 0, nextAt: "2025-01-01T00:00:30.000Z" });
    await app.clock.advance("1m");
    expect(at).toEqual(["0: 1", "30000: 2", "60000: 3"]);
    expect(app.facts.of("retry.scheduled")).toMatchObject([
      { path: "one", label: "loop", attempt: 2, ms: 30_000 },
      { path: "one", label: "loop", attempt: 3, ms: 30_000 },
    ]);
    expect(app.errors).toEqual([]);
  });

  it("ends the wait for the next one when the service stops", async () => {
    const one = new Looping({ loop: () => Promise.reject(new RetryLater("1h")) });
    const failing = new Looping({ loop: () => Promise.reject(new Error("boom")) });
    await using app = await testApp({ providers: { one, failing } });
    await app.stop();
    expect(app.clock.pending).toEqual([]);
    expect(app.errors).toHaveLength(1);
  });
});
