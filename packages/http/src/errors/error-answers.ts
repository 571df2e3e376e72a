import { randomUUID } from "node:crypto";
import { AbandonedError, type ErrorOrigin, isAbortError, PawlError } from "@pawl/kernel";
import { isRemote } from "@pawl/kernel/extend";
import { html } from "hono/html";
import type { HTTPException } from "hono/http-exception";
import type { HtmlEscapedString } from "hono/utils/html";
import type { Context } from "../context.ts";
import { settled } from "../page/html.ts";
import { preferred } from "../page/negotiate.ts";
import { defaultShell, type Shell } from "../page/shell.ts";
import { describeEntry } from "../routes/mounted-routes.ts";
import type { Exchange } from "../server/exchange.ts";
import { Unavailable } from "../server/owned-call.ts";
import { BodyTooLargeError } from "./http-errors.ts";
import { isLeftOut, needsLeftOut } from "./left-out.ts";
import { malformedBody } from "./malformed-body.ts";
import { type Problem, problem } from "./problem.ts";

/** Seconds after which a client that was turned away may ask again. */
export const retryAfter = "5";

/** Makes the answers to requests that fail, and tells the errors that nobody else sees. */
export class ErrorAnswers {
  readonly #path: string;
  readonly #shell: Shell;
  readonly #vary: string;
  readonly #report: (error: unknown, origin: ErrorOrigin) => void;

  /**
   * @param path the owner path of the server
   * @param vary what answers that depend on `Accept` say in `Vary`
   */
  constructor(path: string, shell: Shell, vary: string, report: (error: unknown, origin: ErrorOrigin) => void) {
    this.#vary = vary;
    this.#path = path;
    this.#shell = shell;
    this.#report = report;
  }

  /** The answer to a request whose handler threw `error`. */
  async answer(error: unknown, c: Context): Promise<Response> {
    const exchange = c.env as Exchange;
    exchange.error = error;
    if (error instanceof Unavailable) return this.#unavailable(c);
    if (error instanceof BodyTooLargeError) {
      return this.send(problem(413, { detail: `The body may have at most ${error.limit} bytes.` }), c);
    }
    // Nobody waits for the answer any more, and what was cancelled has not failed.
    if (exchange.isGone && (isAbortError(error) || (await malformedBody(error, c)))) {
      return new Response(null, { status: 499 });
    }
    // A stop cut it short; the stop tells what was left behind.
    if (error instanceof AbandonedError || (exchange.hasSignal && exchange.signal.aborted && isAbortError(error))) {
      return this.#unavailable(c);
    }
    if (isHttpException(error)) return this.#exception(error, c);
    const malformed = await malformedBody(error, c);
    if (malformed) return this.send(problem(400, { detail: malformed }), c);
    const id = this.tell(error, exchange);
    // What the handler needed is down, maybe for a restart: that passes.
    if (PawlError.is(error) && error.code === "PAWL_NOT_RUNNING" && !isRemote(error))
      return isLeftOut(error) ? this.send(problem(503, { detail: needsLeftOut, id }), c) : this.unavailable(c, {}, id);
    return this.send(problem(500, { id }), c);
  }

  /** A problem as the client takes it: as JSON, or as a page. */
  async send(what: Problem, c: Context, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    const type = preferred(c) === "html" ? "text/html; charset=UTF-8" : "application/problem+json";
    const body = preferred(c) === "html" ? await this.#page(what, c) : JSON.stringify(what);
    return new Response(body, { status: what.status, headers: { ...headers, "Content-Type": type, Vary: this.#vary } });
  }

  /** The answer while the owner of a route, or the whole server, takes no requests. */
  unavailable(c: Context, headers: Readonly<Record<string, string>>, id?: string): Promise<Response> {
    const detail = "It is not running now. Try again later.";
    return this.send(problem(503, id === undefined ? { detail } : { detail, id }), c, {
      ...headers,
      "Retry-After": retryAfter,
    });
  }

  /** The answer where there is not even a context: the request could not be read, or what was thrown is no `Error`. */
  lost(error: unknown): Response {
    const isRequest = error instanceof Error && error.name === "RequestError";
    const what = isRequest ? problem(400) : problem(500, { id: this.tell(error, undefined) });
    return Response.json(what, { status: what.status, headers: { "Content-Type": "application/problem+json" } });
  }

  /** A problem as JSON, whatever the client accepts: of what only programs call. */
  json(what: Problem, headers: Readonly<Record<string, string>> = {}): Response {
    return new Response(JSON.stringify(what), {
      status: what.status,
      headers: { ...headers, "Content-Type": "application/problem+json" },
    });
  }

  #unavailable(c: Context): Promise<Response> {
    return this.unavailable(c, {});
  }

  #exception(error: HTTPException, c: Context): Response | Promise<Response> {
    const { status, message, res } = error;
    const id = status >= 500 ? { id: this.tell(error, c.env as Exchange) } : {};
    if (res) return error.getResponse();
    // What is written about a failure of the server itself may tell more than a stranger is to know.
    const detail = message && status < 500 ? { detail: message } : {};
    return this.send(problem(status, { ...detail, ...id }), c);
  }

  /** Reports an error, and gives the number that it is reported with. */
  tell(error: unknown, exchange: Exchange | undefined): string {
    const id = randomUUID();
    const entry = exchange?.entry;
    const label = entry ? `request "${entry.method} ${entry.path}"` : "request";
    this.#report(error, { path: entry?.unit.owner.path ?? this.#path, label: `${label} (${id})` });
    return id;
  }

  async #page(what: Problem, c: Context): Promise<string> {
    const title = `${what.status} ${what.title}`;
    const props = { title, body: errorBody(what), data: what, c };
    try {
      return String(await settled(this.#shell(props)));
    } catch (error) {
      // A shell that fails, maybe for this very error, must not leave the client without an answer.
      const { entry } = c.env as Exchange;
      this.#report(error, {
        path: this.#path,
        label: `the shell, for an error of ${entry ? describeEntry(entry) : "a request"}`,
      });
      return String(await settled(defaultShell(props)));
    }
  }
}

function errorBody({ status, title, detail, id }: Problem): HtmlEscapedString {
  return html`<h1>${status} ${title}</h1>
${detail ? html`<p>${detail}</p>` : ""}
${id ? html`<p>If it happens again, say this number: <code>${id}</code></p>` : ""}` as HtmlEscapedString;
}

/** Of whichever copy of Hono; its own check is the same. */
function isHttpException(error: unknown): error is HTTPException {
  return (
    error instanceof Error && "getResponse" in error && typeof (error as Partial<HTTPException>).status === "number"
  );
}
