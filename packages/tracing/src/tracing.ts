import { Service } from "@pawl/kernel";
import { KernelTracing } from "./kernel-tracing.ts";
import { checkTracing, type TracingOptions } from "./tracing-options.ts";

/**
 * Traces its app from its own start to its own stop: list it first. Each request, action, event, tick, task, queue item
 * and hook of a service is a span, a child of what led to it.
 *
 * @throws TypeError `PAWL_BAD_OPTION`
 * @example
 * const app = new App({
 *   providers: { tracing: new Tracing({ tracer: trace.getTracer("shop") }), metrics: new Metrics() },
 * });
 */
export class Tracing extends Service {
  readonly #options: TracingOptions;

  constructor(options: TracingOptions) {
    super();
    this.#options = checkTracing("new Tracing", options);
  }

  override onStart(): void {
    const { flush } = this.#options;
    const tracing = new KernelTracing(this.app, this.#options, this.path);
    this.addCleanup(function endTracing() {
      tracing.end();
      return flush?.();
    });
  }
}
