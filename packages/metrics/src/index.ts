// Metrics of services
export { type Counter, counter } from "./counter.ts";
export { type Gauge, gauge, type ReadOnlyGauge } from "./gauge.ts";
export { type Histogram, type HistogramOptions, histogram } from "./histogram.ts";
export type { Metric, MetricFigures, MetricOptions } from "./metric.ts";
export type { MetricKind, Unit } from "./metric-name.ts";
export type { Labels } from "./series-set.ts";
export type { WindowFigures, WindowName } from "./window.ts";

// Exported values
export { type ExportedValue, exportValue } from "./exported-values.ts";

// /metrics
export { type MetricsOptions, metrics } from "./exposition/metrics.ts";

// Errors
export { metricsErrorCodes } from "./errors/metrics-error-codes.ts";
