import {
  type Dependencies,
  type Fact,
  type Kernel,
  NotRunningError,
  type Providers,
  provide,
  Service,
  type Strategy,
  type SuperviseOptions,
} from "@pawl/kernel";
import type { VirtualClock } from "@pawl/testing";
import fc from "fast-check";

/** How long something takes, in virtual milliseconds, and how it ends. */
export interface Step {
  readonly ms: number;
  /** Whether it looks at its signal while it waits. */
  readonly listens: boolean;
  readonly fails: boolean;
}

export type Act = "stop" | "stop the app" | "restart the app" | "fail";

/** What a service does in its onStart, in order. */
type Item =
  | { readonly kind: "wait"; readonly ms: number; readonly listens: boolean }
  | { readonly kind: "resource"; readonly release: Step; readonly act: Act | undefined }
  | { readonly kind: "child"; readonly child: Tree; readonly inTask: boolean; readonly tolerated: boolean }
  | { readonly kind: "task"; readonly step: Step; readonly act: Act | undefined }
  | { readonly kind: "interval"; readonly every: number; readonly step: Step }
  | { readonly kind: "listener"; readonly step: Step };

/** A service, with all that it will own. */
interface Tree {
  readonly items: readonly Item[];
  readonly fails: boolean;
  readonly ready: Step | undefined;
  readonly stop: Step | undefined;
  readonly actOnStop: Act | undefined;
  /** Which of the shared services it depends on. */
  readonly dependencies: readonly number[];
  readonly supervision: SuperviseOptions;
  /** Over its children. */
  readonly strategy: Strategy;
}

interface Value {
  readonly make: Step;
  readonly async: boolean;
  readonly release: Step;
}

export interface Plan {
  readonly strategy: Strategy;
  readonly stages: readonly (readonly (Tree | Value)[])[];
  readonly shared: readonly Tree[];
  /** Calls from outside, each so many milliseconds after the one before it. */
  readonly calls: readonly { readonly after: number; readonly call: "start" | "stop" | "restart" | "emit" }[];
}

const sometimes = fc.nat({ max: 5 }).map((n) => n === 0);
// Mostly short; now and then longer than every timeout.
const ms = fc.oneof({ weight: 12, arbitrary: fc.nat({ max: 4 }) }, { weight: 1, arbitrary: fc.constant(500) });
const step: fc.Arbitrary<Step> = fc.record({ ms, listens: fc.boolean(), fails: sometimes });
const act = fc.option(fc.constantFrom<Act>("stop", "stop the app", "restart the app", "fail"), {
  freq: 8,
  nil: undefined,
});

const strategy = fc.constantFrom<Strategy>("one-for-one", "rest-for-one", "one-for-all");
const supervision: fc.Arbitrary<SuperviseOptions> = fc.record({
  restart: fc.constantFrom("never" as const, "on-failure" as const, "always" as const),
  maxRestarts: fc.nat({ max: 2 }),
  within: fc.constant("1s" as const),
  backoff: fc.constantFrom(false as const, "2ms" as const),
});

const trees = fc.letrec<{ tree: Tree; item: Item }>((tie) => ({
  item: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.record({ kind: fc.constant("wait" as const), ms, listens: fc.boolean() }),
    fc.record({ kind: fc.constant("resource" as const), release: step, act }),
    fc.record({ kind: fc.constant("task" as const), step, act }),
    fc.record({ kind: fc.constant("interval" as const), every: fc.integer({ min: 1, max: 4 }), step }),
    fc.record({ kind: fc.constant("listener" as const), step }),
    fc.record({
      kind: fc.constant("child" as const),
      child: tie("tree"),
      inTask: fc.boolean(),
      tolerated: fc.boolean(),
    }),
  ),
  tree: fc.record({
    items: fc.array(tie("item"), { maxLength: 4 }),
    fails: sometimes,
    ready: fc.option(step, { freq: 4, nil: undefined }),
    stop: fc.option(step, { nil: undefined }),
    actOnStop: act,
    dependencies: fc.uniqueArray(fc.nat({ max: 1 }), { maxLength: 2 }),
    supervision,
    strategy,
  }),
}));

/** Without dependencies all the way down: those of what others depend on could make a cycle. */
function independent(tree: Tree): Tree {
  const items = tree.items.map((item) => (item.kind === "child" ? { ...item, child: independent(item.child) } : item));
  return { ...tree, items, dependencies: [] };
}

const value: fc.Arbitrary<Value> = fc.record({ make: step, async: fc.boolean(), release: step });
const entry = fc.oneof({ weight: 3, arbitrary: trees.tree }, { weight: 1, arbitrary: value });

export const plans: fc.Arbitrary<Plan> = fc.record({
  strategy,
  stages: fc.array(fc.array(entry, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 }),
  shared: fc.array(trees.tree.map(independent), { minLength: 2, maxLength: 2 }),
  calls: fc.array(
    fc.record({ after: fc.nat({ max: 12 }), call: fc.constantFrom("start", "stop", "restart", "emit", "emit") }),
    { maxLength: 4 },
  ),
});

/** A failure that was put in on purpose. */
export class Injected extends Error {}

/** Something that was taken: by whom, when, and when it was released. */
interface Held {
  readonly owner: string;
  readonly taken: number;
  readonly released: number[];
}

/** What happens while a plan is carried out. */
export class World {
  readonly clock: VirtualClock;
  /** From then on nothing fails, and nothing acts on the lifecycle. */
  healthy = false;
  startsReturned = 0;
  /** Errors that a caller has caught. */
  readonly caught = new Set<unknown>();
  readonly thrown: Injected[] = [];
  readonly held: Held[] = [];
  readonly facts: { readonly fact: Fact; readonly at: number }[] = [];
  /** The paths of services that asked for their own stop. */
  readonly stoppedThemselves = new Set<string>();
  /** Calls of user code, by when they were made. */
  readonly calls: { readonly what: string; readonly at: number }[] = [];
  #time = 0;
  #actsLeft = 3;

  constructor(clock: VirtualClock) {
    this.clock = clock;
  }

  /** The number of things that have happened so far. */
  get time(): number {
    return this.#time;
  }

  observe(kernel: Kernel): void {
    kernel.observe((fact) => {
      this.facts.push({ fact, at: ++this.#time });
    });
  }

  called(what: string): void {
    this.calls.push({ what, at: ++this.#time });
  }

  /** An onStart that was called at `began` has returned; it counts where it was not left behind meanwhile. */
  returned(path: string, began: number): void {
    const leftBehind = this.facts.some(
      ({ fact, at }) =>
        at > began && fact.kind === "release.timedOut" && fact.path === path && fact.label === "onStart",
    );
    if (!leftBehind) this.startsReturned++;
  }

  injected(where: string): Injected {
    const error = new Injected(`${where} ${this.thrown.length}`);
    this.thrown.push(error);
    return error;
  }

  /** Takes a step in the name of `service`: waits, and fails where it is to. */
  async step(where: string, { ms: length, listens, fails }: Step, signal: AbortSignal): Promise<void> {
    await this.wait(length, listens ? signal : undefined);
    if (fails && !this.healthy) throw this.injected(where);
  }

  wait(length: number, signal?: AbortSignal): Promise<void> {
    if (length === 0 || this.healthy) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const cancel = this.clock.setTimer(resolve, length);
      const onAbort = () => {
        cancel();
        reject(signal?.reason);
      };
      if (signal?.aborted) onAbort();
      else signal?.addEventListener("abort", onAbort);
    });
  }

  hold(owner: string): () => void {
    const held: Held = { owner, taken: ++this.#time, released: [] };
    this.held.push(held);
    return () => void held.released.push(++this.#time);
  }

  async act(what: Act | undefined, service: Service): Promise<void> {
    if (!what || this.healthy || this.#actsLeft === 0) return;
    this.#actsLeft--;
    if (what === "stop") {
      this.stoppedThemselves.add(service.path);
      await service.stop().catch((error) => this.caught.add(error));
    } else if (what === "stop the app") await service.app.stop().catch((error) => this.caught.add(error));
    else if (what === "restart the app") await service.app.restart().catch((error) => this.caught.add(error));
    else service.fail(this.injected(`${service.path} fail() in a task`));
  }
}

/** A service that does what its tree says. */
class Grown extends Service {
  readonly #tree: Tree;
  readonly #world: World;
  readonly #shared: readonly Service[];

  constructor(tree: Tree, world: World, shared: readonly Service[]) {
    super();
    this.#tree = tree;
    this.#world = world;
    this.#shared = shared;
  }

  override get dependencies(): Dependencies {
    return [this.#tree.dependencies.map((nr) => this.#shared[nr] as Service)];
  }

  override async onStart() {
    const world = this.#world;
    const began = world.time;
    world.called(`${this.path} onStart`);
    for (const item of this.#tree.items) await this.#do(item);
    if (this.#tree.fails && !world.healthy) throw world.injected(`${this.path} onStart`);
    world.returned(this.path, began);
  }

  override async onReady() {
    this.#world.called(`${this.path} onReady`);
    if (this.#tree.ready) await this.#world.step(`${this.path} onReady`, this.#tree.ready, this.signal);
  }

  override async onStop() {
    this.#world.called(`${this.path} onStop`);
    await this.#world.act(this.#tree.actOnStop, this);
    if (this.#tree.stop) await this.#world.step(`${this.path} onStop`, this.#tree.stop, this.signal);
  }

  async #do(item: Item): Promise<unknown> {
    const world = this.#world;
    switch (item.kind) {
      case "wait":
        return world.wait(item.ms, item.listens ? this.signal : undefined);
      case "resource":
        return this.#acquire(item.release, item.act);
      case "task":
        return this.#spawn(async ({ signal }) => {
          world.called(`${this.path} task`);
          await world.act(item.act, this);
          await world.step(`${this.path} task`, item.step, signal);
        });
      case "interval":
        return this.interval(({ signal }) => {
          world.called(`${this.path} tick`);
          return world.step(`${this.path} tick`, item.step, signal);
        }, item.every / 1_000);
      case "listener":
        return this.listen("poke", () => {
          world.called(`${this.path} listener`);
          return world.step(`${this.path} listener`, item.step, this.signal);
        });
      case "child":
        return item.inTask ? this.#spawn(() => this.#adopt(item)) : this.#adopt(item);
    }
  }

  // A task is no promise to be awaited here: that would make its failure this function's.
  #spawn(fn: (context: { readonly signal: AbortSignal }) => Promise<unknown>): undefined {
    this.spawn(fn);
  }

  #acquire(release: Step, what: Act | undefined): void {
    const world = this.#world;
    const released = world.hold(this.path);
    let taken = false;
    try {
      this.addCleanup(async () => {
        released();
        if (taken) {
          world.called(`${this.path} cleanup`);
          await world.act(what, this);
        }
        await world.step(`${this.path} cleanup`, release, new AbortController().signal);
      });
      taken = true;
    } catch (error) {
      // It was left behind, and what it acquired was released at once.
      if (!(error instanceof NotRunningError)) throw error;
    }
  }

  async #adopt({ child, tolerated }: { readonly child: Tree; readonly tolerated: boolean }): Promise<void> {
    try {
      await this.adopt(grow(child, this.#world, this.#shared), child.supervision);
    } catch (error) {
      if (!tolerated) throw error;
      this.#world.caught.add(error);
    }
  }
}

const growing: Readonly<Record<Strategy, typeof Grown>> = {
  "one-for-one": Grown,
  "rest-for-one": class GrownRest extends Grown {
    static override readonly strategy = "rest-for-one";
  },
  "one-for-all": class GrownAll extends Grown {
    static override readonly strategy = "one-for-all";
  },
};

function grow(tree: Tree, world: World, shared: readonly Service[]): Grown {
  return new growing[tree.strategy](tree, world, shared);
}

/** The providers of a plan: `s0`, `s1` … are services, `v0`, `v1` … plain values. */
export function providersOf(plan: Plan, world: World): Providers {
  const shared: Service[] = [];
  shared.push(...plan.shared.map((tree) => grow(tree, world, shared)));
  let nr = 0;
  return plan.stages.map((stage) =>
    Object.fromEntries(
      stage.map((given) => {
        const name = `${"items" in given ? "s" : "v"}${nr++}`;
        if (!("items" in given)) return [name, () => makeValue(name, given, world)];
        return [name, provide(grow(given, world, shared), given.supervision)];
      }),
    ),
  );
}

function makeValue(name: string, { make, async, release }: Value, world: World): unknown {
  world.called(`${name} factory`);
  const made = () => {
    if (make.fails && !world.healthy) throw world.injected(`${name} factory`);
    const released = world.hold("app");
    return {
      async close() {
        released();
        // What was made too late is released at once, whenever that is.
        if (make.ms < 20) world.called(`${name} close`);
        await world.step(`${name} close`, release, new AbortController().signal);
      },
    };
  };
  return async ? world.wait(make.ms).then(made) : made();
}
