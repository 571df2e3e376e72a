import { performance } from "node:perf_hooks";
import { activeResources, type Counts } from "./process-state.ts";
import { unheldTimer } from "./real-time.ts";

/** What the watch sees of the world outside virtual time. */
export interface RealWorld {
  /** Calls `fn` after `ms` milliseconds of real time without holding the process open; gives back its cancel. */
  after(fn: () => void, ms: number): () => void;
  /** Whether the process has done real work since it was last asked, or waits for some. */
  isBusy(): boolean;
}

const looks = 4;

/**
 * Notices that real time passes while virtual timers wait and nobody advances the clock. It looks four times within the
 * span: a process that was busy at one of these looks is no stall, and one that was held up by its machine looks too
 * rarely to be mistaken for one.
 */
export class StallWatch {
  readonly #every: number;
  readonly #tell: () => void;
  readonly #world: RealWorld;
  #idleLooks = 0;
  #told = false;
  #cancel: (() => void) | undefined;

  /**
   * @param span milliseconds of real time
   * @param tell called once for each stall
   */
  constructor(span: number, tell: () => void, world: RealWorld = realWorld()) {
    this.#every = span / looks;
    this.#tell = tell;
    this.#world = world;
  }

  /** Something waits for virtual time now. */
  begin(): void {
    if (this.#cancel || this.#told) return;
    this.#idleLooks = 0;
    this.#world.isBusy();
    this.#arm();
  }

  /** Time moves, or nothing waits any more. */
  end(): void {
    this.#told = false;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #arm(): void {
    // Held weakly: a clock that was let go can be collected, whatever still waits on it.
    const watch = new WeakRef(this);
    this.#cancel = this.#world.after(() => {
      const alive = watch.deref();
      if (alive) alive.#look();
    }, this.#every);
  }

  #look(): void {
    this.#cancel = undefined;
    this.#idleLooks = this.#world.isBusy() ? 0 : this.#idleLooks + 1;
    if (this.#idleLooks < looks) {
      this.#arm();
      return;
    }
    this.#told = true;
    this.#tell();
  }
}

/**
 * The real world. Busy is: half of the time was spent running code, or something real is waited for that was not there
 * when the watch was made: a request, a socket, a child process. A timer is no work, nor is a server that listens.
 */
export function realWorld(): RealWorld {
  const before = realWaits();
  let last = performance.eventLoopUtilization();
  return {
    after: unheldTimer,
    isBusy() {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, last);
      last = now;
      if (utilization > 0.5) return true;
      for (const [kind, n] of realWaits()) if (n > (before.get(kind) ?? 0)) return true;
      return false;
    },
  };
}

const idleKinds = /^(.*ServerWrap|FSEvent\w*|StatWatcher|SignalWrap|MessagePort)$/;

function realWaits(): Counts {
  return new Map([...activeResources()].filter(([kind]) => !idleKinds.test(kind)));
}
