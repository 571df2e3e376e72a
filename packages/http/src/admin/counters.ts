import type { KernelSnapshot, ServiceSnapshot } from "@pawl/kernel";

/** Every count of an app by its name, as fb303 has them: `metrics.restarts`, `metrics.interval.collect.runs`. */
export function countersOf({ services }: KernelSnapshot): Record<string, number> {
  const found: Record<string, number> = {};
  const add = ({ path, restarts, activities, inFlight, children }: ServiceSnapshot) => {
    found[`${path}.restarts`] = restarts;
    found[`${path}.inFlight`] = inFlight.length;
    for (const { kind, label, ...figures } of activities) {
      for (const [figure, value] of Object.entries(figures)) {
        const name = `${path}.${kind}.${label}.${figure}`;
        // Several may have one label: together they are one figure.
        if (typeof value === "number") found[name] = (found[name] ?? 0) + value;
      }
    }
    children.forEach(add);
  };
  // What it costs to be asked is no figure of the app.
  for (const service of services) if (service.name !== "pawl") add(service);
  return found;
}
