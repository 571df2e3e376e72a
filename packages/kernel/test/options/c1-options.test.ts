import { Kernel, NotRunningError, OptionsError, provide, Service } from "@pawl/kernel";
import { createTestApp, testApp } from "@pawl/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { libraries, schema } from "./schemas.ts";

const options = z.object({
  every: z.number().positive().default(1),
  http: z.object({ port: z.int().default(80), host: z.string().default("localhost") }).prefault({}),
});
class Clock extends Service.with({ options }) {}

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("it has not failed");
}

describe.each(Object.entries(libraries))("C1 with %s, this.options", (_, library) => {
  class Zoned extends Service.with({ options: library }) {}

  it("has the defaults of the schema, and over them what code says", async () => {
    const app = createTestApp({ providers: { a: provide(Zoned, { options: { zone: "UTC" } }) } });
    await app.start();
    expect(app.service("a").options).toEqual({ every: 1, zone: "UTC" });
    await app.stop();
  });

  it("fails the start where something is missing or does not fit", async () => {
    const app = createTestApp({ providers: { a: provide(Zoned, { options: { every: -1 } }) } });
    const error = (await errorOf(app.start())) as OptionsError;
    expect(error).toBeInstanceOf(OptionsError);
    expect([...error.issues].sort((a, b) => a.key.localeCompare(b.key))).toMatchObject([
      { path: "a", key: "every", source: "code", where: "providers.a", given: -1 },
      { path: "a", key: "zone", source: "default", where: undefined },
    ]);
  });
});

describe("C1 this.options", () => {
  it("can be read from onStart on, by whoever has the service", async () => {
    const seen: unknown[] = [];
    class Reader extends Service.with({ options }) {
      override get dependencies() {
        seen.push(this.options.every);
        return [];
      }
      override onStart() {
        seen.push(this.options.every);
      }
      override onStop() {
        seen.push(this.options.every);
      }
    }
    const reader = new Reader();
    await using app = await testApp({ providers: { reader: provide(reader, { options: { every: 2 } }) } });
    await app.stop();
    expect([...seen, reader.options.every]).toEqual([2, 2, 2, 2]);
  });

  it("throws in a constructor or field, and says where to read them", async () => {
    class Early extends Service.with({ options }) {
      readonly every = this.options.every;
    }
    expect(() => new Early()).toThrow(NotRunningError);
    expect(() => new Early()).toThrow(
      "Early: this.options was read before the service had started, in a constructor or field; move it to onStart()",
    );
    const error = await errorOf(createTestApp({ providers: { early: Early } }).start());
    expect(error).toMatchObject({ code: "PAWL_START_FAILED", path: "early", cause: { code: "PAWL_NOT_RUNNING" } });
  });

  it("is frozen through and through, and takes nothing from the program that it would freeze", async () => {
    const tags = ["a"];
    class Tagged extends Service.with({
      options: schema<{ tags: string[] }>((value) => ({ value: value as { tags: string[] } })),
    }) {}
    await using app = await testApp({ providers: { tagged: provide(Tagged, { options: { tags } }) } });
    const { options: own } = app.service("tagged");
    expect(() => own.tags.push("b")).toThrow(TypeError);
    expect(Object.isFrozen(own)).toBe(true);
    tags.push("b");
    expect(own).toEqual({ tags: ["a"] });
  });

  it("puts nested objects together and replaces everything else", async () => {
    await using app = await testApp({ providers: { clock: provide(Clock, { options: { http: { port: 81 } } }) } });
    expect(app.service("clock").options).toEqual({ every: 1, http: { port: 81, host: "localhost" } });
  });

  it("stays the same object through a supervised restart, and is validated anew at the next start of the kernel", async () => {
    let validated = 0;
    class Counted extends Service.with({
      options: schema((value) => {
        validated++;
        return { value: { ...value, validated } };
      }),
    }) {}
    const counted = new Counted();
    await using app = await testApp({ providers: { counted: provide(counted, { restart: "on-failure" }) } });
    const first = counted.options;
    counted.fail(new Error("broken"));
    await app.clock.advance("1s");
    expect(app.inspect().services[0]).toMatchObject({ restarts: 1, state: "running" });
    expect(counted.options).toBe(first);
    await app.restart();
    expect([first, counted.options]).toEqual([{ validated: 1 }, { validated: 2 }]);
    expect(app.errors).toMatchObject([{ error: { message: "broken" } }]);
  });

  it("of a class extended by further options is what the last schema gives", async () => {
    class Wider extends Clock.with({ options: options.extend({ loud: z.boolean().default(true) }) }) {}
    await using app = await testApp({ providers: { wider: Wider, clock: Clock } });
    expect(app.service("wider").options).toMatchObject({ every: 1, loud: true });
    expect(app.service("clock").options).not.toHaveProperty("loud");
  });

  it("keeps a property named __proto__ a property", async () => {
    class Odd extends Service.with({ options: schema((value) => ({ value })) }) {}
    const given = JSON.parse('{"__proto__": {"polluted": true}}') as object;
    await using app = await testApp({ providers: { odd: provide(Odd, { options: given }) } });
    const own = app.service("odd").options;
    expect(Object.keys(own)).toEqual(["__proto__"]);
    expect("polluted" in own).toBe(false);
  });
});

describe("C1 the options of all providers are validated together, before anything starts", () => {
  it("with every mistake in one error, and no constructor, factory or onStart was called", async () => {
    const journal: string[] = [];
    class Noted extends Service.with({ options }) {
      constructor() {
        super();
        journal.push("constructor");
      }
      override onStart() {
        journal.push("onStart");
      }
    }
    const app = createTestApp({
      providers: {
        pool: () => journal.push("factory"),
        first: provide(Noted, { options: { every: -1, http: { port: 1.5 } } }),
        second: provide(Clock, { options: { every: "soon" as never } }),
      },
    });
    const error = (await errorOf(app.start())) as OptionsError;
    expect(error).toMatchObject({ name: "OptionsError", code: "PAWL_BAD_OPTIONS", path: "first" });
    expect(error.issues.map(({ path, key }) => `${path}.${key}`)).toEqual([
      "first.every",
      "first.http.port",
      "second.every",
    ]);
    expect(error.message).toContain("3 options do not fit:");
    expect(error.message).toContain(
      '\n  - second.every: Invalid input: expected number, received string (providers.second is "soon")',
    );
    expect(journal).toEqual([]);
    expect(app.state).toBe("failed");
  });

  it("asynchronously where a schema does, all at once", async () => {
    const order: string[] = [];
    const slow = (name: string) =>
      schema(async () => {
        order.push(`${name} begins`);
        await Promise.resolve();
        order.push(`${name} ends`);
        return name === "bad" ? { issues: [{ message: "bad", path: [{ key: "x" }] }] } : { value: { name } };
      });
    class Good extends Service.with({ options: slow("good") }) {}
    class Bad extends Service.with({ options: slow("bad") }) {}
    const app = createTestApp({ providers: { good: Good, bad: Bad } });
    expect(await errorOf(app.start())).toMatchObject({ issues: [{ path: "bad", key: "x", expected: "bad" }] });
    expect(order).toEqual(["good begins", "bad begins", "good ends", "bad ends"]);
  });

  it("within the start timeout", async () => {
    class Hung extends Service.with({ options: schema(() => new Promise<never>(() => {})) }) {}
    const app = createTestApp({ providers: { hung: Hung }, startTimeout: "5s" });
    const failed = errorOf(app.start());
    await app.clock.advance("5s");
    expect(await failed).toMatchObject({
      code: "PAWL_START_TIMEOUT",
      path: "hung",
      message: expect.stringContaining("it was validating its options"),
    });
  });

  it("a stop ends the wait for a schema, and names it where it never settles", async () => {
    class Hung extends Service.with({ options: schema(() => new Promise<never>(() => {})) }) {}
    const app = createTestApp({ providers: { hung: Hung }, stopTimeout: "1s" });
    const started = errorOf(app.start());
    const stopped = errorOf(app.stop());
    await app.clock.advance("2s");
    expect(await started).toMatchObject({ code: "PAWL_START_ABORTED" });
    expect(await stopped).toMatchObject({
      errors: [{ code: "PAWL_ABANDONED", message: expect.stringContaining("the validation of options") }],
    });
  });

  it("freezes no default of the program, and takes one that contains itself", async () => {
    const defaults: { tags: string[]; self?: unknown } = { tags: ["a"] };
    defaults.self = defaults;
    const given: { [key: string]: unknown } = {};
    given.self = given;
    class Own extends Service.with({
      options: schema<{ own: typeof defaults }>((value) => ({ value: { ...value, own: defaults } })),
    }) {}
    await using app = await testApp({ providers: { a: provide(Own, { options: given }) } });
    const { own } = app.service("a").options;
    expect([own.tags, Object.isFrozen(own.tags), own.self === own]).toEqual([["a"], true, true]);
    expect([Object.isFrozen(defaults), Object.isFrozen(defaults.tags)]).toEqual([false, false]);
    expect(JSON.stringify(app.inspect())).toContain("[circular]");
  });

  it("a schema that throws fails the start with its error as the cause", async () => {
    const cause = new Error("no dictionary");
    class Broken extends Service.with({
      options: schema(() => {
        throw cause;
      }),
    }) {}
    const error = await errorOf(createTestApp({ providers: { broken: Broken } }).start());
    expect(error).toMatchObject({
      code: "PAWL_BAD_OPTIONS",
      path: "broken",
      issues: [{ key: "", expected: "its schema failed: no dictionary", cause }],
      cause,
    });
  });

  it("the kernel can be started again, once they fit", async () => {
    let fits = false;
    class Fickle extends Service.with({
      options: schema(() => (fits ? { value: {} } : { issues: [{ message: "not yet" }] })),
    }) {}
    const app = createTestApp({ providers: { fickle: Fickle } });
    const error = await errorOf(app.start());
    expect(error).toMatchObject({ message: expect.stringContaining("options of fickle: not yet") });
    fits = true;
    await app.start();
    expect(app.state).toBe("running");
    await app.stop();
  });
});

describe("C1 options of what is no provider by itself", () => {
  it("a child has those that adopt gives, and adopt rejects where they do not fit", async () => {
    const seen: unknown[] = [];
    class Worker extends Service.with({ options }) {
      override onStart() {
        seen.push(this.options.every);
      }
    }
    class Owner extends Service {}
    await using app = await testApp({ providers: { owner: Owner } });
    const owner = app.service("owner");
    await owner.adopt(new Worker(), { options: { every: 3 } });
    await owner.adopt(new Worker());
    expect(seen).toEqual([3, 1]);
    const worker = new Worker();
    expect(await errorOf(owner.adopt(worker, { options: { every: 0 } }))).toMatchObject({
      code: "PAWL_BAD_OPTIONS",
      issues: [{ path: "owner/worker#3", key: "every", source: "code", where: "adopt(Worker)", given: 0 }],
    });
    // It has no owner again.
    await owner.adopt(worker, { options: { every: 4 } });
    expect(seen).toEqual([3, 1, 4]);
  });

  it("what a factory makes has those that provide gives, validated when it starts", async () => {
    const make = () => new Clock();
    await using app = await testApp({ providers: { clock: provide(make, { options: { every: 7 } }) } });
    expect(app.service("clock").options.every).toBe(7);
    const bad = createTestApp({ providers: { clock: provide(make, { options: { every: -7 } }) } });
    expect(await errorOf(bad.start())).toMatchObject({
      issues: [{ path: "clock", where: "providers.clock", given: -7 }],
    });
  });

  it("a dependency has the defaults of its schema", async () => {
    const clock = new Clock();
    class Holder extends Service {
      override get dependencies() {
        return [clock];
      }
    }
    await using _app = await testApp({ providers: { holder: Holder } });
    expect(clock.options.every).toBe(1);
  });
});

describe("C1 options in code are refused", () => {
  class Plain extends Service {}
  const plain = { options: { every: 1 } } as never;

  it("for a class or instance that declares none, when the kernel is made", () => {
    expect(() => new Kernel({ providers: { plain: provide(Plain, plain) } })).toThrow(
      "providers.plain: Plain has no options; declare them: class Plain extends Service.with({ options: schema })",
    );
    expect(() => new Kernel({ providers: { plain: provide(new Plain(), plain) } })).toThrow(TypeError);
  });

  it("for a child that declares none", async () => {
    await using app = await testApp({ providers: { owner: Plain } });
    const error = await errorOf(app.service("owner").adopt(new Plain(), plain));
    expect(error).toMatchObject({
      code: "PAWL_BAD_OPTION",
      message: expect.stringContaining("adopt(Plain): Plain has no options"),
    });
  });

  it("for what a factory makes that declares none, or is no service", async () => {
    const service = createTestApp({ providers: { plain: provide(() => new Plain(), plain) } });
    expect(await errorOf(service.start())).toMatchObject({ cause: { code: "PAWL_BAD_OPTION" } });
    const value = createTestApp({ providers: { value: provide(() => 1, plain) } });
    expect(await errorOf(value.start())).toMatchObject({
      path: "value",
      cause: { code: "PAWL_BAD_OPTION", message: expect.stringContaining("only a service has options") },
    });
  });

  it("as is what is no schema, or no list of names", () => {
    expect(() => Service.with({ options: {} as never })).toThrow("it is no Standard Schema");
    expect(() => Service.with(undefined as never)).toThrow("it is no Standard Schema");
    expect(() => Service.with({ options, live: "every" as never })).toThrow(
      "Service.with({ live }): it must be a list",
    );
  });
});
