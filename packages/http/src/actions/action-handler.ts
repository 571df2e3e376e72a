import type { CallActionOptions } from "@pawl/kernel/extend";
import type { Context } from "../context.ts";
import type { ErrorAnswers } from "../errors/error-answers.ts";
import type { ActionCall, RouteEntry } from "../routes/mounted-routes.ts";
import { limitBody } from "../server/body-limit.ts";
import type { Exchange } from "../server/exchange.ts";
import { isMadeOf } from "../server/response.ts";
import type { WayOut } from "../server/way-out.ts";
import { actionAnswer } from "./action-answer.ts";
import { BadCall } from "./bad-call.ts";
import { parseJson } from "./json-body.ts";
import { timeoutHeader } from "./timeout-header.ts";

const jsonType = { "Content-Type": "application/json" } as const;

/** Answers `POST /<service>/<action>`: the body is the input, the answer the result, both as JSON. */
export class ActionHandler {
  readonly #entry: RouteEntry;
  readonly #call: ActionCall;
  readonly #bodyLimit: number;
  readonly #wayOut: WayOut;
  readonly #errors: ErrorAnswers;
  /** All headers of a result. */
  readonly #headers: Readonly<Record<string, string>>;

  constructor(entry: RouteEntry, call: ActionCall, bodyLimit: number, wayOut: WayOut, errors: ErrorAnswers) {
    this.#entry = entry;
    this.#call = call;
    this.#bodyLimit = bodyLimit;
    this.#wayOut = wayOut;
    this.#errors = errors;
    this.#headers = { ...Object.fromEntries(wayOut.headers.ofData), ...jsonType };
  }

  answer(c: Context): Promise<Response> {
    const exchange = c.env as Exchange;
    exchange.enter(this.#entry);
    return this.#respond(c, exchange).then((response) => this.#wayOut.pass(response, exchange));
  }

  async #respond(c: Context, exchange: Exchange): Promise<Response> {
    let json: string | undefined;
    try {
      // Before anything is read of who may not call it.
      this.#entry.guard?.(header(c, exchange, "authorization"));
      const input = this.#parse(c, exchange, await this.#read(c, exchange));
      const given = this.#call(c, input, new HttpCaller(c, exchange));
      const result = given instanceof Promise ? await given : given;
      json = result === undefined ? undefined : jsonOf(result);
    } catch (error) {
      return actionAnswer(error, c, this.#errors);
    }
    if (json === undefined) return c.body(null, 204);
    const response = c.body(json, undefined, jsonType);
    if (!isMadeOf(response, jsonType)) return response;
    // Nothing was set by middleware: the answer goes out with all its headers at once.
    exchange.isComplete = true;
    return new Response(json, { status: response.status, headers: this.#headers });
  }

  /** @throws BadCall; BodyTooLargeError */
  #read(c: Context, exchange: Exchange): Promise<string> {
    const type = header(c, exchange, "content-type");
    if (type !== undefined && type !== "application/json" && !/^application\/json\s*(;|$)/i.test(type)) {
      throw new BadCall(415, wantsJson);
    }
    const encoding = header(c, exchange, "content-encoding");
    if (encoding !== undefined && encoding !== "identity") {
      throw new BadCall(415, "The body has to come as it is, without Content-Encoding.");
    }
    if (!exchange.bodyLimited) limitBody(c, exchange, this.#bodyLimit);
    return c.req.text();
  }

  /** @throws BadCall */
  #parse(c: Context, exchange: Exchange, text: string): unknown {
    if (header(c, exchange, "content-type") !== undefined) return text === "" ? undefined : parseJson(text);
    if (text !== "") throw new BadCall(415, wantsJson);
    // A page of another site can send a POST without a body and without asking first; only JSON makes its browser ask.
    const isBrowser = (header(c, exchange, "origin") ?? header(c, exchange, "sec-fetch-site")) !== undefined;
    if (isBrowser) throw new BadCall(415, wantsJson);
    return undefined;
  }
}

const wantsJson = "Call it with Content-Type: application/json.";

/** Who calls by HTTP. Its signal is made when the action asks for it. */
class HttpCaller implements CallActionOptions {
  readonly transport = "http";
  readonly timeout: number | undefined;
  readonly detached: boolean;
  readonly #exchange: Exchange;

  /** @throws BadCall for a bad time-out */
  constructor(c: Context, exchange: Exchange) {
    this.#exchange = exchange;
    this.detached = exchange.outgoing !== undefined;
    this.timeout = timeoutOf(header(c, exchange, timeoutHeader.toLowerCase()));
  }

  get signal(): AbortSignal {
    return this.#exchange.signal;
  }
}

function timeoutOf(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (/^[1-9]\d{0,9}$/.test(value)) return Number(value);
  throw new BadCall(400, `${timeoutHeader} is a whole number of milliseconds.`);
}

// Node has them at hand; asking Hono for one would build what nothing else needs.
function header(c: Context, { incoming }: Exchange, name: string): string | undefined {
  return incoming ? (incoming.headers[name] as string | undefined) : (c.req.raw.headers.get(name) ?? undefined);
}

/** @throws TypeError for what cannot be JSON */
function jsonOf(result: unknown): string {
  const json = JSON.stringify(result) as string | undefined;
  if (json === undefined) throw new TypeError(`the result of an action must be JSON, not a ${typeof result}`);
  return json;
}
