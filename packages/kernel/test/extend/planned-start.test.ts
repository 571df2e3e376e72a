import { Kernel, type KernelConfig, Service } from "@pawl/kernel";
import { plannedStart } from "@pawl/kernel/extend";
import { expect, test } from "vitest";

const called: string[] = [];
class Db extends Service {
  override onStart() {
    called.push("Db started");
  }
}
class Mailer extends Service {
  constructor({ pool, db }: { pool: object; db: Db }) {
    super();
    void [pool, db];
  }
}
class Shop extends Service {
  readonly #mailer: Mailer;
  constructor({ mailer }: { mailer: Mailer }) {
    super();
    this.#mailer = mailer;
  }
  override get dependencies() {
    return [[this.#mailer, inner]];
  }
}
/** Belongs to no provider, and depends on one. */
class Inner extends Service {
  override get dependencies() {
    return [given];
  }
}
class Using extends Service {
  constructor({ pool }: { pool: { readonly url: string } }) {
    super();
    void pool.url.length;
  }
}
const given = new Db();
const inner = new Inner();
const kernel: Kernel = new Kernel({
  providers: {
    db: Db,
    pool: () => {
      called.push("pool made");
      return {};
    },
    reading: ({ db }: { db: Db }) => db,
    shop: Shop,
    mailer: Mailer,
    given,
    using: Using,
    alone: Db,
  },
} as KernelConfig);

test("a start is planned with what constructors read and dependencies say, in listed order, and nothing starts", () => {
  expect(plannedStart(kernel, ["shop"])).toEqual({ names: ["db", "pool", "shop", "mailer", "given"], open: [] });
  expect(plannedStart(kernel, ["alone", "db"])).toEqual({ names: ["db", "alone"], open: [] });
  expect(called).toEqual([]);
  expect(kernel.state).toBe("idle");
});

test("factories that read something, and what cannot be made without a start, may need more", () => {
  expect(plannedStart(kernel, ["using", "reading"])).toEqual({
    names: ["pool", "reading", "using"],
    open: ["reading", "using"],
  });
  expect(called).toEqual([]);
});

test("a start whose providers need each other is planned to the end", () => {
  const needing = (need: string) =>
    class extends Service {
      constructor(reads: Readonly<Record<string, Service>>) {
        super();
        void reads[need];
      }
    };
  const circle: Kernel = new Kernel({ providers: { one: needing("two"), two: needing("one") } } as KernelConfig);
  expect(plannedStart(circle, ["one"])).toEqual({ names: ["one", "two"], open: [] });
});
