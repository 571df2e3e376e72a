import type { Kernel as AnyKernel } from "@pawl/kernel";
import type { Benchmark, Figures } from "./harness/benchmark.ts";
import { nanosecondsPerCall, nanosecondsPerCallAsync } from "./harness/cpu.ts";
import { listenersOf, type Sample } from "./harness/listeners.ts";
import { median } from "./harness/results.ts";

/** Who observes. */
const observers = ["nobody", "all but per-call facts", "metrics()", "metrics({ events })"] as const;
type Observing = (typeof observers)[number];

const payload: Sample = { value: 1 };
const emits = ["1 listener", "10 listeners"] as const;

/** An app with a listening service, an action, and whoever observes. */
async function observed(observing: Observing, count: number) {
  const { App, Service } = await import("pawl");
  const { metrics } = await import("@pawl/metrics");
  class Worker extends Service {
    total = 0;
    answer = this.action(() => 42);
    override onStart() {
      for (const fn of listenersOf(this, count)) this.listen("sample", fn);
    }
    emitMany(times: number) {
      for (let i = 0; i < times; i++) this.emit("sample", payload);
    }
  }
  const worker = new Worker();
  const withMetrics = observing.startsWith("metrics") ? [metrics({ events: observing !== "metrics()" })] : [];
  const app = new App({ providers: { worker }, routes: withMetrics, http: false });
  // As a flight recorder does: it keeps the last facts.
  const kept: unknown[] = [];
  if (observing === "all but per-call facts") {
    app.observe((fact) => {
      kept.push(fact);
      if (kept.length > 1000) kept.shift();
    });
  }
  await app.start();
  return { app, worker };
}

async function emitting(observing: Observing, how: (typeof emits)[number]): Promise<Figures> {
  const { app, worker } = await observed(observing, how === "1 listener" ? 1 : 10);
  const times = how === "1 listener" ? 2_000_000 : 300_000;
  const figures = { "ns per emit": nanosecondsPerCall(times, () => worker.emitMany(times)) };
  await app.stop();
  return figures;
}

async function calling(observing: Observing): Promise<Figures> {
  const { callAction } = await import("@pawl/kernel/extend");
  const { app } = await observed(observing, 0);
  const times = 200_000;
  const call = () => callAction(app as unknown as AnyKernel, "worker", "answer", undefined, { transport: "bench" });
  const figures = {
    "ns per call": await nanosecondsPerCallAsync(times, async () => {
      for (let i = 0; i < times; i++) await call();
    }),
  };
  await app.stop();
  return figures;
}

/** What a service pays to count. */
async function recording(
  how: "counter.add" | "counter.add, 2 labels" | "histogram.record" | "gauge.set",
): Promise<Figures> {
  const { Kernel, Service } = await import("@pawl/kernel");
  const { counter, gauge, histogram } = await import("@pawl/metrics");
  class Shop extends Service {
    orders = counter(this, "orders");
    latency = histogram(this, "latency", { unit: "seconds" });
    stock = gauge(this, "stock");
  }
  const shop = new Shop();
  const kernel = await new Kernel({ providers: { shop } }).start();
  const times = 1_000_000;
  const labels = { method: "card", country: "de" };
  const record = {
    "counter.add": () => shop.orders.add(),
    "counter.add, 2 labels": () => shop.orders.add(1, labels),
    "histogram.record": () => shop.latency.record(0.2),
    "gauge.set": () => shop.stock.set(3),
  }[how];
  const figures = {
    "ns per record": nanosecondsPerCall(times, () => {
      for (let i = 0; i < times; i++) record();
    }),
  };
  await kernel.stop();
  return figures;
}

async function promClient(how: "inc" | "inc, 2 labels" | "observe"): Promise<Figures> {
  const { Counter, Histogram, Registry } = await import("prom-client");
  const registers = [new Registry()];
  const plain = new Counter({ name: "orders_total", help: "x", registers });
  const labelled = new Counter({ name: "paid_total", help: "x", labelNames: ["method", "country"], registers });
  const latency = new Histogram({ name: "latency_seconds", help: "x", registers });
  const times = 1_000_000;
  const labels = { method: "card", country: "de" };
  const record = {
    inc: () => plain.inc(),
    "inc, 2 labels": () => labelled.inc(labels),
    observe: () => latency.observe(0.2),
  }[how];
  return {
    "ns per record": nanosecondsPerCall(times, () => {
      for (let i = 0; i < times; i++) record();
    }),
  };
}

/** A scrape of an app with so many services, each with an interval, a listener and two metrics. */
async function scraping(count: number): Promise<Figures> {
  const { App, Service } = await import("pawl");
  const { counter, gauge, metrics } = await import("@pawl/metrics");
  class Unit extends Service {
    done = counter(this, "done");
    size = gauge(this, "size", () => 3);
    override onStart() {
      this.interval(() => {}, "1h");
      this.listen("sample", () => {});
      this.done.add();
    }
  }
  const providers = Object.fromEntries(Array.from({ length: count }, (_, i) => [`unit${i}`, new Unit()]));
  const app = new App({ providers, routes: [metrics({ maxSeries: count + 10 })], http: false });
  await app.start();
  const samples: number[] = [];
  let bytes = 0;
  for (let pass = 0; pass < 12; pass++) {
    const before = process.cpuUsage();
    bytes = (await (await app.fetch(new Request("http://localhost/metrics"))).text()).length;
    const { user, system } = process.cpuUsage(before);
    samples.push((user + system) / 1000);
  }
  await app.stop();
  return { "ms per scrape": median(samples.slice(4)), "kB of text": bytes / 1000 };
}

export const benchmark: Benchmark = {
  title: "Observing",
  about:
    "What it costs to be looked at. Nanoseconds of CPU per emit and per call of an action (without a socket), with nobody observing, with an observer of all facts that are not per call (a flight recorder), with `metrics()`, and with `metrics({ events: true })`, which takes every emit off its fast path. Nanoseconds to record a value, beside prom-client, which keeps no windows. Milliseconds of CPU for a scrape with every service under labels of its own.",
  rounds: 3,
  variants: {
    ...Object.fromEntries(
      emits.flatMap((how) =>
        observers.map((observing) => [`emit, ${how}: ${observing}`, { measure: () => emitting(observing, how) }]),
      ),
    ),
    ...Object.fromEntries(
      (["nobody", "all but per-call facts", "metrics()"] as const).map((observing) => [
        `an action: ${observing}`,
        { measure: () => calling(observing) },
      ]),
    ),
    ...Object.fromEntries(
      (["counter.add", "gauge.set", "histogram.record", "counter.add, 2 labels"] as const).map((how) => [
        how,
        { measure: () => recording(how) },
      ]),
    ),
    ...Object.fromEntries(
      (["inc", "observe", "inc, 2 labels"] as const).map((how) => [
        `prom-client: ${how}`,
        { measure: () => promClient(how) },
      ]),
    ),
    "a scrape, 100 services": { measure: () => scraping(100) },
    "a scrape, 5 000 services": { measure: () => scraping(5000) },
  },
  targets: (results) =>
    emits.flatMap((how) =>
      (["all but per-call facts", "metrics()"] as const).map((observing) => ({
        what: `emit, ${how}: ${observing} against nobody observing`,
        ...results.ratio(`emit, ${how}: ${observing}`, `emit, ${how}: nobody`, "ns per emit"),
        atMost: 1.25,
      })),
    ),
};
