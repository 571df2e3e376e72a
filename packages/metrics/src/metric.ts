import type { Clock, Service } from "@pawl/kernel";
import { PawlRangeError, PawlTypeError } from "@pawl/kernel";
import { clockOf } from "@pawl/kernel/extend";
import { checkLabelName, exportedName, type MetricKind, type Unit } from "./metric-name.ts";
import { type Labels, SeriesSet } from "./series-set.ts";
import { checkWindow, type WindowFigures, type WindowName, WindowSum, windowNames } from "./window.ts";
import { WindowedSamples } from "./windowed-samples.ts";

/** Options of every metric. */
export interface MetricOptions {
  /** What it counts or measures, in one sentence. */
  readonly description?: string;
  /** What it is measured in, a base unit in the plural; it stands at the end of the name that Prometheus gets. */
  readonly unit?: Unit;
  /**
   * How many sets of labels it keeps apart. What is over goes into one more, whose labels have the value `other`.
   *
   * @default 100
   */
  readonly maxSeries?: number;
}

/** One series of a metric in `inspect()`, under `figures.metrics`. */
export interface MetricFigures {
  readonly name: string;
  readonly kind: MetricKind;
  readonly unit?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Of a counter its total, of a gauge its value, of a histogram how many values it has; null where it could not be read. */
  readonly value: number | null;
  /** Of a histogram: of all values. */
  readonly sum?: number;
  /** Why a gauge could not be read. */
  readonly error?: string;
  /** Not of a gauge that is read when asked. */
  readonly windows?: Readonly<Record<WindowName, WindowFigures>>;
}

/** What one series has come to, without its windows. */
export type Reading = Omit<MetricFigures, "name" | "kind" | "unit" | "windows">;

/** What one series keeps beside its own: the windows. */
export interface Series {
  readonly windows: WindowedSamples;
}

/** One metric of a service, through all its runs. */
export abstract class Metric<S extends Series = Series> {
  abstract readonly kind: MetricKind;
  readonly name: string;
  readonly description: string;
  readonly unit: string | undefined;
  /** Its name for Prometheus. */
  readonly exportedName: string;
  readonly #service: Service;
  readonly #series: SeriesSet<S>;
  /** What is recorded without labels. */
  protected readonly plain: S;

  /** @throws TypeError or RangeError `PAWL_METRIC_BAD_NAME`, `PAWL_BAD_OPTION` */
  constructor(service: Service, kind: MetricKind, name: string, options: MetricOptions, make: () => S) {
    const where = `${kind}(service, ${JSON.stringify(name)})`;
    if (typeof options !== "object" || options === null) {
      throw new PawlTypeError("PAWL_BAD_OPTION", `${where}: its options must be an object, not ${String(options)}`);
    }
    const { description = "", unit, maxSeries = 100 } = options;
    this.exportedName = exportedName(where, kind, name, unit);
    if (typeof description !== "string") {
      throw new PawlTypeError("PAWL_BAD_OPTION", `${where}: { description } must be a text`);
    }
    if (!Number.isInteger(maxSeries) || maxSeries < 1) {
      throw new PawlRangeError("PAWL_BAD_OPTION", `${where}: { maxSeries } must be a whole number from 1 on`);
    }
    this.name = name;
    this.description = description;
    this.unit = unit;
    this.#service = service;
    this.plain = make();
    this.#series = new SeriesSet({
      make,
      max: maxSeries,
      check: (labels) => this.#checkLabels(labels),
      onOverflow: () =>
        service.log.warn(
          `${where} has more than ${maxSeries} sets of labels; what is over counts as "other". Use labels of few values, or raise maxSeries`,
        ),
    });
  }

  /** How often something was recorded under labels that were too many to be kept apart. */
  get overflowed(): number {
    return this.#series.overflowed;
  }

  /**
   * What was recorded in the last 60 seconds or the last hour, with these labels or with all of them together. The second,
   * or minute, that is under way counts: the window is up to one of them shorter.
   *
   * @throws RangeError `PAWL_BAD_OPTION` for another window
   */
  window(name: WindowName, labels?: Labels): WindowFigures {
    checkWindow(name);
    const total = new WindowSum();
    const { second } = this;
    if (labels && isEmpty(labels)) this.plain.windows.addTo(total, name, second);
    else if (labels) this.#series.find(labels)?.windows.addTo(total, name, second);
    else for (const { series } of this.all()) series.windows.addTo(total, name, second);
    return total.figures;
  }

  /** Every series that has something, the one without labels first. */
  *all(): Generator<{ readonly labels: Readonly<Record<string, string>> | undefined; readonly series: S }> {
    if (this.#series.size === 0 || this.isUsed(this.plain)) yield { labels: undefined, series: this.plain };
    yield* this.#series;
  }

  /** What each series has come to. */
  *readings(): Generator<Reading> {
    for (const { labels, series } of this.all()) yield this.#reading(labels, series);
  }

  /** For `inspect()`: plain JSON. */
  figures(): readonly MetricFigures[] {
    const { second } = this;
    return [...this.all()].map(({ labels, series }) => ({
      ...this.about,
      ...this.#reading(labels, series),
      windows: windowsOf(series, second),
    }));
  }

  protected get about(): Pick<MetricFigures, "name" | "kind" | "unit"> {
    const { name, kind, unit } = this;
    return { name, kind, ...(unit === undefined ? {} : { unit }) };
  }

  /** What the figures of one series have beside the windows. */
  protected abstract own(series: S): Pick<MetricFigures, "value" | "sum">;
  /** Whether something was recorded in the series without labels: else it is left out where there are others. */
  protected abstract isUsed(plain: S): boolean;

  protected of(labels: Labels | undefined): S {
    return labels === undefined || isEmpty(labels) ? this.plain : this.#series.of(labels);
  }

  protected get clock(): Clock | undefined {
    return clockOf(this.#service);
  }

  /** Whole seconds on the clock of the kernel; undefined before the service has one. */
  protected get second(): number | undefined {
    const { clock } = this;
    return clock && Math.floor(clock.now() / 1000);
  }

  protected get where(): string {
    return `${this.#service.path || this.#service.constructor.name}: ${this.kind} "${this.name}"`;
  }

  #reading(labels: Readonly<Record<string, string>> | undefined, series: S): Reading {
    return { ...(labels === undefined ? {} : { labels }), ...this.own(series) };
  }

  #checkLabels(labels: Labels): void {
    for (const name of Object.keys(labels)) checkLabelName(this.where, name);
  }
}

/** Whether there are no labels in it: that is the series without labels. */
function isEmpty(labels: Labels): boolean {
  for (const _ in labels) return false;
  return true;
}

function windowsOf({ windows }: Series, second: number | undefined): Record<WindowName, WindowFigures> {
  const figures = (name: WindowName) => {
    const total = new WindowSum();
    windows.addTo(total, name, second);
    return total.figures;
  };
  return Object.fromEntries(windowNames.map((name) => [name, figures(name)])) as Record<WindowName, WindowFigures>;
}

/** What a series of a counter or gauge keeps. */
export class ValueSeries implements Series {
  readonly windows: WindowedSamples = new WindowedSamples();
  value = 0;
  used = false;
}
