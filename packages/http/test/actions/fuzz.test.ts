import { Service } from "@pawl/kernel";
import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import { anyPort, WebApp } from "../web-app.ts";

interface Tree {
  readonly label: string;
  readonly children: readonly Tree[];
}
const Tree: z.ZodType<Tree> = z.lazy(() => z.object({ label: z.string(), children: z.array(Tree) }));
const Order = z.strictObject({
  id: z.string().min(1).max(20),
  total: z.number().nonnegative(),
  tags: z.array(z.enum(["new", "paid"])).default([]),
  customer: z.object({ mail: z.email(), age: z.number().int().optional() }).nullable(),
  more: z.record(z.string(), z.union([z.string(), z.boolean()])).optional(),
});

class Target extends Service {
  calls = 0;
  order = this.action(Order, (order) => this.#got(order));
  tree = this.action(Tree, (tree) => this.#got(tree));
  later = this.action(z.looseObject({ n: z.number().refine(async (n) => n > 0) }), async (input) =>
    this.#got({ ...input }),
  );
  echo = this.action(z.unknown(), (input) => this.#got(input));
  none = this.action(() => this.#got(undefined));

  #got<T>(input: T): T {
    this.calls++;
    return input;
  }
}

/** Keys and values that have a meaning somewhere. */
const odd = fc.constantFrom(
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "then",
  "toJSON",
  "\u0000",
  "\ud800",
  "$ref",
  "id",
  "n",
  "label",
  "children",
  "total",
  "customer",
);
const { value } = fc.letrec<{ value: unknown; order: unknown; tree: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.oneof(fc.string(), odd, fc.double(), fc.integer(), fc.boolean(), fc.constant(null)),
    fc.array(tie("value"), { maxLength: 5 }),
    fc.dictionary(fc.oneof(fc.string(), odd), tie("value"), { maxKeys: 5 }),
    tie("order"),
    tie("tree"),
  ),
  order: fc.record(
    {
      id: fc.oneof(fc.string({ minLength: 1, maxLength: 20 }), tie("value")),
      total: fc.oneof(fc.nat(), tie("value")),
      tags: fc.oneof(fc.constant(["new"]), tie("value")),
      customer: fc.oneof(fc.constant(null), fc.record({ mail: fc.emailAddress() }), tie("value")),
      n: fc.integer(),
    },
    { requiredKeys: ["id", "total"] },
  ),
  tree: fc.record({ label: fc.string(), children: fc.array(tie("value"), { maxLength: 3 }) }),
}));
const json = value.map((made) => JSON.stringify(made));
/** JSON with something cut out and something put in. */
const broken = fc
  .tuple(
    json,
    fc.nat(),
    fc.nat(8),
    fc.oneof(fc.string(), fc.constantFrom("[", "{", '"', "\\", "\\u", ",", ":", "1e999", "-0", "\ufeff")),
  )
  .map(([text, at, length, put]) => {
    const start = at % (text.length + 1);
    return text.slice(0, start) + put + text.slice(start + length);
  });
const nested = fc
  .tuple(fc.constantFrom("[", '{"children":[', '{"a":'), fc.integer({ min: 1, max: 3_000 }))
  .map(([open, times]) => open.repeat(times));
const body = fc.oneof(
  { weight: 6, arbitrary: json },
  { weight: 4, arbitrary: broken },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 60 }) },
  { weight: 1, arbitrary: fc.string({ maxLength: 40 }) },
  { weight: 1, arbitrary: nested },
);
const call = fc.record({
  path: fc.oneof(
    {
      weight: 12,
      arbitrary: fc.constantFrom("order", "tree", "later", "echo", "none").map((name) => `/target/${name}`),
    },
    { weight: 1, arbitrary: fc.string().map((name) => `/target/${encodeURIComponent(name.toWellFormed())}`) },
  ),
  type: fc.oneof(
    { weight: 12, arbitrary: fc.constant("application/json") },
    { weight: 1, arbitrary: fc.constantFrom("text/plain", "application/json;charset=x", "", "multipart/form-data") },
  ),
  timeout: fc.oneof(
    { weight: 12, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constantFrom("1000", "0", "x", "") },
  ),
  body,
});

const expected = new Set([200, 204, 400, 404, 413, 415]);

async function started() {
  const errors: unknown[] = [];
  const target = new Target();
  const app = new WebApp({
    providers: { target },
    http: { ...anyPort, bodyLimit: 20_000 },
    onError: (error) => errors.push(error),
  });
  await app.start();
  const statuses = new Map<number, number>();
  /** Calls, and looks at the answer. */
  const ask = async (
    {
      path,
      type,
      timeout,
      body: sent,
    }: { path: string; type: string; timeout: string | undefined; body: string | Uint8Array },
    send: (path: string, init: RequestInit) => Promise<Response>,
  ) => {
    const headers = { "content-type": type, ...(timeout === undefined ? {} : { "pawl-timeout-ms": timeout }) };
    const response = await send(path, { method: "POST", headers, body: sent as string });
    const text = await response.text();
    statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
    if (!expected.has(response.status) || errors.length > 0) throw new Error(`${response.status}: ${text} ${errors}`);
    if (response.status !== 204) JSON.parse(text);
    if (response.status === 400 && path !== "/target/none")
      expect(response.headers.get("content-type")).toBe("application/problem+json");
  };
  return { app, target, statuses, ask };
}

test("100 000 generated bodies find no failure of the server", { timeout: 300_000 }, async () => {
  const { app, target, statuses, ask } = await started();
  await using _ = app;
  const property = fc.asyncProperty(call, (made) => ask(made, (path, init) => app.fetch(path, init)));
  await fc.assert(property, { numRuns: 100_000, interruptAfterTimeLimit: 280_000, markInterruptAsFailure: true });
  // They were no 100 000 times the same: calls came through, and were refused in every way.
  expect([...statuses.keys()].sort()).toEqual([...expected].sort());
  expect(target.calls).toBeGreaterThan(5_000);
  expect(statuses.get(400)).toBeGreaterThan(10_000);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  expect(Object.keys(Object.prototype)).toEqual([]);
});

test("3 000 more over a socket find none either, and the server goes on", { timeout: 60_000 }, async () => {
  const { app, statuses, ask } = await started();
  await using _ = app;
  const property = fc.asyncProperty(call, (made) => ask(made, (path, init) => fetch(new URL(path, app.url), init)));
  await fc.assert(property, { numRuns: 3_000 });
  expect([...statuses.values()].reduce((sum, count) => sum + count, 0)).toBe(3_000);
  expect(app.state).toBe("running");
});
