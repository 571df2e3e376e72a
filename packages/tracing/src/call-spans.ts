import {
  type Attributes,
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  type TextMapGetter,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import { type CallSpec, describeCall, type Instrumentation, type InstrumentedCall } from "@pawl/kernel/extend";
import type { LifecycleSpan } from "./lifecycle-span.ts";
import { OpenSpan } from "./open-span.ts";
import type { OpenSpans } from "./open-spans.ts";
import { isRequestFact, RequestSpan, requestKey, requestStart } from "./request-span.ts";
import { traceHeaders } from "./trace-headers.ts";
import type { TracingOptions } from "./tracing-options.ts";

const fromHeaders: TextMapGetter<NonNullable<CallSpec["carrier"]>> = {
  get: (header, name) => header(name),
  keys: () => [],
};

/** Makes a span of every call of user code, a child of what led to it. */
export class CallSpans implements Instrumentation {
  readonly #tracer: Tracer;
  readonly #spans: OpenSpans;
  readonly #lifecycle: LifecycleSpan;
  readonly #own: string | undefined;
  readonly #allListeners: boolean;
  /** The listeners that have returned no promise so far. */
  readonly #synchronous = new WeakSet<CallSpec>();

  /** @param own the path whose own calls have no spans */
  constructor({ tracer, listeners }: TracingOptions, spans: OpenSpans, lifecycle: LifecycleSpan, own?: string) {
    this.#tracer = tracer;
    this.#spans = spans;
    this.#lifecycle = lifecycle;
    this.#own = own;
    this.#allListeners = listeners !== "async";
  }

  around<T>(call: InstrumentedCall, fn: () => T): T {
    const { path, spec } = call;
    if (path === this.#own) return fn();
    const active = context.active();
    if (spec.kind === "request") {
      const request = spec.carrier ? undefined : requestOf(active);
      return request ? this.#within(request, call, fn) : this.#request(call, active, fn);
    }
    if (spec.kind === "listener of" && !this.#allListeners) return this.#listener(call, active, fn);
    return this.#call(call, active, fn);
  }

  headers(): Record<string, string> {
    return traceHeaders();
  }

  /** Takes note of a fact of a request, which is told in its context. */
  tellRequest(fact: { readonly kind: string }): void {
    if (isRequestFact(fact)) requestOf(context.active())?.tell(fact);
  }

  #call<T>({ path, spec }: InstrumentedCall, active: Context, fn: () => T): T {
    const { kind, label } = spec;
    const isAction = kind === "action";
    const parent = this.#parentOf(spec, active);
    const isFromOutside = isAction && (spec.carrier !== undefined || isRoot(spec, active));
    const span = this.#tracer.startSpan(
      isAction ? `${path}.${label}` : kind === "event" ? `emit ${label}` : `${kind} ${label || path}`,
      {
        kind: isFromOutside ? SpanKind.SERVER : SpanKind.INTERNAL,
        attributes: isAction ? { ...aboutCall(path, spec), ...aboutAction(path, spec) } : aboutCall(path, spec),
      },
      parent,
    );
    const inside = trace.setSpan(parent, span);
    // Of a span that nobody will see only its context is needed: what follows is as little seen.
    if (!span.isRecording()) return context.with(inside, fn);
    const open = new OpenSpan(span);
    const result = this.#inside(inside, open, fn);
    if (isThenable(result)) return this.#settling(path, spec, open, result);
    open.end();
    return result;
  }

  #listener<T>(call: InstrumentedCall, active: Context, fn: () => T): T {
    const isSynchronous = this.#synchronous.has(call.spec);
    const result = isSynchronous ? fn() : this.#call(call, active, fn);
    if (isThenable(result)) this.#synchronous.delete(call.spec);
    else if (!isSynchronous) this.#synchronous.add(call.spec);
    return result;
  }

  /** A request, as its server takes it: its facts end the span. */
  #request<T>({ path, spec }: InstrumentedCall, active: Context, fn: () => T): T {
    const [method = "", target = ""] = spec.label?.split(" ", 2) ?? [];
    const { name, attributes } = requestStart(method, target);
    const parent = this.#parentOf(spec, active);
    const span = this.#tracer.startSpan(
      name,
      { kind: SpanKind.SERVER, attributes: { ...aboutCall(path, spec), ...attributes } },
      parent,
    );
    const open = new RequestSpan(span, name);
    const inside = trace.setSpan(parent, span).setValue(requestKey, open);
    if (span.isRecording()) this.#spans.hold(path, describeCall(spec), open);
    const result = this.#inside(inside, open, fn);
    // What fails here is answered by nobody.
    return isThenable(result) ? watched(result, undefined, (error) => open.endBy(error)) : result;
  }

  /** Code that answers a request: its span is that of the request, which ends with it where a stop abandons it. */
  #within<T>(request: RequestSpan, { path, spec }: InstrumentedCall, fn: () => T): T {
    const result = fn();
    if (!isThenable(result) || !request.isOpen) return result;
    const letGo = this.#spans.hold(path, describeCall(spec), request);
    const ended = () => {
      letGo();
      request.callEnded();
    };
    request.callBegins();
    return watched(result, ended, ended);
  }

  #inside<T>(inside: Context, open: OpenSpan, fn: () => T): T {
    try {
      return context.with(inside, fn);
    } catch (error) {
      open.endBy(error);
      throw error;
    }
  }

  #settling<T>(path: string, spec: CallSpec, open: OpenSpan, result: T & PromiseLike<unknown>): T {
    this.#spans.hold(path, describeCall(spec), open);
    return watched(
      result,
      () => open.end(),
      (error) => open.endBy(error),
    );
  }

  #parentOf(spec: CallSpec, active: Context): Context {
    const { carrier, detached, kind } = spec;
    if (carrier) return propagation.extract(detached ? ROOT_CONTEXT : active, carrier, fromHeaders);
    return isRoot(spec, active) ? ROOT_CONTEXT : this.#lifecycle.parentOf(kind, active);
  }
}

/** Whether a call is the beginning of a trace: nothing but the time, or another process, has led to it. */
function isRoot({ kind, detached }: CallSpec, active: Context): boolean {
  // What a source gives comes when it is asked for, by a loop that goes on and on.
  if (kind === "consumer") return true;
  if (!detached || kind === "timeout") return false;
  return kind !== "action" || requestOf(active) === undefined;
}

function aboutCall(path: string, spec: CallSpec): Attributes {
  return { "pawl.service": path, "pawl.activity": describeCall(spec) };
}

function aboutAction(path: string, { label = "" }: CallSpec): Attributes {
  return { "rpc.system": "pawl", "rpc.service": path, "rpc.method": label };
}

function requestOf(active: Context): RequestSpan | undefined {
  const request = active.getValue(requestKey);
  return request instanceof RequestSpan ? request : undefined;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { readonly then?: unknown } | null | undefined)?.then === "function";
}

/**
 * Calls one of the two when `result` has settled. Gives a promise as it is; of what is none, whose `then` may do its work
 * once more with each call, one that settles as it does.
 */
function watched<T extends PromiseLike<unknown>>(
  result: T,
  ok: (() => void) | undefined,
  fail: (error: unknown) => void,
): T {
  const promise: Promise<unknown> = Promise.resolve(result);
  promise.then(ok, fail);
  return promise as unknown as T;
}
