import { SpanKind, trace } from "@opentelemetry/api";
import { AlwaysOffSampler, ParentBasedSampler } from "@opentelemetry/sdk-trace-base";
import { consume, queue, worker } from "@pawl/background";
import { Kernel, Service } from "@pawl/kernel";
import { callAction, isInstrumented } from "@pawl/kernel/extend";
import { testApp } from "@pawl/testing";
import { describe, expect, it } from "vitest";
import { Tracing, traceFields, traceHeaders, traceKernel } from "../../src/index.ts";
import { RecordedSpans, registerContext } from "../recorded-spans.ts";

registerContext();

const doubler = new URL("./fixtures/doubler.ts", import.meta.url);

class Shop extends Service {
  buy = this.action(async () => {
    this.emit("order:completed", { id: "a" });
    return "bought";
  });
}

async function traced(options: { listeners?: "all" | "async" } = {}) {
  const spans = new RecordedSpans();
  const shop = new Shop();
  const app = await testApp({ providers: { tracing: new Tracing({ tracer: spans.tracer, ...options }), shop } });
  spans.reset();
  return { spans, shop, app };
}

describe("a span for each call, a child of what led to it", () => {
  it("an action, its emit, a listener of that, the task it spawns, the item that task pushes", async () => {
    const { spans, shop, app } = await traced();
    await using _ = app;
    const mails = queue(shop, async function mail() {});
    shop.listen("order:completed", async () => {
      await Promise.resolve();
      shop.spawn(async function pack() {
        await Promise.resolve();
        mails.push("a");
      });
    });
    await callAction(app, "shop", "buy", undefined, { transport: "test" });
    await app.clock.settle();
    expect(spans.line("queue mail")).toEqual([
      "queue mail",
      "task pack",
      "listener of order:completed",
      "emit order:completed",
      "shop.buy",
    ]);
    expect(new Set(spans.all.map((span) => span.spanContext().traceId)).size).toBe(1);
    expect(spans.named("queue mail").attributes).toEqual({ "pawl.service": "shop", "pawl.activity": 'queue "mail"' });
    expect(spans.named("shop.buy")).toMatchObject({
      kind: SpanKind.INTERNAL,
      attributes: { "rpc.system": "pawl", "rpc.service": "shop", "rpc.method": "buy" },
    });
  });

  it("an action from outside is of kind SERVER, and goes on with the trace of its caller", async () => {
    const { spans, app } = await traced();
    await using _ = app;
    const traceId = "0af7651916cd43dd8448eb211c80319c";
    const headers: Record<string, string> = { traceparent: `00-${traceId}-b7ad6b7169203331-01`, tracestate: "a=b" };
    const from = { transport: "test", detached: true };
    await callAction(app, "shop", "buy", undefined, { ...from, carrier: (name) => headers[name] });
    const span = spans.named("shop.buy");
    expect(span).toMatchObject({ kind: SpanKind.SERVER, parentSpanContext: { traceId, spanId: "b7ad6b7169203331" } });
    expect(span.spanContext().traceState?.serialize()).toBe("a=b");
    spans.reset();
    await callAction(app, "shop", "buy", undefined, from);
    expect(spans.named("shop.buy")).toMatchObject({ kind: SpanKind.SERVER, parentSpanContext: undefined });
  });

  it("each tick is a trace of its own, and a tick that an action has triggered is part of that", async () => {
    const { spans, shop, app } = await traced();
    await using _ = app;
    const { tracer } = spans;
    const collecting = tracer.startActiveSpan("outside", (span) => {
      const interval = shop.interval(function collect() {}, "1s");
      shop.cron(function nightly() {}, "0 0 * * *");
      span.end();
      return interval;
    });
    await app.clock.advance("2s");
    const ticks = spans.all.filter(({ name }) => name === "interval collect");
    expect(ticks.map((span) => span.parentSpanContext)).toEqual([undefined, undefined]);
    expect(new Set(ticks.map((span) => span.spanContext().traceId)).size).toBe(2);
    collecting.cancel();
    await app.clock.advance("1d");
    expect(spans.named("cron nightly").parentSpanContext).toBeUndefined();
    const asked = shop.interval(function check() {}, "1h");
    shop.spawn(async function ask() {
      await asked.trigger();
    });
    await app.clock.settle();
    expect(spans.line("interval check")).toEqual(["interval check", "task ask"]);
  });

  it("a timeout belongs to who has set it, in the time of the machine", async () => {
    const spans = new RecordedSpans();
    const shop = new Shop();
    await using app = new Kernel({ providers: { shop } });
    traceKernel(app, spans);
    await app.start();
    const fired = Promise.withResolvers<void>();
    shop.spawn(async function order() {
      shop.timeout(function remind() {
        fired.resolve();
      }, "1ms");
    });
    await fired.promise;
    expect(spans.line("timeout remind").slice(0, 2)).toEqual(["timeout remind", "task order"]);
  });

  it("a buffered listener is called in the trace of its emit, whichever event made room for it", async () => {
    const { spans, shop, app } = await traced();
    await using _ = app;
    const seen: unknown[] = [];
    shop.listen(
      "paid",
      async () => {
        await Promise.resolve();
        seen.push(trace.getActiveSpan()?.spanContext().traceId);
      },
      { concurrency: 1 },
    );
    for (const name of ["one", "two"]) {
      spans.tracer.startActiveSpan(name, (span) => {
        shop.emit("paid");
        span.end();
      });
    }
    await app.clock.settle();
    expect(seen).toEqual(["one", "two"].map((name) => spans.named(name).spanContext().traceId));
  });

  it("calls of a worker thread belong to their caller, and items of a consumer to nobody", async () => {
    const { spans, shop, app } = await traced();
    await using _ = app;
    const { call } = await worker<typeof import("./fixtures/doubler.ts")>(shop, doubler);
    const consumed = Promise.withResolvers<void>();
    await shop.spawn(async function calculate() {
      expect(await call.double(2)).toBe(4);
      consume(shop, [1], async function each() {
        consumed.resolve();
      });
    });
    await consumed.promise;
    await app.clock.settle();
    expect(spans.line("call double")).toEqual(["call double", "task calculate"]);
    expect(spans.named("consumer each").parentSpanContext).toBeUndefined();
  });

  it("concurrent calls do not mix", async () => {
    const { spans, shop, app } = await traced();
    await using _ = app;
    shop.listen("order:completed", async () => {
      await Promise.resolve();
    });
    await Promise.all(
      Array.from({ length: 20 }, () => callAction(app, "shop", "buy", undefined, { transport: "test" })),
    );
    await app.clock.settle();
    const traces = Map.groupBy(spans.all, (span) => span.spanContext().traceId);
    expect(traces.size).toBe(20);
    for (const of of traces.values()) {
      expect(of.map(({ name }) => name).sort()).toEqual([
        "emit order:completed",
        "listener of order:completed",
        "shop.buy",
      ]);
    }
  });
});

describe('listeners: "async"', () => {
  it("leaves out listeners that were synchronous before", async () => {
    const { spans, shop, app } = await traced({ listeners: "async" });
    await using _ = app;
    let isAsync = false;
    shop.listen("paid", async () => {});
    shop.listen("*", () => (isAsync ? Promise.resolve() : undefined));
    const counts = () => {
      spans.reset();
      shop.emit("paid");
      return app.clock.settle().then(() => spans.names.filter((name) => name.startsWith("listener")).sort());
    };
    expect(await counts()).toEqual(["listener of *", "listener of paid"]);
    expect(await counts()).toEqual(["listener of paid"]);
    isAsync = true;
    expect(await counts()).toEqual(["listener of paid"]);
    expect(await counts()).toEqual(["listener of *", "listener of paid"]);
  });
});

describe("what a program gives to others", () => {
  it("headers and fields of the span here, and none outside", async () => {
    const { spans } = { spans: new RecordedSpans() };
    expect(traceHeaders()).toEqual({});
    expect(traceFields()).toEqual({});
    spans.tracer.startActiveSpan("here", (span) => {
      const { traceId, spanId } = span.spanContext();
      expect(traceHeaders()).toEqual({ traceparent: `00-${traceId}-${spanId}-01` });
      expect(traceFields()).toEqual({ trace_id: traceId, span_id: spanId });
      span.end();
    });
  });
});

describe("sampling", () => {
  it("what is not sampled is not recorded, and says so to what follows", async () => {
    const spans = new RecordedSpans(new ParentBasedSampler({ root: new AlwaysOffSampler() }));
    const shop = new Shop();
    await using app = await testApp({ providers: { tracing: new Tracing(spans), shop } });
    let headers = {};
    shop.listen("order:completed", async () => {
      headers = traceHeaders();
    });
    await callAction(app, "shop", "buy", undefined, { transport: "test" });
    expect(headers).toEqual({ traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/) });
    expect(spans.all).toEqual([]);
  });
});

describe("without tracing", () => {
  it("nothing is around any call", async () => {
    const shop = new Shop();
    await using app = await testApp({ providers: { shop } });
    expect(isInstrumented(shop)).toBe(false);
    const undo = traceKernel(app, new RecordedSpans());
    expect(isInstrumented(shop)).toBe(true);
    undo();
    expect(isInstrumented(shop)).toBe(false);
  });

  it("refuses what is no tracer, and other listeners", () => {
    const { tracer } = new RecordedSpans();
    const bad = expect.objectContaining({ code: "PAWL_BAD_OPTION" });
    expect(() => new Tracing({} as never)).toThrow(bad);
    expect(() => new Tracing(undefined as never)).toThrow(bad);
    expect(() => new Tracing({ tracer, listeners: "some" as never })).toThrow(bad);
    expect(() => new Tracing({ tracer, flush: 1 as never })).toThrow(bad);
    expect(() => traceKernel(new Kernel(), {} as never)).toThrow(bad);
  });
});
