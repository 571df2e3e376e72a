import type { KernelSnapshot, ServiceSnapshot } from "@pawl/kernel";

/**
 * Every count of an app by its name, as fb303 has them: `metrics.restarts`, `metrics.interval.collect.runs`; of metrics
 * `shop.orders`, `shop.orders.count.60s`, with labels `shop.orders{method=card}`; of exported values `shop.version`.
 */
export function countersOf({ services }: KernelSnapshot): Record<string, number> {
  const found: Record<string, number> = {};
  const add = ({ path, restarts, activities, inFlight, children, figures = {} }: ServiceSnapshot) => {
    // What a service declares gives way to what every service has.
    for (const [name, value] of Object.entries(isObject(figures["exported"]) ? figures["exported"] : {}))
      if (typeof value === "number") found[`${path}.${name}`] = value;
    for (const metric of Array.isArray(figures["metrics"]) ? figures["metrics"] : []) addMetric(found, path, metric);
    found[`${path}.restarts`] = restarts;
    found[`${path}.inFlight`] = inFlight.length;
    for (const { kind, label, ...activity } of activities) {
      for (const [figure, value] of Object.entries(activity)) {
        // A length of time is no count.
        if (typeof value !== "number" || figure.endsWith("Ms")) continue;
        const name = `${path}.${kind}.${label}.${figure}`;
        // Several may have one label: together they are one figure.
        found[name] = (found[name] ?? 0) + value;
      }
    }
    children.forEach(add);
  };
  // What it costs to be asked is no figure of the app.
  for (const service of services) if (service.name !== "pawl") add(service);
  return found;
}

/** One series, told by its shape: what has made it is a package of its own. */
function addMetric(found: Record<string, number>, path: string, metric: unknown): void {
  if (!isObject(metric) || typeof metric["name"] !== "string") return;
  const { name, labels, value, windows, ...others } = metric;
  const pairs = isObject(labels) ? Object.entries(labels).map(([label, text]) => `${label}=${text}`) : [];
  const series = `${path}.${name}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""}`;
  if (typeof value === "number") found[series] = value;
  for (const [figure, number] of Object.entries(others))
    if (typeof number === "number") found[`${series}.${figure}`] = number;
  for (const [window, figures] of Object.entries(isObject(windows) ? windows : {}))
    for (const [figure, number] of Object.entries(isObject(figures) ? figures : {}))
      if (typeof number === "number") found[`${series}.${figure}.${window}`] = number;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
