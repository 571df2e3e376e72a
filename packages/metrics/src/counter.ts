import type { Service } from "@pawl/kernel";
import { badValue } from "./errors/metric-errors.ts";
import { Metric, type MetricFigures, type MetricOptions, ValueSeries } from "./metric.ts";
import type { MetricKind } from "./metric-name.ts";
import { metricOf } from "./metric-set.ts";
import type { Labels } from "./series-set.ts";

/** A number that only grows. */
export class Counter extends Metric<ValueSeries> {
  readonly kind: MetricKind = "counter";

  constructor(service: Service, name: string, options: MetricOptions) {
    super(service, "counter", name, options, () => new ValueSeries());
  }

  /** All that was added, whatever the labels. */
  get value(): number {
    let total = 0;
    for (const { series } of this.all()) total += series.value;
    return total;
  }

  /** @throws RangeError `PAWL_METRIC_BAD_VALUE` for what is negative or no number; TypeError `PAWL_METRIC_BAD_NAME` for a label */
  add(n = 1, labels?: Labels): void {
    if (!Number.isFinite(n) || n < 0) throw badValue(`${this.where}: add()`, n, "a number from 0 on");
    const series = this.of(labels);
    series.used = true;
    series.value += n;
    series.windows.record(n, this.second);
  }

  protected own({ value }: ValueSeries): Pick<MetricFigures, "value"> {
    return { value };
  }

  protected isUsed({ used }: ValueSeries): boolean {
    return used;
  }
}

/**
 * A counter of the service: `add()` counts, `value` is the total, `window("60s")` what was added of late. It goes on through
 * restarts, and may be a class field. The same name again gives the same counter.
 *
 * @throws TypeError or RangeError `PAWL_METRIC_BAD_NAME`, `PAWL_METRIC_TAKEN`, `PAWL_BAD_OPTION`
 * @example
 * class Shop extends Service {
 *   readonly #orders = counter(this, "orders", { description: "Orders that were taken" });
 *
 *   take() {
 *     this.#orders.add();
 *   }
 * }
 */
export function counter(service: Service, name: string, options: MetricOptions = {}): Counter {
  return metricOf(service, "counter", name, () => new Counter(service, name, options));
}
