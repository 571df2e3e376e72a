import { PawlTypeError, type Service } from "@pawl/kernel";
import { messageOf } from "@pawl/kernel/extend";
import { badValue } from "./errors/metric-errors.ts";
import { Metric, type MetricFigures, type MetricOptions, type Reading, ValueSeries } from "./metric.ts";
import type { MetricKind } from "./metric-name.ts";
import { metricOf } from "./metric-set.ts";
import type { Labels } from "./series-set.ts";

/** A number that goes up and down. */
export class Gauge extends Metric<ValueSeries> {
  readonly kind: MetricKind = "gauge";

  constructor(service: Service, name: string, options: MetricOptions) {
    super(service, "gauge", name, options, () => new ValueSeries());
  }

  /** What was set last without labels; where it is read when asked, what that gives. */
  get value(): number {
    return this.plain.value;
  }

  /** @throws RangeError `PAWL_METRIC_BAD_VALUE`; TypeError `PAWL_METRIC_BAD_NAME` for a label */
  set(n: number, labels?: Labels): void {
    if (!Number.isFinite(n)) throw badValue(`${this.where}: set()`, n, "a finite number");
    const series = this.of(labels);
    series.used = true;
    series.value = n;
    series.windows.record(n, this.second);
  }

  /** Sets it to so much more; a negative number makes it less. @throws as {@link Gauge.set} */
  add(n: number, labels?: Labels): void {
    if (!Number.isFinite(n)) throw badValue(`${this.where}: add()`, n, "a finite number");
    this.set(this.of(labels).value + n, labels);
  }

  protected own({ value }: ValueSeries): Pick<MetricFigures, "value"> {
    return { value };
  }

  protected isUsed({ used }: ValueSeries): boolean {
    return used;
  }
}

/** A gauge that is asked for its value whenever somebody looks. */
class ReadGauge extends Gauge {
  readonly #read: () => number;

  constructor(service: Service, name: string, read: () => number, options: MetricOptions) {
    super(service, name, options);
    this.#read = read;
  }

  /** @throws what the function throws; RangeError `PAWL_METRIC_BAD_VALUE` where it gives no number */
  override get value(): number {
    const value = this.#read();
    if (!Number.isFinite(value)) throw badValue(`${this.where}: what it read`, value, "a finite number");
    return value;
  }

  override set(): never {
    throw new PawlTypeError("PAWL_BAD_OPTION", `${this.where} is read when asked; it cannot be set`);
  }

  override add(): never {
    return this.set();
  }

  override *readings(): Generator<Reading> {
    try {
      yield { value: this.value };
    } catch (error) {
      yield { value: null, error: messageOf(error) };
    }
  }

  override figures(): readonly MetricFigures[] {
    return [...this.readings()].map((reading) => ({ ...this.about, ...reading }));
  }
}

/** A gauge that is read when asked: it cannot be set, and has no windows. */
export type ReadOnlyGauge = Omit<Gauge, "set" | "add" | "window">;

/**
 * A gauge of the service: `set()` and `add()`, or a function that is read whenever somebody looks. It goes on through
 * restarts, and may be a class field. The same name again gives the same gauge.
 *
 * @throws TypeError or RangeError `PAWL_METRIC_BAD_NAME`, `PAWL_METRIC_TAKEN`, `PAWL_BAD_OPTION`
 * @example
 * class Cache extends Service {
 *   readonly #entries = new Map<string, string>();
 *   readonly size = gauge(this, "entries", () => this.#entries.size);
 *   readonly load = gauge(this, "load", { unit: "ratio" });
 * }
 */
export function gauge(service: Service, name: string, options?: MetricOptions): Gauge;
export function gauge(service: Service, name: string, read: () => number, options?: MetricOptions): ReadOnlyGauge;
export function gauge(
  service: Service,
  name: string,
  readOrOptions: (() => number) | MetricOptions = {},
  options: MetricOptions = {},
): Gauge | ReadOnlyGauge {
  return metricOf(service, "gauge", name, () =>
    typeof readOrOptions === "function"
      ? new ReadGauge(service, name, readOrOptions, options)
      : new Gauge(service, name, readOrOptions),
  );
}
