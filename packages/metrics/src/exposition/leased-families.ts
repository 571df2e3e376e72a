import type { ServiceSnapshot } from "@pawl/kernel";
import type { Family } from "./family.ts";
import { type CountedInRun, GrowingCount } from "./growing-count.ts";
import { Tally, type TallyBound } from "./tally.ts";

const outcomes = ["done", "failed", "retried", "dead", "released"] as const;
const states = ["waiting", "running", "dead"] as const;

type Figures = Readonly<Record<string, unknown>>;

/** Messages and jobs: what this process has done with them, and what the engine or store holds. */
export class LeasedFamilies {
  readonly #prefix: string;
  readonly #bound: TallyBound;
  readonly #messages: GrowingCount;
  readonly #jobs: GrowingCount;

  constructor(prefix: string, bound: TallyBound) {
    this.#prefix = prefix;
    this.#bound = bound;
    this.#messages = new GrowingCount(`${prefix}messages_total`, "Tries of messages, by what became of them.", bound);
    this.#jobs = new GrowingCount(`${prefix}jobs_total`, "Tries of jobs, by what became of them.", bound);
  }

  of(services: readonly ServiceSnapshot[]): readonly Family[] {
    const groups = new Tally(
      `${this.#prefix}message_group_size`,
      "Messages that a group has, by their state.",
      "gauge",
      this.#bound,
    );
    const queues = new Tally(`${this.#prefix}job_queue_size`, "Jobs of a name, by their state.", "gauge", this.#bound);
    for (const { figures } of services) {
      for (const { group, event, ...sizes } of rowsOf(figures?.groups, ["group", "event"])) {
        for (const state of states)
          groups.add({ group: String(group), event: String(event), state }, count(sizes, state));
      }
      for (const { name, ...sizes } of rowsOf(figures?.queues, ["name"])) {
        for (const state of states) queues.add({ job: String(name), state }, count(sizes, state));
      }
    }
    return [
      this.#messages.take(triesOf(services, "subscription", "event")),
      this.#jobs.take(triesOf(services, "job", "job")),
      groups.family,
      queues.family,
    ];
  }
}

function triesOf(services: readonly ServiceSnapshot[], kind: string, label: string): readonly CountedInRun[] {
  return services.flatMap(({ path: service, since = "", activities }) =>
    activities
      .filter((activity) => activity.kind === kind)
      .flatMap((activity) =>
        outcomes.map((outcome) => ({
          labels: { service, [label]: activity.label, outcome },
          since,
          value: count(activity, outcome),
        })),
      ),
  );
}

/** Those figures that are what they are taken for: other packages may have some of that name. */
function rowsOf(figures: unknown, texts: readonly string[]): readonly Figures[] {
  if (!Array.isArray(figures)) return [];
  return figures.filter((row: Figures | null) => texts.every((name) => typeof row?.[name] === "string"));
}

function count(figures: Figures, name: string): number {
  const value = figures[name];
  return typeof value === "number" ? value : 0;
}
