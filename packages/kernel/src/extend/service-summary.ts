import { messageOf } from "../errors/errors.ts";
import { RaisedWarning } from "../health/warning.ts";
import { cellOf } from "../lifecycle/cell-of.ts";
import type { State } from "../lifecycle/state.ts";
import type { Service } from "../service.ts";

/** One service in a line: counts in the place of what they count, and nothing of what it owns. */
export interface ServiceSummary {
  readonly name: string;
  readonly path: string;
  readonly className: string;
  readonly state: State;
  /** When its run began, ISO 8601. */
  readonly since?: string;
  /** Of its last crash or failed start. */
  readonly lastError?: string;
  /** How often its owner has started it again. */
  readonly restarts: number;
  /** Messages of those that stand. */
  readonly warnings: readonly string[];
  readonly activities: number;
  readonly inFlight: number;
  readonly resources: number;
  /** How often its activities were called, in this run. */
  readonly calls: number;
}

/** Figures that count the calls of an activity; each has one of them. */
const counts = ["runs", "calls", "given", "done"];

/** What stands in one line about a service; costs a fraction of `inspectOne()`. */
export function summaryOf(service: Service): ServiceSummary {
  const cell = cellOf(service);
  const { scope } = cell;
  const warnings: string[] = [];
  let activities = 0;
  let calls = 0;
  for (const activity of scope?.activities ?? []) {
    if (activity instanceof RaisedWarning) {
      warnings.push(activity.message);
      continue;
    }
    activities++;
    const figures = activity.inspect();
    for (const name of counts) if (typeof figures[name] === "number") calls += figures[name];
  }
  return {
    name: cell.name,
    path: cell.path,
    className: service.constructor.name,
    state: cell.state,
    ...(cell.since === undefined ? {} : { since: new Date(cell.since).toISOString() }),
    ...(cell.lastError === undefined ? {} : { lastError: messageOf(cell.lastError) }),
    restarts: cell.restarts,
    warnings,
    activities,
    inFlight: countOf(scope?.calls),
    resources: countOf(scope?.resources),
    calls,
  };
}

function countOf(items: Iterable<unknown> | undefined): number {
  let count = 0;
  for (const _ of items ?? []) count++;
  return count;
}
