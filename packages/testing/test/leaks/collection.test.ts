import { Kernel, Service } from "@pawl/kernel";
import { createTestApp, isCollected, testApp, virtualClock } from "@pawl/testing";
import { describe, expect, test } from "vitest";

class Busy extends Service {
  override async onStart() {
    this.interval(() => {}, "60s");
    this.listen("paid", () => {});
    this.spawn(this.wait);
    await this.adopt(new (class Child extends Service {})());
  }
  async wait() {
    await this.sleep("1h");
  }
}

describe("isCollected", () => {
  test("is true of what nobody holds", async () => {
    expect(await isCollected(() => ({ big: new Array(1_000) }))).toBe(true);
    expect(await isCollected(async () => [{}, new Map(), () => {}])).toBe(true);
  });

  test("is false of what somebody holds, though it be one of many", async () => {
    const held = { kept: true };
    expect(await isCollected(() => held)).toBe(false);
    expect(await isCollected(() => [{}, held])).toBe(false);
    expect(held.kept).toBe(true);
  });

  test("detects a kernel that is retained after its stop", async () => {
    const retained: unknown[] = [];
    const kernelOf = async (retain: boolean) => {
      const busy = new Busy();
      const kernel = new Kernel({ providers: { busy } });
      await kernel.start();
      if (retain) process.once("SIGUSR2", () => retained.push(kernel));
      await kernel.stop();
      return [kernel, busy];
    };
    expect(await isCollected(() => kernelOf(true))).toBe(false);
    process.removeAllListeners("SIGUSR2");
    expect(await isCollected(() => kernelOf(false))).toBe(true);
  });

  test("detects a kernel that is up on the clock of the machine", async () => {
    let stop: (() => Promise<void>) | undefined;
    const up = async () => {
      const kernel = await new Kernel({ providers: { busy: new Busy() } }).start();
      // Stops it without holding it more strongly than its own timers do.
      const weak = new WeakRef(kernel);
      stop = async () => weak.deref()?.stop();
      return kernel;
    };
    expect(await isCollected(up)).toBe(false);
    await stop?.();
  });
});

describe("S6 the testing kit", () => {
  test("holds no test app that has stopped", async () => {
    const stopped = async () => {
      const busy = new Busy();
      const app = await testApp({ providers: { busy } });
      await app.clock.advance("5m");
      await app.stop();
      return [app, busy, app.clock, app.events, app.facts];
    };
    expect(await isCollected(stopped)).toBe(true);
  });

  test("holds no test app that was disposed of, and none that was never started", async () => {
    const disposed = async () => {
      await using app = await testApp({ providers: { busy: new Busy() } });
      return app;
    };
    expect(await isCollected(disposed)).toBe(true);
    expect(await isCollected(() => createTestApp({ providers: { busy: new Busy() } }))).toBe(true);
  });

  test("holds no clock that nobody advances", async () => {
    const stalled = () => {
      const clock = virtualClock({ warnAfter: "10m" });
      clock.setTimer(() => {}, 1_000);
      return clock;
    };
    expect(await isCollected(stalled)).toBe(true);
  });
});
