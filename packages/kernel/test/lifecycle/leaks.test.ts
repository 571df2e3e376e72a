import { Kernel, Service } from "@pawl/kernel";
import { describe, expect, it } from "vitest";
import { collectGarbage } from "./collected.ts";
import { CountingClock } from "./counting-clock.ts";

const services = 1_000;
const rounds = 50;
const roundsPerSample = 5;

/** Fewer bytes than the smallest object takes. */
const smallest = 16;

/**
 * How much a heap grows from one sample to the next, as a rule: the median, since compiled code, maps and the runner make
 * it grow by a lot now and then, while a leak adds to every sample.
 */
function usualGrowth(heaps: readonly number[]): number {
  const steps = heaps.slice(1).map((heap, i) => heap - (heaps[i] as number));
  return steps.sort((a, b) => a - b)[Math.floor(steps.length / 2)] as number;
}

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
      if (round % roundsPerSample === roundsPerSample - 1) heaps.push(await heapAfterCollection());
    }
    // The test runner has a few of its own that come and go.
    expect(process.getActiveResourcesInfo().length - before).toBeLessThan(10);
    expect(usualGrowth(heaps)).toBeLessThan(smallest * services * roundsPerSample);
  });

  it("a leak of one small object each would be seen", async () => {
    const kept: object[] = [];
    const heaps: number[] = [];
    for (let sample = 0; sample < 6; sample++) {
      for (let i = 0; i < services; i++) kept.push({ nr: i });
      heaps.push(await heapAfterCollection());
    }
    expect(usualGrowth(heaps)).toBeGreaterThan(smallest * services);
    expect(kept).toHaveLength(6 * services);
  });

  it("children adopted and stopped 20 000 times by one service", { timeout: 60_000 }, async () => {
    class Shop extends Service {}
    const shop = new Shop();
    const kernel = new Kernel({ providers: { shop } });
    await kernel.start();
    const perSample = 2_500;
    const heaps: number[] = [];
    for (let sample = 0; sample < 8; sample++) {
      for (let i = 0; i < perSample; i++) {
        const child = await shop.adopt(new Child());
        await child.stop();
      }
      heaps.push(await heapAfterCollection());
    }
    expect(usualGrowth(heaps)).toBeLessThan(smallest * perSample);
    expect(kernel.inspect().services[0]).toMatchObject({ children: [], resources: [], activities: [] });
    await kernel.stop();
  });
});
