import {
  ActionError,
  ActionFailedError,
  ActionInputError,
  ActionTimeoutError,
  Kernel,
  type KernelConfig,
  NotRunningError,
  Service,
  UnknownActionError,
} from "@pawl/kernel";
import { instrument } from "@pawl/kernel/extend";
import { NatsActions, NatsNobodyError, natsClient } from "@pawl/nats";
import { afterAll, beforeAll, describe, expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { hasServer, NatsServer } from "../nats-server.ts";

class Orders extends Service {
  readonly placed: string[] = [];
  /** What the handlers that wait have seen. */
  readonly aborted: unknown[] = [];
  readonly waiting: PromiseWithResolvers<string>[] = [];

  place = this.action(z.object({ id: z.string().min(2), count: z.number().default(1) }), ({ id, count }) => {
    if (id === "gone") {
      throw new ActionError("There is none left.", { reason: "sold-out", details: { left: 0 }, status: 409 });
    }
    if (id === "broken") throw new Error("password=hunter2");
    this.placed.push(id);
    return { id, count, at: new Date(0) };
  });
  nothing = this.action(() => undefined);
  unsendable = this.action(() => 1n as unknown);
  large = this.action(() => "x".repeat(2_000_000));
  wait = this.action(async ({ signal }: { signal: AbortSignal }) => {
    const gate = Promise.withResolvers<string>();
    this.waiting.push(gate);
    signal.addEventListener("abort", () => {
      this.aborted.push(signal.reason);
      gate.reject(signal.reason);
    });
    return gate.promise;
  });
  trace = this.action((_: { signal: AbortSignal }) => "traced");
}

interface Services {
  orders: Orders;
}

describe.skipIf(!hasServer)("actions over NATS", () => {
  let server: NatsServer;
  let apps = 0;
  beforeAll(async () => {
    server = await NatsServer.start([]);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  async function shop(more: KernelConfig = {}, options: { readonly actions?: readonly string[] } = {}) {
    const app = `shop${++apps}`;
    const errors: unknown[] = [];
    const orders = new Orders();
    const kernel = await new Kernel({
      name: app,
      providers: { orders, nats: new NatsActions({ url: server.url, ...options }) },
      onError: (error) => void errors.push(error),
      ...more,
    }).start();
    const client = natsClient<Services>(server.url, { app });
    return {
      app,
      kernel,
      orders,
      errors,
      client,
      async [Symbol.asyncDispose]() {
        await client[Symbol.asyncDispose]();
        await kernel.stop();
      },
    };
  }

  test("a call gives what the action gives, as JSON has it", async () => {
    await using app = await shop();
    const order = await app.client.orders.place({ id: "a1" });
    expect(order).toEqual({ id: "a1", count: 1, at: "1970-01-01T00:00:00.000Z" });
    expectTypeOf(order).toEqualTypeOf<{ id: string; count: number; at: string }>();
    expect(await app.client.orders.nothing()).toBeUndefined();
    expect(app.errors).toEqual([]);
  });

  test("a wrong input tells every issue, and an ActionError all that it says", async () => {
    await using app = await shop();
    const wrong = await app.client.orders.place({ id: "a", count: "many" } as never).catch((error: unknown) => error);
    expect(wrong).toBeInstanceOf(ActionInputError);
    expect((wrong as ActionInputError).issues.map(({ path }) => path)).toEqual([["id"], ["count"]]);
    const refused = await app.client.orders.place({ id: "gone" }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ActionError);
    expect(refused).toMatchObject({
      message: "There is none left.",
      reason: "sold-out",
      details: { left: 0 },
      status: 409,
    });
    expect(app.errors).toEqual([]);
  });

  test("any other error is reported there, and reaches its caller as a number alone", async () => {
    await using app = await shop();
    const failed = await app.client.orders.place({ id: "broken" }).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(ActionFailedError);
    expect(JSON.stringify([failed, (failed as Error).message, (failed as Error).cause])).not.toContain("hunter2");
    expect((failed as ActionFailedError).id).toMatch(/^[\w-]{36}$/);
    expect(app.errors).toEqual([new Error("password=hunter2")]);
  });

  test("a result that cannot be sent is a failure too", async () => {
    await using app = await shop();
    await expect(app.client.orders.unsendable()).rejects.toBeInstanceOf(ActionFailedError);
    await expect(app.client.orders.large()).rejects.toBeInstanceOf(ActionFailedError);
    expect(app.errors).toHaveLength(2);
  });

  test("a body that is no JSON, or would pollute prototypes, is refused", async () => {
    await using app = await shop();
    const { connect } = await import("@nats-io/transport-node");
    const connection = await connect({ servers: server.url });
    for (const [body, status] of [
      ["{", "400"],
      ['{"__proto__":{"a":1}}', "400"],
      ["[".repeat(500), "400"],
      ['{"id":"ok"}', undefined],
    ] as const) {
      const answer = await connection.request(`pawl.${app.app}.orders.place`, body, { timeout: 2_000 });
      expect([body, answer.headers?.get("Pawl-Status")]).toEqual([body, status]);
    }
    await connection.close();
    expect(app.orders.placed).toEqual(["ok"]);
  });

  test("nobody that serves it is told at once, and is no time-out", async () => {
    await using app = await shop();
    const began = performance.now();
    const nobody = natsClient<Services>(server.url, { app: "nowhere" });
    await expect(nobody.orders.nothing()).rejects.toBeInstanceOf(NatsNobodyError);
    expect(performance.now() - began).toBeLessThan(2_000);
    await nobody[Symbol.asyncDispose]();
    const others = app.client as unknown as Record<string, Record<string, () => Promise<unknown>>>;
    await expect(others["mails"]?.["send"]?.()).rejects.toBeInstanceOf(NatsNobodyError);
    await expect(others["orders"]?.["plaice"]?.()).rejects.toBeInstanceOf(UnknownActionError);
  });

  test("a slow one ends in its time, and aborts the signal of its handler", async () => {
    await using app = await shop();
    await expect(app.client.orders.wait(undefined, { timeout: "100ms" })).rejects.toBeInstanceOf(ActionTimeoutError);
    await expect.poll(() => app.orders.aborted.length).toBe(1);
  });

  test("a caller that waits no longer aborts the signal of the handler", async () => {
    await using app = await shop();
    const controller = new AbortController();
    const call = app.client.orders.wait(undefined, { signal: controller.signal });
    await expect.poll(() => app.orders.waiting.length).toBe(1);
    controller.abort(new Error("enough"));
    await expect(call).rejects.toThrow("enough");
    await expect.poll(() => app.orders.aborted.length).toBe(1);
    expect(app.errors).toEqual([]);
  });

  test("a stop answers the calls that it has, and takes no more", async () => {
    await using app = await shop();
    const call = app.client.orders.wait();
    await expect.poll(() => app.orders.waiting.length).toBe(1);
    const stopped = app.kernel.stop();
    await expect
      .poll(() => app.client.orders.nothing().catch((error: unknown) => error))
      .toBeInstanceOf(NatsNobodyError);
    app.orders.waiting[0]?.resolve("done");
    expect(await call).toBe("done");
    await stopped;
  });

  test("what is down answers so, and not as if there were nobody", async () => {
    await using app = await shop();
    await app.orders.stop();
    await expect(app.client.orders.nothing()).rejects.toBeInstanceOf(NotRunningError);
  });

  test("the processes of an app share its calls", async () => {
    await using first = await shop();
    await using second = await shop({ name: first.app });
    for (let i = 0; i < 60; i++) await first.client.orders.place({ id: `id${i}` });
    const [one, other] = [first.orders.placed.length, second.orders.placed.length];
    expect(one + other).toBe(60);
    expect(Math.min(one, other)).toBeGreaterThan(5);
  });

  test("only what was chosen is served, and what there is not is refused at the start", async () => {
    await using app = await shop({}, { actions: ["orders"] });
    expect(await app.client.orders.nothing()).toBeUndefined();
    await expect(shop({}, { actions: ["orders.plaice"] })).rejects.toThrow(/there is no action "orders.plaice"/);
    await using none = await shop({}, { actions: [] });
    await expect(none.client.orders.nothing()).rejects.toBeInstanceOf(NatsNobodyError);
  });

  test("a call goes on over a server that was restarted", async () => {
    await using own = await NatsServer.start([]);
    const app = await new Kernel({
      name: "shop",
      providers: { orders: new Orders(), nats: new NatsActions({ url: own.url }) },
      onError: () => {},
    }).start();
    await using client = natsClient<Services>(own.url, { app: "shop" });
    await client.orders.nothing();
    const cut = client.orders.wait();
    const failed = expect(cut).rejects.toMatchObject({ code: "PAWL_NATS_CONNECTION" });
    await own.kill();
    await failed;
    await own.run();
    await expect.poll(() => client.orders.nothing().then(() => "answered"), { timeout: 5_000 }).toBe("answered");
    await app.stop();
  });

  test("the headers of a trace come along", async () => {
    await using app = await shop();
    const seen: unknown[] = [];
    const undo = instrument(app.kernel, {
      around({ spec }, fn) {
        if (spec.kind === "action") seen.push([spec.label, spec.carrier?.("traceparent")]);
        return fn();
      },
    });
    const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    expect(await app.client.orders.trace(undefined, { headers: { traceparent } })).toBe("traced");
    undo();
    expect(seen).toEqual([["trace", traceparent]]);
  });
});

test("wrong options are refused before anything is done", () => {
  expect(() => new NatsActions({ url: "nats://a?strem=b" })).toThrow("has an option");
  // The one URL of an app may say how messages are kept.
  expect(() => new NatsActions({ url: "nats://a?stream=b&maxAge=7d" })).not.toThrow();
  expect(() => new NatsActions({ actions: "orders" as never })).toThrow("true, false or a list");
  expect(() => natsClient("nats://127.0.0.1", { app: "" })).toThrow("the name of the app");
  expect(() => natsClient("http://127.0.0.1", { app: "a" })).toThrow("does not begin with nats:// or tls://");
});
