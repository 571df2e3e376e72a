import { context, propagation, SpanStatusCode } from "@opentelemetry/api";
import { Kernel, type Logger, RetryLater, Service } from "@pawl/kernel";
import { createTestApp, testApp } from "@pawl/testing";
import { describe, expect, it, vi } from "vitest";
import { Tracing, traceKernel } from "../../src/index.ts";
import { RecordedSpans, registerContext } from "../recorded-spans.ts";

registerContext();

class Child extends Service {
  override async onStart() {
    await Promise.resolve();
  }
}

class Shop extends Service {
  override async onStart() {
    await this.adopt(new Child());
    this.addCleanup(function closeTill() {});
  }
  override onStop() {}
}

class Mailer extends Service {
  override onReady() {}
}

describe("a start and a stop", () => {
  it("are traces with a span for each service", async () => {
    const spans = new RecordedSpans();
    const providers = { tracing: new Tracing(spans), shop: new Shop(), mailer: new Mailer() };
    const app = createTestApp({ name: "mall", providers });
    await app.start();
    expect(spans.line("onStart shop/child")).toEqual(["onStart shop/child", "onStart shop", "start mall"]);
    expect(spans.line("onStart mailer")).toEqual(["onStart mailer", "start mall"]);
    expect(spans.line("onReady mailer")).toEqual(["onReady mailer", "start mall"]);
    expect(spans.all).toHaveLength(5);
    spans.reset();
    await app[Symbol.asyncDispose]();
    expect(spans.line("onStop shop")).toEqual(["onStop shop", "stop mall"]);
    expect(spans.line("release closeTill")).toEqual(["release closeTill", "stop mall"]);
    expect(spans.names.at(-1)).toBe("stop mall");
    expect(spans.all).toHaveLength(3);
  });

  it("end with what has failed", async () => {
    const spans = new RecordedSpans();
    class Broken extends Service {
      override onStart() {
        throw new Error("boom");
      }
    }
    const kernel = new Kernel({ name: "mall", providers: { broken: new Broken() } });
    const undo = traceKernel(kernel, spans);
    await expect(kernel.start()).rejects.toThrow("boom");
    expect(spans.named("onStart broken").status).toEqual({ code: SpanStatusCode.ERROR, message: "boom" });
    expect(spans.named("start mall").status.code).toBe(SpanStatusCode.ERROR);
    undo();
  });

  it("in which a call is left behind end its span with an error, and what it does later is not told", async () => {
    const spans = new RecordedSpans();
    const shop = new Child();
    const gate = Promise.withResolvers<void>();
    const app = createTestApp({ providers: { tracing: new Tracing(spans), shop } }, { leaks: false });
    await app.start();
    shop.spawn(async function poll() {
      await gate.promise;
    });
    await app.clock.settle();
    const failed = expect(app.stop()).rejects.toMatchObject({ code: "PAWL_STOP_FAILED" });
    await app.clock.advance("30s");
    await failed;
    const task = spans.named("task poll");
    expect(task).toMatchObject({
      status: { code: SpanStatusCode.ERROR },
      attributes: { "error.type": "PAWL_ABANDONED" },
      ended: true,
    });
    gate.resolve();
    await app.clock.settle();
    expect(spans.named("task poll")).toBe(task);
  });

  it("cancel what they abort: no error, nor is what asks for another try", async () => {
    const spans = new RecordedSpans();
    const shop = new Child();
    await using app = await testApp({ providers: { tracing: new Tracing(spans), shop } });
    const task = shop.spawn(async function wait() {
      await shop.sleep("1h");
    });
    let tries = 0;
    shop.interval(function fetchRates() {
      if (++tries === 1) throw new RetryLater("5s");
    }, "1m");
    await app.clock.advance("1m");
    expect(spans.named("interval fetchRates")).toMatchObject({
      status: { code: SpanStatusCode.UNSET },
      attributes: { "pawl.outcome": "retry later" },
    });
    task.catch(() => {});
    await shop.stop();
    expect(spans.named("task wait")).toMatchObject({
      status: { code: SpanStatusCode.UNSET },
      attributes: { "pawl.outcome": "cancelled" },
    });
  });
});

describe("new Tracing()", () => {
  it("ends what is open and flushes when it stops, and traces again when it is started", async () => {
    const spans = new RecordedSpans();
    const flushed: (readonly string[])[] = [];
    const tracing = new Tracing({ ...spans, tracer: spans.tracer, flush: () => flushed.push(spans.names) });
    const shop = new Child();
    await using app = await testApp({ name: "mall", providers: { tracing, shop } });
    const gate = Promise.withResolvers<void>();
    shop.spawn(async function poll() {
      await gate.promise;
    });
    await app.clock.settle();
    await tracing.stop();
    expect(spans.named("task poll").status.code).toBe(SpanStatusCode.UNSET);
    expect(flushed).toEqual([expect.arrayContaining(["task poll"])]);
    gate.resolve();
    spans.reset();
    shop.emit("paid");
    expect(spans.all).toEqual([]);
    await app.start("tracing");
    shop.emit("paid");
    expect(spans.names).toEqual(["emit paid"]);
  });

  it("says once what is not registered, and works without", async () => {
    const spans = new RecordedSpans();
    context.disable();
    propagation.disable();
    const warn = vi.fn();
    const logger: Logger = { trace() {}, debug() {}, info() {}, warn, error() {}, child: () => logger };
    await using _ = await testApp({ logger, providers: { tracing: new Tracing(spans) } });
    expect(warn).toHaveBeenCalledExactlyOnceWith(
      expect.stringMatching(/^tracing: .*no context manager is registered.*no propagator is registered/),
    );
  });
});
