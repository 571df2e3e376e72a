import type { Context } from "../context.ts";
import type { Controller } from "../controller.ts";
import type { Exchange } from "../server/exchange.ts";
import { headersOf, isMadeOf, isResponse } from "../server/response.ts";
import type { WayOut } from "../server/way-out.ts";
import { settled } from "./html.ts";
import { preferred } from "./negotiate.ts";
import { readable, type Shell } from "./shell.ts";

const jsonType = { "Content-Type": "application/json" } as const;

/** How the data of one controller goes out. */
export class Page {
  readonly #controller: Controller;
  readonly #title: string;
  readonly #shell: Shell;
  readonly #wayOut: WayOut;
  /** All headers of data as JSON. */
  readonly #jsonHeaders: Readonly<Record<string, string>>;

  constructor(controller: Controller, title: string, shell: Shell, wayOut: WayOut) {
    this.#controller = controller;
    this.#title = title;
    this.#shell = shell;
    this.#wayOut = wayOut;
    this.#jsonHeaders = { Vary: "Accept", ...Object.fromEntries(wayOut.headers.ofData), ...jsonType };
  }

  /** Loads and renders. */
  answer(c: Context): Response | Promise<Response> {
    const data = this.#controller.load(c);
    if (data instanceof Promise) return data.then((loaded) => this.#send(loaded, c));
    // The query of a library may be something that can only be awaited.
    return isPromiseLike(data) ? Promise.resolve(data).then((loaded) => this.#send(loaded, c)) : this.#send(data, c);
  }

  #send(data: unknown, c: Context): Response | Promise<Response> {
    const exchange = c.env as Exchange;
    if (isResponse(data)) return this.#wayOut.pass(data, exchange);
    if (preferred(c) === "html") return this.#html(data, c);
    const json = JSON.stringify(data) ?? "null";
    // One header alone keeps Hono on its short way.
    const response = c.body(json, undefined, jsonType);
    if (!isMadeOf(response, jsonType)) return this.#wayOut.pass(this.#varies(response, c), exchange);
    // Nothing was set by c.header(): the answer goes out with all its headers at once.
    exchange.isComplete = true;
    return this.#wayOut.pass(new Response(json, { status: response.status, headers: this.#jsonHeaders }), exchange);
  }

  async #html(data: unknown, c: Context): Promise<Response> {
    const controller = this.#controller;
    const body = controller.view ? await settled(controller.view(data, c)) : readable(this.#title, data);
    // A view may have said the title.
    const title = c.get("title") ?? this.#title;
    const document = await settled(this.#shell({ title, body, data, c }));
    return this.#wayOut.pass(this.#varies(c.html(String(document)), c), c.env as Exchange);
  }

  /** Says that the answer depends on what the client accepts, so that a cache keeps both. */
  #varies(response: Response, c: Context): Response {
    const { outgoing } = c.env;
    const { vary } = this.#wayOut.headers;
    const headers = outgoing ? headersOf(response) : response.headers;
    // Whatever the response itself says later takes the place of what is set here.
    if (headers?.has("vary")) headers.append("Vary", "Accept");
    else if (outgoing) outgoing.setHeader("Vary", vary);
    else headers?.set("Vary", vary);
    return response;
  }
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as Partial<PromiseLike<unknown>> | null | undefined)?.then === "function";
}
