import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import type { CallSpec } from "./call.ts";
import { LazySet } from "./lazy-set.ts";

/**
 * Stands for one run of a service or of a kernel in async contexts. It knows nothing of its service, so that a context
 * that outlives the run keeps nothing alive.
 */
export class RunToken {
  /** The same for every run of one service. */
  readonly identity: symbol;
  /** The run of its owner, up to the kernel's. */
  readonly owner: RunToken | undefined;
  /** Owner path. */
  readonly path: string;
  /** The runs that hold it as a dependency. */
  readonly holders: LazySet<RunToken> = new LazySet();

  constructor(identity: symbol, path: string, owner?: RunToken) {
    this.identity = identity;
    this.path = path;
    this.owner = owner;
  }

  /** Whether stopping `other` stops this run too. */
  isWithin(other: RunToken): boolean {
    if (this === other) return true;
    if (this.owner?.isWithin(other)) return true;
    if (this.holders.size === 0) return false;
    // It stops with the last of its holders.
    for (const holder of this.holders) if (!holder.isWithin(other)) return false;
    return true;
  }
}

/** One call of user code, as async contexts see it. */
export class Frame {
  readonly token: RunToken;
  /** What was called; it holds nothing of the service. */
  readonly spec: CallSpec;
  settled = false;
  /** Set when a stop has left it behind: nothing waits for it any more. */
  abandoned = false;
  #outer: Frame | undefined;

  constructor(token: RunToken, spec: CallSpec, outer: Frame | undefined) {
    this.token = token;
    this.spec = spec;
    this.#outer = outer;
    this.#prune();
  }

  /** The nearest call around this one that is still under way. */
  get outer(): Frame | undefined {
    this.#prune();
    return this.#outer;
  }

  // Without this a task that spawns its successor would grow a chain without end.
  #prune(): void {
    while (this.#outer?.settled) this.#outer = this.#outer.#outer;
  }
}

const storage = new AsyncLocalStorage<Frame>();

/** The call of user code that is under way here, if any. */
export function currentFrame(): Frame | undefined {
  let frame = storage.getStore();
  while (frame?.settled) frame = frame.outer;
  return frame;
}

/** Runs `fn` as the call `frame`. The caller sets `frame.settled` when it has settled. */
export function runInFrame<T>(frame: Frame, fn: () => T): T {
  // AsyncLocalStorage.run() makes two contexts, one to go in and one like that before to come out: half as much again.
  return new AsyncResource("pawl.call").runInAsyncScope(enter<T>, undefined, frame, fn);
}

function enter<T>(frame: Frame, fn: () => T): T {
  storage.enterWith(frame);
  return fn();
}

/** Runs `fn` as no part of the call that is under way here. */
export function runDetached<T>(fn: () => T): T {
  return storage.exit(fn);
}

/** Calls a function in the async context in which it was made. */
export type InContext = (fn: () => void) => void;

/** Remembers the async context here, for a call that is to be made later as if it were made here. */
export function captureContext(): InContext {
  // Costs a hundredth of AsyncLocalStorage.snapshot(), and there is one for each event in line.
  const resource = new AsyncResource("pawl.event");
  return (fn) => resource.runInAsyncScope(fn);
}

/**
 * Whether the code in `innermost`, that here if it is left out, belongs to something that stopping `token` stops: waiting
 * for that stop would never end.
 */
export function isInside(token: RunToken, innermost: Frame | undefined = currentFrame()): boolean {
  for (let frame = innermost; frame; frame = frame.outer) {
    if (frame.abandoned) return false;
    if (frame.token.isWithin(token)) return true;
  }
  return false;
}

/** Whether the code here is part of what the stop of the run `token` works off before it aborts signals. */
export function isOfDrain(token: RunToken): boolean {
  for (let frame = currentFrame(); frame; frame = frame.outer) {
    if (frame.abandoned) return false;
    if (frame.token === token && (frame.spec.drains || frame.spec.ofDrain)) return true;
  }
  return false;
}

/** Whether the code here is a call of the service `identity`, in this run or an earlier one, that was left behind. */
export function isAbandoned(identity: symbol): boolean {
  for (let frame = currentFrame(); frame; frame = frame.outer) {
    if (frame.abandoned && frame.token.identity === identity) return true;
  }
  return false;
}
