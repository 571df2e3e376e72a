import type { HealthStatus, ServiceSnapshot, State } from "@pawl/kernel";
import type { JsonSchema } from "@pawl/kernel/extend";

// What the page and its server say to each other; the page knows it by `@import`. Times are ISO 8601.

/** One service in the tree. */
export interface Row {
  /** `shop/metrics`; unique. */
  readonly path: string;
  readonly name: string;
  /** Path of the owner, `""` for the app. */
  readonly owner: string;
  readonly className: string;
  readonly state: State;
  /** When its run began. */
  readonly since?: string;
  /** How often its owner has started it again. */
  readonly restarts: number;
  readonly warnings: readonly string[];
  /** Message of its last crash or failed start. */
  readonly lastError?: string;
  /** How many errors were seen of it: those that the flight recorder holds, and what came since the page was opened. */
  readonly errors: number;
  readonly activities: number;
  readonly inFlight: number;
  readonly resources: number;
  /** Calls of its activities in a second, over the last seconds. */
  readonly rate: number;
}

export interface AppInfo {
  readonly name: string;
  readonly state: State;
  readonly status: HealthStatus;
  /** Of the program: `"shop 1.2.0"`. */
  readonly version?: string;
  /** Version of Node.js, without a `v`. */
  readonly node: string;
  readonly pid: number;
  /** When its start began. */
  readonly since: string;
  /** When this was told. */
  readonly now: string;
  /** How late the event loop was at most in the last second, in milliseconds. */
  readonly loopDelayMs: number;
  /** Resident memory of the process. */
  readonly memoryBytes: number;
  /** Whether who asks may press buttons. */
  readonly canChange: boolean;
}

/** `event: snapshot` of `GET <route>/live`: everything, first of all, and again after the app restarted. */
export interface Snapshot {
  readonly app: AppInfo;
  /** Owners before children, in the order of their start. */
  readonly rows: readonly Row[];
}

/** `event: changes`, at most 4 times a second, and only where something changed. */
export interface Changes {
  readonly app?: AppInfo;
  /** New rows, and those that changed. */
  readonly rows: readonly Row[];
  /** Paths that are no more. */
  readonly gone: readonly string[];
  /** All paths, where their order changed. */
  readonly order?: readonly string[];
}

/** `event: rates`, once a second where the stream was asked for with `?map=1`: who emits what to whom. */
export interface Rates {
  readonly events: readonly EventRate[];
}

export interface EventRate {
  readonly event: string;
  readonly from: readonly EventSource[];
  readonly to: readonly EventTarget[];
}

interface Rate {
  /** Owner path; the app's name where it was no service. */
  readonly path: string;
  /** Of the last second. */
  readonly rate: number;
  /** Since the map was opened. */
  readonly total: number;
}

export interface EventSource extends Rate {}

export interface EventTarget extends Rate {
  /** Of the listener. */
  readonly label: string;
  /** How many of its calls failed since the map was opened. */
  readonly errors: number;
}

/** Answer of `GET <route>/service?path=shop/metrics`. */
export interface Detail {
  readonly row: Row;
  readonly snapshot: ServiceSnapshot;
  readonly actions: readonly ActionDetail[];
  /** What can be made to work at once: `interval "collect"`. */
  readonly triggers: readonly string[];
  /** Newest first, at most 100, of this path and below. */
  readonly facts: readonly FactLine[];
  /** Newest first, at most 20. */
  readonly errors: readonly ErrorLine[];
}

export interface ActionDetail {
  readonly name: string;
  readonly description?: string;
  readonly admin: boolean;
  /** What it takes, where its library can say. */
  readonly schema?: JsonSchema;
}

export interface FactLine {
  readonly at: string;
  readonly kind: string;
  readonly path: string;
  /** What happened, in words. */
  readonly text: string;
  /** The fields of the fact, as plain JSON. */
  readonly data: Readonly<Record<string, unknown>>;
}

export interface ErrorLine {
  readonly at: string;
  /** What failed: `interval "collect"`. */
  readonly label: string;
  /** Of its class. */
  readonly name: string;
  readonly code?: string;
  readonly message: string;
  readonly stack?: string;
}

/** Answer of `GET <route>/timeline`: starts and stops of the last runs, oldest first. */
export interface Timeline {
  readonly runs: readonly Run[];
}

export interface Run {
  readonly kind: "start" | "stop";
  readonly at: string;
  /** How long it took, or has taken so far. */
  readonly ms: number;
  readonly ok: boolean;
  readonly bars: readonly Bar[];
}

export interface Bar {
  readonly path: string;
  readonly phase: "start" | "ready" | "stop" | "release";
  /** Milliseconds from the begin of the run. */
  readonly at: number;
  readonly ms: number;
  readonly ok: boolean;
  /** Whether it has not ended yet. */
  readonly open?: boolean;
  /** Of a stop: what did not settle in its time. */
  readonly leftBehind?: readonly string[];
}

/** Body of `POST <route>/do`. The path `""` is the app, for stop and restart. */
export type Command =
  | { readonly do: "stop" | "restart" | "start"; readonly path: string }
  | { readonly do: "trigger"; readonly path: string; readonly activity: string }
  | { readonly do: "call"; readonly path: string; readonly action: string; readonly input?: unknown }
  | { readonly do: "emit"; readonly event: string; readonly payload?: unknown };

/** Its answer: 200 where it is ok, else 4xx or 5xx. */
export type Outcome =
  | { readonly ok: true; readonly result?: unknown; readonly ms: number }
  | {
      readonly ok: false;
      readonly code?: string;
      readonly message: string;
      readonly issues?: readonly { readonly path: string; readonly message: string }[];
    };
