import type { monitorEventLoopDelay } from "node:perf_hooks";
import type { Worker } from "node:worker_threads";
import { type Duration, milliseconds, PawlRangeError, Service } from "@pawl/kernel";
import { addFigures, runningNow, type ServiceScope, scopeOf } from "@pawl/kernel/extend";
import { Heartbeat } from "./heartbeat.ts";
import { answerWhoRuns } from "./running-now.ts";
import type { BlockReport, WatchdogOrder } from "./watchdog-messages.ts";

export interface WatchdogOptions {
  /** How late the event loop may be, 50 ms or more. @default "500ms" */
  readonly threshold?: Duration;
}

const leastThreshold = 50;
/** How often the delay of the loop is looked at, in milliseconds. */
const resolution = 20;

// In the sources this file is TypeScript, and so is the entry; when built, neither is.
const entry = new URL(`./watchdog-entry${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);

/**
 * Notices from a thread of its own when the event loop is blocked, and by whom: a fact `loop.blocked`, which the log tells,
 * with the stack of the code that blocked. Its figures in `inspect()` say how late the loop is otherwise.
 *
 * List it first, so that it sees the start of the others. It is quiet while the process can be debugged (`--inspect`).
 *
 * @example
 * const app = new App({ providers: { watchdog: new Watchdog({ threshold: "200ms" }), metrics: new Metrics() } });
 */
export class Watchdog extends Service {
  readonly #threshold: number;
  #blocks = 0;
  #isWatching = false;
  #delay: ReturnType<typeof monitorEventLoopDelay> | undefined;

  /** @throws TypeError or RangeError `PAWL_BAD_DURATION`, `PAWL_BAD_OPTION` */
  constructor({ threshold = "500ms" }: WatchdogOptions = {}) {
    super();
    this.#threshold = milliseconds(threshold, "new Watchdog({ threshold })");
    if (this.#threshold < leastThreshold) {
      throw new PawlRangeError(
        "PAWL_BAD_OPTION",
        `new Watchdog({ threshold }): it must be ${leastThreshold}ms or more, not ${this.#threshold}ms`,
      );
    }
  }

  override async onStart(): Promise<void> {
    const scope = scopeOf(this, "onStart");
    const { monitorEventLoopDelay } = await import("node:perf_hooks");
    const { Worker } = await import("node:worker_threads");
    // Not in every build of Node.
    const inspector = await import("node:inspector").catch(() => undefined);
    const every = Math.min(100, this.#threshold / 10);
    const heartbeat = new Heartbeat();
    const beat = () => heartbeat.beat(performance.now(), inspector?.url() !== undefined);
    const delay = monitorEventLoopDelay({ resolution });
    const { id, undo } = answerWhoRuns(() => runningNow(this.app));
    beat();
    // Of the machine, not of the kernel's clock: what it watches is the loop of this process.
    const timer = setInterval(beat, every).unref();
    const order: WatchdogOrder = { memory: heartbeat.memory, threshold: this.#threshold, every, id };
    delay.enable();
    this.#delay = delay;
    this.addCleanup(() => {
      clearInterval(timer);
      delay.disable();
      undo();
    });
    // What the program loads in advance is not meant for a thread that must go on when the program does not.
    const thread = new Worker(entry, { name: "watchdog", workerData: order, execArgv: [] });
    this.#follow(thread, scope);
    this.own(thread, (thread) => thread.terminate());
    addFigures(this, "loop", () => this.#figures());
  }

  #follow(thread: Worker, scope: ServiceScope): void {
    this.#isWatching = true;
    thread.on("message", (report: BlockReport) => this.#blocked(report, scope));
    thread.on("error", (error) => scope.report(error, { path: this.path, label: "thread" }));
    thread.on("exit", () => {
      this.#isWatching = false;
    });
    // Last: a listener makes it hold the process open.
    thread.unref();
  }

  #blocked({ ms, stack }: BlockReport, scope: ServiceScope): void {
    this.#blocks++;
    scope.facts.record("loop.blocked", {
      path: stack?.running?.path ?? this.app.name,
      label: stack?.running?.what,
      ms,
      stack: stack?.stack,
      stackDelayMs: stack?.delayMs,
    });
  }

  /** How late the loop was since the start, in milliseconds. */
  #figures() {
    const late = (nanoseconds: number | undefined) =>
      // A loop that is never late is looked at once in a resolution.
      Math.max(0, Math.round((nanoseconds ?? 0) / 1e4) / 100 - resolution);
    const delay = this.#delay;
    return {
      watching: this.#isWatching,
      blocks: this.#blocks,
      p50Ms: late(delay?.percentile(50)),
      p99Ms: late(delay?.percentile(99)),
      maxMs: late(delay?.max),
    };
  }
}
