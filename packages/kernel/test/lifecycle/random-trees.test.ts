import { type Fact, Kernel, PawlError, Service, type State } from "@pawl/kernel";
import { type VirtualClock, virtualClock } from "@pawl/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { legalMoves } from "../../src/lifecycle/state.ts";

/** What one service of a random tree does. Times are in milliseconds of virtual time. */
interface Spec {
  readonly startDelay: number;
  readonly stopDelay: number;
  readonly startFails: boolean;
  readonly readyFails: boolean;
  readonly stopFails: boolean;
  readonly taskFails: boolean;
  readonly tickFails: boolean;
  /** Stops itself this long after it started. */
  readonly selfStop: number | undefined;
  /** The release of each takes this long, and fails where it is odd. */
  readonly resources: readonly number[];
  readonly children: readonly Spec[];
}

const rarely = fc.integer({ min: 0, max: 11 }).map((n) => n === 0);
const delay = fc.constantFrom(0, 0, 5, 20);
const specOf = (children: fc.Arbitrary<readonly Spec[]>): fc.Arbitrary<Spec> =>
  fc.record({
    startDelay: delay,
    stopDelay: delay,
    startFails: rarely,
    readyFails: rarely,
    stopFails: rarely,
    taskFails: rarely,
    tickFails: rarely,
    selfStop: fc.option(fc.constantFrom(0, 15, 60), { freq: 8, nil: undefined }),
    resources: fc.array(fc.constantFrom(0, 0, 4, 7), { maxLength: 3 }),
    children,
  });
const leaf = specOf(fc.constant([]));
const branch = specOf(fc.array(leaf, { maxLength: 3 }));
const tree = specOf(fc.array(branch, { maxLength: 2 }));
const stages = fc.array(fc.array(tree, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 });

/** What happened in one run of a kernel over a random tree. */
class World {
  readonly acquired = new Map<string, number>();
  readonly released = new Map<string, number>();
  readonly thrown = new Set<Error>();
  readonly told: unknown[] = [];
  readonly facts: Fact[] = [];
  /** Those that stop themselves, maybe in the middle of another stop. */
  readonly selfStopping = new Set<string>();
  /** Off for a second start: then nothing fails. */
  faulty = true;
  /** Set when stop() or a failed start() has settled: from then on nothing may run. */
  over = false;
  readonly late: string[] = [];

  ran(what: string): void {
    if (this.over) this.late.push(what);
  }

  fail(what: string): void {
    if (!this.faulty) return;
    const error = new Error(what);
    this.thrown.add(error);
    throw error;
  }
}

class Actor extends Service {
  readonly #spec: Spec;
  readonly #world: World;

  constructor(spec: Spec, world: World) {
    super();
    this.#spec = spec;
    this.#world = world;
  }

  override async onStart() {
    const { startDelay, startFails, taskFails, tickFails, selfStop, resources, children } = this.#spec;
    const world = this.#world;
    const { path } = this;
    resources.forEach((takes, i) => {
      const id = `${path}:${i}`;
      world.acquired.set(id, (world.acquired.get(id) ?? 0) + 1);
      this.own({}, async () => {
        world.ran(`release of ${id}`);
        world.released.set(id, (world.released.get(id) ?? 0) + 1);
        if (takes > 0) await clockSleep(world, takes);
        if (takes % 2 === 1) world.fail(`release of ${id}`);
      });
    });
    for (const child of children) await this.adopt(new Actor(child, world));
    if (startDelay > 0) await this.sleep(`${startDelay}ms`);
    this.interval(() => {
      world.ran(`tick of ${path}`);
      if (tickFails && world.faulty) world.fail(`tick of ${path}`);
    }, "10ms");
    if (taskFails && world.faulty) {
      this.spawn(async () => {
        await this.sleep("25ms");
        world.ran(`task of ${path}`);
        world.fail(`task of ${path}`);
      });
    }
    if (selfStop !== undefined) world.selfStopping.add(path);
    if (selfStop !== undefined) this.timeout(() => this.stop(), `${selfStop}ms`);
    if (startFails) world.fail(`start of ${path}`);
  }

  override async onReady() {
    this.#world.ran(`onReady of ${this.path}`);
    if (this.#spec.readyFails) this.#world.fail(`onReady of ${this.path}`);
  }

  override async onStop() {
    this.#world.ran(`onStop of ${this.path}`);
    if (this.#spec.stopDelay > 0) await clockSleep(this.#world, this.#spec.stopDelay);
    if (this.#spec.stopFails) this.#world.fail(`onStop of ${this.path}`);
  }
}

const clocks = new WeakMap<World, VirtualClock>();

/** A wait that no stop ends, as that of a foreign library. */
function clockSleep(world: World, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clocks.get(world)?.setTimer(resolve, ms, "a foreign wait");
  });
}

/** Every injected failure below an error: causes, and the errors of aggregates. */
function failuresIn(error: unknown, world: World, found: Error[] = []): Error[] {
  if (world.thrown.has(error as Error)) found.push(error as Error);
  else if (PawlError.is(error)) {
    const { cause, errors } = error as { cause?: unknown; errors?: readonly unknown[] };
    if (cause !== undefined) failuresIn(cause, world, found);
    for (const entry of errors ?? []) failuresIn(entry, world, found);
  }
  return found;
}

const stateAfter: Partial<Record<Fact["kind"], State>> = {
  "service.starting": "starting",
  "service.started": "running",
  "service.failed": "failed",
  crash: "failed",
  "service.stopping": "stopping",
  "service.stopped": "stopped",
};

/** The illegal moves that the facts tell of. */
function illegalMoves(facts: readonly Fact[]): string[] {
  const states = new Map<string, State>();
  const illegal: string[] = [];
  for (const fact of facts) {
    const next = stateAfter[fact.kind];
    if (!next || !("path" in fact)) continue;
    const state = states.get(fact.path) ?? "idle";
    if (!legalMoves[state].includes(next)) illegal.push(`${fact.path}: ${state} → ${next}`);
    states.set(fact.path, next);
  }
  return illegal;
}

/** What the last stop should have stopped in which order, and what it did. */
function stopOrders({ facts, selfStopping }: World): { readonly expected: string[]; readonly seen: string[] } {
  const from = facts.findLastIndex((fact) => fact.kind === "kernel.stopping");
  const started = facts.slice(0, from).flatMap((fact) => (fact.kind === "service.started" ? [fact.path] : []));
  // What stops by itself takes its children with it, in a stop of its own.
  const isLeaving = (path: string) => [...selfStopping].some((gone) => path === gone || path.startsWith(`${gone}/`));
  const running = started.filter((path) => !isLeaving(path)).reverse();
  // The exact reverse, owner by owner: the children of a service stop within its own stop, even where the other members
  // of its stage had started between them.
  const below = (owner: string): string[] =>
    running
      .filter((path) => path.slice(0, Math.max(0, path.lastIndexOf("/"))) === owner)
      .flatMap((path) => [path, ...below(path)]);
  const expected = below("");
  const seen = facts
    .slice(from)
    .flatMap((fact) => (fact.kind === "service.stopping" ? [fact.path] : []))
    .filter((path) => expected.includes(path));
  return { expected, seen };
}

/** Lets virtual time go on until `work` has settled; what it rejects with is told. */
async function settle(clock: VirtualClock, world: World, work: Promise<unknown>): Promise<boolean> {
  let done = false;
  let ok = true;
  const ended = work.then(
    () => {
      done = true;
    },
    (error: unknown) => {
      world.told.push(error);
      ok = false;
      done = true;
    },
  );
  for (let i = 0; i < 200 && !done; i++) await clock.advance("20ms");
  await ended;
  return ok;
}

describe("S, B and V over random trees of services", () => {
  test("stop order reverses start order, everything acquired is released once, every failure is told once", async () => {
    await fc.assert(
      fc.asyncProperty(stages, fc.constantFrom(0, 5, 30, 100), async (specs, upFor) => {
        const world = new World();
        const clock = virtualClock();
        clocks.set(world, clock);
        const kernel = new Kernel({
          clock,
          onError: (error) => world.told.push(error),
          providers: specs.map((stage, i) =>
            Object.fromEntries(stage.map((spec, j) => [`s${i}${j}`, new Actor(spec, world)])),
          ),
        });
        kernel.observe((fact) => world.facts.push(fact));

        const started = await settle(clock, world, kernel.start());
        if (started && upFor > 0) await clock.advance(`${upFor}ms`);
        await settle(clock, world, kernel.stop());
        // A crash stops the kernel by itself: its end is awaited too.
        for (let i = 0; i < 200 && !["stopped", "failed"].includes(kernel.state); i++) await clock.advance("20ms");
        await clock.settle();
        world.over = true;
        await clock.advance("1h");

        expect(world.late).toEqual([]);
        expect(clock.pending).toEqual([]);
        expect(kernel.inspect().services).toEqual([]);
        expect(Object.fromEntries(world.released)).toEqual(Object.fromEntries(world.acquired));
        expect(illegalMoves(world.facts)).toEqual([]);
        if (started) {
          const { expected, seen } = stopOrders(world);
          expect(seen).toEqual(expected);
        } else expect(kernel.state).toBe("failed");
        const told = world.told.flatMap((error) => failuresIn(error, world)).map(({ message }) => message);
        expect(told.sort()).toEqual([...world.thrown].map(({ message }) => message).sort());

        world.faulty = false;
        world.over = false;
        expect(await settle(clock, world, kernel.start())).toBe(true);
        expect(kernel.state).toBe("running");
        await settle(clock, world, kernel.stop());
        expect(kernel.state).toBe("stopped");
        expect(Object.fromEntries(world.released)).toEqual(Object.fromEntries(world.acquired));
      }),
      { numRuns: 400 },
    );
  }, 60_000);
});
