import type { Results } from "./results.ts";

/** What one child process measured, by name; units are in the names or in the `about` of the benchmark. */
export type Figures = Readonly<Record<string, number>>;

/** One implementation of what is compared. It imports what it needs itself, so that no other one is in its process. */
export interface Variant {
  /** Runs in a child process of its own, once in each round. */
  readonly measure: () => Figures | Promise<Figures>;
  /** The major version of the Node that it runs under. @default the one that runs the benchmarks */
  readonly node?: number;
}

/** A sentence of the design about speed, and what became of it. */
export interface Target {
  /** What is compared: `service.emit, 1 listener, against eventemitter3`. */
  readonly what: string;
  readonly measured: number;
  readonly atLeast?: number;
  readonly atMost?: number;
  /** @default "×" */
  readonly unit?: string;
  /** The lowest and the highest round. */
  readonly range?: readonly [lowest: number, highest: number];
}

/** How one figure grows with the size of what is measured. */
export interface Growth {
  /** What grows with what: `service.emit with its listeners`. */
  readonly what: string;
  readonly figure: string;
  /** The variants, each with its size. */
  readonly sizes: readonly (readonly [size: number, variant: string])[];
  /** Whether the figure is that of one of so many. @default false: that of all together */
  readonly ofEach?: boolean;
}

/** Bars of the chart that belong together: what peers take, against Pawl. */
export interface ChartGroup {
  /** What is compared: `emit, 10 listeners`. */
  readonly title: string;
  readonly figure: string;
  /** The variant that is Pawl. */
  readonly pawl: string;
  /** The variants that it is compared with, by the name that the bar gets. */
  readonly peers: Readonly<Record<string, string>>;
}

/** One benchmark: a file exports it as `benchmark`, and `harness/catalog.ts` lists the file. */
export interface Benchmark {
  readonly title: string;
  /** What is measured and in which unit, in a sentence or two; markdown. */
  readonly about: string;
  /** Why it cannot be run here. @default it can */
  readonly missing?: string;
  /** How often each variant is measured. @default 5 */
  readonly rounds?: number;
  /** Seconds after which a process that measures is ended, and its variant given up. @default 60 */
  readonly timeout?: number;
  readonly variants: Readonly<Record<string, Variant>>;
  /** The targets that the results are held against. @default none: the figures are for information */
  readonly targets?: (results: Results) => readonly Target[];
  /** What is shown of how figures grow. @default nothing */
  readonly growth?: readonly Growth[];
  /** What is shown in the chart. @default nothing */
  readonly chart?: (results: Results) => readonly ChartGroup[];
}

/** One that has no figures by round: it runs by itself, and gives its section of the report and its targets. */
export type Comparison = () => Promise<{ readonly section: string; readonly targets: readonly Target[] }>;
