import { type Fact, OptionsError, provide, Service } from "@pawl/kernel";
import {
  changeOptions,
  type GivenOption,
  giveOptions,
  optionSpecs,
  startOnly,
  validateOptions,
} from "@pawl/kernel/extend";
import { createTestApp, testApp } from "@pawl/testing";
import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import fc from "fast-check";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { libraries, schema } from "./schemas.ts";

const options = z.object({
  every: z.number().positive().default(1).describe("how often"),
  level: z.enum(["low", "high"]).default("low"),
  password: z.string().default("none"),
});
class Clock extends Service.with({ options, live: ["every", "password"], secret: ["password"] }) {}

const flag = (key: string, value: unknown, provider = "clock"): GivenOption => ({
  provider,
  path: key.split("."),
  value,
  source: "flag",
  where: `--${provider}-${key}`,
});

describe("C1 values from outside of the program", () => {
  it("any subset of sources: each option has the value of its strongest source", async () => {
    class Three extends Service.with({
      options: z.object({
        a: z.int().default(0),
        b: z.int().default(0),
        c: z.object({ d: z.int().default(0) }).prefault({}),
      }),
    }) {}
    const value = fc.option(fc.integer({ min: 1 }), { nil: undefined });
    const layer = fc.record({ a: value, b: value, d: value });
    await fc.assert(
      fc.asyncProperty(layer, layer, layer, layer, async (code, file, environment, flags) => {
        const given = [file, environment, flags].flatMap((values, strength) =>
          Object.entries(values)
            .filter(([, of]) => of !== undefined)
            .map(
              ([key, of]): GivenOption => ({
                ...flag(key === "d" ? "c.d" : key, of, "three"),
                where: String(strength),
              }),
            ),
        );
        const { d, ...rest } = Object.fromEntries(Object.entries(code).filter(([, of]) => of !== undefined));
        const inCode = { ...rest, ...(d === undefined ? {} : { c: { d } }) };
        const app = createTestApp({ providers: { three: provide(Three, { options: inCode }) } });
        giveOptions(app, given);
        await app.start();
        const strongest = (key: "a" | "b" | "d") => flags[key] ?? environment[key] ?? file[key] ?? code[key] ?? 0;
        expect(app.service("three").options).toEqual({
          a: strongest("a"),
          b: strongest("b"),
          c: { d: strongest("d") },
        });
        await app.stop();
      }),
      { numRuns: 200 },
    );
  });

  it("are named in the error by what they were given by", async () => {
    const app = createTestApp({ providers: { clock: provide(Clock, { options: { every: 3 } }) } });
    giveOptions(app, [{ ...flag("every", 0), source: "environment", where: "CLOCK_EVERY" }, flag("level", "middle")]);
    const error = await validateOptions(app).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OptionsError);
    expect((error as OptionsError).issues).toMatchObject([
      { key: "every", source: "environment", where: "CLOCK_EVERY", given: 0 },
      { key: "level", source: "flag", where: "--clock-level", given: "middle" },
    ]);
    expect(app.state).toBe("idle");
  });

  it("validateOptions starts nothing where they fit", async () => {
    const app = createTestApp({ providers: { clock: Clock } });
    await validateOptions(app);
    expect(app.state).toBe("idle");
    expect(app.facts.all).toEqual([]);
  });

  it("a mistake in the whole names all that was given", async () => {
    class Pair extends Service.with({
      options: schema(({ a, b }) => (a === b ? { value: {} } : { issues: [{ message: "they differ" }] })),
    }) {}
    const app = createTestApp({ providers: { pair: Pair } });
    giveOptions(app, [flag("a", 1, "pair"), flag("b", 2, "pair")]);
    await expect(app.start()).rejects.toThrow("options of pair: they differ (--pair-b, --pair-a)");
  });
});

describe("C1 secrets", () => {
  type Secretive = Service & { readonly options: { readonly key: string } };
  const marked: Readonly<Record<string, abstract new () => Secretive>> = {
    "by their class": Service.with({ options: z.object({ key: z.string().min(9) }), secret: ["key"] }),
    "by writeOnly in zod": Service.with({ options: z.object({ key: z.string().min(9).meta({ writeOnly: true }) }) }),
    "by their format in zod": Service.with({
      options: z.object({ key: z.string().min(9).meta({ format: "password" }) }),
    }),
    "in valibot": Service.with({
      options: toStandardJsonSchema(
        v.object({ key: v.pipe(v.string(), v.minLength(9), v.metadata({ writeOnly: true })) }),
      ),
    }),
    "in arktype": Service.with({ options: type({ key: "string >= 9" }), secret: ["key"] }),
  };

  it.each(Object.entries(marked))("marked %s are neither shown by inspect() nor told in errors", async (_, Base) => {
    class Secretive extends Base {}
    const long = createTestApp({ providers: { secretive: Secretive } });
    giveOptions(long, [flag("key", "long-enough", "secretive")]);
    await long.start();
    expect(long.service("secretive").options).toEqual({ key: "long-enough" });
    expect(long.inspect().services[0]?.options).toEqual({ key: "••••" });
    await long.stop();
    const short = createTestApp({ providers: { secretive: Secretive } });
    giveOptions(short, [flag("key", "hush", "secretive")]);
    const error = (await short.start().catch((thrown: unknown) => thrown)) as OptionsError;
    expect(error.issues).toEqual([
      {
        path: "secretive",
        key: "key",
        source: "flag",
        where: "--secretive-key",
        expected: "it does not fit its schema",
      },
    ]);
    expect(error.message).not.toContain("hush");
  });

  it("are told by nothing that a schema says about the whole", async () => {
    class Quoting extends Service.with({
      options: schema((value) => ({ issues: [{ message: `refused ${JSON.stringify(value)}` }] })),
      secret: ["key"],
    }) {}
    const app = createTestApp({ providers: { quoting: Quoting } });
    giveOptions(app, [flag("key", "hush", "quoting"), flag("name", "me", "quoting")]);
    await expect(app.start()).rejects.toMatchObject({
      message:
        "1 option does not fit:\n  - options of quoting: it does not fit its schema (--quoting-name, --quoting-key)",
    });
  });

  it("that are missing are told as missing", async () => {
    class Locked extends Service.with({ options: z.object({ key: z.string() }), secret: ["key"] }) {}
    await expect(createTestApp({ providers: { locked: Locked } }).start()).rejects.toThrow(
      "locked.key: expected string (not given)",
    );
  });
});

describe("inspect()", () => {
  it("shows options as plain JSON, and none for a service without", async () => {
    class Plain extends Service {}
    class Odd extends Service.with({
      options: schema(() => ({
        value: {
          at: new Date(0),
          big: 10n,
          none: undefined,
          far: Number.POSITIVE_INFINITY,
          fn: function work() {},
          list: [1, { a: null }],
          url: new URL("http://a.b"),
        },
      })),
    }) {}
    await using app = await testApp({ providers: { plain: Plain, odd: Odd } });
    const [plain, odd] = app.inspect().services;
    expect(plain).not.toHaveProperty("options");
    expect(JSON.parse(JSON.stringify(odd?.options))).toEqual({
      at: "1970-01-01T00:00:00.000Z",
      big: "10",
      far: "Infinity",
      fn: "[function work]",
      list: [1, { a: null }],
      url: "[URL]",
    });
  });
});

describe("live options", () => {
  it("are changed in a running service, validated with all others, and told by a fact", async () => {
    const facts: Fact[] = [];
    await using app = await testApp({ providers: { clock: provide(Clock, { options: { level: "high" } }) } });
    app.observe((fact) => facts.push(fact), { kinds: ["options.*"] });
    const clock = app.service("clock");
    const before = clock.options;
    await changeOptions(clock, { every: 5 });
    expect(clock.options).toEqual({ every: 5, level: "high", password: "none" });
    expect(Object.isFrozen(clock.options)).toBe(true);
    expect(before.every).toBe(1);
    expect(facts).toMatchObject([{ kind: "options.changed", path: "clock", keys: ["every"] }]);
  });

  it("win over what was given, and last until the kernel starts again", async () => {
    const app = createTestApp({ providers: { clock: Clock } });
    giveOptions(app, [flag("every", 2)]);
    await app.start();
    await changeOptions(app.service("clock"), { every: 5 });
    expect(app.service("clock").options.every).toBe(5);
    await app.restart();
    expect(app.service("clock").options.every).toBe(2);
    await app.stop();
  });

  it("that do not fit change nothing", async () => {
    await using app = await testApp({ providers: { clock: Clock } });
    const clock = app.service("clock");
    const before = clock.options;
    await expect(changeOptions(clock, { every: -1 })).rejects.toMatchObject({
      code: "PAWL_BAD_OPTIONS",
      issues: [{ key: "every", source: "code", where: "the change", given: -1 }],
    });
    await expect(changeOptions(clock, { level: "high" })).rejects.toThrow(
      "clock: level cannot be changed while it runs; live are every, password",
    );
    expect(clock.options).toBe(before);
    await changeOptions(clock, { every: 2 });
    expect(clock.options.every).toBe(2);
  });

  it("changed at the same time are all taken over", async () => {
    await using app = await testApp({ providers: { clock: Clock } });
    const clock = app.service("clock");
    await Promise.all([changeOptions(clock, { every: 2 }), changeOptions(clock, { password: "new" })]);
    expect(clock.options).toMatchObject({ every: 2, password: "new" });
  });

  it("are refused for a service that takes no work, or has no options", async () => {
    class Plain extends Service {}
    const app = createTestApp({ providers: { clock: Clock, plain: Plain } });
    await app.start();
    const clock = app.service("clock");
    await expect(changeOptions(app.service("plain"), { every: 1 })).rejects.toMatchObject({ code: "PAWL_BAD_OPTION" });
    await app.stop();
    await expect(changeOptions(clock, { every: 1 })).rejects.toMatchObject({ code: "PAWL_NOT_RUNNING" });
  });
});

describe("optionSpecs", () => {
  it.each(Object.entries(libraries))("tells what a schema of %s takes", (_, library) => {
    class Zoned extends Service.with({ options: library, secret: ["zone"] }) {}
    const app = createTestApp({
      providers: { a: new Zoned(), b: () => new Zoned(), c: provide(Zoned, { options: { every: 2 } }) },
    });
    const specs = optionSpecs(app);
    expect(specs.map(({ provider, className, code }) => ({ provider, className, code }))).toEqual([
      { provider: "a", className: "Zoned", code: {} },
      { provider: "c", className: "Zoned", code: { every: 2 } },
    ]);
    // arktype lists what must be given first.
    const leaves = [...(specs[0]?.leaves ?? [])].sort((a, b) => String(a.path).localeCompare(String(b.path)));
    expect(leaves).toMatchObject([
      { path: ["every"], schema: { type: "number" }, secret: false, required: false },
      { path: ["zone"], schema: { type: "string" }, secret: true, required: true },
    ]);
  });

  it("follows references, parts and variants, and ends where a schema contains itself", () => {
    interface Tree {
      name: string;
      child?: Tree | undefined;
    }
    const tree: z.ZodType<Tree> = z.object({ name: z.string(), child: z.lazy(() => tree).optional() });
    const endpoint = z.object({ port: z.int() }).meta({ id: "endpoint" });
    class Deep extends Service.with({
      options: z.intersection(
        z.object({ tree, one: endpoint, two: endpoint.optional() }),
        z.discriminatedUnion("kind", [
          z.object({ kind: z.literal("file"), path: z.string() }),
          z.object({ kind: z.literal("net"), host: z.string() }),
        ]),
      ),
    }) {}
    const [spec] = optionSpecs(createTestApp({ providers: { deep: Deep } }));
    expect(spec?.leaves.map(({ path, required }) => `${path.join(".")}${required ? "!" : ""}`)).toEqual([
      "tree.name",
      "tree.child",
      "one.port",
      "two.port",
      "kind",
      "path",
      "host",
    ]);
  });

  it("has no leaves for a schema without a JSON Schema", () => {
    class Bare extends Service.with({ options: v.object({ every: v.number() }) }) {}
    expect(optionSpecs(createTestApp({ providers: { bare: Bare } }))).toMatchObject([
      { provider: "bare", jsonSchema: undefined, leaves: [] },
    ]);
  });
});

describe("startOnly", () => {
  const journal: string[] = [];
  class Noted extends Service {
    override onStart() {
      journal.push(this.name);
    }
  }

  it("starts the named providers and what their constructors read, and leaves out the rest", async () => {
    class Reader extends Noted {
      constructor({ db }: { db: Noted }) {
        super();
        void db;
      }
    }
    journal.length = 0;
    const app = createTestApp({ providers: { other: Noted, db: Noted, mail: new Noted(), reader: Reader as never } });
    startOnly(app, ["reader"]);
    await app.start();
    expect(journal).toEqual(["db", "reader"]);
    expect(() => app.service("other" as never)).toThrow(
      'service("other"): it was left out of this start, which is limited to reader; add it there',
    );
    await app.stop();
    startOnly(app, undefined);
    journal.length = 0;
    await app.start();
    expect(journal).toEqual(["other", "db", "mail", "reader"]);
    await app.stop();
  });

  it("starts a dependency that is a provider", async () => {
    const db = new Noted();
    class Holder extends Noted {
      override get dependencies() {
        return [db];
      }
    }
    journal.length = 0;
    const app = createTestApp({ providers: { other: Noted, holder: Holder, db } });
    startOnly(app, ["holder"]);
    await app.start();
    expect(journal).toEqual(["db", "holder"]);
    await app.stop();
  });

  it("validates the options of what is needed as well, but not those of what is left out", async () => {
    const needed = new (class Needed extends Service.with({ options: z.object({ key: z.string() }) }) {})();
    class Holder extends Noted {
      override get dependencies() {
        return [needed];
      }
    }
    const app = createTestApp({ providers: { other: Noted, holder: Holder, needed } });
    startOnly(app, ["other"]);
    await app.start();
    await app.stop();
    startOnly(app, ["holder"]);
    await expect(app.start()).rejects.toMatchObject({ code: "PAWL_BAD_OPTIONS", path: "needed" });
    giveOptions(app, [flag("key", "given", "needed")]);
    await app.start();
    expect(needed.options).toEqual({ key: "given" });
    await app.stop();
  });

  it("validates what was given to one that is left out, but misses nothing there", async () => {
    class Other extends Service.with({ options: z.object({ key: z.string(), size: z.int().default(1) }) }) {}
    const app = createTestApp({ providers: { other: Other, chosen: Noted } });
    startOnly(app, ["chosen"]);
    giveOptions(app, [flag("size", "big", "other")]);
    await expect(validateOptions(app)).rejects.toMatchObject({
      issues: [{ path: "other", key: "size", given: "big" }],
    });
    giveOptions(app, [flag("size", 2, "other")]);
    await app.start();
    await app.stop();
  });
});
