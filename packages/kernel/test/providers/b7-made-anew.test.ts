import { Kernel, provide, Service } from "@pawl/kernel";
import { createTestApp, testApp } from "@pawl/testing";
import { describe, expect, it } from "vitest";
import { actor, errorOf, noted } from "../lifecycle/actor.ts";

describe("B7 Each start() of a kernel", () => {
  it("builds class and factory providers anew, so that a closed client is never handed out", async () => {
    let clients = 0;
    class Shop extends Service {
      readonly client: { readonly nr: number; open: boolean };
      constructor({ client }: { client: { nr: number; open: boolean } }) {
        super();
        this.client = client;
      }
    }
    await using app = createTestApp({
      providers: {
        client: () => ({
          nr: ++clients,
          open: true,
          close() {
            this.open = false;
          },
        }),
        shop: Shop,
      },
    });
    const seen: unknown[] = [];
    for (let run = 1; run <= 3; run++) {
      await app.start();
      const shop = app.service("shop");
      expect(shop.client).toMatchObject({ nr: run, open: true });
      expect(seen).not.toContain(shop);
      seen.push(shop);
      await app.stop();
      expect(shop.client.open).toBe(false);
    }
  });

  it("uses given instances again", async () => {
    const shop = actor();
    await using app = createTestApp({ providers: { shop } });
    for (let run = 1; run <= 2; run++) {
      await app.start();
      expect(app.service("shop")).toBe(shop);
      await app.stop();
    }
  });

  it("after a failed start too", async () => {
    let made = 0;
    let broken = true;
    await using app = createTestApp({
      providers: {
        client: () => ({ nr: ++made }),
        shop: actor({
          onStart() {
            if (broken) throw new Error("boom");
          },
        }),
      },
    });
    await errorOf(app.start());
    broken = false;
    await app.start();
    expect(app.service("client")).toEqual({ nr: 2 });
  });
});

describe("B7 A factory", () => {
  it("is called with the providers it reads, and may be async", async () => {
    await using app = await testApp({
      providers: {
        config: () => ({ url: "postgres://" }),
        pool: async ({ config }: { config: { url: string } }) => ({ url: config.url }),
      },
    });
    expect(app.service("pool")).toEqual({ url: "postgres://" });
  });

  it("may give a service, which is then started and stopped", async () => {
    const journal: string[] = [];
    await using app = await testApp({ providers: { shop: () => noted(journal, "ignored") } });
    // Its name is that of the provider.
    expect(app.inspect().services).toMatchObject([{ path: "shop" }]);
    await app.stop();
    expect(journal).toEqual(["+ignored", "-ignored"]);
  });
});

describe("B7 A plain value is released by the rule of own", () => {
  it.each([
    "stop",
    "close",
    "quit",
    "end",
    "disconnect",
    "destroy",
    "terminate",
    "kill",
    Symbol.dispose,
    Symbol.asyncDispose,
  ])("by %s", async (method) => {
    const journal: string[] = [];
    await using app = await testApp({ providers: { pool: () => ({ [method]: () => journal.push("released") }) } });
    await app.stop();
    expect(journal).toEqual(["released"]);
  });

  it("if it has such a method: a plain object, a string or undefined needs none", async () => {
    await using app = await testApp({
      providers: { config: () => ({ url: "x" }), name: () => "name", nothing: () => undefined },
    });
    await app.stop();
  });

  it("provide(factory, { release }) says otherwise: a function, or false", async () => {
    const journal: string[] = [];
    const pool = (name: string) => () => ({ name, close: () => journal.push(`closed ${name}`) });
    await using app = await testApp({
      providers: {
        drained: provide(pool("drained"), { release: async ({ name }) => journal.push(`drained ${name}`) }),
        borrowed: provide(pool("borrowed"), { release: false }),
      },
    });
    await app.stop();
    expect(journal).toEqual(["drained drained"]);
  });

  it("once, also where several providers give the same value", async () => {
    const journal: string[] = [];
    await using app = await testApp({
      providers: {
        pool: () => ({ close: () => journal.push("closed") }),
        alias: ({ pool }: { pool: object }) => pool,
      },
    });
    expect(app.service("alias")).toBe(app.service("pool"));
    await app.stop();
    expect(journal).toEqual(["closed"]);
  });

  it("a failure of it is told with its name", async () => {
    const boom = new Error("boom");
    await using app = await testApp({ providers: { pool: () => ({ close: () => Promise.reject(boom) }) } });
    const error = await errorOf<AggregateError>(app.stop());
    expect(error.errors).toMatchObject([{ path: "pool", step: 'release "value"', cause: boom }]);
  });
});

describe("B7 What cannot be provided is refused at once, by name", () => {
  class Plain {}
  it.each<[string, unknown, string]>([
    [
      "a class that is not a Service",
      Plain,
      "providers.db: the class Plain is not a Service; extend Service, or give a factory: db: (services) => new Plain(…)",
    ],
    [
      "an object",
      {},
      "providers.db: object cannot be provided; give a Service, a class that extends Service, or a factory: db: () => value",
    ],
    [
      "null",
      null,
      "providers.db: null cannot be provided; give a Service, a class that extends Service, or a factory: db: () => value",
    ],
    [
      "a string",
      "db",
      "providers.db: string cannot be provided; give a Service, a class that extends Service, or a factory: db: () => value",
    ],
    [
      "an array",
      [],
      "providers.db: an array cannot be provided; give a Service, a class that extends Service, or a factory: db: () => value",
    ],
  ])("%s", (_, entry, message) => {
    expect(() => new Kernel({ providers: { db: entry } as never })).toThrow(
      expect.objectContaining({ name: "TypeError", code: "PAWL_BAD_PROVIDER", message }),
    );
  });

  it("one name in two stages", () => {
    expect(() => new Kernel({ providers: [{ db: actor() }, { db: actor() }] })).toThrow(
      expect.objectContaining({
        name: "TypeError",
        code: "PAWL_BAD_PROVIDER",
        message: 'providers: "db" is listed twice; give one of them another name',
      }),
    );
  });

  it.each(["a/b", "", "a b", "a#2"])("the name %j, which would make owner paths ambiguous", (name) => {
    expect(() => new Kernel({ providers: { [name]: actor() } })).toThrow(
      expect.objectContaining({ name: "TypeError", code: "PAWL_BAD_NAME" }),
    );
  });

  it("providers that are no object, stages included", () => {
    for (const providers of [null, "db", 1, [null]]) {
      expect(() => new Kernel({ providers: providers as never })).toThrow(
        expect.objectContaining({ name: "TypeError", code: "PAWL_BAD_PROVIDER" }),
      );
    }
  });

  it("a bad duration in provide() or the configuration", () => {
    const bad = { name: expect.stringMatching(/^(Type|Range)Error$/), code: "PAWL_BAD_DURATION" };
    for (const duration of ["soon", 0, -1, Number.NaN, Number.POSITIVE_INFINITY, "10"]) {
      expect(() => provide(actor(), { startTimeout: duration as "1s" })).toThrow(expect.objectContaining(bad));
      expect(() => provide(actor(), { stopTimeout: duration as "1s" })).toThrow(expect.objectContaining(bad));
      for (const key of ["startTimeout", "stopTimeout", "shutdownTimeout"]) {
        expect(() => new Kernel({ [key]: duration as "1s" })).toThrow(expect.objectContaining(bad));
      }
    }
  });

  it("an onError that is no function, a name that is no name", () => {
    expect(() => new Kernel({ onError: "log" as never })).toThrow(
      expect.objectContaining({ name: "TypeError", code: "PAWL_BAD_OPTION" }),
    );
    expect(() => new Kernel({ name: "my app" })).toThrow(
      expect.objectContaining({ name: "TypeError", code: "PAWL_BAD_NAME" }),
    );
  });
});
