import { type Attributes, createContextKey, type Span } from "@opentelemetry/api";
import { OpenSpan } from "./open-span.ts";

/** Where a context has the span of the request that it is part of. */
export const requestKey: symbol = createContextKey("pawl.request");

const methods: ReadonlySet<string> = new Set("GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH QUERY".split(" "));

/** A fact of a request, as `@pawl/http` tells it; `status` and `error` when it has ended. */
interface RequestFact {
  readonly kind: "request.started" | "request.ended";
  /** Of who answers. */
  readonly path: string;
  readonly route?: string;
  readonly status?: number;
  readonly error?: unknown;
}

export function isRequestFact(fact: { readonly kind: string }): fact is RequestFact {
  return fact.kind === "request.started" || fact.kind === "request.ended";
}

/** What is known of a request before anybody answers it, by the conventions of OpenTelemetry. */
export function requestStart(method: string, path: string): { readonly name: string; readonly attributes: Attributes } {
  const isKnown = methods.has(method);
  return {
    name: isKnown ? method : "HTTP",
    attributes: {
      "http.request.method": isKnown ? method : "_OTHER",
      ...(isKnown ? {} : { "http.request.method_original": method }),
      "url.path": path,
    },
  };
}

/** The span of a request from its arrival until its answer is sent in full, whoever answers it. */
export class RequestSpan extends OpenSpan {
  readonly #method: string;
  /** Calls of those who answer it that have not settled. */
  #calls = 0;
  /** There where the answer has ended before them. */
  #ending: (() => void) | undefined;

  /** @param method as the name of the span has it */
  constructor(span: Span, method: string) {
    super(span);
    this.#method = method;
  }

  tell(fact: RequestFact): void {
    if (!this.isOpen) return;
    const { path, route, status, error } = fact;
    this.span.setAttribute("pawl.service", path);
    if (route !== undefined) {
      this.span.updateName(`${this.#method} ${route}`);
      this.span.setAttribute("http.route", route);
    }
    if (fact.kind !== "request.ended") return;
    this.#ending = () => this.#endWith(status, error);
    this.#endWhenSettled();
  }

  /** Code has begun to answer it. The span lasts as long as that, though its client may have gone or was cut off. */
  callBegins(): void {
    this.#calls++;
  }

  callEnded(): void {
    this.#calls--;
    this.#endWhenSettled();
  }

  #endWhenSettled(): void {
    if (this.#calls === 0) this.#ending?.();
  }

  #endWith(status: number | undefined, error: unknown): void {
    // 499 is of who had gone: no answer was sent.
    if (status !== undefined && status !== 499) this.span.setAttribute("http.response.status_code", status);
    if (status === 499) this.end({ "pawl.outcome": "cancelled" });
    else if (status === undefined || status < 500) this.end();
    else this.failWith(error, String(status));
  }
}
