import { type Fact, Kernel, type KernelConfig, provide, Service } from "@pawl/kernel";
import {
  createTestApp,
  testApp as startApp,
  type TestApp,
  type TestParts,
  type VirtualClock,
  virtualClock,
} from "@pawl/testing";
import { describe, expectTypeOf, test } from "vitest";

class Metrics extends Service {
  total(): number {
    return 1;
  }
}

describe("a test app", () => {
  test("keeps the types of its providers", async () => {
    const app = await startApp({
      providers: { metrics: new Metrics(), config: () => ({ port: 1 }), m: provide(Metrics, {}) },
    });
    expectTypeOf(app.service("metrics")).toEqualTypeOf<Metrics>();
    expectTypeOf(app.service("config")).toEqualTypeOf<{ port: number }>();
    expectTypeOf(app.service("m")).toEqualTypeOf<Metrics>();
    // @ts-expect-error unknown service
    app.service("nope");
    expectTypeOf(createTestApp({ providers: [{ metrics: Metrics }] }).service("metrics")).toEqualTypeOf<Metrics>();
  });

  test("is a kernel", () => {
    const app = createTestApp({ providers: { metrics: new Metrics() } });
    expectTypeOf(app).toExtend<Kernel>();
    expectTypeOf(app).toExtend<TestApp>();
    expectTypeOf(app.clock).toEqualTypeOf<VirtualClock>();
    expectTypeOf(app.start()).toEqualTypeOf<Promise<typeof app>>();
  });

  test("keeps the type of a kernel that a function makes", async () => {
    class Shop extends Kernel<{ readonly metrics: Metrics }> {
      readonly open: boolean = true;
    }
    const app = await startApp((base) => new Shop({ ...base, providers: { metrics: new Metrics() } }));
    expectTypeOf(app).toEqualTypeOf<Shop & TestParts>();
    expectTypeOf(app.service("metrics")).toEqualTypeOf<Metrics>();
    expectTypeOf(app.open).toEqualTypeOf<boolean>();
  });

  test("takes a configuration of any kernel", () => {
    const start = (config: KernelConfig) => startApp(config);
    expectTypeOf(start).returns.resolves.toExtend<Kernel>();
    // @ts-expect-error no duration
    createTestApp({ stopTimeout: "soon" });
  });
});

describe("recorders", () => {
  test("know the payloads of declared events", async () => {
    const app = createTestApp();
    expectTypeOf(app.events.of("order:paid")).toEqualTypeOf<
      readonly { readonly id: string; readonly total: number }[]
    >();
    expectTypeOf(app.events.next("order:paid")).resolves.toEqualTypeOf<{
      readonly id: string;
      readonly total: number;
    }>();
    // @ts-expect-error unknown event
    app.events.of("order:pade");
    // @ts-expect-error unknown event
    void app.events.next("order:pade");
  });

  test("know the figures of facts", () => {
    const app = createTestApp();
    expectTypeOf(app.facts.of("service.started")[0]?.ms).toEqualTypeOf<number | undefined>();
    expectTypeOf(app.facts.all).toEqualTypeOf<readonly Fact[]>();
    // @ts-expect-error unknown kind
    app.facts.of("service.begun");
  });

  test("say where errors come from", () => {
    const [first] = createTestApp().errors;
    expectTypeOf(first?.origin.path).toEqualTypeOf<string | undefined>();
    expectTypeOf(first?.error).toEqualTypeOf<unknown>();
  });
});

test("a virtual clock takes durations only", () => {
  const clock = virtualClock();
  void clock.advance("60s");
  void clock.advance(0.25);
  // @ts-expect-error no unit
  void clock.advance("60");
  expectTypeOf(clock.pending).toEqualTypeOf<readonly { readonly label: string; readonly inMs: number }[]>();
});
