import type { Service } from "@pawl/kernel";
import { Buckets } from "../buckets.ts";
import { Histogram } from "../histogram.ts";
import type { Metric } from "../metric.ts";
import { familyOf } from "../metric-name.ts";
import { metricsOf } from "../metric-set.ts";
import type { Family, Sample } from "./family.ts";
import { histogramSamples } from "./family.ts";

/** What a scrape of the services' own metrics tells of what it had to leave out. */
export interface FamiliesParts {
  /** How many services may have series of their own under one name. */
  readonly maxServices: number;
  /** Names, without `_total`, that stand for something else already. */
  readonly taken: ReadonlySet<string>;
  /** Called for what was left out, with why; `key` is the same for the same thing. */
  readonly leftOut: (key: string, why: string) => void;
}

/** The metrics that services have declared, each name once, every series with the owner path of its service. */
export function metricFamilies(services: ReadonlyMap<string, Service>, parts: FamiliesParts): readonly Family[] {
  const { maxServices, taken, leftOut } = parts;
  const byName = new Map<string, { readonly metric: Metric; readonly of: { path: string; metric: Metric }[] }>();
  for (const [path, service] of services) {
    for (const metric of metricsOf(service)) {
      const key = familyOf(metric.exportedName);
      const first = byName.get(key)?.metric;
      if (taken.has(key)) {
        leftOut(
          `${path} ${key}`,
          `${path}: ${metric.kind} "${metric.name}": ${metric.exportedName} is the name of a metric of Pawl's own`,
        );
      } else if (first && (first.kind !== metric.kind || first.exportedName !== metric.exportedName)) {
        leftOut(
          `${path} ${key}`,
          `${path}: ${metric.kind} "${metric.name}": ${metric.exportedName} is taken by the ${first.kind} of another service`,
        );
      } else if (first) byName.get(key)?.of.push({ path, metric });
      else byName.set(key, { metric, of: [{ path, metric }] });
    }
  }
  return [...byName.values()].map(({ metric: { exportedName: name, description, kind }, of }) => {
    const values = of.slice(0, maxServices).flatMap(({ path, metric }) => [...samplesOf(path, metric, leftOut)]);
    const rest = of.slice(maxServices).map(({ metric }) => metric);
    if (rest.length > 0) {
      leftOut(
        `services ${name}`,
        `${name}: more than ${maxServices} services have it; what is over is service="other"`,
      );
      values.push(...othersOf(rest));
    }
    return { name, help: description || `${kind} of a service.`, type: kind, values };
  });
}

function* samplesOf(path: string, metric: Metric, leftOut: FamiliesParts["leftOut"]): Generator<Sample> {
  if (metric instanceof Histogram) {
    for (const { labels, series } of metric.all())
      yield* histogramSamples(metric.exportedName, { service: path, ...labels }, series.buckets);
    return;
  }
  for (const { labels, value, error } of metric.readings()) {
    if (value === null)
      leftOut(`read ${path} ${metric.name}`, `${path}: gauge "${metric.name}" cannot be read: ${error}`);
    else yield { labels: { service: path, ...labels }, value };
  }
}

/** The metrics of services that are too many, as one series. */
function othersOf(metrics: readonly Metric[]): readonly Sample[] {
  const [first] = metrics;
  const labels = { service: "other" };
  if (first instanceof Histogram) {
    const together = new Buckets(first.bounds);
    for (const metric of metrics)
      if (metric instanceof Histogram) for (const { series } of metric.all()) together.merge(series.buckets);
    return [...histogramSamples(first.exportedName, labels, together)];
  }
  const value = metrics
    .flatMap((metric) => [...metric.readings()])
    .reduce((sum, reading) => sum + (reading.value ?? 0), 0);
  return [{ labels, value }];
}
