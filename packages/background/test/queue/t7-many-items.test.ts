import { type QueueItem, queue } from "@pawl/background";
import { Kernel, Service } from "@pawl/kernel";
import { isCollected } from "@pawl/testing";
import { describe, expect, it } from "vitest";

class One extends Service {}

async function running() {
  const one = new One();
  const kernel = await new Kernel({ providers: { one } }).start();
  return { one, kernel };
}

/** Milliseconds that it takes to push and work off `n` items. */
async function timeFor(n: number, priorityOf: (n: number) => number): Promise<number> {
  const { one, kernel } = await running();
  const jobs = queue(one, async () => {}, { capacity: Number.POSITIVE_INFINITY, concurrency: 8 });
  const began = performance.now();
  for (let i = 0; i < n; i++) jobs.push(i, { priority: priorityOf(i) });
  await jobs.onIdle();
  const took = performance.now() - began;
  await kernel.stop();
  return took;
}

describe("T7 100 000 items", () => {
  it.each<[string, (n: number) => number]>([
    ["of one priority", () => 0],
    ["of ten priorities", (n) => n % 10],
  ])("%s take time in proportion", { timeout: 60_000 }, async (_what, priorityOf) => {
    const few: number[] = [];
    for (let round = 0; round < 5; round++) few.push(await timeFor(10_000, priorityOf));
    const many = await timeFor(100_000, priorityOf);
    // Ten times as many: quadratic would be a hundred times as long. The machine may be busy with other things.
    expect(many / (few.sort((a, b) => a - b)[2] as number)).toBeLessThan(50);
  });

  it("can be cancelled from the middle in linear time", { timeout: 60_000 }, async () => {
    const { one, kernel } = await running();
    const jobs = queue(one, () => {}, { capacity: Number.POSITIVE_INFINITY });
    jobs.pause();
    const cancelAll = (n: number) => {
      const items = Array.from({ length: n }, (_, i) => jobs.push(i));
      const began = performance.now();
      for (let i = 0; i < n; i++) items[(i * 7_919) % n]?.cancel();
      return performance.now() - began;
    };
    const few = Array.from({ length: 5 }, () => cancelAll(10_000)).sort((a, b) => a - b)[2] as number;
    expect(cancelAll(100_000) / few).toBeLessThan(50);
    expect(jobs.size).toBe(0);
    await kernel.stop();
  });

  it("leave nothing behind", { timeout: 60_000 }, async () => {
    const { one, kernel } = await running();
    const values: WeakRef<object>[] = [];
    const jobs = queue(one, (_item: { n: number }, { attempt }) => void (attempt === 1 && Promise.resolve()), {
      capacity: Number.POSITIVE_INFINITY,
      overflow: "wait",
      unique: (item) => item,
    });
    const collected = await isCollected(async () => {
      for (let n = 0; n < 100_000; n++) {
        const item = { n };
        if (n % 1_000 === 0) values.push(new WeakRef(item));
        const pushed = jobs.push(item);
        if (n % 3 === 0) pushed.cancel();
      }
      await jobs.onIdle();
      return values.map((ref) => ref.deref()).filter((item) => item !== undefined);
    });
    expect(collected).toBe(true);
    expect(values).toHaveLength(100);
    expect(kernel.inspect().services[0]).toMatchObject({ inFlight: [], activities: [{ size: 0, running: 0 }] });
    await kernel.stop();
  });

  it("that never wait for anything let the event loop turn", async () => {
    const { one, kernel } = await running();
    let calls = 0;
    const jobs = queue(one, () => {
      calls++;
      if (turned === undefined) jobs.push(1);
    });
    let turned: number | undefined;
    setImmediate(() => {
      turned = calls;
    });
    jobs.push(1);
    await jobs.onIdle();
    expect(turned).toBeGreaterThan(0);
    await kernel.stop();
  });
});

describe("T7 S6 After a stop nothing refers to the service", () => {
  it("neither its queue nor an item that somebody keeps", async () => {
    const kept: QueueItem<unknown>[] = [];
    // An error keeps all that was on the stack where it was made.
    const failure = new Error("no");
    const run = async () => {
      const { one, kernel } = await running();
      const jobs = queue(one, (n: number) => (n === 2 ? Promise.reject(failure) : n));
      kept.push(jobs.push(1), jobs.push(2), jobs.push(3));
      kept[2]?.cancel();
      await Promise.allSettled(kept);
      await kernel.stop();
      return [one, kernel];
    };
    expect(await isCollected(run)).toBe(true);
    expect(kept.map(({ state }) => state)).toEqual(["succeeded", "failed", "cancelled"]);
  });
});
