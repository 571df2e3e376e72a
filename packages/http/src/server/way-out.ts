import type { ErrorOrigin } from "@pawl/kernel";
import type { Exchange } from "./exchange.ts";
import { type AddedHeaders, addedHeaders, changeable, checkSendable, streamOf, withMore } from "./response.ts";
import type { AnswerHeaders } from "./secure-headers.ts";
import { watched } from "./watched-stream.ts";

/** What is done with every response before it leaves. */
export class WayOut {
  /** What every answer carries that does not say otherwise. */
  readonly headers: AnswerHeaders;
  /** The owner path of the server. */
  readonly #path: string;
  readonly #report: (error: unknown, origin: ErrorOrigin) => void;
  readonly #all: AddedHeaders;
  readonly #ofData: AddedHeaders;

  constructor(path: string, headers: AnswerHeaders, report: (error: unknown, origin: ErrorOrigin) => void) {
    this.headers = headers;
    this.#path = path;
    this.#report = report;
    this.#all = addedHeaders(headers.all);
    this.#ofData = addedHeaders(headers.ofData);
  }

  /** Of a response that a route gave: what middleware around it makes of that comes out later, by {@link finish}. */
  pass(response: Response, exchange: Exchange): Response {
    // Nobody reads what answers a HEAD request, so nothing else would end it.
    if (exchange.isHead)
      streamOf(response)
        ?.cancel()
        .catch(() => {});
    return exchange.isWrapped || exchange.isHead ? response : this.finish(response, exchange);
  }

  /** @throws RangeError or TypeError for a status or header that cannot be sent */
  finish(response: Response, exchange: Exchange): Response {
    checkSendable(response, exchange.isComplete);
    const { outgoing, isComplete } = exchange;
    if (!outgoing) {
      exchange.ended(response.status);
      return isComplete ? response : this.#withHeaders(response);
    }
    if (!isComplete) {
      const whole = withMore(response, this.#all, this.#ofData);
      if (whole) return whole;
      // Set on Node's answer they cost less than on the response, and what that says itself takes their place.
      for (const [name, value] of this.headers.all) outgoing.setHeader(name, value);
    }
    const stream = streamOf(response);
    if (!stream) return response;
    exchange.endless = response.headers.get("content-type")?.startsWith("text/event-stream") === true;
    return watched(response, stream, exchange, (error) => {
      const { entry } = exchange;
      const label = `the answer to ${entry ? `"${entry.method} ${entry.path}"` : "a request"}, while it was sent`;
      this.#report(error, { path: entry?.unit.owner.path ?? this.#path, label });
    });
  }

  #withHeaders(given: Response): Response {
    let response = given;
    const isData = given.headers.get("content-type") === "application/json";
    for (const [name, value] of isData ? this.headers.ofData : this.headers.all) {
      if (response.headers.has(name)) continue;
      try {
        response.headers.set(name, value);
      } catch {
        response = changeable(response);
        response.headers.set(name, value);
      }
    }
    return response;
  }
}
