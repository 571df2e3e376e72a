import { type Dependencies, Service, type StopReason } from "@pawl/kernel";

/** What an {@link Actor} does; each is called on it. A hook that is left out is not there at all. */
export interface Part {
  readonly name?: string;
  /** Read at each start. */
  readonly dependencies?: () => Dependencies;
  readonly onStart?: (this: Actor) => unknown;
  readonly onReady?: (this: Actor) => unknown;
  readonly onStop?: (this: Actor, reason: StopReason) => unknown;
}

/** A service that plays a given part: exactly the hooks that it was given, synchronous where they are. */
export class Actor extends Service {
  readonly #part: Part;
  override onStart?: () => void;
  override onReady?: () => void;
  override onStop?: (reason: StopReason) => void;

  constructor(part: Part = {}) {
    super();
    this.#part = part;
    const { onStart, onReady, onStop } = part;
    if (onStart) this.onStart = () => onStart.call(this) as void;
    if (onReady) this.onReady = () => onReady.call(this) as void;
    if (onStop) this.onStop = (reason) => onStop.call(this, reason) as void;
  }

  override get name(): string {
    return this.#part.name ?? super.name;
  }

  override get dependencies(): Dependencies {
    return this.#part.dependencies?.() ?? [];
  }
}

export function actor(part?: Part): Actor {
  return new Actor(part);
}

/** An actor that writes its start and its stop into a journal: `+db`, `-db`. */
export function noted(journal: string[], name: string, part: Part = {}): Actor {
  return new Actor({
    ...part,
    name,
    onStart(this: Actor) {
      journal.push(`+${name}`);
      return part.onStart?.call(this);
    },
    onStop(this: Actor, reason: StopReason) {
      journal.push(`-${name}`);
      return part.onStop?.call(this, reason);
    },
  });
}

/** A promise that stays pending until it is opened. */
export interface Gate {
  readonly opened: Promise<void>;
  open(): void;
  fail(error: unknown): void;
}

export function gate(): Gate {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // A gate that nobody waits at any more may fail.
  promise.catch(() => {});
  return { opened: promise, open: resolve, fail: reject };
}

/** Never settles. */
export function forever(): Promise<never> {
  return new Promise(() => {});
}

/** What a promise rejects with; fails where it resolves. */
export async function errorOf<E = Error>(promise: Promise<unknown>): Promise<E> {
  try {
    await promise;
  } catch (error) {
    return error as E;
  }
  throw new Error("it resolved, and was expected to reject");
}

/** Whether a promise has settled, without waiting for it. */
export async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol("pending");
  const first = await Promise.race([promise.catch(() => undefined), Promise.resolve(pending)]);
  return first !== pending;
}
