import { isSpanContextValid, trace } from "@opentelemetry/api";

/** What a line of a log says of the span that it was written in; both or none. */
export interface TraceFields {
  readonly trace_id?: string;
  readonly span_id?: string;
}

/**
 * The ids of the span here, named as OpenTelemetry names them in logs that are no OTLP. Empty where nothing is traced.
 *
 * @example
 * this.log.info({ ...traceFields(), order: id }, "paid");
 */
export function traceFields(): TraceFields {
  const span = trace.getActiveSpan()?.spanContext();
  return span && isSpanContextValid(span) ? { trace_id: span.traceId, span_id: span.spanId } : {};
}
