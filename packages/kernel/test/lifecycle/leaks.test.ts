import { Kernel, Service } from "@pawl/kernel";
import { isCollected } from "@pawl/testing";
import { describe, expect, test } from "vitest";

class Child extends Service {
  override onStart() {
    this.interval(() => {}, "1h");
  }
}

class Busy extends Service {
  override async onStart() {
    this.interval(() => {}, "1m");
    this.timeout(() => {}, "1h");
    this.listen("order:*", async () => {});
    this.listen("order:paid", () => {});
    this.addCleanup(() => {});
    this.spawn(async ({ signal }) => {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
    });
    await this.adopt(new Child());
  }
}

const heapUsed = () => {
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
};
const timers = () =>
  process.getActiveResourcesInfo().filter((kind) => kind === "Timeout" || kind === "Immediate").length;

describe("S6 after stop nothing is left", () => {
  test("heap and active handles stay flat over 50 runs of an app of 1 000 services", { timeout: 120_000 }, async () => {
    const providers = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`busy${i}`, Busy]));
    const kernel = new Kernel({ providers });
    const run = async () => {
      await kernel.start();
      kernel.bus.emit("order:paid", { id: "1" });
      await kernel.stop();
    };
    const before = timers();
    // The first runs warm up caches and compiled code.
    for (let i = 0; i < 10; i++) await run();
    const early = heapUsed();
    for (let i = 0; i < 40; i++) await run();
    const late = heapUsed();
    expect(timers()).toBeLessThanOrEqual(before);
    expect(kernel.inspect().services).toEqual([]);
    expect(kernel.inspect().events).toEqual([]);
    // 40 runs that kept as little as one small object for each service would be above this.
    expect(late - early).toBeLessThan(2_000_000);
  });

  test("a kernel and its services are collected after a stop, a crash and a failed start", async () => {
    class Crashing extends Service {
      override onStart() {
        this.spawn(async () => {
          throw new Error("boom");
        });
      }
    }
    class Refusing extends Service {
      override onStart() {
        throw new Error("no");
      }
    }
    const collected = await isCollected(async () => {
      const stopped = new Kernel({ providers: { busy: Busy, value: () => ({ close() {} }) } });
      await stopped.start();
      const busy = stopped.service("busy");
      await stopped.stop();
      const crashed = new Kernel({ providers: { busy: Busy, crashing: Crashing }, onError: () => {} });
      await crashed.start();
      await crashed.wait().catch(() => {});
      const failed = new Kernel({ providers: { busy: Busy, refusing: Refusing } });
      await failed.start().catch(() => {});
      return [stopped, busy, crashed, failed];
    });
    expect(collected).toBe(true);
  });

  test("an async context that outlives its run keeps nothing of it alive", async () => {
    let release: (() => void) | undefined;
    let outside: Promise<void> | undefined;
    class Starter extends Service {
      override onStart() {
        // Begun in the context of this onStart, and still pending long after the stop.
        outside = new Promise<void>((resolve) => {
          release = resolve;
        }).then(() => {});
      }
    }
    const collected = await isCollected(async () => {
      const kernel = new Kernel({ providers: { starter: Starter } });
      await kernel.start();
      const starter = kernel.service("starter");
      await kernel.stop();
      return [kernel, starter];
    });
    expect(collected).toBe(true);
    release?.();
    await outside;
  });
});
