import { validateHeaderName, validateHeaderValue } from "node:http";
import type { HeaderList } from "./secure-headers.ts";

// The adapter of Hono for Node puts a light `Response` in the place of the platform's, which is a subclass of it and becomes a
// real one, at ten times the price, when most of its members are read. This file knows how to look at one without that.

/** The platform's own class, whichever stands in its place by now. */
const platformResponse: typeof Response = (() => {
  let found: unknown = Response;
  while (Object.getPrototypeOf(found) !== Function.prototype) found = Object.getPrototypeOf(found);
  return found as typeof Response;
})();

/** Whether it is a response, the platform's (such as one of `fetch`) or the light one. */
export function isResponse(value: unknown): value is Response {
  return value instanceof platformResponse;
}

/** `[status, body, headers]` as the light one was made of them. */
type Parts = readonly [status: number, body: unknown, headers: unknown];

let cacheKey: symbol | undefined;

function partsOf(response: Response): Parts | undefined {
  if (Object.getPrototypeOf(response) === platformResponse.prototype) return undefined;
  cacheKey ??= Object.getOwnPropertySymbols(response).find(({ description }) => description === "cache");
  const parts = cacheKey && (response as unknown as Record<symbol, unknown>)[cacheKey];
  return Array.isArray(parts) ? (parts as unknown as Parts) : undefined;
}

/**
 * Looks at what a light response leaves unlooked at until Node is to send it, when it is too late for an answer.
 *
 * @throws RangeError or TypeError where Node would refuse to send it
 */
export function checkSendable(response: Response, headersAreKnown: boolean): void {
  const parts = partsOf(response);
  const status = parts ? parts[0] : response.status;
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    throw new RangeError(`a response cannot have the status ${status}; it must be from 200 to 599`);
  }
  const headers = headersAreKnown ? undefined : parts?.[2];
  if (typeof headers !== "object" || headers === null || headers instanceof Headers) return;
  if (commonTypes.has(onlyTypeIn(headers))) return;
  for (const [name, value] of Array.isArray(headers) ? headers : Object.entries(headers)) {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  }
}

/** Headers that are added to those of a response. */
export interface AddedHeaders {
  readonly record: Readonly<Record<string, string>>;
  /** In lower case. */
  readonly names: ReadonlySet<string>;
  /** With the type of a response that says nothing else itself, by that; none where they say one themselves. */
  readonly withType: ReadonlyMap<unknown, Readonly<Record<string, string>>>;
}

/** What the adapter says of a text that does not say it itself. */
const textType = "text/plain; charset=UTF-8";
/** What Hono says of nearly every text. */
const commonTypes: ReadonlySet<unknown> = new Set(["application/json", "text/html; charset=UTF-8", textType]);

/** What `Content-Type` says, where it is the only header. */
function onlyTypeIn(headers: object): unknown {
  let isOnly = false;
  for (const name in headers) {
    if (isOnly || name !== "Content-Type") return undefined;
    isOnly = true;
  }
  return isOnly ? (headers as { readonly "Content-Type": unknown })["Content-Type"] : undefined;
}

export function addedHeaders(headers: HeaderList): AddedHeaders {
  const record = Object.fromEntries(headers);
  const names = new Set(headers.map(([name]) => name.toLowerCase()));
  const types = names.has("content-type") ? [] : [...commonTypes];
  return { record, names, withType: new Map(types.map((type) => [type, { ...record, "Content-Type": String(type) }])) };
}

/**
 * The same response with more headers, where it is a light one of a text that says none of them itself; undefined for any
 * other. `data` is for JSON, `more` for the rest.
 */
export function withMore(response: Response, more: AddedHeaders, data: AddedHeaders): Response | undefined {
  const parts = partsOf(response);
  if (typeof parts?.[1] !== "string") return undefined;
  const [status, body, own] = parts;
  if (own === undefined) return new Response(body, { status, headers: { "Content-Type": textType, ...more.record } });
  if (typeof own !== "object" || own === null || own instanceof Headers || Array.isArray(own)) return undefined;
  const added = (own as Readonly<Record<string, unknown>>)["Content-Type"] === "application/json" ? data : more;
  const whole = added.withType.get(onlyTypeIn(own));
  if (whole) return new Response(body, { status, headers: whole });
  for (const name in own) if (added.names.has(name.toLowerCase())) return undefined;
  return new Response(body, { status, headers: { ...added.record, ...own } });
}

/** Its body where that is a stream. Any body of a real response is one. */
export function streamOf(response: Response): ReadableStream<Uint8Array> | undefined {
  const parts = partsOf(response);
  const body = parts ? parts[1] : response.body;
  return typeof (body as ReadableStream | null)?.getReader === "function"
    ? (body as ReadableStream<Uint8Array>)
    : undefined;
}

/** Whether it is made of these very headers, and nothing was added to them: then they can be told from the outside. */
export function isMadeOf(response: Response, headers: Readonly<Record<string, string>>): boolean {
  return partsOf(response)?.[2] === headers;
}

/** Its headers, unless it only has what it was made of. */
export function headersOf(response: Response): Headers | undefined {
  const parts = partsOf(response);
  if (!parts) return response.headers;
  return parts[2] instanceof Headers ? parts[2] : undefined;
}

/** The same response with another body. Its own may be in use already. */
export function withBody(response: Response, body: ReadableStream<Uint8Array>): Response {
  const { status, headers } = response;
  return new Response(body, { status, headers });
}

/** The same response with headers that can be changed: those of a fetched one cannot. */
export function changeable(response: Response): Response {
  return new Response(response.body, response);
}
