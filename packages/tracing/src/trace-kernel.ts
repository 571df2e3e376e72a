import type { Kernel } from "@pawl/kernel";
import { KernelTracing } from "./kernel-tracing.ts";
import { checkTracing, type TracingOptions } from "./tracing-options.ts";

/**
 * Traces a kernel from now on, its next start from the very beginning; gives back its undo, which ends the spans that are
 * open and does not `flush`. For tests, and for who wants to see more than the service {@link Tracing} does.
 *
 * @throws TypeError `PAWL_BAD_OPTION`; PawlError `PAWL_BAD_OPTION` where the kernel is instrumented already
 * @example
 * const stopTracing = traceKernel(app, { tracer: trace.getTracer("shop") });
 * await app.run();
 * stopTracing();
 */
export function traceKernel(kernel: Kernel, options: Omit<TracingOptions, "flush">): () => void {
  const tracing = new KernelTracing(kernel, checkTracing("traceKernel", options));
  return () => tracing.end();
}
