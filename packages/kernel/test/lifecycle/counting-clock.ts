import { type Clock, systemClock } from "@pawl/kernel";

/** The clock of the machine, which knows how many of its timers are still set. */
export class CountingClock implements Clock {
  live = 0;
  readonly now: Clock["now"] = systemClock.now;
  readonly wallTime: Clock["wallTime"] = systemClock.wallTime;

  setTimer(fn: () => void, ms: number): () => void {
    return this.#count(fn, (counted) => systemClock.setTimer(counted, ms));
  }

  defer(fn: () => void): () => void {
    return this.#count(fn, (counted) => systemClock.defer(counted));
  }

  #count(fn: () => void, set: (fn: () => void) => () => void): () => void {
    let isLive = true;
    const end = () => {
      if (isLive) this.live--;
      isLive = false;
    };
    this.live++;
    const cancel = set(() => {
      end();
      fn();
    });
    return () => {
      end();
      cancel();
    };
  }
}
