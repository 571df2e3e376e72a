import type {
  ActivitySnapshot,
  HealthReport,
  HealthStatus,
  KernelSnapshot,
  ServiceSnapshot,
  State,
} from "@pawl/kernel";
import type { Family } from "./family.ts";
import { type CountedInRun, GrowingCount } from "./growing-count.ts";
import { LeasedFamilies } from "./leased-families.ts";
import { Tally, type TallyBound } from "./tally.ts";

const states: readonly State[] = ["idle", "starting", "running", "stopping", "stopped", "failed"];
const statuses: readonly HealthStatus[] = ["starting", "alive", "warning", "stopping", "dead"];
const outcomes = ["done", "failed", "dropped", "cancelled", "left", "retried"] as const;

/** What a kernel can be asked for: its services, its listeners, its queues. */
export class KernelFamilies {
  readonly #prefix: string;
  readonly #bound: TallyBound;
  readonly #listenerCalls: GrowingCount;
  readonly #listenerErrors: GrowingCount;
  readonly #queueItems: GrowingCount;
  readonly #leased: LeasedFamilies;

  constructor(prefix: string, bound: TallyBound) {
    this.#prefix = prefix;
    this.#bound = bound;
    const growing = (name: string, help: string) => new GrowingCount(`${prefix}${name}_total`, help, bound);
    this.#listenerCalls = growing("listener_calls", "Calls of listeners, by the name or pattern that they listen to.");
    this.#listenerErrors = growing("listener_errors", "Calls of listeners that failed.");
    this.#leased = new LeasedFamilies(prefix, bound);
    this.#queueItems = growing("queue_items", "Items of queues, by what became of them.");
  }

  /** @param down the states of the providers that are down */
  of(snapshot: KernelSnapshot, down: readonly State[]): readonly Family[] {
    const services = [...withChildren(snapshot.services)];
    const activities = services.flatMap((service) => service.activities.map((activity) => ({ service, activity })));
    const listeners = [
      ...activities.filter(({ activity }) => activity.kind === "listener").map(countedOf),
      ...snapshot.activities.map((activity) => ({ service: snapshot.name, since: "", activity })),
    ];
    const queues = activities.filter(({ activity }) => activity.kind === "queue" || activity.kind === "consumer");
    return [
      this.#states([...services.map(({ state }) => state), ...down]),
      ...this.#perService(services),
      this.#tasksRunning(activities),
      this.#listenerCalls.take(listeners.map((listener) => listened(listener, "runs"))),
      this.#listenerErrors.take(listeners.map((listener) => listened(listener, "errors"))),
      ...this.#queueSizes(queues),
      this.#queueItems.take(queues.map(countedOf).flatMap(itemsOf)),
      ...this.#leased.of(services),
    ];
  }

  ofHealth({ status, ready, services }: HealthReport): readonly Family[] {
    const state = this.#gauge("status", "What the app is at, in the words of fb303: 1 for the one that it is.");
    for (const name of statuses) state.add({ status: name }, name === status ? 1 : 0);
    const isReady = this.#gauge("ready", "Whether the app should be sent work.");
    isReady.add({}, ready ? 1 : 0);
    const healthy = this.#gauge("service_healthy", "Whether the service runs and its onHealth() has not failed.");
    for (const [service, { ok }] of Object.entries(services)) healthy.add({ service }, ok ? 1 : 0);
    return [state, isReady, healthy].map(({ family }) => family);
  }

  #states(found: readonly State[]): Family {
    const services = this.#gauge("services", "Services by their state.");
    for (const state of states) services.add({ state }, 0);
    for (const state of found) services.add({ state });
    return services.family;
  }

  #perService(services: readonly ServiceSnapshot[]): readonly Family[] {
    const start = this.#gauge("service_start_duration_seconds", "How long the last start took.");
    const restarts = new Tally(
      `${this.#prefix}service_restarts_total`,
      "Restarts of the service by its owner since it was started.",
      "counter",
      this.#bound,
    );
    const warnings = this.#gauge("service_warnings", "Warnings that the service has raised and not cleared.");
    for (const { path: service, startMs, restarts: times, warnings: raised } of services) {
      if (startMs !== undefined) start.add({ service }, startMs / 1000);
      restarts.add({ service }, times);
      warnings.add({ service }, raised?.length ?? 0);
    }
    return [start, restarts, warnings].map(({ family }) => family);
  }

  #tasksRunning(activities: readonly OfService[]): Family {
    const found = this.#gauge("tasks_running", "Tasks that are under way.");
    for (const { service, activity } of activities) if (activity.kind === "task") found.add({ service: service.path });
    return found.family;
  }

  #queueSizes(queues: readonly OfService[]): readonly Family[] {
    const length = this.#gauge("queue_length", "Items that wait in the queue.");
    const running = this.#gauge("queue_running", "Items that are being worked off.");
    for (const { service, activity } of queues) {
      const labels = { service: service.path, queue: activity.label };
      length.add(labels, figure(activity, "size"));
      running.add(labels, figure(activity, "running"));
    }
    return [length.family, running.family];
  }

  #gauge(name: string, help: string): Tally {
    return new Tally(`${this.#prefix}${name}`, help, "gauge", this.#bound);
  }
}

interface OfService {
  readonly service: ServiceSnapshot;
  readonly activity: ActivitySnapshot;
}

interface Counted {
  readonly service: string;
  readonly since: string;
  readonly activity: ActivitySnapshot;
}

function* withChildren(services: readonly ServiceSnapshot[]): Generator<ServiceSnapshot> {
  for (const service of services) {
    yield service;
    yield* withChildren(service.children);
  }
}

function countedOf({ service, activity }: OfService): Counted {
  return { service: service.path, since: service.since ?? "", activity };
}

function listened({ service, since, activity }: Counted, of: "runs" | "errors"): CountedInRun {
  return { labels: { service, event: activity.label }, since, value: figure(activity, of) };
}

function itemsOf({ service, since, activity }: Counted): readonly CountedInRun[] {
  return outcomes.map((outcome) => ({
    labels: { service, queue: activity.label, outcome },
    since,
    value: figure(activity, outcome),
  }));
}

function figure(activity: ActivitySnapshot, name: string): number {
  const value = activity[name];
  return typeof value === "number" ? value : 0;
}
