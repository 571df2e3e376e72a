import {
  type Awaitable,
  type CallContext,
  type CronOptions,
  type Handle,
  type Interval,
  type IntervalOf,
  isRetryLater,
  RetryLater,
  Service,
  type TickContext,
} from "@pawl/kernel";
import { describe, expectTypeOf, it } from "vitest";

class Backup extends Service {
  files = 3;

  override onStart() {
    this.cron(this.backUp, "30 3 * * *");
    this.cron(this.backUpLater, "30 3 * * *", { timezone: "Europe/Berlin", label: "nightly", onError: "crash" });
    this.cron(this.#secretly, "30 3 * * *");
    this.cron(function ({ signal, attempt }) {
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
      expectTypeOf(attempt).toEqualTypeOf<number>();
      this.files++;
    }, "30 3 * * *");

    // @ts-expect-error a pattern is no duration
    this.cron(this.backUp, 60);
    // @ts-expect-error the pattern is missing
    this.cron(this.backUp);
    // @ts-expect-error jitter is for intervals
    this.cron(this.backUp, "30 3 * * *", { jitter: "1s" });
    // @ts-expect-error a cron makes no call at the beginning
    this.cron(this.backUp, "30 3 * * *", { immediate: true });
    // @ts-expect-error a time zone has a name
    this.cron(this.backUp, "30 3 * * *", { timezone: 1 });
    // @ts-expect-error what the method returns is no function
    this.cron(this.backUp(), "30 3 * * *");
  }

  backUp() {
    return this.files;
  }
  async backUpLater({ signal, attempt }: TickContext) {
    signal.throwIfAborted();
    return { attempt };
  }
  #secretly({ signal }: CallContext) {
    signal.throwIfAborted();
  }
}

describe("the handle of interval() and cron()", () => {
  const backup = new Backup();

  it("knows what trigger() gives: what the function returns, awaited", () => {
    expectTypeOf(backup.interval(backup.backUp, "1m")).toEqualTypeOf<IntervalOf<() => number>>();
    expectTypeOf(backup.interval(backup.backUp, "1m")).toExtend<Interval<number>>();
    expectTypeOf(backup.interval(backup.backUp, "1m")).not.toExtend<Interval<string>>();
    expectTypeOf(backup.interval(backup.backUp, "1m").trigger()).toEqualTypeOf<Awaitable<number>>();
    expectTypeOf(backup.cron(backup.backUpLater, "@daily").trigger()).toEqualTypeOf<Awaitable<{ attempt: number }>>();
    expectTypeOf(backup.interval(() => {}, "1m").trigger()).toEqualTypeOf<Awaitable<void>>();
    expectTypeOf(backup.cron(async () => "x" as const, "@daily").trigger()).toEqualTypeOf<Awaitable<"x">>();
    expectTypeOf(backup.interval(({ attempt }) => attempt, 1).trigger()).toEqualTypeOf<Awaitable<number>>();
  });

  it("stands where one of any result is wanted", () => {
    const handles: Interval[] = [backup.interval(backup.backUp, "1m"), backup.cron(() => "x", "@daily")];
    expectTypeOf(handles).items.toExtend<Handle>();
    expectTypeOf<Interval>().toEqualTypeOf<Interval<unknown>>();
    expectTypeOf<Interval["runs" | "skipped"]>().toEqualTypeOf<number>();
    // @ts-expect-error figures are read only
    handles[0]!.runs = 0;
  });

  it("may be named by its own callbacks", () => {
    const once = backup.interval(() => once.cancel(), "1m");
    expectTypeOf(once.trigger()).toEqualTypeOf<Awaitable<void>>();
    const later = backup.cron(async () => later.runs > 3 && later.cancel(), "@daily");
    expectTypeOf(later.cancel()).toBeVoid();
    const failing = backup.interval(backup.backUp, "1m", { onError: () => failing.cancel() });
    expectTypeOf(failing.trigger()).toEqualTypeOf<Awaitable<number>>();
  });

  it("takes options that are made elsewhere", () => {
    const options: CronOptions = { timezone: "UTC" };
    expectTypeOf(backup.cron(backup.backUp, "@daily", options)).toExtend<Interval<number>>();
  });
});

describe("loop", () => {
  it("gets a signal and the number of the try, and may ask for less", () => {
    class Inbox extends Service {
      override async loop({ signal, attempt }: TickContext) {
        expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
        expectTypeOf(attempt).toEqualTypeOf<number>();
      }
    }
    class Plain extends Service {
      override loop() {}
    }
    class WithSignal extends Service {
      override async loop({ signal }: { signal: AbortSignal }) {
        signal.throwIfAborted();
      }
    }
    expectTypeOf<Inbox | Plain | WithSignal>().toExtend<Service>();
    expectTypeOf<Parameters<NonNullable<Service["loop"]>>>().toEqualTypeOf<[context: TickContext]>();
  });

  it("is a function of that shape, or it does not compile", () => {
    class Wrong extends Service {
      // @ts-expect-error the context is no number
      override loop(n: number) {
        return void n;
      }
    }
    expectTypeOf<Wrong>().toExtend<object>();
  });
});

describe("RetryLater", () => {
  it("takes a duration, and a cause", () => {
    expectTypeOf(new RetryLater("30s", new Error("429")).afterMs).toEqualTypeOf<number>();
    new RetryLater(30);
    // @ts-expect-error no unit
    new RetryLater("30");
    // @ts-expect-error it says when
    new RetryLater();
  });

  it("is told apart by a guard", () => {
    const error: unknown = new RetryLater("1s");
    if (isRetryLater(error)) expectTypeOf(error).toEqualTypeOf<RetryLater>();
  });
});
