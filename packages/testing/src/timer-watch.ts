import { createHook } from "node:async_hooks";

interface SeenTimer {
  readonly order: number;
  readonly timer: WeakRef<NodeJS.Timeout>;
  /** Where it was set: `packages/shop/src/metrics.ts:12:3`. */
  readonly where: string;
}

const seen = new Map<number, SeenTimer>();
let order = 0;
let watching = false;

/**
 * Stands for now among the timers of the process, for {@link timersSince}. From the first call on the process's timers
 * are watched: counting them would not do, since a test runner has timers of its own that come and go.
 */
export function timerMark(): number {
  if (!watching) watch();
  return order;
}

/** Where the timers were set that hold the process open and came after `mark`. */
export function timersSince(mark: number): readonly string[] {
  return [...seen.values()].filter((entry) => entry.order > mark && holdsOpen(entry)).map(({ where }) => where);
}

function watch(): void {
  watching = true;
  const hooks = {
    init(id: number, type: string, _trigger: number, resource: object) {
      if (type !== "Timeout") return;
      const where = setterAbove(hooks.init);
      if (where) seen.set(id, { order: ++order, timer: new WeakRef(resource as NodeJS.Timeout), where });
    },
    destroy(id: number) {
      seen.delete(id);
    },
    // Node 24 and later: without this every await of the process would cost ten times as much, as it does on Node 22.
    trackPromises: false,
  };
  createHook(hooks).enable();
}

function holdsOpen({ timer }: SeenTimer): boolean {
  const alive = timer.deref() as (NodeJS.Timeout & { readonly _destroyed?: boolean }) | undefined;
  // The destroy hook comes some turns later than the end of a timer.
  return alive !== undefined && alive._destroyed !== true && alive.hasRef();
}

// As text at once: a stack that is not yet text holds the objects whose methods are on it.
function setterAbove(hook: (...args: never[]) => void): string | undefined {
  const here: { stack?: string } = {};
  Error.captureStackTrace(here, hook);
  const frames = (here.stack?.split("\n").slice(1) ?? [])
    .filter((line) => !/\bnode:/.test(line))
    .map((line) => line.replace(/^.*?\(?((?:file:|[/\\]|[A-Za-z]:)[^()]*)\)?$/, "$1"));
  const own = frames.find((frame) => !/[/\\]node_modules[/\\]/.test(frame));
  // A timer that the test runner has set for itself is none of the test's.
  if (!own && frames.some((frame) => /[/\\]vitest[/\\]/.test(frame))) return undefined;
  return own ?? frames[0] ?? "a place that is not known";
}
