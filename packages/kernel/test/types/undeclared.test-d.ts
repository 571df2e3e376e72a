import { Kernel, provide, Service, type ServicesOf } from "@pawl/kernel";
import { describe, expectTypeOf, it } from "vitest";

// This program declares neither events nor services; the one in `fixtures/declared` does.

class Metrics extends Service {
  override onStart() {
    this.listen("order:paid", this.onOrder);
    this.listen("order:paid", (order) => expectTypeOf(order).toBeUnknown());
    this.listen("order:*", (order, event) => {
      expectTypeOf(order).toBeUnknown();
      expectTypeOf(event).toEqualTypeOf<string>();
    });
    this.listen("order:*", (order: { id: string }) => order.id);
  }
  onOrder(order: { id: string }) {
    return order.id;
  }
  stats() {
    return { orders: 1 };
  }
}

interface Database {
  query(): number;
  close(): void;
}

class Repository extends Service {
  readonly db: Database;
  constructor({ db }: { db: Database }) {
    super();
    this.db = db;
  }
}

describe("without declared events", () => {
  const metrics = new Metrics();

  it("any name may be emitted, with any payload or none", () => {
    expectTypeOf(metrics.emit("anything")).toEqualTypeOf<number>();
    metrics.emit("anything", { cpu: 42 });
    metrics.emit("anything", undefined);
    expectTypeOf(metrics.emitAndWait("anything", 1)).toEqualTypeOf<Promise<void>>();
    expectTypeOf(metrics.waitFor("anything")).toEqualTypeOf<Promise<unknown>>();
    void metrics.waitFor("anything", { where: (payload) => payload === 1, timeout: "5s" });
  });

  it("a loop gets what is unknown, and of a pattern the name with it", async () => {
    for await (const payload of metrics.events("anything")) expectTypeOf(payload).toBeUnknown();
    for await (const [payload, event] of metrics.events("order:*", { buffer: 10, overflow: "drop-oldest" })) {
      expectTypeOf(payload).toBeUnknown();
      expectTypeOf(event).toEqualTypeOf<string>();
    }
    expectTypeOf(metrics.events("anything")).toExtend<AsyncIterable<unknown>>();
  });

  it("an event has one payload, and a name is a string", () => {
    // @ts-expect-error two payloads
    metrics.emit("anything", 1, 2);
    // @ts-expect-error no string
    metrics.emit(1);
    // @ts-expect-error no string
    metrics.listen(Symbol("x"), () => {});
    // @ts-expect-error no listener
    metrics.listen("anything");
    // @ts-expect-error no such option
    metrics.listen("anything", () => {}, { onec: true });
    metrics.listen("anything", () => {}, { concurrency: 2, buffer: 10, overflow: "drop-newest" });
    // @ts-expect-error no such policy
    metrics.listen("anything", () => {}, { overflow: "wait" });
    // @ts-expect-error a number is wanted
    metrics.listen("anything", () => {}, { buffer: "10" });
    // @ts-expect-error a loop handles one event at a time
    metrics.events("anything", { concurrency: 2 });
    // @ts-expect-error no string
    metrics.events(1);
  });

  it("schemas may be given for any event", () => {
    const schema = { "~standard": { version: 1, vendor: "test", validate: (value: unknown) => ({ value }) } } as const;
    new Kernel({ events: { anything: schema } });
    // @ts-expect-error no schema
    new Kernel({ events: { anything: (value: unknown) => value } });
  });
});

describe("without declared services", () => {
  const kernel = new Kernel({
    providers: {
      metrics: new Metrics(),
      repository: Repository,
      db: (): Database => ({ query: () => 1, close() {} }),
      later: async () => new Metrics(),
      port: () => 80 as const,
      wrapped: provide(Metrics, { stopTimeout: "3s" }),
      pool: provide(() => ({ drain: async () => {} }), { release: (pool) => pool.drain() }),
    },
  });

  it("a kernel knows the providers that it was given", () => {
    expectTypeOf(kernel.service("metrics")).toEqualTypeOf<Metrics>();
    expectTypeOf(kernel.service("repository")).toEqualTypeOf<Repository>();
    expectTypeOf(kernel.service("db")).toEqualTypeOf<Database>();
    expectTypeOf(kernel.service("later")).toEqualTypeOf<Metrics>();
    expectTypeOf(kernel.service("port")).toEqualTypeOf<80>();
    expectTypeOf(kernel.service("wrapped")).toEqualTypeOf<Metrics>();
    expectTypeOf(kernel.service("pool").drain).returns.resolves.toBeVoid();
    // @ts-expect-error no such provider
    kernel.service("metric");
  });

  it("and so it does with stages", () => {
    const staged = new Kernel({ providers: [{ db: () => 1 }, { a: Metrics, b: new Metrics() }] });
    expectTypeOf(staged.service("db")).toEqualTypeOf<number>();
    expectTypeOf(staged.service("b")).toEqualTypeOf<Metrics>();
    // @ts-expect-error no such provider
    staged.service("c");
  });

  it("a service looks another one up as a plain Service", () => {
    expectTypeOf(new Metrics().service("anything")).toEqualTypeOf<Service>();
    expectTypeOf(new Metrics().app).toEqualTypeOf<Kernel>();
    expectTypeOf(new Metrics().app.service("anything")).toEqualTypeOf<Service>();
  });

  it("any kernel is a Kernel, and starting one gives that one", () => {
    const all: Kernel[] = [kernel, new Kernel(), new Kernel({ providers: { a: Metrics } })];
    expectTypeOf(all).items.toEqualTypeOf<Kernel>();
    expectTypeOf(kernel.start()).resolves.toEqualTypeOf<typeof kernel>();
    expectTypeOf(kernel.stop()).resolves.toBeVoid();
  });

  it("ServicesOf gives the same as a type of its own", () => {
    const providers = {
      metrics: new Metrics(),
      repository: Repository,
      db: (_: { metrics: Metrics }) => 1,
      later: async () => "x",
      wrapped: provide(async () => new Date(), { release: false }),
    };
    expectTypeOf<ServicesOf<typeof providers>>().toEqualTypeOf<{
      readonly metrics: Metrics;
      readonly repository: Repository;
      readonly db: number;
      readonly later: string;
      readonly wrapped: Date;
    }>();
    const stages = [{ a: Metrics }, { b: () => 1 }] as const;
    expectTypeOf<ServicesOf<typeof stages>>().toEqualTypeOf<{ readonly a: Metrics; readonly b: number }>();
  });
});

describe("configuration", () => {
  it("refuses what cannot be meant", () => {
    // @ts-expect-error a plain value is no provider
    new Kernel({ providers: { port: 3 } });
    // @ts-expect-error a misspelt option
    new Kernel({ provider: {} });
    // @ts-expect-error an unknown unit
    new Kernel({ stopTimeout: "10 sec" });
    // @ts-expect-error a plain string may hold anything
    new Kernel({ stopTimeout: String(10) });
    // @ts-expect-error no such option
    provide(Metrics, { stopTimout: "3s" });
    // @ts-expect-error the release gets what the factory makes
    provide(() => ({ drain() {} }), { release: (pool: { end(): void }) => pool.end() });
    // @ts-expect-error no such kind of fact
    new Kernel().observe(() => {}, { kinds: ["service.begun"] });
    // @ts-expect-error no function
    new Kernel().observe({});
  });

  it("tells facts apart by their kind", () => {
    new Kernel().observe(
      (fact) => {
        if (fact.kind === "service.started") expectTypeOf(fact.ms).toEqualTypeOf<number>();
        if (fact.kind === "event.emitted") expectTypeOf(fact.listeners).toEqualTypeOf<number>();
        // @ts-expect-error not every fact has a path
        fact.path;
      },
      { kinds: ["service.*", "event.emitted"] },
    );
  });

  it("gives onError where an error came from", () => {
    new Kernel({
      onError(error, origin) {
        expectTypeOf(error).toBeUnknown();
        expectTypeOf(origin.path).toEqualTypeOf<string>();
        expectTypeOf(origin.event).toEqualTypeOf<string | undefined>();
      },
    });
  });
});
