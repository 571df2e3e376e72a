import { Kernel } from "@pawl/kernel";
import { virtualClock } from "@pawl/testing";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { illegalMoves, isShared, outOfOrder, tellings } from "./random-checks.ts";
import { type Injected, type Plan, plans, providersOf, World } from "./random-world.ts";

const timeouts = { startTimeout: "50ms", stopTimeout: "20ms", shutdownTimeout: "1s" } as const;
// One seed, so that a run tells the same every time; others were tried by the ten thousand.
const runs = { seed: Number(process.env["PAWL_SEED"] ?? 1), numRuns: Number(process.env["PAWL_RUNS"] ?? 200) };

interface Outcome {
  readonly world: World;
  readonly kernel: Kernel;
  /** Everything that somebody was told: what callers caught and what went to onError. */
  readonly told: ReadonlySet<unknown>;
  /** When the last stop had ended. */
  readonly stoppedAt: number;
}

/** Carries out a plan: starts, makes its calls, stops, and waits until nothing is left that could happen. */
async function carryOut(plan: Plan): Promise<Outcome> {
  const clock = virtualClock();
  const world = new World(clock);
  const told = new Set<unknown>();
  const kernel = new Kernel({
    ...timeouts,
    strategy: plan.strategy,
    clock,
    providers: providersOf(plan, world),
    onError: (error) => void told.add(error),
  });
  world.observe(kernel);
  const ends: Promise<unknown>[] = [];
  const caught = (promise: Promise<unknown>) => ends.push(promise.catch((error: unknown) => told.add(error)));
  caught(kernel.start());
  for (const { after, call } of plan.calls) {
    await clock.advance(after / 1_000);
    if (call === "emit") kernel.bus.emit("poke");
    else caught(kernel[call]());
  }
  await clock.advance("20ms");
  // What a service asks for during the stop may start everything again: then it is the last call.
  while (kernel.state !== "stopped" && kernel.state !== "failed") {
    caught(kernel.stop());
    await clock.advance("2s");
  }
  await Promise.all(ends);
  const stoppedAt = world.time;
  await clock.advance("10s");
  for (const error of world.caught) told.add(error);
  return { world, kernel, told, stoppedAt };
}

/** What shared dependencies crashed by: each is a crash of each of their holders. */
function crashesOfShared({ facts }: World): ReadonlySet<Injected> {
  const crashes = facts.flatMap(({ fact }) => (fact.kind === "crash" && isShared(fact.path) ? [fact.error] : []));
  return new Set(tellings(crashes).keys());
}

const property = (check: (outcome: Outcome) => Promise<void> | void) =>
  fc.assert(
    fc.asyncProperty(plans, async (plan) => check(await carryOut(plan))),
    runs,
  );

// Loads what a factory needs, which takes real time that a virtual clock does not wait for.
beforeAll(async () => {
  await using kernel = new Kernel({ providers: { factory: () => 0 } });
  await kernel.start();
});

describe("Random trees of services with random failures, delays and self-stops", () => {
  it("end stopped or failed, holding nothing, with no timer left", { timeout: 120_000 }, () =>
    property(({ kernel, world }) => {
      expect(["stopped", "failed"]).toContain(kernel.state);
      expect(kernel.inspect().services).toEqual([]);
      expect(kernel.inspect().values).toEqual([]);
      expect(world.clock.pending).toEqual([]);
    }),
  );

  it("release everything that was acquired exactly once", { timeout: 120_000 }, () =>
    property(({ world }) => {
      expect(world.held.filter(({ released }) => released.length !== 1)).toEqual([]);
    }),
  );

  it("call nothing after stop()", { timeout: 120_000 }, () =>
    property(({ world, stoppedAt }) => {
      expect(world.calls.filter(({ at }) => at > stoppedAt)).toEqual([]);
    }),
  );

  it("tell every injected failure exactly once", { timeout: 120_000 }, () =>
    property(({ world, told }) => {
      const counts = tellings(told);
      const shared = crashesOfShared(world);
      const wrong = world.thrown.filter((error) => {
        const count = counts.get(error) ?? 0;
        // The crash of a dependency is one of each of its holders, who may tell it to callers of their own.
        return shared.has(error) ? count === 0 : count !== 1;
      });
      expect(wrong.map((error) => `${error.message}: ${counts.get(error) ?? 0}`)).toEqual([]);
    }),
  );

  it("make legal moves only", { timeout: 120_000 }, () =>
    property(({ world }) => {
      expect(illegalMoves(world)).toEqual([]);
    }),
  );

  it("call onStop once for each onStart that had returned, and for no other", { timeout: 120_000 }, () =>
    property(({ world }) => {
      expect(world.calls.filter(({ what }) => what.endsWith(" onStop"))).toHaveLength(world.startsReturned);
    }),
  );

  it("stop in the reverse of the order in which things started", { timeout: 120_000 }, () =>
    property(({ world }) => {
      expect(outOfOrder(world)).toEqual([]);
    }),
  );

  it("start again, whatever had failed, and stop without a failure", { timeout: 120_000 }, () =>
    property(async ({ kernel, world }) => {
      world.healthy = true;
      await kernel.start();
      expect(kernel.state).toBe("running");
      await kernel.stop();
      expect(kernel.inspect().services).toEqual([]);
      expect(world.held.filter(({ released }) => released.length !== 1)).toEqual([]);
    }),
  );
});
