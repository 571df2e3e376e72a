import { monitorEventLoopDelay } from "node:perf_hooks";
import { Service } from "pawl";
import type { Order } from "./orders.ts";

/** How the process and the shop are doing. */
export interface Figures {
  readonly uptimeSeconds: number;
  /** Of one core, since the last collection. */
  readonly cpuPercent: number;
  /** Memory that the process holds. */
  readonly rssBytes: number;
  readonly heapBytes: number;
  /** By how much timers were late since the last collection, all but the latest hundredth. */
  readonly loopDelayMs: number;
  /** Orders that were taken and are not completed yet. */
  readonly packing: number;
  /** Orders completed since the start. */
  readonly orders: number;
  readonly revenueCents: number;
  /** The last CPU figures, oldest first. */
  readonly cpuHistory: readonly number[];
}

type Sample = Pick<Figures, "cpuPercent" | "rssBytes" | "heapBytes" | "loopDelayMs">;

const resolutionMs = 10;
const historyLength = 60;

/** Measures the process and counts orders. */
export class Metrics extends Service {
  #taken = 0;
  #orders = 0;
  #revenueCents = 0;
  #sample: Sample = { cpuPercent: 0, rssBytes: 0, heapBytes: 0, loopDelayMs: 0 };
  #cpuHistory: readonly number[] = [];
  #cpu = process.cpuUsage();
  #measuredAt = performance.now();
  readonly #loopDelay = monitorEventLoopDelay({ resolution: resolutionMs });

  override onStart(): void {
    this.own(this.#loopDelay, (loopDelay) => loopDelay.disable());
    this.#loopDelay.enable();
    // There is no load to tell before some time has passed.
    this.#sample = { ...this.#measure(), cpuPercent: 0 };
    this.interval(this.collect, "2s");
    this.listen("order:created", () => this.#taken++);
    this.listen("order:completed", this.count);
  }

  collect(): void {
    this.#sample = this.#measure();
    this.#cpuHistory = [...this.#cpuHistory, this.#sample.cpuPercent].slice(-historyLength);
    this.emit("metrics:updated", this.figures());
  }

  count(order: Order): void {
    this.#orders++;
    this.#revenueCents += order.totalCents;
  }

  figures(): Figures {
    return {
      uptimeSeconds: Math.floor(process.uptime()),
      ...this.#sample,
      packing: this.#taken - this.#orders,
      orders: this.#orders,
      revenueCents: this.#revenueCents,
      cpuHistory: this.#cpuHistory,
    };
  }

  #measure(): Sample {
    const now = performance.now();
    const used = process.cpuUsage(this.#cpu);
    const cpuMs = (used.user + used.system) / 1000;
    const elapsedMs = now - this.#measuredAt;
    this.#cpu = process.cpuUsage();
    this.#measuredAt = now;
    const { rss, heapUsed } = process.memoryUsage();
    // What is recorded is the time between two beats, the beat itself included.
    const loopDelayMs = Math.max(0, this.#loopDelay.percentile(99) / 1e6 - resolutionMs);
    this.#loopDelay.reset();
    return { cpuPercent: (100 * cpuMs) / Math.max(1, elapsedMs), rssBytes: rss, heapBytes: heapUsed, loopDelayMs };
  }
}
