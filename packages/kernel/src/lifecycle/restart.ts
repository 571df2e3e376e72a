import { runDetached } from "../async-context.ts";
import { CrashError, isAbortError, StartError, StopError } from "../errors/errors.ts";
import type { StopContext } from "../scope.ts";
import type { ServiceCell } from "./service-cell.ts";
import type { StopReason } from "./state.ts";
import type { Supervisor } from "./supervisor.ts";

/** One more try of a restart: who it is for, and how long it waits before anything is started. */
interface Attempt {
  readonly lead: ServiceCell;
  readonly delay: number;
  readonly reason: StopReason;
}

/**
 * One restart: takes the affected services down in reverse order, waits, and starts them in order. It goes on until all
 * of them are up, nobody wants them any more, or there were too many tries. They keep owner, name and place meanwhile.
 */
export class Restart {
  readonly #supervisor: Supervisor;
  #attempt: Attempt;
  readonly #members = new Set<ServiceCell>();
  /** A crash that came while the attempt was under way, and was granted another one. */
  #next: Attempt | undefined;
  #gaveUp = false;
  readonly #over = Promise.withResolvers<void>();
  /** Ends what the attempt under way waits for. */
  #interrupt = Promise.withResolvers<void>();

  constructor(supervisor: Supervisor, lead: ServiceCell, delay: number, reason: StopReason) {
    this.#supervisor = supervisor;
    this.#attempt = { lead, delay, reason };
    this.#enlist(lead);
  }

  /** Resolves when it has succeeded or nobody goes on with it. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  /** Begins. It belongs to none of the calls that are under way: not to the one that crashed, in particular. */
  begin(): void {
    void runDetached(() => this.#carryOut());
  }

  /** A member crashed, or its start failed: one more crash of the service that the restart is for. Gives true. */
  crashed(cell: ServiceCell, crash: CrashError): true {
    const { lead: current } = this.#next ?? this.#attempt;
    // Where that was stopped meanwhile, it is the member's own.
    const lead = this.#members.has(current) ? current : cell;
    if (this.#gaveUp) this.#report(crash.cause, crash.path ?? cell.path, crash.step ?? "crash");
    else {
      const delay = this.#supervisor.grant(lead, crash);
      if (delay === undefined) this.#giveUp(lead, crash);
      else this.widen(lead, delay, { kind: "crash", path: crash.path ?? cell.path, error: crash.cause });
    }
    return true;
  }

  /** Begins anew for `lead`, with all that are affected by it too. */
  widen(lead: ServiceCell, delay: number, reason: StopReason): void {
    this.#next = { lead, delay, reason };
    this.#enlist(lead);
    this.#interrupt.resolve();
  }

  /** `cell` is not started again: it was stopped meanwhile, by itself or by its owner. */
  leaveOut(cell: ServiceCell): void {
    if (!this.#members.delete(cell)) return;
    cell.restart = undefined;
    if (this.#members.size === 0) this.#interrupt.resolve();
  }

  async #carryOut(): Promise<void> {
    // No user code of the restart runs inside the call that crashed.
    await Promise.resolve();
    do {
      this.#begunAnew();
      await this.#takeDown();
      await this.#wait();
      await this.#startAll();
    } while (this.#goesOn && this.#next);
    this.#supervisor.ended(this);
    for (const cell of [...this.#members]) this.leaveOut(cell);
    this.#over.resolve();
  }

  get #goesOn(): boolean {
    return !this.#gaveUp && this.#members.size > 0 && this.#supervisor.isActive;
  }

  /** Whether the attempt under way is to be carried on. */
  get #isCurrent(): boolean {
    return this.#goesOn && !this.#next;
  }

  /** The members in the order in which they were started first. */
  get #inOrder(): readonly ServiceCell[] {
    return this.#supervisor.owner.scope.children.filter((cell) => this.#members.has(cell));
  }

  #begunAnew(): void {
    this.#attempt = this.#next ?? this.#attempt;
    this.#next = undefined;
    this.#interrupt = Promise.withResolvers();
  }

  /** Takes `lead` in, and all that are affected by it but those that are being stopped for good. */
  #enlist(lead: ServiceCell): void {
    const affected = this.#supervisor.affected(lead).filter((cell) => !cell.isStopping);
    for (const cell of [lead, ...affected]) {
      this.#members.add(cell);
      cell.restart = this;
    }
  }

  async #takeDown(): Promise<void> {
    const { reason } = this.#attempt;
    for (const cell of this.#inOrder.toReversed()) {
      if (!this.#goesOn) return;
      const { run, path } = cell;
      if (!run) continue;
      const stop: StopContext = { reason, failures: [] };
      await run.stop(stop);
      if (stop.failures.length > 0) this.#report(new StopError(path, stop.failures), path, "restart");
    }
  }

  async #wait(): Promise<void> {
    if (!this.#isCurrent || this.#attempt.delay === 0) return;
    const { lead, delay } = this.#attempt;
    const { clock } = this.#supervisor.owner.core;
    const over = Promise.withResolvers<void>();
    lead.nextStartAt = clock.wallTime() + delay;
    const cancel = clock.setTimer(over.resolve, delay, `${lead.path}: restart`);
    await Promise.race([over.promise, this.#interrupt.promise]);
    cancel();
    lead.nextStartAt = undefined;
  }

  async #startAll(): Promise<void> {
    for (const cell of this.#inOrder) {
      if (!this.#isCurrent) return;
      if (cell.run || !this.#members.has(cell)) continue;
      const started = this.#start(cell);
      await Promise.race([started, this.#interrupt.promise]);
    }
  }

  /** Starts one member; never rejects. */
  async #start(cell: ServiceCell): Promise<void> {
    try {
      await cell.startAgain();
    } catch (error) {
      if (isAbortError(error)) return;
      const crash = crashOf(cell, error);
      if (error instanceof StartError) {
        for (const failure of error.errors) this.#report(failure, cell.path, "undoing of a failed start");
      }
      if (!this.#supervisor.isActive) this.#supervisor.owner.crash(crash);
      else if (this.#members.has(cell)) this.crashed(cell, crash);
      else this.#report(crash.cause, crash.path ?? cell.path, "start");
    }
  }

  /** There were too many tries: the crash is the owner's. */
  #giveUp(lead: ServiceCell, crash: CrashError): void {
    const { owner } = this.#supervisor;
    this.#gaveUp = true;
    this.#interrupt.resolve();
    this.#supervisor.tellEscalation(lead, crash);
    owner.crash(crash);
  }

  #report(error: unknown, path: string, label: string): void {
    this.#supervisor.owner.core.report(error, { path, label });
  }
}

/** A start that failed, as a crash: of the deepest culprit, by the original error. */
function crashOf(cell: ServiceCell, error: unknown): CrashError {
  if (!(error instanceof StartError)) return new CrashError(cell.path, error, "start");
  return new CrashError(error.path ?? cell.path, error.cause ?? error, "start");
}
