import { badName } from "./errors/metric-errors.ts";

export type MetricKind = "counter" | "gauge" | "histogram";

/** A unit in words, as Prometheus has them in names: base units, in the plural. */
export type Unit =
  | "seconds"
  | "bytes"
  | "ratio"
  | "celsius"
  | "volts"
  | "amperes"
  | "joules"
  | "grams"
  | "meters"
  | (string & {});

// As promlint has it: what is scaled belongs to whoever draws the graph.
const baseUnits: Readonly<Record<string, string>> = {
  nanoseconds: "seconds",
  microseconds: "seconds",
  milliseconds: "seconds",
  ms: "seconds",
  s: "seconds",
  minutes: "seconds",
  hours: "seconds",
  days: "seconds",
  bits: "bytes",
  kilobytes: "bytes",
  megabytes: "bytes",
  gigabytes: "bytes",
  kibibytes: "bytes",
  mebibytes: "bytes",
  gibibytes: "bytes",
  percent: "ratio",
  percents: "ratio",
};

const snakeCase = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;
/** What the text format itself appends. */
const appended = /_(bucket|sum|count|created|info)$/;

/**
 * The name of a metric as Prometheus gets it: `queue_wait` in seconds is `queue_wait_seconds`, the counter `orders`
 * `orders_total`. What stands there already is not appended again.
 *
 * @param where names the caller in the error
 * @throws TypeError `PAWL_METRIC_BAD_NAME`
 */
export function exportedName(where: string, kind: MetricKind, name: string, unit: string | undefined): string {
  if (typeof name !== "string" || !snakeCase.test(name)) {
    throw badName(where, `the name must be snake_case, as in "orders_refused", not ${JSON.stringify(name)}`);
  }
  const [reserved] = appended.exec(name) ?? [];
  if (reserved) throw badName(where, `"${reserved}" at the end of a name belongs to the text format; leave it out`);
  if (kind !== "counter" && name.endsWith("_total")) {
    throw badName(where, 'only counters end with "_total"; leave it out, or make it a counter');
  }
  if (unit !== undefined) checkUnit(where, unit);
  const base = kind === "counter" ? name.replace(/_total$/, "") : name;
  const measured = unit === undefined || base === unit || base.endsWith(`_${unit}`) ? base : `${base}_${unit}`;
  return kind === "counter" ? `${measured}_total` : measured;
}

/** What two metrics may not have in common: OpenMetrics knows a counter without its `_total`. */
export function familyOf(name: string): string {
  return name.replace(/_total$/, "");
}

function checkUnit(where: string, unit: string): void {
  if (typeof unit !== "string" || !snakeCase.test(unit)) {
    throw badName(where, `the unit must be a word such as "seconds" or "bytes", not ${JSON.stringify(unit)}`);
  }
  const base = Object.hasOwn(baseUnits, unit) ? baseUnits[unit] : undefined;
  if (base) throw badName(where, `measure in base units: "${base}" instead of "${unit}"`);
}

/** @throws TypeError `PAWL_METRIC_BAD_NAME` */
export function checkLabelName(where: string, name: string): void {
  if (!snakeCase.test(name)) throw badName(where, `a label must be snake_case, not ${JSON.stringify(name)}`);
  if (name !== "service" && name !== "le" && name !== "quantile") return;
  throw badName(where, `the label "${name}" is set by Pawl or Prometheus; choose another`);
}
