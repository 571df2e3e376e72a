import { Kernel, provide, Service, type ServicesOf } from "@pawl/kernel";
import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import * as v from "valibot";
import { describe, expectTypeOf, it } from "vitest";
import { z } from "zod";

const schema = z.object({
  every: z.number().default(1),
  name: z.string(),
  since: z.string().transform((text) => new Date(text)),
});

class Clock extends Service.with({ options: schema, live: ["every"], secret: ["name"] }) {
  override onStart() {
    expectTypeOf(this.options.every).toEqualTypeOf<number>();
    expectTypeOf(this.options.since).toEqualTypeOf<Date>();
    this.interval(this.tick, this.options.every);
  }
  tick() {}
}

describe("this.options", () => {
  it("has the type of what the schema gives, and is read-only", () => {
    const clock = new Clock();
    expectTypeOf(clock.options).toEqualTypeOf<Readonly<{ every: number; name: string; since: Date }>>();
    // @ts-expect-error options are frozen
    clock.options.every = 2;
  });

  it("is typed from any library", () => {
    const lax = v.object({ every: v.optional(v.number(), 1) });
    class Lax extends Service.with({ options: lax }) {}
    class Strict extends Service.with({ options: toStandardJsonSchema(lax) }) {}
    class Ark extends Service.with({ options: type({ every: "number = 1" }) }) {}
    expectTypeOf<Lax["options"]["every"]>().toEqualTypeOf<number>();
    expectTypeOf<Strict["options"]["every"]>().toEqualTypeOf<number>();
    expectTypeOf<Ark["options"]["every"]>().toEqualTypeOf<number>();
  });

  it("is there for subclasses, abstract ones and those with a constructor", () => {
    abstract class Base extends Service {
      readonly db: { url: string };
      constructor(db: { url: string }) {
        super();
        this.db = db;
      }
      abstract collect(): number;
    }
    class Collector extends Base.with({ options: z.object({ size: z.number() }) }) {
      collect() {
        return this.options.size + this.db.url.length;
      }
    }
    expectTypeOf(new Collector({ url: "" }).collect()).toEqualTypeOf<number>();
    class Larger extends Clock {}
    expectTypeOf(new Larger().options.every).toEqualTypeOf<number>();
    // @ts-expect-error the constructor needs a db
    new Collector();
    // @ts-expect-error what extends Base has to collect
    class Idle extends Base.with({ options: z.object({ size: z.number() }) }) {}
    void Idle;
  });

  it("may be extended by options that do where the old ones are read", () => {
    class Wider extends Clock.with({ options: schema.extend({ more: z.boolean() }) }) {}
    expectTypeOf(new Wider().options.more).toEqualTypeOf<boolean>();
    expectTypeOf(new Wider().options.every).toEqualTypeOf<number>();
    // @ts-expect-error every is missing, and Clock reads it
    class Narrower extends Clock.with({ options: z.object({ more: z.boolean() }) }) {}
    void Narrower;
  });

  it("is not there without Service.with", () => {
    class Plain extends Service {}
    // @ts-expect-error no options
    new Plain().options;
  });
});

describe("Service.with", () => {
  it("takes the schema of an object only, and names of its options", () => {
    // @ts-expect-error no object
    Service.with({ options: z.string() });
    // @ts-expect-error no such option
    Service.with({ options: schema, live: ["evry"] });
    // @ts-expect-error no such option
    Service.with({ options: schema, secret: ["nme"] });
  });
});

describe("options in code", () => {
  it("are what the schema takes, any part of it", () => {
    provide(Clock, { options: { every: 2, since: "2026-01-01" }, restart: "on-failure" });
    provide(new Clock(), { options: {} });
    provide(() => new Clock(), { options: { name: "wall" } });
    // @ts-expect-error the schema takes a text
    provide(Clock, { options: { since: new Date() } });
    // @ts-expect-error no such option
    provide(Clock, { options: { evry: 2 } });
  });

  it("are refused for what has none", () => {
    class Plain extends Service {}
    // @ts-expect-error it has no options
    provide(Plain, { options: { every: 1 } });
    // @ts-expect-error a value has no options
    provide(() => 1, { options: { every: 1 } });
    provide(Plain, { restart: "always" });
  });

  it("are typed for adopted children", () => {
    class Owner extends Service {
      override async onStart() {
        const clock = await this.adopt(new Clock(), { options: { every: 2 }, restart: "on-failure" });
        expectTypeOf(clock).toEqualTypeOf<Clock>();
        // @ts-expect-error no such option
        await this.adopt(new Clock(), { options: { evry: 2 } });
        // @ts-expect-error it has no options
        await this.adopt(new Owner(), { options: { every: 2 } });
      }
    }
    void Owner;
  });

  it("leave the services of a kernel as they are", () => {
    const providers = { clock: provide(Clock, { options: { every: 2 } }), other: Clock };
    expectTypeOf<ServicesOf<typeof providers>["clock"]>().toEqualTypeOf<Clock>();
    const kernel = new Kernel({ providers });
    expectTypeOf(kernel.service("clock")).toEqualTypeOf<Clock>();
  });
});
