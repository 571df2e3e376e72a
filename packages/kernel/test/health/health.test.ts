import { Kernel, provide, Service, warn } from "@pawl/kernel";
import { testApp } from "@pawl/testing";
import { describe, expect, it } from "vitest";
import { given } from "../given-service.ts";

class Checked extends Service {
  calls = 0;
  answer: () => void | Promise<void> = () => {};
  override onHealth({ signal }: { readonly signal: AbortSignal }) {
    this.calls++;
    this.signalOfCheck = signal;
    return this.answer();
  }
  signalOfCheck: AbortSignal | undefined;
}

describe("health() tells how a kernel and each of its services does", () => {
  it("is alive and ready while everything runs, and names every service, children and controllers alike", async () => {
    const one = given();
    const child = given();
    await using app = await testApp({ providers: { one, two: given() } });
    await one.adopt(Object.assign(child), {});
    const report = await app.health();
    expect(report).toMatchObject({ status: "alive", ready: true });
    expect(Object.keys(report.services)).toEqual(["one", child.path, "two"]);
    expect(report.services.two).toEqual({
      ok: true,
      required: true,
      state: "running",
      since: expect.any(String),
      restarts: 0,
      warnings: [],
    });
  });

  it("is starting until all is ready, stopping during the stop, dead after it and after a failed start", async () => {
    const seen: string[] = [];
    const look = async (kernel: Kernel) => {
      const { status, ready } = await kernel.health();
      seen.push(`${kernel.state} ${status} ${ready}`);
    };
    const kernel: Kernel = new Kernel({
      providers: {
        one: given({ onStart: () => look(kernel), onReady: () => look(kernel), onStop: () => look(kernel) }),
      },
    });
    await look(kernel);
    await kernel.start();
    await look(kernel);
    await kernel.stop();
    await look(kernel);
    expect(seen).toEqual([
      "idle starting false",
      "starting starting false",
      "starting starting false",
      "running alive true",
      "stopping stopping false",
      "stopped dead false",
    ]);
  });

  it("is not ready while a required provider is down, and ready again when it is back", async () => {
    const one = given();
    await using app = await testApp({ providers: { one, two: given() } });
    await one.stop();
    expect(await app.health()).toMatchObject({
      status: "warning",
      ready: false,
      services: { one: { ok: false, state: "stopped" }, two: { ok: true } },
    });
    expect(app.inspect().down).toEqual(["one"]);
    await app.start("one");
    expect(await app.health()).toMatchObject({ status: "alive", ready: true });
    expect(app.inspect().down).toEqual([]);
  });

  it("is not ready while a required provider waits for its restart", async () => {
    const one = given();
    await using app = await testApp({ providers: { one: provide(one, { restart: "on-failure", backoff: "1s" }) } });
    one.fail(new Error("boom"));
    await app.clock.settle();
    expect(app.errors).toHaveLength(1);
    expect(await app.health()).toMatchObject({ ready: false, services: { one: { ok: false, lastError: "boom" } } });
    await app.clock.advance("1s");
    expect(await app.health()).toMatchObject({ ready: true, services: { one: { ok: true, restarts: 1 } } });
  });

  it("is ready without what is not required, and without what that owns", async () => {
    const one = given();
    const child = new Checked();
    child.answer = () => {
      throw new Error("child");
    };
    await using app = await testApp({ providers: { one: provide(one, { required: false }), two: given() } });
    await one.adopt(child);
    expect(await app.health()).toMatchObject({ status: "warning", ready: true });
    await one.stop();
    const report = await app.health();
    expect(report).toMatchObject({ status: "warning", ready: true, services: { one: { ok: false, required: false } } });
  });

  it("is not troubled by a provider that the start was limited without", async () => {
    const { startOnly } = await import("@pawl/kernel/extend");
    const kernel = new Kernel({ providers: { one: given(), two: given() } });
    startOnly(kernel, ["one"]);
    await kernel.start();
    expect(await kernel.health()).toMatchObject({ status: "alive", ready: true });
    expect(Object.keys((await kernel.health()).services)).toEqual(["one"]);
    await kernel.stop();
  });
});

describe("onHealth()", () => {
  it("makes its service unwell by throwing, tells why, and takes it back", async () => {
    const one = new Checked();
    await using app = await testApp({ providers: { one } });
    one.answer = () => Promise.reject(new Error("no disk"));
    expect(await app.health()).toMatchObject({
      status: "warning",
      ready: false,
      services: { one: { ok: false, state: "running", error: "no disk" } },
    });
    await app.health();
    one.answer = () => {};
    expect(await app.health()).toMatchObject({ status: "alive", ready: true, services: { one: { ok: true } } });
    // Told where it changes, with the error itself, and nowhere else.
    expect(app.facts.of("health.changed")).toMatchObject([
      { path: "one", ok: false, error: new Error("no disk") },
      { path: "one", ok: true },
    ]);
  });

  it("is waited for as long as the asker says; its signal is aborted then, and no second call is made meanwhile", async () => {
    const one = new Checked();
    await using app = await testApp({ providers: { one, two: given() } });
    const gate = Promise.withResolvers<void>();
    one.answer = () => gate.promise;
    const asked = app.health({ timeout: "1s" });
    await app.clock.advance("999ms");
    expect(one.signalOfCheck?.aborted).toBe(false);
    await app.clock.advance("1ms");
    expect(await asked).toMatchObject({ services: { one: { ok: false, error: "onHealth() took longer than 1s" } } });
    expect(one.signalOfCheck?.aborted).toBe(true);
    const again = app.health({ timeout: "1s" });
    await app.clock.advance("1s");
    await again;
    expect(one.calls).toBe(1);
    gate.resolve();
    await app.clock.settle();
    expect(await app.health()).toMatchObject({ ready: true });
    expect(one.calls).toBe(2);
  });

  it("is called once for all who ask at the same time", async () => {
    const one = new Checked();
    await using app = await testApp({ providers: { one } });
    await Promise.all([app.health(), app.health(), app.health()]);
    expect(one.calls).toBe(1);
  });

  it("is awaited by the stop of its service, whose abort reaches its signal", async () => {
    const one = new Checked();
    await using app = await testApp({ providers: { one } });
    one.answer = () =>
      new Promise((_, reject) => {
        one.signalOfCheck?.addEventListener("abort", () => reject(one.signalOfCheck?.reason));
      });
    const asked = app.health();
    await app.clock.settle();
    await app.stop();
    expect(await asked).toMatchObject({ status: "stopping", ready: false });
  });

  it("refuses a timeout that is none", async () => {
    await expect(new Kernel().health({ timeout: -1 })).rejects.toMatchObject({ code: "PAWL_BAD_DURATION" });
  });
});

describe("warn()", () => {
  it("gives the status of the app until it is cleared, and stands in health() and inspect()", async () => {
    const one = given();
    await using app = await testApp({ providers: { one } });
    const warning = warn(one, "disk nearly full");
    expect(await app.health()).toMatchObject({
      status: "warning",
      ready: true,
      services: { one: { ok: true, warnings: ["disk nearly full"] } },
    });
    const [shown] = app.inspect().services;
    expect(shown).toMatchObject({
      warnings: [{ message: "disk nearly full", since: expect.any(String) }],
      activities: [],
    });
    await app.clock.advance("5s");
    warning.cancel();
    warning.cancel();
    expect(await app.health()).toMatchObject({ status: "alive" });
    expect(app.inspect().services[0]).not.toHaveProperty("warnings");
    expect(app.facts.of("warning.raised")).toMatchObject([{ path: "one", message: "disk nearly full" }]);
    expect(app.facts.of("warning.cleared")).toMatchObject([{ path: "one", message: "disk nearly full", ms: 5_000 }]);
  });

  it("is one however often the same is said", async () => {
    const one = given();
    await using app = await testApp({ providers: { one } });
    expect(warn(one, "slow")).toBe(warn(one, "slow"));
    expect(warn(one, "hot")).not.toBe(warn(one, "slow"));
    expect((await app.health()).services.one?.warnings).toEqual(["slow", "hot"]);
  });

  it("ends with the run", async () => {
    const one = given();
    await using app = await testApp({ providers: { one } });
    warn(one, "slow");
    await app.restart("one" as never);
    expect((await app.health()).services.one?.warnings).toEqual([]);
    expect(app.facts.of("warning.cleared")).toHaveLength(1);
  });

  it("refuses what is no service or no message, and a service that does not run", async () => {
    const one = given();
    expect(() => warn(one, "slow")).toThrow(expect.objectContaining({ code: "PAWL_NOT_RUNNING" }));
    expect(() => warn({} as never, "slow")).toThrow(expect.objectContaining({ code: "PAWL_BAD_OPTION" }));
    expect(() => warn(one, "")).toThrow(expect.objectContaining({ code: "PAWL_BAD_OPTION" }));
  });
});
