import type { Activity, ServiceScope } from "@pawl/kernel";
import { Hono } from "hono";
import type { Handler, RouterRoute } from "hono/types";
import type { Context, HttpEnv } from "../context.ts";
import { ErrorAnswers } from "../errors/error-answers.ts";
import { problem } from "../errors/problem.ts";
import { Page } from "../page/page.ts";
import type { Shell } from "../page/shell.ts";
import { AllowedMethods } from "../routes/allowed-methods.ts";
import type { RouteEntry } from "../routes/mounted-routes.ts";
import { RouteTable } from "../routes/route-table.ts";
import type { Exchange } from "./exchange.ts";
import { OwnedCall } from "./owned-call.ts";
import { changeable, isResponse, streamOf } from "./response.ts";
import { tellRequest } from "./told-request.ts";
import { turningAway } from "./turned-away.ts";
import { watched } from "./watched-stream.ts";

export interface RequestHandlerOptions {
  readonly shell: Shell;
  readonly bodyLimit: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

const noNext = async () => {};

/** Answers requests in one run of the server, wherever they come from. One router, built when the run begins. */
export class RequestHandler implements Activity {
  readonly kind = "requests";
  readonly label: string;
  #answered = 0;
  readonly #scope: ServiceScope;
  readonly #options: RequestHandlerOptions;
  readonly #errors: ErrorAnswers;
  readonly #allowed: AllowedMethods;
  /** Serves while the server is open, and then turns everything away. */
  #router = new Hono<HttpEnv>();

  /** @throws RouteError where two routes answer the same */
  constructor(scope: ServiceScope, entries: readonly RouteEntry[], options: RequestHandlerOptions) {
    this.#scope = scope;
    this.#options = options;
    this.label = `${entries.length} routes`;
    this.#errors = new ErrorAnswers(scope.path, options.shell, (error, origin) => scope.report(error, origin));
    this.#allowed = new AllowedMethods(entries);
    const table = new RouteTable(entries);
    const carrier = new Hono<HttpEnv>();
    carrier.routes = table.entries.map((entry) => this.#served(entry, table));
    this.#router.route("/", carrier);
    this.#router.onError((error, c) => this.#errors.answer(error, c));
    this.#router.notFound((c) => this.#unmatched(c));
    // Hono builds its matcher with the first request; a path that it cannot take fails the start instead.
    this.#router.router.match("GET", "/");
  }

  /** Answers one request; never rejects. */
  answer(request: Request, exchange: Exchange): Response | Promise<Response> {
    this.#answered++;
    const { facts } = this.#scope;
    if (facts.wants("request.ended") || facts.wants("request.started")) tellRequest(this.#scope, request, exchange);
    const { outgoing } = exchange;
    // Set on Node's answer they cost next to nothing, and what a response says itself takes their place.
    if (outgoing) for (const [name, value] of this.#options.headers) outgoing.setHeader(name, value);
    const response = this.#router.fetch(request, exchange);
    if (!(response instanceof Promise)) return this.#sent(response, exchange);
    return response.then((settled) => this.#sent(settled, exchange));
  }

  /** Takes no more requests: the next ones are turned away. */
  close(): void {
    this.#router = turningAway(this.#errors);
  }

  abort(): void {}

  inspect(): Record<string, unknown> {
    return { answered: this.#answered };
  }

  /** One entry as Hono is to serve it: owned by a service. */
  #served(entry: RouteEntry, table: RouteTable): RouterRoute {
    const { unit, method, path, route } = entry;
    const call = new OwnedCall(entry, this.#options.bodyLimit);
    const { mount } = unit;
    let handler: Handler;
    if (!route && mount.kind === "controller") {
      const page = new Page(mount.controller, mount.title, this.#options.shell);
      handler = (c: Context) =>
        bodyless(
          call.run(c, () => page.answer(c)),
          c,
        );
    } else if (entry.isMiddleware) {
      handler = (c: Context, next) => {
        if (table.sitsOut(entry, c)) return next();
        return bodyless(call.run(c, () => route?.handler(c, next)) as Response, c);
      };
    } else {
      // Hono takes a handler by its number of parameters for what it is, so this one has the same.
      handler = (c: Context) => bodyless(call.run(c, () => route?.handler(c, noNext)) as Response, c);
    }
    table.served(entry, handler);
    return { basePath: route?.basePath ?? path, path, method, handler };
  }

  #unmatched(c: Context): Response | Promise<Response> {
    const exchange = c.env as Exchange;
    exchange.enter(undefined);
    const { method } = c.req;
    const methods = this.#allowed.of(c.req.path);
    // A route matched, and its handler called c.notFound().
    if (methods === undefined || methods === "ALL" || (methods.includes(method) && method !== "OPTIONS")) {
      return this.#errors.send(problem(404), c);
    }
    const Allow = methods.join(", ");
    if (method === "OPTIONS") return new Response(null, { status: 204, headers: { Allow } });
    return this.#errors.send(problem(405, { detail: `Here one can ask with ${Allow}.` }), c, { Allow });
  }

  /** What is done with every response on its way out. */
  #sent(response: Response, exchange: Exchange): Response {
    const stream = streamOf(response);
    if (!exchange.outgoing) {
      exchange.ended(response.status);
      return this.#withHeaders(response);
    }
    if (!stream) return response;
    exchange.endless = response.headers.get("content-type")?.startsWith("text/event-stream") === true;
    return watched(response, stream, exchange, (error) => {
      const { entry } = exchange;
      const label = `the answer to ${entry ? `"${entry.method} ${entry.path}"` : "a request"}, while it was sent`;
      this.#scope.report(error, { path: entry?.unit.owner.path ?? this.#scope.path, label });
    });
  }

  #withHeaders(given: Response): Response {
    let response = given;
    for (const [name, value] of this.#options.headers) {
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

/** Ends the stream that answers a HEAD request: nobody will read it. */
function bodyless<T extends Response | undefined>(answer: T | Promise<T>, c: Context): T | Promise<T> {
  if (!(c.env as Exchange).isHead) return answer;
  const end = (response: T): T => {
    if (isResponse(response))
      void streamOf(response)
        ?.cancel()
        .catch(() => {});
    return response;
  };
  return answer instanceof Promise ? answer.then(end) : end(answer);
}
