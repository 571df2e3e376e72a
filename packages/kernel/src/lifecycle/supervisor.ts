import type { CrashError } from "../errors/errors.ts";
import { PawlError } from "../errors/pawl-error.ts";
import type { Owner } from "./owner.ts";
import { Restart } from "./restart.ts";
import type { Strategy } from "./restart-policy.ts";
import type { ServiceCell } from "./service-cell.ts";
import type { StopReason } from "./state.ts";

/**
 * Decides what becomes of a crash among the services of one owner: a restart within their policy and the owner's
 * strategy, or it goes to the owner. (The supervisor of Erlang/OTP; here every owner is one.)
 */
export class Supervisor {
  readonly owner: Owner;
  readonly #strategy: Strategy;
  /** Under a strategy that restarts several there is one restart at a time. */
  #ofGroup: Restart | undefined;

  constructor(owner: Owner, strategy: Strategy = "one-for-one") {
    this.owner = owner;
    this.#strategy = strategy;
  }

  /** Whether it restarts anything: not once its owner is stopping or has crashed itself. */
  get isActive(): boolean {
    return this.owner.isUp;
  }

  /** Takes care of a crash, if the service is to be restarted; else it is the owner's. */
  takesCare(cell: ServiceCell, crash: CrashError): boolean {
    if (!this.isActive) return false;
    // Being restarted with others already: one more crash of that restart.
    if (cell.restart) return cell.restart.crashed(cell, crash);
    if (!cell.policy) return false;
    return this.#begin(cell, crash, { kind: "crash", path: crash.path ?? cell.path, error: crash.cause });
  }

  /**
   * Takes care of a service that asks for its own stop, if it is to run always: it is stopped and started again. Stops
   * too often, it has crashed.
   */
  takesCareOfStop(cell: ServiceCell): boolean {
    if (!this.isActive || cell.policy?.when !== "always" || cell.state !== "running") return false;
    if (!cell.restart && !this.#begin(cell, undefined, { kind: "requested" }))
      cell.run?.crash(stoppedTooOften(cell), "stop()");
    return true;
  }

  /** The services that are restarted with `lead`, in the order in which they were started. */
  affected(lead: ServiceCell): readonly ServiceCell[] {
    if (this.#strategy === "one-for-one") return [lead];
    const children = this.owner.scope.children.filter((cell) => !cell.isApart);
    return this.#strategy === "one-for-all" ? children : children.slice(children.indexOf(lead));
  }

  /** The restart is over, whether it succeeded or not. */
  ended(restart: Restart): void {
    if (this.#ofGroup === restart) this.#ofGroup = undefined;
  }

  /** Grants a restart and tells the crash that it is for; undefined where there were too many. */
  grant(cell: ServiceCell, crash: CrashError | undefined): number | undefined {
    const { core } = this.owner;
    const { policy, history } = cell;
    if (!policy) return undefined;
    const ms = history.grant(policy, core.clock.now());
    if (ms === undefined) return undefined;
    if (crash) core.report(crash.cause, { path: crash.path ?? cell.path, label: crash.step ?? "crash" });
    core.facts.record("restart", { path: cell.path, restarts: history.count, delayMs: ms });
    return ms;
  }

  /** Tells that a crash goes to the owner; once that is stopping it only joins what has failed. */
  tellEscalation({ path, restarts }: ServiceCell, crash: CrashError): void {
    const { core, scope } = this.owner;
    if (this.isActive) core.facts.record("escalation", { path, to: scope.path, restarts, error: crash.cause });
  }

  #begin(cell: ServiceCell, crash: CrashError | undefined, reason: StopReason): boolean {
    const ms = this.grant(cell, crash);
    if (ms === undefined) return false;
    if (this.#ofGroup) this.#ofGroup.widen(cell, ms, reason);
    else {
      const restart = new Restart(this, cell, ms, reason);
      if (this.#strategy !== "one-for-one") this.#ofGroup = restart;
      restart.begin();
    }
    return true;
  }
}

function stoppedTooOften(cell: ServiceCell): PawlError {
  return new PawlError(
    "PAWL_STOPPED_TOO_OFTEN",
    `${cell.path} stopped itself more often than its maxRestarts allow. Let it run on, or give it restart: "on-failure"`,
    { path: cell.path },
  );
}
