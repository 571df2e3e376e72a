import { PawlRangeError, PawlTypeError, type Service, systemClock } from "@pawl/kernel";
import { Buckets, secondsBounds } from "./buckets.ts";
import { badValue } from "./errors/metric-errors.ts";
import { Metric, type MetricFigures, type MetricOptions, type Series } from "./metric.ts";
import type { MetricKind } from "./metric-name.ts";
import { metricOf } from "./metric-set.ts";
import type { Labels } from "./series-set.ts";
import { WindowedSamples } from "./windowed-samples.ts";

export interface HistogramOptions extends MetricOptions {
  /** Upper bounds of the buckets, ascending. @default from 5 ms to 10 s, as OpenTelemetry advises for requests in seconds */
  readonly buckets?: readonly number[];
}

class HistogramSeries implements Series {
  readonly windows: WindowedSamples = new WindowedSamples();
  readonly buckets: Buckets;

  constructor(bounds: readonly number[]) {
    this.buckets = new Buckets(bounds);
  }
}

/** How values are spread. */
export class Histogram extends Metric<HistogramSeries> {
  readonly kind: MetricKind = "histogram";
  /** Upper bounds of the buckets, ascending. */
  readonly bounds: readonly number[];

  constructor(service: Service, name: string, options: HistogramOptions) {
    const bounds = boundsOf(name, options?.buckets ?? secondsBounds);
    super(service, "histogram", name, options, () => new HistogramSeries(bounds));
    this.bounds = bounds;
  }

  /** How many values it has, whatever the labels. */
  get value(): number {
    let total = 0;
    for (const { series } of this.all()) total += series.buckets.count;
    return total;
  }

  /** @throws RangeError `PAWL_METRIC_BAD_VALUE`; TypeError `PAWL_METRIC_BAD_NAME` for a label */
  record(x: number, labels?: Labels): void {
    if (!Number.isFinite(x)) throw badValue(`${this.where}: record()`, x, "a finite number");
    const series = this.of(labels);
    series.buckets.record(x);
    series.windows.record(x, this.second);
  }

  /**
   * Calls `fn` and records how many seconds it took, until its promise has settled where it gives one, also where it fails.
   *
   * @throws what `fn` throws; TypeError `PAWL_BAD_OPTION` where the unit is not seconds
   * @example
   * const order = await this.#latency.time(() => this.#api.order(id));
   */
  time<T>(fn: () => T, labels?: Labels): T {
    const end = this.timer(labels);
    let result: T;
    try {
      result = fn();
    } catch (error) {
      end();
      throw error;
    }
    if (!isPromiseLike(result)) {
      end();
      return result;
    }
    return result.then(
      (value) => {
        end();
        return value;
      },
      (error: unknown) => {
        end();
        throw error;
      },
    ) as T;
  }

  /**
   * Begins to measure; what it gives records how many seconds it took when it is called first, and gives them.
   *
   * @throws TypeError `PAWL_BAD_OPTION` where the unit is not seconds
   */
  timer(labels?: Labels): () => number {
    if (this.unit !== undefined && this.unit !== "seconds") {
      throw new PawlTypeError("PAWL_BAD_OPTION", `${this.where} is in ${this.unit}; only one in seconds can time`);
    }
    const clock = this.clock ?? systemClock;
    const began = clock.now();
    let seconds: number | undefined;
    return () => {
      if (seconds === undefined) {
        seconds = (clock.now() - began) / 1000;
        this.record(seconds, labels);
      }
      return seconds;
    };
  }

  protected own({ buckets: { count, sum } }: HistogramSeries): Pick<MetricFigures, "value" | "sum"> {
    return { value: count, sum };
  }

  protected isUsed({ buckets }: HistogramSeries): boolean {
    return buckets.count > 0;
  }
}

/**
 * A histogram of the service: `record()` a value, or `time()` a function. It goes on through restarts, and may be a class
 * field. The same name again gives the same histogram.
 *
 * @throws TypeError or RangeError `PAWL_METRIC_BAD_NAME`, `PAWL_METRIC_TAKEN`, `PAWL_BAD_OPTION`
 * @example
 * class Api extends Service {
 *   readonly #latency = histogram(this, "call_duration", { unit: "seconds" });
 *
 *   order(id: string) {
 *     return this.#latency.time(() => fetch(`https://api.example/orders/${id}`));
 *   }
 * }
 */
export function histogram(service: Service, name: string, options: HistogramOptions = {}): Histogram {
  return metricOf(service, "histogram", name, () => new Histogram(service, name, options));
}

function boundsOf(name: string, bounds: readonly number[]): readonly number[] {
  const isRight =
    Array.isArray(bounds) &&
    bounds.length > 0 &&
    bounds.every((bound, i) => Number.isFinite(bound) && (i === 0 || bound > bounds[i - 1]));
  if (isRight) return [...bounds];
  throw new PawlRangeError(
    "PAWL_BAD_OPTION",
    `histogram(service, ${JSON.stringify(name)}): { buckets } must be finite numbers, each greater than the one before`,
  );
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as Partial<PromiseLike<unknown>> | null | undefined)?.then === "function";
}
