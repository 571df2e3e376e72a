import { inspect } from "node:util";
import { OptionsError, provide, Service } from "@pawl/kernel";
import { giveOptions, optionSpecs, validateOptions } from "@pawl/kernel/extend";
import { createTestApp, testApp } from "@pawl/testing";
import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { z } from "zod";

const mark = { writeOnly: true };
const secret = z.string().meta(mark);
const hunter = "hunter2";

interface Node {
  readonly pw: string;
  readonly next?: Node | undefined;
}
const node: z.ZodType<Node> = z.lazy(() => z.object({ pw: secret, next: node.optional() })).meta({ id: "Node" });

/** Where a secret may stand: a schema, a value with the secret at one place, and how the value is shown. */
const shapes = {
  "a plain text": [secret, hunter, "••••"],
  "a nullable one": [secret.nullable(), hunter, "••••"],
  "an optional one with a default": [secret.nullable().default("none"), hunter, "••••"],
  "a branch of a union": [z.union([z.number(), secret]), hunter, "••••"],
  "an intersection": [z.intersection(secret, z.string()), hunter, "••••"],
  "a list": [z.array(secret), [hunter], ["••••"]],
  "a tuple": [z.tuple([z.string(), secret]), ["me", hunter], ["me", "••••"]],
  "the rest of a tuple": [z.tuple([z.string()], secret), ["me", hunter], ["me", "••••"]],
  "a record": [z.record(z.string(), secret), { a: hunter }, { a: "••••" }],
  "an object that may be null": [
    z.object({ user: z.string(), pw: secret }).nullable(),
    { user: "me", pw: hunter },
    { user: "me", pw: "••••" },
  ],
  "objects in a list": [z.array(z.object({ pw: secret })), [{ pw: hunter }], [{ pw: "••••" }]],
  "the second of two variants with the same key": [
    z.union([z.object({ kind: z.literal("a"), pw: z.string() }), z.object({ kind: z.literal("b"), pw: secret })]),
    { kind: "b", pw: hunter },
    { kind: "b", pw: "••••" },
  ],
  "an object within itself": [node, { pw: "x", next: { pw: hunter } }, { pw: "••••", next: { pw: "••••" } }],
  "all that is marked": [z.object({ pw: z.string() }).meta(mark), { pw: hunter }, "••••"],
} as const;

/** The options that take a secret at `db`, and beside it a number. */
const withSecret = (schema: z.ZodType) => z.object({ db: schema as z.ZodType<string>, size: z.number().default(1) });

async function errorOf(options: object, given: unknown) {
  class Store extends Service.with({ options: options as ReturnType<typeof withSecret> }) {}
  const app = createTestApp({ providers: { store: Store } });
  giveOptions(app, [{ provider: "store", path: ["db"], value: given, source: "flag", where: "--store-db" }]);
  const error = await validateOptions(app).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(OptionsError);
  return error as OptionsError;
}

describe.each(Object.entries(shapes))("C1 a secret in %s", (_, [schema, value, shown]) => {
  class Store extends Service.with({ options: withSecret(schema) }) {}
  const code = { db: value as never };

  it("is shown neither by inspect() nor as a default of help", async () => {
    await using app = await testApp({ providers: { store: provide(Store, { options: code }) } });
    expect(app.service("store").options.db).toEqual(value);
    expect(app.inspect().services[0]?.options).toEqual({ db: shown, size: 1 });
    expect(optionSpecs(app)[0]?.shown(value, ["db"])).toEqual(shown);
  });

  it("is told by no error, as a value that does not fit or a text that could not be read", async () => {
    const refusing = withSecret(
      (schema as z.ZodType).refine(() => false, { error: ({ input }) => `not ${JSON.stringify(input)}` }),
    );
    for (const given of [value, `{"pw":"${hunter}"`]) {
      const error = await errorOf(refusing, given);
      expect(error.issues).toMatchObject([{ path: "store", where: "--store-db" }]);
      expect(`${error.message}${JSON.stringify(error.issues)}`).not.toContain(hunter);
    }
  });
});

const libraries = {
  valibot: toStandardJsonSchema(
    v.object({ db: v.nullable(v.pipe(v.string(), v.minLength(20), v.metadata({ writeOnly: true }))) }),
  ),
  arktype: type({
    db: type("string >= 20")
      .configure({ format: "password" } as never)
      .or("null"),
  }),
};

it.each(Object.entries(libraries))(
  "C1 a secret that may be null, marked by %s, is told by no error",
  async (_, options) => {
    expect((await errorOf(options, hunter)).message).not.toContain(hunter);
  },
);

it("C1 what is beside a secret is shown", async () => {
  const error = await errorOf(z.object({ db: z.object({ pw: secret, port: z.number() }) }), {
    pw: hunter,
    port: "http",
  });
  expect(error.message).toContain("store.db.port");
  expect(error.issues).toMatchObject([{ key: "db.port", given: "http" }]);
});

it("C1 a schema that throws a secret tells it neither by its message nor by its cause", async () => {
  const throwing = z.object({ db: secret, key: secret.default("swordfish") }).transform(({ db, key }): object => {
    throw new Error(`no ${db} of ${key}`);
  });
  const error = await errorOf(throwing, hunter);
  expect(error.issues).toEqual([
    {
      path: "store",
      key: "",
      source: "flag",
      where: "--store-db",
      expected: "its schema failed; what it threw is left out, as it may tell a secret",
    },
  ]);
  expect(inspect(error)).not.toMatch(/hunter2|swordfish/);
});

const derived: Readonly<Record<string, (text: string) => string>> = {
  "as it is": (text) => text,
  "in capitals": (text) => text.toUpperCase(),
  "cut off": (text) => text.slice(0, -2),
  "in base64": (text) => Buffer.from(text).toString("base64"),
  "for a URL": (text) => encodeURIComponent(text),
  backwards: (text) => [...text].reverse().join(""),
};

describe.each(Object.entries(derived))("C1 a message that quotes a secret %s", (_, write) => {
  const key = "sw0rd/fish hook";
  const quoted = z.string().meta({ writeOnly: true });
  const refused = (of: (input: unknown) => unknown) => ({
    error: ({ input }: { readonly input?: unknown }) => `not ${write(String(of(input)))}!`,
  });

  it.each([
    [
      "of the value itself",
      z.object({
        db: quoted.refine(
          () => false,
          refused((input) => input),
        ),
      }),
    ],
    [
      "of its default",
      z.object({
        db: quoted.default(key).refine(
          () => false,
          refused((input) => input),
        ),
      }),
    ],
    [
      "of what it is part of",
      z.object({ db: quoted }).refine(
        () => false,
        refused((input) => (input as { readonly db: string }).db),
      ),
    ],
  ])("is shown by no error, %s", async (of, options) => {
    const error = await errorOf(options, of === "of its default" ? undefined : key);
    expect(error.issues).toMatchObject([{ path: "store", expected: "it does not fit its schema" }]);
    expect(inspect(error, { depth: 9 })).not.toContain(write(key));
  });
});

it("C1 a message about something else is shown without the secret, in the forms in which one is often written", async () => {
  const password = "sw0rd/fish hook";
  const options = z.object({ db: secret, size: z.number().optional() }).superRefine(({ db }, c) => {
    for (const write of [derived["as it is"], derived["in capitals"], derived["in base64"], derived["for a URL"]])
      c.addIssue({ code: "custom", path: ["size"], message: `too small for ${write?.(db)}` });
  });
  const error = await errorOf(options, password);
  expect(error.issues.map(({ expected }) => expected)).toEqual(Array(4).fill("too small for ••••"));
});

it("C1 a short secret is hidden where it stands alone, and no word is cut that has it by chance", async () => {
  const options = z.object({ db: secret, size: z.number().optional() }).superRefine(({ db }, c) => {
    c.addIssue({ code: "custom", path: ["size"], message: `expected less than exactly ${db} of "${db}"` });
  });
  for (const key of ["x", "less", "a.c", "a(b"]) {
    const error = await errorOf(options, key);
    expect(error.issues.map(({ expected }) => expected)).toEqual([
      `expected ${key === "less" ? "••••" : "less"} than exactly •••• of "••••"`,
    ]);
  }
});

it("C1 of what holds a secret, a key that is no option is named, and the type that is due", async () => {
  const options = z.object({ db: z.strictObject({ pw: secret, port: z.number() }) });
  const given = { pw: hunter, port: 1, prot: 1 };
  expect((await errorOf(options, given)).issues).toMatchObject([{ key: "db", expected: 'it has no option "prot"' }]);
  expect((await errorOf(options, 7)).issues).toMatchObject([{ key: "db", expected: "expected object", given: 7 }]);
});
