import { Service } from "@pawl/kernel";
import { describe, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { type Client, client, perform } from "../../src/index.ts";

class Metrics extends Service {
  orders = 0;
  stats = this.action(z.object({ since: z.string().transform(Number), limit: z.number().default(1) }), () => ({
    at: new Date(),
    orders: 1 as number,
    maybe: undefined as string | undefined,
    fn: () => 1,
  }));
  reset = this.action(async () => {});
  find = this.action(z.string().optional(), async (id) => (id ? { id } : null));
  all = this.action(() => new Map([[1, new Date()]]));
  list = this.action(() => [new Date()]);
}
class Plain extends Service {}
interface Declared {
  metrics: Metrics;
  plain: Plain;
  value: { readonly a: 1 };
}

describe("client<Services>(url)", () => {
  const remote = client<Declared>("http://localhost");

  test("has the services with actions, with nothing but their actions", () => {
    expectTypeOf<keyof Client<Declared>>().toEqualTypeOf<"metrics">();
    expectTypeOf<keyof Client<Declared>["metrics"]>().toEqualTypeOf<"stats" | "reset" | "find" | "all" | "list">();
    // @ts-expect-error no such service
    void remote.metric;
    // @ts-expect-error no action
    void remote.metrics.orders;
    // @ts-expect-error no action
    void remote.metrics.stop;
  });

  test("takes what the schema takes, before it has parsed it", () => {
    expectTypeOf(remote.metrics.stats).parameter(0).toEqualTypeOf<{ since: string; limit?: number | undefined }>();
    // @ts-expect-error wrong input
    void remote.metrics.stats({ since: 1 });
    // @ts-expect-error it needs its input
    void remote.metrics.stats();
    // @ts-expect-error it takes none
    void remote.metrics.reset({});
    void remote.metrics.reset(undefined, { timeout: "5s" });
    void remote.metrics.find();
    // @ts-expect-error no duration
    void remote.metrics.reset(undefined, { timeout: "soon" });
  });

  test("gives results as JSON has them", () => {
    expectTypeOf<Awaited<ReturnType<typeof remote.metrics.stats>>>().toEqualTypeOf<{
      at: string;
      orders: number;
      maybe: string | undefined;
    }>();
    expectTypeOf<Awaited<ReturnType<typeof remote.metrics.reset>>>().toEqualTypeOf<undefined>();
    expectTypeOf<Awaited<ReturnType<typeof remote.metrics.find>>>().toEqualTypeOf<{ id: string } | null>();
    expectTypeOf<Awaited<ReturnType<typeof remote.metrics.all>>>().not.toHaveProperty("size");
    expectTypeOf<Awaited<ReturnType<typeof remote.metrics.list>>>().toEqualTypeOf<string[]>();
  });
});

test("an action whose output is no such result does not compile", () => {
  class Priced extends Service {
    fits = this.action(() => ({ id: "a" }), { output: z.object({ id: z.string() }) });
    later = this.action(z.string(), async (id) => ({ id, cost: 1 }), { output: z.object({ id: z.string() }) });
    when = this.action(async () => ({ at: "2026" }), { output: z.object({ at: z.string().transform(Number) }) });
    // @ts-expect-error the result has another type
    wrong = this.action(() => ({ id: "a" }), { output: z.object({ id: z.number() }) });
  }
  const { priced } = client<{ priced: Priced }>("http://localhost");
  expectTypeOf(priced.later("a")).resolves.toEqualTypeOf<{ id: string }>();
  expectTypeOf(priced.when()).resolves.toEqualTypeOf<{ at: number }>();
  expectTypeOf<Priced["later"]>().returns.resolves.toEqualTypeOf<{ id: string; cost: number }>();
});

test("while no service is declared, perform takes any name and any input", () => {
  expectTypeOf(perform("http://localhost", "a.b", 1, { timeout: 1 })).toEqualTypeOf<Promise<unknown>>();
});
