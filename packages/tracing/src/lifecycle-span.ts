import { type Context, context, createContextKey, SpanStatusCode, type Tracer, trace } from "@opentelemetry/api";
import { OpenSpan } from "./open-span.ts";

const key = createContextKey("pawl.lifecycle");
const hooks: ReadonlySet<string> = new Set(["onStart", "onReady", "onStop", "release", "factory"]);

/** The span of the start or stop of a kernel that is under way, around the hooks of its services. */
export class LifecycleSpan {
  readonly #tracer: Tracer;
  #now: { readonly open: OpenSpan; readonly context: Context } | undefined;

  constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  /** Begins a start or a stop, a part of what has asked for it; one that was under way ends with it. */
  begin(what: "start" | "stop", kernel: string): void {
    this.end();
    const active = context.active();
    const attributes = { "pawl.service": kernel, "pawl.activity": what };
    const open = new OpenSpan(this.#tracer.startSpan(`${what} ${kernel}`, { attributes }, active));
    this.#now = { open, context: trace.setSpan(active, open.span).setValue(key, open) };
  }

  /** What a call of this kind is part of: a hook of the start or stop, unless another hook of it has led there. */
  parentOf(kind: string, active: Context): Context {
    const now = this.#now;
    return now && hooks.has(kind) && active.getValue(key) !== now.open ? now.context : active;
  }

  end(failures = 0): void {
    const open = this.#now?.open;
    this.#now = undefined;
    if (failures > 0) open?.span.setStatus({ code: SpanStatusCode.ERROR, message: `${failures} failures` });
    open?.end();
  }

  fail(error: unknown): void {
    this.#now?.open.fail(error);
    this.#now = undefined;
  }
}
