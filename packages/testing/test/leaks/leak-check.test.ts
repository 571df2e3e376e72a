import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { Worker as Thread } from "node:worker_threads";
import { Kernel, Service } from "@pawl/kernel";
import { createTestApp, leakCheck, virtualClock } from "@pawl/testing";
import { describe, expect, test } from "vitest";

const quick = { patience: "50ms" } as const;

class Busy extends Service {
  override async onStart() {
    this.interval(() => {}, "60s");
    this.listen("paid", () => {});
    this.listen("order:*", () => {});
    await this.adopt(new Worker());
  }
}

class Worker extends Service {
  override onStart() {
    this.timeout(() => {}, "60s");
    this.addCleanup(() => {});
  }
}

const providers = () => ({ busy: new Busy(), value: () => ({ plain: true }) });

describe("a leak check", () => {
  test("finds nothing after a kernel has stopped, on real time", async () => {
    const check = leakCheck();
    const kernel = new Kernel({ providers: providers() });
    await kernel.start();
    kernel.bus.on("paid", () => {});
    await kernel.stop();
    expect(await check.find(kernel)).toEqual([]);
  });

  test("finds nothing after a kernel has stopped, on virtual time", async () => {
    const check = leakCheck();
    const clock = virtualClock();
    const kernel = new Kernel({ providers: providers(), clock });
    await kernel.start();
    await clock.advance("5m");
    await kernel.stop();
    await check.expectNone(kernel, clock);
  });

  test("finds nothing after a failed start", async () => {
    class Broken extends Service {
      override onStart() {
        this.interval(() => {}, "60s");
        throw new Error("no database");
      }
    }
    const check = leakCheck();
    const kernel = new Kernel({ providers: { ...providers(), broken: new Broken() } });
    await expect(kernel.start()).rejects.toThrow("no database");
    await check.expectNone(kernel);
  });

  test("detects a kernel that is up, with all that it holds", async () => {
    const check = leakCheck(quick);
    const clock = virtualClock();
    const kernel = new Kernel({ providers: providers(), clock });
    await kernel.start();
    const leaks = await check.find(kernel, clock);
    expect(leaks).toEqual([
      { kind: "kernel", what: "app is still running; await its stop()" },
      { kind: "service", what: "busy" },
      { kind: "service", what: "busy/worker" },
      { kind: "value", what: "value" },
      { kind: "listener", what: 'busy: listener of "paid"' },
      { kind: "listener", what: 'busy: listener of "order:*"' },
      { kind: "timer", what: 'busy: interval "anonymous", due in 60000 ms of virtual time' },
      { kind: "timer", what: 'busy/worker: timeout "anonymous", due in 60000 ms of virtual time' },
    ]);
    await kernel.stop();
    expect(await check.find(kernel, clock)).toEqual([]);
  });

  test("detects the timers of a running kernel on real time", async () => {
    const check = leakCheck(quick);
    const kernel = new Kernel({ providers: { busy: new Busy() } });
    await kernel.start();
    const leaks = await check.find();
    expect(leaks.map(({ what }) => what)).toEqual([
      expect.stringMatching(/^Timeout, set at .*/),
      expect.stringMatching(/^Timeout, set at .*/),
    ]);
    await kernel.stop();
    await check.expectNone();
  });

  test("detects a forgotten virtual timer", async () => {
    const check = leakCheck(quick);
    const clock = virtualClock();
    const cancel = clock.setTimer(() => {}, 5_000, "a forgotten wait");
    expect(await check.find(clock)).toEqual([
      { kind: "timer", what: "a forgotten wait, due in 5000 ms of virtual time" },
    ]);
    cancel();
    await check.expectNone(clock);
  });

  test("detects a raw setInterval, and says where it was set", async () => {
    const check = leakCheck(quick);
    const interval = setInterval(() => {}, 60_000);
    expect(await check.find()).toEqual([
      { kind: "resource", what: expect.stringMatching(/^Timeout, set at .*leak-check\.test\.ts:\d+:\d+$/) },
    ]);
    clearInterval(interval);
    await check.expectNone();
  });

  test("lets timers be that were there before, that have ended, and that hold nothing open", async () => {
    const before = setInterval(() => {}, 60_000);
    const check = leakCheck(quick);
    setInterval(() => {}, 60_000).unref();
    clearTimeout(setTimeout(() => {}, 60_000));
    const fired = new Promise<void>((resolve) => setTimeout(resolve, 1));
    await fired;
    expect(await check.find()).toEqual([]);
    clearInterval(before);
    // One that went does not make up for one that came.
    const after = setInterval(() => {}, 60_000);
    expect((await check.find()).length).toBe(1);
    clearInterval(after);
  });

  test("detects a worker thread until it has ended, also one that holds nothing open", async () => {
    const check = leakCheck(quick);
    const thread = new Thread("setInterval(() => {}, 1_000)", { eval: true });
    thread.unref();
    expect(await check.find()).toContainEqual({ kind: "resource", what: "Worker" });
    const ended = once(thread, "exit");
    void thread.terminate();
    await ended;
    await check.expectNone();
  });

  test("waits for what ends by itself", async () => {
    const check = leakCheck();
    const ended = new Promise<void>((resolve) => setTimeout(resolve, 30));
    await check.expectNone();
    await ended;
  });

  test("detects a handler left on the process", async () => {
    const check = leakCheck(quick);
    const handler = () => {};
    process.on("SIGUSR2", handler);
    process.on("beforeExit", handler);
    const leaks = await check.find();
    process.off("SIGUSR2", handler);
    process.off("beforeExit", handler);
    expect(leaks.filter(({ kind }) => kind === "handler").map(({ what }) => what)).toEqual([
      "process.on: SIGUSR2",
      "process.on: beforeExit",
    ]);
    await check.expectNone();
  });

  test("detects a server that listens", async () => {
    const check = leakCheck(quick);
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    expect(await check.find()).toEqual([{ kind: "resource", what: "TCPServerWrap" }]);
    server.close();
    await check.expectNone();
  });

  test("detects a child process", async () => {
    const check = leakCheck(quick);
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
    const exited = once(child, "exit");
    expect(await check.find()).toEqual([{ kind: "resource", what: "ProcessWrap" }]);
    child.kill("SIGKILL");
    await exited;
    await check.expectNone();
  });

  test("names everything in one error", async () => {
    const check = leakCheck(quick);
    const clock = virtualClock();
    const app = createTestApp({ name: "shop", clock, providers: { busy: new Busy() } });
    await app.start();
    await expect(check.expectNone(app)).rejects.toMatchObject({
      code: "PAWL_TEST_LEAK",
      message: expect.stringContaining("\n  - service: busy/worker"),
      errors: expect.arrayContaining([
        expect.objectContaining({ message: "kernel: shop is still running; await its stop()" }),
      ]),
    });
    await app.stop();
    await check.expectNone(app, clock);
  });
});
