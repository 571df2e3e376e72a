import { type CrashError, provide, type Service, type Strategy, type SuperviseOptions } from "@pawl/kernel";
import { createTestApp } from "@pawl/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Actor } from "../lifecycle/actor.ts";
import { type NodePlan, SupervisorModel } from "./supervisor-model.ts";

const runs = { seed: Number(process.env["PAWL_SEED"] ?? 1), numRuns: Number(process.env["PAWL_RUNS"] ?? 300) };

const strategies: readonly Strategy[] = ["one-for-one", "rest-for-one", "one-for-all"];

const policies = ["never", "on-failure", "on-failure", "on-failure", "always", "always"] as const;

const nodePlan = (children: fc.Arbitrary<NodePlan[]>): fc.Arbitrary<NodePlan> =>
  fc.record({
    restart: fc.constantFrom(...policies),
    maxRestarts: fc.integer({ min: 0, max: 4 }),
    within: fc.constantFrom(500, 2_000, 5_000),
    backoff: fc.constantFrom(0, 100, 200),
    strategy: fc.constantFrom(...strategies),
    // The first start succeeds: what fails there is no matter of supervision.
    failingStarts: fc.array(fc.integer({ min: 2, max: 6 }), { maxLength: 2 }),
    children,
  });
const leaf = nodePlan(fc.constant([]));
const middle = nodePlan(fc.array(leaf, { maxLength: 3 }));
const provider = nodePlan(fc.array(fc.oneof(leaf, middle), { maxLength: 2 }));

interface Step {
  /** Milliseconds since the step before, in hundreds. */
  readonly after: number;
  readonly what: "crash" | "stop" | "stop itself";
  /** Which of the services of the tree. */
  readonly who: number;
}

const plans = fc.record({
  strategy: fc.constantFrom(...strategies),
  providers: fc.array(provider, { minLength: 1, maxLength: 3 }),
  steps: fc.array(
    fc.record<Step>({
      after: fc.integer({ min: 0, max: 12 }),
      what: fc.constantFrom("crash", "crash", "crash", "crash", "stop", "stop itself"),
      who: fc.nat(),
    }),
    { minLength: 10, maxLength: 40 },
  ),
});

function optionsOf({ restart, maxRestarts, within, backoff }: NodePlan): SuperviseOptions {
  const waits = { initial: `${backoff}ms`, max: `${backoff * 4}ms`, jitter: 0 } as const;
  return { restart, maxRestarts, within: `${within}ms`, backoff: backoff > 0 && waits };
}

/** A service that plays a plan; it adopts the same children at each start. */
function play(name: string, plan: NodePlan, path: string, all: Map<string, Service>): Service {
  class Node extends Actor {
    static override readonly strategy = plan.strategy;
  }
  let starts = 0;
  const children = plan.children.map((child, i) => play(`c${i}`, child, `${path}/c${i}`, all));
  const node = new Node({
    name,
    async onStart() {
      starts++;
      const nr = starts;
      for (const [i, child] of children.entries()) await this.adopt(child, optionsOf(plan.children[i] as NodePlan));
      if (plan.failingStarts.includes(nr)) throw new Error(`start ${nr} of ${path}`);
    },
  });
  all.set(path, node);
  return node;
}

/** The paths of the services that run. */
function running(services: readonly { path: string; state: string; children: readonly never[] }[]): string[] {
  return services.flatMap(({ path, state, children }) => [
    ...(state === "running" ? [path] : []),
    ...running(children),
  ]);
}

const totals = { restarts: 0, escalations: 0 };

test(
  "random crashes under random policies: the supervisors do as a small model of them does",
  { timeout: 120_000 },
  () =>
    fc
      .assert(
        fc.asyncProperty(plans, async ({ strategy, providers, steps }) => {
          const services = new Map<string, Service>();
          const entries = providers.map((plan, i) => {
            const name = `s${i}`;
            return [name, provide(play(name, plan, name, services), optionsOf(plan))] as const;
          });
          await using app = createTestApp({ strategy, providers: Object.fromEntries(entries) });
          await app.start();
          const crash = app.wait().then(
            () => undefined,
            (error: CrashError) => error.cause as Error,
          );
          const crashes: string[] = [];
          const model = new SupervisorModel(strategy, providers);
          const paths = [...services.keys()].toSorted();
          const look = () => ({
            up: model.up,
            restarts: model.restarts,
            escalations: model.escalations,
            stopped: model.stopped,
          });
          const seen = () => ({
            up: running(app.inspect().services as never).toSorted(),
            restarts: app.facts.of("restart").map(({ path }) => path),
            escalations: app.facts.of("escalation").map(({ path, to }) => `${path} → ${to}`),
            stopped: app.state === "stopped",
          });
          let at = 0;
          for (const [i, { after, what, who }] of steps.entries()) {
            // Each step has milliseconds of its own, and waits are whole hundreds: no two things are due at once.
            at = Math.ceil(at / 100) * 100 + after * 100 + i + 1;
            model.advance(at);
            await app.clock.advance(`${at - app.clock.now()}ms`);
            expect(seen()).toEqual(look());
            const path = paths[who % paths.length] as string;
            const service = services.get(path) as Service;
            if (what === "crash") {
              if (!service.signal.aborted) {
                service.fail(new Error(`step ${i}`));
                crashes.push(`step ${i}`);
              }
              model.crash(path);
            } else if (what === "stop itself") {
              if (!service.signal.aborted) service.spawn(() => service.stop());
              model.stop(path, true);
            } else {
              await service.stop();
              model.stop(path, false);
            }
            await app.clock.settle();
            // What waits for no time at all has come up again by then.
            model.advance(at);
            expect(seen()).toEqual(look());
          }
          model.advance(at + 60_000);
          await app.clock.advance("1m");
          expect(seen()).toEqual(look());
          // Each crash is told once: to onError where it was answered by a restart, else to wait().
          const told = app.errors.map(({ error }) => (error as Error).message);
          if (model.stopped) told.push((await crash)?.message ?? "");
          expect(told.filter((message) => message.startsWith("step")).toSorted()).toEqual(crashes.toSorted());
          totals.restarts += model.restarts.length;
          totals.escalations += model.escalations.length;
        }),
        runs,
      )
      .then(() => {
        // The plans are not so tame that nothing is tried.
        expect(totals.restarts).toBeGreaterThan(2 * runs.numRuns);
        expect(totals.escalations).toBeGreaterThan(runs.numRuns / 2);
      }),
);
