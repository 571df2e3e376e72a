import { type CallContext, type Interval, Service, type Subscription, type Task, type Timeout } from "@pawl/kernel";
import { describe, expectTypeOf, it } from "vitest";

function countOf(this: Metrics): number {
  return this.count;
}

function yearOf(this: Date): number {
  return this.getTime();
}

class Other extends Service {
  x = 1;
  go() {
    return this.x;
  }
  goTyped(this: Other) {
    return this.x;
  }
}

class Metrics extends Service {
  count = 1;
  #secret = 2;
  private hidden = 3;
  protected guarded = 4;
  onOrder = (order: { id: string }) => {
    this.count += order.id.length;
  };

  override onStart() {
    this.interval(this.collect, 60);
    this.interval(this.collectLater, "60s");
    this.interval(this.#collectSecretly, 60);
    this.interval(this.collectHidden, 60);
    this.interval(this.declaresThis, 60);
    this.interval(countOf, 60);
    this.interval(() => this.#secret, 60);
    this.interval(function () {
      expectTypeOf(this.count).toEqualTypeOf<number>();
      this.count += this.#secret + this.hidden + this.guarded;
    }, 60);
    this.interval(async function ({ signal }) {
      this.count++;
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
    }, 60);

    // @ts-expect-error a Date is not the service
    this.interval(yearOf, 60);
    this.interval(function () {
      // @ts-expect-error no such member
      this.nope;
    }, 60);
    // @ts-expect-error another class is not this one
    this.interval(this.declaresOther, 60);
    // @ts-expect-error the context is no number: a default parameter would silently get it
    this.interval(this.withDefault, 60);
    // @ts-expect-error what the method returns is no function
    this.interval(this.collect(), 60);
    // @ts-expect-error an unknown unit
    this.interval(this.collect, "60 seconds");
    // @ts-expect-error a plain string may hold anything
    this.interval(this.collect, String(60));
    // @ts-expect-error a misspelt option
    this.interval(this.collect, 60, { imediate: true });
    // @ts-expect-error jitter is for intervals
    this.timeout(this.collect, 60, { jitter: "1s" });
    // @ts-expect-error no such policy
    this.interval(this.collect, 60, { onError: "ignore" });

    this.listen("order:paid", this.onOrder);
    this.listen("order:paid", this.#onOrderSecretly);
    this.listen("order:paid", function (order) {
      expectTypeOf(order).toBeUnknown();
      this.count++;
    });
    this.listen("tick", this.collect);

    this.timeout(this.collect, "5s");
    this.timeout(function () {
      this.count++;
    }, 0);
    this.addCleanup(this.collect);
    this.addCleanup(function () {
      this.count++;
    });
    this.own({ x: 1 }, function (resource) {
      this.count += resource.x;
    });

    const other = new Other();
    // TypeScript does not know that `go` needs an Other; where that matters, a method says so.
    this.interval(other.go, 60);
    // @ts-expect-error goTyped says what it needs
    this.interval(other.goTyped, 60);
  }

  collect() {
    this.count += this.#secret;
  }
  async collectLater({ signal }: CallContext) {
    signal.throwIfAborted();
  }
  #collectSecretly() {
    this.count += this.#secret;
  }
  private collectHidden() {
    this.count += this.hidden;
  }
  declaresThis(this: Metrics) {
    this.count += this.#secret;
  }
  declaresOther(this: Other) {
    this.x++;
  }
  withDefault(n = 3) {
    return n;
  }
  #onOrderSecretly({ id }: { id: string }) {
    this.count += id.length;
  }
  async double(n: number) {
    return n * 2;
  }
  repeat(text: string, times: number, { signal }: CallContext) {
    return signal.aborted ? "" : text.repeat(times);
  }
}

class SubMetrics extends Metrics {
  extra = 1;
  override onStart() {
    super.onStart();
    this.interval(this.more, 1);
    this.interval(function () {
      this.extra += this.count;
    }, 1);
  }
  more() {
    this.extra++;
  }
}

describe("callbacks have `this` = the service", () => {
  it("holds for methods, private methods, functions and subclasses (above)", () => {
    expectTypeOf<SubMetrics>().toExtend<Metrics>();
  });

  it("holds from outside and for generic services", () => {
    const metrics = new Metrics();
    expectTypeOf(metrics.interval(() => 1, 1)).toExtend<Interval<number>>();
    expectTypeOf(metrics.timeout(metrics.collect, "1s", { label: "x", onError: "crash" })).toEqualTypeOf<Timeout>();
    expectTypeOf(metrics.listen("tick", metrics.collect)).toEqualTypeOf<Subscription>();
    function run<T extends Metrics>(service: T) {
      service.interval(service.collect, 1);
      service.listen("tick", service.collect);
      service.spawn(service.collect);
    }
    expectTypeOf(run<SubMetrics>)
      .parameter(0)
      .toEqualTypeOf<SubMetrics>();
  });

  it("lets services of every class stand where a Service is wanted", () => {
    const services: Service[] = [new Metrics(), new Other(), new SubMetrics()];
    const classes: (new () => Service)[] = [Metrics, Other, SubMetrics];
    expectTypeOf(services).toEqualTypeOf<Service[]>();
    expectTypeOf(classes).items.instance.toEqualTypeOf<Service>();
  });
});

describe("spawn", () => {
  const metrics = new Metrics();

  it("gives a task of what the function returns", () => {
    expectTypeOf(metrics.spawn(metrics.double, 3)).toEqualTypeOf<Task<number>>();
    expectTypeOf(metrics.spawn(metrics.repeat, "a", 3)).toEqualTypeOf<Task<string>>();
    expectTypeOf(metrics.spawn(() => {})).toEqualTypeOf<Task<void>>();
    expectTypeOf(metrics.spawn(async () => "x" as const)).toEqualTypeOf<Task<"x">>();
    expectTypeOf<Awaited<Task<number>>>().toEqualTypeOf<number>();
  });

  it("types arguments and the context of functions written in place", () => {
    const task = metrics.spawn(
      async (text, n, { signal }) => {
        expectTypeOf(text).toExtend<string>();
        expectTypeOf(n).toExtend<number>();
        expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
        return text.toUpperCase() + n.toFixed();
      },
      "a",
      2,
    );
    expectTypeOf(task).toEqualTypeOf<Task<string>>();
    metrics.spawn(function ({ signal }) {
      expectTypeOf(this.count).toEqualTypeOf<number>();
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
    });
  });

  it("keeps literals, so that they fit where only some are taken", () => {
    const setPace = (pace: "slow" | "fast", on: true) => [pace, on];
    metrics.spawn(setPace, "fast", true);
    // @ts-expect-error not one of them
    metrics.spawn(setPace, "faster", true);
  });

  it("gives promises from then, catch and finally", () => {
    const task = metrics.spawn(metrics.double, 3);
    expectTypeOf(task.then((n) => String(n))).toEqualTypeOf<Promise<string>>();
    expectTypeOf(task.catch(() => "x" as const)).toEqualTypeOf<Promise<number | "x">>();
    expectTypeOf(task.finally(() => {})).toEqualTypeOf<Promise<number>>();
  });

  it("refuses wrong arguments", () => {
    // @ts-expect-error a number is wanted
    metrics.spawn(metrics.double, "3");
    // @ts-expect-error an argument is missing: the context would come in its place
    metrics.spawn(metrics.double);
    // @ts-expect-error one is too many: the context would not be where it is expected
    metrics.spawn(metrics.repeat, "a", 3, 4);
    // @ts-expect-error no function
    metrics.spawn("double", 3);
  });
});

describe("own and adopt", () => {
  const metrics = new Metrics();

  it("give back what they got, as what it is", () => {
    const pool = { query: () => 1, end: async () => {} };
    expectTypeOf(metrics.own(pool)).toEqualTypeOf<typeof pool>();
    expectTypeOf(metrics.own({ a: 1 }, (resource) => resource.a)).toEqualTypeOf<{ a: number }>();
    expectTypeOf(metrics.own(new AbortController(), (c) => c.abort())).toEqualTypeOf<AbortController>();
    expectTypeOf(metrics.adopt(new SubMetrics())).toEqualTypeOf<Promise<SubMetrics>>();
    expectTypeOf(metrics.adopt(new Other(), { startTimeout: "5s" })).resolves.toHaveProperty("goTyped");
  });

  it("refuse what they cannot take", () => {
    // @ts-expect-error nothing releases it
    metrics.own({ a: 1 });
    // @ts-expect-error a promise is not the resource
    metrics.own(Promise.resolve({ close() {} }));
    // @ts-expect-error a class is no service
    void metrics.adopt(Other);
    // @ts-expect-error no service
    void metrics.adopt({ onStart() {} });
    // @ts-expect-error an unknown unit
    void metrics.adopt(new Other(), { startTimeout: "5 sec" });
  });
});

describe("hooks and the base class", () => {
  it("are checked where a subclass redefines them", () => {
    class NoOverride extends Service {
      // @ts-expect-error override is wanted
      onStart() {}
    }
    class NoSuchHook extends Service {
      // @ts-expect-error no such hook
      override onStarted() {}
    }
    class NameField extends Service {
      // @ts-expect-error the base has a getter
      name = "x";
    }
    class DependenciesField extends Service {
      // @ts-expect-error the base has a getter
      override dependencies = [new Other()];
    }
    class NoServices extends Service {
      // @ts-expect-error names are no services
      override get dependencies() {
        return ["db"];
      }
    }
    class Fine extends Service {
      override get dependencies() {
        return [new Other(), [new Other(), new Metrics()]];
      }
      override async onStart() {}
      override onReady() {
        return Promise.resolve(1);
      }
      override onStop(reason: import("@pawl/kernel").StopReason) {
        if (reason.kind === "crash") expectTypeOf(reason.path).toEqualTypeOf<string>();
      }
    }
    expectTypeOf<Fine | NoOverride | NoSuchHook | NameField | DependenciesField | NoServices>().toExtend<object>();
  });
});
