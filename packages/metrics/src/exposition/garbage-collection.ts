import { constants, PerformanceObserver } from "node:perf_hooks";
import type { Family } from "./family.ts";
import { DurationTally } from "./tally.ts";

const kinds: ReadonlyMap<number, string> = new Map([
  [constants.NODE_PERFORMANCE_GC_MAJOR, "major"],
  [constants.NODE_PERFORMANCE_GC_MINOR, "minor"],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, "incremental"],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, "weakcb"],
]);

/** How long garbage collections took. Its name is that of prom-client, which dashboards know. */
export class GarbageCollection {
  readonly #durations = new DurationTally(
    "nodejs_gc_duration_seconds",
    "Garbage collections by kind: major, minor, incremental or weakcb.",
    // Their kinds are few.
    { maxSeries: kinds.size + 1, onOverflow: () => {} },
    [0.001, 0.01, 0.1, 1, 2, 5],
  );
  readonly #observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { duration, detail } = entry as typeof entry & { readonly detail?: { readonly kind?: number } };
      const { kind = 0 } = detail ?? {};
      this.#durations.record({ kind: kinds.get(kind) ?? "other" }, duration);
    }
  });

  constructor() {
    this.#observer.observe({ entryTypes: ["gc"] });
  }

  stop(): void {
    this.#observer.disconnect();
  }

  read(): readonly Family[] {
    return [this.#durations.family];
  }
}
