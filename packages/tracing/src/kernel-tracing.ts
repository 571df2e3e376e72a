import { context, createContextKey, propagation, ROOT_CONTEXT } from "@opentelemetry/api";
import type { Fact, FactSelector, Kernel } from "@pawl/kernel";
import { instrument } from "@pawl/kernel/extend";
import { CallSpans } from "./call-spans.ts";
import { LifecycleSpan } from "./lifecycle-span.ts";
import { OpenSpans } from "./open-spans.ts";
import type { TracingOptions } from "./tracing-options.ts";

const kinds: readonly FactSelector[] = ["kernel.*", "request.*", "release.timedOut"];

/** A kernel being traced: what is around its calls makes the spans, and its facts tell what no call sees. */
export class KernelTracing {
  readonly #spans = new OpenSpans();
  readonly #lifecycle: LifecycleSpan;
  readonly #calls: CallSpans;
  readonly #undo: readonly (() => void)[];

  /** @param own the path of the service that does it, whose own calls have no spans */
  constructor(kernel: Kernel, options: TracingOptions, own?: string) {
    this.#lifecycle = new LifecycleSpan(options.tracer);
    this.#calls = new CallSpans(options, this.#spans, this.#lifecycle, own);
    this.#undo = [instrument(kernel, this.#calls), kernel.observe((fact) => this.#tell(fact), { kinds })];
    if (kernel.state === "starting") this.#lifecycle.begin("start", kernel.name);
    const missing = whatIsMissing();
    if (missing.length > 0) kernel.log.warn(`${own ?? kernel.name}: traces are incomplete: ${missing.join("; ")}`);
  }

  end(): void {
    for (const undo of this.#undo) undo();
    this.#spans.endAll();
    this.#lifecycle.end();
  }

  #tell(fact: Fact): void {
    const { kind } = fact;
    if (kind === "kernel.starting") this.#lifecycle.begin("start", fact.name);
    else if (kind === "kernel.stopping") this.#lifecycle.begin("stop", fact.name);
    else if (kind === "kernel.started") this.#lifecycle.end();
    else if (kind === "kernel.stopped") this.#lifecycle.end(fact.failures);
    else if (kind === "kernel.failed") this.#lifecycle.fail(fact.error);
    else if (kind === "release.timedOut") this.#spans.abandon(fact.path, fact.label, fact.ms);
    else this.#calls.tellRequest(fact);
  }
}

/** What a program has not registered, without which spans do not find each other. */
function whatIsMissing(): readonly string[] {
  const probe = ROOT_CONTEXT.setValue(createContextKey("pawl.probe"), true);
  const hasManager = context.with(probe, () => context.active() === probe);
  return [
    ...(hasManager
      ? []
      : [
          "no context manager is registered, so that no span knows its parent; call context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())",
        ]),
    ...(propagation.fields().length > 0
      ? []
      : [
          "no propagator is registered, so that none goes on in another process; call propagation.setGlobalPropagator(new W3CTraceContextPropagator())",
        ]),
  ];
}
