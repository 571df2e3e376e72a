import { ActionTimeoutError, milliseconds, PawlError, PawlRangeError, PawlTypeError, systemClock } from "@pawl/kernel";
import { timeoutHeader } from "../actions/timeout-header.ts";
import type { CallOptions } from "./action-types.ts";
import { ConnectionError, errorOf, RemoteError } from "./remote-errors.ts";

/** Calls one action over HTTP. */
export async function callRemote(
  base: URL,
  service: string,
  action: string,
  input: unknown,
  options: CallOptions,
): Promise<unknown> {
  const name = `${service}.${action}`;
  for (const part of [service, action]) {
    // Anything else would be part of a path, or lead out of it.
    if (/^[\w-][\w.~-]*$/.test(part)) continue;
    throw new PawlTypeError("PAWL_BAD_OPTION", `${JSON.stringify(name)} names no action; give "service.action"`);
  }
  const limit = milliseconds(options.timeout ?? "30s", `${name}: timeout`);
  const { answerLimit = 64 * 1_048_576 } = options;
  if (typeof answerLimit !== "number" || !(answerLimit > 0)) {
    throw new PawlRangeError(
      "PAWL_BAD_OPTION",
      `${name}: { answerLimit: ${answerLimit} }: it must be a number of bytes above zero`,
    );
  }
  const body = bodyOf(name, input);
  const own: Record<string, string> = {
    "Content-Type": "application/json",
    Accept: "application/json",
    [timeoutHeader]: String(Math.min(Math.ceil(limit), 9_999_999_999)),
    ...(options.token === undefined ? {} : { Authorization: `Bearer ${options.token}` }),
  };
  const headers = withOwn(headersOf(name, options), own);
  refuseUnsendable(name, headers);
  options.signal?.throwIfAborted();
  const timeout = new ActionTimeoutError(name, limit);
  const controller = new AbortController();
  const ended = Promise.withResolvers<never>();
  // It ends in time even where what makes the requests does not look at signals.
  const end = (reason: unknown) => {
    controller.abort(reason);
    ended.reject(reason);
  };
  const cancelTimer = systemClock.setTimer(() => end(timeout), limit, name);
  const onAbort = () => end(options.signal?.reason);
  options.signal?.addEventListener("abort", onAbort, { once: true });
  const url = new URL(`${service}/${action}`, base);
  const init = { method: "POST", headers, body, redirect: "manual", signal: controller.signal } as const;
  try {
    return await Promise.race([answerOf(name, url, init, answerLimit, options.fetch ?? fetch), ended.promise]);
  } catch (error) {
    if (controller.signal.aborted) throw controller.signal.reason;
    throw error;
  } finally {
    cancelTimer();
    options.signal?.removeEventListener("abort", onAbort);
  }
}

/** Those that the caller gives; what is thrown while they are made is the caller's. */
function headersOf(name: string, { headers }: CallOptions): Readonly<Record<string, string>> {
  const given: unknown = typeof headers === "function" ? headers() : (headers ?? {});
  if (typeof given === "object" && given !== null && Object.values(given).every((value) => typeof value === "string")) {
    return given as Readonly<Record<string, string>>;
  }
  throw new PawlTypeError(
    "PAWL_BAD_OPTION",
    `${name}: { headers }: they must be an object of texts, or a function that gives one`,
  );
}

/** Names of headers are the same in upper and lower case. */
function withOwn(
  given: Readonly<Record<string, string>>,
  own: Readonly<Record<string, string>>,
): Record<string, string> {
  const taken = new Set(Object.keys(own).map((name) => name.toLowerCase()));
  const more = Object.entries(given).filter(([name]) => !taken.has(name.toLowerCase()));
  return { ...Object.fromEntries(more), ...own };
}

/** What can be no header fetch() refuses in words that quote it, and it may be a secret. @throws TypeError without them */
function refuseUnsendable(name: string, headers: Readonly<Record<string, string>>): void {
  for (const [header, value] of Object.entries(headers)) {
    try {
      new Headers([[header, value]]);
    } catch {
      throw new PawlTypeError(
        "PAWL_BAD_OPTION",
        `${name}: the header ${JSON.stringify(header)} cannot be sent: neither its name nor its value may have line ends or anything else that HTTP forbids`,
      );
    }
  }
}

function bodyOf(name: string, input: unknown): string | null {
  if (input === undefined) return null;
  try {
    const json = JSON.stringify(input) as string | undefined;
    if (json !== undefined) return json;
  } catch (cause) {
    throw new PawlTypeError("PAWL_BAD_OPTION", `${name}: its input cannot be JSON: ${(cause as Error).message}`, {
      cause,
    });
  }
  throw new PawlTypeError("PAWL_BAD_OPTION", `${name}: its input cannot be JSON: it is a ${typeof input}`);
}

async function answerOf(
  name: string,
  url: URL,
  init: RequestInit,
  limit: number,
  send: typeof fetch,
): Promise<unknown> {
  let response: Response;
  let text: string | undefined;
  try {
    response = await send(url, init);
    text = await textOf(response, limit);
  } catch (cause) {
    // What makes the requests may know better.
    if (PawlError.is(cause)) throw cause;
    throw new ConnectionError(name, url, cause);
  }
  if (text === undefined) throw new RemoteError(name, url, response, { detail: `more than ${limit} bytes` });
  if (response.status === 204) return undefined;
  const value = jsonOf(text);
  if (response.status === 200 && value && isJson(response)) return value.of;
  throw (value && errorOf(name, response.status, value.of)) ?? new RemoteError(name, url, response, value?.of);
}

/** The body as text; undefined where it is longer, and then the rest is not read. */
async function textOf({ body }: Response, limit: number): Promise<string | undefined> {
  if (!body) return "";
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let [text, length] = ["", 0];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    length += value.byteLength;
    if (length > limit) {
      // Whether its sender takes note of that changes nothing.
      reader.cancel().catch(() => {});
      return undefined;
    }
    text += decoder.decode(value, { stream: true });
  }
}

function isJson({ headers }: Response): boolean {
  return /^application\/json\s*(;|$)/i.test(headers.get("content-type") ?? "");
}

function jsonOf(text: string): { readonly of: unknown } | undefined {
  try {
    return { of: JSON.parse(text) };
  } catch {
    return undefined;
  }
}
