import { type Action, type ActionContext, type ActionInput, type ActionResult, Service } from "@pawl/kernel";
import { describe, expectTypeOf, test } from "vitest";
import { z } from "zod";

const Query = z.object({ since: z.string().transform(Number), limit: z.number().default(10) });

class Metrics extends Service {
  orders = 0;
  stats = this.action(Query, function (query, context) {
    expectTypeOf(query).toEqualTypeOf<{ since: number; limit: number }>();
    expectTypeOf(context).toEqualTypeOf<ActionContext>();
    return { orders: this.orders, at: new Date(query.since) };
  });
  reset = this.action(async ({ signal }) => {
    expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
  });
  find = this.action(z.string().optional(), (id) => id);
}

describe("an action", () => {
  test("takes in the process what its schema gives, and returns what its function returns", () => {
    const metrics = new Metrics();
    expectTypeOf(metrics.stats({ since: 1, limit: 2 })).toEqualTypeOf<{ orders: number; at: Date }>();
    expectTypeOf(metrics.reset()).toEqualTypeOf<Promise<void>>();
    expectTypeOf(metrics.find()).toEqualTypeOf<string | undefined>();
    // @ts-expect-error what comes from outside is not what it takes
    metrics.stats({ since: "1" });
    // @ts-expect-error it needs its input
    metrics.stats();
    // @ts-expect-error it takes none
    void metrics.reset({});
  });

  test("says what it takes from outside and what it gives", () => {
    expectTypeOf<ActionInput<Metrics["stats"]>>().toEqualTypeOf<{ since: string; limit?: number | undefined }>();
    expectTypeOf<ActionResult<Metrics["stats"]>>().toEqualTypeOf<{ orders: number; at: Date }>();
    expectTypeOf<ActionInput<Metrics["reset"]>>().toEqualTypeOf<void>();
    expectTypeOf<ActionResult<Metrics["reset"]>>().toEqualTypeOf<Promise<void>>();
    expectTypeOf<Metrics["stats"]>().toExtend<Action<ActionInput<Metrics["stats"]>, unknown, never>>();
    expectTypeOf<ActionInput<Metrics["sleep"]>>().toBeNever();
    expectTypeOf<ActionResult<Metrics["orders"]>>().toBeNever();
  });

  test("its function has to take what the schema gives", () => {
    class Wrong extends Service {
      // @ts-expect-error the schema gives a string
      one = this.action(z.string(), (n: number) => n);
    }
    new Wrong();
  });
});
