import type { Buckets } from "../buckets.ts";
import type { MetricKind } from "../metric-name.ts";

type LabelValues = Readonly<Record<string, string>>;

/** One line of the text format. */
export interface Sample {
  readonly labels: LabelValues;
  readonly value: number;
  /** Where it is not that of the family: `…_bucket`, `…_sum`, `…_count`. */
  readonly metricName?: string;
}

/** All that stands under one name. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: MetricKind;
  readonly values: Sample[];
}

/** A histogram as the text format has it: cumulative buckets, sum and count. */
export function* histogramSamples(name: string, labels: LabelValues, buckets: Buckets): Generator<Sample> {
  const { bounds, count, sum, cumulative } = buckets;
  for (const [i, value] of cumulative.entries()) {
    const le = i < bounds.length ? String(bounds[i]) : "+Inf";
    yield { metricName: `${name}_bucket`, labels: { ...labels, le }, value };
  }
  yield { metricName: `${name}_sum`, labels, value: sum };
  yield { metricName: `${name}_count`, labels, value: count };
}
