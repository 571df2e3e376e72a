import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Family } from "./family.ts";

/** How late the event loop turns since the last scrape. Its names are those of prom-client, which dashboards know. */
export class EventLoopDelay {
  readonly #delay = monitorEventLoopDelay({ resolution: 10 });

  constructor() {
    this.#delay.enable();
  }

  stop(): void {
    this.#delay.disable();
  }

  /** Begins anew with each read: a scrape tells of the time since the last one. */
  read(): readonly Family[] {
    const delay = this.#delay;
    // Nothing was measured yet: min is the largest number there is, mean is NaN.
    if (delay.count === 0) return [];
    const figures: readonly [name: string, help: string, nanoseconds: number][] = [
      ["min", "The shortest delay of the event loop since the last scrape.", delay.min],
      ["max", "The longest delay of the event loop since the last scrape.", delay.max],
      ["mean", "The mean delay of the event loop since the last scrape.", delay.mean],
      ["stddev", "The standard deviation of the delays of the event loop since the last scrape.", delay.stddev],
      ["p50", "The delay of the event loop that half of its turns stayed below.", delay.percentile(50)],
      ["p90", "The delay of the event loop that 90% of its turns stayed below.", delay.percentile(90)],
      ["p99", "The delay of the event loop that 99% of its turns stayed below.", delay.percentile(99)],
    ];
    delay.reset();
    return figures.map(([name, help, nanoseconds]) => ({
      name: `nodejs_eventloop_lag_${name}_seconds`,
      help,
      type: "gauge",
      values: [{ labels: {}, value: nanoseconds / 1e9 }],
    }));
  }
}
