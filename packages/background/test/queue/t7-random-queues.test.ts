import { type ItemContext, type Queue, type QueueItem, queue } from "@pawl/background";
import { isAbortError, Kernel, PawlError, RetryLater, Service, StopError } from "@pawl/kernel";
import { virtualClock } from "@pawl/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Plan, type PlannedItem, plans } from "./random-plan.ts";

class One extends Service {}

/** One push that was taken. */
interface Pushed {
  readonly plan: PlannedItem;
  readonly handle: QueueItem<string>;
  /** What its holder got. */
  got: unknown[];
}

/** Everything that happened to a queue. */
class World {
  readonly clock = virtualClock();
  readonly one = new One();
  readonly pushed: Pushed[] = [];
  readonly told: unknown[] = [];
  /** Calls of the function, by item: the errors that it has thrown, one for each call. */
  readonly calls = new Map<PlannedItem, unknown[]>();
  readonly wrong: string[] = [];
  /** How many items were told that they have a place, or have ended. */
  placed = 0;
  dropped = 0;
  readonly #running = new Set<PlannedItem>();
  #jobs!: Queue<PlannedItem, string>;

  get figures(): Record<string, number> {
    return (this.#jobs as never as { inspect(): Record<string, number> }).inspect();
  }

  async carryOut(plan: Plan): Promise<void> {
    const kernel = new Kernel({
      providers: { one: this.one },
      clock: this.clock,
      stopTimeout: "5s",
      onError: (error) => this.#tell(error),
    });
    kernel.observe(() => this.dropped++, { kinds: ["queue.dropped"] });
    await kernel.start();
    const ended = kernel.wait().catch(() => {});
    const { steps, end, isUnique, timeout, ...options } = plan;
    this.#jobs = queue(this.one, (item: PlannedItem, context) => this.#work(plan, item, context), {
      ...options,
      ...(isUnique ? { unique: ({ key }) => key } : {}),
      ...(timeout ? { timeout } : {}),
    });
    for (const step of steps) {
      if (step.do === "push") this.#push(step.item);
      else if (step.do === "cancel") this.pushed[step.which]?.handle.cancel();
      else if (step.do === "advance") await this.clock.advance(step.seconds);
      else this.#jobs[step.do]();
      this.#check(plan);
    }
    const stop = async () => void (await kernel.stop().catch((error: unknown) => this.#tell(error)));
    if (end === "crash") this.one.fail(new Error("fire"));
    else if (end === "cancel") this.#jobs.cancel();
    else if (end === "close") void this.#jobs.close();
    else void stop();
    await this.clock.advance("3m");
    void stop();
    await this.clock.advance("1m");
    await ended;
  }

  #push(plan: PlannedItem): void {
    const handle = this.#jobs.push({ ...plan }, { priority: plan.priority });
    if (this.pushed.some((other) => other.handle === handle)) return;
    const pushed: Pushed = { plan, handle, got: [] };
    this.pushed.push(pushed);
    const got = (outcome: unknown) => void pushed.got.push(outcome);
    if (plan.isHeld) void handle.then(got, got);
    // To ask a refused one for its place is to hold it.
    if (handle.state !== "refused") void handle.queued.then(() => this.placed++);
  }

  async #work({ attempts }: Plan, item: PlannedItem, { signal, attempt }: ItemContext): Promise<string> {
    const thrown = this.calls.get(item) ?? [];
    this.calls.set(item, thrown);
    if (this.#running.has(item)) this.wrong.push("an item runs twice at once");
    if (attempt !== thrown.length + 1) this.wrong.push(`try ${attempt} is number ${thrown.length + 1}`);
    this.#running.add(item);
    try {
      const { seconds, ends, heeds } = item.tries[Math.min(attempt, item.tries.length) - 1] as PlannedItem["tries"][0];
      await this.#pass(seconds, heeds ? signal : undefined);
      // Some would ask for ever.
      if (ends === "later" && attempt <= attempts + 3) throw new RetryLater("2s");
      if (ends !== "well") throw new Error(`try ${attempt}`);
      thrown.push(undefined);
      return "done";
    } catch (error) {
      thrown.push(error);
      throw error;
    } finally {
      this.#running.delete(item);
    }
  }

  #pass(seconds: number, signal: AbortSignal | undefined): Promise<void> | undefined {
    if (seconds === 0) return undefined;
    return new Promise((resolve, reject) => {
      const cancel = this.clock.setTimer(resolve, seconds * 1_000, "an item");
      const abort = () => {
        cancel();
        reject(signal?.reason as Error);
      };
      signal?.addEventListener("abort", abort);
    });
  }

  #check({ concurrency, capacity, overflow }: Plan): void {
    if (this.#running.size > concurrency) this.wrong.push(`${this.#running.size} run at once`);
    if (this.#jobs.running > concurrency) this.wrong.push(`${this.#jobs.running} are said to run at once`);
    // Those that come back for another try are taken all the same.
    if (overflow !== "wait" && this.#jobs.size > capacity + concurrency) this.wrong.push(`${this.#jobs.size} wait`);
    const waiting = this.pushed.filter(({ handle }) => handle.state === "waiting").length;
    if (waiting !== this.#jobs.size) this.wrong.push(`${waiting} wait, and the queue says ${this.#jobs.size}`);
  }

  #tell(error: unknown): void {
    if (error instanceof StopError) for (const one of error.errors) this.#tell((one as Error).cause ?? one);
    else this.told.push(error);
  }
}

const runs = { seed: Number(process.env["PAWL_SEED"] ?? 1), numRuns: Number(process.env["PAWL_RUNS"] ?? 300) };

const property = (check: (world: World, plan: Plan) => void) =>
  fc.assert(
    fc.asyncProperty(plans, async (plan) => {
      const world = new World();
      await world.carryOut(plan);
      check(world, plan);
    }),
    runs,
  );

const withState = (world: World, state: QueueItem["state"]) =>
  world.pushed.filter(({ handle }) => handle.state === state);

describe("T7 Random queues: whatever is pushed, cancelled, tried again, crashed or stopped", {
  timeout: 60_000,
}, () => {
  it("every item ends exactly once, and the figures say how", () =>
    property((world) => {
      const states = ["succeeded", "failed", "dropped", "cancelled", "refused"] as const;
      const ends = states.map((state) => withState(world, state).length);
      const [succeeded, failed, dropped = 0, cancelled, refused = 0] = ends;
      expect(ends.reduce((sum, n) => sum + n)).toBe(world.pushed.length);
      expect(world.placed).toBe(world.pushed.length - refused);
      const { figures } = world;
      expect(figures).toMatchObject({ size: 0, running: 0, done: succeeded, failed });
      expect(figures["dropped"]).toBe(dropped + refused);
      expect(figures["dropped"]).toBe(world.dropped);
      expect((figures["cancelled"] ?? 0) + (figures["left"] ?? 0)).toBe(cancelled);
      for (const { plan, got } of world.pushed) expect(got).toHaveLength(plan.isHeld ? 1 : 0);
    }));

  it("never more run at once, wait, or are tried than may", () =>
    property((world, { attempts }) => {
      expect(world.wrong).toEqual([]);
      for (const thrown of world.calls.values()) {
        const failures = thrown.filter((error) => error !== undefined && !(error instanceof RetryLater));
        expect(failures.length).toBeLessThanOrEqual(attempts);
      }
    }));

  it("what ended well was done by its last try, and by no other", () =>
    property((world) => {
      const done = [...world.calls.values()].filter((thrown) => thrown.includes(undefined));
      expect(done).toHaveLength(withState(world, "succeeded").length);
      for (const thrown of done) expect(thrown.indexOf(undefined)).toBe(thrown.length - 1);
    }));

  it("every failure is told once: to its holder, else to onError or the stop", () =>
    property((world) => {
      const failed = [...withState(world, "failed"), ...withState(world, "refused")];
      const told = world.told.filter(
        (error) => error instanceof Error && /^try |a try took|is full/.test(error.message),
      );
      expect(new Set(told).size).toBe(told.length);
      expect(told).toHaveLength(failed.filter(({ plan }) => !plan.isHeld).length);
      for (const { got } of failed) for (const error of got) expect(told).not.toContain(error);
    }));

  it("what is left is told as one error that counts it, and nothing else is", () =>
    property((world, { end }) => {
      const left = world.told.filter((error) => PawlError.is(error) && error.code === "PAWL_QUEUE_LEFT");
      const count = world.figures["left"] ?? 0;
      expect(left).toMatchObject(count > 0 ? [{ items: count }] : []);
      if (end === "cancel") expect(count).toBe(0);
      for (const { got } of withState(world, "cancelled"))
        for (const error of got) expect(isAbortError(error)).toBe(true);
      for (const { got } of withState(world, "dropped")) expect(got.every((error) => PawlError.is(error))).toBe(true);
    }));
});
