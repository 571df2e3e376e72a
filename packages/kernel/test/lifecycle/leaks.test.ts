import { Kernel, Service } from "@pawl/kernel";
import { describe, expect, it } from "vitest";
import { collectGarbage } from "./collected.ts";
import { CountingClock } from "./counting-clock.ts";

const services = 1_000;
const rounds = 50;

/** What a heap may grow by from compiled code, maps and the runner alone: one small object each would be more. */
const noise = 1_000_000;

class Child extends Service {
  override onStart() {
    this.timeout(() => {}, "1h");
  }
}

/** One of each: a timer, a listener, a cleanup; every tenth has a child, every twentieth a task. */
class Worker extends Service {
  readonly #nr: number;

  constructor(nr: number) {
    super();
    this.#nr = nr;
  }

  override async onStart() {
    this.interval(() => {}, "1h");
    this.listen("paid", () => {});
    this.addCleanup(() => {});
    if (this.#nr % 10 === 0) await this.adopt(new Child());
    if (this.#nr % 20 === 0) {
      this.spawn(async () => {
        await this.sleep("1h");
      });
    }
  }

  override async onStop() {
    await Promise.resolve();
  }
}

/** Instances, which every run uses again, and factories, which it calls anew. */
function manyProviders() {
  const entries = Array.from({ length: services }, (_, nr) => {
    const entry = nr % 2 === 0 ? new Worker(nr) : () => new Worker(nr);
    return [`worker${nr}`, entry] as const;
  });
  return Object.fromEntries(entries);
}

async function heapAfterCollection(): Promise<number> {
  await collectGarbage();
  return process.memoryUsage().heapUsed;
}

// Real time and no recorders: what a virtual clock or a recorder keeps would be measured too.
describe("S6 Starting and stopping leaks nothing", () => {
  it("an app of 1 000 services, 50 times: heap and handles stay flat", { timeout: 60_000 }, async () => {
    const clock = new CountingClock();
    const kernel = new Kernel({ clock, providers: manyProviders() });
    const before = process.getActiveResourcesInfo().length;
    const heaps: number[] = [];
    for (let round = 0; round < rounds; round++) {
      await kernel.start();
      kernel.bus.emit("paid");
      await kernel.stop();
      expect(clock.live).toBe(0);
      // What code is compiled and what maps grow to is settled by then.
      if (round % 10 === 9) heaps.push(await heapAfterCollection());
    }
    // The test runner has a few of its own that come and go.
    expect(process.getActiveResourcesInfo().length - before).toBeLessThan(10);
    const [first = 0, ...later] = heaps;
    expect(Math.max(...later) - first).toBeLessThan(noise);
  });

  it("children adopted and stopped 20 000 times by one service", { timeout: 60_000 }, async () => {
    class Shop extends Service {}
    const shop = new Shop();
    const kernel = new Kernel({ providers: { shop } });
    await kernel.start();
    const adopt = async (times: number) => {
      for (let i = 0; i < times; i++) {
        const child = await shop.adopt(new Child());
        await child.stop();
      }
      return heapAfterCollection();
    };
    const first = await adopt(5_000);
    const last = await adopt(15_000);
    expect(last - first).toBeLessThan(noise);
    expect(kernel.inspect().services[0]).toMatchObject({ children: [], resources: [], activities: [] });
    await kernel.stop();
  });
});
