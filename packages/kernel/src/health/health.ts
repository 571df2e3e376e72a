import { cancelOn } from "../activities/activity-options.ts";
import { LazySignal } from "../activities/lazy-signal.ts";
import { type Duration, milliseconds } from "../duration.ts";
import { messageOf } from "../errors/errors.ts";
import type { KernelCore } from "../kernel-core.ts";
import { cellsOf } from "../lifecycle/cells.ts";
import type { ServiceCell } from "../lifecycle/service-cell.ts";
import type { State } from "../lifecycle/state.ts";
import { warningsOf } from "./warning.ts";

/** What an app is at, in the words of fb303: `warning` is alive with something that wants looking at. */
export type HealthStatus = "starting" | "alive" | "warning" | "stopping" | "dead";

export interface ServiceHealth {
  /** Whether it runs, and its `onHealth()` has not failed. */
  readonly ok: boolean;
  /** Whether the app is not ready without it. */
  readonly required: boolean;
  readonly state: State;
  /** When its run began, ISO 8601. */
  readonly since?: string;
  readonly restarts: number;
  /** Of its last crash or failed start. */
  readonly lastError?: string;
  readonly warnings: readonly string[];
  /** Why its `onHealth()` has failed. */
  readonly error?: string;
}

export interface HealthReport {
  readonly status: HealthStatus;
  /** Whether it should be sent work: it runs, and everything that is required does well. */
  readonly ready: boolean;
  /** By owner path; providers that are down included. */
  readonly services: Readonly<Record<string, ServiceHealth>>;
}

export interface HealthOptions {
  /** How long each `onHealth()` is waited for. @default "2s" */
  readonly timeout?: Duration;
}

const statusOf: Readonly<Record<State, HealthStatus>> = {
  idle: "starting",
  starting: "starting",
  running: "alive",
  stopping: "stopping",
  stopped: "dead",
  failed: "dead",
};

interface CheckOutcome {
  readonly error?: unknown;
}

/** The health of one kernel, and the calls of `onHealth` that are under way. */
export class Health {
  readonly #core: KernelCore;
  readonly #underWay = new Map<ServiceCell, Promise<CheckOutcome>>();
  /** Services whose last check has failed; by run, so that a restart begins afresh. */
  readonly #failing = new WeakSet<object>();

  constructor(core: KernelCore) {
    this.#core = core;
  }

  async report(options: HealthOptions = {}): Promise<HealthReport> {
    const timeout = milliseconds(options.timeout ?? "2s", "health({ timeout })");
    const found = await Promise.all(
      [...cellsOf(this.#core)].map(async ({ cell, required }) => {
        const check = cell.state === "running" ? await this.#check(cell, timeout) : {};
        return [cell.path || cell.name, healthOf(cell, required, check)] as const;
      }),
    );
    // Looked at last: it may have begun to stop while the checks ran.
    const { state } = this.#core;
    const all = found.map(([, service]) => service);
    const isFine = all.every(({ ok, warnings }) => ok && warnings.length === 0);
    return {
      status: state === "running" && !isFine ? "warning" : statusOf[state],
      ready: state === "running" && all.every(({ ok, required }) => ok || !required),
      services: Object.fromEntries(found),
    };
  }

  async #check(cell: ServiceCell, timeout: number): Promise<CheckOutcome> {
    const { service, run } = cell;
    if (!service.onHealth || !run) return {};
    let check = this.#underWay.get(cell);
    if (!check) {
      check = this.#begin(cell, timeout);
      this.#underWay.set(cell, check);
      void check.then(() => this.#underWay.delete(cell));
    }
    let outcome: CheckOutcome = { error: new Error(`onHealth() took longer than ${timeout / 1000}s`) };
    const settled = check.then((ended) => {
      outcome = ended;
    });
    await this.#core.deadlines.wait(settled, timeout, `${cell.path}: onHealth`).tellInTime();
    this.#tell(cell, run, outcome);
    return outcome;
  }

  #begin(cell: ServiceCell, timeout: number): Promise<CheckOutcome> {
    const { scope, service, path } = cell;
    const { clock } = this.#core;
    return new Promise((resolve) => {
      if (!scope) return resolve({});
      const signal = new LazySignal();
      const unlink = cancelOn(scope.signal, () => signal.abort(() => scope.aborted));
      const late = () => signal.abort(() => new DOMException("onHealth() took too long", "AbortError"));
      const cancelTimer = clock.setTimer(late, timeout, `${path}: signal of onHealth`);
      const end = (outcome: CheckOutcome) => {
        cancelTimer();
        unlink();
        resolve(outcome);
      };
      scope.run({ kind: "onHealth", detached: true }, () => service.onHealth?.(signal.context) as unknown, {
        ok: () => end({}),
        fail: (error) => end({ error }),
      });
    });
  }

  #tell({ path }: ServiceCell, run: object, outcome: CheckOutcome): void {
    const failed = "error" in outcome;
    if (failed === this.#failing.has(run)) return;
    if (failed) this.#failing.add(run);
    else this.#failing.delete(run);
    this.#core.facts.record("health.changed", { path, ok: !failed, ...outcome });
  }
}

function healthOf(cell: ServiceCell, required: boolean, check: CheckOutcome): ServiceHealth {
  const failed = "error" in check;
  return {
    ok: cell.state === "running" && !failed,
    required,
    state: cell.state,
    ...(cell.since === undefined ? {} : { since: new Date(cell.since).toISOString() }),
    restarts: cell.restarts,
    ...(cell.lastError === undefined ? {} : { lastError: messageOf(cell.lastError) }),
    warnings: cell.scope ? warningsOf(cell.scope).map(({ message }) => message) : [],
    ...(failed ? { error: messageOf(check.error) } : {}),
  };
}
