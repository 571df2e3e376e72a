import {
  AbandonedError,
  type EmitError,
  EventsDroppedError,
  isAbortError,
  Kernel,
  ListenerFullError,
  StepError,
  StopError,
} from "@pawl/kernel";
import { probeBus } from "@pawl/kernel/extend";
import { virtualClock } from "@pawl/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { given } from "../given-service.ts";
import { type Fate, LineModel, type LineOptions, type Sent } from "./line-model.ts";

// One seed, so that a run tells the same every time; others were tried by the ten thousand.
const runs = { seed: Number(process.env["PAWL_SEED"] ?? 1), numRuns: Number(process.env["PAWL_RUNS"] ?? 300) };

// Calls and pauses last whole tens of milliseconds: none ends at the very instant of a deadline.
const stopTimeout = 35;
const tens = (most: number) => fc.integer({ min: 0, max: most }).map((n) => n * 10);

const emits = fc
  .array(fc.record({ ms: tens(9), fails: fc.boolean(), waits: fc.boolean() }), { minLength: 1, maxLength: 5 })
  .map((burst) => ({ kind: "emit" as const, burst }));
const pauses = tens(4).map((ms) => ({ kind: "advance" as const, ms }));
const ends = fc.constantFrom("cancel", "stop", "crash").map((kind) => ({ kind }) as const);
const plans = fc.record({
  options: fc.record<LineOptions>({
    concurrency: fc.integer({ min: 1, max: 3 }),
    buffer: fc.integer({ min: 1, max: 4 }),
    overflow: fc.constantFrom("error", "drop-oldest", "drop-newest"),
  }),
  steps: fc.array(fc.oneof({ weight: 6, arbitrary: emits }, { weight: 4, arbitrary: pauses }, ends), { maxLength: 15 }),
});
type Plan = typeof plans extends fc.Arbitrary<infer T> ? T : never;

/** What the caller of one `emitAndWait` was told; nothing where it resolved. */
type Caught = readonly unknown[];

interface Outcome {
  readonly options: LineOptions;
  readonly sent: readonly Sent[];
  readonly model: LineModel;
  /** What became of each event; more than one entry would be one too many. */
  readonly fates: ReadonlyMap<number, readonly Fate[]>;
  /** The ids of the calls, in the order in which they began. */
  readonly begun: readonly number[];
  readonly mostAtOnce: number;
  readonly caught: ReadonlyMap<number, Caught>;
  /** What onError and the callers of `stop()` were told. */
  readonly told: readonly unknown[];
  readonly left: unknown;
}

/** Carries out a plan on a service and on the model side by side. */
async function carryOut({ options, steps }: Plan): Promise<Outcome> {
  const clock = virtualClock();
  const model = new LineModel(options, stopTimeout);
  const sent: Sent[] = [];
  const fates = new Map<number, Fate[]>();
  const is = (id: number, fate: Fate) => fates.set(id, [...(fates.get(id) ?? []), fate]);
  const begun: number[] = [];
  const caught = new Map<number, Caught>();
  // Those who ask for one stop are told the same.
  const told = new Set<unknown>();
  const tell = (error: unknown) => {
    for (const one of error instanceof StopError ? error.errors : [error]) told.add(one);
  };
  const waits: Promise<unknown>[] = [];
  let running = 0;
  let mostAtOnce = 0;
  let isOver = false;

  const one = given();
  const kernel = new Kernel({
    clock,
    stopTimeout: stopTimeout / 1_000,
    providers: { one },
    onError: tell,
  });
  kernel.observe(
    (fact) => {
      if (fact.kind === "event.dropped") is(Number(fact.event.slice(2)), fact.why);
      if (fact.kind === "service.stopped") isOver = true;
    },
    { kinds: ["event.dropped", "service.stopped"] },
  );
  await kernel.start();
  const crashed = kernel.wait().catch(() => {});
  const call = ({ id, ms, fails }: Sent): Promise<void> | undefined => {
    begun.push(id);
    mostAtOnce = Math.max(mostAtOnce, ++running);
    const end = () => {
      running--;
      is(id, isOver ? "left behind" : fails ? "failed" : "handled");
      if (fails) throw new Error(String(id));
    };
    if (ms === 0) {
      end();
      return undefined;
    }
    return new Promise<void>((resolve) => void clock.setTimer(resolve, ms)).then(end);
  };
  const subscription = one.listen("e:*", (payload) => call(payload as Sent), options);
  const stop = () => {
    waits.push(one.stop().catch(tell));
  };
  const emit = (event: Sent) => {
    sent.push(event);
    if (probeBus(kernel).serviceListeners.length === 0) is(event.id, "unheard");
    if (event.waits) {
      const waited = kernel.bus.emitAndWait(`e:${event.id}`, event);
      const none = () => caught.set(event.id, []);
      waits.push(waited.then(none, (error: unknown) => caught.set(event.id, (error as EmitError).errors)));
    } else kernel.bus.emit(`e:${event.id}`, event);
  };

  let isCrashed = false;
  for (const step of steps) {
    if (step.kind === "emit") {
      for (const event of step.burst) {
        const whole = { ...event, id: sent.length };
        model.emit(whole);
        emit(whole);
      }
    } else if (step.kind === "advance") {
      model.advance(step.ms);
      await clock.advance(step.ms / 1_000);
    } else if (step.kind === "cancel") {
      model.cancel();
      subscription.cancel();
    } else if (step.kind === "stop") {
      model.stop();
      stop();
    } else {
      // A crash of one that is stopping is told, and changes nothing.
      model.crash();
      one.fail(new Error("crash"));
      isCrashed = true;
    }
    model.settle();
    await clock.settle();
  }
  model.stop();
  const end = kernel.stop().catch(tell);
  model.advance(2 * stopTimeout + 5);
  await clock.advance((2 * stopTimeout + 5) / 1_000);
  await Promise.all([end, ...waits, ...(isCrashed ? [crashed] : [])]);
  model.advance(200);
  await clock.advance("200ms");
  const left = { ...kernel.inspect(), timers: clock.pending };
  return { options, sent, model, fates, begun, mostAtOnce, caught, told: [...told], left };
}

const property = (check: (outcome: Outcome) => void) =>
  fc.assert(
    fc.asyncProperty(plans, async (plan) => check(await carryOut(plan))),
    runs,
  );

/** The original of what a stop tells. */
const originalOf = (error: unknown): unknown => (error instanceof StepError ? error.cause : error);

/** How often a failure of this event was told among `errors`. */
function tellings(errors: readonly unknown[], { id }: Sent): number {
  return errors.map(originalOf).filter((error) => {
    if (error instanceof ListenerFullError) return error.event === `e:${id}`;
    return error instanceof Error && error.message === String(id);
  }).length;
}

describe("E6 A line under random emits, pauses, cancels, stops and crashes", () => {
  it("does with every event exactly one thing, the one that a small model says", { timeout: 60_000 }, () =>
    property(({ sent, fates, model }) => {
      expect(Object.fromEntries(fates)).toEqual(
        Object.fromEntries(sent.map(({ id }) => [id, [model.fates.get(id) as Fate]])),
      );
    }),
  );

  it("handles events in the order in which they came, so many at a time and no more", { timeout: 60_000 }, () =>
    property(({ begun, mostAtOnce, options }) => {
      expect(begun).toEqual([...begun].sort((a, b) => a - b));
      expect(mostAtOnce).toBeLessThanOrEqual(options.concurrency);
    }),
  );

  it(
    "settles every emitAndWait, with a failure exactly where its event was not handled well",
    { timeout: 60_000 },
    () =>
      property(({ sent, caught, model, options }) => {
        const kinds: Record<Fate, (error: unknown) => boolean> = {
          unheard: () => false,
          handled: () => false,
          failed: (error) => error instanceof Error && !(error instanceof EventsDroppedError),
          "left behind": (error) => error instanceof AbandonedError,
          full: (error) =>
            options.overflow === "error" ? error instanceof ListenerFullError : error instanceof EventsDroppedError,
          cancelled: (error) => error instanceof EventsDroppedError,
          stopped: (error) => error instanceof EventsDroppedError,
          crashed: (error) => error instanceof EventsDroppedError,
        };
        for (const { id, waits } of sent) {
          expect(caught.has(id)).toBe(waits);
          if (!waits) continue;
          const fate = model.fates.get(id) as Fate;
          const errors = caught.get(id) as Caught;
          expect(errors).toHaveLength(fate === "unheard" || fate === "handled" ? 0 : 1);
          for (const error of errors) expect(error).toSatisfy(kinds[fate]);
        }
      }),
  );

  it("tells each failure of an emit once, and those of an emitAndWait to its caller alone", { timeout: 60_000 }, () =>
    property(({ sent, told, model, options }) => {
      for (const event of sent) {
        const fate = model.fates.get(event.id) as Fate;
        const isLate = fate === "left behind" && event.fails;
        const isTold = fate === "failed" || (fate === "full" && options.overflow === "error");
        // What an abandoned call throws in the end has no caller any more.
        expect(tellings(told, event), `${event.id}: ${fate}`).toBe(isLate || (isTold && !event.waits) ? 1 : 0);
      }
      const dropped = told.map(originalOf).filter((error) => error instanceof EventsDroppedError);
      const lost = sent.filter(({ id, waits }) => !waits && /stopped|crashed/.test(model.fates.get(id) as Fate));
      expect(dropped.reduce((sum, { count }) => sum + count, 0)).toBe(lost.length);
      expect(dropped.length).toBeLessThanOrEqual(1);
      expect(told.filter((error) => isAbortError(error))).toEqual([]);
    }),
  );

  it("leaves nothing behind", { timeout: 60_000 }, () =>
    property(({ left }) => {
      expect(left).toMatchObject({ services: [], activities: [], inFlight: [], events: [], timers: [] });
    }),
  );
});
