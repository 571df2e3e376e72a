import { type Backoff, backoffOf } from "../backoff.ts";
import { wallTimeOf } from "../clock.ts";
import type { Scope } from "../scope.ts";
import type { Service } from "../service.ts";
import { type Beats, type BeatTaker, Ticker } from "./ticker.ts";

/** Beats as soon as the last call has ended, a turn of the event loop later; after failures it waits longer and longer. */
class LoopBeats implements Beats {
  readonly comeByThemselves = false;
  readonly #backoff: Backoff = backoffOf(undefined, "loop");
  /** In a row. */
  #failures = 0;
  #taker!: BeatTaker;
  /** When the wait after a failure ends, on the monotonic clock. */
  #dueAt: number | undefined;
  #cancelWait: (() => void) | undefined;

  get nextAt(): number | undefined {
    return this.#dueAt === undefined ? undefined : wallTimeOf(this.#taker.clock, this.#dueAt);
  }

  begin(taker: BeatTaker): void {
    this.#taker = taker;
    queueMicrotask(() => taker.beat());
  }

  callBegins(): void {
    this.#dueAt = undefined;
  }

  callEnded(failed: boolean): void {
    const taker = this.#taker;
    if (!failed) {
      this.#failures = 0;
      this.#cancelWait = taker.clock.defer(() => taker.beat());
      return;
    }
    const ms = this.#backoff.delay(++this.#failures);
    this.#dueAt = taker.clock.now() + ms;
    this.#cancelWait = taker.setTimer(() => taker.beat(), ms);
  }

  end(): void {
    this.#cancelWait?.();
  }

  inspect(): Record<string, unknown> {
    return {};
  }
}

/** Calls the `loop` of a service again and again, where it has one. */
export function startLoop(scope: Scope, service: Service): void {
  if (service.loop === undefined) return;
  new Ticker(scope, {
    call: { kind: "loop", detached: true },
    label: "loop",
    fn: (context) => service.loop?.(context),
    beats: new LoopBeats(),
    options: {},
  });
}
