import { monitorEventLoopDelay, PerformanceObserver } from "node:perf_hooks";
import { setTimeout as realTime } from "node:timers/promises";
import { Controller } from "@pawl/http";
import { Service } from "@pawl/kernel";
import { describe, expect, test, vi } from "vitest";
import { counter, gauge, histogram, metrics } from "../../src/index.ts";
import { parsed, scrapedApp } from "../scraped-app.ts";
import { Shop } from "../shop.ts";

const anyPort = { port: 0, host: "127.0.0.1" } as const;

describe("/metrics", () => {
  test("is read by a published parser over a socket, process and all", async () => {
    const shop = new Shop();
    await using app = await scrapedApp({ providers: { shop }, http: anyPort }, {});
    shop.orders.add(3);
    shop.latency.record(0.5);
    const response = await fetch(new URL("/metrics", app.url));
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    const families = await parsed(await response.text());
    expect(families.get("orders_total")).toEqual({
      help: "Orders that were taken",
      type: "counter",
      data: [{ value: 3, labels: { service: "shop" } }],
    });
    expect(families.get("latency_seconds")).toMatchObject({
      type: "histogram",
      data: [{ labels: { service: "shop" }, count: 1, sum: 0.5, buckets: { "0.1": 0, "1": 1, "+Inf": 1 } }],
    });
    expect(families.get("process_resident_memory_bytes")).toMatchObject({ type: "gauge" });
    expect(families.get("process_cpu_seconds_total")?.data[0]?.value).toBeGreaterThan(0);
  });

  test("speaks OpenMetrics to who asks for it, and Prometheus again to the next", async () => {
    const shop = new Shop();
    await using app = await scrapedApp({ providers: { shop } }, {});
    shop.orders.add();
    const accept = "application/openmetrics-text; version=1.0.0, text/plain; q=0.5";
    const response = await app.fetch("/metrics", { headers: { accept } });
    expect(response.headers.get("content-type")).toBe("application/openmetrics-text; version=1.0.0; charset=utf-8");
    expect(response.headers.get("vary")).toMatch(/Accept/);
    const text = await response.text();
    expect(text).toContain('# TYPE orders counter\norders_total{service="shop"} 1\n');
    expect(text).toContain("# TYPE process_cpu_seconds counter\nprocess_cpu_seconds_total ");
    expect(text.endsWith("# EOF\n")).toBe(true);
    const plain = await app.scrape();
    expect(plain).toContain('# TYPE orders_total counter\norders_total{service="shop"} 1\n');
    expect(plain).toContain("# TYPE process_cpu_seconds_total counter\n");
  });

  test("escapes labels and descriptions", async () => {
    class Odd extends Service {
      readonly calls = counter(this, "calls", { description: "With a \\ and\na new line" });
    }
    const odd = new Odd();
    await using app = await scrapedApp({ providers: { odd } });
    const path = 'C:\\DIR\n"quoted" {} # = é';
    odd.calls.add(1, { path });
    const text = await app.scrape();
    expect(text).toContain("# HELP calls_total With a \\\\ and\\na new line\n");
    expect((await parsed(text)).get("calls_total")?.data).toEqual([{ value: 1, labels: { service: "odd", path } }]);
  });

  test("is where its route says, and takes the place of no other controller", async () => {
    class Page extends Controller {
      static override route = "/";
      load() {
        return { page: true };
      }
    }
    await using app = await scrapedApp({ routes: [Page, metrics({ route: "/internal/metrics", process: false })] });
    expect((await app.fetch("/internal/metrics")).status).toBe(200);
    expect(await (await app.fetch("/")).json()).toEqual({ page: true });
  });

  test("with a token answers only who knows it", async () => {
    await using app = await scrapedApp({}, { token: "let-me-in", process: false });
    for (const authorization of [undefined, "Bearer let-me-in-", "Bearer let-me-i", "Basic let-me-in", "let-me-in"]) {
      const refused = await app.fetch("/metrics", { headers: authorization ? { authorization } : {} });
      expect(refused.status).toBe(401);
      expect(refused.headers.get("www-authenticate")).toBe("Bearer");
      expect(await refused.text()).not.toContain("pawl_");
    }
    expect(await app.scrape({ authorization: "bearer let-me-in" })).toContain("pawl_ready 1");
  });

  test.each([
    [{ prefix: "Pawl-" }, "TypeError"],
    [{ token: "" }, "TypeError"],
    [{ token: "a b" }, "TypeError"],
    [{ maxSeries: 0 }, "RangeError"],
  ])("refuses the options %j when they are given", (options, name) => {
    expect(() => metrics(options)).toThrow(expect.objectContaining({ code: "PAWL_BAD_OPTION", name }));
  });
});

describe("two apps in one process", () => {
  test("do not meet, even with one controller class", async () => {
    const routes = [metrics({ process: false })];
    const [one, other] = [new Shop(), new Shop()];
    await using first = await scrapedApp({ providers: { shop: one }, routes }, { route: "/unused" });
    await using second = await scrapedApp({ providers: { shop: other }, routes }, { route: "/unused" });
    one.orders.add(1);
    other.orders.add(2);
    await first.fetch("/nowhere");
    expect(await first.sample('orders_total{service="shop"}')).toBe(1);
    expect(await second.sample('orders_total{service="shop"}')).toBe(2);
    expect(await first.scrape()).toContain('http_route="unmatched"');
    expect(await second.scrape()).not.toContain('http_route="unmatched"');
  });
});

describe("the metrics of services", () => {
  test("stand under one name, with the path of each", async () => {
    class Worker extends Service {
      readonly done = counter(this, "done");
    }
    class Owner extends Service {
      override async onStart() {
        await this.adopt(new Worker());
        await this.adopt(new Worker());
      }
    }
    await using app = await scrapedApp({ providers: { owner: Owner } });
    const done = (await parsed(await app.scrape())).get("done_total");
    expect(done?.data.map(({ labels }) => labels)).toEqual([
      { service: "owner/worker" },
      { service: "owner/worker#2" },
    ]);
  });

  test("keep their values through a restart", async () => {
    const shop = new Shop();
    await using app = await scrapedApp({ providers: { shop } });
    shop.orders.add(3);
    await app.restart("shop");
    shop.orders.add(1);
    expect(await app.sample('orders_total{service="shop"}')).toBe(4);
  });

  test("are left out where the name is of another kind, or Pawl's own; that is told once", async () => {
    class Other extends Service {
      readonly gauge = gauge(this, "orders");
      readonly calls = counter(this, "http_server_active_requests");
      readonly broken = gauge(this, "broken", () => {
        throw new Error("it is closed");
      });
    }
    const told: string[] = [];
    const silent = () => {};
    const log = {
      trace: silent,
      debug: silent,
      info: silent,
      warn: (text: string) => void told.push(text),
      error: silent,
    };
    const logger = { ...log, child: () => logger } as never;
    await using app = await scrapedApp({ providers: { shop: new Shop(), other: new Other() }, logger });
    for (const text of [await app.scrape(), await app.scrape()]) {
      expect(text).not.toContain('service="other"} NaN');
      const families = await parsed(text);
      expect(families.get("orders_total")?.data).toEqual([{ value: 0, labels: { service: "shop" } }]);
      expect(families.get("orders")).toBeUndefined();
      expect(families.get("http_server_active_requests_total")).toBeUndefined();
      expect(families.get("broken")?.data ?? []).toEqual([]);
    }
    expect(told.sort()).toEqual([
      'other: counter "http_server_active_requests": http_server_active_requests_total is the name of a metric of Pawl\'s own',
      'other: gauge "broken" cannot be read: it is closed',
      'other: gauge "orders": orders is taken by the counter of another service',
    ]);
  });

  test("of services that are too many are one series, and so are Pawl's own of them", async () => {
    class Many extends Service {
      readonly done = counter(this, "done");
      readonly size = histogram(this, "size", { buckets: [10, 100] });
    }
    const services = Array.from({ length: 6 }, () => new Many());
    services.forEach((service, i) => {
      service.done.add(i);
      service.size.record(i * 30);
    });
    const providers = Object.fromEntries(services.map((service, i) => [`s${i}`, service]));
    await using app = await scrapedApp({ providers }, { maxSeries: 2, process: false });
    const families = await parsed(await app.scrape());
    expect(families.get("done_total")?.data).toEqual([
      { value: 0, labels: { service: "s0" } },
      { value: 1, labels: { service: "s1" } },
      { value: 14, labels: { service: "other" } },
    ]);
    expect(families.get("size")?.data.at(-1)).toEqual({
      labels: { service: "other" },
      count: 4,
      sum: 420,
      buckets: { "10": 0, "100": 2, "+Inf": 4 },
    });
    const healthy = families.get("pawl_service_healthy")?.data.map(({ labels }) => labels?.["service"]);
    expect(healthy).toEqual(["s0", "s1", "other"]);
  });
});

describe("what /metrics holds", () => {
  test("ends with its app: the delay of the event loop and garbage collection are observed no more", async () => {
    const delay = monitorEventLoopDelay();
    const enabled = vi.spyOn(Object.getPrototypeOf(delay), "enable");
    const disabled = vi.spyOn(Object.getPrototypeOf(delay), "disable");
    const observed = vi.spyOn(PerformanceObserver.prototype, "observe");
    const disconnected = vi.spyOn(PerformanceObserver.prototype, "disconnect");
    const app = await scrapedApp({}, {});
    expect([enabled, disabled, observed, disconnected].map(({ mock }) => mock.calls.length)).toEqual([1, 0, 1, 0]);
    await app[Symbol.asyncDispose]();
    expect([enabled, disabled, observed, disconnected].map(({ mock }) => mock.calls.length)).toEqual([1, 1, 1, 1]);
  });

  test("tells how late the event loop was since the last scrape", async () => {
    await using app = await scrapedApp({}, {});
    await realTime(30);
    const until = performance.now() + 400;
    while (performance.now() < until);
    await realTime(30);
    const late = await app.sample("nodejs_eventloop_lag_max_seconds");
    expect(late).toBeGreaterThan(0.35);
    await realTime(30);
    expect(await app.sample("nodejs_eventloop_lag_max_seconds")).toBeLessThan(0.35);
  });

  test("tells of garbage collections", async () => {
    await using app = await scrapedApp({}, {});
    globalThis.gc?.();
    await realTime(30);
    expect(await app.sample('nodejs_gc_duration_seconds_count{kind="major"}')).toBeGreaterThan(0);
  });
});
