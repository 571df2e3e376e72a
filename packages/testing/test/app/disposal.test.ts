import { type Kernel, Service } from "@pawl/kernel";
import { createTestApp, testApp } from "@pawl/testing";
import { describe, expect, test } from "vitest";

/** What disposing of an app throws; undefined where all is well. */
async function disposalOf(app: AsyncDisposable): Promise<unknown> {
  try {
    await app[Symbol.asyncDispose]();
    return undefined;
  } catch (error) {
    return error;
  }
}

const breaks = () => {
  throw new Error("listener broke");
};

describe("disposing of a test app", () => {
  test("stops it, and does nothing the second time", async () => {
    const app = await testApp({ providers: { a: class A extends Service {} } });
    expect(await disposalOf(app)).toBeUndefined();
    expect(app.state).toBe("stopped");
    expect(await disposalOf(app)).toBeUndefined();
    expect(app.facts.of("kernel.stopped").length).toBe(1);
  });

  test("leaves one alone that was never started, and one whose start has failed", async () => {
    expect(await disposalOf(createTestApp())).toBeUndefined();
    class Broken extends Service {
      override onStart() {
        throw new Error("no database");
      }
    }
    const app = createTestApp({ providers: { broken: Broken } });
    await expect(app.start()).rejects.toThrow("no database");
    expect(await disposalOf(app)).toBeUndefined();
    expect(app.state).toBe("failed");
  });

  test("takes back a start that is under way", async () => {
    class Slow extends Service {
      override async onStart() {
        await this.sleep("20s");
      }
    }
    const app = createTestApp({ providers: { slow: new Slow() } });
    const aborted = expect(app.start()).rejects.toMatchObject({ code: "PAWL_START_ABORTED" });
    expect(await disposalOf(app)).toBeUndefined();
    await aborted;
    expect(app.clock.now()).toBe(0);
  });

  test("advances the clock where the stop waits for it, and no further", async () => {
    class Flushing extends Service {
      override async onStop() {
        await this.sleep("2s");
        await this.sleep("3s");
      }
    }
    const app = await testApp({ providers: { flushing: new Flushing() } });
    expect(await disposalOf(app)).toBeUndefined();
    expect(app.clock.now()).toBe(5_000);
  });

  test("ends also where something hangs, and throws the StopError that names it", async () => {
    class Hanging extends Service {
      override onStart() {
        this.spawn(this.poll);
      }
      poll() {
        return new Promise(() => {});
      }
    }
    const app = await testApp({ providers: { hanging: new Hanging() }, stopTimeout: "7s" });
    expect(await disposalOf(app)).toMatchObject({
      code: "PAWL_STOP_FAILED",
      errors: [expect.objectContaining({ code: "PAWL_ABANDONED", path: "hanging" })],
    });
    expect(app.clock.now()).toBe(7_000);
  });

  test("gives real work its time before a virtual deadline cuts it", async () => {
    let closed = false;
    class Real extends Service {
      override async onStop() {
        await new Promise((resolve) => setTimeout(resolve, 60));
        closed = true;
      }
    }
    const app = await testApp({ providers: { real: new Real() } });
    expect(await disposalOf(app)).toBeUndefined();
    expect(closed).toBe(true);
    expect(app.clock.now()).toBe(0);
  });

  test("waits for an advance that the test has not awaited", async () => {
    class Ticking extends Service {
      ticks = 0;
      override onStart() {
        this.interval(() => this.ticks++, "1s");
      }
    }
    const ticking = new Ticking();
    const app = await testApp({ providers: { ticking } });
    const advanced = app.clock.advance("3s");
    expect(await disposalOf(app)).toBeUndefined();
    await advanced;
  });

  test("throws the errors that the test never looked at", async () => {
    const app = await testApp();
    app.bus.on("paid", breaks);
    app.bus.emit("paid", { id: 1 });
    app.bus.emit("paid", { id: 1 });
    const error = await disposalOf(app);
    expect(error).toMatchObject({
      code: "PAWL_TEST_UNSEEN_ERRORS",
      errors: [
        expect.objectContaining({ path: "app", cause: new Error("listener broke") }),
        expect.objectContaining({ message: expect.stringContaining('app: listener of "paid": Error: listener broke') }),
      ],
      cause: new Error("listener broke"),
      message: expect.stringContaining("2 errors went to onError and the test never looked"),
    });
    expect((error as Error).message).toContain('app: listener of "paid": Error: listener broke');
    expect(await disposalOf(app)).toBeUndefined();
  });

  test("counts reading app.errors as looking, but only at what is in it by then", async () => {
    const app = await testApp();
    app.bus.on("paid", breaks);
    app.bus.emit("paid", { id: 1 });
    expect(app.errors.length).toBe(1);
    app.bus.emit("paid", { id: 1 });
    expect(await disposalOf(app)).toMatchObject({ errors: [{ cause: new Error("listener broke") }] });
  });

  test("throws an error that comes during the stop, which no test could have looked at", async () => {
    class Chatty extends Service {
      override onStop() {
        this.emit("heard");
      }
    }
    const app = await testApp({ providers: { chatty: new Chatty() } });
    app.bus.on("heard", breaks);
    expect(await disposalOf(app)).toMatchObject({
      code: expect.stringMatching(/^PAWL_(TEST_UNSEEN_ERRORS|STOP_FAILED)$/),
    });
  });

  test("tells several problems together", async () => {
    class Bad extends Service {
      override onStop() {
        throw new Error("stop broke");
      }
    }
    const app = await testApp({ name: "shop", providers: { bad: new Bad() } });
    app.bus.on("paid", breaks);
    app.bus.emit("paid", { id: 1 });
    const error = await disposalOf(app);
    expect(error).toMatchObject({
      code: "PAWL_TEST_DISPOSE_FAILED",
      errors: [
        expect.objectContaining({ code: "PAWL_STOP_FAILED" }),
        expect.objectContaining({ code: "PAWL_TEST_UNSEEN_ERRORS" }),
      ],
    });
    expect((error as Error).message).toContain("bad: onStop failed: stop broke");
  });

  test("throws what was left behind", async () => {
    const app = await testApp({}, { leaks: { patience: "50ms" } });
    const interval = setInterval(() => {}, 60_000);
    app.clock.setTimer(() => {}, 5_000, "a forgotten wait");
    const error = await disposalOf(app);
    clearInterval(interval);
    expect(error).toMatchObject({ code: "PAWL_TEST_LEAK" });
    expect((error as Error).message).toContain("timer: a forgotten wait, due in 5000 ms of virtual time");
    expect((error as Error).message).toMatch(/resource: Timeout, set at .*disposal\.test\.ts:\d+/);
  });

  test("does not look for leaks where that is asked for", async () => {
    const app = await testApp({}, { leaks: false });
    app.clock.setTimer(() => {}, 5_000);
    expect(await disposalOf(app)).toBeUndefined();
  });

  test("leaves the process to the last app that ends", async () => {
    const outer = await testApp({ name: "outer" }, { leaks: { patience: "50ms" } });
    const inner = await testApp({ name: "inner" }, { leaks: { patience: "50ms" } });
    const interval = setInterval(() => {}, 60_000);
    expect(await disposalOf(inner)).toBeUndefined();
    const error = await disposalOf(outer);
    clearInterval(interval);
    expect(error).toMatchObject({ code: "PAWL_TEST_LEAK" });
  });

  test("works for a kernel that was started again", async () => {
    const app: Kernel = await testApp({ providers: { a: class A extends Service {} } });
    await app.stop();
    await app.start();
    expect(await disposalOf(app)).toBeUndefined();
    expect(app.state).toBe("stopped");
  });
});
