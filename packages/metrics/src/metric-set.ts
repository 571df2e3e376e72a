import { PawlTypeError, Service } from "@pawl/kernel";
import { addFigures } from "@pawl/kernel/extend";
import { taken } from "./errors/metric-errors.ts";
import type { Metric } from "./metric.ts";
import { familyOf, type MetricKind } from "./metric-name.ts";

// They live as long as the service does, whatever becomes of its runs.
const declared = new WeakMap<Service, Map<string, Metric>>();

/** The metrics of a service, in the order in which they were declared. */
export function metricsOf(service: Service): Iterable<Metric> {
  return declared.get(service)?.values() ?? [];
}

/**
 * The metric of that name, made where there is none.
 *
 * @throws TypeError `PAWL_METRIC_TAKEN` where it is of another kind, or another metric has the same name for Prometheus;
 * `PAWL_BAD_OPTION` where the first argument is no service
 */
export function metricOf<M extends Metric>(service: Service, kind: MetricKind, name: string, make: () => M): M {
  if (!(service instanceof Service)) {
    throw new PawlTypeError(
      "PAWL_BAD_OPTION",
      `${kind}(): the first argument must be the service that owns it, as in ${kind}(this, …)`,
    );
  }
  const where = `${service.path || service.constructor.name}: ${kind}(service, ${JSON.stringify(name)})`;
  const set = declared.get(service);
  const known = set?.get(name);
  if (known && known.kind !== kind) throw taken(where, `a ${known.kind}`);
  if (known) return known as M;
  const made = make();
  const like = [...(set?.values() ?? [])].find(
    (metric) => familyOf(metric.exportedName) === familyOf(made.exportedName),
  );
  if (like)
    throw taken(where, `the ${like.kind} "${like.name}" (${like.exportedName}), which Prometheus does not tell apart,`);
  if (set) set.set(name, made);
  else {
    const first = new Map<string, Metric>([[name, made]]);
    declared.set(service, first);
    addFigures(service, "metrics", () => [...first.values()].flatMap((metric) => metric.figures()));
  }
  return made;
}
