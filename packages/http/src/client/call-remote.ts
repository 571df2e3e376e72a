import { ActionTimeoutError, milliseconds, PawlError, PawlRangeError, PawlTypeError, systemClock } from "@pawl/kernel";
import type { CallOptions } from "./action-types.ts";
import { ConnectionError, errorOf, RemoteError } from "./remote-errors.ts";
import type { RemoteCall, RemoteTransport } from "./remote-transport.ts";

/** What a time-out is told with to who does not ask for longer. */
const longestTold = 9_999_999_999;

/** Calls one action of an app elsewhere. */
export async function callRemote(
  transport: RemoteTransport,
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
  const { answerLimit = 64 * 1_048_576, signal } = options;
  if (typeof answerLimit !== "number" || !(answerLimit > 0)) {
    throw new PawlRangeError(
      "PAWL_BAD_OPTION",
      `${name}: { answerLimit: ${answerLimit} }: it must be a number of bytes above zero`,
    );
  }
  const body = bodyOf(name, input);
  const headers = headersOf(name, options);
  signal?.throwIfAborted();
  const controller = new AbortController();
  const ended = Promise.withResolvers<never>();
  // It ends in time even where the transport does not look at signals.
  const end = (reason: unknown) => {
    controller.abort(reason);
    ended.reject(reason);
  };
  let isTimeUp = false;
  const timeIsUp = () => {
    isTimeUp = true;
    end(new ActionTimeoutError(name, limit));
  };
  const cancelTimer = systemClock.setTimer(timeIsUp, limit, name);
  const onAbort = () => end(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  const timeout = Math.min(Math.ceil(limit), longestTold);
  const call = { service, action, body, headers, timeout, answerLimit, signal: controller.signal };
  try {
    return await Promise.race([resultOf(name, transport, call), ended.promise]);
  } catch (error) {
    // One that is made here knows who has called.
    if (isTimeUp) throw new ActionTimeoutError(name, limit);
    if (controller.signal.aborted) throw controller.signal.reason;
    throw error;
  } finally {
    cancelTimer();
    signal?.removeEventListener("abort", onAbort);
  }
}

const none: Readonly<Record<string, string>> = {};

/** Those that the caller gives, its token among them; what is thrown while they are made is the caller's. */
function headersOf(name: string, { headers, token }: CallOptions): Readonly<Record<string, string>> {
  if (headers === undefined && token === undefined) return none;
  const given: unknown = typeof headers === "function" ? headers() : (headers ?? none);
  if (typeof given === "object" && given !== null && Object.values(given).every((value) => typeof value === "string")) {
    const all = given as Readonly<Record<string, string>>;
    const sent = token === undefined ? all : { ...withoutAuthorization(all), Authorization: `Bearer ${token}` };
    refuseUnsendable(name, sent);
    return sent;
  }
  throw new PawlTypeError(
    "PAWL_BAD_OPTION",
    `${name}: { headers }: they must be an object of texts, or a function that gives one`,
  );
}

/** Names of headers are the same in upper and lower case. */
function withoutAuthorization(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== "authorization"));
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

async function resultOf(name: string, transport: RemoteTransport, call: RemoteCall): Promise<unknown> {
  const url = () => transport.urlOf(call.service, call.action);
  const answer = await transport.send(call).catch((cause: unknown) => {
    // What makes the requests may know better.
    throw PawlError.is(cause) ? cause : new ConnectionError(name, url(), cause);
  });
  const { status, isJson, text } = answer;
  if (text === undefined) throw new RemoteError(name, url(), answer, { detail: `more than ${call.answerLimit} bytes` });
  if (status === 204) return undefined;
  const value = jsonOf(text);
  if (status === 200 && value && isJson) return value.of;
  throw (value && errorOf(name, status, value.of)) ?? new RemoteError(name, url(), answer, value?.of);
}

function jsonOf(text: string): { readonly of: unknown } | undefined {
  try {
    return { of: JSON.parse(text) };
  } catch {
    return undefined;
  }
}
