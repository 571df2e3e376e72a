import type { Tracer } from "@opentelemetry/api";
import { PawlTypeError } from "@pawl/kernel";

/** How a kernel is traced. */
export interface TracingOptions {
  /** Makes the spans: `trace.getTracer("shop")`. */
  readonly tracer: Tracer;
  /**
   * Which listeners have a span for each call: all, or only those that have returned a promise. The first call of a
   * listener shows which kind it is, and has its span.
   *
   * @default "all"
   */
  readonly listeners?: "all" | "async";
  /**
   * Sends what was recorded, when the last span has ended: `() => provider.forceFlush()`. Awaited by the stop of the
   * service, within its `stopTimeout`.
   *
   * @default nothing
   */
  readonly flush?: () => unknown;
}

/** @throws TypeError `PAWL_BAD_OPTION` */
export function checkTracing(what: string, options: TracingOptions): TracingOptions {
  const given: Partial<TracingOptions> = (options as TracingOptions | undefined) ?? {};
  const { tracer, listeners = "all", flush } = given;
  if (typeof (tracer as Partial<Tracer> | undefined)?.startSpan !== "function") {
    throw new PawlTypeError(
      "PAWL_BAD_OPTION",
      `${what}({ tracer }): it must be a tracer of OpenTelemetry; give trace.getTracer("my-app")`,
    );
  }
  if (listeners !== "all" && listeners !== "async") {
    throw new PawlTypeError(
      "PAWL_BAD_OPTION",
      `${what}({ listeners }): it must be "all" or "async", not ${JSON.stringify(listeners)}`,
    );
  }
  if (flush !== undefined && typeof flush !== "function") {
    throw new PawlTypeError("PAWL_BAD_OPTION", `${what}({ flush }): it must be a function, not ${typeof flush}`);
  }
  return options;
}
