import { context, propagation } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { BasicTracerProvider, type IdGenerator } from "@opentelemetry/sdk-trace-base";
import { Kernel } from "@pawl/kernel";
import { traceKernel } from "../../src/index.ts";

// Every kernel of the test file is traced from its first start on, by the SDK itself; the spans go nowhere.
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
propagation.setGlobalPropagator(new W3CTraceContextPropagator());

/** Counts, since the SDK's own draws from `Math.random`, which is mocked in tests of jitter. */
class CountedIds implements IdGenerator {
  #last = 0;
  generateTraceId(): string {
    return (++this.#last).toString(16).padStart(32, "0");
  }
  generateSpanId(): string {
    return (++this.#last).toString(16).padStart(16, "0");
  }
}

const tracer = new BasicTracerProvider({ idGenerator: new CountedIds() }).getTracer("laws");
const traced = new WeakSet<Kernel>();
const { start } = Kernel.prototype;

Kernel.prototype.start = function startTraced(this: Kernel) {
  if (!traced.has(this)) {
    traced.add(this);
    traceKernel(this, { tracer });
  }
  return start.call(this);
};
