import { type Queue, queue } from "@pawl/background";
import { Controller } from "@pawl/http";
import { Jobs, job } from "@pawl/jobs";
import { ActionError, provide, Service, silentLogger, warn } from "@pawl/kernel";
import { callAction } from "@pawl/kernel/extend";
import { Messages, publish, subscribe } from "@pawl/messages";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { parsed, sampleOf, scrapedApp } from "../scraped-app.ts";

const anyPort = { port: 0, host: "127.0.0.1" } as const;

describe("what a scrape tells of services", () => {
  test("their states, health, warnings, start, crashes and restarts", async () => {
    class Db extends Service {
      well = true;
      starts = 0;
      override async onStart() {
        if (this.starts++ > 0) await this.sleep("2s");
      }
      override onHealth() {
        if (!this.well) throw new Error("no connection");
      }
    }
    const db = new Db();
    await using app = await scrapedApp({ providers: { db: provide(db, { restart: "on-failure", backoff: "1s" }) } });
    expect(await app.sample('pawl_service_start_duration_seconds{service="db"}')).toBe(0);
    expect(await app.sample("pawl_ready")).toBe(1);
    warn(db, "disk nearly full");
    db.well = false;
    let text = await app.scrape();
    expect(sampleOf(text, 'pawl_service_healthy{service="db"}')).toBe(0);
    expect(sampleOf(text, 'pawl_service_warnings{service="db"}')).toBe(1);
    expect(sampleOf(text, 'pawl_status{status="warning"}')).toBe(1);
    expect(sampleOf(text, 'pawl_status{status="alive"}')).toBe(0);
    expect(sampleOf(text, "pawl_ready")).toBe(0);
    db.fail(new Error("gone"));
    await app.clock.advance("100ms");
    text = await app.scrape();
    expect(sampleOf(text, 'pawl_services{state="failed"}')).toBe(1);
    expect(sampleOf(text, 'pawl_service_crashes_total{service="db"}')).toBe(1);
    await app.clock.advance("10s");
    text = await app.scrape();
    expect(sampleOf(text, 'pawl_services{state="failed"}')).toBe(0);
    expect(sampleOf(text, 'pawl_service_restarts_total{service="db"}')).toBe(1);
    expect(sampleOf(text, 'pawl_service_start_duration_seconds{service="db"}')).toBe(2);
    expect(app.errors).toMatchObject([{ error: { message: "gone" } }]);
  });

  test("those that were stopped are counted as well", async () => {
    const db = new (class Db extends Service {})();
    await using app = await scrapedApp({ providers: { db } });
    await db.stop();
    const text = await app.scrape();
    expect(sampleOf(text, 'pawl_services{state="stopped"}')).toBe(1);
    expect(sampleOf(text, 'pawl_service_healthy{service="db"}')).toBe(0);
  });

  test("asks for no health where it shall not", async () => {
    class Db extends Service {
      checks = 0;
      override onHealth() {
        this.checks++;
      }
    }
    const db = new Db();
    await using app = await scrapedApp({ providers: { db } }, { health: false, process: false });
    expect(await app.scrape()).not.toContain("pawl_ready");
    expect(db.checks).toBe(0);
  });
});

describe("what a scrape tells of activities", () => {
  test("ticks: how long, how many failed, how many were skipped", async () => {
    class Clock extends Service {
      override onStart() {
        this.interval(this.collect, "1s");
      }
      calls = 0;
      async collect() {
        this.calls++;
        if (this.calls === 1) await this.sleep("1500ms");
        if (this.calls === 2) throw new Error("tick");
      }
    }
    await using app = await scrapedApp({ providers: { clock: new Clock() } });
    await app.clock.advance("4s");
    const labels = 'service="clock",activity="collect"';
    const text = await app.scrape();
    expect(sampleOf(text, `pawl_activity_duration_seconds_count{${labels}}`)).toBe(3);
    expect(sampleOf(text, `pawl_activity_duration_seconds_sum{${labels}}`)).toBe(1.5);
    expect(sampleOf(text, `pawl_activity_duration_seconds_bucket{${labels},le="1"}`)).toBe(2);
    expect(sampleOf(text, `pawl_activity_errors_total{${labels}}`)).toBe(1);
    expect(sampleOf(text, `pawl_activity_skipped_total{${labels}}`)).toBe(1);
    expect(sampleOf(text, 'pawl_errors_total{service="clock"}')).toBe(1);
    expect(app.errors).toHaveLength(1);
  });

  test("tasks: what was cancelled has not failed", async () => {
    class Busy extends Service {
      override onStart() {
        this.spawn(this.endless);
      }
      async endless({ signal }: { signal: AbortSignal }) {
        await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      }
      async broken() {
        throw new Error("task");
      }
    }
    const busy = new Busy();
    await using app = await scrapedApp({ providers: { busy } });
    await expect(Promise.resolve(busy.spawn(busy.broken))).rejects.toThrow("task");
    expect(await app.sample('pawl_tasks_running{service="busy"}')).toBe(1);
    await app.restart("busy");
    const text = await app.scrape();
    expect(sampleOf(text, 'pawl_task_duration_seconds_count{service="busy",task="endless"}')).toBe(1);
    expect(sampleOf(text, 'pawl_task_errors_total{service="busy",task="endless"}')).toBeUndefined();
    expect(sampleOf(text, 'pawl_task_errors_total{service="busy",task="broken"}')).toBe(1);
  });

  test("messages and jobs: what became of them, and what waits for whom", async () => {
    class Shop extends Service {
      readonly sendMail = job(this, "email.send", z.string(), () => {});
      readonly later = job(this, "later", z.string());
      override onStart() {
        subscribe(this, "order:placed", () => Promise.reject(new Error("no ink")), { group: "billing", retries: 0 });
      }
    }
    const shop = new Shop();
    const providers = { messages: new Messages(), jobs: new Jobs(), shop };
    await using app = await scrapedApp({ providers });
    await shop.sendMail.enqueue("ada");
    await shop.later.enqueue("eve");
    await publish(shop, "order:placed", 1);
    await app.clock.advance("1s");
    await app.scrape();
    await app.clock.advance("1s");
    const text = await app.scrape();
    expect(sampleOf(text, 'pawl_jobs_total{service="shop",job="email.send",outcome="done"}')).toBe(1);
    expect(sampleOf(text, 'pawl_messages_total{service="shop",event="order:placed",outcome="dead"}')).toBe(1);
    expect(sampleOf(text, 'pawl_job_queue_size{job="later",state="waiting"}')).toBe(1);
    expect(app.errors).toMatchObject([{ error: { message: "no ink" } }]);
    const dead = 'pawl_message_group_size{group="billing",event="order:placed",state="dead"}';
    expect(sampleOf(text, dead)).toBe(1);
  });

  test("queues: what waits, what runs, and what became of the rest", async () => {
    class Hashing extends Service {
      readonly items: Queue<number, number>[] = [];
      override onStart() {
        this.items.push(queue(this, this.hash, { capacity: 2, overflow: "drop-newest" }));
      }
      async hash(n: number) {
        await this.sleep("2s");
        if (n === 1) throw new Error("item");
        return n;
      }
    }
    const hashing = new Hashing();
    await using app = await scrapedApp({ providers: { hashing } });
    for (const n of [0, 1, 2, 3]) Promise.resolve(hashing.items[0]?.push(n)).catch(() => {});
    const labels = 'service="hashing",queue="hash"';
    await app.clock.advance("1s");
    expect(await app.sample(`pawl_queue_length{${labels}}`)).toBe(2);
    expect(await app.sample(`pawl_queue_running{${labels}}`)).toBe(1);
    await app.clock.advance("6s");
    const text = await app.scrape();
    const outcomes = ["done", "failed", "dropped"].map((outcome) =>
      sampleOf(text, `pawl_queue_items_total{${labels},outcome="${outcome}"}`),
    );
    expect(outcomes).toEqual([2, 1, 1]);
    expect(sampleOf(text, `pawl_queue_item_duration_seconds_sum{${labels}}`)).toBe(6);
  });

  test("actions: how long, and whether they were refused or failed", async () => {
    class Shop extends Service {
      readonly take = this.action(async () => {
        await this.sleep("2s");
      });
      readonly refuse = this.action(() => {
        throw new ActionError("closed");
      });
      readonly breakDown = this.action(() => {
        throw new Error("action");
      });
    }
    await using app = await scrapedApp({ providers: { shop: new Shop() } });
    const call = (action: string) => callAction(app, "shop", action, undefined, { transport: "test" });
    const taken = call("take");
    await app.clock.advance("2s");
    await taken;
    for (const action of ["refuse", "breakDown"]) await expect(async () => call(action)).rejects.toThrow();
    const labels = (action: string) => `service="shop",action="${action}",transport="test"`;
    const text = await app.scrape();
    expect(sampleOf(text, `pawl_action_duration_seconds_sum{${labels("take")}}`)).toBe(2);
    expect(sampleOf(text, `pawl_action_errors_total{${labels("refuse")},reason="refused"}`)).toBe(1);
    expect(sampleOf(text, `pawl_action_errors_total{${labels("breakDown")},reason="failed"}`)).toBe(1);
    expect(text).not.toContain(`pawl_action_errors_total{${labels("take")}`);
  });
});

describe("what a scrape tells of the bus", () => {
  test("the calls of listeners, which never get less while the service runs", async () => {
    class Listening extends Service {
      override onStart() {
        this.listen("order:paid", () => {});
        this.listen("order:*", () => {
          throw new Error("listener");
        });
      }
    }
    const listening = new Listening();
    await using app = await scrapedApp({ providers: { listening } });
    const extra = listening.listen("order:paid", () => {});
    app.bus.on("order:paid", () => {});
    for (let i = 0; i < 3; i++) app.bus.emit("order:paid");
    const line = 'pawl_listener_calls_total{service="listening",event="order:paid"}';
    expect(await app.sample(line)).toBe(6);
    extra.cancel();
    expect(await app.sample(line)).toBe(6);
    app.bus.emit("order:paid");
    const text = await app.scrape();
    expect(sampleOf(text, line)).toBe(7);
    expect(sampleOf(text, 'pawl_listener_errors_total{service="listening",event="order:*"}')).toBe(4);
    expect(sampleOf(text, `pawl_listener_calls_total{service="${app.name}",event="order:paid"}`)).toBe(4);
    await app.clock.advance("1s");
    await app.restart("listening");
    app.bus.emit("order:paid");
    expect(await app.sample(line)).toBe(8);
    expect(app.errors).toHaveLength(5);
  });

  test("what was dropped, and with `events` what was emitted", async () => {
    class Slow extends Service {
      override onStart() {
        this.listen("tick", () => this.sleep("1h"), { buffer: 1, overflow: "drop-oldest" });
      }
    }
    await using app = await scrapedApp({ providers: { slow: new Slow() } }, { events: true, process: false });
    for (let i = 0; i < 5; i++) app.bus.emit("tick");
    app.bus.emit("nobody:listens");
    const text = await app.scrape();
    expect(sampleOf(text, 'pawl_events_emitted_total{event="tick"}')).toBe(5);
    expect(sampleOf(text, 'pawl_events_emitted_total{event="nobody:listens"}')).toBe(1);
    const dropped = (await parsed(text)).get("pawl_events_dropped_total")?.data;
    expect(dropped).toMatchObject([{ value: 4, labels: { service: "slow", event: "tick" } }]);
  });

  test("that is called other is one line with those that are too many", async () => {
    const options = { events: true, maxSeries: 2, process: false, health: false };
    await using app = await scrapedApp({ logger: silentLogger }, options);
    for (const event of ["other", "a", "b", "c", "other"]) app.bus.emit(event);
    expect((await parsed(await app.scrape())).get("pawl_events_emitted_total")?.data).toEqual([
      { value: 4, labels: { event: "other" } },
      { value: 1, labels: { event: "a" } },
    ]);
  });

  test("names without end make no series without end", async () => {
    class Listening extends Service {
      override onStart() {
        for (const n of [1, 2, 3, 4]) this.listen(`order:${n}`, () => {});
      }
    }
    const told: string[] = [];
    const silent = () => {};
    const log = { trace: silent, debug: silent, info: silent, warn: (text: string) => told.push(text), error: silent };
    const logger = { ...log, child: () => logger } as never;
    const options = { events: true, maxSeries: 2, process: false, health: false };
    await using app = await scrapedApp({ providers: { listening: new Listening() }, logger }, options);
    const emit = () => {
      for (let n = 1; n <= 50; n++) app.bus.emit(`order:${n}`);
    };
    emit();
    await app.scrape();
    emit();
    const families = await parsed(await app.scrape());
    expect(families.get("pawl_events_emitted_total")?.data).toEqual([
      { value: 2, labels: { event: "order:1" } },
      { value: 2, labels: { event: "order:2" } },
      { value: 96, labels: { event: "other" } },
    ]);
    expect(families.get("pawl_listener_calls_total")?.data).toEqual([
      { value: 2, labels: { service: "listening", event: "order:1" } },
      { value: 2, labels: { service: "listening", event: "order:2" } },
      { value: 4, labels: { service: "other", event: "other" } },
    ]);
    for (const name of ["pawl_events_emitted_total", "pawl_listener_calls_total"])
      expect(told.filter((text) => text.startsWith(`${name} has more than 2 sets of labels`))).toHaveLength(1);
  });

  test("emits are not counted by themselves, so that they stay on their fast path", async () => {
    await using app = await scrapedApp({ providers: {} });
    app.bus.emit("tick");
    expect(await app.scrape()).not.toContain("pawl_events_emitted_total");
  });
});

describe("what a scrape tells of requests", () => {
  test("by method, route pattern and class of the status; never by URL", async () => {
    class Post extends Controller {
      static override route = "/blog/:slug";
      load() {
        return { post: true };
      }
    }
    await using app = await scrapedApp({ routes: [Post], http: anyPort });
    for (const path of ["/blog/a", "/blog/b", "/nowhere/1", "/nowhere/2"])
      await (await fetch(new URL(path, app.url))).text();
    await (await app.fetch("/nowhere/3", { method: "BREW" })).text();
    const text = await app.scrape();
    const requests = (await parsed(text)).get("http_server_request_duration_seconds")?.data ?? [];
    expect(requests.map(({ labels, count }) => [labels, count])).toEqual([
      [{ http_request_method: "GET", http_route: "/blog/:slug", http_response_status_class: "2xx" }, 2],
      [{ http_request_method: "GET", http_route: "unmatched", http_response_status_class: "4xx" }, 2],
      [{ http_request_method: "_OTHER", http_route: "unmatched", http_response_status_class: "4xx" }, 1],
    ]);
    expect(text).not.toContain("/nowhere");
    // Its own request is the one under way.
    expect(sampleOf(text, 'http_server_active_requests{http_request_method="GET"}')).toBe(1);
  });
});
