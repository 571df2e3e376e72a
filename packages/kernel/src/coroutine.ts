import { AsyncResource } from "node:async_hooks";
import { Latch } from "./latch.ts";

/**
 * Code that yields what it waits for, as an async function awaits it: a promise, or something that settles. Steps within
 * steps are `yield*`. Nothing happens until {@link carryOut} or {@link promiseOf} is called.
 */
export type Steps<T = void> = Generator<Latch | PromiseLike<unknown>, T, void>;

/**
 * Carries out `steps` that do not fail, at once up to what they wait for first; gives undefined where there was nothing. A
 * promise for each step, as async functions have it, would be a good part of what a start or a stop costs.
 */
export function carryOut(steps: Steps): Latch | undefined {
  const coroutine = new Coroutine(steps, undefined);
  coroutine.goOn();
  return coroutine.isSettled ? undefined : coroutine;
}

/** As {@link carryOut}; rejects with what they throw. */
export function promiseOf(steps: Steps): Promise<void> {
  return new Promise((resolve, reject) => {
    const coroutine = new Coroutine(steps, reject);
    coroutine.whenSettled(resolve);
    coroutine.goOn();
  });
}

class Coroutine extends Latch {
  readonly #steps: Steps;
  readonly #reject: ((error: unknown) => void) | undefined;
  // Whoever ends a wait does so in a context of its own; the steps go on in that in which they began.
  readonly #context = new AsyncResource("pawl.coroutine");
  readonly #resume = (): void => this.#context.runInAsyncScope(this.goOn, this);

  constructor(steps: Steps, reject: ((error: unknown) => void) | undefined) {
    super();
    this.#steps = steps;
    this.#reject = reject;
  }

  /** Goes on up to the next wait; by a failure of what was waited for, where there is one. */
  goOn(failure?: { readonly error: unknown }): void {
    let wait: Latch | PromiseLike<unknown> | undefined;
    try {
      wait = this.#nextWait(failure);
    } catch (error) {
      if (!this.#reject) throw error;
      this.#reject(error);
      return;
    }
    if (!wait) this.settle();
    else if (wait instanceof Latch) wait.whenSettled(this.#resume);
    else wait.then(this.#resume, (error: unknown) => this.#context.runInAsyncScope(this.goOn, this, { error }));
  }

  /** Undefined when the steps have ended. */
  #nextWait(failure: { readonly error: unknown } | undefined): Latch | PromiseLike<unknown> | undefined {
    let next = failure ? this.#steps.throw(failure.error) : this.#steps.next();
    while (!next.done && next.value instanceof Latch && next.value.isSettled) next = this.#steps.next();
    return next.done ? undefined : next.value;
  }
}
