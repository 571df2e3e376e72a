import type { ErrorOrigin } from "@pawl/kernel";
import type { Activity, ServiceScope } from "@pawl/kernel/extend";
import { Hono } from "hono";
import type { Handler, RouterRoute } from "hono/types";
import { ActionHandler } from "../actions/action-handler.ts";
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
import { isResponse } from "./response.ts";
import type { AnswerHeaders } from "./secure-headers.ts";
import { arrivalOf, tellRequest } from "./told-request.ts";
import { turningAway } from "./turned-away.ts";
import { WayOut } from "./way-out.ts";

export interface RequestHandlerOptions {
  readonly shell: Shell;
  readonly bodyLimit: number;
  readonly headers: AnswerHeaders;
}

const noNext = async () => {};

/** Answers requests in one run of the server, wherever they come from. One router, built when the run begins. */
export class RequestHandler implements Activity {
  readonly kind = "server";
  readonly label = "requests";
  readonly #routes: number;
  #answered = 0;
  #closed = false;
  readonly #scope: ServiceScope;
  readonly #options: RequestHandlerOptions;
  readonly #errors: ErrorAnswers;
  readonly #wayOut: WayOut;
  readonly #allowed: AllowedMethods;
  /** Serves while the server is open, and then turns everything away. */
  #router = new Hono<HttpEnv>();

  /** @throws RouteError where two routes answer the same */
  constructor(scope: ServiceScope, entries: readonly RouteEntry[], options: RequestHandlerOptions) {
    this.#scope = scope;
    this.#options = options;
    this.#routes = entries.length;
    const report = (error: unknown, origin: ErrorOrigin) => scope.report(error, origin);
    this.#errors = new ErrorAnswers(scope.path, options.shell, options.headers.vary, report);
    this.#wayOut = new WayOut(scope.path, options.headers, report);
    const table = new RouteTable(entries);
    this.#allowed = new AllowedMethods(entries);
    const carrier = new Hono<HttpEnv>();
    carrier.routes = table.entries.map((entry) => this.#served(entry, table));
    this.#router.route("/", carrier);
    this.#router.onError(async (error, c) => this.#out(await this.#errors.answer(error, c), c));
    this.#router.notFound(async (c) => this.#out(await this.#unmatched(c), c));
    // Hono builds its matcher with the first request; the start is the time for it.
    this.#router.router.match("GET", "/");
  }

  /** Answers one request. Rejects only with what is no `Error`; see {@link lost}. */
  answer(request: Request, exchange: Exchange): Response | Promise<Response> {
    return this.#answerBy(this.#router, request, exchange);
  }

  /** Turns a request away that asks for another host. */
  misdirected(request: Request, exchange: Exchange, host = ""): Response | Promise<Response> {
    const detail = `This server does not answer for ${JSON.stringify(host)}. By which names it may be asked, http: { hosts } says.`;
    const router = new Hono<HttpEnv>().all("*", (c) => {
      (c.env as Exchange).enter(undefined);
      // Nothing of the app, not even its shell, is for whoever asks by that name.
      return this.#out(this.#errors.json(problem(421, { detail })), c);
    });
    return this.#answerBy(router, request, exchange);
  }

  #answerBy(router: Hono<HttpEnv>, request: Request, exchange: Exchange): Response | Promise<Response> {
    this.#answered++;
    const { instrumentation, path } = this.#scope;
    if (!instrumentation) return this.#ask(router, request, exchange);
    const spec = arrivalOf(request, exchange);
    return instrumentation.around({ path, spec }, () => this.#ask(router, request, exchange));
  }

  #ask(router: Hono<HttpEnv>, request: Request, exchange: Exchange): Response | Promise<Response> {
    const { facts } = this.#scope;
    if (facts.wants("request.ended") || facts.wants("request.started")) tellRequest(this.#scope, request, exchange);
    const response = router.fetch(request, exchange);
    // A route that answers alone has seen to it.
    if (!exchange.isWrapped && !exchange.isHead) return response;
    return Promise.resolve(response).then((made) => this.#wayOut.finish(made, exchange));
  }

  /** The answer where no handler could be asked for one: the request is no HTTP, or what was thrown is no `Error`. */
  lost(error: unknown): Response {
    return this.#errors.lost(error);
  }

  get isOpen(): boolean {
    return !this.#closed;
  }

  /** Takes no more requests: the next ones are turned away. */
  close(): void {
    this.#closed = true;
    this.#router = turningAway(this.#errors);
  }

  abort(): void {}

  inspect(): Record<string, unknown> {
    return { routes: this.#routes, answered: this.#answered };
  }

  /** One entry as Hono is to serve it: owned by a service. */
  #served(entry: RouteEntry, table: RouteTable): RouterRoute {
    const { unit, method, path, route } = entry;
    const { mount } = unit;
    const call = new OwnedCall(entry, this.#options.bodyLimit);
    let handler: Handler;
    if (entry.call) {
      const action = new ActionHandler(entry, entry.call, this.#options.bodyLimit, this.#wayOut, this.#errors);
      handler = (c: Context) => action.answer(c);
    } else if (mount.kind === "controller" && !route) {
      const page = new Page(mount.controller, mount.title, this.#options.shell, this.#wayOut);
      handler = (c: Context) => call.run(c, () => page.answer(c));
    } else if (entry.isMiddleware) {
      handler = (c: Context, next) => {
        if (table.sitsOut(entry, c)) return next();
        (c.env as Exchange).isWrapped = true;
        return call.run(c, () => route?.handler(c, next) as Promise<Response | undefined>) as Promise<Response>;
      };
    } else {
      // Hono takes a handler by its number of parameters for what it is, so this one has the same.
      handler = (c: Context) => {
        const given = call.run(c, () => route?.handler(c, noNext) as Response | Promise<Response>);
        return given instanceof Promise ? given.then((response) => this.#out(response, c)) : this.#out(given, c);
      };
    }
    table.served(entry, handler);
    return { basePath: route?.basePath ?? path, path, method, handler };
  }

  #out(response: Response, c: Context): Response {
    return isResponse(response) ? this.#wayOut.pass(response, c.env as Exchange) : response;
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
    // Every path answers that one.
    const asked = methods.filter((known) => known !== "OPTIONS" || methods.length === 1);
    return this.#errors.send(problem(405, { detail: `This path answers ${listed(asked)}.` }), c, { Allow });
  }
}

/** `a, b and c`. By hand: the first list that Intl makes takes 10 ms. */
function listed(words: readonly string[]): string {
  return [words.slice(0, -1).join(", "), ...words.slice(-1)].filter((part) => part !== "").join(" and ");
}
