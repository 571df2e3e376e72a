/** What starts and stops as a whole. */
export interface Running {
  readonly start: () => Promise<unknown>;
  readonly stop: () => Promise<unknown>;
}

/** One of the services of a scenario. What it does is the same for every system; how it is wired is the system's way. */
export interface Part {
  readonly name: string;
  /** The name of the service that it cannot do without. */
  readonly needs?: string;
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

export interface AppOptions {
  /**
   * Whether needs are all that says what starts first. Else the parts are listed in the order that is wanted, and a
   * system that takes the order from numbers gets numbers.
   */
  readonly orderByNeeds?: boolean;
  /** How long a start and a stop may take, where the system can be told. */
  readonly timeoutMs?: number;
}

/** An app whose services emit and listen. */
interface Bus extends Running {
  /** Emits `paid` as a service does that waits for nobody. */
  readonly emit: () => void;
}

export interface Listener {
  /** The service that listens. */
  readonly name: string;
  readonly called: () => void | Promise<void>;
}

/** An app whose first service emits `opened`, and whose second has a listener for it. */
export interface Announcement {
  /** `start`: while it starts itself; `ready`: at the moment that the system offers for telling the others. */
  readonly when: "start" | "ready";
  /** Gets what the emit gave back. */
  readonly emitted: (result: unknown) => void;
  readonly heard: () => void;
}

/**
 * A framework or library, each part written as its own documentation would have it, with its default options unless
 * `configuration` says otherwise. What it has no notion of is left out.
 */
export interface System {
  readonly title: string;
  /** The packages whose versions stand in the report. */
  readonly packages: readonly string[];
  /** What the parts are in the words of the system, and which options are not the default; by scenario, or for `all`. */
  readonly configuration: Readonly<Record<string, string>>;
  /** Why it does not offer a scenario that its parts would allow. */
  readonly lacks?: Readonly<Record<string, string>>;

  readonly app?: (parts: readonly Part[], options: AppOptions) => Running | Promise<Running>;
  readonly interval?: (tick: () => Promise<void>, everyMs: number) => Running | Promise<Running>;
  readonly bus?: (listeners: readonly Listener[]) => Bus | Promise<Bus>;
  readonly announcement?: (announcement: Announcement) => Running | Promise<Running>;
  /** An app of one service, `part`, that begins `work` in the background when it starts; nobody awaits it. */
  readonly task?: (work: () => Promise<void>, part: Part) => Running | Promise<Running>;
  /** Serves `GET /slow` until SIGTERM, as the main program of a process; resolves with the port. */
  readonly server?: (slow: () => Promise<string>) => Promise<number>;
}
