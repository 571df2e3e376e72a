import { request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import { ActionTimeoutError, PawlError } from "@pawl/kernel";
import { UsageError } from "../errors/command-errors.ts";
import { Refused, refusalOf } from "./refused.ts";

/** An app that can be asked: by its control socket, or by its address and the admin token. */
export interface Target {
  /** How people know it. */
  readonly label: string;
  readonly socketPath?: string;
  readonly url?: URL;
}

/** Milliseconds that an app has to answer what takes no time. */
export const usualPatience = 5_000;

/** Nobody answers there. */
export class Unreachable extends PawlError {
  constructor(target: Target, cause: Error) {
    super("PAWL_CONTROL_UNREACHABLE", `${target.label} cannot be reached: ${cause.message}`, { cause });
  }
}

/**
 * Calls an action of an app; gives its result.
 *
 * @param patience how long it has, in milliseconds; without one as long as it takes
 * @throws Unreachable; ActionTimeoutError; Refused with what the app says
 */
export async function callAction(target: Target, path: string, input?: unknown, patience?: number): Promise<unknown> {
  const at = path.lastIndexOf(".");
  const [service, action] = [path.slice(0, at), path.slice(at + 1)].map(encodeURIComponent);
  const response = await ask(target, {
    method: "POST",
    path: `/${service}/${action}`,
    what: path,
    body: input === undefined ? "" : JSON.stringify(input),
    ...(patience === undefined ? {} : { patience }),
  });
  const text = await textOf(target, response);
  if (response.statusCode === 204) return undefined;
  if (response.statusCode !== 200) throw refused(path, target, response, text);
  return resultOf(path, text);
}

/** Reads something of an app as text; by its control socket only. @throws as {@link callAction} */
export async function read(target: Target, path: string): Promise<string> {
  const response = await ask(target, { method: "GET", path, what: path, patience: usualPatience });
  const text = await textOf(target, response);
  if (response.statusCode !== 200) throw refused(path, target, response, text);
  return text;
}

/**
 * Calls `onAttached` when a stream of an app has begun, then `onLine` with each of its lines; resolves when it ends.
 *
 * @throws as {@link callAction}
 */
export async function follow(
  target: Target,
  path: string,
  onLine: (line: string, event: string) => void,
  onAttached: () => void,
): Promise<void> {
  const response = await ask(target, { method: "GET", path, what: path });
  if (response.statusCode !== 200) throw refused(path, target, response, await textOf(target, response));
  onAttached();
  let rest = "";
  let event = "message";
  try {
    for await (const chunk of response.setEncoding("utf8") as AsyncIterable<string>) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (line.startsWith("event: ")) event = line.slice("event: ".length);
        else if (line.startsWith("data: ")) onLine(line.slice("data: ".length), event);
        else if (line === "") event = "message";
      }
    }
  } catch (error) {
    // The app has ended without a last word.
    if ((error as NodeJS.ErrnoException).code !== "ECONNRESET") throw error;
  }
}

interface Question {
  readonly method: string;
  readonly path: string;
  /** How people know it. */
  readonly what: string;
  readonly body?: string;
  readonly patience?: number;
}

/** @throws UsageError for a token that no header can have; Unreachable; ActionTimeoutError */
async function ask(target: Target, { method, path, what, body, patience }: Question): Promise<IncomingMessage> {
  const { socketPath, url } = target;
  const token = process.env["PAWL_ADMIN_TOKEN"]?.trim();
  if (url && token && !/^[\x21-\x7e]+$/.test(token)) {
    throw new UsageError("PAWL_ADMIN_TOKEN: it must be a text without spaces and control characters");
  }
  const headers = {
    ...(body === undefined ? {} : { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) }),
    ...(url && token ? { Authorization: `Bearer ${token}` } : {}),
  };
  const options: RequestOptions = { method, headers, ...(socketPath === undefined ? {} : { socketPath, path }) };
  return new Promise((resolve, reject) => {
    const make = url?.protocol === "https:" ? httpsRequest : httpRequest;
    const asked = url ? make(new URL(`.${path}`, withSlash(url)), options) : make(options);
    const late = () => asked.destroy(new ActionTimeoutError(what, patience));
    const timer = patience === undefined ? undefined : setTimeout(late, patience);
    asked.once("close", () => clearTimeout(timer));
    asked.once("response", resolve);
    asked.once("error", (error) =>
      reject(error instanceof ActionTimeoutError ? error : new Unreachable(target, error)),
    );
    asked.end(body);
  });
}

/** `http://host/shop` → `http://host/shop/`: what is below it is meant. */
function withSlash(url: URL): URL {
  return url.pathname.endsWith("/") ? url : new URL(`${url.href}/`);
}

async function textOf(target: Target, response: IncomingMessage): Promise<string> {
  let text = "";
  try {
    for await (const chunk of response.setEncoding("utf8") as AsyncIterable<string>) text += chunk;
  } catch (error) {
    throw new Unreachable(target, error as Error);
  }
  return text;
}

function refused(what: string, target: Target, { statusCode = 0 }: IncomingMessage, text: string): PawlError {
  if (statusCode === 401) return wrongToken(what);
  const refusal = refusalOf(what, statusCode, text);
  if (statusCode !== 404 || !target.url || (refusal instanceof Refused && refusal.reason !== undefined)) return refusal;
  const why = what.startsWith("pawl.") ? "; who administers it has to start it with PAWL_ADMIN_TOKEN" : "";
  return new Refused(
    `${what}: there is no such action at ${target.label}, or it is not served${why}`,
    statusCode,
    "PAWL_UNKNOWN_ACTION",
  );
}

/** @throws Refused where something else answers there that takes everything, such as the server of a page */
function resultOf(what: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw refusalOf(what, 200, text);
  }
}

function wrongToken(what: string): PawlError {
  const given = process.env["PAWL_ADMIN_TOKEN"];
  const why = given
    ? "the token in PAWL_ADMIN_TOKEN is not that of the app"
    : "it takes the admin token of the app; give it in the environment, as PAWL_ADMIN_TOKEN";
  return new Refused(`${what}: ${why}`, 401);
}
