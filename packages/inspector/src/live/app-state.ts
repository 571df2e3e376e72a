import { monitorEventLoopDelay } from "node:perf_hooks";
import type { HealthStatus, Kernel } from "@pawl/kernel";
import type { AppInfo } from "../protocol.ts";

/** Milliseconds between two looks at the event loop. */
const resolution = 10;
/** Bytes: what memory is told to, so that an idle app has nothing to say. */
const memoryStep = 1_048_576;

/** What does not change while it is watched, and how it is at first. */
interface AppStart {
  /** ISO 8601. */
  readonly since: string;
  readonly version: string | undefined;
  readonly isFine: boolean;
  /** Milliseconds since the epoch. */
  readonly wallTime: number;
}

/** What is told of the app as a whole; watches the event loop until it is ended. */
export class AppState {
  readonly #kernel: Kernel;
  readonly #start: AppStart;
  readonly #delays = monitorEventLoopDelay({ resolution });
  #info: AppInfo;

  constructor(kernel: Kernel, start: AppStart) {
    this.#kernel = kernel;
    this.#start = start;
    this.#delays.enable();
    this.#info = this.#read(start.isFine, start.wallTime);
  }

  /** As of the last refresh. */
  get info(): AppInfo {
    return this.#info;
  }

  /** Gives whether anything changed but the time. @param isFine whether all services do well */
  refresh(isFine: boolean, wallTime: number): boolean {
    const before = this.#info;
    this.#info = this.#read(isFine, wallTime);
    return JSON.stringify({ ...before, now: this.#info.now }) !== JSON.stringify(this.#info);
  }

  end(): void {
    this.#delays.disable();
  }

  #read(isFine: boolean, wallTime: number): AppInfo {
    const { name, state } = this.#kernel;
    const { since, version } = this.#start;
    return {
      name,
      state,
      status: statusOf(state, isFine),
      ...(version === undefined ? {} : { version }),
      node: process.versions.node,
      pid: process.pid,
      since,
      now: new Date(wallTime).toISOString(),
      loopDelayMs: this.#loopDelay(),
      memoryBytes: Math.round(process.memoryUsage.rss() / memoryStep) * memoryStep,
      canChange: state === "running",
    };
  }

  /** Of the time since the last call. */
  #loopDelay(): number {
    const { max } = this.#delays;
    this.#delays.reset();
    return Math.max(0, Math.round(max / 1e6) - resolution);
  }
}

function statusOf(state: Kernel["state"], isFine: boolean): HealthStatus {
  switch (state) {
    case "idle":
    case "starting":
      return "starting";
    case "running":
      return isFine ? "alive" : "warning";
    case "stopping":
      return "stopping";
    case "stopped":
    case "failed":
      return "dead";
  }
}
