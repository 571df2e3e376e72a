import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import { testApp } from "@pawl/testing";
import { HTTPException } from "hono/http-exception";
import { ActionError, App, Controller, Service } from "pawl";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { Tracing } from "../../src/index.ts";
import { RecordedSpans, registerContext } from "../recorded-spans.ts";

registerContext();

class Metrics extends Service {
  stats = this.action(z.object({ of: z.string() }), async ({ of }) => {
    if (of === "nobody") throw new ActionError("there is nobody");
    if (of === "broken") throw new Error("boom");
    return { of };
  });
}

async function traced() {
  const spans = new RecordedSpans();
  const slow = { came: Promise.withResolvers<void>(), gate: Promise.withResolvers<void>() };
  class Order extends Controller {
    static override route = "/orders/:id";
    async load(c: { req: { param(name: string): string } }) {
      const id = c.req.param("id");
      await Promise.resolve();
      if (id === "broken") throw new Error("boom");
      if (id === "slow") {
        slow.came.resolve();
        await slow.gate.promise;
      }
      if (id === "gone") throw new HTTPException(410);
      this.emit("order:seen", { id });
      return { id };
    }
  }
  const app = await testApp(
    (base) =>
      new App({
        ...base,
        providers: { tracing: new Tracing(spans), metrics: new Metrics() },
        routes: [Order],
        http: { port: 0, host: "127.0.0.1" },
      }),
  );
  spans.reset();
  return { app, slow, spans };
}

describe("a request", () => {
  it("has one span, named by the pattern of its route, from outside or from inside", async () => {
    const { app, spans } = await traced();
    await using _ = app;
    const traceId = "0af7651916cd43dd8448eb211c80319c";
    const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-01` };
    const whole = {
      kind: SpanKind.SERVER,
      name: "GET /orders/:id",
      parentSpanContext: { traceId, spanId: "b7ad6b7169203331" },
      attributes: {
        "pawl.service": "order",
        "pawl.activity": 'request "GET /orders/1"',
        "http.request.method": "GET",
        "url.path": "/orders/1",
        "http.route": "/orders/:id",
        "http.response.status_code": 200,
      },
      status: { code: SpanStatusCode.UNSET },
    };
    await (await app.fetch(new Request("http://localhost/orders/1?a=b", { headers }))).text();
    expect(spans.named("GET /orders/:id")).toMatchObject(whole);
    expect(spans.line("emit order:seen")).toEqual(["emit order:seen", "GET /orders/:id"]);
    expect(spans.all).toHaveLength(2);
    spans.reset();
    await (await fetch(new URL("/orders/1?a=b", app.url), { headers })).text();
    await expect.poll(() => spans.names).toContain("GET /orders/:id");
    expect(spans.named("GET /orders/:id")).toMatchObject(whole);
    spans.reset();
    await (await fetch(new URL("/orders/1", app.url))).text();
    await expect.poll(() => spans.names).toContain("GET /orders/:id");
    expect(spans.named("GET /orders/:id").parentSpanContext).toBeUndefined();
  });

  it("fails with a 5xx and what was thrown, not with a 4xx", async () => {
    const { app, spans } = await traced();
    await using _ = app;
    expect((await app.fetch(new Request("http://localhost/orders/broken"))).status).toBe(500);
    expect(app.errors).toHaveLength(1);
    expect(spans.named("GET /orders/:id")).toMatchObject({
      status: { code: SpanStatusCode.ERROR, message: "boom" },
      events: [{ name: "exception", attributes: { "exception.message": "boom" } }],
      attributes: { "http.response.status_code": 500, "error.type": "Error" },
    });
    spans.reset();
    expect((await app.fetch(new Request("http://localhost/orders/gone"))).status).toBe(410);
    expect((await app.fetch(new Request("http://localhost/nowhere"))).status).toBe(404);
    expect(spans.named("GET /orders/:id")).toMatchObject({
      status: { code: SpanStatusCode.UNSET },
      attributes: { "http.response.status_code": 410 },
      events: [],
    });
    expect(spans.named("GET").attributes).toMatchObject({ "http.response.status_code": 404, "url.path": "/nowhere" });
  });

  it("of an action has that as its child; what it refuses is no failure", async () => {
    const { app, spans } = await traced();
    await using _ = app;
    const stats = (of: unknown) =>
      fetch(new URL("/metrics/stats", app.url), {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ of }),
      });
    const ended = async () => {
      await expect.poll(() => spans.names).toContain("POST /metrics/stats");
      expect(spans.line("metrics.stats")).toEqual(["metrics.stats", "POST /metrics/stats"]);
      const [request, action] = [spans.named("POST /metrics/stats"), spans.named("metrics.stats")];
      spans.reset();
      return { request, action };
    };
    expect((await stats("all")).status).toBe(200);
    const good = await ended();
    expect(good.action).toMatchObject({ kind: SpanKind.INTERNAL, status: { code: SpanStatusCode.UNSET } });
    expect(good.request.attributes).toMatchObject({ "http.route": "/metrics/stats", "pawl.service": "metrics" });
    for (const [of, type, status] of [
      [1, "PAWL_ACTION_INPUT", 400],
      ["nobody", "PAWL_ACTION_ERROR", 422],
    ]) {
      expect((await stats(of)).status).toBe(status);
      const refused = await ended();
      expect(refused.action).toMatchObject({
        status: { code: SpanStatusCode.UNSET },
        attributes: { "pawl.outcome": "refused", "error.type": type },
      });
      expect(refused.request.status.code).toBe(SpanStatusCode.UNSET);
    }
    expect((await stats("broken")).status).toBe(500);
    const broken = await ended();
    expect(broken.action.status).toEqual({ code: SpanStatusCode.ERROR, message: "boom" });
    expect(broken.request.status.code).toBe(SpanStatusCode.ERROR);
    expect(app.errors).toHaveLength(1);
  });

  it("does not mix with those beside it", async () => {
    const { app, spans } = await traced();
    await using _ = app;
    const ids = Array.from({ length: 20 }, (_unused, id) => id);
    await Promise.all(ids.map(async (id) => (await fetch(new URL(`/orders/${id}`, app.url))).text()));
    await expect.poll(() => spans.all.length).toBe(40);
    const traces = Map.groupBy(spans.all, (span) => span.spanContext().traceId);
    expect(traces.size).toBe(20);
    for (const of of traces.values()) {
      expect(of.map(({ name }) => name).sort()).toEqual(["GET /orders/:id", "emit order:seen"]);
    }
  });

  it("whose client has gone was cancelled", async () => {
    const { app, slow, spans } = await traced();
    await using _ = app;
    const client = new AbortController();
    const ended = new Promise((resolve) => app.observe(resolve, { kinds: ["request.ended"] }));
    const asked = fetch(new URL("/orders/slow", app.url), { signal: client.signal });
    await slow.came.promise;
    client.abort();
    await expect(asked).rejects.toThrow("aborted");
    expect(await ended).toMatchObject({ status: 499 });
    expect(spans.names).not.toContain("GET /orders/:id");
    slow.gate.resolve();
    await expect.poll(() => spans.names).toContain("GET /orders/:id");
    const { attributes, status } = spans.named("GET /orders/:id");
    expect(attributes).toMatchObject({ "pawl.outcome": "cancelled" });
    expect(status.code).toBe(SpanStatusCode.UNSET);
  });

  it("that a stop abandons ends with an error, once", async () => {
    const { app, slow, spans } = await traced();
    const asked = fetch(new URL("/orders/slow", app.url)).catch(() => "cut");
    await slow.came.promise;
    const stopped = app.stop();
    const failed = expect(stopped).rejects.toMatchObject({ code: "PAWL_STOP_FAILED" });
    await app.clock.advance("30s");
    await failed;
    await asked;
    slow.gate.resolve();
    expect(spans.named("GET /orders/:id")).toMatchObject({
      status: { code: SpanStatusCode.ERROR },
      attributes: { "error.type": "PAWL_ABANDONED" },
    });
    expect(spans.names).not.toContain("emit order:seen");
  });
});
