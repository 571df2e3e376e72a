import type {} from "@pawl/http";
import { type Fact, type FactKind, type FactSelector, type Facts, isAbortError, isActionError } from "@pawl/kernel";
import type { Labels } from "../series-set.ts";
import type { Family } from "./family.ts";
import { DurationTally, Tally, type TallyBound } from "./tally.ts";

/** Methods that have a label of their own; any other one is `_OTHER`, as OpenTelemetry has it. */
const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY"]);

/** How each kind of fact is counted. */
type Counting = { readonly [K in FactKind]?: (fact: Facts[K]) => void } & {
  /** Of @pawl/background, which need not be there. */
  readonly "queue.item.ended": (fact: { readonly path: string; readonly label: string; readonly ms: number }) => void;
};

interface Ended {
  readonly ms: number;
  readonly error?: unknown;
}

/** What the facts of a kernel come to, counted while it runs. */
export class FactTally {
  readonly #tallies: readonly (Tally | DurationTally)[];
  readonly #counting: Counting;

  constructor(prefix: string, bound: TallyBound) {
    const tallies: (Tally | DurationTally)[] = [];
    const added = <T extends Tally | DurationTally>(tally: T) => {
      tallies.push(tally);
      return tally;
    };
    const count = (name: string, help: string) => added(new Tally(`${prefix}${name}_total`, help, "counter", bound));
    const duration = (name: string, help: string) =>
      added(new DurationTally(`${prefix}${name}_duration_seconds`, help, bound));

    const crashes = count("service_crashes", "Crashes of services.");
    const errors = count("errors", "Errors that had no caller and went to onError.");
    const dropped = count("events_dropped", "Events that were dropped or refused before a listener handled them.");
    const ticks = duration("activity", "Calls of intervals, crons, polls and loops.");
    const tickErrors = count("activity_errors", "Calls of intervals, crons, polls and loops that failed.");
    const skipped = count(
      "activity_skipped",
      "Beats that were left out, since a call was under way or the loop blocked.",
    );
    const tasks = duration("task", "Tasks that ended.");
    const taskErrors = count("task_errors", "Tasks that failed.");
    const actions = duration("action", "Calls of actions by transports.");
    const actionErrors = count("action_errors", "Calls of actions that were refused or failed.");
    const items = duration("queue_item", "Tries of the items of queues.");
    // These two are named by OpenTelemetry, not by the prefix.
    const requests = added(
      new DurationTally("http_server_request_duration_seconds", "Requests until the end of the answer.", bound),
    );
    const active = added(new Tally("http_server_active_requests", "Requests that are under way.", "gauge", bound));

    this.#tallies = tallies;
    this.#counting = {
      crash: ({ path }) => crashes.add({ service: path }),
      error: ({ path }) => errors.add({ service: path }),
      "event.dropped": ({ path, event, why }) => dropped.add({ service: path, event, reason: why }),
      "tick.ended": (fact) => ended({ service: fact.path, activity: fact.label }, fact, ticks, tickErrors),
      "tick.skipped": ({ path, label, beats }) => skipped.add({ service: path, activity: label }, beats),
      "task.ended": (fact) => ended({ service: fact.path, task: fact.label }, fact, tasks, taskErrors),
      "action.ended": (fact) => {
        const labels = { service: fact.path, action: fact.action, transport: fact.transport };
        actions.record(labels, fact.ms);
        if (!("error" in fact)) return;
        actionErrors.add({ ...labels, reason: isActionError(fact.error) ? "refused" : "failed" });
      },
      "queue.item.ended": ({ path, label, ms }) => items.record({ service: path, queue: label }, ms),
      "request.started": ({ method }) => active.add({ http_request_method: methodOf(method) }),
      "request.ended": ({ method, route, status, ms }) => {
        const http_request_method = methodOf(method);
        active.add({ http_request_method }, -1);
        // Never the URL: whoever asks for made-up paths would make series without end.
        const http_route = route ?? "unmatched";
        const http_response_status_class = `${Math.floor(status / 100)}xx`;
        requests.record({ http_request_method, http_route, http_response_status_class }, ms);
      },
    };
  }

  get kinds(): readonly FactSelector[] {
    return Object.keys(this.#counting) as FactSelector[];
  }

  readonly take = (fact: Fact): void => {
    this.#counting[fact.kind]?.(fact as never);
  };

  get families(): readonly Family[] {
    return this.#tallies.map(({ family }) => family);
  }
}

/** One call more, and one that failed where it did. */
function ended(labels: Labels, fact: Ended, durations: DurationTally, errors: Tally): void {
  durations.record(labels, fact.ms);
  // What ends by its cancellation has not failed.
  if ("error" in fact && !isAbortError(fact.error)) errors.add(labels);
}

function methodOf(method: string): string {
  return methods.has(method) ? method : "_OTHER";
}
