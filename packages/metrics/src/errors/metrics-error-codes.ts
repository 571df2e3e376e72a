/** Every code of this package with what it means, as the kernel's `errorCodes`; `docs/ERRORS.md` explains each. */
export const metricsErrorCodes = {
  PAWL_METRIC_BAD_NAME: "the name, unit or label of a metric is none that Prometheus takes",
  PAWL_METRIC_BAD_VALUE: "a metric was given what is no number that it can take",
  PAWL_METRIC_TAKEN: "a service has another metric of that name",
} as const;

type MetricsErrorCodes = Record<keyof typeof metricsErrorCodes, string>;

declare module "@pawl/kernel" {
  interface ErrorCodes extends MetricsErrorCodes {}
}
