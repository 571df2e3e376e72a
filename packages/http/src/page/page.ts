import type { Context } from "../context.ts";
import type { Controller } from "../controller.ts";
import { headersOf, isResponse } from "../server/response.ts";
import { settled } from "./html.ts";
import { preferred } from "./negotiate.ts";
import { readable, type Shell } from "./shell.ts";

/** How the data of one controller goes out. */
export class Page {
  readonly #controller: Controller;
  readonly #title: string;
  readonly #shell: Shell;

  constructor(controller: Controller, title: string, shell: Shell) {
    this.#controller = controller;
    this.#title = title;
    this.#shell = shell;
  }

  /** Loads and renders. */
  answer(c: Context): Response | Promise<Response> {
    const data = this.#controller.load(c);
    return data instanceof Promise ? data.then((loaded) => this.#send(loaded, c)) : this.#send(data, c);
  }

  #send(data: unknown, c: Context): Response | Promise<Response> {
    if (isResponse(data)) return data;
    if (preferred(c) === "html") return this.#html(data, c);
    // One header alone keeps Hono on its short way.
    return varies(c.body(JSON.stringify(data) ?? "null", undefined, jsonType), c);
  }

  async #html(data: unknown, c: Context): Promise<Response> {
    const controller = this.#controller;
    const body = controller.view ? await settled(controller.view(data, c)) : readable(this.#title, data);
    // A view may have said the title.
    const title = c.get("title") ?? this.#title;
    const document = await settled(this.#shell({ title, body, data, c }));
    return varies(c.html(String(document)), c);
  }
}

const jsonType = { "Content-Type": "application/json" } as const;

/** Says that the answer depends on what the client accepts, so that a cache keeps both. */
function varies(response: Response, c: Context): Response {
  const { outgoing } = c.env;
  const headers = outgoing ? headersOf(response) : response.headers;
  // Whatever the response itself says later takes the place of what is set here.
  outgoing?.setHeader("Vary", "Accept");
  if (headers && (!outgoing || headers.has("vary"))) headers.append("Vary", "Accept");
  return response;
}
