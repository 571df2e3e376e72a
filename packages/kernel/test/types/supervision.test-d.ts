import { type AdoptOptions, Kernel, provide, Service, type SuperviseOptions } from "@pawl/kernel";
import { describe, expectTypeOf, test } from "vitest";

class Metrics extends Service {}

describe("supervision", () => {
  test("the options of a provider are those of a child, and its release", () => {
    provide(Metrics, { restart: "on-failure", maxRestarts: 5, within: "1m", backoff: { initial: "1s", jitter: 0 } });
    provide(new Metrics(), { restart: "always", backoff: false, startTimeout: 5 });
    // @ts-expect-error no such policy
    provide(Metrics, { restart: "sometimes" });
    // @ts-expect-error no duration
    provide(Metrics, { restart: "always", within: "soon" });
    expectTypeOf<NonNullable<Parameters<Service["adopt"]>[1]>>().toEqualTypeOf<AdoptOptions<Service>>();
    expectTypeOf<AdoptOptions<Service>>().toExtend<SuperviseOptions>();
  });

  test("adopt gives the child's own type, whatever its options", () => {
    const adopt = (owner: Service) => owner.adopt(new Metrics(), { restart: "on-failure" });
    expectTypeOf(adopt).returns.resolves.toEqualTypeOf<Metrics>();
  });

  test("a strategy is one of three, of a kernel and of a class", () => {
    new Kernel({ strategy: "rest-for-one" });
    // @ts-expect-error no such strategy
    new Kernel({ strategy: "all" });
    class Shop extends Service {
      static override readonly strategy = "one-for-all";
    }
    // @ts-expect-error no such strategy
    class Odd extends Service {
      static override readonly strategy = "all";
    }
    expectTypeOf<Shop>().toExtend<Service>();
    expectTypeOf<Odd>().toExtend<Service>();
  });
});
