import type { ActivitySnapshot, KernelSnapshot, ServiceSnapshot } from "@pawl/kernel";

/** One service as `pawl top` shows it. */
export interface TopRow {
  readonly path: string;
  readonly name: string;
  /** How deep it stands in the tree, from 0. */
  readonly depth: number;
  readonly state: string;
  /** Milliseconds since its run began. */
  readonly ageMs: number | undefined;
  readonly restarts: number;
  /** Calls of its activities, per second. */
  readonly rate: number;
  readonly errors: number;
  /** Whether there were errors since the last look. */
  readonly fails: boolean;
  readonly inFlight: number;
  /** What somebody should look at first: its warnings, its last error. */
  readonly note: string;
}

export interface Look {
  readonly snapshot: KernelSnapshot;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
}

interface Totals {
  readonly calls: number;
  readonly errors: number;
}

/** The services of an app in the order of the tree, with what has happened between two looks at it. */
export function topRows(look: Look, before: Look | undefined): readonly TopRow[] {
  const last = new Map<string, ServiceSnapshot>();
  if (before) for (const [service] of walk(before.snapshot.services, 0)) last.set(service.path, service);
  const seconds = before ? (look.at - before.at) / 1_000 : 0;
  const rows = [...walk(look.snapshot.services, 0)].map(([service, depth]): TopRow => {
    const totals = totalsOf(service);
    const previous = last.get(service.path);
    // What a run has counted begins anew with the next.
    const isSameRun = previous?.since === service.since;
    const since = previous && isSameRun ? totalsOf(previous) : { calls: 0, errors: 0 };
    return {
      path: service.path,
      name: service.name,
      depth,
      state: service.state,
      ageMs: service.since === undefined ? undefined : Math.max(0, look.at - Date.parse(service.since)),
      restarts: service.restarts,
      rate: seconds > 0 ? Math.max(0, totals.calls - since.calls) / seconds : 0,
      errors: totals.errors,
      fails: before !== undefined && totals.errors > since.errors,
      inFlight: service.inFlight.length,
      note: noteOf(service),
    };
  });
  const down = look.snapshot.down.map(
    (name): TopRow => ({ ...nothing, path: name, name, state: "stopped", note: "it was stopped" }),
  );
  return [...rows, ...down];
}

const nothing = { depth: 0, ageMs: undefined, restarts: 0, rate: 0, errors: 0, fails: false, inFlight: 0 };

function* walk(services: readonly ServiceSnapshot[], depth: number): Generator<[ServiceSnapshot, number]> {
  for (const service of services) {
    // What administers the app is asked by this very command.
    if (service.path === "pawl") continue;
    yield [service, depth];
    yield* walk(service.children, depth + 1);
  }
}

function totalsOf({ activities }: ServiceSnapshot): Totals {
  const sum = (names: readonly string[]) => activities.reduce((total, activity) => total + figure(activity, names), 0);
  return { calls: sum(["runs", "calls", "done", "answered"]), errors: sum(["errors", "failed"]) };
}

/** The first of these figures that an activity has. */
function figure(activity: ActivitySnapshot, names: readonly string[]): number {
  const value = names.map((name) => activity[name]).find((found) => typeof found === "number");
  return typeof value === "number" ? value : 0;
}

function noteOf({ warnings = [], lastError, nextStartAt }: ServiceSnapshot): string {
  return [
    ...warnings.map(({ message }) => message),
    ...(nextStartAt === undefined ? [] : [`starts again at ${nextStartAt.slice(11, 19)}`]),
    ...(lastError === undefined ? [] : [lastError]),
  ].join("; ");
}
