import { context, propagation, type Tracer, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from "@opentelemetry/core";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  type Sampler,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { afterAll, beforeAll } from "vitest";

/** Registers what the SDK of Node does, for the tests of one file. */
export function registerContext(): void {
  beforeAll(() => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    propagation.setGlobalPropagator(
      new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }),
    );
  });
  afterAll(() => {
    context.disable();
    propagation.disable();
    trace.disable();
  });
}

/** A tracer whose spans are kept. */
export class RecordedSpans {
  readonly tracer: Tracer;
  readonly #exporter = new InMemorySpanExporter();

  constructor(sampler?: Sampler) {
    const spanProcessors = [new SimpleSpanProcessor(this.#exporter)];
    this.tracer = new BasicTracerProvider({ spanProcessors, ...(sampler ? { sampler } : {}) }).getTracer("test");
  }

  /** Those that have ended, in the order in which they did. */
  get all(): readonly ReadableSpan[] {
    return this.#exporter.getFinishedSpans();
  }

  get names(): readonly string[] {
    return this.all.map(({ name }) => name);
  }

  /** The only one of this name that has ended. */
  named(name: string): ReadableSpan {
    const found = this.all.filter((span) => span.name === name);
    if (found.length !== 1) throw new Error(`${found.length} spans "${name}" among: ${this.names.join(", ")}`);
    return found[0] as ReadableSpan;
  }

  /** The names from a span up to the root of its trace, as far as they are here. */
  line(name: string): readonly string[] {
    const line: string[] = [];
    for (let span: ReadableSpan | undefined = this.named(name); span; span = this.#parentOf(span)) line.push(span.name);
    return line;
  }

  reset(): void {
    this.#exporter.reset();
  }

  #parentOf({ parentSpanContext: parent }: ReadableSpan): ReadableSpan | undefined {
    return this.all.find((span) => span.spanContext().spanId === parent?.spanId);
  }
}
