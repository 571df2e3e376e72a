import { runningThreads } from "./thread-watch.ts";

/** How many of each thing there are. */
export type Counts = ReadonlyMap<string, number>;

/**
 * What holds the process open, by kind: sockets, servers, child processes, requests in flight; and worker threads. Left
 * out are timers, work of one turn (`setImmediate`) and whatever else was unref'd.
 */
export function activeResources(): Counts {
  // The first look at these opens a handle each.
  void process.stdin;
  void process.stdout;
  void process.stderr;
  const threads = new Array<string>(runningThreads()).fill("Worker");
  const held = process.getActiveResourcesInfo().filter((kind) => kind !== "Immediate" && kind !== "Timeout");
  return count([...held, ...threads]);
}

/** The listeners of events of the process, by event. */
export function processHandlers(): Counts {
  return new Map(process.eventNames().map((event) => [String(event), process.listenerCount(event)]));
}

/** What there is more of than before: `["2 × Timeout"]`. */
export function more(now: Counts, before: Counts): readonly string[] {
  const found: string[] = [];
  for (const [kind, n] of now) {
    const added = n - (before.get(kind) ?? 0);
    if (added > 0) found.push(added === 1 ? kind : `${added} × ${kind}`);
  }
  return found;
}

function count(kinds: readonly string[]): Counts {
  const counts = new Map<string, number>();
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}
