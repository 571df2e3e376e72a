import { context, propagation } from "@opentelemetry/api";

/**
 * The headers that let another process go on with the trace here: `traceparent` and, where there is one, `tracestate`;
 * whatever the registered propagator writes. Empty where nothing is traced.
 *
 * @example
 * const shop = client<Services>("http://localhost:3000", { headers: traceHeaders });
 */
export function traceHeaders(): Record<string, string> {
  const headers: Record<string, string> = {};
  propagation.inject(context.active(), headers);
  return headers;
}
