import { type Backoff, backoffOf } from "../backoff.ts";
import type { CallSpec } from "../call.ts";
import { wallTimeOf } from "../clock.ts";
import type { Scope } from "../scope.ts";
import type { Service } from "../service.ts";
import { Ticker, type TickerSettings } from "./ticker.ts";

const settings: TickerSettings = { kind: "loop", label: "loop", onError: "report", figures: undefined };

/** Beats as soon as the last call has ended, a turn of the event loop later; after failures it waits longer and longer. */
class Loop extends Ticker<unknown> {
  readonly #backoff: Backoff = backoffOf(undefined, "loop");
  /** In a row. */
  #failures = 0;
  /** When the wait after a failure ends, on the monotonic clock. */
  #dueAt: number | undefined;
  /** Cancels the turn that is waited for. */
  #cancelTurn: (() => void) | undefined;

  constructor(scope: Scope, service: Service) {
    super(scope, service, (context) => service.loop?.(context), settings);
  }

  get comeByThemselves(): boolean {
    return false;
  }

  get nextBeatAt(): number | undefined {
    return this.#dueAt === undefined ? undefined : wallTimeOf(this.clock, this.#dueAt);
  }

  // There is one in a service: it needs no label.
  protected override get call(): CallSpec {
    return { kind: "loop", detached: true };
  }

  protected beginBeats(): void {
    queueMicrotask(() => this.beat());
  }

  protected override callBegins(): void {
    this.#dueAt = undefined;
  }

  protected override callEnded(failed: boolean): void {
    if (!failed) {
      this.#failures = 0;
      this.#cancelTurn = this.clock.defer(() => this.beat());
      return;
    }
    const ms = this.#backoff.delay(++this.#failures);
    this.#dueAt = this.clock.now() + ms;
    this.setTimer(ms);
  }

  onTimer(): void {
    this.beat();
  }

  override close(): void {
    this.#cancelTurn?.();
    super.close();
  }

  protected beatFigures(): Record<string, unknown> {
    return {};
  }
}

/** Calls the `loop` of a service again and again, where it has one. */
export function startLoop(scope: Scope, service: Service): void {
  if (service.loop !== undefined) new Loop(scope, service).begin(undefined);
}
